"""A line of long computations: whoever came first computes, the others see their place and wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK_SECONDS = 0.1  # between looks whether one who waits still wants to


class Line:
    """One computes at a time, in any thread; each is known by an object of its own."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: list[object] = []

    def ahead(self, who: object) -> int:
        """How many are before this one; 0 for one that computes or is not in the line."""
        with self._changed:
            return self._line.index(who) if who in self._line else 0

    @contextmanager
    def turn(self, who: object, wanted: Callable[[], bool]) -> Iterator[bool]:
        """Wait in the line as long as it is `wanted`; yields whether the turn came."""
        with self._changed:
            self._line.append(who)
        try:
            while self.ahead(who) and wanted():
                with self._changed:
                    self._changed.wait(_LOOK_SECONDS)
            yield not self.ahead(who) and wanted()
        finally:
            with self._changed:
                self._line.remove(who)
                self._changed.notify_all()


# Landscapes and long range tests. A page waits for one, and no other page stands still meanwhile.
LONG = Line()
