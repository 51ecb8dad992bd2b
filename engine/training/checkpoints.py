"""The snapshots that a run leaves behind it, bounded in number and bytes, thinned as it grows."""

from __future__ import annotations

from collections.abc import Callable

from engine.core.validation import whole
from engine.training.recorder import Recorder
from engine.training.snapshot import Snapshot

BYTES = 4_000_000  # all checkpoints together, unless two alone need more


class Checkpoints(Recorder[Snapshot]):
    """At most ``count`` snapshots, taken at epoch ends."""

    def __init__(self, count: int) -> None:
        super().__init__(whole("checkpoints", count, low=0))
        self._count = self.size

    def wants(self, point: float) -> bool:
        return self._count > 0 and super().wants(point)

    def append(self, point: float, entry: Snapshot) -> None:
        self.size = min(self._count, max(2, BYTES // max(entry.nbytes, 1)))
        super().append(point, entry)

    def newest(self, fits: Callable[[Snapshot], bool]) -> Snapshot | None:
        """The newest that fits."""
        return next((kept for kept in reversed(self.entries) if fits(kept)), None)
