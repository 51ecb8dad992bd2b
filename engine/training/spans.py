"""Where the parameters of each Dense layer lie in a network's flat vectors, (P,)."""

from __future__ import annotations

import numpy as np

from engine.core.network import Network
from engine.core.validation import Array


def weight_spans(model: Network) -> list[tuple[int, int]]:
    """Where each Dense layer's weights (not its biases) lie in the flat vector."""
    spans, start = [], 0
    for layer in model.dense_layers:
        spans.append((start, start + layer.fan_in * layer.fan_out))
        start += layer.n_parameters
    return spans


def spoilt_layer(model: Network, vector: Array) -> str | None:
    """The first Dense layer with a number in (P,) that is not finite, in words."""
    start = 0
    for index, layer in enumerate(model.dense_layers, start=1):
        stop = start + layer.n_parameters
        if not np.isfinite(vector[start:stop]).all():
            return f"{index} ({layer.label})"
        start = stop
    return None
