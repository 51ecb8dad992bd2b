"""A race: from 2 to 16 networks that start alike, see the same batches, and differ in one setting.

K runs, G points of a grid, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine import Trainer
from engine.training.divergence import Divergence
from playground.learning_rate.settings import RateSettings
from playground.learning_rate.verdicts import LossRecord, verdicts
from playground.learning_rate.words import race as words
from playground.runs.experiment import Experiment, Replicas
from playground.runs.group import RunGroup
from playground.settings.config import OPTIMIZER_LABELS, Config

Floats = NDArray[np.floating[Any]]

CHECKPOINTS: Final = 16  # that each trainer keeps, for whoever wants to look back


@dataclass(frozen=True)
class RaceRun:
    """One network of a race; `config` runs the same one alone in the Playground."""

    label: str
    config: Config


@dataclass(frozen=True)
class RunReport:
    """How one run did so far.

    `verdict` and `why` are those of `verdicts.py`. `first_bad_epoch` counts the epochs complete
    when the run diverged or, if earlier, at the first epoch end at which its smoothed loss was
    above its start and four times its best. `epochs_to_target` is the first epoch with a training
    loss at the target or below.
    """

    label: str
    verdict: str
    first_bad_epoch: int | None
    epochs_to_target: int | None
    train_loss: float
    test_loss: float
    why: str


@dataclass(frozen=True)
class RaceKind:
    """What the runs differ in.

    `change` is the Config's setting that an entry takes the place of, `entries` are those that the
    settings ask for. `replicas` makes one vectorised run of all entries; without it each run has a
    trainer of its own.
    """

    change: str
    entries: Callable[[Config, RateSettings], tuple[Any, ...]]
    text: Callable[[Any], str] = "{:g}".format
    replicas: Callable[[tuple[Any, ...]], Replicas] | None = None


class Race(RunGroup):
    """Trains one network for each entry, all from the same weights and in the same batch order.

    `kind` names an entry of RACES. ValueError, in words to show beside the control, for entries
    that make no race.
    """

    def __init__(self, config: Config, kind: str, entries: Sequence[Any]) -> None:
        self.kind = RACES[kind]
        if len(entries) < 2:
            raise ValueError(words.too_few(words.ENTRIES[kind], len(entries)))
        if kind == "momenta" and config.optimizer != "sgd":
            raise ValueError(words.no_momentum(OPTIMIZER_LABELS[config.optimizer]))
        self.runs = tuple(
            RaceRun(self.kind.text(entry), replace(config, **{self.kind.change: entry}))
            for entry in entries
        )
        together = None if self.kind.replicas is None else self.kind.replicas(tuple(entries))
        configs = [run.config for run in self.runs] if together is None else [config]
        self.experiments = [
            Experiment(each, together, history_size=0, checkpoints=CHECKPOINTS) for each in configs
        ]
        self._together = together is not None
        self._begin()

    def _begin(self) -> None:
        self._record = LossRecord(self.losses)
        self._first_bad: list[int | None] = [None] * len(self.runs)

    # ---- running ----------------------------------------------------------------------------

    def run_epochs(self, n: int) -> int:
        """Train all runs that are alive for up to `n` more epochs. Returns the epochs made."""
        made = 0
        while made < n and self.status in ("ready", "running"):
            for trainer in self.trainers:
                trainer.run_epochs(1)
            if self.epoch == self._record.epochs:
                break  # the last of the runs diverged within the epoch
            self._record.add(self.losses)
            self._note_bad()
            made += 1
        return made

    def _note_bad(self) -> None:
        bad = np.concatenate([trainer.replica_diverging for trainer in self.trainers])
        for k in np.flatnonzero(bad):
            if self._first_bad[k] is None:
                self._first_bad[k] = self.epoch

    def reset(self) -> None:
        super().reset()
        self._begin()

    def snapshot(self) -> tuple[Any, ...]:
        """All that running changes, copied: from it a race goes on bit for bit."""
        trainers = [trainer.snapshot() for trainer in self.trainers]
        return trainers, self._record.copy(), tuple(self._first_bad)

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Go to the moment of a snapshot of this race."""
        trainers, record, first_bad = snapshot
        for trainer, state in zip(self.trainers, trainers, strict=True):
            trainer.restore(state)
        self._record, self._first_bad = record.copy(), list(first_bad)

    # ---- where it stands --------------------------------------------------------------------

    def trainer_of(self, k: int) -> tuple[Trainer, int]:
        """The trainer of run `k` and the run's place among its replicas."""
        return (self.trainers[0], k) if self._together else (self.trainers[k], 0)

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Which runs have not diverged, (K,)."""
        return np.array([divergence is None for divergence in self._divergences])

    @property
    def _divergences(self) -> list[Divergence | None]:
        return [d for trainer in self.trainers for d in trainer.replica_divergences]

    @property
    def losses(self) -> NDArray[np.float64]:
        """The training loss of each run, (K,); of a diverged one, with its last finite weights."""
        return np.concatenate([np.atleast_1d(t.train_loss) for t in self.trainers])

    @property
    def test_losses(self) -> NDArray[np.float64]:
        """The same for the test points."""
        return np.concatenate([np.atleast_1d(t.test_loss) for t in self.trainers])

    def answers(self, side: int) -> Floats:
        """What each run answers at the centres of a side x side grid, bottom row first.

        (K, G, C) probabilities for classes, (K, G) values for regression; G = side squared. A
        diverged run answers with its last finite weights.
        """
        if self._together:
            return self.experiments[0].answers(side)
        return np.stack([experiment.answers(side) for experiment in self.experiments])

    def reports(self, target: float) -> list[RunReport]:
        """How each run did so far, read from the record of its training loss."""
        losses, tests, divergences = self.losses, self.test_losses, self._divergences
        reached = self._record.first_at_or_below(target)
        found = verdicts(self._record, target, divergences)
        reports = []
        for k, run in enumerate(self.runs):
            divergence, bad = divergences[k], self._first_bad[k]
            if divergence is not None:
                bad = divergence.epoch if bad is None else min(bad, divergence.epoch)
            reports.append(
                RunReport(
                    label=run.label,
                    verdict=found[k].word,
                    first_bad_epoch=bad,
                    epochs_to_target=reached[k],
                    train_loss=float(losses[k]),
                    test_loss=float(tests[k]),
                    why=found[k].why,
                )
            )
        return reports


def log_spaced(low: float, high: float, count: int) -> tuple[float, ...]:
    """`count` rates at even steps on a logarithmic scale, the first and the last exact.

    Those between are rounded to 3 significant digits, unless they lie too close for that.
    """
    between = [float(rate) for rate in np.geomspace(low, high, count)[1:-1]]
    rounded = (low, *(float(f"{rate:.2e}") for rate in between), high)
    return rounded if all(a < b for a, b in pairwise(rounded)) else (low, *between, high)


RACES: Final[Mapping[str, RaceKind]] = {
    "rates": RaceKind(
        change="learning_rate",
        entries=lambda _, asked: (
            asked.race_rates or log_spaced(asked.race_low, asked.race_high, asked.race_count)
        ),
        replicas=lambda rates: Replicas(learning_rates=rates),
    ),
    "momenta": RaceKind(
        change="momentum",
        entries=lambda _, asked: asked.race_momenta,
        replicas=lambda momenta: Replicas(momenta=momenta),
    ),
    "optimizers": RaceKind(
        change="optimizer",
        entries=lambda _, asked: asked.race_optimizers,
        text=lambda name: OPTIMIZER_LABELS[name],
    ),
    "batch_sizes": RaceKind(
        change="batch_size",
        # More than there are points means all of them.
        entries=lambda config, asked: tuple(
            sorted({min(size, config.training_points) for size in asked.race_batches})
        ),
    ),
}
