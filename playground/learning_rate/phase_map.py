"""The phase map: the final training loss of hundreds of runs, learning rate against one setting.

R rows (values of the setting), C columns (learning rates). A row trains as one network with C
replicas in a worker process. Knows no Streamlit and no Plotly.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
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
from playground.learning_rate.words import phase_map as words
from playground.runs.line import Line

_LOOK_SECONDS: Final = 1.0  # between looks whether the map's viewer is still there


class PhaseMap:
    """A map that is computed in the background, row by row.

    One map computes at a time in a process, on all cores; another one waits for its turn. It stops
    by itself soon after `watched` says that its viewer has left; any thread may ask that. All
    properties may be read at any moment.
    """

    def __init__(self, spec: MapSpec, watched: Callable[[], bool] = lambda: True) -> None:
        self.spec = spec
        self.running = False  # whether rows are being computed or waited for
        self.cut_off = False  # whether it stopped because its viewer had left
        self.error: str | None = None  # why the last run ended early, in words
        self._watched = watched
        self._lock = threading.Lock()
        self._halt = threading.Event()  # set when no more is wanted
        self._losses: Losses = np.full(spec.shape, np.nan)
        self._diverged: Epochs = np.full(spec.shape, UNKNOWN, np.int64)
        self._costs = [spec.cost(row) for row in range(len(spec.values))]
        self._workers = 1
        self._seconds_of_rows = self._cost_of_rows = self._cost_left = self._last_row = 0.0

    def start(self, backend: str | None = None) -> None:
        """Compute the rows that are not known yet; returns at once.

        `backend` is one of BACKENDS: "local", the cores of this machine, or "dask". None means the
        cluster if the environment names one (see SCHEDULER), else the local cores. ValueError for
        another name, or while this map is running. Whatever goes wrong later is told by `error`.
        """
        name = ("dask" if os.environ.get(SCHEDULER) else "local") if backend is None else backend
        if name not in BACKENDS:
            raise ValueError(words.no_backend(", ".join(BACKENDS), backend))
        if self.running:
            raise ValueError(words.RUNNING)
        self._halt = threading.Event()
        self.running, self.cut_off, self.error = True, False, None
        self._seconds_of_rows = self._cost_of_rows = 0.0
        self._cost_left = sum(self._costs[row] for row in self._missing())
        body = threading.Thread(
            target=self._compute, args=(BACKENDS[name],), name="phase-map", daemon=True
        )
        body.start()

    def stop(self) -> None:
        """Ask for an end; returns at once. `running` is False within about a second."""
        self._halt.set()

    @property
    def ahead(self) -> int:
        """How many maps have to end before this one's rows are computed."""
        return _MAPS.ahead(self)

    @property
    def progress(self) -> tuple[int, int]:
        """Rows done, and rows in all."""
        known = (self.diverged_epoch != UNKNOWN).all(axis=1)
        return int(known.sum()), len(known)

    @property
    def seconds_left(self) -> float | None:
        """A guess from the rows done since `start`; None before the first, and when not running."""
        with self._lock:
            if not self.running or self._cost_of_rows == 0:
                return None
            pace = self._seconds_of_rows / self._cost_of_rows / self._workers
            return max(pace * self._cost_left - (time.monotonic() - self._last_row), 0.0)

    @property
    def losses(self) -> Losses:
        """Final training losses (R, C), NaN where not yet known; see `train_row`."""
        with self._lock:
            return self._losses.copy()

    @property
    def diverged_epoch(self) -> Epochs:
        """Completed epochs when a cell diverged (R, C); -1 if it did not, -2 if not yet known."""
        with self._lock:
            return self._diverged.copy()

    @property
    def known(self) -> tuple[Losses, Epochs]:
        """`losses` and `diverged_epoch` of one moment."""
        with self._lock:
            return self._losses.copy(), self._diverged.copy()

    def adopt(self, losses: Losses, diverged_epoch: Epochs) -> None:
        """Take these cells, which another map has computed."""
        with self._lock:
            self._losses[:], self._diverged[:] = losses, diverged_epoch

    # ---- in threads -------------------------------------------------------------------------

    def wanted(self) -> bool:
        """Whether to go on: nobody has asked for an end, and the viewer is there."""
        if not self._halt.is_set() and not self._watched():
            self.cut_off = True
            self._halt.set()
        return not self._halt.is_set()

    def _missing(self) -> list[int]:
        """Rows still to do, the costliest first: then no core is left with a long one at the end.

        The guess of the time left, too, is the better the more of the work it has seen.
        """
        rows = np.flatnonzero((self._diverged == UNKNOWN).any(axis=1)).tolist()
        return sorted(rows, key=lambda row: -self._costs[row])

    def _add(self, row: Row) -> None:
        with self._lock:
            self._losses[row.number] = row.losses
            self._diverged[row.number] = row.diverged_epoch
            self._seconds_of_rows += row.seconds
            self._cost_of_rows += self._costs[row.number]
            self._cost_left -= self._costs[row.number]
            self._last_row = time.monotonic()

    def _compute(self, backend: Callable[[], AbstractContextManager[Flag]]) -> None:
        """Wait for a turn, then let the workers do all missing rows; the body of a thread."""
        try:
            with _MAPS.turn(self, self.wanted) as came:
                if came:
                    self._compute_rows(backend)
        except Exception as error:
            # Nobody waits for this thread: what went wrong in it, or in a worker, is told so.
            self.error = str(error) or type(error).__name__
        finally:
            self.running = False

    def _compute_rows(self, backend: Callable[[], AbstractContextManager[Flag]]) -> None:
        import joblib

        spec = self.spec
        with backend() as flag:
            # This thread sits in joblib until a row is done: another one passes the wish to stop.
            herald = threading.Thread(target=self._announce, args=(flag,), daemon=True)
            herald.start()
            try:
                self._workers = joblib.effective_n_jobs()
                tasks = (
                    joblib.delayed(train_row)(row, spec.row_config(row), spec.rates, flag)
                    for row in self._missing()
                    if not self._halt.is_set()
                )
                # Once halted there are no more tasks, and those begun end by themselves: the pool
                # is left whole for the next map.
                parallel = joblib.Parallel(
                    return_as="generator_unordered", batch_size=1, pre_dispatch="n_jobs"
                )
                for row in parallel(tasks):
                    if row is not None:
                        self._add(row)
            finally:
                self._halt.set()
                herald.join()

    def _announce(self, flag: Flag) -> None:
        """Wait for the end of the work, or for the wish that it end, and tell the workers."""
        while self.wanted():
            self._halt.wait(_LOOK_SECONDS)
        with suppress(OSError):  # a cluster out of reach: joblib tells the map of it
            flag.hoist()


# One pool for the whole process: thirty viewers with a map each would be thirty pools.
_MAPS: Final = Line()
