"""One computation at a time for all viewers of the process, and a fair share of it for each.

Threads that train at once only fight over Python's lock: each burst then takes several times its
CPU. One by one each runs at full speed. What a viewer who plays may take a second is told before:
where all together would take more than there is, those who want little get it, the others get the
same each (max-min fairness).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

MOST: Final = 0.92  # seconds of computing in one second: the rest is for pages that are opened
LEAST: Final = 0.3  # where other processes want the machine too
_GONE: Final = 3.0  # seconds without a word from a viewer who played
_SHRINK, _GROW = 0.45, 0.05  # of what there is, when all have come late once, or in time


@dataclass
class _Player:
    """What a viewer would take if alone, in seconds a second, and when it said so."""

    wanted: float
    at: float


class Scheduler:
    """A lock, and the shares of those who play. Times are those of `time.perf_counter`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._players: dict[str, _Player] = {}
        self.capacity = MOST
        self.waiting = 0  # computations that wait for a turn now
        self.turns = 0  # those that have had one
        self.waited = 0.0  # seconds that all of them waited

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and have it."""
        began = time.perf_counter()
        with self._counting:
            self.waiting += 1
        with self._lock:
            with self._counting:
                self.waiting -= 1
                self.turns += 1
                self.waited += time.perf_counter() - began
            yield

    def playing(self) -> int:
        """How many viewers play."""
        now = time.perf_counter()
        with self._counting:
            return sum(now - player.at < _GONE for player in self._players.values())

    def share(self, viewer: str, wanted: float, *, late: bool = False) -> float:
        """Seconds a second that `viewer` may compute, who would take `wanted` if it were alone.

        `late` says that its last share was more than the machine could keep: its picture stood
        still.
        """
        now = time.perf_counter()
        with self._counting:
            self._players[viewer] = _Player(wanted, now)
            self._players = {k: p for k, p in self._players.items() if now - p.at < _GONE}
            count = len(self._players)
            change = -min(0.1, _SHRINK / count) if late else _GROW / count
            self.capacity = min(MOST, max(LEAST, self.capacity * (1 + change)))
            return min(wanted, self._most())

    def _most(self) -> float:
        """The share of those who want more than they can get."""
        left, wanted = self.capacity, sorted(player.wanted for player in self._players.values())
        for number, each in enumerate(wanted):
            equal = left / (len(wanted) - number)
            if each > equal:
                return equal
            left -= each
        return self.capacity


SCHEDULER = Scheduler()
