"""Presets for a lecture on the learning rate: each a Config and the settings of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from playground.config import DISPLAY_FIELDS, Config
from playground.rates.settings import RateSettings


@dataclass(frozen=True)
class Preset:
    """A title, what to look for, and the settings that show it."""

    title: str
    look: str
    settings: RateSettings
    config: Config = field(default_factory=Config)

    def fits(self, config: Config, settings: RateSettings) -> bool:
        """Whether these are its settings; how fast a run plays and is drawn does not count."""
        shown = {name: getattr(config, name) for name in (*DISPLAY_FIELDS, "speed")}
        return settings == self.settings and config == replace(self.config, **shown)


PRESETS: Final[Mapping[str, Preset]] = {
    "below": Preset(
        "Just below critical",
        "At 1.9/λ each step overshoots to nine tenths of the distance: it converges, slowly.",
        RateSettings(view="parabola", step_size=1.9),
    ),
    "above": Preset(
        "Just above critical",
        "At 2.1/λ each step lands a tenth farther out than the last: it diverges.",
        RateSettings(view="parabola", step_size=2.1),
    ),
}
