"""One model on one split: its scores, what the fit took, and a picture of what it answers.

N samples, T of them to test on, F inputs, C classes. A worker process runs this; one thread, so
that processor time is what a person waits.
"""

from __future__ import annotations

import pickle
import time
import tracemalloc
import warnings
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from playground.compare import words
from playground.compare.models import REGISTRY, made
from playground.compare.pictures import GRID, picture
from playground.compare.problem import Problem, problem_of
from playground.compare.settings import CompareSettings
from playground.runs.experiment import centres
from playground.settings.config import Config

Floats = NDArray[np.floating[Any]]

BINS: Final = 10  # of confidence, in the calibration plot
PREDICTED: Final = 1000  # points whose prediction is timed
SHARES: Final = (0.1, 0.2, 0.35, 0.6)  # of the training points, in the learning curve
CURVE_SPLITS: Final = 3
# What a model says that cannot learn from these points. Anything else is a fault of ours.
REFUSALS: Final = (ValueError, ArithmeticError, MemoryError)


class Looks(NamedTuple):
    """What is found out on the first split only: bytes, bytes, and a picture as a data URI."""

    memory: int
    size: int
    picture: str


class Fit(NamedTuple):
    """One fit, measured. Seconds are the processor's.

    `score` is the accuracy or R², `loss` the log loss or the root of the mean squared error, `auc`
    the area under the ROC curve; None where a model gives no probabilities, or there are no
    classes. `bins` (3, BINS) are count, sum of confidence and count of right answers by confidence.
    """

    score: float
    loss: float | None
    auc: float | None
    fit_seconds: float
    predict_seconds: float
    bins: Floats | None
    note: str
    looks: Looks | None


class Refused(NamedTuple):
    """A model that cannot learn from these points, and why, in words."""

    reason: str


def fitted(name: str, split: int, config: Config, settings: CompareSettings) -> Fit | Refused:
    """Fit the model called `name` on a split, by its number, and measure it."""
    problem = problem_of(config, settings.compare_splits, settings.compare_test)
    train, test = problem.splits[split]
    model = REGISTRY[name]
    if refusal := model.refusal(len(train), settings):
        return Refused(refusal)
    sure = model.sure(settings)
    X, y = problem.inputs[train], problem.y[train]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            estimator = made(name, config, settings, config.seed + split)
            # The measured memory is a fit's of its own: to trace it makes the fit slower. It also
            # warms the caches for the one that is timed.
            memory = 0 if split else _peak(made(name, config, settings, config.seed), X, y)
            began = time.process_time()
            estimator.fit(X, y)
            took = time.process_time() - began
            found = _measured(estimator, sure, problem, test)
            looks = None if split else _looks(estimator, sure, problem, memory)
        except REFUSALS as error:
            said = _first_sentence(str(error) or type(error).__name__)
            return Refused(words.cannot_learn(said))
    notes = [str(w.message) for w in caught if w.category.__name__ == "ConvergenceWarning"]
    return found._replace(
        fit_seconds=took, note=_first_sentence(notes[-1]) if notes else "", looks=looks
    )


def curve_sizes(problem: Problem) -> list[int]:
    """How many training points the learning curve tries, fewest first; all of them come last."""
    count, least = problem.sizes[0], max(2 * problem.n_classes, 5)
    return sorted({max(round(share * count), least) for share in SHARES if share * count > least})


def curve_score(
    size: int, name: str, split: int, config: Config, settings: CompareSettings
) -> float:
    """The score of a model that learned from the first `size` points of a split; NaN if it cannot.

    It is tested on all of the split's test points.
    """
    problem = problem_of(config, settings.compare_splits, settings.compare_test)
    train, test = problem.balanced(split, size), problem.splits[split][1]
    if REGISTRY[name].refusal(size, settings):
        return float("nan")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = made(name, config, settings, config.seed + split)
            model.fit(problem.inputs[train], problem.y[train])
            return float(model.score(problem.inputs[test], problem.y[test]))
        except REFUSALS:
            return float("nan")


# ---- measuring --------------------------------------------------------------------------------


