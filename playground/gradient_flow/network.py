"""The deep networks of the page: equally wide hidden layers, built from an activation and weights.

F inputs, C outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from engine import Dense, Sequential
from engine.core.activations import ACTIVATIONS
from engine.core.layers import Layer

# The matrices are small: more threads only get in each other's way, and in other viewers'.
threadpool_limits(1)


def deep_network(
    activation: str,
    init: str,
    scale: float,
    widths: Sequence[int],
    outputs: int | None,
    *,
    seed: int,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Dense and activation in turn through `widths` = (F, units, units, ...), the F inputs first.

    A last Dense leads to `outputs` = C; without one (None) the network ends in an activation.
    ValueError unless there is at least one hidden layer, or for a name that is not known.
    """
    if len(widths) < 2:
        raise ValueError(f"widths must hold the inputs and a hidden layer, got {tuple(widths)}")
    if activation not in ACTIVATIONS:
        raise ValueError(f"unknown activation {activation!r}; known: {', '.join(ACTIVATIONS)}")
    layers: list[Layer] = []
    for fan_in, fan_out in pairwise(widths):
        layers += [Dense(fan_in, fan_out, init=init, scale=scale), ACTIVATIONS[activation]()]
    if outputs is not None:
        layers.append(Dense(widths[-1], outputs, init=init, scale=scale))
    return Sequential(layers, seed=seed, dtype=dtype)
