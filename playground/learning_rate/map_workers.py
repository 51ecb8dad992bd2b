"""Rows of the phase map in worker processes: one row, the flag that stops it, and where they run.

C columns (learning rates). Knows no Streamlit and no Plotly.
"""

from __future__ import annotations

import importlib
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from playground.learning_rate.words import phase_map as words
from playground.runs.background import step_back
from playground.runs.experiment import Experiment, Replicas
from playground.settings.config import Config

NO_DIVERGENCE, UNKNOWN = -1, -2  # in place of the epoch in which a cell diverged

SCHEDULER: Final = "PLAYGROUND_DASK_SCHEDULER"  # names the environment variable with the address

_CHECK_SECONDS: Final = 0.2  # between a worker's looks at the flag that stops it
_STEPS_AT_ONCE: Final = 16  # between its looks at the clock
_CONNECT_SECONDS: Final = 10
_IDLE_SECONDS: Final = 60  # after which a worker without work gives its memory back
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
    """A file that is there or not, for processes of this machine."""

    path: str

    def hoist(self) -> None:
        Path(self.path).touch()

    def is_up(self) -> bool:
        return Path(self.path).exists()


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
            initializer=step_back,
            initargs=(os.getpid(),),
            idle_worker_timeout=_IDLE_SECONDS,
        ),
    ):
        yield FileFlag(str(Path(folder) / "stop"))


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
            raise ValueError(words.no_cluster(SCHEDULER)) from None
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
        raise ValueError(words.no_dask(error)) from None


BACKENDS: Final[Mapping[str, Callable[[], AbstractContextManager[Flag]]]] = {
    "local": _local,
    "dask": _dask,
}
