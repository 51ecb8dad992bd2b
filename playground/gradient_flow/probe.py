"""Deep networks, and one pass over a fixed batch: what every hidden layer of one held.

B samples, F inputs, L hidden layers, U units in each, C outputs, P parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike, NDArray

from engine import Dense, Sequential
from engine.core.activations import ACTIVATIONS
from engine.core.layers import Layer
from engine.core.losses import Loss
from engine.core.validation import Array

Floats = NDArray[np.float64]


def deep_network(
    activation: str,
    init: str,
    scale: float,
    widths: Sequence[int],
    outputs: int,
    *,
    seed: int,
    dtype: DTypeLike = np.float32,
) -> Sequential:
    """Dense and activation in turn through `widths` = (F, U, U, ...), then a Dense to C."""
    layers: list[Layer] = []
    for fan_in, fan_out in pairwise(widths):
        layers += [Dense(fan_in, fan_out, init=init, scale=scale), ACTIVATIONS[activation]()]
    layers.append(Dense(widths[-1], outputs, init=init, scale=scale))
    return Sequential(layers, seed=seed, dtype=dtype)


@dataclass(frozen=True)
class Signals:
    """What a pass left behind, float64. The arrays are good until the probe's next pass.

    Of each hidden layer the pre-activations z, the activations a = f(z) and the deltas dL/dz,
    (L, U, B) each; `arriving` is dL/da of the last hidden layer, (U, B); `gradient` is
    dL/dparameters as the network lays them out, (P,).
    """

    preactivations: Floats
    activations: Floats
    deltas: Floats
    arriving: Floats
    gradient: Array


class Probe:
    """Sends the same batch through a float64 `deep_network`, with whatever weights are given to it.

    In float64 nothing overflows that a float32 run can hold, so a run that has diverged still has
    finite statistics; and as the network is the probe's own, looking changes nothing in the run.
    `targets` (C, B) are checked ones of the loss.
    """

    def __init__(self, network: Sequential, X: Array, loss: Loss, targets: Array) -> None:
        self.network = network
        *hidden, self._last = network.dense_layers
        self._run = network.passes.bind(len(X), training=False, gradient=True)
        self._run.rows[:, :-1] = X
        out = self._run.output
        assert out.grad is not None
        self._slope, self._out_grad = loss.kernel(out.value, targets, out.grad, len(X)), out.grad
        self._stations = self._run.signals[: 2 * len(hidden)]
        shape = (len(hidden), hidden[0].fan_out, len(X))
        self._z, self._a, self._d = np.empty(shape), np.empty(shape), np.empty(shape)

    def read(self, weights: Array) -> Signals:
        """Run with these weights (P,) of any float type."""
        np.copyto(self.network.flat, weights)
        with np.errstate(all="ignore"):
            self._run.forward()
            for index, signal in enumerate(self._stations):
                (self._a if index % 2 else self._z)[index // 2] = signal.value
            self._slope()
            arriving = self._last.weight @ self._out_grad  # (U, C) by (C, B)
            self._run.backward()
        # On the way back f'(z) is multiplied in place, so dL/da has become dL/dz.
        for layer, signal in enumerate(self._stations[::2]):
            self._d[layer] = signal.grad
        return Signals(self._z, self._a, self._d, arriving, self.network.flat_grad)
