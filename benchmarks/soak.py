"""Measures whether a class leaves anything behind: students come, play, change things and leave.

`python -m benchmarks.soak` prints what the server holds at the end of each of `--minutes`;
`--students` are there at any time. Each opens a page, plays, changes what it may, sees a run
diverge now and then, and leaves; somebody else takes its place. Streamlit keeps the session of one
who left for two minutes, and throws it away when the next one comes: all grows for three minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks._machine import load, machine
from benchmarks._student import Student
from tests.browser.server import running_app

STAY: Final = (10.0, 40.0)  # seconds
PRESS: Final = 4.0  # seconds of play between two presses of Pause
ENTRY: Final = 1.0  # seconds from one student's coming to the next one's
FORGOTTEN: Final = 150.0  # seconds after which nobody who left has a session any more
SWEPT: Final = 70.0  # seconds after which their memory has been given back
MINUTE: Final = 60.0
PACKAGES: Final = ("numpy", "streamlit")

# Pages and links that people open: small and large, several runs, some that diverge at once.
LINKS: Final[Sequence[tuple[str, dict[str, str]]]] = (
    ("", {}),
    ("", {"speed": "max"}),
    ("", {"layers": "32,32,32", "optimizer": "adam", "samples": "1000"}),
    ("", {"dataset": "plane", "learning_rate": "10"}),
    ("learning_rate", {"view": "race", "speed": "60"}),
    ("learning_rate", {"view": "edge"}),
    ("learning_rate", {"step_size": "2.2"}),
    ("gradient_flow", {"speed": "25"}),
)
# What a view of each of them does when it is asked, whatever else it can.
BY_HAND: Final[Sequence[tuple[str, object]]] = (
    *(("speed", "25"), ("speed", "max"), ("step", None), ("reset", None), ("look", None)),
)


@dataclass(frozen=True)
class Held:
    """What a process holds."""

    megabytes: float
    files: int
    threads: int

    @classmethod
    def by(cls, pid: int) -> Held:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        status = dict(line.split(":", 1) for line in lines)
        kilobytes, threads = (int(status[name].split()[0]) for name in ("VmRSS", "Threads"))
        return cls(kilobytes / 1024, len(os.listdir(f"/proc/{pid}/fd")), threads)

    def __str__(self) -> str:
        return f"{self.megabytes:.0f} MB, {self.files} files, {self.threads} threads"


async def visit(url: str, rng: random.Random) -> None:
    """One student, from coming to leaving."""
    page, settings = rng.choice(LINKS)
    student = Student(url, settings, page)
    await student.open()
    try:
        end = time.monotonic() + rng.uniform(*STAY)
        while time.monotonic() < end:
            await student.play(rng.uniform(1.0, PRESS), PRESS)
            await student.ask(*rng.choice(BY_HAND))
        if student.seen.errors:
            raise RuntimeError(student.seen.errors[0])
    finally:
        await student.close()


async def soak(url: str, pid: int, students: int, minutes: int) -> list[str]:
    """Print what the server holds, minute by minute and when all are forgotten; the errors."""
    errors: list[str] = []
    end = time.monotonic() + minutes * MINUTE

    async def seat(number: int) -> None:
        rng = random.Random(number)
        await asyncio.sleep(ENTRY * number)
        while time.monotonic() < end:
            try:
                await visit(url, rng)
            except Exception as error:  # it is counted, and the next one comes in
                errors.append(f"{type(error).__name__}: {error}")

    class_ = asyncio.gather(*(seat(number) for number in range(students)))
    for minute in range(1, minutes + 1):
        await asyncio.sleep(MINUTE)
        print(f"{minute} min: {Held.by(pid)}", flush=True)
    await class_
    await asyncio.sleep(FORGOTTEN)
    late = Student(url, {})
    await late.open()
    await late.close()
    await asyncio.sleep(SWEPT)
    print(f"when all are forgotten: {Held.by(pid)}")
    return errors


def main() -> None:
    """Print what was held, and what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=20)
    parser.add_argument("--minutes", type=int, default=20)
    given = parser.parse_args()
    print(machine(PACKAGES, f"load {load()} before"))
    with tempfile.TemporaryDirectory() as folder, running_app(Path(folder)) as server:
        print(f"before anybody came: {Held.by(server.pid)}", flush=True)
        errors = asyncio.run(soak(server.url, server.pid, given.students, given.minutes))
    print(f"errors: {len(errors)}", *sorted(set(errors)), sep="\n")


if __name__ == "__main__":
    main()
