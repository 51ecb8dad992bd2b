"""The snapshots that a run leaves behind it, bounded in number and bytes, thinned as it grows."""

from __future__ import annotations

from engine.core.validation import whole
from engine.training.snapshot import Snapshot

BYTES = 4_000_000  # all checkpoints together, unless two alone need more


class Checkpoints:
    """At most ``count`` snapshots taken at epoch ends; when full, every second one is dropped."""

    def __init__(self, count: int) -> None:
        self._count = whole("checkpoints", count, low=0)
        self._stride = 1
        self.kept: list[Snapshot] = []

    def wants(self, epoch: int) -> bool:
        """Whether a snapshot of this completed epoch is due."""
        return (
            self._count > 0
            and epoch % self._stride == 0
            and (not self.kept or self.kept[-1].epoch < epoch)
        )

    def add(self, snapshot: Snapshot) -> None:
        room = max(2, BYTES // max(snapshot.nbytes, 1))
        if len(self.kept) >= min(self._count, room):
            self._stride *= 2
            self.kept = [kept for kept in self.kept if kept.epoch % self._stride == 0]
            if snapshot.epoch % self._stride:
                return
        self.kept.append(snapshot)

    def cut(self, steps: int) -> None:
        """Forget what lies after ``steps``; a short run is kept finely again."""
        self.kept = [kept for kept in self.kept if kept.steps <= steps]
        last = self.kept[-1].epoch if self.kept else 0
        while self._stride > 1 and last < self._count // 2 * (self._stride // 2):
            self._stride //= 2

    def newest(self, epoch: int) -> Snapshot | None:
        """The newest at or before ``epoch``."""
        return next((kept for kept in reversed(self.kept) if kept.epoch <= epoch), None)

    def newest_healthy(self) -> Snapshot | None:
        return next((kept for kept in reversed(self.kept) if kept.healthy), None)
