"""A record that thins itself out as it grows: however long a run, it holds a bounded number."""

from __future__ import annotations

import copy
from typing import Generic, Self, TypeVar

T = TypeVar("T")


class Recorder(Generic[T]):
    """At most ``size`` entries (0: none), each at a point of the run (an epoch, a step, a row).

    When full it drops every second one and doubles its ``stride``: an entry is worth making only
    where ``wants`` says so, at a multiple of the stride. ``generation`` counts the times that
    entries went away: while it stands still, they are only ever appended.
    """

    def __init__(self, size: int, stride: int = 1) -> None:
        self.size = size
        self.stride = stride
        self.generation = 0
        self.points: list[float] = []
        self.entries: list[T] = []

    def __len__(self) -> int:
        return len(self.points)

    def wants(self, point: float) -> bool:
        """Whether an entry is due at this point."""
        new = not self.points or point > self.points[-1]
        return self.size > 0 and new and point % self.stride == 0

    def append(self, point: float, entry: T) -> None:
        """Keep an entry; one between two whole points, where a run has ended, is always kept."""
        if len(self.points) >= self.size:
            self.stride *= 2
            self._keep([i for i, kept in enumerate(self.points) if kept % self.stride == 0])
            if point % self.stride != 0 and point == int(point):
                return
        self.points.append(point)
        self.entries.append(entry)

    def due(self, point: float) -> int:
        """The first point after this one at which an entry is due."""
        return int(point // self.stride + 1) * self.stride

    def cut(self, point: float) -> None:
        """Forget what lies after ``point``; a short run is recorded finely again."""
        if self.points and self.points[-1] > point:
            self._keep([i for i, kept in enumerate(self.points) if kept <= point])
        while self.stride > 1 and point < self.size // 2 * (self.stride // 2):
            self.stride //= 2

    def __deepcopy__(self, memo: object) -> Self:
        """A record of its own; the entries, which nobody changes, are shared."""
        twin = copy.copy(self)
        twin.points, twin.entries = list(self.points), list(self.entries)
        return twin

    def _keep(self, chosen: list[int]) -> None:
        self.points = [self.points[i] for i in chosen]
        self.entries = [self.entries[i] for i in chosen]
        self.generation += 1
