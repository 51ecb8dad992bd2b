"""The settings of the learning-rate page: which view is on show, and what each view looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from playground.config import OPTIMIZER_LABELS
from playground.datasets import SAMPLES
from playground.fields import (
    ChoiceField,
    Choices,
    FieldError,
    FieldSpec,
    FloatField,
    IntField,
    Settings,
    SubsetField,
    table,
)
from playground.number_lists import NumbersField

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

_LOWEST_RATE: Final = 1e-6
_HIGHEST_RATE: Final = 1e3


def _rate(name: str, label: str, help: str) -> FloatField:
    return FloatField(
        name=name, label=label, help=help, effect="structure", low=_LOWEST_RATE, high=_HIGHEST_RATE
    )


FIELDS: Final[Mapping[str, FieldSpec]] = table(
    ChoiceField(
        name="view",
        label="View",
        help="Five ways to look at the learning rate.",
        effect="display",
        choices=VIEWS,
    ),
    FloatField(
        name="curvature",
        label="Curvature λ",
        help="How sharply the parabola bends. The steeper the walls, the smaller the steps it "
        "takes.",
        effect="structure",
        low=0.01,
        high=100,
    ),
    FloatField(
        name="step_size",
        label="Learning rate η",
        help="How far each step goes, as a multiple of the slope. 2/λ is the edge.",
        effect="structure",
        low=1e-4,
        high=1e3,
    ),
    FloatField(
        name="heavy_ball",
        label="Momentum β",
        help="How much of the last step carries over. It moves the edge to 2(1 + β)/λ.",
        effect="structure",
        low=0,
        high=1,
        open_high=True,
    ),
    FloatField(
        name="condition",
        label="Condition number κ",
        help="How many times steeper the bowl is in its steep direction than in its flat one.",
        effect="structure",
        low=1,
        high=1000,
    ),
    ChoiceField(
        name="race",
        label="Race of",
        help="What differs between the networks. All start from the same weights and see the same "
        "batches.",
        effect="structure",
        choices=RACES,
    ),
    _rate("race_low", "Lowest rate", "The first of the learning rates in the race."),
    _rate("race_high", "Highest rate", "The last of the learning rates in the race."),
    IntField(
        name="race_count",
        label="How many",
        help="Learning rates in the race, at even steps on a logarithmic scale.",
        effect="structure",
        low=2,
        high=16,
    ),
    NumbersField(
        name="race_rates",
        label="Or a list of rates",
        help="Your own learning rates, rising, parted by commas. Empty: even steps from the lowest "
        "to the highest.",
        effect="structure",
        low=_LOWEST_RATE,
        high=_HIGHEST_RATE,
        least=2,
        most=16,
        rising=True,
        optional=True,
    ),
    NumbersField(
        name="race_momenta",
        label="Momenta",
        help="From 2 to 16 momenta, rising, parted by commas.",
        effect="structure",
        low=0,
        high=1,
        open_high=True,
        least=2,
        most=16,
        rising=True,
    ),
    SubsetField(
        name="race_optimizers",
        label="Optimizers",
        help="At least two. All run at the learning rate in the sidebar.",
        effect="structure",
        choices=OPTIMIZER_LABELS,
        high=len(OPTIMIZER_LABELS),
    ),
    NumbersField(
        name="race_batches",
        label="Batch sizes",
        help="From 2 to 16 batch sizes, rising, parted by commas. More than there are points means "
        "all of them.",
        effect="structure",
        low=1,
        high=SAMPLES[1],
        least=2,
        most=16,
        whole=True,
        rising=True,
    ),
    FloatField(
        name="target",
        label="Target loss",
        help="The table says after how many epochs each network reached this training loss.",
        effect="live",
        low=0,
        high=1e6,
        open_low=True,
    ),
    _rate("range_low", "From rate", "Where the range test begins."),
    _rate("range_high", "To rate", "Where the range test ends, if the run does not blow up first."),
    IntField(
        name="range_count",
        label="Rates",
        help="How many learning rates the test goes through, at even steps on a logarithmic scale.",
        effect="structure",
        low=10,
        high=400,
    ),
    IntField(
        name="range_steps",
        label="Steps at each",
        help="Batches trained at each learning rate. More make a smoother curve.",
        effect="structure",
        low=1,
        high=50,
    ),
    ChoiceField(
        name="plane",
        label="Directions",
        help="Which two of the thousands of directions the slice through the loss follows.",
        effect="structure",
        choices=PLANES,
    ),
    ChoiceField(
        name="map_axis",
        label="Against",
        help="What changes from row to row of the map. Learning rates go across.",
        effect="structure",
        choices=MAP_AXES,
    ),
    _rate("map_low", "Lowest rate", "The leftmost column of the map."),
    _rate("map_high", "Highest rate", "The rightmost column of the map."),
    IntField(
        name="map_rates",
        label="Columns",
        help="Learning rates across, at even steps on a logarithmic scale.",
        effect="structure",
        low=2,
        high=40,
    ),
    IntField(
        name="map_values",
        label="Rows",
        help="Values from bottom to top.",
        effect="structure",
        low=2,
        high=40,
    ),
    IntField(
        name="map_epochs",
        label="Epochs of each run",
        help="How long each cell trains before its loss is taken.",
        effect="structure",
        low=1,
        high=5000,
    ),
)


@dataclass(frozen=True)
class RateSettings(Settings):
    """What the learning-rate page shows. A value out of range raises FieldError."""

    FIELDS: ClassVar[Mapping[str, FieldSpec]] = FIELDS

    view: str = "parabola"
    curvature: float = 1.0
    step_size: float = 1.8
    heavy_ball: float = 0.0
    condition: float = 10.0
    race: str = "rates"
    race_low: float = 0.01
    race_high: float = 30.0
    race_count: int = 8
    race_rates: tuple[float, ...] = ()
    race_momenta: tuple[float, ...] = (0.0, 0.5, 0.9, 0.99)
    race_optimizers: tuple[str, ...] = tuple(OPTIMIZER_LABELS)
    race_batches: tuple[int, ...] = (1, 5, 25, 250)
    target: float = 0.1
    range_low: float = 1e-4
    range_high: float = 100.0
    range_count: int = 100
    range_steps: int = 1
    plane: str = "path"
    # With the default Config 39 of these 240 runs diverge, more of them the more the momentum, and
    # the map takes four seconds on two cores. Its tanh and cross-entropy bear very high rates.
    map_axis: str = "momentum"
    map_low: float = 0.01
    map_high: float = 1000.0
    map_rates: int = 20
    map_values: int = 12
    map_epochs: int = 100

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
