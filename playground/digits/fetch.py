"""Fetches MNIST from OpenML and writes it as mnist.npz: `python -m playground.digits.fetch PATH`.

A program of its own: unpacking takes twenty times the memory of the pictures, for a moment, which
a server that many share would not get back.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import numpy as np

TRAINING: Final = 60_000  # of the 70,000: the first ones, as LeCun et al. parted them


def fetch(path: Path) -> None:
    """Write x_train, y_train, x_test, y_test as bytes. OSError where OpenML cannot be reached."""
    from sklearn.datasets import fetch_openml

    pixels, labels = fetch_openml("mnist_784", version=1, as_frame=False, return_X_y=True)
    pictures = pixels.astype(np.uint8).reshape(-1, 28, 28)
    digits = labels.astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.npz")  # whole, or not there
    np.savez(
        part,
        x_train=pictures[:TRAINING],
        y_train=digits[:TRAINING],
        x_test=pictures[TRAINING:],
        y_test=digits[TRAINING:],
    )
    part.replace(path)


if __name__ == "__main__":
    try:
        fetch(Path(sys.argv[1]))
    except Exception as error:  # whatever it is, a person reads one line of it
        sys.exit(f"{type(error).__name__}: {error}")
