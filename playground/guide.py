"""The Guide's setting: which of its tabs is open, so that its link, a reload and Back say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from playground import guide_words as words
from playground.settings.base import Settings
from playground.settings.fields import ChoiceField


@dataclass(frozen=True)
class GuideSettings(Settings):
    guide: Annotated[str, ChoiceField(words.PART, "display", words.TABS)] = "screen"
