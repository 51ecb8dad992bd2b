"""A run that can be given away as it is now, and one that begins as somebody else's was left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from numpy.typing import NDArray

from playground.live.playable import Playable
from playground.live.protocol import Notice, Request
from playground.live.view import Command, Frame
from playground.runs.experiment import Experiment
from playground.runs.recipe import Recipe, Way
from playground.settings.config import SHOWN_FIELDS, SPEEDS, Config, Speed
from playground.training.share import share

_STOPPED = (
    "Stopped on the way to the moment that was shared. The settings are those of its end: press"
    " Play to go on from here under them."
)


class Shareable(Playable):
    """A view of an experiment. While it is on the way that a recipe tells, it plays that."""

    commands: ClassVar[Mapping[str, Command]] = {
        **Playable.commands,
        "share": Command(lambda view, request: view.share(request), stills=True, again=True),
    }

    experiment: Experiment

    def __init__(self, *, play: bool = False, recipe: Recipe | None = None) -> None:
        """`play` lets it play from the beginning, or from where the way of `recipe` ends."""
        super().__init__()
        self._plays_at_first = play
        self._recipe = recipe  # that has still to be followed
        self._way: Way | None = None

    def begin_experiment(self, config: Config) -> None:
        """Set the experiment at its start; it plays if it was asked to, or is on a way."""
        recipe, self._recipe = self._recipe, None
        first, self._way = self._way is None, None
        if recipe is not None and recipe.config.differing(config) <= SHOWN_FIELDS:
            self._way = Way(recipe)
            self.experiment, self.playing = self._way.experiment, True
        else:
            self.experiment = Experiment(config)
            self.playing, self._plays_at_first = self._plays_at_first and first, False

    def follow(self, config: Config, settings: Any) -> bool:
        if not self.experiment.can_apply(config):
            return False
        if self._way is None:
            self.experiment.apply(config)
        elif not config.differing(self._way.recipe.config) <= SHOWN_FIELDS:
            self._leave(config)
        return True

    def share(self, request: Request) -> None:
        """Stand still at what is shown, as Pause does, and tell how to get here."""
        if self.playing:
            self.pause(request.step)
        self.tell("share", share(self.experiment, request.value))

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
            return self.experiment.trainer.run_steps(ticks)
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
            self._restarted = _STOPPED

    def notice_of_way(self) -> Notice | None:
        """How far it is; None where it is on no way."""
        way = self._way
        if way is None:
            return None
        trainer = self.experiment.trainer
        words = f"Training to the moment that was shared: {way.share:.0%}, epoch {trainer.epoch:,}."
        return Notice("info", words, progress=way.share)

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
