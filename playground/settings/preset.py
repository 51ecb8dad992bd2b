"""A preset for a lecture: a title, what to look for, and the settings that show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from playground.settings.base import Settings
from playground.settings.config import SHOWN_FIELDS, Config

S = TypeVar("S", bound=Settings)


@dataclass(frozen=True)
class Preset(Generic[S]):
    """`title` is a few words, `look` one or two sentences; `settings` are the page's.

    Its Config and settings are taken whole, so nothing that was set before is left in its scene,
    but for ROOM_FIELDS.
    """

    title: str
    look: str
    settings: S
    config: Config = field(default_factory=Config)

    aside: ClassVar[frozenset[str]] = frozenset()  # settings of the page that do not count

    @property
    def first_words(self) -> str:
        """The first sentence of what to look for."""
        return f"{self.look.partition('. ')[0].removesuffix('.')}."

    def fits(self, config: Config, settings: S) -> bool:
        """Whether these are its settings; how a run is shown, and how fast, does not count."""
        others = self.settings.differing(settings) - self.aside
        return not others and self.config.differing(config) <= SHOWN_FIELDS
