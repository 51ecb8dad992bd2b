"""What derivatives of a network need: Dense layers that keep it, and the second ones of the losses.

N samples, I fan_in, O fan_out, C outputs, P parameters. Signals are feature-major, (F, N), in
float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from engine.core.activations import Activation, Sigmoid, Softmax
from engine.core.layers import Dense, Dropout, Layer
from engine.core.losses import (
    BinaryCrossEntropy,
    Loss,
    MeanSquaredError,
    SigmoidSquaredError,
    SoftmaxCrossEntropy,
    SoftmaxSquaredError,
)
from engine.core.validation import Array

Product = Callable[[Array], Array]  # a symmetric matrix (C, C) a sample, times vectors (C, N)


def _softmax_roots(z: Array) -> Array:
    """Row c is √p_c (e_c - p): the sum of their squares is diag(p) - p pᵀ."""
    p = Softmax().f(z)
    found: Array = np.sqrt(p)[:, None] * (np.eye(len(z))[:, :, None] - p)
    return found


def _softmax_slopes(z: Array) -> Array:
    """Row c is √(2 / C) dp_c/dz = √(2 / C) p_c (e_c - p)."""
    p = Softmax().f(z)
    found: Array = np.sqrt(2 / len(z)) * p[:, None] * (np.eye(len(z))[:, :, None] - p)
    return found


def _softmax_bends(z: Array, t: Array) -> Product:
    """2/C Σ_c (p_c - t_c) ∂²p_c/∂z², where ∂²p_c/∂z² = p_c ((e_c - p)(e_c - p)ᵀ - diag(p) + p pᵀ).

    With u = v - p·v and q = p (p - t) that makes of v: 2/C (q u - p (q·u) - p u Σq).
    """
    p = Softmax().f(z)
    q = p * (p - t)
    total = q.sum(axis=0)

    def product(v: Array) -> Array:
        u = v - (p * v).sum(axis=0)
        result: Array = (2 / len(p)) * (q * u - p * ((q * u).sum(axis=0) + total * u))
        return result

    return product


def _sigmoid_bends(z: Array, t: Array) -> Product:
    """2 (p - t) σ''(z)."""
    bends = 2.0 * (Sigmoid().f(z) - t) * Sigmoid().ddf(z)
    return lambda v: bends * v


# For each loss at logits z (C, N): C vectors of slopes (C, N) with Σ v vᵀ = ∂²L/∂z², per sample; of
# those in LOSS_BENDS its positive part alone, 2/C (∂p/∂z)ᵀ ∂p/∂z.
LOSS_ROOTS: dict[type[Loss], Callable[[Array], Array]] = {
    SoftmaxCrossEntropy: _softmax_roots,
    BinaryCrossEntropy: lambda z: np.sqrt(Sigmoid().derivative(z))[None],  # √(p (1 - p))
    # e_c √(2 / C)
    MeanSquaredError: lambda z: np.eye(len(z))[:, :, None] * np.full_like(z, np.sqrt(2 / len(z))),
    SoftmaxSquaredError: _softmax_slopes,
    SigmoidSquaredError: lambda z: np.sqrt(2.0) * Sigmoid().derivative(z)[None],
}
# The squared error of probabilities is not convex in the logits: what is left of ∂²L/∂z², which may
# be negative, at logits z and targets t.
LOSS_BENDS: dict[type[Loss], Callable[[Array, Array], Product]] = {
    SoftmaxSquaredError: _softmax_bends,
    SigmoidSquaredError: _sigmoid_bends,
}


class Stage:
    """A Dense layer and the elementwise functions after it, a = h(Wᵀx + b), both ways.

    ``forward`` and ``backward`` are done once for each set of weights and leave what
    ``r_forward`` and ``r_backward``, their derivatives along v, need for each product.
    """

    def __init__(self, dense: Dense) -> None:
        self._span = dense.span
        self._shape = dense.fan_in + 1, dense.fan_out
        self.after: list[Activation] = []

    def _part(self, vector: Array) -> Array:
        """This layer's stretch of a vector (P,) as a table (I + 1, O), a view."""
        return vector[self._span].reshape(self._shape)

    def forward(self, weights: Array, full: Array) -> Array:
        """[a; 1], (O + 1, N), from [x; 1]."""
        self._table, self._full = self._part(weights), full  # [W; b], (I + 1, O), and [x; 1]
        a: Array = self._table.T @ full
        self._slope: Array | float = 1.0  # h'(z), (O, N)
        self._bend: Array | float = 0.0  # h''(z), (O, N)
        for function in self.after:  # the chain rule for first and second derivative
            slope = function.derivative(a)
            self._bend = function.ddf(a) * self._slope**2 + slope * self._bend
            self._slope = slope * self._slope
            a = function(a)
        return np.concatenate([a, np.ones((1, a.shape[1]))])

    def backward(self, g: Array) -> Array:
        """dL/dx from ``g`` = dL/da."""
        turn: Array = self._bend * g
        self._turn = turn if turn.any() else None  # h''(z) dL/da
        self._delta: Array = self._slope * g  # dL/dz
        result: Array = self._table[:-1] @ self._delta
        return result

    def jacobian(self, g: Array, rows: Array) -> Array:
        """The same, and dL/d[W; b] of each sample n into this layer's part of ``rows[n]``, (N, P).

        What ``backward`` left stays as it is.
        """
        delta: Array = self._slope * g
        products = self._full.T[:, :, None] * delta.T[:, None, :]  # (N, I + 1, O)
        rows[:, self._span] = products.reshape(len(rows), -1)
        result: Array = self._table[:-1] @ delta
        return result

    def r_forward(self, v: Array, x_rise: Array | None) -> Array:
        """R{a} from R{x}."""
        rise: Array = self._part(v).T @ self._full
        if x_rise is not None:
            rise += self._table[:-1].T @ x_rise
        self._x_rise, self._z_rise = x_rise, rise  # the first is None if x is data
        return self._slope * rise if self.after else rise

    def r_backward(self, v: Array, result: Array, turn: Array) -> Array:
        """R{dL/dx} from ``turn`` = R{dL/da}; adds R{dL/d[W; b]} to its part of ``result``."""
        if self.after:
            turn = self._slope * turn
        if self._turn is not None:
            turn += self._turn * self._z_rise
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
