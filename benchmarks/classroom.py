"""Measures a class: so many students who all play at once, on one process of the app.

`python -m benchmarks.classroom` prints one line for each number of students; `--students 10,30`,
`--speed 60`, `--seconds 60` and `--url` (of a server that runs already, a proxy for one) choose
others. Students are clients of the protocol (_student.py), in a process of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks._machine import load, machine
from benchmarks._student import Seen, Student
from benchmarks.live import cpu_seconds
from tests.browser.server import running_app

ENTRY: Final = 0.3  # seconds from one student's coming to the next one's
WARM: Final = 12.0  # seconds in which a class finds its pace, which are not counted
PRESS: Final = 10.0  # seconds from one Pause to the next, of each student
VISIT: Final = 5.0  # seconds from one visitor, who only opens the page, to the next
PACKAGES: Final = ("numpy", "streamlit")
HEAD: Final = (
    *("students", "speed", "still %", "frames/s", "epochs/s", "answer p95 ms", "press p95 ms"),
    *("opened p95 ms", "KB/s each", "server core", "errors"),
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
    url: str, pid: int | None, count: int, seconds: float, settings: dict[str, str]
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
    began, before = time.perf_counter(), cpu_seconds(pid) if pid else float("nan")
    visitors: list[Seen] = []
    while (left := began + seconds - time.perf_counter()) > 0:
        visitor = Student(url, settings)
        await visitor.open()
        visitors.append(visitor.seen)
        await visitor.close()
        await asyncio.sleep(min(VISIT, max(0.0, left)))
    took = time.perf_counter() - began
    core = (cpu_seconds(pid) - before) / took if pid else float("nan")
    for task, student in zip(running, students, strict=True):
        if task.done() and (error := task.exception()) is not None:
            student.seen.errors.append(f"{type(error).__name__}: {error}")
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
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
        f"{p95([each.opened for each in result.visitors]):.0f}",
        f"{mean('bytes') / 1000:.0f}",
        f"{result.core:.2f}",
        str(sum(len(each.errors) for each in (*seen, *result.visitors))),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", default="1,10,20,30,40,60")
    parser.add_argument("--speed", default="25")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--url", help="a server that runs already")
    given = parser.parse_args()
    settings = {"epochs": "1000000", "speed": given.speed}
    print(machine(PACKAGES, f"load {load()} before"))
    print(" | ".join(HEAD))
    for count in map(int, given.students.split(",")):
        if given.url:
            result = asyncio.run(take_lesson(given.url, None, count, given.seconds, settings))
        else:  # a fresh process for each: what a class left behind is not the next one's
            with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as server:
                result = asyncio.run(
                    take_lesson(server.url, server.pid, count, given.seconds, settings)
                )
        print(" | ".join(line(count, given.speed, result)), flush=True)


if __name__ == "__main__":
    main()
