"""A view over one trainer: one training step a tick.

A row: epoch, training and test loss, where `accuracies` says so the accuracies on both in %,
learning rate, then log10 of the gradient size of each of L layers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Generic, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.study.divergence_report import divergence_report
from engine.training.history import Record
from engine.training.snapshot import Snapshot
from engine.training.status import DIVERGED
from engine.training.trainer import Trainer
from playground.figures import network
from playground.live import words
from playground.live.history import stride
from playground.live.now import Now
from playground.live.playable import LAST_STEPS, Playable, moving
from playground.live.view import Command, Frame, Row, asking
from playground.settings.config import LEARNING_RATES


class TrainerRun(Protocol):
    """What has a trainer."""

    trainer: Trainer

    @property
    def steps_per_epoch(self) -> int: ...

    def reset(self) -> None: ...

    def extend(self) -> None: ...

    def fork(self) -> Self: ...


R = TypeVar("R", bound=TrainerRun)

# What can be done about a run that diverges or has diverged, in a notice.
EXPLAIN: Final = ("explain", words.EXPLAIN)
REWIND: Final = ("rewind", words.REWIND)
HALVE: Final = ("halve", words.HALVE)
RESET: Final = ("reset", words.RESET)


class TrainerView(Playable, Generic[R]):
    """`build` sets the experiment."""

    commands: ClassVar[Mapping[str, Command]] = {
        **Playable.commands,
        "new": moving(lambda view: None, change=lambda view, now, value: view.next_seed(now)),
        "rewind": moving(lambda view: view.rewind()),
        "halve": moving(
            lambda view: view.rewind(), change=lambda view, now, value: view.half_the_rate(now)
        ),
        "explain": asking(lambda view, value: view.explain(), again=True),
    }
    tick_by_tick: ClassVar[bool] = True
    seed_name: ClassVar[str] = "seed"  # of the setting that "new" counts on
    accuracies: ClassVar[bool] = False  # whether a row has them
    longest_way: ClassVar[float] = math.inf  # steps that are taken again to show how it diverged

    experiment: R

    @property
    def trainer(self) -> Trainer:
        """Of the run on show."""
        return self.experiment.trainer

    @property
    def trainers(self) -> list[Trainer]:
        return [self.trainer]

    # ---- moving on ------------------------------------------------------------------------

    @property
    def step(self) -> int:
        return self.trainer.steps

    @property
    def place(self) -> float:
        return self.trainer.progress

    @property
    def ticks_a_unit(self) -> int:
        return self.experiment.steps_per_epoch

    @property
    def condition(self) -> str:
        return self.trainer.status

    @property
    def diverging(self) -> bool:
        return bool(self.trainer.diverging)

    def advance(self, ticks: int) -> int:
        return self.trainer.run_steps(ticks)

    def move(self, ticks: int) -> int:
        return self.advance(ticks)  # at once: the trainer keeps the records

    def mark(self) -> object:
        return self.trainer.snapshot()

    def back_to(self, mark: object) -> None:
        if isinstance(mark, Snapshot):
            self.trainer.restore(mark)

    def restart(self) -> None:
        self.experiment.reset()

    def extend(self) -> None:
        self.experiment.extend()

    def rewind(self) -> None:
        """Before the divergence, if there was one."""
        if self.condition == DIVERGED:
            self.trainer.rewind_before_divergence()

    def next_seed(self, now: Now) -> dict[str, Any]:
        """The setting of a new start."""
        return {self.seed_name: (now.value(self.seed_name) + 1) % 2**31}

    def half_the_rate(self, now: Now) -> dict[str, Any]:
        """The setting of half the learning rate, where that can be."""
        return self.at_rate(now, max((self.rate_of(now) or 0) / 2, LEARNING_RATES[0]))

    # ---- its rows -------------------------------------------------------------------------

    @property
    def kept(self) -> tuple[int, int]:
        return self.trainer.history.generation, len(self.trainer.history)

    def kept_since(self, start: int) -> NDArray[np.float32]:
        new = self.trainer.history.since(start)
        names = ("accuracy", "val_accuracy") if self.accuracies else ()
        shares = [new[name].astype(np.float32) * 100 for name in names]
        columns: list[NDArray[Any]] = [new["epoch"], new["loss"], new["val_loss"], *shares]
        columns += [new["learning_rate"], network.log_sizes(new["gradient"])]
        return np.column_stack(columns).astype(np.float32)

    def take_rows(self, rows: NDArray[np.float32]) -> None:
        history, wide = self.trainer.history, rows.astype(np.float64)
        history.cut(-1.0)
        for epoch, loss, test, *others in wide:
            right, tested, rate, *sizes = others if self.accuracies else (np.nan, np.nan, *others)
            gradient = 10 ** np.array(sizes)
            history.append(epoch, Record(loss, test, right / 100, tested / 100, gradient, rate))
        history.stride = stride(wide[:, 0])

    def frame_row(self) -> Row:
        trainer = self.trainer
        losses = np.array([trainer.train_loss, trainer.test_loss], np.float32)
        right = [trainer.train_accuracy, trainer.test_accuracy] if self.accuracies else []
        shares = np.array(right, np.float32) * 100
        sizes = network.log_sizes(trainer.layer_gradient_rms())
        # float64, for float32 cannot tell late steps apart; numbers that are less exact pack well.
        numbers = trainer.progress, *losses, *shares, trainer.current_learning_rate
        return np.array([*numbers, *sizes])

    # ---- how it ended ---------------------------------------------------------------------

    @property
    def told(self) -> bool:
        """Whether it has diverged, and the way from a checkpoint to its last steps is short."""
        if self.condition != DIVERGED:
            return False
        first = self.step + 1 - LAST_STEPS
        before = [each.steps for each in self.trainer.checkpoints.entries if each.steps <= first]
        return self.step - max(before, default=0) <= self.longest_way

    def climb(self) -> list[Frame]:
        """The last one shows the weights before the fatal step."""
        if not self.told:
            return []
        run, first = self.experiment, max(self.step + 1 - LAST_STEPS, 0)
        self.experiment = run.fork()
        try:
            return [self.frame() for _ in self.trainer.replay(first)]
        finally:
            self.experiment = run

    def explain(self) -> None:
        """Tell what happened to a run that diverged."""
        if self.told:
            self.tell("divergence_report", divergence_report(self.trainer).as_json())
