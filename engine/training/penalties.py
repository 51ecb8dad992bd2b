"""What is done to a gradient before the optimizer sees it: L1, L2, and a bound on its norm.

P parameters, K replicas; vectors are ``(P,)`` or ``(K, P)``.
"""

from __future__ import annotations

import numpy as np

from engine.core.network import Network
from engine.core.validation import Array, number


def ridge(model: Network, l2: float, weight_decay: float) -> Array:
    """What penalties add to the curvature along each parameter, (P,), in float64.

    ``l2`` for the weights, not the biases (the trainer's), ``weight_decay`` for all (SGD's).
    """
    found: Array = np.full(model.n_parameters, number("weight_decay", weight_decay, low=0.0))
    for layer in model.dense_layers:
        found[layer.weight_span] += number("l2", l2, low=0.0)
    return found


class Penalties:
    """g += l1 sign(W) + l2 W for the weights, and then g *= clip_norm / ‖g‖ where that is below 1.

    ``l2`` is the derivative of (l2 / 2) ‖W‖². The norm is that of the whole gradient, of each
    replica by itself; Pascanu, Mikolov & Bengio 2013, algorithm 1, with torch's 1e-6 beside ‖g‖.
    """

    def __init__(
        self, model: Network, l1: float = 0.0, l2: float = 0.0, clip_norm: float | None = None
    ) -> None:
        mask: Array = np.zeros(model.n_parameters, model.dtype)
        for layer in model.dense_layers:
            mask[layer.weight_span] = 1.0
        self._l1 = mask * float(l1) if l1 else None
        self._l2 = mask * float(l2) if l2 else None
        self._clip_norm = None if clip_norm is None else float(clip_norm)
        self.active = bool(l1 or l2 or clip_norm is not None)  # whether ``apply`` does anything

    def apply(self, params: Array, grads: Array, scratch: Array) -> None:
        """Change ``grads`` in place; ``scratch`` is overwritten."""
        if self._l2 is not None:
            np.multiply(params, self._l2, out=scratch)
            np.add(grads, scratch, out=grads)
        if self._l1 is not None:
            np.sign(params, out=scratch)
            np.multiply(scratch, self._l1, out=scratch)
            np.add(grads, scratch, out=grads)
        if self._clip_norm is not None:
            norm = np.sqrt(np.vecdot(grads, grads))
            scale = np.minimum(self._clip_norm / (norm + 1e-6), 1.0)
            np.multiply(grads, scale[..., np.newaxis], out=grads)
