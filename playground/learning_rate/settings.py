"""The settings of the learning-rate page: which view is on show, and what each view looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from playground.data.datasets import SAMPLES
from playground.learning_rate import words
from playground.settings.base import Settings
from playground.settings.config import LEARNING_RATES, OPTIMIZER_LABELS
from playground.settings.fields import (
    ChoiceField,
    FieldError,
    FloatField,
    IntField,
    NumbersField,
    SubsetField,
)

STEP_SIZES: Final = (1e-4, 1e3)  # a rate of the parabola
VIEWS: Final = words.VIEWS
RACES: Final = words.RACES
PLANES: Final = words.PLANES
MAP_AXES: Final = words.MAP_AXES


@dataclass(frozen=True)
class RateSettings(Settings):
    """What the learning-rate page shows. A value out of range raises FieldError."""

    view: Annotated[str, ChoiceField(words.VIEW, "display", VIEWS)] = "parabola"
    curvature: Annotated[float, FloatField(words.CURVATURE, "structure", 0.01, 100)] = 1.0
    step_size: Annotated[float, FloatField(words.STEP_SIZE, "live", *STEP_SIZES)] = 1.8
    heavy_ball: Annotated[
        float, FloatField(words.HEAVY_BALL, "structure", 0, 1, open_high=True)
    ] = 0.0
    condition: Annotated[float, FloatField(words.CONDITION, "structure", 1, 1000)] = 10.0
    race: Annotated[str, ChoiceField(words.RACE, "structure", RACES)] = "rates"
    race_low: Annotated[float, FloatField(words.RACE_LOW, "structure", *LEARNING_RATES)] = 0.01
    race_high: Annotated[float, FloatField(words.RACE_HIGH, "structure", *LEARNING_RATES)] = 30.0
    race_count: Annotated[int, IntField(words.RACE_COUNT, "structure", 2, 16)] = 8
    race_rates: Annotated[
        tuple[float, ...],
        NumbersField(
            words.RACE_RATES,
            "structure",
            *LEARNING_RATES,
            least=2,
            most=16,
            rising=True,
            optional=True,
        ),
    ] = ()
    race_momenta: Annotated[
        tuple[float, ...],
        NumbersField(
            words.RACE_MOMENTA, "structure", 0, 1, open_high=True, least=2, most=16, rising=True
        ),
    ] = (0.0, 0.5, 0.9, 0.99)
    race_optimizers: Annotated[
        tuple[str, ...],
        SubsetField(words.RACE_OPTIMIZERS, "structure", OPTIMIZER_LABELS, len(OPTIMIZER_LABELS)),
    ] = tuple(OPTIMIZER_LABELS)
    race_batches: Annotated[
        tuple[int, ...],
        NumbersField(
            words.RACE_BATCHES,
            "structure",
            1,
            SAMPLES[1],
            least=2,
            most=16,
            whole=True,
            rising=True,
        ),
    ] = (1, 5, 25, 250)
    target: Annotated[float, FloatField(words.TARGET, "live", 0, 1e6, open_low=True)] = 0.1
    range_low: Annotated[float, FloatField(words.RANGE_LOW, "structure", *LEARNING_RATES)] = 1e-4
    range_high: Annotated[float, FloatField(words.RANGE_HIGH, "structure", *LEARNING_RATES)] = 100.0
    range_count: Annotated[int, IntField(words.RANGE_COUNT, "structure", 10, 400)] = 100
    range_steps: Annotated[int, IntField(words.RANGE_STEPS, "structure", 1, 50)] = 1
    plane: Annotated[str, ChoiceField(words.PLANE, "structure", PLANES)] = "path"
    # With the default Config 39 of these 240 runs diverge, more of them the more the momentum, and
    # the map takes four seconds on two cores. Its tanh and cross-entropy bear very high rates.
    map_axis: Annotated[str, ChoiceField(words.MAP_AXIS, "structure", MAP_AXES)] = "momentum"
    map_low: Annotated[float, FloatField(words.MAP_LOW, "structure", *LEARNING_RATES)] = 0.01
    map_high: Annotated[float, FloatField(words.MAP_HIGH, "structure", *LEARNING_RATES)] = 1000.0
    map_rates: Annotated[int, IntField(words.MAP_RATES, "structure", 2, 40)] = 20
    map_values: Annotated[int, IntField(words.MAP_VALUES, "structure", 2, 40)] = 12
    map_epochs: Annotated[int, IntField(words.MAP_EPOCHS, "structure", 1, 5000)] = 100

    def agree(self) -> None:
        for low, high in (
            ("race_low", "race_high"),
            ("range_low", "range_high"),
            ("map_low", "map_high"),
        ):
            if getattr(self, low) >= getattr(self, high):
                raise FieldError(high, words.not_above(getattr(self, low)), getattr(self, high))
        if len(self.race_optimizers) < 2:
            raise FieldError("race_optimizers", words.TOO_FEW, self.race_optimizers)
