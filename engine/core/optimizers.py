"""Optimizers, in order of increasing complexity: each moves a flat vector against its gradient.

P parameters, K replicas. An optimizer sees the vectors ``(P,)`` or ``(K, P)`` and a rate, a float
or float64 ``(K, 1)``; it owns its state and writes in place. Arguments and defaults are those of
``torch.optim``. Learning rate, momentum and weight decay may be one number per replica, ``(K,)``.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from engine.core.validation import Array, number

Rate = float | Array


class _Bounded:
    """What settings with bounds have in common."""

    def __init__(
        self, *, low: float = 0.0, high: float = math.inf, below: float = math.inf
    ) -> None:
        self._bounds = {"low": low, "high": high, "below": below}

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name


class Hyperparameter(_Bounded):
    """A number that may be changed between steps, and is checked whenever it is set."""

    if TYPE_CHECKING:  # without it the value is read straight from the instance, which is faster

        def __get__(self, instance: object, owner: type) -> float: ...

    def __set__(self, instance: Optimizer, value: float) -> None:
        name = f"{type(instance).__name__} {self._name}"
        instance.__dict__[self._name] = number(name, value, **self._bounds)
        instance.changes += 1


class PerReplica(_Bounded):
    """The same, or one number per replica: then a read-only array (K,).

    ``update`` reads the name with an underscore before it: None where the number is 0 (for all
    replicas), so that nothing is computed, else a float or a column (K, 1) of the parameters' type.
    """

    if TYPE_CHECKING:

        def __get__(self, instance: object, owner: type) -> float | Array: ...

    def __set__(self, instance: Optimizer, value: float | npt.ArrayLike) -> None:
        checked = per_replica(f"{type(instance).__name__} {self._name}", value, **self._bounds)
        ready = self.laid_out(instance, checked, instance.served)
        instance.__dict__.update({self._name: checked, f"_{self._name}": ready})
        instance.changes += 1

    def laid_out(
        self, instance: Optimizer, value: float | Array, params: Array | None
    ) -> Rate | None:
        """What ``update`` reads while it serves these parameters."""
        if isinstance(value, float):
            return value or None
        if params is None:  # nothing is updated yet
            return None
        replicas = params.shape[0] if params.ndim == 2 else None
        if value.shape != (replicas,):
            raise ValueError(
                f"{type(instance).__name__} {self._name} has shape {value.shape}, but the network"
                f" has {replicas} replicas"
            )
        return scaled(value, 1.0, params.dtype) if value.any() else None


def per_replica(name: str, value: float | npt.ArrayLike, **bounds: float) -> float | Array:
    """A float within the bounds of ``number``, or a read-only float64 array (K,) of such."""
    if np.ndim(value) == 0:
        return number(name, value.item() if isinstance(value, np.ndarray) else value, **bounds)
    values = np.array(value)
    if values.ndim != 1 or values.size == 0 or values.dtype.kind not in "iuf":
        raise ValueError(f"{name} must be a number or one number per replica, not {value!r}")
    for one in values:
        number(name, one, **bounds)
    values = values.astype(np.float64)
    values.setflags(write=False)  # a changed number must pass through this check
    return values


class Switch:
    """A yes or no that may be changed between steps."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    if TYPE_CHECKING:

        def __get__(self, instance: object, owner: type) -> bool: ...

    def __set__(self, instance: Optimizer, value: bool) -> None:
        instance.__dict__[self._name] = bool(value)
        instance.changes += 1


