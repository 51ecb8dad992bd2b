"""The settings of the learning-rate page: which view is on show, and what each view looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from playground.data.datasets import SAMPLES
from playground.settings.base import Settings
from playground.settings.config import LEARNING_RATES, OPTIMIZER_LABELS
from playground.settings.fields import (
    ChoiceField,
    Choices,
    FieldError,
    FloatField,
    IntField,
    NumbersField,
    SubsetField,
)

VIEWS: Final[Choices] = {
    "parabola": "Parabola",
    "race": "Race",
    "range": "Range test",
    "edge": "Edge of stability",
    "landscape": "Landscape",
    "map": "Phase map",
}
RACES: Final[Choices] = {
    "rates": "Learning rates",
    "momenta": "Momentum",
    "optimizers": "Optimizers",
    "batch_sizes": "Batch sizes",
}
PLANES: Final[Choices] = {
    "path": "Along the path (PCA)",
    "hessian": "Steepest curvature (Hessian)",
    "random": "Random, filter-normalised",
}
MAP_AXES: Final[Choices] = {
    "init_scale": "Initial scale",
    "depth": "Depth",
    "width": "Width",
    "batch_size": "Batch size",
    "momentum": "Momentum",
}


@dataclass(frozen=True)
class RateSettings(Settings):
    """What the learning-rate page shows. A value out of range raises FieldError."""

    view: Annotated[str, ChoiceField("View", "display", VIEWS)] = "parabola"
    """Ways to look at the learning rate."""
    curvature: Annotated[float, FloatField("Curvature λ", "structure", 0.01, 100)] = 1.0
    """How sharply the parabola bends. The steeper the walls, the smaller the steps it takes."""
    step_size: Annotated[float, FloatField("Learning rate η", "structure", 1e-4, 1e3)] = 1.8
    """How far each step goes, as a multiple of the slope. 2/λ is the edge."""
    heavy_ball: Annotated[float, FloatField("Momentum β", "structure", 0, 1, open_high=True)] = 0.0
    """How much of the last step carries over. It moves the edge to 2(1 + β)/λ."""
    condition: Annotated[float, FloatField("Condition number κ", "structure", 1, 1000)] = 10.0
    """How many times steeper the bowl is in its steep direction than in its flat one."""
    race: Annotated[str, ChoiceField("Race of", "structure", RACES)] = "rates"
    """What differs between the networks. All start from the same weights and see the same
    batches."""
    race_low: Annotated[float, FloatField("Lowest rate", "structure", *LEARNING_RATES)] = 0.01
    """The first of the learning rates in the race."""
    race_high: Annotated[float, FloatField("Highest rate", "structure", *LEARNING_RATES)] = 30.0
    """The last of the learning rates in the race."""
    race_count: Annotated[int, IntField("How many", "structure", 2, 16)] = 8
    """Learning rates in the race, at even steps on a logarithmic scale."""
    race_rates: Annotated[
        tuple[float, ...],
        NumbersField(
            "Or a list of rates",
            "structure",
            *LEARNING_RATES,
            least=2,
            most=16,
            rising=True,
            optional=True,
        ),
    ] = ()
    """Your own learning rates, rising, parted by commas. Empty: even steps from the lowest to
    the highest."""
    race_momenta: Annotated[
        tuple[float, ...],
        NumbersField("Momenta", "structure", 0, 1, open_high=True, least=2, most=16, rising=True),
    ] = (0.0, 0.5, 0.9, 0.99)
    """From 2 to 16 momenta, rising, parted by commas."""
    race_optimizers: Annotated[
        tuple[str, ...],
        SubsetField("Optimizers", "structure", OPTIMIZER_LABELS, len(OPTIMIZER_LABELS)),
    ] = tuple(OPTIMIZER_LABELS)
    """At least two. All run at the learning rate in the sidebar."""
    race_batches: Annotated[
        tuple[int, ...],
        NumbersField(
            "Batch sizes", "structure", 1, SAMPLES[1], least=2, most=16, whole=True, rising=True
        ),
    ] = (1, 5, 25, 250)
    """From 2 to 16 batch sizes, rising, parted by commas. More than there are points means all of
    them."""
    target: Annotated[float, FloatField("Target loss", "live", 0, 1e6, open_low=True)] = 0.1
    """The table says after how many epochs each network reached this training loss."""
    range_low: Annotated[float, FloatField("From rate", "structure", *LEARNING_RATES)] = 1e-4
    """Where the range test begins."""
    range_high: Annotated[float, FloatField("To rate", "structure", *LEARNING_RATES)] = 100.0
    """Where the range test ends, if the run does not blow up first."""
    range_count: Annotated[int, IntField("Rates", "structure", 10, 400)] = 100
    """How many learning rates the test goes through, at even steps on a logarithmic scale."""
    range_steps: Annotated[int, IntField("Steps at each", "structure", 1, 50)] = 1
    """Batches trained at each learning rate. More make a smoother curve."""
    plane: Annotated[str, ChoiceField("Directions", "structure", PLANES)] = "path"
    """Which two of the thousands of directions the slice through the loss follows."""
    # With the default Config 39 of these 240 runs diverge, more of them the more the momentum, and
    # the map takes four seconds on two cores. Its tanh and cross-entropy bear very high rates.
    map_axis: Annotated[str, ChoiceField("Against", "structure", MAP_AXES)] = "momentum"
    """What changes from row to row of the map. Learning rates go across."""
    map_low: Annotated[float, FloatField("Lowest rate", "structure", *LEARNING_RATES)] = 0.01
    """The leftmost column of the map."""
    map_high: Annotated[float, FloatField("Highest rate", "structure", *LEARNING_RATES)] = 1000.0
    """The rightmost column of the map."""
    map_rates: Annotated[int, IntField("Columns", "structure", 2, 40)] = 20
    """Learning rates across, at even steps on a logarithmic scale."""
    map_values: Annotated[int, IntField("Rows", "structure", 2, 40)] = 12
    """Values from bottom to top."""
    map_epochs: Annotated[int, IntField("Epochs of each run", "structure", 1, 5000)] = 100
    """How long each cell trains before its loss is taken."""

    def agree(self) -> None:
        for low, high in (
            ("race_low", "race_high"),
            ("range_low", "range_high"),
            ("map_low", "map_high"),
        ):
            if getattr(self, low) >= getattr(self, high):
                raise FieldError(
                    high, f"must be above the lowest, {getattr(self, low):g}", getattr(self, high)
                )
        if len(self.race_optimizers) < 2:
            raise FieldError("race_optimizers", "must be at least two", self.race_optimizers)
