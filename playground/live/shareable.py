"""A view whose run can be given away as it is now, and can begin as somebody else's was left.

A link holds the way to a moment (`playground.runs.recipe`), and whoever opens it goes that way
again, tick by tick as it was gone the first time.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, Protocol

from numpy.typing import NDArray

from engine.training.status import DIVERGED
from playground.live import words
from playground.live.now import Now
from playground.live.playable import Playable
from playground.live.protocol import Notice, Request
from playground.live.resumable import settings_of_then
from playground.live.share import share
from playground.live.view import Command, Frame
from playground.runs import words as run_words
from playground.runs.recipe import MOST_STEPS, Change, Recipe
from playground.settings.config import SPEEDS, Config, Speed

_MOST_CHANGES: Final = 500  # that are remembered: no link holds as many
_MOST_CARRIED: Final = 200_000  # letters


class Way(Protocol):
    """A run on the way that a recipe tells, as far as somebody lets it go."""

    recipe: Recipe
    done: bool

    @property
    def share(self) -> float:
        """Of the way that is gone, 0 to 1."""

    def advance(self, ticks: int) -> int:
        """Go up to `ticks` on; how many were made. At its end the settings of now hold."""

    def leave(self, config: Config) -> None:
        """Go no farther; from here on these settings hold."""


class Shareable(Playable):
    """A view with Share. While it is on the way that a recipe tells, it plays that."""

    commands: ClassVar[Mapping[str, Command]] = {
        **Playable.commands,
        "share": Command(lambda view, request: view.share(request), stills=True, again=True),
    }

    def __init__(self, *, play: bool = False, recipe: Recipe | None = None) -> None:
        """`play` lets it play from the beginning, or from where the way of `recipe` ends."""
        super().__init__()
        self._plays_at_first = play
        self._recipe = recipe  # that has still to be followed
        self._way: Way | None = None

    @abstractmethod
    def recipe_of_now(self) -> Recipe:
        """The way to what is shown. ValueError, in words for a person, where it cannot be told."""

    @abstractmethod
    def go(self, ticks: int) -> int:
        """`advance`, under the settings of its run."""

    def share(self, request: Request) -> None:
        """Stand still at what is shown, as Pause does, and tell how to get here."""
        if self.playing:
            self.pause(request.step)
        where = words.place(self.unit, f"{self.place:,.2f}".removesuffix(".00"))
        ends = [trainer.divergence for trainer in self.trainers if trainer.divergence is not None]
        if ends and self.condition == DIVERGED:
            last = max(ends, key=lambda end: end.step)
            where = run_words.in_epoch(last.epoch, last.fatal_step)
        self.tell("share", share(self.recipe_of_now, where, self.now, request.value))

    # ---- on the way -----------------------------------------------------------------------

    @property
    def on_a_way(self) -> bool:
        """Whether it has still to reach the moment that was shared."""
        return self._way is not None

    @property
    def status(self) -> str:
        return super().status if self._way is None else "opening"

    @property
    def moving(self) -> bool:
        return super().moving if self._way is None else not self._way.done

    @property
    def speed(self) -> Speed:
        return super().speed if self._way is None else SPEEDS["max"]

    def advance(self, ticks: int) -> int:
        if self._way is None:
            return self.go(ticks)
        return 0 if self._way.done else self._way.advance(ticks)

    def play_on(self) -> list[Frame]:
        way, frames = self._way, super().play_on()
        if way is not None:
            self._starts.clear()  # what is on show until the end of the way is only passed by
        if way is not None and way.done:
            self._way = None
            self.playing = self._plays_at_first and self.moving
            self._plays_at_first = False
            self._pacing.restart()
        return frames

    def pause(self, step: int) -> None:
        self._leave(self._config)
        super().pause(step)

    def stop_at(self, step: int | None) -> None:
        self._leave(self._config)
        super().stop_at(step)

    def _leave(self, config: Config) -> None:
        """Give up the way, wherever it is by now."""
        if self._way is not None:
            self._way.leave(config)
            self._way, self.playing, self._plays_at_first = None, False, False
            self._restarted = words.STOPPED

    def notice_of_way(self) -> Notice | None:
        """How far it is; None where it is on no way."""
        if self._way is None:
            return None
        share = self._way.share
        said = words.on_the_way(share, self.unit, int(self.place))
        return Notice("info", said, progress=share)

    def _notice(self) -> Notice:
        return self.notice_of_way() or super()._notice()

    # ---- what the browser carries -------------------------------------------------------------

    def add_carried(self, arrays: dict[str, NDArray[Any]]) -> None:
        if self._way is None:  # the link is carried as it is
            super().add_carried(arrays)

    def resume(self, request: Request) -> None:
        """Go on with what the browser brings; with the way of the link, where it brings nothing."""
        way = self._way
        self._way = None
        super().resume(request)
        value = request.value if isinstance(request.value, Mapping) else {}
        if way is not None and self._now is not None and (not value.get("run") or self._restarted):
            self._recipe = way.recipe
            self.begin(self.build(*self._now))


class Logged(Shareable):
    """One that itself remembers which settings its run went by, and from which tick on."""

    _log: list[Change] | None = None  # None: they were too many

    def begin(self, width: int) -> None:
        super().begin(width)
        now = self._under
        recipe, self._recipe = self._recipe, None
        self._log, self._way = [now], None
        if recipe is not None and not recipe.end.bends(now):
            self._way, self.playing = _Again(self, recipe), True

    def recipe_of_now(self) -> Recipe:
        now, trainers = self._under, self.trainers
        if self.step > MOST_STEPS:
            raise ValueError(run_words.way_is_long(self.step, self.unit))
        if self._log is None:
            raise ValueError(run_words.TOO_MANY_CHANGES)
        ends = [trainer.epochs for trainer in trainers if trainer.epochs is not None]
        diverged = self.condition == "diverged" and bool(trainers)
        end = max(ends, default=now[now.ends])
        return Recipe(now.config, self.step, tuple(self._log), end, diverged, now.own)

    @property
    def _under(self) -> Change:
        return Change(self.step, self.now.config, own=self.now.settings)

    def followed(self) -> None:
        super().followed()
        self.note(self._under)

    def _return_to(self, step: int) -> None:
        super()._return_to(step)
        self.note(self._under)

    def rewound(self) -> None:
        """Remember that it is back at a moment as it was when it first came there."""
        if self._log is not None:
            self._log = [each for each in self._log if each.step < self.step or each.step == 0]
        self.note(self._under)

    def note(self, now: Change) -> None:
        """Remember that these settings hold from here on, and what was behind no longer."""
        if self._log is None or self.condition == "diverged":  # then they lead nowhere
            return
        log = [each for each in self._log if each.step < now.step or each.step == 0]
        same = [each for each in self._log if each.step == now.step and each.step > 0]
        if not now.step:
            self._log = [now]  # whatever was tried before the first step
            return
        kind = log[-1].optimizer
        if now.optimizer == kind:  # another one in between has made it a fresh one
            log += [each for each in same if each.optimizer != kind][-1:]
        if now.bends(log[-1]):
            log.append(now)
        self._log = log if len(log) <= _MOST_CHANGES else None

    # ---- on the way -----------------------------------------------------------------------

    def _settle(self, now: Now, anew: bool) -> None:
        way = self._way
        if isinstance(way, _Again) and not anew:
            asked = Change(self.step, now.config, own=now.settings)
            if not asked.bends(self._under):  # it is only shown in another way
                self._now = now
                way.show()
                return
            self._leave(self._config)
        super()._settle(now, anew)

    # ---- what the browser carries -------------------------------------------------------------

    def to_carry(self) -> object:
        try:
            log = replace(self.recipe_of_now(), diverged=False).text()
        except ValueError:  # it is too long a way to be told
            log = None
        return super().to_carry(), log, self._texts()

    def take_carried(self, brought: Any, rows: bytes, step: int) -> None:
        own, log, texts = brought
        super().take_carried(own, rows, step)
        self._log = None
        if log is not None:
            recipe = Recipe.read(log, *settings_of_then(texts, self.now), _MOST_CARRIED)
            self._log = [recipe.start, *(each for each in recipe.changes if each.step > 0)]


class _Again:
    """The way of a recipe, gone by a view that logs its settings."""

    def __init__(self, view: Logged, recipe: Recipe) -> None:
        self.recipe, self.done = recipe, False
        self._view = view
        self._coming = [change for change in recipe.changes if change.step]
        self._under = recipe.start
        if recipe.start.bends(view._under):  # what is kept of the start tells its settings
            view.build(recipe.start.config, recipe.start.own)
        self._take(recipe.start)
        for trainer in view.trainers:
            trainer.epochs = recipe.epochs

    @property
    def share(self) -> float:
        """Of the way that is gone, 0 to 1."""
        return self._view.step / max(self.recipe.steps, 1)

    def advance(self, ticks: int) -> int:
        """Go up to `ticks` on; how many were made. At its end the settings of now hold."""
        view, recipe = self._view, self.recipe
        self._take_changes()
        goal = self._coming[0].step if self._coming else recipe.steps
        due = min(ticks, goal - view.step)
        made = view.go(due) if due > 0 else 0
        if made < due or (view.step == recipe.steps and not (recipe.diverged and due)):
            if recipe.diverged and not due:
                view.go(1)
            self.leave(recipe.config)
        return made

    def leave(self, config: Config) -> None:
        """Go no farther; from here on the settings of the view hold."""
        if not self.done:
            self._take_changes()
            self.done = True
            self._take(self._view._under)

    def show(self) -> None:
        """The view's settings have changed in how they are shown."""
        self._take(self._under)

    def _take_changes(self) -> None:
        while self._coming and self._coming[0].step <= self._view.step:
            self._take(self._coming.pop(0))

    def _take(self, change: Change) -> None:
        """Let these settings hold from here on, shown as the view's are."""
        view, before, self._under = self._view, self._under, change
        now = view._under
        shown = now.differing(change) - now.bending
        under = change.replaced({name: now[name] for name in shown}, view.step, fresh=False)
        view.follow(under.config, under.own)
        if not view.step or change.bends(before):
            view.rows.renew(view.frame_row())
            view.note(under)
