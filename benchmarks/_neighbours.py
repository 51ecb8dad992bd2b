"""How much of the machine other processes took: a figure of a shared one needs it beside it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from benchmarks.live import cpu_seconds


class Busy(NamedTuple):
    """Processor seconds up to now: of this process and all that it started, and of the machine."""

    ours: float
    machine: float

    @property
    def others(self) -> float:
        """Of all that is not ours. Rises too, late, by what our own processes took that ended."""
        return self.machine - self.ours


def busy() -> Busy:
    """The processor seconds of now, by Linux."""
    below: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            parent = int(path.read_text("utf-8").rpartition(")")[2].split()[1])
            below.setdefault(parent, []).append(int(path.parent.name))
    ours, ahead = 0.0, [os.getpid()]
    while ahead:
        pid = ahead.pop()
        ahead += below.get(pid, [])
        with suppress(OSError):
            ours += cpu_seconds(pid)
    ticks = [int(n) for n in Path("/proc/stat").read_text("utf-8").splitlines()[0].split()[1:]]
    user, nice, system, _idle, _waiting, *interrupts = ticks[:7]
    return Busy(ours, (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK"))
