"""The phase map: the final training loss of hundreds of runs, learning rate against one setting.

R rows (values of the setting), C columns (learning rates). A row trains as one network with C
replicas in a worker process. Knows no Streamlit and no Plotly.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Final

import numpy as np

from playground.learning_rate.map_spec import MapSpec
from playground.learning_rate.map_workers import (
    BACKENDS,
    SCHEDULER,
    UNKNOWN,
    Epochs,
    Flag,
    Losses,
    Row,
    train_row,
)

_LOOK_SECONDS: Final = 1.0  # between looks whether the map's viewer is still there


class _Turns:
    """A line of maps: whoever came first computes, the others wait."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: list[_Work] = []

    def ahead(self, work: _Work) -> int:
        """How many are before this one; 0 for one that computes or is not in the line."""
        with self._changed:
            return self._line.index(work) if work in self._line else 0

    @contextmanager
    def turn(self, work: _Work) -> Iterator[bool]:
        """Wait in the line; yields whether the turn came, False if `work` was halted before."""
        with self._changed:
            self._line.append(work)
        try:
            with self._changed:
                while self._line[0] is not work and work.wanted():
                    self._changed.wait(0.1)
                came = self._line[0] is work
            yield came and work.wanted()
        finally:
            with self._changed:
                self._line.remove(work)
                self._changed.notify_all()


# One pool for the whole process: thirty viewers with a map each would be thirty pools.
_TURNS: Final = _Turns()


# ---- the map ----------------------------------------------------------------------------------


class _Work:
    """What a map and the thread that computes it share; the thread must not keep the map alive."""

    def __init__(self, spec: MapSpec, watched: Callable[[], bool]) -> None:
        self.spec = spec
        self.watched = watched
        self.lock = threading.Lock()
        self.halt = threading.Event()  # set when no more is wanted
        self.running = self.cut_off = False
        self.version = 0
        self.error: str | None = None
        self.losses: Losses = np.full(spec.shape, np.nan)
        self.diverged: Epochs = np.full(spec.shape, UNKNOWN, np.int64)
        self.costs = [spec.cost(row) for row in range(len(spec.values))]
        self.workers = 1
        self.seconds_of_rows = self.cost_of_rows = self.cost_left = self.last_row = 0.0

    def missing(self) -> list[int]:
        """Rows still to do, the costliest first: then no core is left with a long one at the end.

        The guess of the time left, too, is the better the more of the work it has seen.
        """
        rows = np.flatnonzero((self.diverged == UNKNOWN).any(axis=1)).tolist()
        return sorted(rows, key=lambda row: -self.costs[row])

    def begin(self) -> None:
        with self.lock:
            self.halt = threading.Event()
            self.running, self.cut_off, self.error = True, False, None
            self.seconds_of_rows = self.cost_of_rows = 0.0
            self.cost_left = sum(self.costs[row] for row in self.missing())
            self.version += 1

    def wanted(self) -> bool:
        """Whether to go on: nobody has asked for an end, and the viewer is there."""
        if not self.halt.is_set() and not self.watched():
            self.cut_off = True
            self.halt.set()
        return not self.halt.is_set()

    def take_up(self, workers: int) -> None:
        with self.lock:
            self.workers = workers
            self.version += 1

    def add(self, row: Row) -> None:
        with self.lock:
            self.losses[row.number] = row.losses
            self.diverged[row.number] = row.diverged_epoch
            self.seconds_of_rows += row.seconds
            self.cost_of_rows += self.costs[row.number]
            self.cost_left -= self.costs[row.number]
            self.last_row = time.monotonic()
            self.version += 1

    def end(self, error: str | None) -> None:
        with self.lock:
            self.running, self.error = False, error
            self.version += 1


