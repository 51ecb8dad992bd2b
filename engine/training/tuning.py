"""What may be changed of a run while it goes on: its hyperparameters, its optimizer, its end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Generic, TypeVar

import numpy.typing as npt

from engine.core.network import Network
from engine.core.optimizers import Optimizer
from engine.core.validation import Array, check_type, whole
from engine.training.hyperparameters import Course, Hyperparameters, Log
from engine.training.penalties import Penalties
from engine.training.schedules import Schedule

T = TypeVar("T")


class _Live(Generic[T]):
    """One of the hyperparameters, to be read and set."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, run: Tunable, owner: type) -> T:
        value: T = getattr(run.hyperparameters, self._name)
        return value

    def __set__(self, run: Tunable, value: T) -> None:
        change: dict[str, Any] = {self._name: value}
        run.apply(replace(run.hyperparameters, **change))


class Tunable:
    """A run that can go on under other hyperparameters; ``log`` keeps what held from which step."""

    batch_size = _Live[int]()
    schedule = _Live[Schedule | None]()
    l1 = _Live[float]()
    l2 = _Live[float]()
    clip_norm = _Live[float | None]()

    def __init__(
        self, model: Network, optimizer: Optimizer, samples: int, value: Hyperparameters
    ) -> None:
        self.model, self._size = model, samples
        self._put_optimizer(optimizer)
        self._swaps, self._noted_changes = 0, optimizer.changes
        self._hyper, self.log = value, Log()
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
        if value.swaps != self._swaps:
            self._put_optimizer(value.optimizer(**value.options))
            self._swaps = value.swaps
        elif value.options != self.hyperparameters.options:
            for name, option in value.options.items():
                setattr(self.optimizer, name, option)
        self._hyper, self._noted_changes = value, self.optimizer.changes
        self._penalties = Penalties(self.model, value.l1, value.l2, value.clip_norm)

    def set_optimizer(self, optimizer: Optimizer) -> None:
        """Go on with another optimizer, its state fresh."""
        check_type("optimizer", optimizer, Optimizer)
        self._put_optimizer(optimizer)
        self._swaps += 1
        kind, options = type(optimizer), optimizer.config()
        self._hyper = replace(self._hyper, optimizer=kind, options=options, swaps=self._swaps)
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
        return Course(self.hyperparameters, tuple(self.log.entries), self._epochs)

    def take_course(self, course: Course) -> None:
        """Go by this from here on; before a snapshot is restored."""
        self.apply(course.now)
        self.log.entries = list(course.log)
        self.epochs = course.epochs
