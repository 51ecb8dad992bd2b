"""A run's own way once more, bit for bit: from a snapshot, with the hyperparameters of then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from engine.training.hyperparameters import Hyperparameters, Log
from engine.training.snapshot import Snapshot


class Replayable(Protocol):
    """What a trainer offers to a replay."""

    log: Log
    steps: int

    def apply(self, value: Hyperparameters) -> None: ...
    def restore(self, snapshot: Snapshot) -> None: ...
    def run_steps(self, n: int) -> int: ...


def replay(
    run: Replayable, start: Snapshot, ahead: Callable[[], int], until: Callable[[], bool]
) -> Iterator[int]:
    """Take ``run`` back to ``start`` and along its own way, ``ahead()`` steps at a time.

    Yields the number of complete steps before each of these stretches, with the hyperparameters of
    then in force; a change of them begins a new one. Ends where the run does, or ``until()`` holds.
    """
    past = [value for step, value in run.log.entries if step <= start.steps]
    coming = [entry for entry in run.log.entries if entry[0] > start.steps]
    if past:
        run.apply(past[-1])
    run.restore(start)
    while not until():
        while coming and coming[0][0] <= run.steps:
            run.apply(coming.pop(0)[1])
        yield run.steps
        stretch = ahead()
        if coming:
            stretch = min(stretch, coming[0][0] - run.steps)
        if run.run_steps(stretch) < stretch:
            return
