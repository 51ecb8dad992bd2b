"""Measures a class: so many students who all play at once, on one process of the app or several.

`python -m benchmarks.classroom` prints one line for each number of students; `--students 10,30`,
`--speed 60`, `--seconds 60`, `--processes 2` (behind haproxy, as deploy/ has it) and `--url` (of a
server that runs already) choose others. Students are clients of the protocol (_student.py), in a
process of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks._machine import load, machine
from benchmarks._student import Seen, Student
from benchmarks.live import cpu_seconds
from tests.browser.server import ROOT, free_port, running_app
from tests.deploy.room import Names, proxy

ENTRY: Final = 0.3  # seconds from one student's coming to the next one's
WARM: Final = 12.0  # seconds in which a class finds its pace, which are not counted
PRESS: Final = 10.0  # seconds from one Pause to the next, of each student
VISIT: Final = 5.0  # seconds from one visitor, who only opens the page, to the next
PACKAGES: Final = ("numpy", "streamlit")
HEAD: Final = (
    *("students", "speed", "still %", "frames/s", "epochs/s", "answer p95 ms", "press p95 ms"),
    *("rate p95 ms", "sidebar p95 ms", "opened p95 ms", "KB/s each", "server core", "errors"),
)


@dataclass(frozen=True)
class Result:
    """What a class saw, and the share of a core that the server took (nan: not known)."""

    students: list[Seen]
    visitors: list[Seen]
    core: float


def p95(values: Sequence[float]) -> float:
    """The 95th percentile in ms; nan of nothing."""
    found = sorted(values)
    return 1000 * found[int(0.95 * (len(found) - 1))] if found else float("nan")


async def take_lesson(
    url: str, pids: Sequence[int], count: int, seconds: float, settings: dict[str, str]
) -> Result:
    """A class of so many comes in one by one, and plays for so long."""
    students = [Student(url, settings) for _ in range(count)]
    running: list[asyncio.Task[None]] = []
    for student in students:
        await student.open()
        running.append(asyncio.create_task(student.play(1e9, PRESS)))
        await asyncio.sleep(ENTRY)
    await asyncio.sleep(WARM)
    for student in students:
        opened = student.seen.opened
        student.seen = Seen(opened=opened)
    began, before = time.perf_counter(), sum(map(cpu_seconds, pids))
    visitors: list[Seen] = []
    while (left := began + seconds - time.perf_counter()) > 0:
        visitor = Student(url, settings)
        await visitor.open()
        visitors.append(visitor.seen)
        await visitor.close()
        await asyncio.sleep(min(VISIT, max(0.0, left)))
    took = time.perf_counter() - began
    core = (sum(map(cpu_seconds, pids)) - before) / took if pids else float("nan")
    for task, student in zip(running, students, strict=True):
        if task.done() and (error := task.exception()) is not None:
            student.seen.errors.append(f"{type(error).__name__}: {error}")
        task.cancel()
    # Not for ever: Python 3.11's wait_for may take a cancellation for an answer.
    await asyncio.wait(running, timeout=2)
    for student in students:
        await student.close()
    return Result([student.seen for student in students], visitors, core)


def line(count: int, speed: str, result: Result) -> list[str]:
    """The figures of one class, in the order of HEAD."""
    seen = result.students
    watched = [each for each in seen if each.playing > 0]

    def mean(name: str) -> float:
        each = [getattr(one, name) / one.playing for one in watched]
        return statistics.fmean(each) if each else float("nan")

    return [
        str(count),
        speed,
        f"{100 * mean('still'):.1f}",
        f"{mean('frames'):.1f}",
        f"{mean('epochs'):.1f}",
        f"{p95([took for each in seen for took in each.answers]):.0f}",
        f"{p95([took for each in seen for took in each.presses]):.0f}",
        f"{p95([took for each in seen for took in each.slides]):.0f}",
        f"{p95([took for each in seen for took in each.sidebar]):.0f}",
        f"{p95([each.opened for each in result.visitors]):.0f}",
        f"{mean('bytes') / 1000:.0f}",
        f"{result.core:.2f}",
        str(sum(len(each.errors) for each in (*seen, *result.visitors))),
    ]


@contextmanager
def classroom(processes: int, url: str | None) -> Iterator[tuple[str, Sequence[int]]]:
    """A fresh server, or several behind a proxy: where it answers, and which processes it is.

    With a `url` it is the server there, of which the processes are not known.
    """
    with ExitStack() as stack:
        if url is not None:
            yield url, []
            return

        def folder() -> Path:
            return Path(stack.enter_context(tempfile.TemporaryDirectory()))

        if processes == 1:
            server = stack.enter_context(running_app(folder()))
            yield server.url, [server.pid]
            return
        addresses = [f"127.0.0.{2 + i}" for i in range(processes)]
        port, script = free_port(), ROOT / "serve.py"
        pids = [
            stack.enter_context(running_app(folder(), script, address, port)).pid
            for address in addresses
        ]
        names = stack.enter_context(closing(Names(*addresses)))
        yield stack.enter_context(proxy(folder(), names, port)).url, pids


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", default="1,10,20,30,40,60")
    parser.add_argument("--speed", default="25")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--url", help="a server that runs already")
    given = parser.parse_args()
    settings = {"epochs": "1000000", "speed": given.speed}
    print(machine(PACKAGES, f"load {load()} before"))
    print(" | ".join(HEAD))
    for count in map(int, given.students.split(",")):
        # Fresh processes for each: what a class left behind is not the next one's.
        with classroom(given.processes, given.url) as (url, pids):
            result = asyncio.run(take_lesson(url, pids, count, given.seconds, settings))
        print(" | ".join(line(count, given.speed, result)), flush=True)


if __name__ == "__main__":
    main()
