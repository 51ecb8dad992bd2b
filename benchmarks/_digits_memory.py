"""Memory of a process in which viewers train on 70,000 pictures of MNIST's shape, for digits.py.

`python -m benchmarks._digits_memory VIEWERS` prints bytes as JSON: resident before there are
pictures, with them, and with so many viewers at play; then the most that there ever was.
"""

from __future__ import annotations

import gc
import json
import sys
import threading
from pathlib import Path
from typing import Final

import numpy as np

import playground.page  # noqa: F401 - what a server has loaded before a viewer comes
from benchmarks._footprint import peak
from playground.data.digits import Digits
from playground.digits.pictures import Pictures
from playground.digits.settings import DigitsSettings
from playground.digits.view import DigitsView
from playground.settings.config import Config
from tests.playground.viewer import Viewer

SIZES: Final = (60_000, 10_000)
MESSAGES: Final = 5


def resident() -> int:
    """Bytes of this process that are in memory."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024


def synthetic() -> Digits:
    """Strokes without a meaning: as many pictures as MNIST has, as large, with as much ink."""
    rng = np.random.default_rng(0)
    parts: list[np.ndarray] = []
    for count in SIZES:
        pictures = np.zeros((count, 28, 28), np.uint8)
        pictures[:, 8:20, 8:20] = rng.integers(0, 256, (count, 12, 12), np.uint8)
        parts += [pictures, rng.integers(0, 10, count, np.uint8)]
    return Digits(*parts)


def main() -> None:
    found = [resident()]
    pictures = Pictures(synthetic())
    gc.collect()
    found.append(resident())
    settings = DigitsSettings(
        digits_source="mnist", digits_layers=(128, 64), digits_optimizer="adam", digits_rate=0.001
    )
    viewers = [
        Viewer(DigitsView(lambda _: pictures), Config(speed="max"), settings)
        for _ in range(int(sys.argv[1]))
    ]
    for seen in viewers:
        seen.want = ["draw", "confusion", "mistakes", "facts"]
        seen.ask("play")
        for _ in range(MESSAGES):
            seen.ask("tick")
        seen.ask("pause")
    print(json.dumps([*found, resident(), peak(), threading.active_count()]))


if __name__ == "__main__":
    main()
