"""A moment of a run as a short text: how far it went, and what was changed on the way there.

The text goes into a link beside the settings of now, which it is told against:

    1_7800_L.1_120OadamL.01_35B50      at step 0 the learning rate was 0.1, from step 120 on the
                                       optimizer was Adam at 0.01, from 155 on batches had 50
                                       points; the moment is step 7800

The first part is the version; behind the step may stand D (the step after it diverged) and E with
the epochs after which the run ends, where that is not the setting. A change is the number of steps
since the one before, empty for 0, and the settings that then differ; Q is an optimizer of the same
kind, but fresh. All letters stand in an address as they are.

A page with settings of its own may have letters for them (`Settings.LETTERS`), which go before
those of the Config. What a step is, the view says: a training step, an epoch, an iterate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from engine.training.status import DIVERGED
from engine.training.tuning import Hyperparameters
from playground.runs import words
from playground.runs.build import optimizer, settings_of
from playground.runs.experiment import Experiment
from playground.settings.base import Settings
from playground.settings.config import STRUCTURE_FIELDS, Config
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
_FRESH: Final = "Q"
_HEAD: Final = re.compile(r"1_([0-9]{1,9})(D?)(?:E([0-9]{1,9}))?((?:_[0-9A-Za-z.,-]*)*)", re.ASCII)
_CHANGE: Final = re.compile(r"([0-9]{0,9})((?:[A-Z][0-9a-z.,-]*)+)", re.ASCII)
_SETTING: Final = re.compile(r"([A-Z])([^A-Z]*)")


@dataclass(frozen=True)
class Change:
    """What a run goes by from `step` complete steps on; `fresh` if its optimizer begins anew.

    `own` are the settings of its page, if that has any.
    """

    step: int
    config: Config
    fresh: bool = False
    own: Settings | None = None

    def told(self, before: Change) -> str:
        """What of a run's settings differs from `before`, each as its letter and its value."""
        letters = {name: letter for letter, name in _letters(self.own).items()}
        names = sorted(self.differing(before) & letters.keys(), key=lambda name: letters[name])
        return "".join(letters[name] + _text(self[name]) for name in names)

    def differing(self, other: Change) -> set[str]:
        """The names of all settings in which it differs."""
        own = self.own.differing(other.own) if self.own and other.own else set()
        return self.config.differing(other.config) | own

    @property
    def bending(self) -> frozenset[str]:
        """The names of the settings that decide which way a run goes, and where it ends."""
        own = self.own.with_effect("structure") if self.own else frozenset[str]()
        return STRUCTURE_FIELDS | own | {self.ends, *_letters(self.own).values()}

    @property
    def ends(self) -> str:
        """The name of the setting that decides where a run ends."""
        return self.own.EPOCHS if self.own else Config.EPOCHS

    def bends(self, before: Change) -> bool:
        """Whether a run under `before` would go another way under this."""
        return not self.bending.isdisjoint(self.differing(before))

    @property
    def optimizer(self) -> Any:
        """The name of the optimizer, which a run takes up fresh when another one goes before it."""
        return self[_letters(self.own)["O"]]

    def __getitem__(self, name: str) -> Any:
        """The value of a setting."""
        return getattr(self.own if self.own and name in self.own.FIELDS else self.config, name)

    def replaced(self, values: Mapping[str, Any], step: int, fresh: bool) -> Change:
        """With other values, from `step` on."""
        own = {n: value for n, value in values.items() if self.own and n in self.own.FIELDS}
        rest = {n: value for n, value in values.items() if n not in own}
        page = replace(self.own, **own) if self.own and own else self.own
        return Change(step, replace(self.config, **rest), fresh, page)


