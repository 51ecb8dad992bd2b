"""The record of a run, taken at epoch ends.

R records, L dense layers, K replicas.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.core.validation import whole
from engine.training.recorder import Recorder

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


def _column(name: str) -> Any:
    return property(lambda history: history.column(name))


class History(Recorder[Record]):
    """At most ``size`` records. The arrays are copies, one row a record: ``epoch`` and each name.

    They are ``(R,)`` or ``(R, K)``, the gradient ``(R, L)`` or ``(R, K, L)``. ``epoch`` holds whole
    numbers, except that a run which diverged within an epoch ends with a record at a fraction.
    """

    loss = _column("loss")
    val_loss = _column("val_loss")
    accuracy = _column("accuracy")
    val_accuracy = _column("val_accuracy")
    gradient = _column("gradient")
    learning_rate = _column("learning_rate")

    def __init__(self, size: int, layers: int, lead: tuple[int, ...] = ()) -> None:
        super().__init__(whole("history_size", size, low=0))
        self._shapes = dict.fromkeys(Record._fields, lead) | {"gradient": (*lead, layers)}

    def append(self, point: float, entry: Record) -> None:
        columns = zip(self._shapes.values(), entry, strict=True)
        copies = [np.full(shape, value, np.float64) for shape, value in columns]
        for array in copies:
            array.setflags(write=False)
        super().append(point, Record(*copies))

    @property
    def epoch(self) -> Floats:
        return np.array(self.points, dtype=np.float64)

    def since(self, index: int) -> dict[str, Floats]:
        """All arrays from record ``index`` on, by name: what a client that has the others needs."""
        first = max(index, 0)
        columns = {name: self.column(name, first) for name in Record._fields}
        return {"epoch": self.epoch[first:], **columns}

    def column(self, name: str, first: int = 0) -> Floats:
        """One array by name, from record ``first`` on."""
        rows = [getattr(entry, name) for entry in self.entries[first:]]
        return np.array(rows, dtype=np.float64).reshape((len(rows), *self._shapes[name]))
