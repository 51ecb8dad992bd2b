"""What the browser halves of the live views ask for, when a run does not draw the view.

The browser sends changes that come close together as one, for the fragment of one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class ViewRequests:
    """The last request of each view that was heard, and those that wait; by the view's key."""

    _heard: dict[str, object] = field(default_factory=dict)
    _waiting: dict[str, object] = field(default_factory=dict)

    def take(self, key: str, sent: object) -> object:
        """What the view asks for: what it `sent` with this run, or what waits; None if nothing."""
        found = sent or self._waiting.pop(key, None)
        self._heard[key] = found
        return found

    def keep(self, sent: Mapping[str, object]) -> bool:
        """Keep what views sent and this run has not heard; whether there is anything."""
        self._waiting = {
            key: found
            for key, found in sent.items()
            if found is not None and found != self._heard.get(key)
        }
        return bool(self._waiting)