@dataclass(frozen=True)
class Recipe:
    """The way to a moment: `changes` in their order, then `steps` complete steps.

    `config`, and `own` of the page, are what holds at the moment itself, `epochs` when the run
    ends. `diverged` says that the step after the last one was tried and spoiled the run.
    """

    config: Config
    steps: int
    changes: tuple[Change, ...]
    epochs: int
    diverged: bool = False
    own: Settings | None = None

    @classmethod
    def of(cls, experiment: Experiment) -> Recipe:
        """The way that this run has taken, for its `log` tells of it.

        ValueError, with words for a person, where that is too far, or not known to its beginning.
        """
        trainer, now = experiment.trainer, experiment.config
        if trainer.steps > MOST_STEPS:
            raise ValueError(words.way_is_long(trainer.steps, words.STEP))
        log = dict(trainer.log)  # of changes at one step the last one counts
        if log and min(log) > 0:
            raise ValueError(words.TOO_MANY_CHANGES)
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
    def read(
        cls, text: str, config: Config, own: Settings | None = None, most: int = MOST_LETTERS
    ) -> Recipe:
        """The recipe that a link with these settings holds, of `most` letters.

        ValueError, with words for a person, for what is none, or too long.
        """
        if len(text) > most or not (found := _HEAD.fullmatch(text)):
            raise ValueError(words.NO_WAY)
        steps = int(found[1])
        if steps > MOST_STEPS:
            raise ValueError(words.longer_than(MOST_STEPS))
        changes: list[Change] = []
        at = start = Change(0, config, own=own)
        for part in found[4].split("_")[1:]:
            if not (change := _CHANGE.fullmatch(part)):
                raise ValueError(words.NO_CHANGE)
            step = at.step + int(change[1] or 0)
            if step > steps:
                raise ValueError(words.BEHIND_ITS_END)
            at = _changed(at, change[2], step)
            changes.append(at)
        epochs = int(found[3] or start[start.ends])
        return cls(config, steps, tuple(changes), epochs, found[2] == "D", own)

    def text(self) -> str:
        """As a link holds it; `read` gives the same way back exactly."""
        at = self.end
        end = "" if self.epochs == at[at.ends] else f"E{self.epochs}"
        parts = [f"1_{self.steps}{'D' * self.diverged}{end}"]
        for change in self.changes:
            if told := change.told(at) + _FRESH * change.fresh:
                since = change.step - (at.step if len(parts) > 1 else 0)
                parts.append(f"{since or ''}{told}")
                at = change
        return "_".join(parts)

    @property
    def end(self) -> Change:
        """What holds at the moment itself."""
        return Change(self.steps, self.config, own=self.own)

    @property
    def count(self) -> int:
        """How often something was changed on the way, after its start and before its end."""
        at, steps = self.start, set()
        for change in self.changes:
            if change.fresh or change.told(at):
                steps.add(change.step)
            at = change
        return len(steps - {0, self.steps})

    @property
    def start(self) -> Change:
        """What held at the first step."""
        first = [change for change in self.changes if change.step == 0]
        return first[-1] if first else replace(self.end, step=0)


class Way:
    """A run on the way that a recipe tells, as far as somebody lets it go."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.experiment = Experiment(recipe.start.config)
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
        self.experiment.trainer.end_after(self.recipe.epochs if asked else config.epochs)
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


def _letters(own: Settings | None) -> dict[str, str]:
    """The names of the settings that may change in mid-run, by letter."""
    return {**IDS, **(own.LETTERS if own else {})}


def _text(value: bool | float | str | tuple[Any, ...]) -> str:
    """As short as it can be, and exact."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return ",".join(map(_text, value))
    plain = short(+value)
    sign, digits, exponent = Decimal(plain).normalize().as_tuple()
    power = f"{'-' * sign}{''.join(map(str, digits))}e{exponent}"
    return min(plain, plain.removeprefix("0") if "." in plain else plain, power, key=len)


def _changed(at: Change, text: str, step: int) -> Change:
    """What `at` becomes by the settings of one change."""
    values: dict[str, Any] = {}
    fresh, letters = False, _letters(at.own)
    for found in _SETTING.finditer(text):
        letter, value = found.groups()
        name = letters.get(letter, "")
        if letter == _FRESH and not value:
            fresh = True
            continue
        if not name or name in values:
            raise ValueError(words.CANNOT_CHANGE)
        fields = at.own.FIELDS if at.own and name in at.own.FIELDS else Config.FIELDS
        try:
            values[name] = fields[name].parse(value)
        except FieldError as error:
            raise ValueError(words.holds_value(name, error.requirement)) from None
    try:
        return at.replaced(values, step, fresh)
    except FieldError as error:  # they do not agree with each other
        raise ValueError(words.holds_value(error.field, error.requirement)) from None
