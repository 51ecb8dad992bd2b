"""What pictures and networks of the digits page look like to the browser: bytes, and a curve.

S is the number of pixels a side. Grids of bytes have their first row at the bottom.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine import Dense
from engine.core.activations import ACTIVATIONS
from playground.data.digits import SIDES
from playground.digits.settings import SMALL

Bytes = NDArray[np.uint8]

PIXELS: Final = 8_000  # of weights in a frame: ten units of a network that sees 28 x 28
MOST_UNITS: Final = 32
_MIDDLE, _REACH = 128, 127  # the byte of a weight of zero, and of the largest beyond it
_ENDS: Final = (-8.0, 8.0)  # of the curve: beyond them any activation is nearly straight
_POINTS: Final = 1025  # of it; one of them is zero, where some have a kink
_HALF: Final = float(np.finfo(np.float16).max)


def upright(pictures: Bytes) -> Bytes:
    """Pictures (..., S, S), their first row on top, as grids of bytes."""
    return np.ascontiguousarray(pictures[..., ::-1, :])


def shown_units(side: int, units: int) -> int:
    """How many units' weights are shown."""
    return min(units, MOST_UNITS, max(1, PIXELS // side**2))


def weights(layer: Dense, side: int) -> Bytes:
    """The first units' weights as pictures (U, S, S), each on a scale of its own around zero."""
    units = shown_units(side, layer.weight.shape[1])
    pictures = layer.weight[:, :units].T
    with np.errstate(all="ignore"):
        largest = np.abs(pictures).max(axis=1, keepdims=True)
        scaled = np.nan_to_num(pictures / np.where(largest > 0, largest, 1))
    codes = np.rint(_MIDDLE + _REACH * scaled).astype(np.uint8)
    return upright(codes.reshape(units, side, side))


def parameters(layers: Sequence[Dense]) -> Bytes:
    """All weights and biases as float16, in bytes: (2 P,). Half as much to send, and as good."""
    parts = [part.ravel() for layer in layers for part in (layer.weight, layer.bias)]
    with np.errstate(all="ignore"):
        joined = np.clip(np.nan_to_num(np.concatenate(parts)), -_HALF, _HALF)
        found: Bytes = joined.astype("<f2").view(np.uint8)
    return found


def curve(activation: str) -> dict[str, Any]:
    """An activation as points at even places, so that the browser need not know its formula."""
    places = np.linspace(*_ENDS, _POINTS)
    values = ACTIVATIONS[activation]().f(places)
    return {"low": _ENDS[0], "high": _ENDS[1], "values": [round(float(v), 5) for v in values]}


def form(source: str, side: int) -> dict[str, Any]:
    """How the pictures of a source were made, for what is drawn to be made likewise.

    MNIST's digits were fitted into a box of 20 x 20 and laid into 28 x 28 by their centre of mass
    (LeCun et al., 1998, section III.A). Those of 8 x 8 fill their square; they have been enlarged
    where `side` is more.
    `pen` is the width of its strokes as a share of the pad, as their writers' were.
    """
    small = source in SMALL or side == SIDES[0]
    grid, box, pen = (SIDES[0], SIDES[0], 0.13) if small else (side, 20, 0.09)
    return {"grid": grid, "box": box, "side": side, "pen": pen}