class Optimizer(ABC):
    """``prepare`` once, then ``update`` at every step.

    ``learning_rate`` is the base rate, a float or one per replica; the trainer applies its schedule
    to it. An optimizer serves one parameter vector at a time: ``prepare`` forgets what went before.
    """

    name: ClassVar[str]
    options: ClassVar[tuple[str, ...]]  # the arguments besides the learning rate
    changes: int = 0  # how often a setting was set, so that a trainer notices
    served: Array | None = None  # the parameters that it was prepared for

    def __init__(self, learning_rate: float | npt.ArrayLike) -> None:
        self.learning_rate = learning_rate
        self.steps = 0

    @property
    def learning_rate(self) -> float | Array:
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float | npt.ArrayLike) -> None:
        self._learning_rate = per_replica("learning_rate", value, above=0.0)
        self.changes += 1

    def adopt(self, state: Mapping[str, Array], steps: int) -> None:
        """Continue from a state that ``state`` gave, copied."""
        for name, array in self.state().items():
            np.copyto(array, state[name])
        self.steps = steps

    def decay_factor(self) -> float:
        """What the optimizer's own decay leaves of the rate at this step."""
        return 1.0

    def prepare(self, params: Array) -> None:
        """Fresh state for parameters of this shape, at step 0."""
        settings = {name: getattr(type(self), name, None) for name in self.options}
        laid_out = {
            f"_{name}": setting.laid_out(self, getattr(self, name), params)
            for name, setting in settings.items()
            if isinstance(setting, PerReplica)
        }
        self.__dict__.update(laid_out)
        self.served = params
        self.steps = 0
        self._scratch: Array = np.empty_like(params)
        self.start(params)

    @abstractmethod
    def start(self, params: Array) -> None:
        """Make the state arrays."""

    @abstractmethod
    def update(self, params: Array, grads: Array, rate: Rate) -> None:
        """One step, in place. ``grads`` may be overwritten."""

    @abstractmethod
    def state(self) -> dict[str, Array]:
        """The live state arrays by name (not copies)."""

    def config(self) -> dict[str, object]:
        """The arguments that make an equal optimizer (without its state)."""
        values = {name: getattr(self, name) for name in ("learning_rate", *self.options)}
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in values.items()
        }

    def _rounded(self, factor: Rate) -> Rate:
        """A factor as it meets the parameters: in their type, to which NumPy rounds a float."""
        return factor if isinstance(factor, float) else factor.astype(self._scratch.dtype)

    def _decay_weights(self, params: Array, grads: Array, weight_decay: Rate) -> None:
        np.multiply(params, weight_decay, out=self._scratch)
        np.add(grads, self._scratch, out=grads)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.config().items())
        return f"{type(self).__name__}({settings})"


class SGD(Optimizer):
    """v = momentum v + g;  w -= rate v, or with Nesterov w -= rate (g + momentum v).

    g includes ``weight_decay`` w; the rate is learning_rate / (1 + decay t) at step t = 0, 1, ...
    Momentum: Polyak 1964; Nesterov in the form of Sutskever et al. 2013.
    """

    name = "sgd"
    options = ("momentum", "nesterov", "weight_decay", "decay")
    momentum = PerReplica(below=1.0)
    _momentum: Rate | None
    nesterov = Switch()
    weight_decay = PerReplica()
    _weight_decay: Rate | None
    decay = Hyperparameter()

    def __init__(
        self,
        learning_rate: float | npt.ArrayLike = 0.01,
        momentum: float | npt.ArrayLike = 0.0,
        nesterov: bool = False,
        weight_decay: float | npt.ArrayLike = 0.0,
        decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate)
        self.momentum = momentum
        self.nesterov = nesterov
        self.weight_decay = weight_decay
        self.decay = decay

    def decay_factor(self) -> float:
        return 1.0 / (1.0 + self.decay * self.steps)

    def start(self, params: Array) -> None:
        self._velocity: Array = np.zeros_like(params)

    def state(self) -> dict[str, Array]:
        return {"velocity": self._velocity}

    def update(self, params: Array, grads: Array, rate: Rate) -> None:
        scratch, momentum = self._scratch, self._momentum
        if self._weight_decay is not None:
            self._decay_weights(params, grads, self._weight_decay)
        if momentum is not None:
            velocity = self._velocity
            np.multiply(velocity, momentum, out=velocity)
            np.add(velocity, grads, out=velocity)
            if self.nesterov:
                np.multiply(velocity, momentum, out=scratch)
                np.add(grads, scratch, out=grads)
            else:
                grads = velocity
        np.multiply(grads, self._rounded(rate), out=scratch)
        np.subtract(params, scratch, out=params)
        self.steps += 1


