"""What derivatives of a network need: Dense layers that keep it, and the second ones of the losses.

N samples, I fan_in, O fan_out, C outputs, P parameters. Signals are feature-major, (F, N), in
float64.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.core.activations import Activation, Sigmoid, Softmax
from engine.core.layers import Dense, Dropout
from engine.core.losses import BinaryCrossEntropy, Loss, MeanSquaredError, SoftmaxCrossEntropy
from engine.core.network import Network
from engine.core.validation import Array


def _softmax_roots(z: Array) -> Array:
    """Row c is √p_c (e_c - p): the sum of their squares is diag(p) - p pᵀ."""
    p = Softmax().f(z)
    found: Array = np.sqrt(p)[:, None] * (np.eye(len(z))[:, :, None] - p)
    return found


def _square_roots(z: Array) -> Array:
    """√(2 / C)."""
    return np.multiply.outer(np.sqrt(2.0 / len(z)) * np.eye(len(z)), np.ones(z.shape[1]))


# For each loss at logits z (C, N): C vectors of slopes (C, N) with Σ v vᵀ = ∂²L/∂z², per sample.
LOSS_ROOTS: dict[type[Loss], Callable[[Array], Array]] = {
    SoftmaxCrossEntropy: _softmax_roots,
    BinaryCrossEntropy: lambda z: np.sqrt(Sigmoid().derivative(z))[None],  # √(p (1 - p))
    MeanSquaredError: _square_roots,
}


class Stage:
    """A Dense layer and the elementwise functions after it, a = h(Wᵀx + b), both ways.

    ``forward`` and ``backward`` are done once for each set of weights and leave what
    ``r_forward`` and ``r_backward``, their derivatives along v, need for each product.
    """

    _table: Array  # [W; b], (I + 1, O)
    _full: Array  # [x; 1], (I + 1, N)
    _slope: Array | float  # h'(z), (O, N)
    _bend: Array | float  # h''(z), (O, N)
    _delta: Array  # dL/dz, (O, N)
    _turn: Array | None  # h''(z) dL/da, (O, N); None if that is 0
    _x_rise: Array | None  # R{x}, (I, N); None if x does not depend on the weights
    _z_rise: Array  # R{z}, (O, N)

    def __init__(self, dense: Dense) -> None:
        self._span = dense.span
        self._shape = dense.fan_in + 1, dense.fan_out
        self.after: list[Activation] = []

    def _part(self, vector: Array) -> Array:
        """This layer's stretch of a vector (P,) as a table (I + 1, O), a view."""
        return vector[self._span].reshape(self._shape)

    def forward(self, weights: Array, full: Array) -> Array:
        """[a; 1], (O + 1, N), from [x; 1]."""
        self._table, self._full = self._part(weights), full
        a: Array = self._table.T @ full
        self._slope, self._bend = 1.0, 0.0
        for function in self.after:  # the chain rule for first and second derivative
            slope = function.derivative(a)
            self._bend = function.ddf(a) * self._slope**2 + slope * self._bend
            self._slope = slope * self._slope
            a = function(a)
        return with_ones(a)

    def backward(self, g: Array) -> Array:
        """dL/dx from ``g`` = dL/da."""
        self._delta, turn = self._slope * g, self._bend * g
        self._turn = turn if turn.any() else None
        result: Array = self._table[:-1] @ self._delta
        return result

    def write_gradients(self, rows: Array) -> None:
        """Put dL/d[W; b] of sample n by itself into its part of ``rows[n]``, (N, P)."""
        products = self._full.T[:, :, None] * self._delta.T[:, None, :]  # (N, I + 1, O)
        rows[:, self._span] = products.reshape(len(rows), -1)

    def r_forward(self, v: Array, x_rise: Array | None) -> Array:
        """R{a} from R{x}."""
        rise: Array = self._part(v).T @ self._full
        if x_rise is not None:
            rise += self._table[:-1].T @ x_rise
        self._x_rise, self._z_rise = x_rise, rise
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


class Chain:
    """The way of samples, ``rows`` (N, F), through a network to its logits, as ``stages``.

    ``ValueError`` for replicas, and for a loss or a layer whose second derivatives are not known
    here, such as a Softmax that the loss does not fold in.
    """

    def __init__(self, model: Network, loss: Loss, rows: Array) -> None:
        if type(loss) not in LOSS_ROOTS:
            known = ", ".join(cls.__name__ for cls in LOSS_ROOTS)
            raise ValueError(f"the second derivative of {loss!r} is not known; known: {known}")
        if model.replicas is not None:
            raise ValueError(f"a single network is needed, not {model.replicas} replicas")
        self.stages: list[Stage] = []
        self._loss_roots = LOSS_ROOTS[type(loss)]
        signal = rows.T
        for layer in model.layers[: model.logit_depth(loss)]:
            if isinstance(layer, Dense):
                self.stages.append(Stage(layer))
            elif isinstance(layer, Activation) and not self.stages:
                signal = layer(signal)  # the same whatever the weights
            elif isinstance(layer, Activation) and layer.elementwise:
                self.stages[-1].after.append(layer)
            elif not isinstance(layer, Dropout):
                raise ValueError(
                    f"the second derivative of the layer {layer!r} is not known: only Dense layers,"
                    " dropout, elementwise activations and what the loss folds in are"
                )
        self._input = with_ones(signal)

    def forward(self, weights: Array) -> tuple[Array, Array]:
        """The logits (C, N) at these weights (P,), and ``LOSS_ROOTS`` there (C, C, N)."""
        full = self._input
        for stage in self.stages:
            full = stage.forward(weights, full)
        return full[:-1], self._loss_roots(full[:-1])


def with_ones(signal: Array) -> Array:
    """[x; 1], (F + 1, N), from x (F, N)."""
    return np.concatenate([signal, np.ones((1, signal.shape[1]))])
