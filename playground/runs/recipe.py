"""A moment of a run as a short text: how far it went, and what was changed on the way there.

The text goes into a link beside the settings of now, which it is told against:

    1_7800_L.1_120OadamL.01_35B50      at step 0 the learning rate was 0.1, from step 120 on the
                                       optimizer was Adam at 0.01, from 155 on batches had 50
                                       points; the moment is step 7800

The first part is the version; behind the step may stand D (the step after it diverged) and E with
the epochs after which the run ends, where that is not the setting. A change is the number of steps
since the one before, empty for 0, and the settings that then differ; Q is an optimizer of the same
kind, but fresh. All letters stand in an address as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from engine.training.status import DIVERGED
from engine.training.tuning import Hyperparameters
from playground.runs.build import optimizer, settings_of
from playground.runs.experiment import Experiment
from playground.settings.config import Config
from playground.settings.fields import FieldError, short

MOST_LETTERS: Final = 2_000
MOST_STEPS: Final = 20_000_000  # a quarter of an hour for a small network that is alone
IDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "A": "l1",
        "B": "batch_size",
        "C": "clip",
        "D": "decay",
        "F": "schedule_factor",
        "G": "eps",
        "H": "weight_decay",
        "L": "learning_rate",
        "M": "momentum",
        "N": "nesterov",
        "O": "optimizer",
        "P": "schedule_epochs",
        "R": "rho",
        "S": "schedule",
        "W": "warmup",
        "X": "beta1",
        "Y": "beta2",
        "Z": "l2",
    }
)
_LETTERS: Final = {name: letter for letter, name in IDS.items()}
_FRESH: Final = "Q"
_HEAD: Final = re.compile(r"1_([0-9]{1,9})(D?)(?:E([0-9]{1,9}))?((?:_[0-9A-Za-z.-]*)*)", re.ASCII)
_CHANGE: Final = re.compile(r"([0-9]{0,9})((?:[A-Z][0-9a-z.-]*)+)", re.ASCII)
_SETTING: Final = re.compile(r"([A-Z])([^A-Z]*)")


@dataclass(frozen=True)
class Change:
    """What a run goes by from `step` complete steps on; `fresh` if its optimizer begins anew."""

    step: int
    config: Config
    fresh: bool = False


@dataclass(frozen=True)
class Recipe:
    """The way to a moment: `changes` in their order, then `steps` complete steps.

    `config` is what holds at the moment itself, `epochs` when the run ends. `diverged` says that
    the step after the last one was tried and spoiled the run.
    """

    config: Config
    steps: int
    changes: tuple[Change, ...]
    epochs: int
    diverged: bool = False

    @classmethod
    def of(cls, experiment: Experiment) -> Recipe:
        """The way that this run has taken, for its `log` tells of it.

        ValueError, with words for a person, where that is too far, or not known to its beginning.
        """
        trainer, now = experiment.trainer, experiment.config
        if trainer.steps > MOST_STEPS:
            raise ValueError(f"the way here is {trainer.steps:,} steps long")
        log = dict(trainer.log)  # of changes at one step the last one counts
        if log and min(log) > 0:
            raise ValueError("there were too many changes on the way here")
        diverged, end = trainer.status == DIVERGED, trainer.epochs
        changes: list[Change] = []
        config, before = now, None
        for step, value in log.items():
            config = _under(experiment, config, value)
            changes.append(Change(step, config, _is_fresh(before, value)))
            before = value
        if not diverged and _is_fresh(before, trainer.hyperparameters):
            changes.append(Change(trainer.steps, config, fresh=True))
        return cls(now, trainer.steps, tuple(changes), now.epochs if end is None else end, diverged)

    @classmethod
    def read(cls, text: str, config: Config) -> Recipe:
        """The recipe that a link with these settings holds.

        ValueError, with words for a person, for what is none, or too long.
        """
        if len(text) > MOST_LETTERS or not (found := _HEAD.fullmatch(text)):
            raise ValueError("is no way of a run")
        steps = int(found[1])
        if steps > MOST_STEPS:
            raise ValueError(f"is longer than {MOST_STEPS:,} steps")
        changes, step, at = [], 0, config
        for part in found[4].split("_")[1:]:
            if not (change := _CHANGE.fullmatch(part)):
                raise ValueError("holds something that is no change")
            step += int(change[1] or 0)
            if step > steps:
                raise ValueError("holds a change behind its end")
            values, fresh = _values(change[2])
            at = replace(at, **values)
            changes.append(Change(step, at, fresh))
        return cls(config, steps, tuple(changes), int(found[3] or config.epochs), found[2] == "D")

    def text(self) -> str:
        """As a link holds it; `read` gives the same way back exactly."""
        end = "" if self.epochs == self.config.epochs else f"E{self.epochs}"
        parts = [f"1_{self.steps}{'D' * self.diverged}{end}"]
        at, last = self.config, 0
        for change in self.changes:
            if told := _told(at, change.config) + _FRESH * change.fresh:
                parts.append(f"{change.step - last or ''}{told}")
                at, last = change.config, change.step
        return "_".join(parts)

    @property
    def count(self) -> int:
        """How often something was changed on the way, after its start and before its end."""
        at, count = self.start, 0
        for change in self.changes:
            other = change.fresh or change.config != at
            count += other and 0 < change.step < self.steps
            at = change.config
        return count

    @property
    def start(self) -> Config:
        """What held at the first step."""
        return next((c.config for c in reversed(self.changes) if c.step == 0), self.config)


class Way:
    """A run on the way that a recipe tells, as far as somebody lets it go."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.experiment = Experiment(recipe.start)
        self.experiment.trainer.epochs = recipe.epochs
        self._coming = [change for change in recipe.changes if change.step]
        self.done = False

    @property
    def share(self) -> float:
        """Of the way that is gone, 0 to 1."""
        return self.experiment.trainer.steps / max(self.recipe.steps, 1)

    def advance(self, ticks: int) -> int:
        """Go up to `ticks` steps on; how many were made. At its end the settings of now hold."""
        trainer, coming = self.experiment.trainer, self._coming
        self._take_changes()
        goal = coming[0].step if coming else self.recipe.steps
        due = min(ticks, goal - trainer.steps)
        made = trainer.run_steps(due)
        if trainer.steps == self.recipe.steps or made < due:
            self._take_changes()
            if self.recipe.diverged:
                trainer.run_steps(1)
            self.leave(self.recipe.config)
        return made

    def leave(self, config: Config) -> None:
        """Go no farther; from here on these settings hold."""
        asked = config.epochs == self.recipe.config.epochs
        self.experiment.apply(config)
        epochs = self.recipe.epochs if asked else config.epochs
        self.experiment.trainer.epochs = max(epochs, self.experiment.trainer.epoch)
        self.done = True

    def _take_changes(self) -> None:
        experiment, coming = self.experiment, self._coming
        while coming and coming[0].step <= experiment.trainer.steps:
            change = coming.pop(0)
            experiment.apply(change.config)
            if change.fresh:
                experiment.trainer.set_optimizer(optimizer(change.config))