class Adagrad(Optimizer):
    """s += g²;  w -= rate g / (√s + eps). Duchi, Hazan & Singer 2011.

    The rate is learning_rate / (1 + lr_decay t); s starts at ``initial_accumulator_value``.
    """

    name = "adagrad"
    options = ("lr_decay", "weight_decay", "initial_accumulator_value", "eps")
    lr_decay = Hyperparameter()
    weight_decay = PerReplica()
    _weight_decay: Rate | None
    initial_accumulator_value = Hyperparameter()
    eps = Hyperparameter()

    def __init__(
        self,
        learning_rate: float | npt.ArrayLike = 0.01,
        lr_decay: float = 0.0,
        weight_decay: float | npt.ArrayLike = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        super().__init__(learning_rate)
        self.lr_decay = lr_decay
        self.weight_decay = weight_decay
        self.initial_accumulator_value = initial_accumulator_value
        self.eps = eps

    def decay_factor(self) -> float:
        return 1.0 / (1.0 + self.lr_decay * self.steps)

    def start(self, params: Array) -> None:
        self._squares: Array = np.full_like(params, self.initial_accumulator_value)

    def state(self) -> dict[str, Array]:
        return {"squares": self._squares}

    def update(self, params: Array, grads: Array, rate: Rate) -> None:
        scratch, squares = self._scratch, self._squares
        if self._weight_decay is not None:
            self._decay_weights(params, grads, self._weight_decay)
        np.multiply(grads, grads, out=scratch)
        np.add(squares, scratch, out=squares)
        np.sqrt(squares, out=scratch)
        np.add(scratch, self.eps, out=scratch)
        np.multiply(grads, self._rounded(rate), out=grads)
        np.divide(grads, scratch, out=scratch)
        np.subtract(params, scratch, out=params)
        self.steps += 1


class RMSprop(Optimizer):
    """s = alpha s + (1 - alpha) g²;  w -= rate g / (√s + eps). Tieleman & Hinton 2012, lecture 6.5.

    ``centered`` takes the running mean of g, squared, off s (Graves 2013, equation 38); with
    ``momentum`` the step passes through v = momentum v + g / (√s + eps).
    """

    name = "rmsprop"
    options = ("alpha", "eps", "weight_decay", "momentum", "centered")
    alpha = Hyperparameter(below=1.0)
    eps = Hyperparameter()
    weight_decay = PerReplica()
    _weight_decay: Rate | None
    momentum = PerReplica(below=1.0)
    _momentum: Rate | None
    centered = Switch()

    def __init__(
        self,
        learning_rate: float | npt.ArrayLike = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float | npt.ArrayLike = 0.0,
        momentum: float | npt.ArrayLike = 0.0,
        centered: bool = False,
    ) -> None:
        super().__init__(learning_rate)
        self.alpha = alpha
        self.eps = eps
        self.weight_decay = weight_decay
        self.momentum = momentum
        self.centered = centered

    def start(self, params: Array) -> None:
        self._squares: Array = np.zeros_like(params)
        self._mean: Array = np.zeros_like(params)
        self._velocity: Array = np.zeros_like(params)

    def state(self) -> dict[str, Array]:
        return {"squares": self._squares, "mean": self._mean, "velocity": self._velocity}

    def update(self, params: Array, grads: Array, rate: Rate) -> None:
        scratch, squares, alpha = self._scratch, self._squares, self.alpha
        if self._weight_decay is not None:
            self._decay_weights(params, grads, self._weight_decay)
        np.multiply(grads, grads, out=scratch)
        np.multiply(scratch, 1.0 - alpha, out=scratch)
        np.multiply(squares, alpha, out=squares)
        np.add(squares, scratch, out=squares)
        if self.centered:
            mean = self._mean
            np.multiply(mean, alpha, out=mean)
            np.multiply(grads, 1.0 - alpha, out=scratch)
            np.add(mean, scratch, out=mean)
            np.multiply(mean, mean, out=scratch)
            np.subtract(squares, scratch, out=scratch)
            np.maximum(scratch, 0.0, out=scratch)  # rounding may leave a variance just below 0
            np.sqrt(scratch, out=scratch)
        else:
            np.sqrt(squares, out=scratch)
        np.add(scratch, self.eps, out=scratch)
        np.divide(grads, scratch, out=scratch)
        if self._momentum is not None:
            velocity = self._velocity
            np.multiply(velocity, self._momentum, out=velocity)
            np.add(velocity, scratch, out=velocity)
            np.multiply(velocity, self._rounded(rate), out=scratch)
        else:
            np.multiply(scratch, self._rounded(rate), out=scratch)
        np.subtract(params, scratch, out=params)
        self.steps += 1


class Adam(Optimizer):
    """m = β₁ m + (1 - β₁) g;  v = β₂ v + (1 - β₂) g²;  w -= rate m̂ / (√v̂ + eps).

    m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) undo the start at zero; g includes ``weight_decay`` w.
    Kingma & Ba 2015, algorithm 1.
    """

    name = "adam"
    options = ("betas", "eps", "weight_decay")
    eps = Hyperparameter()
    weight_decay = PerReplica()
    _weight_decay: Rate | None

    def __init__(
        self,
        learning_rate: float | npt.ArrayLike = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float | npt.ArrayLike = 0.0,
    ) -> None:
        super().__init__(learning_rate)
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay

    @property
    def betas(self) -> tuple[float, float]:
        return self._betas

    @betas.setter
    def betas(self, value: tuple[float, float]) -> None:
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise ValueError(f"{type(self).__name__} betas must be two numbers, not {value!r}")
        name = type(self).__name__
        first = number(f"{name} beta1", value[0], low=0.0, below=1.0)
        self._betas = first, number(f"{name} beta2", value[1], low=0.0, below=1.0)
        self.changes += 1

    def start(self, params: Array) -> None:
        self._mean: Array = np.zeros_like(params)
        self._squares: Array = np.zeros_like(params)

    def state(self) -> dict[str, Array]:
        return {"mean": self._mean, "squares": self._squares}

    def update(self, params: Array, grads: Array, rate: Rate) -> None:
        if self._weight_decay is not None:
            self._decay_weights(params, grads, self._weight_decay)
        self._descend(params, grads, rate)

    def _descend(self, params: Array, grads: Array, rate: Rate) -> None:
        scratch, mean, squares = self._scratch, self._mean, self._squares
        beta1, beta2 = self._betas
        self.steps += 1
        np.multiply(mean, beta1, out=mean)
        np.multiply(grads, 1.0 - beta1, out=scratch)
        np.add(mean, scratch, out=mean)
        np.multiply(squares, beta2, out=squares)
        np.multiply(grads, grads, out=scratch)
        np.multiply(scratch, 1.0 - beta2, out=scratch)
        np.add(squares, scratch, out=squares)
        np.sqrt(squares, out=scratch)
        np.divide(scratch, math.sqrt(1.0 - beta2**self.steps), out=scratch)
        np.add(scratch, self.eps, out=scratch)
        np.divide(mean, scratch, out=scratch)
        np.multiply(scratch, self._rounded(rate / (1.0 - beta1**self.steps)), out=scratch)
        np.subtract(params, scratch, out=params)


class AdamW(Adam):
    """Adam with w -= rate weight_decay w as a step of its own, not through the gradient.

    Loshchilov & Hutter 2019, "Decoupled weight decay regularization".
    """

    name = "adamw"

    def __init__(
        self,
        learning_rate: float | npt.ArrayLike = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float | npt.ArrayLike = 0.01,
    ) -> None:
        super().__init__(learning_rate, betas, eps, weight_decay)

    def update(self, params: Array, grads: Array, rate: Rate) -> None:
        if self._weight_decay is not None:
            share = rate * scaled(self.weight_decay, 1.0, np.float64)
            np.multiply(params, self._rounded(1.0 - share), out=params)
        self._descend(params, grads, rate)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    cls.name: cls for cls in (SGD, Adagrad, RMSprop, Adam, AdamW)
}


def scaled(rate: float | Array, factor: float, dtype: npt.DTypeLike) -> Rate:
    """The base rate times a factor, shaped for ``update``: a float, or a column of ``dtype``."""
    if isinstance(rate, float):
        return rate * factor
    column: npt.NDArray[Any] = (rate * factor).astype(dtype)[:, np.newaxis]
    return column
