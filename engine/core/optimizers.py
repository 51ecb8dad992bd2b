"""Optimizers, in order of increasing complexity: each moves a flat vector against its gradient.

P parameters, K replicas. An optimizer sees the vectors ``(P,)`` or ``(K, P)`` and a rate, a float
or float64 ``(K, 1)``; it owns its state and writes in place. Arguments and defaults are those of
``torch.optim``. Learning rate, momentum and weight decay may be one number per replica, ``(K,)``.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from engine.core.settings import Betas, Configured, Hyperparameter, PerReplica, Registered, Switch
from engine.core.validation import Array, check_replicas

Rate = float | Array


class Optimizer(Configured, Registered, ABC):
    """``prepare`` once, then ``update`` at every step.

    ``learning_rate`` is the base rate, a float or one per replica; ``rate`` is what ``update``
    takes. An optimizer serves one parameter vector at a time: ``prepare`` forgets what went before.
    """

    arrays: ClassVar[tuple[str, ...]]  # its state: one of each, as long as the parameters
    __dataclass_fields__: ClassVar[dict[str, Any]]
    learning_rate: PerReplica
    changes = 0  # how often a setting was set, so that a trainer notices
    steps = 0
    _lead: tuple[int, ...] | None = None  # (K,) or () of the parameters, once there are any
    _learning_rate: Rate
    _momentum: Rate | None
    _weight_decay: Rate | None = None

    if TYPE_CHECKING:  # each is a dataclass, with an __init__ of its own

        def __init__(self, learning_rate: float | npt.ArrayLike = ..., **settings: Any) -> None: ...

    def keep(self, name: str, value: Any) -> None:
        if self._lead is not None:
            check_replicas(f"{type(self).__name__} {name}", value, self._lead)
        super().keep(name, value)
        self.changes += 1

    def prepare(self, params: Array) -> None:
        """Fresh state for parameters of this shape, at step 0."""
        lead = params.shape[:-1]
        for name in self.arguments():
            check_replicas(f"{type(self).__name__} {name}", getattr(self, name), lead)
        self._lead = lead
        self.steps = 0
        self._scratch: Array = np.empty_like(params)
        self._state = {name: np.zeros_like(params) for name in self.arrays}

    def state(self) -> dict[str, Array]:
        """The live state arrays by name (not copies)."""
        return self._state

    def adopt(self, state: Mapping[str, Array], steps: int) -> None:
        """Continue from a state that ``state`` gave, copied."""
        for name, array in self._state.items():
            np.copyto(array, state[name])
        self.steps = steps

    def decay_factor(self) -> float:
        """What the optimizer's own decay leaves of the rate at this step."""
        return 1.0

    def rate(self, factor: float = 1.0) -> Rate:
        """The base rate times its own decay and a schedule's factor, as ``update`` takes it."""
        return self._learning_rate * (self.decay_factor() * factor)

    def update(self, params: Array, grads: Array, rate: Rate) -> None:
        """One step, in place. ``grads`` may be overwritten."""
        if self._weight_decay is not None:
            self._decay_weights(params, grads, rate, self._weight_decay)
        self.steps += 1
        self.step(grads, rate)
        np.subtract(params, self._scratch, out=params)

    @abstractmethod
    def step(self, grads: Array, rate: Rate) -> None:
        """Write into ``_scratch`` what is taken off the parameters in step ``steps`` (from 1)."""

    def _decay_weights(self, params: Array, grads: Array, rate: Rate, weight_decay: Rate) -> None:
        np.multiply(params, self._rounded(weight_decay), out=self._scratch)
        np.add(grads, self._scratch, out=grads)

    def _average(self, mean: Array, share: float, values: Array) -> None:
        """mean = share mean + (1 - share) values; writes over ``_scratch``."""
        np.multiply(mean, share, out=mean)
        np.multiply(values, 1.0 - share, out=self._scratch)
        np.add(mean, self._scratch, out=mean)

    def _rounded(self, factor: Rate) -> Rate:
        """A factor as it meets the parameters: in their type, to which NumPy rounds a float."""
        return factor if isinstance(factor, float) else factor.astype(self._scratch.dtype)


