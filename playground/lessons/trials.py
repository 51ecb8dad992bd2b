"""The runs behind the checks of lessons: a Config trained to its end, a race, a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.gradient_flow.comparison import Comparison
from playground.gradient_flow.settings import LISTS, GradientFlowSettings
from playground.learning_rate.race import RACES, Race
from playground.learning_rate.settings import RateSettings
from playground.lessons.lesson import Variant
from playground.runs.experiment import Experiment


def trained(variant: Variant) -> Experiment:
    """What the Playground shows of it at the end of the run."""
    experiment = Experiment(variant.config, history_size=0, checkpoints=1)
    experiment.trainer.run_epochs(variant.config.epochs)
    return experiment


def accuracies(variant: Variant) -> tuple[float, float]:
    """The shares of training and test points that are right at the end."""
    trainer = trained(variant).trainer
    return float(trainer.train_accuracy), float(trainer.test_accuracy)


def losses(variant: Variant) -> tuple[float, float]:
    """The losses on training and test points at the end."""
    trainer = trained(variant).trainer
    return float(trainer.train_loss), float(trainer.test_loss)


def raced(variant: Variant) -> tuple[Race, NDArray[np.float64]]:
    """The race of the learning-rate page at its end, and its losses (epochs + 1, K)."""
    settings = variant.settings
    assert isinstance(settings, RateSettings)
    kind = settings.race
    race = Race(variant.config, kind, RACES[kind].entries(variant.config, settings))
    rows = [race.losses]
    while race.run_epochs(1):
        rows.append(race.losses)
    return race, np.array(rows)


def compared(variant: Variant) -> Comparison:
    """The networks of the gradient-flow page, before training."""
    assert isinstance(variant.settings, GradientFlowSettings)
    return Comparison(variant.config, variant.settings)


def networks(
    depth: int,
    *each: Sequence[str | float],
    over_epochs: str = "gradient",
) -> GradientFlowSettings:
    """Settings of `depth` layers from (activation, initial weights, scale, rate) of each."""
    lists: dict[str, Any] = dict(zip(LISTS, zip(*each, strict=True), strict=False))
    clips = (0.0,) * len(each)
    return GradientFlowSettings(
        flow_depth=depth, flow_over_epochs=over_epochs, flow_clips=clips, **lists
    )
