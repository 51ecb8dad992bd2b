"""How good a network's answers are: accuracy, ROC AUC, R2, by scikit-learn.

N is the number of points, C the number of classes; answers are (N, C) probabilities or (N,) values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score

from playground.runs import words

Floats = NDArray[np.floating[Any]]


def _accuracy(y: NDArray[Any], answers: Floats) -> float:
    return float(accuracy_score(y, answers.argmax(axis=1)))


def _roc_auc(y: NDArray[Any], answers: Floats) -> float | None:
    """Area under the ROC curve; the mean over one-against-the-rest for more than two classes."""
    present = np.unique(y)
    if len(present) < answers.shape[1]:
        return None  # not defined while a class has no points
    if answers.shape[1] == 2:
        return float(roc_auc_score(y, answers[:, 1]))
    shares = answers.astype(np.float64)
    shares /= shares.sum(axis=1, keepdims=True)
    return float(roc_auc_score(y, shares, multi_class="ovr"))


def _r2(y: NDArray[Any], answers: Floats) -> float | None:
    score = float(r2_score(y, answers))
    return score if np.isfinite(score) else None


Measure = Callable[[NDArray[Any], Floats], float | None]
MEASURES: Final[Mapping[str, list[tuple[str, str, Measure]]]] = {
    "classification": [
        (*words.ACCURACY, _accuracy),
        (*words.ROC_AUC, _roc_auc),
    ],
    "regression": [(*words.R2, _r2)],
}