def _is_fresh(before: Hyperparameters | None, now: Hyperparameters) -> bool:
    """Whether another optimizer of the same kind has come in."""
    return before is not None and before.optimizer is now.optimizer and before.swaps != now.swaps


def _under(experiment: Experiment, config: Config, value: Hyperparameters) -> Config:
    """`config` with what has to be changed for these hyperparameters, and no more."""
    settings = settings_of(value)
    if config.effective_batch_size(len(experiment.dataset.X_train)) == settings["batch_size"]:
        del settings["batch_size"]
    if settings.get("momentum") == 0:
        settings.pop("nesterov", None)  # it then does nothing
    return replace(config, **settings)


def _told(before: Config, now: Config) -> str:
    """The settings in which `now` differs, each as its letter and its value."""
    names = sorted(now.differing(before), key=lambda name: _LETTERS[name])
    return "".join(_LETTERS[name] + _text(getattr(now, name)) for name in names)


def _text(value: bool | float | str) -> str:
    """As short as it can be, and exact."""
    if isinstance(value, str):
        return value
    plain = short(+value)
    sign, digits, exponent = Decimal(plain).normalize().as_tuple()
    power = f"{'-' * sign}{''.join(map(str, digits))}e{exponent}"
    return min(plain, plain.removeprefix("0") if "." in plain else plain, power, key=len)


def _values(text: str) -> tuple[dict[str, Any], bool]:
    """The settings of one change by name, and whether its optimizer is fresh."""
    values: dict[str, Any] = {}
    fresh = False
    for letter, value in _pieces(text):
        name = IDS.get(letter, "")
        fresh |= letter == _FRESH and not value
        if letter == _FRESH and not value:
            continue
        if not name or name in values:
            raise ValueError("holds a change of something that cannot be changed")
        try:
            values[name] = Config.FIELDS[name].parse(value)
        except FieldError as error:
            raise ValueError(f"holds a value of {name} that {error.requirement}") from None
    return values, fresh


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    return ((found[1], found[2]) for found in _SETTING.finditer(text))
