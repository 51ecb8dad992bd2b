"""A bounded record of a run, taken at epoch ends, that thins itself out as it grows.

R records, L dense layers, K replicas.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.core.validation import whole

Floats = npt.NDArray[np.float64]


class Record(NamedTuple):
    """The network at one moment: losses without penalties, accuracies (NaN where there are none).

    ``gradient`` is the root mean square of dL/dW of each dense layer over the whole training set.
    """

    loss: Any
    val_loss: Any
    accuracy: Any
    val_accuracy: Any
    gradient: Any
    learning_rate: Any


class History:
    """At most ``size`` records. When full it drops every second one and doubles its ``stride``.

    So an epoch is worth recording only if it is a multiple of the stride, and a run of a million
    epochs evaluates a few thousand. ``generation`` counts the times that records went away: while
    it stands still, records are only ever appended. The arrays are copies, one row a record,
    ``(R,)`` or ``(R, K)``, the gradient ``(R, L)`` or ``(R, K, L)``. ``epoch`` holds whole numbers,
    except that a run which diverged within an epoch ends with a record at a fraction.
    """

    def __init__(self, size: int, layers: int, lead: tuple[int, ...] = ()) -> None:
        self.size = whole("history_size", size, low=2)
        self.stride = 1
        self.generation = 0
        self._count = 0
        self._epoch: Floats = np.empty(size)
        self._columns = {
            name: np.empty((size, *lead, layers) if name == "gradient" else (size, *lead))
            for name in Record._fields
        }

    def __len__(self) -> int:
        return self._count

    def wants(self, epoch: int) -> bool:
        """Whether a record of this completed epoch is due."""
        return epoch % self.stride == 0 and (
            self._count == 0 or epoch > self._epoch[self._count - 1]
        )

    def append(self, epoch: float, record: Record) -> None:
        if self._count == self.size:
            self._thin()
            if epoch % self.stride != 0 and epoch == int(epoch):
                return
        row = self._count
        self._epoch[row] = epoch
        for name, value in zip(Record._fields, record, strict=True):
            self._columns[name][row] = value
        self._count += 1

    def cut(self, epoch: float) -> None:
        """Forget what lies after ``epoch``; a short run is recorded finely again."""
        keep = int(np.searchsorted(self._epoch[: self._count], epoch, side="right"))
        if keep < self._count:
            self._count = keep
            self.generation += 1
        while self.stride > 1 and epoch < self.size // 2 * (self.stride // 2):
            self.stride //= 2

    def _thin(self) -> None:
        self.stride *= 2
        epochs = self._epoch[: self._count]
        kept = np.flatnonzero(epochs % self.stride == 0)
        for column in (self._epoch, *self._columns.values()):
            column[: len(kept)] = column[kept]
        self._count = len(kept)
        self.generation += 1

    @property
    def epoch(self) -> Floats:
        return self._epoch[: self._count].copy()

    @property
    def loss(self) -> Floats:
        return self._column("loss")

    @property
    def val_loss(self) -> Floats:
        return self._column("val_loss")

    @property
    def accuracy(self) -> Floats:
        return self._column("accuracy")

    @property
    def val_accuracy(self) -> Floats:
        return self._column("val_accuracy")

    @property
    def gradient(self) -> Floats:
        return self._column("gradient")

    @property
    def learning_rate(self) -> Floats:
        return self._column("learning_rate")

    def since(self, index: int) -> dict[str, Floats]:
        """All arrays from record ``index`` on, by name: what a client that has the others needs."""
        rows = slice(max(index, 0), self._count)
        columns = {name: column[rows].copy() for name, column in self._columns.items()}
        return {"epoch": self._epoch[rows].copy(), **columns}

    def _column(self, name: str) -> Floats:
        return self._columns[name][: self._count].copy()