@dataclass(eq=False, repr=False)
class SGD(Optimizer):
    """v = momentum v + g;  w -= rate v, or with Nesterov w -= rate (g + momentum v).

    g includes ``weight_decay`` w; the rate is learning_rate / (1 + decay t) at step t = 0, 1, ...
    Momentum: Polyak 1964; Nesterov in the form of Sutskever et al. 2013.
    """

    name, label, source = "sgd", "SGD", "Polyak 1964; Sutskever et al. 2013"
    arrays = ("velocity",)
    latex = (
        r"\begin{gathered} v \leftarrow \mu v + g \\[4pt] w \leftarrow w - \eta v"
        r" \\[4pt] \text{Nesterov: } w \leftarrow w - \eta\,(g + \mu v) \end{gathered}"
    )
    learning_rate: PerReplica = PerReplica(0.01, above=0.0)
    momentum: PerReplica = PerReplica(0.0, low=0.0, below=1.0)
    nesterov: Switch = Switch(False)
    weight_decay: PerReplica = PerReplica(0.0)
    decay: Hyperparameter = Hyperparameter(0.0)

    def decay_factor(self) -> float:
        return 1.0 / (1.0 + self.decay * self.steps)

    def step(self, grads: Array, rate: Rate) -> None:
        scratch, velocity = self._scratch, self._state["velocity"]
        if self._momentum is not None:
            momentum = self._rounded(self._momentum)
            np.multiply(velocity, momentum, out=velocity)
            np.add(velocity, grads, out=velocity)
            if self.nesterov:
                np.multiply(velocity, momentum, out=scratch)
                np.add(grads, scratch, out=grads)
            else:
                grads = velocity
        np.multiply(grads, self._rounded(rate), out=scratch)


@dataclass(eq=False, repr=False)
class Adagrad(Optimizer):
    """s += g²;  w -= rate g / (√s + eps). Duchi, Hazan & Singer 2011.

    The rate is learning_rate / (1 + lr_decay t); s starts at ``initial_accumulator_value``.
    """

    name, label, source = "adagrad", "Adagrad", "Duchi et al. 2011"
    arrays = ("squares",)
    latex = (
        r"\begin{gathered} s \leftarrow s + g^2"
        r" \\[4pt] w \leftarrow w - \eta\,\frac{g}{\sqrt{s} + \epsilon} \end{gathered}"
    )
    learning_rate: PerReplica = PerReplica(0.01, above=0.0)
    lr_decay: Hyperparameter = Hyperparameter(0.0)
    weight_decay: PerReplica = PerReplica(0.0)
    initial_accumulator_value: Hyperparameter = Hyperparameter(0.0)
    eps: Hyperparameter = Hyperparameter(1e-10)

    def decay_factor(self) -> float:
        return 1.0 / (1.0 + self.lr_decay * self.steps)

    def prepare(self, params: Array) -> None:
        super().prepare(params)
        self._state["squares"].fill(self.initial_accumulator_value)

    def step(self, grads: Array, rate: Rate) -> None:
        scratch, squares = self._scratch, self._state["squares"]
        np.multiply(grads, grads, out=scratch)
        np.add(squares, scratch, out=squares)
        np.sqrt(squares, out=scratch)
        np.add(scratch, self.eps, out=scratch)
        np.multiply(grads, self._rounded(rate), out=grads)
        np.divide(grads, scratch, out=scratch)


