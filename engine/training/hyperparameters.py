"""What may change while a run goes on, as one frozen value, and the log of its changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.core.optimizers import Optimizer
from engine.core.validation import check_type, number
from engine.training.schedules import Schedule

KEPT = 1000  # changes that a replay can follow


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
    log: tuple[tuple[int, Hyperparameters], ...]
    epochs: int | None


class Log:
    """From which step on which hyperparameters hold: ``entries`` of (step, value), ascending."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, Hyperparameters]] = []

    def note(self, step: int, value: Hyperparameters) -> None:
        last = self.entries[-1][1] if self.entries else None
        if last is not value and last != value:
            self.entries.append((step, value))
        if len(self.entries) > KEPT:
            del self.entries[0]

    def cut(self, step: int) -> None:
        """Forget what has come into force from this step on."""
        self.entries = [entry for entry in self.entries if entry[0] < step]
