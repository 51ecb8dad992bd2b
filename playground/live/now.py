"""The settings of now: the run's, and the page's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypeVar

from playground.live import words
from playground.settings.base import Settings
from playground.settings.config import Config
from playground.settings.fields import FieldError

ROOM: Final = ("layout", "lecture", "hide")  # what of the settings the page around a view shows
S = TypeVar("S", bound=Settings)


class Now(NamedTuple):
    """What a view follows."""

    config: Config
    settings: Settings | None

    def value(self, name: str) -> Any:
        """That of the setting `name`."""
        return getattr(self.config if name in Config.FIELDS else self.settings, name)

    def changed(self, changes: Mapping[str, Any]) -> Now:
        """With these changes; bad ones change nothing."""
        own = self.settings and _changed(self.settings, changes)
        return Now(_changed(self.config, changes), own)

    def looks_like(self, before: Now) -> bool:
        """Whether it is only the room around the picture that differs."""
        same = self.settings == before.settings
        return same and self.config.differing(before.config) <= set(ROOM)

    def what_changed(self, before: Now) -> str:
        """The labels of the settings that differ, of those that ask for a new start if any do."""
        specs = [
            spec
            for old, new in zip(before, self, strict=True)
            if isinstance(old, Settings) and isinstance(new, Settings)
            for name, spec in new.FIELDS.items()
            if getattr(old, name) != getattr(new, name)
        ]
        structural = [spec for spec in specs if spec.effect == "structure"]
        return ", ".join(spec.label.lower() for spec in structural or specs) or words.SOMETHING


def _changed(kept: S, changes: Mapping[str, Any]) -> S:
    """With those of the changes that are its own, or as it was if they cannot be."""
    own = {name: value for name, value in changes.items() if name in kept.FIELDS}
    try:
        return replace(kept, **own) if own else kept
    except FieldError:
        return kept
