"""Whether two models that were measured on the same splits differ by more than chance.

J splits of the same points into n_train to learn from and n_test to test on.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr


class Paired(NamedTuple):
    """The mean difference, its t with J - 1 degrees of freedom, and the two-sided p."""

    difference: float
    t: float
    p: float


def corrected_t_test(differences: NDArray[Any], n_train: int, n_test: int) -> Paired:
    """The corrected resampled t-test of d_j (J,), one model's score minus another's on split j.

        t = mean(d) / sqrt((1/J + n_test/n_train) var(d)),    var with J - 1 below the line.

    The splits share their training points, so their differences hang together, and the variance
    var(d)/J of the usual paired test is far too small: it finds differences where there are none.
    The correlation is taken as n_test / (n_test + n_train), which gives the second summand.
    Nadeau & Bengio 2003, "Inference for the Generalization Error", Machine Learning 52, 239-281,
    section 4 (their statistic 7, "corrected resampled t-test").

    Where all differences are equal the variance is zero: t is 0 and p 1 if they are zero, else t is
    infinite and p 0. ValueError for fewer than two splits or an empty part.
    """
    d = np.asarray(differences, dtype=np.float64)
    if d.ndim != 1 or len(d) < 2:
        raise ValueError(f"differences must be two or more of a row, got shape {d.shape}")
    if n_train < 1 or n_test < 1:
        raise ValueError(f"n_train and n_test must be at least 1, got {n_train} and {n_test}")
    mean, variance = float(d.mean()), float(d.var(ddof=1))
    # Equal differences have a variance of some rounding errors.
    if math.sqrt(variance) <= 1e-12 * float(np.abs(d).max()):
        return Paired(mean, math.copysign(math.inf, mean), 0.0) if mean else Paired(0.0, 0.0, 1.0)
    t = mean / math.sqrt((1 / len(d) + n_test / n_train) * variance)
    return Paired(mean, t, 2 * float(stdtr(len(d) - 1, -abs(t))))
