"""The sizes of every layer over the epochs, for heatmaps: a record that thins itself out.

K networks, L hidden layers, R rows that are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.training.recorder import Recorder
from playground.gradient_flow.statistics import LayerStatistics

MOST_ROWS: Final = 240
QUANTITIES: Final = ("gradient", "activation", "update")

Floats32 = NDArray[np.float32]


class FlowRecord(Recorder[Floats32]):
    """Of each row the epoch and, for each network and layer, gradient RMS, standard deviation of
    the activations and update-to-weight ratio (see `LayerStatistics`), as float32: (3, K, L).
    """

    def __init__(self, most: int = MOST_ROWS) -> None:
        super().__init__(most)

    def add(self, epoch: int, networks: Sequence[LayerStatistics]) -> None:
        """Keep a row; `epoch` must be one that is wanted."""
        if not self.wants(epoch):
            raise ValueError(f"no row is due at epoch {epoch}: the distance is {self.stride}")
        row = np.array([[getattr(network, name) for network in networks] for name in QUANTITIES])
        with np.errstate(over="ignore"):
            largest = np.finfo(np.float32).max
            self.append(epoch, np.minimum(row, largest).astype(np.float32))

    @property
    def epochs(self) -> NDArray[np.int64]:
        """The epochs of the rows, (R,)."""
        return np.array(self.points, dtype=np.int64)

    def of(self, quantity: str) -> Floats32:
        """One of QUANTITIES by network, layer and row: (K, L, R)."""
        if quantity not in QUANTITIES:
            raise ValueError(f"quantity must be one of {', '.join(QUANTITIES)}, got {quantity!r}")
        index = QUANTITIES.index(quantity)
        return np.stack([row[index] for row in self.entries], axis=-1)
