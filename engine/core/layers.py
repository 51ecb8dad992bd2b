"""The layers with parameters or noise: Dense and Dropout, and what every layer promises.

B batch, I fan_in, O fan_out, K replicas. Signals are feature-major, ``(F, B)`` or ``(K, F, B)``:
see ``engine.core.kernels.passes``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.core.initializers import INITIALIZERS
from engine.core.kernels.passes import Call, Pass, Signal
from engine.core.settings import Configured, Hyperparameter
from engine.core.validation import Array, lookup, number, whole


class Layer(Configured, ABC):
    """One step of a network: a description. Its buffers live in the ``Pass`` it is bound to."""

    @abstractmethod
    def bind(self, run: Pass, source: Signal) -> Signal:
        """Add this layer's calls to ``run`` and return the signal that leaves it."""


class Dense(Layer):
    """A fully connected layer, z = Wᵀ a + b for each sample.

    ``init`` names one of ``INITIALIZERS``; ``scale`` multiplies its weights; biases start at
    ``bias``. Once a network is built, ``weight`` (I, O), ``bias`` (O,) and their gradients
    ``weight_grad`` and ``bias_grad`` are views into its flat vectors, with a leading K if it has
    replicas.
    """

    attached = False  # whether it belongs to a network

    def __init__(
        self, fan_in: int, fan_out: int, init: str = "glorot", scale: float = 1.0, bias: float = 0.0
    ) -> None:
        self.fan_in = whole("Dense fan_in", fan_in, low=1)
        self.fan_out = whole("Dense fan_out", fan_out, low=1)
        lookup(INITIALIZERS, init, "initializer")
        self.init = init
        self.scale = number("Dense scale", scale, low=0.0)
        self.bias_start = number("Dense bias", bias)

    @property
    def label(self) -> str:
        return f"Dense {self.fan_in}->{self.fan_out}"

    @property
    def n_parameters(self) -> int:
        return (self.fan_in + 1) * self.fan_out

    def config(self) -> dict[str, object]:
        names = ("fan_in", "fan_out", "init", "scale")
        return {name: getattr(self, name) for name in names} | {"bias": self.bias_start}

    def draw(self, rng: np.random.Generator, scale: float) -> Array:
        """Starting weights and biases as one ``(I + 1, O)`` float64 table."""
        weight = INITIALIZERS[self.init](rng, self.fan_in, self.fan_out) * self.scale * scale
        return np.vstack([weight, np.full((1, self.fan_out), self.bias_start)])

    def attach(self, flat: Array, flat_grad: Array, start: int) -> None:
        """Make this layer's parameters views of a ``span`` of the flat vectors (P,) or (K, P).

        In it the weights come before the biases: ``weight_span``.
        """
        self.span = slice(start, start + self.n_parameters)
        self.weight_span = slice(start, self.span.stop - self.fan_out)
        shape = (*flat.shape[:-1], self.fan_in + 1, self.fan_out)
        # W with b as its last row. A reshape of a strided (K, P) slice must stay a view, or
        # training would write into a copy.
        self._table: Array = flat[..., self.span].reshape(shape, copy=False)
        self._table_grad: Array = flat_grad[..., self.span].reshape(shape, copy=False)
        self.weight, self.bias = self._table[..., :-1, :], self._table[..., -1, :]
        self.weight_grad = self._table_grad[..., :-1, :]
        self.bias_grad = self._table_grad[..., -1, :]
        self.attached = True

    def bind(self, run: Pass, source: Signal) -> Signal:
        out = run.signal(self.fan_out)
        x, dx, dz = source.full, source.grad, out.grad  # [a; 1] (I + 1, B), dL/da, dL/dz (O, B)
        forward = run.weighted_sum(self._table.swapaxes(-1, -2), x, out.value)  # z = [W; b]ᵀ [a; 1]
        backward: list[Call] = []
        if dz is not None:
            backward.append(run.product(x, dz.swapaxes(-1, -2), self._table_grad))  # [a; 1] dzᵀ
        if dz is not None and dx is not None:
            backward.append(run.product(self.weight, dz, dx))  # dL/da = W dz
        run.add(forward, backward)
        return out


@dataclass(eq=False, repr=False)
class Dropout(Layer):
    """While training, each value is zero with probability ``rate`` and divided by 1 - rate
    otherwise.

    So its expectation is the value itself, and at inference the layer does nothing. Replicas share
    one mask. Srivastava et al. 2014, "Dropout", in the inverted form.
    """

    rate: Hyperparameter = Hyperparameter(0.5, low=0.0, below=1.0)

    def bind(self, run: Pass, source: Signal) -> Signal:
        if not run.training or self.rate == 0.0:
            return source
        out = run.beside(source)
        rate, keep = self.rate, np.array(1.0 / (1.0 - self.rate), run.dtype)
        a, dropped, grad = source.value, out.value, out.grad
        mask = np.empty(a.shape[-2:], run.dtype)  # (F, B)
        forward = [
            partial(run.generator.random, None, run.dtype.type, mask),
            partial(np.greater_equal, mask, rate, mask),
            partial(np.multiply, mask, keep, mask),
            partial(np.multiply, a, mask, dropped),
        ]
        run.add(forward, [] if grad is None else [partial(np.multiply, grad, mask, grad)])
        return out
