"""The gradient by central differences, to hold the hand-written one against."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.core.activations import Activation
from engine.core.losses import Loss
from engine.core.network import Network
from engine.core.validation import Array, number
from engine.training.dataset import DataSet

# Below this a gradient drowns in the rounding of the difference quotient, and a ratio says nothing.
SMALL_GRADIENT = 1e-5


class Difference(NamedTuple):
    """How far two gradients a and b of one parameter array are apart, over the entries compared.

    ``absolute`` and ``relative`` are those of ``differences``; ``kinks`` entries were left out.
    """

    name: str
    absolute: float
    relative: float
    kinks: int


class GradientCheck(NamedTuple):
    """One ``Difference`` per parameter array, and the worst over all of them.

    It is NaN, which is below no tolerance, if not one entry could be compared.
    """

    parameters: tuple[Difference, ...]

    @property
    def absolute(self) -> float:
        return _largest([difference.absolute for difference in self.parameters])

    @property
    def relative(self) -> float:
        return _largest([difference.relative for difference in self.parameters])

    @property
    def kinks(self) -> int:
        return sum(difference.kinks for difference in self.parameters)


def gradient_check(
    model: Network, loss: Loss, X: npt.ArrayLike, y: npt.ArrayLike, step: float = 1e-5
) -> GradientCheck:
    """Compare dL/dw with (L(w + step) - L(w - step)) / (2 step) for every parameter w.

    Where a unit with a kink (ReLU's at 0) changes sides for any sample between w - step and
    w + step, the quotient is no derivative, and w is left out and counted. Runs in inference mode
    (no dropout) and leaves weights and gradients as they were. In float64 the quotient is good to
    about 1e-9; a float32 network is too coarse for it and is refused.
    """
    number("step", step, above=0.0)
    if model.dtype != np.float64:
        raise ValueError(f"gradient_check needs a float64 network, this one is {model.dtype}")
    data = DataSet(model, loss, X, y, "check")
    analytic = data.measure_with_gradient()[2]
    numeric, smooth = np.empty_like(analytic), np.empty(analytic.shape, np.bool_)
    flat, rows = model.flat, data.table[:, :-1]
    for index in range(flat.shape[-1]):
        kept = flat[..., index].copy()
        flat[..., index] = kept + step
        above, sides_above = data.measure()[0], _sides(model, rows)
        flat[..., index] = kept - step
        below, sides_below = data.measure()[0], _sides(model, rows)
        flat[..., index] = kept
        numeric[..., index] = (above - below) / (2.0 * step)
        smooth[..., index] = (sides_above == sides_below).all(axis=-1)
    names = [parameter.name for parameter in model.parameters()]
    ends = np.cumsum([parameter.data.size for parameter in model.parameters()])
    cuts = ends[:-1] // (model.replicas or 1)
    parts = (np.split(table, cuts, axis=-1) for table in (analytic, numeric, smooth))
    found = (
        Difference(name, *differences(ours[fine], theirs[fine]), int(np.count_nonzero(~fine)))
        for name, ours, theirs, fine in zip(names, *parts, strict=True)
    )
    return GradientCheck(tuple(found))


def _sides(model: Network, rows: Array) -> npt.NDArray[np.bool_]:
    """For every kinked unit and sample, whether it is on: (M,) or (K, M)."""
    layers = enumerate(model.layers)
    kinked = [i for i, layer in layers if isinstance(layer, Activation) and layer.kinked]
    outputs = model.activations(rows) if kinked else []
    on = [(outputs[i] > 0.0).reshape(*model.lead, -1) for i in kinked]
    return np.concatenate([np.empty((*model.lead, 0), np.bool_), *on], axis=-1)


def differences(a: Array, b: Array) -> tuple[float, float]:
    """max |a - b|, and the same over max(|a|, |b|) of the whole array, or 1e-5 if that is larger.

    NaN for no entries, infinity where a gradient is no number.
    """
    if a.size == 0:
        return math.nan, math.nan
    absolute = float(np.abs(a - b).max())
    if math.isnan(absolute):  # a gradient that is no number is as wrong as can be
        return math.inf, math.inf
    scale = max(float(np.abs(a).max()), float(np.abs(b).max()), SMALL_GRADIENT)
    return absolute, absolute / scale


def _largest(values: list[float]) -> float:
    return max((value for value in values if not math.isnan(value)), default=math.nan)
