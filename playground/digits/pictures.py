"""Digits as a network takes them, laid out once: those at hand are shared by all viewers.

N is the number of pictures, S their pixels a side.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.training.dataset import Inputs
from playground.data.digits import Bytes, Digits, small
from playground.digits.settings import SMALL

INK = 255  # of a black pixel


class Pictures:
    """Digits as rows of S * S shares of ink, 0 to 1, with their labels (N,); read-only.

    The bytes they were made of are not kept: `picture` makes them again.
    """

    def __init__(self, digits: Digits) -> None:
        self.side = digits.side
        self.train, self.test = (_laid_out(part) for part in (digits.train, digits.test))
        self.train_labels, self.test_labels = (
            labels.astype(np.intp) for labels in (digits.train_labels, digits.test_labels)
        )

    def inputs(self, rows: Any) -> NDArray[np.float32]:
        """Test pictures as inputs (N, S * S): `rows` is an index of NumPy's."""
        return self.test.table[rows, :-1]

    def picture(self, index: int) -> Bytes:
        """A test picture, (S, S)."""
        pixels = np.rint(self.inputs(index) * INK).astype(np.uint8)
        return pixels.reshape(self.side, self.side)


def _laid_out(pictures: Bytes) -> Inputs:
    return Inputs(pictures.reshape(len(pictures), -1), np.float32, 1 / INK)


@lru_cache(maxsize=8)
def at_hand(source: str, seed: int) -> Pictures:
    """Those that come with scikit-learn, one for all viewers."""
    return Pictures(small(SMALL[source], seed))
