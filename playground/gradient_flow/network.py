"""The deep networks of the page: equally wide hidden layers, built from an activation and weights.

F inputs, C outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from engine import Dense, Sequential
from engine.core.activations import ACTIVATIONS
from engine.core.layers import Layer


def deep_network(
    activation: str,
    init: str,
    scale: float,
    widths: Sequence[int],
    outputs: int,
    *,
    seed: int,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """Dense and activation in turn through `widths` = (F, units, units, ...), then a Dense to C."""
    layers: list[Layer] = []
    for fan_in, fan_out in pairwise(widths):
        layers += [Dense(fan_in, fan_out, init=init, scale=scale), ACTIVATIONS[activation]()]
    layers.append(Dense(widths[-1], outputs, init=init, scale=scale))
    return Sequential(layers, seed=seed, dtype=dtype)
