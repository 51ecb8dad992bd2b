"""Which phase map: a Config, learning rates across, a setting up; and which run each cell is.

R rows (values of the setting), C columns (learning rates).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np

from playground.settings.config import MAX_LAYERS, MAX_UNITS, Config

MOST: Final = 40  # rows, and columns
MAX_EPOCHS: Final = 5000
MAX_STEPS: Final = 5_000_000  # of all rows together: about ten minutes on two cores
DEFAULT_UNITS: Final = 8  # in each layer, where the Config has none to go by


# ---- what a map may run over ------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A setting that the rows of a map run over.

    Values go from `low` to `high(config)`, whole numbers if `whole`. `defaults(config, count)`
    proposes at most `count` of them, rising; `change(config, value)` is the row's Config;
    `refusal(config)` says why this setting means nothing to a Config, "" if it does.
    """

    name: str
    label: str
    low: float
    high: Callable[[Config], float]
    whole: bool
    defaults: Callable[[Config, int], Sequence[float]]
    change: Callable[[Config, Any], Config]
    refusal: Callable[[Config], str] = lambda config: ""

    def check(self, config: Config, value: object) -> float:
        """The value as a plain number, or ValueError naming the axis, its range and the value."""
        high = self.high(config)
        number = _number(value)
        fits = number is not None and self.low <= number <= high
        if number is None or not fits or (self.whole and not number.is_integer()):
            kind = "a whole number" if self.whole else "a number"
            raise ValueError(
                f"{self.name} must be {kind} from {self.low:g} to {high:g}, got {value!r}"
            )
        return int(number) if self.whole else number


def _number(value: object) -> float | None:
    """A finite float, or None for anything else, a bool included."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _log_spaced(low: float, high: float, count: int) -> list[float]:
    return [float(f"{value:.3g}") for value in np.geomspace(low, high, count)]


def _whole_log_spaced(low: int, high: int, count: int) -> list[float]:
    return sorted({round(value) for value in np.geomspace(low, high, count)})


def _depths(config: Config, count: int) -> list[float]:
    return sorted({round(value) for value in np.linspace(0, MAX_LAYERS, count)})


def _momenta(config: Config, count: int) -> list[float]:
    # Evenly in log(1 - momentum): what counts is how much longer the steps get, 1 / (1 - momentum).
    return [round(1 - value, 3) for value in np.geomspace(1, 0.01, count)]


def _with_depth(config: Config, depth: int) -> Config:
    """`depth` hidden layers as wide as the first; those added take the last one's activation."""
    units = config.layers[0] if config.layers else DEFAULT_UNITS
    curves = config.activations
    curves = (*curves, *curves[-1:] * depth)[:depth]
    return replace(config, layers=(units,) * depth, activations=curves)


def _no_scale(config: Config) -> str:
    return "weights that all start at zero have no scale" if config.init == "zeros" else ""


def _no_width(config: Config) -> str:
    return "" if config.layers else "a network without hidden layers has no width"


def _no_momentum(config: Config) -> str:
    takes = config.optimizer in ("sgd", "rmsprop")
    return "" if takes else f"the optimizer {config.optimizer} takes no momentum"


_AXES: Final = (
    Axis(
        name="init_scale",
        label="scale of initial weights",
        low=0,
        high=lambda config: Config.FIELDS["init_scale"].high,
        whole=False,
        defaults=lambda config, count: _log_spaced(0.1, 10, count),
        change=lambda config, value: replace(config, init_scale=value),
        refusal=_no_scale,
    ),
    Axis(
        name="depth",
        label="hidden layers",
        low=0,
        high=lambda config: MAX_LAYERS,
        whole=True,
        defaults=_depths,
        change=_with_depth,
    ),
    Axis(
        name="width",
        label="units in each hidden layer",
        low=1,
        high=lambda config: MAX_UNITS,
        whole=True,
        defaults=lambda config, count: _whole_log_spaced(1, MAX_UNITS, count),
        change=lambda config, value: replace(config, layers=(value,) * len(config.layers)),
        refusal=_no_width,
    ),
    Axis(
        name="batch_size",
        label="batch size",
        low=1,
        high=lambda config: config.training_points,
        whole=True,
        defaults=lambda config, count: _whole_log_spaced(1, config.training_points, count),
        change=lambda config, value: replace(config, batch_size=value),
    ),
    Axis(
        name="momentum",
        label="momentum",
        low=0,
        high=lambda config: 0.999,
        whole=False,
        defaults=_momenta,
        change=lambda config, value: replace(config, momentum=value),
        refusal=_no_momentum,
    ),
)
AXES: Final[Mapping[str, Axis]] = {axis.name: axis for axis in _AXES}


