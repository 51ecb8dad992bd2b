"""The phase map: the final training loss of hundreds of runs, learning rate against one setting.

R rows (values of the setting), C columns (learning rates), N training points. A row trains as one
network with C replicas; the rows are spread over processes by joblib, or over a Dask cluster. Knows
no Streamlit and no Plotly.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import threading
import time
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from playground.config import Config
from playground.experiment import Experiment, Replicas
from playground.rates.map_spec import MapSpec

NO_DIVERGENCE, UNKNOWN = -1, -2  # in place of the epoch in which a cell diverged

SCHEDULER: Final = "PLAYGROUND_DASK_SCHEDULER"  # names the environment variable with the address

_CHECK_SECONDS: Final = 0.2  # between a worker's looks at the flag that stops it
_STEPS_AT_ONCE: Final = 16  # between its looks at the clock
_CONNECT_SECONDS: Final = 10
_IDLE_SECONDS: Final = 60  # after which a worker without work gives its memory back
_NICENESS: Final = 10
_CHECKPOINTS: Final = 4  # weights that a cell may fall back on when it diverges

Losses = npt.NDArray[np.float64]
Epochs = npt.NDArray[np.int64]


# ---- one row, in a worker ---------------------------------------------------------------------


class Flag(Protocol):
    """What tells the workers to stop; a worker gets a copy of it."""

    def hoist(self) -> None:
        """Tell them."""

    def is_up(self) -> bool:
        """Whether they have been told."""


@dataclass(frozen=True)
class FileFlag:
    """A file that is there or not, for the child processes of this one.

    It is up, too, for a process whose parent is another than `parent`: the server was killed.
    """

    path: str
    parent: int

    def hoist(self) -> None:
        Path(self.path).touch()

    def is_up(self) -> bool:
        return os.getppid() != self.parent or Path(self.path).exists()


@dataclass(frozen=True)
class ClusterFlag:
    """An event that the cluster's scheduler keeps."""

    name: str
    client: Any = field(default=None, repr=False, compare=False)

    def hoist(self) -> None:
        _distributed().Event(self.name, client=self.client).set()

    def strike(self) -> None:
        """Let the scheduler forget it."""
        _distributed().Event(self.name, client=self.client).clear()

    def is_up(self) -> bool:
        return bool(_distributed().Event(self.name, client=self.client).is_set())

    def __reduce__(self) -> tuple[Any, ...]:
        return ClusterFlag, (self.name,)  # a worker has a client of its own


class Row(NamedTuple):
    """A row that is done: its losses (C,), its epochs of divergence (C,), the seconds it took."""

    number: int
    losses: Losses
    diverged_epoch: Epochs
    seconds: float


def train_row(number: int, config: Config, rates: tuple[float, ...], flag: Flag) -> Row | None:
    """Train one row, a replica a rate; None if `flag` goes up before it is done.

    Losses are those of the whole training set with the last weights, without penalties; of a cell
    that diverged, with the last weights for which everything is finite.
    """
    start = checked = time.monotonic()
    if flag.is_up():
        return None
    experiment = Experiment(
        config, Replicas(learning_rates=rates), history_size=0, checkpoints=_CHECKPOINTS
    )
    trainer = experiment.trainer
    while trainer.run_steps(_STEPS_AT_ONCE):
        if time.monotonic() - checked > _CHECK_SECONDS:
            if flag.is_up():
                return None
            checked = time.monotonic()
    diverged = [NO_DIVERGENCE if d is None else d.epoch for d in trainer.replica_divergences]
    losses = np.array(trainer.train_loss, np.float64)
    return Row(number, losses, np.array(diverged, np.int64), time.monotonic() - start)


# ---- where the rows are computed --------------------------------------------------------------


@contextmanager
def _local() -> Iterator[Flag]:
    """All cores of this machine, in processes of their own and behind everybody else."""
    import joblib

    with (
        tempfile.TemporaryDirectory() as folder,
        joblib.parallel_config(
            "loky",
            # With one worker joblib would compute in this very process.
            n_jobs=max(joblib.cpu_count(), 2),
            inner_max_num_threads=1,
            initializer=_step_back,
            idle_worker_timeout=_IDLE_SECONDS,
        ),
    ):
        yield FileFlag(str(Path(folder) / "stop"), os.getpid())


def _step_back() -> None:
    """Let the server go first: a worker runs when nothing else wants the core."""
    if sys.platform != "win32":
        os.nice(_NICENESS)


@contextmanager
def _dask() -> Iterator[Flag]:
    """A Dask cluster: the one at the address in the environment, else the current client's."""
    import joblib

    distributed = _distributed()
    address = os.environ.get(SCHEDULER)
    own = None
    if address:
        own = distributed.Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    try:
        try:
            client = own or distributed.get_client()
        except ValueError:
            raise ValueError(
                f"there is no Dask cluster: set {SCHEDULER} to its scheduler's address"
            ) from None
        flag = ClusterFlag(f"phase-map-{uuid.uuid4().hex}", client)
        with joblib.parallel_config("dask", client=client, n_jobs=-1):
            yield flag
        flag.strike()
    finally:
        if own is not None:
            own.close()


def _distributed() -> Any:
    """Dask's package: an extra, which only those who have a cluster install."""
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise ValueError(
            f"the back end dask needs the packages in requirements-cluster.txt: {error}"
        ) from None


BACKENDS: Final[Mapping[str, Callable[[], AbstractContextManager[Flag]]]] = {
    "local": _local,
    "dask": _dask,
}


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
                while self._line[0] is not work and not work.halt.is_set():
                    self._changed.wait(0.1)
                came = self._line[0] is work
            yield came and not work.halt.is_set()
        finally:
            with self._changed:
                self._line.remove(work)
                self._changed.notify_all()


# One pool for the whole process: thirty viewers with a map each would be thirty pools.
_TURNS: Final = _Turns()


# ---- the map ----------------------------------------------------------------------------------


class _Work:
    """What a map and the thread that computes it share; the thread must not keep the map alive."""

    def __init__(self, spec: MapSpec) -> None:
        self.spec = spec
        self.lock = threading.Lock()
        self.halt = threading.Event()  # set when no more is wanted
        self.running = False
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
            self.running, self.error = True, None
            self.seconds_of_rows = self.cost_of_rows = 0.0
            self.cost_left = sum(self.costs[row] for row in self.missing())
            self.version += 1

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

    One map computes at a time in a process, on all cores; another one waits for its turn. All
    properties may be read at any moment; `version` rises whenever one of the others has changed,
    except for `seconds_left`, which runs by itself.
    """

    def __init__(self, spec: MapSpec) -> None:
        self.spec = spec
        self._work = _Work(spec)
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
        herald = threading.Thread(target=_announce, args=(work.halt, flag), daemon=True)
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


def _announce(halt: threading.Event, flag: Flag) -> None:
    halt.wait()
    with suppress(OSError):  # a cluster out of reach: joblib tells the map of it
        flag.hoist()