def _peak(model: Any, X: Floats, y: NDArray[Any]) -> int:
    """Bytes that a fit holds at the most beside its data, as far as Python's allocators see.

    NumPy's arrays are seen, what compiled code takes by itself is not. For a process in which no
    other thread works: CPython 3.11 may crash when tracing ends while another one allocates.
    """
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        model.fit(X, y)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def _measured(model: Any, sure: bool, problem: Problem, test: NDArray[np.intp]) -> Fit:
    X, y = problem.inputs[test], problem.y[test]
    many = np.resize(X, (PREDICTED, X.shape[1]))
    began = time.process_time()
    model.predict(many)
    took = time.process_time() - began
    if not problem.n_classes:
        answers = model.predict(X)
        rms = float(np.sqrt(np.mean((answers - y) ** 2)))
        return Fit(float(model.score(X, y)), rms, None, 0.0, took, None, "", None)
    scores, loss, bins = _scores(model, sure, X, problem.n_classes), None, None
    if sure:
        loss, bins = log_loss(y, scores), confidence_bins(y, scores)
    score = float(model.score(X, y))
    return Fit(score, loss, roc_auc(y, scores), 0.0, took, bins, "", None)


def _scores(model: Any, sure: bool, X: Floats, n_classes: int) -> Floats:
    """(T, C): of each class a probability, or if not `sure` how far inside it a point lies.

    A class that the model has never seen has the lowest of all.
    """
    if sure:
        found, rest = np.asarray(model.predict_proba(X), np.float64), 0.0
    else:
        found = np.asarray(model.decision_function(X), np.float64)
        found = np.column_stack([-found, found]) if found.ndim == 1 else found
        rest = float(found.min())
    scores = np.full((len(X), n_classes), rest)
    scores[:, model.classes_] = found
    return scores


def log_loss(y: NDArray[Any], shares: Floats) -> float:
    """Minus the mean logarithm of the probability that the true class was given.

    Probabilities (T, C) are kept above 2.2e-16, scikit-learn's bound, so that it is finite: a model
    that is sure and wrong pays 36.
    """
    given = shares[np.arange(len(y)), y.astype(np.intp)]
    return float(np.log(1.0 / np.clip(given, np.finfo(np.float64).eps, 1.0)).mean())


def roc_auc(y: NDArray[Any], scores: Floats) -> float | None:
    """The mean over the classes of the area under the ROC curve, each against the rest.

    The area is the chance that a point of the class has a higher score than one of the rest
    (Mann & Whitney's U; Hanley & McNeil 1982), ties counted half. None where a class is missing.
    """
    areas = []
    for label in range(scores.shape[1]):
        own, rest = scores[y == label, label], np.sort(scores[y != label, label])
        if not len(own) or not len(rest):
            return None
        below, not_above = (np.searchsorted(rest, own, side) for side in ("left", "right"))
        areas.append((below + not_above).mean() / 2 / len(rest))
    return float(np.mean(areas))


def confidence_bins(y: NDArray[Any], shares: Floats) -> Floats:
    """By the probability of the answer: count, sum of probabilities, right answers; (3, BINS).

    The reliability diagram of Guo, Pleiss, Sun & Weinberger 2017, "On Calibration of Modern Neural
    Networks", section 2.
    """
    best, right = shares.max(axis=1), shares.argmax(axis=1) == y
    place = np.minimum((best * BINS).astype(np.intp), BINS - 1)
    weights = (np.ones(len(y)), best, right.astype(np.float64))
    return np.array([np.bincount(place, each, BINS) for each in weights])


def _looks(model: Any, sure: bool, problem: Problem, memory: int) -> Looks:
    grid = problem.features.transform(centres(problem.extent, GRID))
    if not problem.n_classes:
        answers = model.predict(grid)
    elif sure:
        answers = _scores(model, sure, grid, problem.n_classes)
    else:
        answers = np.eye(problem.n_classes)[model.predict(grid)]
    _, test = problem.splits[0]
    wrong = np.zeros(len(problem.y), bool)
    if problem.n_classes:
        wrong[test] = model.predict(problem.inputs[test]) != problem.y[test]
    shown = picture(problem, test, answers, wrong)
    return Looks(memory, len(pickle.dumps(model)), shown)


def _first_sentence(said: str) -> str:
    line = " ".join(said.split())
    return line.partition(". ")[0].rstrip(".")[:200]