@dataclass(eq=False, repr=False)
class RMSprop(Optimizer):
    """s = alpha s + (1 - alpha) g²;  w -= rate g / (√s + eps). Tieleman & Hinton 2012, lecture 6.5.

    ``centered`` takes the running mean of g, squared, off s (Graves 2013, equation 38); with
    ``momentum`` the step passes through v = momentum v + g / (√s + eps).
    """

    name, label, source = "rmsprop", "RMSprop", "Tieleman & Hinton 2012"
    arrays = ("squares", "mean", "velocity")
    latex = (
        r"\begin{gathered} s \leftarrow \rho s + (1 - \rho) g^2"
        r" \\[4pt] w \leftarrow w - \eta\,\frac{g}{\sqrt{s} + \epsilon} \end{gathered}"
    )
    learning_rate: PerReplica = PerReplica(0.01, above=0.0)
    alpha: Hyperparameter = Hyperparameter(0.99, low=0.0, below=1.0)
    eps: Hyperparameter = Hyperparameter(1e-8)
    weight_decay: PerReplica = PerReplica(0.0)
    momentum: PerReplica = PerReplica(0.0, low=0.0, below=1.0)
    centered: Switch = Switch(False)

    def step(self, grads: Array, rate: Rate) -> None:
        scratch, squares = self._scratch, self._state["squares"]
        np.multiply(grads, grads, out=scratch)
        self._average(squares, self.alpha, scratch)
        if self.centered:
            mean = self._state["mean"]
            self._average(mean, self.alpha, grads)
            np.multiply(mean, mean, out=scratch)
            np.subtract(squares, scratch, out=scratch)
            np.maximum(scratch, 0.0, out=scratch)  # rounding may leave a variance just below 0
            np.sqrt(scratch, out=scratch)
        else:
            np.sqrt(squares, out=scratch)
        np.add(scratch, self.eps, out=scratch)
        np.divide(grads, scratch, out=scratch)
        way = scratch
        if self._momentum is not None:
            way = self._state["velocity"]
            np.multiply(way, self._rounded(self._momentum), out=way)
            np.add(way, scratch, out=way)
        np.multiply(way, self._rounded(rate), out=scratch)


@dataclass(eq=False, repr=False)
class Adam(Optimizer):
    """m = β₁ m + (1 - β₁) g;  v = β₂ v + (1 - β₂) g²;  w -= rate m̂ / (√v̂ + eps).

    m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) undo the start at zero; g includes ``weight_decay`` w.
    Kingma & Ba 2015, algorithm 1.
    """

    name, label, source = "adam", "Adam", "Kingma & Ba 2015"
    arrays = ("mean", "squares")
    latex = (
        r"\begin{gathered} m \leftarrow \beta_1 m + (1-\beta_1) g"
        r" \\[4pt] v \leftarrow \beta_2 v + (1-\beta_2) g^2"
        r" \\[4pt] w \leftarrow w - \eta\,\frac{m / (1-\beta_1^t)}"
        r"{\sqrt{v / (1-\beta_2^t)} + \epsilon} \end{gathered}"
    )
    learning_rate: PerReplica = PerReplica(0.001, above=0.0)
    betas: Betas = Betas((0.9, 0.999))
    eps: Hyperparameter = Hyperparameter(1e-8)
    weight_decay: PerReplica = PerReplica(0.0)

    def step(self, grads: Array, rate: Rate) -> None:
        scratch, mean, squares = self._scratch, self._state["mean"], self._state["squares"]
        beta1, beta2 = self.betas
        self._average(mean, beta1, grads)
        np.multiply(grads, grads, out=scratch)
        self._average(squares, beta2, scratch)
        np.sqrt(squares, out=scratch)
        np.divide(scratch, math.sqrt(1.0 - beta2**self.steps), out=scratch)
        np.add(scratch, self.eps, out=scratch)
        np.divide(mean, scratch, out=scratch)
        np.multiply(scratch, self._rounded(rate / (1.0 - beta1**self.steps)), out=scratch)


@dataclass(eq=False, repr=False)
class AdamW(Adam):
    """Adam with w -= rate weight_decay w as a step of its own, not through the gradient.

    Loshchilov & Hutter 2019, "Decoupled weight decay regularization".
    """

    name, label, source = "adamw", "AdamW", "Loshchilov & Hutter 2019"
    latex = (
        r"\begin{gathered} w \leftarrow (1 - \eta\lambda)\,w"
        r" \\[4pt] \text{then a step of Adam} \end{gathered}"
    )
    weight_decay: PerReplica = PerReplica(0.01)

    def _decay_weights(self, params: Array, grads: Array, rate: Rate, weight_decay: Rate) -> None:
        np.multiply(params, self._rounded(1.0 - rate * weight_decay), out=params)


OPTIMIZERS = Optimizer.registry(SGD, RMSprop, Adagrad, Adam, AdamW)
