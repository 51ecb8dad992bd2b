"""What a session costs the server: the memory that it holds and the size of its frames.

Drives a view as a browser does, without one, so that the numbers are those of the server alone.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Final

import numpy as np

from playground.live.protocol import Request, unpack
from playground.settings.config import Config
from playground.training.view import TrainingView

MESSAGES: Final = 10  # over which the size of a frame is taken
SHARED: Final = (type, ModuleType, FunctionType, BuiltinFunctionType)  # not a session's own


class Viewer:
    """Asks a view for messages and remembers what it got, as the browser half does."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.view = TrainingView()
        self.asked = 0
        self.generation = -1
        self.rows = 0
        self.step = 0
        self.ask("look")
        self.ask("play")

    @property
    def epoch(self) -> int:
        """Completed epochs."""
        return self.view.experiment.trainer.epoch

    def ask(self, command: str) -> tuple[int, int]:
        """(bytes, frames) of the answer to one request."""
        self.asked += 1
        request = Request(
            self.asked,
            command,
            step=self.step,
            figures=self.view.version if self.asked > 1 else -1,
            run=self.view.run,
            generation=self.generation,
            rows=self.rows,
        )
        message = self.view.handle(request, self.config).message
        header, arrays = unpack(message)
        self.step = int(arrays["steps"][-1])
        history = header["history"]
        self.generation = history["generation"]
        self.rows = history["start"] + len(arrays["history"])
        return len(message), len(arrays["steps"])

    def train_to(self, epoch: int) -> None:
        """Play as fast as it goes until `epoch` is reached."""
        speed, self.config = self.config, replace(self.config, speed="max")
        while self.epoch < epoch:
            self.ask("tick")
        self.config = speed

    def frame_size(self) -> float:
        """Mean bytes a frame over the next messages."""
        answers = [self.ask("tick") for _ in range(MESSAGES)]
        return sum(size for size, _ in answers) / sum(frames for _, frames in answers)


@dataclass(frozen=True)
class FrameSizes:
    """Mean bytes of a frame after few and after many epochs."""

    early: float
    late: float


def frame_sizes(config: Config, early: int, late: int) -> FrameSizes:
    """Bytes a frame in the messages that follow `early` and `late` epochs, at `config.speed`."""
    viewer = Viewer(config)
    viewer.train_to(early)
    first = viewer.frame_size()
    viewer.train_to(late)
    return FrameSizes(first, viewer.frame_size())


@dataclass(frozen=True)
class Memory:
    """What a session costs, in bytes."""

    at_start: int  # all that it leads to
    held: int  # the same at the end
    traced: int  # allocated since before its start and still there, by tracemalloc
    peak: int  # and the most that there was at once


def memory(config: Config, end: int) -> Memory:
    """Play to `end` epochs, as fast as it goes."""
    Viewer(
        config
    )  # what the first session of a process brings with it (imports) is not a session's
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        viewer = Viewer(config)
        at_start = held(viewer.view)
        viewer.train_to(end)
        gc.collect()
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return Memory(at_start, held(viewer.view), now - before, peak - before)


def held(root: object) -> int:
    """Bytes of all that `root` leads to, arrays with their data, modules and classes not."""
    seen: set[int] = set()
    total = 0
    stack = [root]
    while stack:
        found = stack.pop()
        if id(found) in seen or isinstance(found, SHARED):
            continue
        seen.add(id(found))
        total += sys.getsizeof(found)
        stack.extend(references(found))
    return total


def references(found: object) -> Iterator[Any]:
    """What an object holds; NumPy's arrays do not tell the collector whose memory they show."""
    yield from gc.get_referents(found)
    if isinstance(found, np.ndarray) and found.base is not None:
        yield found.base
