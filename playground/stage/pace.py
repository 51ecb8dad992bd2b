"""How fast a moving picture really goes, where that is far below the speed that was chosen."""

from __future__ import annotations

from collections import deque
from typing import Final

SLOW: Final = 0.6  # of the chosen speed: from here on it is said
LEAST: Final = 1.0  # seconds of play over which it is measured
AWAY: Final = 3.0  # seconds without a request, as of a hidden tab, that do not count
_KEPT: Final = 9  # requests


class Pace:
    """The ticks made between the last requests for frames, by the clock of the server."""

    def __init__(self) -> None:
        self._chosen = 0.0  # ticks a second
        self._seen: deque[tuple[float, int]] = deque(maxlen=_KEPT)  # time in seconds, tick

    def note(self, now: float, tick: int, chosen: float, fresh: bool) -> None:
        """Frames were asked for, at `tick`; `fresh` says that it has just begun to play."""
        if fresh or chosen != self._chosen or (self._seen and now - self._seen[-1][0] > AWAY):
            self._seen.clear()
        self._chosen = chosen
        self._seen.append((now, tick))

    def words(self, unit: str) -> str:
        """ "7 of 60 epochs/s" where it is that slow; empty where it is not, or not known yet."""
        if not self._seen or self._chosen == float("inf"):
            return ""
        (start, first), (end, last) = self._seen[0], self._seen[-1]
        made = last - first
        if end - start < LEAST or made > SLOW * self._chosen * (end - start):
            return ""
        return f"{made / (end - start):.2g} of {self._chosen:g} {unit}s/s"
