"""Which settings of the Config do nothing on a view of the learning-rate page.

The sidebar leaves them out, and the views do not start anew for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from playground.learning_rate.race import RACES
from playground.learning_rate.settings import RateSettings
from playground.settings.config import SHOWN_FIELDS, Config

_BY_VIEW: Final[Mapping[str, frozenset[str]]] = {
    "parabola": frozenset(Config.FIELDS),  # it has no data and no network
    "race": frozenset(),
    # Rates of its own, without a schedule; the optimizer's decay is divided out.
    "range": frozenset(
        {"learning_rate", "decay", "epochs", "warmup"}
        | {"schedule", "schedule_epochs", "schedule_factor"}
    ),
    "edge": frozenset({"batch_size"}),  # each step takes all points
    "landscape": frozenset(),
    "map": frozenset({"learning_rate", "epochs"}),
}


def unused(settings: RateSettings) -> frozenset[str]:
    """Names of the Config's settings that nothing on the view of now depends on."""
    own = SHOWN_FIELDS | _BY_VIEW[settings.view]
    if settings.view == "race":
        return own | {RACES[settings.race].change}
    if settings.view == "map":
        return own | ({settings.map_axis} & set(Config.FIELDS))
    return own


def what_counts(config: Config, settings: RateSettings) -> Config:
    """The Config with everything that the view of now does not depend on at its default."""
    base = config.defaults
    return replace(config, **{name: getattr(base, name) for name in unused(settings)})


def depends_on(config: Config, settings: RateSettings) -> tuple[object, ...]:
    """All that a race or a map depends on; the page's own settings of each begin with its name."""
    own = (name for name in settings.FIELDS if name.startswith(settings.view))
    return what_counts(config, settings), *(getattr(settings, name) for name in own)


def optimizers(settings: RateSettings) -> tuple[str, ...]:
    """The optimizers that the view of now trains with, if it does not take the Config's."""
    racing = settings.view == "race" and settings.race == "optimizers"
    return settings.race_optimizers if racing else ()
