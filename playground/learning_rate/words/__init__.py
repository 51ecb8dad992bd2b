"""What the learning-rate page says: here the page and its settings, each view in its own file."""

from __future__ import annotations

from typing import Final

from playground.settings.fields import Choices, Label

# --- settings -------------------------------------------------------------------------------------

VIEW: Final = Label("View", "Ways to look at the learning rate.")
CURVATURE: Final = Label(
    "Curvature λ",
    "How sharply the parabola bends. The steeper the walls, the smaller the steps it takes.",
)
STEP_SIZE: Final = Label(
    "Learning rate η",
    "How far each step goes, as a multiple of the slope. 2/λ is the edge. Another rate shows "
    "another path from the same start.",
)
HEAVY_BALL: Final = Label(
    "Momentum β", "How much of the last step carries over. It moves the edge to 2(1 + β)/λ."
)
CONDITION: Final = Label(
    "Condition number κ",
    "How many times steeper the bowl is in its steep direction than in its flat one.",
)
RACE: Final = Label(
    "Race of",
    "What differs between the networks. All start from the same weights and see the same batches.",
)
RACE_LOW: Final = Label("Lowest rate", "The first of the learning rates in the race.")
RACE_HIGH: Final = Label("Highest rate", "The last of the learning rates in the race.")
RACE_COUNT: Final = Label(
    "How many", "Learning rates in the race, at even steps on a logarithmic scale."
)
RACE_RATES: Final = Label(
    "Or a list of rates",
    "Your own learning rates, rising, parted by commas. Empty: even steps from the lowest to the "
    "highest.",
)
RACE_MOMENTA: Final = Label("Momenta", "From 2 to 16 momenta, rising, parted by commas.")
RACE_OPTIMIZERS: Final = Label(
    "Optimizers", "At least two. All run at the learning rate in the sidebar."
)
RACE_BATCHES: Final = Label(
    "Batch sizes",
    "From 2 to 16 batch sizes, rising, parted by commas. More than there are points means all of "
    "them.",
)
TARGET: Final = Label(
    "Target loss", "The table says after how many epochs each network reached this training loss."
)
RANGE_LOW: Final = Label("From rate", "Where the range test begins.")
RANGE_HIGH: Final = Label(
    "To rate", "Where the range test ends, if the run does not blow up first."
)
RANGE_COUNT: Final = Label(
    "Rates", "How many learning rates the test goes through, at even steps on a logarithmic scale."
)
RANGE_STEPS: Final = Label(
    "Steps at each", "Batches trained at each learning rate. More make a smoother curve."
)
PLANE: Final = Label(
    "Directions", "Which two of the thousands of directions the slice through the loss follows."
)
MAP_AXIS: Final = Label(
    "Against", "What changes from row to row of the map. Learning rates go across."
)
MAP_LOW: Final = Label("Lowest rate", "The leftmost column of the map.")
MAP_HIGH: Final = Label("Highest rate", "The rightmost column of the map.")
MAP_RATES: Final = Label("Columns", "Learning rates across, at even steps on a logarithmic scale.")
MAP_VALUES: Final = Label("Rows", "Values from bottom to top.")
MAP_EPOCHS: Final = Label(
    "Epochs of each run", "How long each cell trains before its loss is taken."
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

TOO_FEW: Final = "must be at least two"


def not_above(lowest: float) -> str:
    return f"must be above the lowest, {lowest:g}"


# --- the head and the controls --------------------------------------------------------------------

FORMULAS: Final = "Formulas and sources"
STILL: Final = {"range": "this range test", "landscape": "this landscape"}


def no_sidebar(view: str) -> str:
    return (
        f"The {VIEWS[view].lower()} has neither data nor a network. All that it depends on stands "
        "above the picture."
    )