def values(axis: str, config: Config, count: int) -> tuple[float, ...]:
    """Proposed values of a map's rows, rising: at most `count`, fewer where there are no more.

    ValueError for an unknown axis, or a count outside 2..40.
    """
    if not isinstance(count, int) or not 2 <= count <= MOST:
        raise ValueError(f"count must be a whole number from 2 to {MOST}, got {count!r}")
    return tuple(_axis(axis).defaults(config, count))


def _axis(name: str) -> Axis:
    if name not in AXES:
        raise ValueError(f"axis must be one of {', '.join(AXES)}, got {name!r}")
    return AXES[name]


# ---- which map --------------------------------------------------------------------------------


@dataclass(frozen=True)
class MapSpec:
    """Which map: a Config, one of AXES, the learning rates (C,), the values (R,), the epochs.

    2 to 40 rates and as many values (at most 1600 cells), each rising, and 1 to 5000 epochs; no
    more than 5 million steps in all. Lists become tuples. ValueError names what does not fit, and
    says so where the axis means nothing to the Config (a momentum for Adam).
    """

    config: Config
    axis: str
    rates: tuple[float, ...]
    values: tuple[float, ...]
    epochs: int

    def __post_init__(self) -> None:
        axis = _axis(self.axis)
        if refusal := axis.refusal(self.config):
            raise ValueError(f"{self.axis}: {refusal}")
        epochs = _number(self.epochs)
        if epochs is None or not epochs.is_integer() or not 1 <= epochs <= MAX_EPOCHS:
            raise ValueError(
                f"epochs must be a whole number from 1 to {MAX_EPOCHS}, got {self.epochs!r}"
            )
        object.__setattr__(self, "epochs", int(epochs))
        rates = tuple(map(Config.FIELDS["learning_rate"].check, _listed("rates", self.rates)))
        levels = tuple(axis.check(self.config, v) for v in _listed("values", self.values))
        for name, found in (("rates", rates), ("values", levels)):
            if any(later <= earlier for earlier, later in pairwise(found)):
                raise ValueError(f"{name} must rise, each given once, got {list(found)}")
            object.__setattr__(self, name, found)
        steps = sum(self._steps(row) for row in range(len(levels)))
        if steps > MAX_STEPS:
            raise ValueError(
                f"this map takes {steps:,} steps and may take {MAX_STEPS:,}: "
                "it needs fewer epochs, fewer values or larger batches"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """(R, C)."""
        return len(self.values), len(self.rates)

    def row_config(self, row: int) -> Config:
        """The Config that all cells of a row share but for their learning rate."""
        changed = AXES[self.axis].change(self.config, self.values[row])
        return replace(changed, epochs=self.epochs)

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


def cell_config(spec: MapSpec, row: int, col: int) -> Config:
    """The Config that trains this cell alone, for the Playground. IndexError outside the map."""
    rows, columns = spec.shape
    if not (0 <= row < rows and 0 <= col < columns):
        raise IndexError(f"the map is {rows} x {columns}: it has no cell ({row}, {col})")
    return replace(spec.row_config(row), learning_rate=spec.rates[col])


def _listed(name: str, given: object) -> tuple[Any, ...]:
    entries = tuple(given) if isinstance(given, list | tuple) else ()
    if not 2 <= len(entries) <= MOST:
        raise ValueError(f"{name} must list 2 to {MOST} numbers, got {len(entries)}")
    return entries
