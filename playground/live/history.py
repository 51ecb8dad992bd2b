"""The history of a view: rows of numbers, bounded, that a browser takes piece by piece."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_KEPT: Final = 600  # rows; beyond it every second one is dropped and half as many are taken


class History:
    """Rows (W,), the first number of each its place on the horizontal axis, rising.

    As they grow too many they thin out, evenly; then the `generation` rises, and whoever holds
    earlier rows must take them all anew.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.generation = 0
        self.clear()

    def clear(self) -> None:
        """Forget all rows."""
        self.generation += 1
        self._stride = 1
        self._rows: list[NDArray[np.float32]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def wants(self, tick: int) -> bool:
        """Whether the row of this tick (0, 1, 2, ...) would be kept."""
        return tick % self._stride == 0

    def add(self, tick: int, row: NDArray[np.float32]) -> None:
        """Keep the row of this tick, if it is one that is kept."""
        if not self.wants(tick):
            return
        self._rows.append(row)
        if len(self._rows) > _KEPT:
            self._rows = self._rows[::2]
            self._stride *= 2
            self.generation += 1

    def renew(self, row: NDArray[np.float32]) -> None:
        """Keep this row instead of the last one, if both are of the same place."""
        if not self._rows or self._rows[-1][0] != row[0]:
            return
        if not np.array_equal(self._rows[-1], row, equal_nan=True):
            self._rows[-1] = row
            self.generation += 1

    def cut(self, place: float) -> None:
        """Forget the rows that lie after `place`."""
        while self._rows and self._rows[-1][0] > place:
            self._rows.pop()
            self.generation += 1

    def adopt(self, rows: NDArray[np.float32]) -> None:
        """Keep these rows (N, W) instead, of the ticks that their places say."""
        self.clear()
        self._rows = list(rows[:_KEPT])
        self._stride = stride(rows[:, 0])

    def since(self, start: int) -> NDArray[np.float32]:
        """The rows from number `start` on, (N, W)."""
        found = self._rows[start:]
        return np.stack(found) if found else np.empty((0, self.width), np.float32)


def stride(places: NDArray[Any]) -> int:
    """How far apart the rows of these places are kept; a run may have ended nearer to the last."""
    steps = np.diff(places[:-1])
    return max(1, int(steps.min())) if len(steps) else 1
