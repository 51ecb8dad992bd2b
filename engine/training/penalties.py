"""What is done to a gradient before the optimizer sees it: L1, L2, and a bound on its norm.

P parameters, K replicas; vectors are ``(P,)`` or ``(K, P)``.
"""

from __future__ import annotations

import numpy as np

from engine.core.network import Network
from engine.core.validation import Array, number


def weight_spans(model: Network) -> list[tuple[int, int]]:
    """Where each Dense layer's weights (not its biases) lie in the flat vector."""
    spans, start = [], 0
    for layer in model.dense_layers:
        spans.append((start, start + layer.fan_in * layer.fan_out))
        start += layer.n_parameters
    return spans


def ridge(model: Network, l2: float, weight_decay: float) -> Array:
    """What penalties add to the curvature along each parameter, (P,), in float64.

    ``l2`` for the weights, not the biases (the trainer's), ``weight_decay`` for all (SGD's).
    """
    found: Array = np.full(model.n_parameters, number("weight_decay", weight_decay, low=0.0))
    for start, stop in weight_spans(model):
        found[start:stop] += number("l2", l2, low=0.0)
    return found


class Penalties:
    """g += l1 sign(W) + l2 W for the weights, and then g *= clip_norm / ‖g‖ where that is below 1.

    ``l2`` is the derivative of (l2 / 2) ‖W‖². The norm is that of the whole gradient, of each
    replica by itself; Pascanu, Mikolov & Bengio 2013, algorithm 1, with torch's 1e-6 beside ‖g‖.
    """

    def __init__(self, model: Network) -> None:
        self._mask: Array = np.zeros(model.n_parameters, model.dtype)
        for start, stop in weight_spans(model):
            self._mask[start:stop] = 1.0
        self.l1 = 0.0
        self.l2 = 0.0
        self.clip_norm = None

    @property
    def l1(self) -> float:
        return self._l1

    @l1.setter
    def l1(self, value: float) -> None:
        self._l1 = number("l1", value, low=0.0)
        self._l1_vector = self._mask * self._l1

    @property
    def l2(self) -> float:
        return self._l2

    @l2.setter
    def l2(self, value: float) -> None:
        self._l2 = number("l2", value, low=0.0)
        self._l2_vector = self._mask * self._l2

    @property
    def clip_norm(self) -> float | None:
        return self._clip_norm

    @clip_norm.setter
    def clip_norm(self, value: float | None) -> None:
        self._clip_norm = None if value is None else number("clip_norm", value, above=0.0)

    @property
    def active(self) -> bool:
        """Whether ``apply`` would do anything."""
        return self._l1 > 0.0 or self._l2 > 0.0 or self._clip_norm is not None

    def apply(self, params: Array, grads: Array, scratch: Array) -> None:
        """Change ``grads`` in place; ``scratch`` is overwritten."""
        if self._l2:
            np.multiply(params, self._l2_vector, out=scratch)
            np.add(grads, scratch, out=grads)
        if self._l1:
            np.sign(params, out=scratch)
            np.multiply(scratch, self._l1_vector, out=scratch)
            np.add(grads, scratch, out=grads)
        if self._clip_norm is not None:
            norm = np.sqrt(np.vecdot(grads, grads))
            scale = np.minimum(self._clip_norm / (norm + 1e-6), 1.0)
            np.multiply(grads, scale[..., np.newaxis], out=grads)
