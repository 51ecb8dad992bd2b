"""The sizes of every layer over the epochs, for heatmaps: a record that thins itself out.

K lanes, L hidden layers, R rows that are kept.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from playground.flow.statistics import LayerStatistics

MOST_ROWS: Final = 240
QUANTITIES: Final = ("gradient", "activation", "update")

Floats32 = NDArray[np.float32]


class FlowRecord:
    """Rows at even distances: when there are more than `most`, every other one is forgotten.

    Of each row the epoch and, for each lane and layer, gradient RMS, standard deviation of the
    activations and update-to-weight ratio (see `LayerStatistics`), as float32.
    """

    def __init__(self, most: int = MOST_ROWS) -> None:
        self._most = most
        self._stride = 1
        self._epochs: list[int] = []
        self._rows: list[Floats32] = []  # (3, K, L) each

    def wants(self, epoch: int) -> bool:
        """Whether a row is due at this epoch."""
        return epoch % self._stride == 0 and (not self._epochs or epoch > self._epochs[-1])

    def add(self, epoch: int, lanes: Sequence[LayerStatistics]) -> None:
        """Keep a row; `epoch` must be one that is wanted."""
        if not self.wants(epoch):
            raise ValueError(f"no row is due at epoch {epoch}: the distance is {self._stride}")
        row = np.array([[getattr(lane, name) for lane in lanes] for name in QUANTITIES])
        with np.errstate(over="ignore"):
            largest = np.finfo(np.float32).max
            self._rows.append(np.minimum(row, largest).astype(np.float32))
        self._epochs.append(epoch)
        if len(self._epochs) > self._most:
            self._stride *= 2
            kept = [i for i, e in enumerate(self._epochs) if e % self._stride == 0]
            self._epochs = [self._epochs[i] for i in kept]
            self._rows = [self._rows[i] for i in kept]

    def copy(self) -> Self:
        """A record of its own; the rows themselves never change."""
        other = copy.copy(self)
        other._epochs, other._rows = list(self._epochs), list(self._rows)
        return other

    def __len__(self) -> int:
        return len(self._epochs)

    @property
    def stride(self) -> int:
        """Epochs from row to row."""
        return self._stride

    @property
    def epochs(self) -> NDArray[np.int64]:
        """The epochs of the rows, (R,)."""
        return np.array(self._epochs, dtype=np.int64)

    def of(self, quantity: str) -> Floats32:
        """One of QUANTITIES by lane, layer and row: (K, L, R)."""
        if quantity not in QUANTITIES:
            raise ValueError(f"quantity must be one of {', '.join(QUANTITIES)}, got {quantity!r}")
        index = QUANTITIES.index(quantity)
        return np.stack([row[index] for row in self._rows], axis=-1)
