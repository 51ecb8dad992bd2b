"""What derivatives of a network need: Dense layers that keep it, and the second ones of the losses.

B samples, I fan_in, O fan_out, C outputs. Signals are feature-major, (F, B), in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from engine.core.activations import Activation, Sigmoid
from engine.core.layers import Dense, Dropout, Layer
from engine.core.losses import BinaryCrossEntropy, Loss, MeanSquaredError, SoftmaxCrossEntropy
from engine.core.validation import Array


class Stage:
    """A Dense layer and the elementwise functions after it, a = h(Wᵀx + b), both ways.

    ``forward`` and ``backward`` are done once for each set of weights and leave what
    ``r_forward`` and ``r_backward``, their derivatives along v, need for each product.
    """

    _table: Array  # [W; b], (I + 1, O)
    _full: Array  # [x; 1], (I + 1, B)
    _delta: Array  # dL/dz, (O, B)
    _slope: Array | None  # h'(z), (O, B); None if h is the identity
    _bend: Array | None  # h''(z) dL/da, (O, B); None if that is 0
    _x_rise: Array | None  # R{x}, (I, B); None if x does not depend on the weights
    _z_rise: Array  # R{z}, (O, B)

    def __init__(self, dense: Dense) -> None:
        self._span = dense.span
        self._shape = dense.fan_in + 1, dense.fan_out
        self.after: list[Activation] = []

    def _part(self, vector: Array) -> Array:
        """This layer's stretch of a vector (P,) as a table (I + 1, O), a view."""
        return vector[self._span].reshape(self._shape)

    def forward(self, weights: Array, full: Array) -> Array:
        """[a; 1], (O + 1, B), from [x; 1]."""
        self._table, self._full = self._part(weights), full
        a: Array = self._table.T @ full
        self._slope, self._bend = None, None
        for function in self.after:  # the chain rule for first and second derivative
            slope, bend = function.derivative(a), function.ddf(a)
            if self._slope is not None and self._bend is not None:
                bend = bend * self._slope**2 + slope * self._bend
                slope = slope * self._slope
            self._slope, self._bend = slope, bend
            a = function(a)
        return with_ones(a)

    def backward(self, gradient: Array, g: Array) -> Array:
        """dL/dx from ``g`` = dL/da; adds dL/d[W; b] to its part of ``gradient``."""
        if self._bend is not None:
            self._bend = self._bend * g if self._bend.any() else None
        self._delta = g if self._slope is None else self._slope * g
        self._part(gradient)[...] += self._full @ self._delta.T
        result: Array = self._table[:-1] @ self._delta
        return result

    def jacobian(self, rows: Array, g: Array) -> Array:
        """The gradient of each sample by itself: dL/dx from ``g`` = dL/da, for all at once.

        Writes dL/d[W; b] of sample b into its part of ``rows[b]``, (B, P).
        """
        delta = g if self._slope is None else self._slope * g
        products = self._full.T[:, :, None] * delta.T[:, None, :]  # (B, I + 1, O)
        rows[:, self._span] = products.reshape(len(rows), -1)
        result: Array = self._table[:-1] @ delta
        return result

    def r_forward(self, v: Array, x_rise: Array | None) -> Array:
        """R{a} from R{x}."""
        rise: Array = self._part(v).T @ self._full
        if x_rise is not None:
            rise += self._table[:-1].T @ x_rise
        self._x_rise, self._z_rise = x_rise, rise
        return rise if self._slope is None else self._slope * rise

    def r_backward(self, v: Array, result: Array, turn: Array) -> Array:
        """R{dL/dx} from ``turn`` = R{dL/da}; adds R{dL/d[W; b]} to its part of ``result``."""
        if self._slope is not None:
            turn = self._slope * turn
        if self._bend is not None:
            turn += self._bend * self._z_rise
        part = self._part(result)
        part += self._full @ turn.T
        if self._x_rise is None:
            return turn  # nobody asks how the data should move
        part[:-1] += self._x_rise @ self._delta.T
        back: Array = self._table[:-1] @ turn
        back += self._part(v)[:-1] @ self._delta
        return back


def stages(layers: Iterable[Layer]) -> tuple[list[Activation], list[Stage]]:
    """The functions before the first weights, and a stage for each Dense layer."""
    before: list[Activation] = []
    found: list[Stage] = []
    for layer in layers:
        if isinstance(layer, Dense):
            found.append(Stage(layer))
        elif isinstance(layer, Activation) and not found:
            before.append(layer)
        elif isinstance(layer, Activation) and layer.elementwise:
            found[-1].after.append(layer)
        elif not isinstance(layer, Dropout):
            raise ValueError(
                f"the second derivative of the layer {layer!r} is not known: only Dense layers,"
                " dropout, elementwise activations and what the loss folds in are"
            )
    return before, found


def with_ones(signal: Array) -> Array:
    """[x; 1], (F + 1, B), from x (F, B)."""
    return np.concatenate([signal, np.ones((1, signal.shape[1]))])


def _softmax_roots(loss: Loss, z: Array) -> Array:
    """Row c is √p_c (e_c - p): the sum of their squares is diag(p) - p pᵀ."""
    p = loss.probabilities(z)
    found: Array = np.sqrt(p)[:, None] * (np.eye(len(z))[:, :, None] - p)
    return found


def _sigmoid_roots(loss: Loss, z: Array) -> Array:
    """√(p (1 - p))."""
    return np.sqrt(Sigmoid().derivative(z))[None]


def _square_roots(loss: Loss, z: Array) -> Array:
    """√(2 / C)."""
    ones = np.ones((1, 1, z.shape[1]))
    found: Array = math.sqrt(2.0 / len(z)) * np.eye(len(z))[:, :, None] * ones
    return found


# For each loss at logits z (C, B): C vectors of slopes (C, B) with Σ v vᵀ = ∂²L/∂z², per sample.
LOSS_ROOTS: dict[type[Loss], Callable[[Loss, Array], Array]] = {
    SoftmaxCrossEntropy: _softmax_roots,
    BinaryCrossEntropy: _sigmoid_roots,
    MeanSquaredError: _square_roots,
}
