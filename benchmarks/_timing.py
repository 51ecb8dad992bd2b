"""Times of contestants that take turns, so that a busy moment of the machine meets them all."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Final

Run = Callable[[int], object]  # does its work that many times

TURNS: Final = 15
TURN: Final = 0.06  # seconds that one turn takes at least

ONE_THREAD: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}


def one_thread() -> None:
    """Bind this process to one thread of work on one core; it may start anew for that."""
    if not ONE_THREAD.items() <= os.environ.items():
        # NumPy and the others read these when they are imported, and by now they have been.
        os.environ.update(ONE_THREAD)
        os.execv(sys.executable, sys.orig_argv)
    if affinity := getattr(os, "sched_setaffinity", None):
        affinity(0, {max(os.sched_getaffinity(0))})


def seconds(run: Run, times: int) -> float:
    """Processor seconds of one of ``times`` repetitions.

    Where all work is on one core these are the seconds on the wall of an idle machine, and on a
    busy one the time that others took is not in them.
    """
    start = time.process_time()
    run(times)
    return (time.process_time() - start) / times


def enough(run: Run, least: float = TURN) -> int:
    """How many repetitions take ``least`` seconds."""
    run(3)
    times = 1
    while (took := seconds(run, times) * times) < least:
        times = max(2 * times, int(1.2 * times * least / max(took, 1e-6)))
    return times


def take_turns(runs: Mapping[str, Run], turns: int = TURNS) -> dict[str, list[float]]:
    """Seconds a repetition of each contestant, one per turn."""
    times = {name: enough(run) for name, run in runs.items()}
    took: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(turns):
        for name in list(runs)[:: 1 if turn % 2 == 0 else -1]:
            took[name].append(seconds(runs[name], times[name]))
    return took


def ratio(slower: list[float], faster: list[float]) -> float:
    """The median over the turns of one contestant's time by the other's in the same turn."""
    return statistics.median(a / b for a, b in zip(slower, faster, strict=True))
