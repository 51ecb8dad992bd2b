"""One computation at a time for all viewers of the process.

Threads that train at once only fight over Python's lock: each burst then takes several times its
CPU. One by one each runs at full speed, and who finds others waiting makes a shorter one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Scheduler:
    """A lock that tells how many viewers want it, so that each can take its fair share."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = threading.Lock()
        self._wanting = 0

    @contextmanager
    def turn(self) -> Iterator[int]:
        """Wait for a turn; yields how many viewers want one now, this one included (1 or more)."""
        with self._count:
            self._wanting += 1
        try:
            with self._lock:
                yield self._wanting
        finally:
            with self._count:
                self._wanting -= 1


SCHEDULER = Scheduler()
