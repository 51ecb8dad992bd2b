"""The gradient by central differences, to hold the hand-written one against."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.evaluation import DataSet
from engine.losses import Loss
from engine.model import Sequential
from engine.validation import number


class Difference(NamedTuple):
    """How far two gradients of one parameter array are apart, at the worst of its entries.

    ``relative`` is |a - b| / max(|a|, |b|, 1e-8) of the entry where ``absolute`` is largest.
    """

    name: str
    absolute: float
    relative: float


class GradientCheck(NamedTuple):
    """One ``Difference`` per parameter array, and the worst over all of them."""

    parameters: tuple[Difference, ...]

    @property
    def absolute(self) -> float:
        return max(difference.absolute for difference in self.parameters)

    @property
    def relative(self) -> float:
        return max(difference.relative for difference in self.parameters)


def gradient_check(
    model: Sequential, loss: Loss, X: npt.ArrayLike, y: npt.ArrayLike, step: float = 1e-5
) -> GradientCheck:
    """Compare dL/dw with (L(w + step) - L(w - step)) / (2 step) for every parameter w.

    Runs in inference mode (no dropout) and leaves weights and gradients as they were. In float64
    the difference quotient is good to about 1e-9; a float32 network is too coarse for it and is
    refused. A weight that sits at a kink (ReLU's at 0) has no derivative to compare.
    """
    number("step", step, above=0.0)
    if model.dtype != np.float64:
        raise ValueError(f"gradient_check needs a float64 network, this one is {model.dtype}")
    data = DataSet(model, loss, X, y, "check")
    analytic = data.measure_with_gradient()[2]
    numeric = np.empty_like(analytic)
    flat = model.flat
    for index in range(flat.shape[-1]):
        kept = flat[..., index].copy()
        flat[..., index] = kept + step
        above = data.measure()[0]
        flat[..., index] = kept - step
        below = data.measure()[0]
        flat[..., index] = kept
        numeric[..., index] = (above - below) / (2.0 * step)
    differences, start = [], 0
    for parameter in model.parameters():
        stop = start + parameter.data[(0,) * (model.replicas is not None)].size
        ours, theirs = analytic[..., start:stop].ravel(), numeric[..., start:stop].ravel()
        gap = np.abs(ours - theirs)
        scale = np.maximum(np.maximum(np.abs(ours), np.abs(theirs)), 1e-8)
        worst = int(gap.argmax())
        differences.append(
            Difference(parameter.name, float(gap[worst]), float(gap[worst] / scale[worst]))
        )
        start = stop
    return GradientCheck(tuple(differences))
