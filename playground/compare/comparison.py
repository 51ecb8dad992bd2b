"""A comparison under way: models fitted split by split in the background, shared by its viewers.

J splits. Knows no Streamlit and no Plotly.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from playground.compare import words
from playground.compare.fitting import (
    CURVE_SPLITS,
    Fit,
    Refused,
    curve_score,
    curve_sizes,
    fitted,
)
from playground.compare.problem import counting, problem_of
from playground.compare.settings import NETWORK, CompareSettings
from playground.compare.worker import Unfinished, Worker
from playground.runs.line import Line
from playground.settings.config import Config

_KEPT: Final = 24  # comparisons with what they found, for whoever opens the same link


@dataclass(frozen=True)
class Task:
    """One fit: of the model on a split, from `size` points for the learning curve, else of all."""

    model: str
    split: int
    size: int | None = None


class Comparison:
    """All fits of one Config and its settings; ValueError, in words, if there are no splits.

    It computes while one of the viewers who want it is connected. Comparisons take turns, one fit
    each, so that all of them have the same share of the one process that fits. All properties may
    be read at any moment, from any thread.
    """

    def __init__(self, config: Config, settings: CompareSettings) -> None:
        self.config, self.settings = config, settings
        self.problem = problem_of(config, settings.compare_splits, settings.compare_test)
        self.models = (NETWORK, *settings.compare_models)
        self.sizes = curve_sizes(self.problem)
        self.fits: dict[str, tuple[Fit, ...]] = dict.fromkeys(self.models, ())
        self.refused: dict[str, str] = {}  # by model, why it has no figures
        curve = (len(self.sizes), min(CURVE_SPLITS, settings.compare_splits))
        self.curves = {name: np.full(curve, np.nan) for name in self.models}
        self.error: str | None = None  # why the last run ended early, in words
        self._tasks = self._plan()
        self._done = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._viewers: WeakKeyDictionary[Any, Callable[[], bool]] = WeakKeyDictionary()

    def _plan(self) -> list[Task]:
        """A picture of each model first, then the table, model by model, then the curves."""
        splits, repeats = range(1, self.settings.compare_splits), self.curves[NETWORK].shape[1]
        pictures = [Task(name, 0) for name in self.models]
        table = [Task(name, split) for name in self.models for split in splits]
        curves = [
            Task(name, split, size)
            for name in self.models
            for split in range(repeats)
            for size in self.sizes
        ]
        return [*pictures, *table, *curves]

    # ---- who wants it ---------------------------------------------------------------------

    def join(self, viewer: object, connected: Callable[[], bool]) -> None:
        """Compute for this viewer, too, as long as it is `connected` (asked in any thread)."""
        with self._lock:
            self._viewers[viewer] = connected
            if not self.running and not self.finished:
                self.error = None
                self._thread = threading.Thread(
                    target=self._compute, name="comparison", daemon=True
                )
                self._thread.start()

    def leave(self, viewer: object) -> None:
        """Stop for this viewer; the others go on, and without any it ends within a moment."""
        with self._lock:
            self._viewers.pop(viewer, None)

    def joined(self, viewer: object) -> bool:
        """Whether this viewer wants it, be it connected or not."""
        with self._lock:
            return viewer in self._viewers

    def wanted(self) -> bool:
        """Whether one of those who want it is there."""
        with self._lock:
            asked = list(self._viewers.values())
        return any(connected() for connected in asked)

    # ---- how far it is --------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def finished(self) -> bool:
        return self._done == len(self._tasks)

    @property
    def begun(self) -> bool:
        return self._done > 0

    @property
    def progress(self) -> float:
        """The share of the fits that are done."""
        return self._done / len(self._tasks)

    @property
    def task(self) -> Task | None:
        """The fit that is made now, or next."""
        done = self._done
        return self._tasks[done] if done < len(self._tasks) else None

    @property
    def ahead(self) -> int:
        """How many other comparisons have their turn before this one."""
        return _TURNS.ahead(self)

    def complete(self, model: str) -> bool:
        """Whether the model has been fitted on every split."""
        return len(self.fits[model]) == self.settings.compare_splits

    # ---- in a thread ----------------------------------------------------------------------

    def _compute(self) -> None:
        try:
            while (task := self.task) is not None and self.wanted():
                if task.model not in self.refused:
                    with _TURNS.turn(self, self.wanted) as came:
                        if not came or not self._do(task):
                            return
                self._done += 1
        except Exception as error:
            # Nobody waits for this thread: what goes wrong in it, or in the process, is told so.
            self.error = str(error) or type(error).__name__

    def _do(self, task: Task) -> bool:
        """Make one fit; False if it is no longer wanted."""
        given = (task.model, task.split, self.config, self.settings)
        if task.size is not None:
            score: float | None
            try:
                score = _WORKER.ask(self.wanted, curve_score, task.size, *given)
            except Unfinished:
                score = float("nan")
            if score is not None:
                self.curves[task.model][self.sizes.index(task.size), task.split] = score
            return score is not None
        found: Fit | Refused | None
        try:
            found = _WORKER.ask(self.wanted, fitted, *given)
        except Unfinished as error:
            found = Refused(words.unfinished(str(error)))
        if isinstance(found, Refused):
            self.refused[task.model] = found.reason
            self.fits[task.model] = ()
        elif found is not None:
            self.fits[task.model] += (found,)
        return found is not None


# One process for all viewers: a class that compares at once would be thirty of 200 MB each.
_WORKER: Final = Worker()
_TURNS: Final = Line()
_COMPARISONS: Final[OrderedDict[Any, Comparison]] = OrderedDict()
_LOCK: Final = threading.Lock()


def comparison_of(config: Config, settings: CompareSettings) -> Comparison:
    """The comparison of these settings, the same for all viewers; ValueError if there is none."""
    key = counting(config, settings)
    with _LOCK:
        found = _COMPARISONS.pop(key, None) or Comparison(*key)
        _COMPARISONS[key] = found
        resting = [old for old, each in _COMPARISONS.items() if not each.running]
        for old in resting[: max(len(_COMPARISONS) - _KEPT, 0)]:
            if old != key:
                del _COMPARISONS[old]
    return found


def leave_others(viewer: object, kept: Comparison | None) -> None:
    """Stop for this viewer all comparisons but this one."""
    with _LOCK:
        others = [each for each in _COMPARISONS.values() if each is not kept]
    for each in others:
        each.leave(viewer)