class PhaseMap:
    """A map that is computed in the background, row by row; dropping it stops it.

    One map computes at a time in a process, on all cores; another one waits for its turn. It stops
    by itself, too, soon after `watched` says that its viewer has left; any thread may ask that. All
    properties may be read at any moment; `version` rises whenever one of the others has changed,
    except for `seconds_left`, which runs by itself.
    """

    def __init__(self, spec: MapSpec, watched: Callable[[], bool] = lambda: True) -> None:
        self.spec = spec
        self._work = _Work(spec, watched)
        weakref.finalize(self, _halt, self._work)

    def start(self, backend: str | None = None) -> None:
        """Compute the rows that are not known yet; returns at once.

        `backend` is one of BACKENDS: "local", the cores of this machine, or "dask". None means the
        cluster if the environment names one (see SCHEDULER), else the local cores. ValueError for
        another name, or while this map is running. Whatever goes wrong later is told by `error`.
        """
        name = ("dask" if os.environ.get(SCHEDULER) else "local") if backend is None else backend
        if name not in BACKENDS:
            raise ValueError(f"backend must be one of {', '.join(BACKENDS)}, got {backend!r}")
        if self._work.running:
            raise ValueError("this map is already running")
        self._work.begin()
        thread = threading.Thread(
            target=_compute, args=(self._work, BACKENDS[name]), name="phase-map", daemon=True
        )
        thread.start()

    def stop(self) -> None:
        """Ask for an end; returns at once. `running` is False within about a second."""
        _halt(self._work)

    @property
    def running(self) -> bool:
        """Whether rows are being computed or waited for."""
        return self._work.running

    @property
    def cut_off(self) -> bool:
        """Whether it stopped because its viewer had left; `start` lets it go on."""
        return self._work.cut_off

    @property
    def waiting(self) -> bool:
        """Whether another map has to end before this one's rows are computed."""
        return self.ahead > 0

    @property
    def ahead(self) -> int:
        """How many maps come before this one."""
        return _TURNS.ahead(self._work)

    @property
    def progress(self) -> tuple[int, int]:
        """Rows done, and rows in all."""
        with self._work.lock:
            known = (self._work.diverged != UNKNOWN).all(axis=1)
        return int(known.sum()), len(known)

    @property
    def seconds_left(self) -> float | None:
        """A guess from the rows done since `start`; None before the first, and when not running."""
        work = self._work
        with work.lock:
            if not work.running or work.cost_of_rows == 0:
                return None
            pace = work.seconds_of_rows / work.cost_of_rows / work.workers
            return max(pace * work.cost_left - (time.monotonic() - work.last_row), 0.0)

    @property
    def losses(self) -> Losses:
        """Final training losses (R, C), NaN where not yet known; see `train_row`."""
        with self._work.lock:
            return self._work.losses.copy()

    @property
    def diverged_epoch(self) -> Epochs:
        """Completed epochs when a cell diverged (R, C); -1 if it did not, -2 if not yet known."""
        with self._work.lock:
            return self._work.diverged.copy()

    @property
    def version(self) -> int:
        """Rises with everything new."""
        return self._work.version

    @property
    def error(self) -> str | None:
        """Why the last run ended early, in words; None if nothing went wrong."""
        return self._work.error


def _halt(work: _Work) -> None:
    work.halt.set()


def _compute(work: _Work, backend: Callable[[], AbstractContextManager[Flag]]) -> None:
    """Wait for a turn, then let the workers do all missing rows; the body of a thread."""
    problem: str | None = None
    try:
        with _TURNS.turn(work) as came:
            if came:
                _compute_rows(work, backend)
    except Exception as error:
        # Nobody waits for this thread: what went wrong in it, or in a worker, is told by the map.
        problem = str(error) or type(error).__name__
    finally:
        work.end(problem)


def _compute_rows(work: _Work, backend: Callable[[], AbstractContextManager[Flag]]) -> None:
    import joblib

    spec = work.spec
    with backend() as flag:
        # This thread sits in joblib until a row is done: another one passes the wish to stop on.
        herald = threading.Thread(target=_announce, args=(work, flag), daemon=True)
        herald.start()
        try:
            workers = joblib.effective_n_jobs()
            work.take_up(workers)
            tasks = (
                joblib.delayed(train_row)(row, spec.row_config(row), spec.rates, flag)
                for row in work.missing()
                if not work.halt.is_set()
            )
            # Once halted there are no more tasks, and those begun end by themselves: the pool is
            # left whole for the next map.
            parallel = joblib.Parallel(
                return_as="generator_unordered", batch_size=1, pre_dispatch="n_jobs"
            )
            for row in parallel(tasks):
                if row is not None:
                    work.add(row)
        finally:
            work.halt.set()
            herald.join()


def _announce(work: _Work, flag: Flag) -> None:
    """Wait for the end of the work, or for the wish that it end, and tell the workers."""
    while work.wanted():
        work.halt.wait(_LOOK_SECONDS)
    with suppress(OSError):  # a cluster out of reach: joblib tells the map of it
        flag.hoist()
