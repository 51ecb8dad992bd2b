"""Frozen moments of a training run, from which it can go on bit for bit, and a record of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.core.validation import Array
from engine.training.divergence import Judge
from engine.training.recorder import Recorder

BYTES = 4_000_000  # all checkpoints together, unless two alone need more


@dataclass(frozen=True)
class Snapshot:
    """Copies, read-only, of all that a trainer changes as it runs. Settings are not part of it."""

    epoch: int
    steps: int
    position: int  # samples of the current epoch that are already used
    weights: Array
    optimizer: str
    swaps: int  # optimizers before it
    optimizer_steps: int
    optimizer_state: Mapping[str, Array]
    order: npt.NDArray[np.intp] | None  # the current epoch's order, None between epochs
    order_state: Mapping[str, Any]
    dropout_state: Mapping[str, Any]
    judge: Judge

    def __deepcopy__(self, memo: object) -> Snapshot:
        return self  # nobody can change it

    @property
    def nbytes(self) -> int:
        """The size of its arrays in bytes."""
        order = 0 if self.order is None else self.order.nbytes
        return self.weights.nbytes + order + sum(a.nbytes for a in self.optimizer_state.values())


def frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A read-only copy."""
    copy = array.copy()
    copy.setflags(write=False)
    return copy


class Checkpoints(Recorder[Snapshot]):
    """Snapshots at epoch ends, bounded in number and bytes."""

    def append(self, point: float, entry: Snapshot) -> None:
        self.size = min(self.size, max(2, BYTES // entry.nbytes))
        super().append(point, entry)
