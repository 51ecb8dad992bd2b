"""Which phase map: a Config, learning rates across, a setting up; and which run each cell is.

R rows (values of the setting), C columns (learning rates).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np

from playground.learning_rate.settings import RateSettings
from playground.learning_rate.words import phase_map as words
from playground.runs.build import optimizer_takes
from playground.settings.config import MAX_LAYERS, MAX_UNITS, Config

MAX_STEPS: Final = 5_000_000  # of all rows together: about ten minutes on two cores
DEFAULT_UNITS: Final = 8  # in each layer, where the Config has none to go by


# ---- what a map may run over ------------------------------------------------------------------


@dataclass(frozen=True)
class Axis:
    """A setting that the rows of a map run over.

    `values(config, count)` proposes at most `count` of them, rising; `change(config, value)` is the
    row's Config; `refusal(config)` says why this setting means nothing to a Config, "" if it does.
    """

    values: Callable[[Config, int], list[float]]
    change: Callable[[Config, Any], Config]
    refusal: Callable[[Config], str] = lambda config: ""


def _whole_log_spaced(high: int, count: int) -> list[float]:
    return sorted({round(value) for value in np.geomspace(1, high, count)})


def _momenta(config: Config, count: int) -> list[float]:
    # Evenly in log(1 - momentum): what counts is how much longer the steps get, 1 / (1 - momentum).
    return [round(1 - value, 3) for value in np.geomspace(1, 0.01, count)]


def _with_depth(config: Config, depth: int) -> Config:
    """`depth` hidden layers as wide as the first; those added take the last one's activation."""
    units = config.layers[0] if config.layers else DEFAULT_UNITS
    curves = config.activations
    curves = (*curves, *curves[-1:] * depth)[:depth]
    return replace(config, layers=(units,) * depth, activations=curves)


AXES: Final[Mapping[str, Axis]] = {
    "init_scale": Axis(
        lambda _, count: [float(f"{value:.3g}") for value in np.geomspace(0.1, 10, count)],
        lambda config, value: replace(config, init_scale=value),
        lambda config: words.NO_SCALE if config.init == "zeros" else "",
    ),
    "depth": Axis(
        lambda _, count: sorted({round(value) for value in np.linspace(0, MAX_LAYERS, count)}),
        _with_depth,
    ),
    "width": Axis(
        lambda _, count: _whole_log_spaced(MAX_UNITS, count),
        lambda config, value: replace(config, layers=(value,) * len(config.layers)),
        lambda config: "" if config.layers else words.NO_WIDTH,
    ),
    "batch_size": Axis(
        lambda config, count: _whole_log_spaced(config.training_points, count),
        lambda config, value: replace(config, batch_size=value),
    ),
    "momentum": Axis(
        _momenta,
        lambda config, value: replace(config, momentum=value),
        lambda config: (
            ""
            if "momentum" in optimizer_takes(config.optimizer)
            else words.no_momentum(config.optimizer)
        ),
    ),
}


# ---- which map --------------------------------------------------------------------------------


@dataclass(frozen=True)
class MapSpec:
    """Which map: a Config, one of AXES, the learning rates (C,), the values (R,), the epochs.

    ValueError, in words for a person, where the axis means nothing to the Config (a momentum for
    Adam), where a row's Config cannot be, or where all rows would take more than 5 million steps.
    """

    config: Config
    axis: str
    rates: tuple[float, ...]
    values: tuple[float, ...]
    epochs: int

    def __post_init__(self) -> None:
        if refusal := AXES[self.axis].refusal(self.config):
            raise ValueError(words.refused(refusal))
        steps = sum(self._steps(row) for row in range(len(self.values)))
        if steps > MAX_STEPS:
            raise ValueError(words.too_many_steps(steps, MAX_STEPS))

    @property
    def shape(self) -> tuple[int, int]:
        """(R, C)."""
        return len(self.values), len(self.rates)

    def row_config(self, row: int) -> Config:
        """The Config that all cells of a row share but for their learning rate."""
        changed = AXES[self.axis].change(self.config, self.values[row])
        return replace(changed, epochs=self.epochs)

    def cell_config(self, row: int, column: int) -> Config:
        """The Config that trains this cell alone, for the Playground."""
        return replace(self.row_config(row), learning_rate=self.rates[column])

    def _steps(self, row: int) -> int:
        config = self.row_config(row)
        points = self.config.training_points
        return self.epochs * -(-points // config.effective_batch_size(points))

    def cost(self, row: int) -> float:
        """A rough guess of the seconds that a row takes on one core, to compare rows with."""
        config = self.row_config(row)
        points = self.config.training_points
        sizes = [
            len(config.features) + 2 * config.fourier,
            *config.layers,
            max(config.n_classes, 1),
        ]
        weights = sum((before + 1) * after for before, after in pairwise(sizes))
        columns = len(self.rates) * config.effective_batch_size(points)
        # Microseconds of a step, fitted to networks from 0 x 0 to 8 x 64 units with batches 1..250.
        step = 20 + 7 * len(config.layers) + columns * (7e-5 * weights + 1e-3 * sum(sizes[1:]))
        return 1e-6 * step * self._steps(row)


def map_of(config: Config, settings: RateSettings) -> MapSpec:
    """The map that the settings ask for; ValueError as for `MapSpec`."""
    rates = np.geomspace(settings.map_low, settings.map_high, settings.map_rates).tolist()
    short = [float(f"{rate:.3g}") for rate in rates]
    if len(set(short)) == len(short):
        rates = short
    values = AXES[settings.map_axis].values(config, settings.map_values)
    return MapSpec(config, settings.map_axis, tuple(rates), tuple(values), settings.map_epochs)
