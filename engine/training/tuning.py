"""What may be changed of a run while it goes on: its hyperparameters, its optimizer, its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy.typing as npt

from engine.core.network import Network
from engine.core.optimizers import Optimizer
from engine.core.validation import Array, check_type, number, whole
from engine.training.penalties import Penalties
from engine.training.schedules import Schedule


@dataclass(frozen=True)
class Hyperparameters:
    """``options`` are the optimizer's arguments; ``swaps`` counts the optimizers before it."""

    batch_size: int
    schedule: Schedule | None
    l1: float
    l2: float
    clip_norm: float | None
    optimizer: type[Optimizer]
    options: Mapping[str, Any]
    swaps: int = 0

    def __post_init__(self) -> None:
        if self.schedule is not None:
            check_type("schedule", self.schedule, Schedule)
        number("l1", self.l1, low=0.0)
        number("l2", self.l2, low=0.0)
        if self.clip_norm is not None:
            number("clip_norm", self.clip_norm, above=0.0)


@dataclass(frozen=True)
class Course:
    """What a run goes by: its hyperparameters now, those from earlier steps on, and its end."""

    now: Hyperparameters
    log: list[tuple[int, Hyperparameters]]
    epochs: int | None


def _live(name: str) -> Any:
    """A property: one of the hyperparameters, to be read and set."""

    def read(run: Tunable) -> Any:
        return getattr(run.hyperparameters, name)

    def write(run: Tunable, value: Any) -> None:
        run.apply(replace(run.hyperparameters, **{name: value}))

    return property(read, write)


class Tunable:
    """A run that can go on under other hyperparameters: ``log`` keeps which from which step on."""

    batch_size: int = _live("batch_size")
    schedule: Schedule | None = _live("schedule")
    l1: float = _live("l1")
    l2: float = _live("l2")
    clip_norm: float | None = _live("clip_norm")

    def __init__(
        self, model: Network, optimizer: Optimizer, samples: int, value: Hyperparameters
    ) -> None:
        self.model, self._size = model, samples
        self._put_optimizer(optimizer)
        self._hyper, self._noted_changes = value, optimizer.changes
        self.log: list[tuple[int, Hyperparameters]] = []
        self.apply(value)

    @property
    def hyperparameters(self) -> Hyperparameters:
        """All that may change while the run goes on, as it is now."""
        if self._noted_changes != self.optimizer.changes:  # set on the optimizer itself
            self._noted_changes = self.optimizer.changes
            self._hyper = replace(self._hyper, options=self.optimizer.config())
        return self._hyper

    def apply(self, value: Hyperparameters) -> None:
        """Go on with these; those of another optimizer than the present one bring it in, fresh."""
        whole("batch_size", value.batch_size, low=1, high=self._size)
        if value.swaps != self._hyper.swaps:
            self._put_optimizer(value.optimizer(**value.options))
        elif value.options != self.hyperparameters.options:
            for name, option in value.options.items():
                setattr(self.optimizer, name, option)
        self._hyper, self._noted_changes = value, self.optimizer.changes
        self._penalties = Penalties(self.model, value.l1, value.l2, value.clip_norm)

    def set_optimizer(self, optimizer: Optimizer) -> None:
        """Go on with another optimizer, its state fresh."""
        check_type("optimizer", optimizer, Optimizer)
        self._put_optimizer(optimizer)
        kind, options, swaps = type(optimizer), optimizer.config(), self._hyper.swaps + 1
        self._hyper = replace(self._hyper, optimizer=kind, options=options, swaps=swaps)
        self._noted_changes = optimizer.changes

    def _put_optimizer(self, optimizer: Optimizer) -> None:
        optimizer.prepare(self.model.flat)
        self.optimizer = self.model.optimizer = optimizer

    @property
    def learning_rate(self) -> float | Array:
        """The base rate, before the schedule: the optimizer's."""
        return self.optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float | npt.ArrayLike) -> None:
        self.optimizer.learning_rate = value

    @property
    def epochs(self) -> int | None:
        """After so many the run is finished."""
        return self._epochs

    @epochs.setter
    def epochs(self, value: int | None) -> None:
        self._epochs = None if value is None else whole("epochs", value, low=0)

    @property
    def course(self) -> Course:
        """With it, and a snapshot, another trainer of the same network and data goes on as this."""
        return Course(self.hyperparameters, list(self.log), self._epochs)

    def take_course(self, course: Course) -> None:
        """Go by this from here on; before a snapshot is restored."""
        self.apply(course.now)
        self.log = list(course.log)
        self.epochs = course.epochs
