"""The V of truncation against rounding: the error of central differences by their step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.core.validation import Array
from playground.backprop.checks import (
    by_layers,
    central_differences,
    entries_of,
    relative_difference,
)
from playground.backprop.network import Network


@dataclass(frozen=True)
class VCurve:
    """The relative error of central differences, (M,), at the steps h (M,), in two precisions.

    A large h errs by the third derivative, as h²; a small one by the rounding of the loss, as
    eps / h. The sum is least near h = eps^(1/3). Press et al. 2007, "Numerical Recipes", 5.7.
    """

    h: Array
    double: Array
    single: Array

    @property
    def best(self) -> tuple[float, float]:
        """The h with the smallest error, in float64 and in float32."""
        return float(self.h[self.double.argmin()]), float(self.h[self.single.argmin()])

    @property
    def predicted(self) -> tuple[float, float]:
        """eps^(1/3), in float64 and in float32: 6e-6 and 5e-3."""
        double, single = (float(np.finfo(t).eps ** (1.0 / 3.0)) for t in (np.float64, np.float32))
        return double, single


def v_curve(network: Network, steps: Sequence[float] | None = None) -> VCurve:
    """The error of the difference quotient against its step, by default from 1e-1 to 1e-12.

    The error is the largest over all entries compared, relative to the largest of them. Of the
    large network these are eight of each weight matrix.
    """
    h = np.logspace(-1.0, -12.0, 45) if steps is None else np.asarray(steps, np.float64)
    entries = entries_of(network, whole=16, most=8)
    exact = by_layers(network)
    truth = np.concatenate([exact[name].ravel()[chosen] for name, chosen in entries.items()])

    def error(step: float, dtype: npt.DTypeLike) -> float:
        found, _ = central_differences(network, entries, step, dtype)
        return relative_difference(truth, np.concatenate(list(found.values())))

    double = np.array([error(step, np.float64) for step in h.tolist()])
    single = np.array([error(step, np.float32) for step in h.tolist()])
    return VCurve(h, double, single)
