"""The Playground's experiment as a run that can be given away: its trainer's log tells the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from playground.live import shareable
from playground.live.trainer_view import TrainerView
from playground.live.view import Command
from playground.runs.experiment import Experiment
from playground.runs.recipe import Recipe, Way
from playground.settings.config import SHOWN_FIELDS, Config


class Shareable(shareable.Shareable, TrainerView[Experiment]):
    """A view of an experiment."""

    commands: ClassVar[Mapping[str, Command]] = {
        **TrainerView.commands,
        **shareable.Shareable.commands,
    }

    def begin_experiment(self, config: Config) -> None:
        """Set the experiment at its start; it plays if it was asked to, or is on a way."""
        recipe, self._recipe = self._recipe, None
        first, self._way = self._way is None, None
        if recipe is not None and recipe.config.differing(config) <= SHOWN_FIELDS:
            way = self._way = Way(recipe)
            self.experiment, self.playing = way.experiment, True
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

    def recipe_of_now(self) -> Recipe:
        return Recipe.of(self.experiment)

    def go(self, ticks: int) -> int:
        return self.experiment.trainer.run_steps(ticks)
