"""One pass, forward and back, over a fixed batch: what every hidden layer of a network held.

B samples, F inputs, L hidden layers, U units in each, C outputs, P parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import Sequential
from engine.core.losses import Loss
from engine.core.validation import Array

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Signals:
    """What a pass left behind, float64. The arrays are the probe's buffers until its next pass.

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
    """Sends the same batch through a float64 network, with whatever weights are given to it.

    In float64 nothing overflows that a float32 run can hold, so a run that has diverged still has
    finite statistics; and as the network is the probe's own, looking changes nothing in the run.
    `slope` writes dL/doutput: see `of_loss` and `given_slope`. `network` is a `deep_network` of
    equally wide hidden layers, with an output layer or without.
    """

    def __init__(
        self, network: Sequential, X: Array, slope: Callable[[Array, Array], Callable[[], object]]
    ) -> None:
        self.network = network
        dense = network.dense_layers
        self._headed = isinstance(network.layers[-1], type(dense[-1]))
        depth = len(dense) - self._headed
        self._run = network.passes.bind(len(X), training=False, gradient=True)
        self._run.rows[:, :-1] = X
        out = self._run.output
        if out.grad is None:
            raise ValueError("a probe needs a network with weights")
        self._out_grad = out.grad
        self._slope = slope(out.value, out.grad)
        self._stations = self._run.signals[: 2 * depth]
        shape = (depth, dense[0].fan_out, len(X))
        self._z, self._a, self._d = np.empty(shape), np.empty(shape), np.empty(shape)
        self._arriving = np.empty(shape[1:])

    @staticmethod
    def of_loss(loss: Loss, targets: Array) -> Callable[[Array, Array], Callable[[], object]]:
        """The slope of the mean loss over the batch against checked targets (C, B)."""
        return lambda value, grad: loss.kernel(value, targets, grad, value.shape[-1])

    @staticmethod
    def given_slope(slope: Array) -> Callable[[Array, Array], Callable[[], object]]:
        """A slope of one's own, (C, B), whatever the output."""
        return lambda value, grad: lambda: np.copyto(grad, slope)

    def read(self, weights: Array) -> Signals:
        """Run with these weights (P,) of any float type."""
        np.copyto(self.network.flat, weights)
        with np.errstate(all="ignore"):
            self._run.forward()
            for index, signal in enumerate(self._stations):
                (self._a if index % 2 else self._z)[index // 2] = signal.value
            self._slope()
            if self._headed:
                last = self.network.dense_layers[-1].weight  # (U, C)
                np.matmul(last, self._out_grad, out=self._arriving)
            else:
                np.copyto(self._arriving, self._out_grad)
            self._run.backward()
        # On the way back f'(z) is multiplied in place, so dL/da has become dL/dz.
        for layer, signal in enumerate(self._stations[::2]):
            self._d[layer] = signal.grad
        return Signals(self._z, self._a, self._d, self._arriving, self.network.flat_grad)
