"""Measures how fast the learning-rate page is: the race on screen, and what each view computes.

`python -m benchmarks.learning_rate` prints one table in Markdown, a row a figure beside its goal;
names of parts print theirs alone. Each part runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

from benchmarks import _rates as rates
from benchmarks._footprint import ROOT
from benchmarks._machine import load, machine
from benchmarks._race_page import WINDOW, race_played
from benchmarks._tables import digits, markdown, read_names
from benchmarks._timing import one_thread
from playground.data.datasets import SAMPLES
from playground.learning_rate.edge import TOLERANCE
from playground.learning_rate.race import log_spaced
from playground.learning_rate.settings import RateSettings
from playground.settings.config import Config
from tests.browser.chromium import MISSING, find_chromium

PACKAGES: Final = ("numpy", "streamlit", "plotly", "joblib")
ENDLESS: Final = 1_000_000  # epochs
RUNS: Final = 16
SESSION: Final = 3000  # epochs
# 2-8-8-8-2 on the spiral: 250 points to train on, all of them in each step.
RUN: Final = Config(layers=(8, 8, 8), batch_size=SAMPLES[1], epochs=ENDLESS, speed="max")
RACE: Final = RateSettings(view="race", race_count=RUNS)
GENTLE: Final = 0.3  # a last rate at which no run blows up, so that the range test ends at the end
EDGE_RATE: Final = 0.3


@dataclass(frozen=True)
class Row:
    """One figure and its goal: `least` from below, `most` from above, or none."""

    name: str
    value: float
    unit: str = ""
    least: float | None = None
    most: float | None = None

    @property
    def goal(self) -> str:
        if self.least is not None:
            return f"at least {self._text(self.least)}"
        return "" if self.most is None else f"below {self._text(self.most)}"

    @property
    def short(self) -> str:
        """By how much the goal is missed; empty if it is not."""
        if self.least is not None and self.value < self.least:
            return f"{1 - self.value / self.least:.0%} short"
        if self.most is not None and self.value >= self.most:
            return f"{self.value / self.most - 1:.0%} over"
        return ""

    @property
    def cells(self) -> list[str]:
        value = self._text(self.value)
        if not self.goal:
            return [self.name, "", value]
        return [self.name, self.goal, f"{value}, {self.short}" if self.short else f"**{value}**"]

    def _text(self, value: float) -> str:
        return f"{digits(value)} {self.unit}".rstrip()


# ---- the parts ----------------------------------------------------------------------------


def race() -> Iterator[Row]:
    """The race as a person sees it."""
    found = race_played(RUN, RACE)
    yield Row(f"race of {RUNS} rates in the browser, pictures drawn a second", found.frames, "", 20)
    yield Row("the screen's own refreshes a second then", found.screens)
    yield Row("longest wait for a picture", 1000 * found.longest, "ms")
    yield Row("epochs of the whole race a second, while drawing", found.epochs, "", 300)
    yield Row(f"diverged of the {RUNS}, at the end", found.diverged)
    watched = found.windows * WINDOW
    name = f"Plotly charts rebuilt in {watched:.0f} s of play, of {found.charts} on show"
    yield Row(name, found.rebuilt)
    yield Row("processor time of the server then", found.server, "core")
    yield Row("of the browser", found.browser, "core")
    yield Row("of other processes of the machine, not ours", found.others, "core")
    yield Row("data sent then", found.bytes / 1000, "KB/s")
    yield Row("a picture's share of it", found.bytes / found.frames / 1000, "KB")


def training() -> Iterator[Row]:
    """The race's training, without pictures."""
    one_thread()
    low, high = RACE.race_low, RACE.race_high
    found = rates.race_cost(RUN, log_spaced(low, high, RUNS))
    yield Row("the race without pictures, epochs a second", 1 / found.race, "", 300)
    yield Row("its training steps alone, epochs a second", 1 / found.trainer)
    yield Row(f"{RUNS} single runs one after the other, epochs of all a second", 1 / found.singles)
    yield Row("the race is faster than they by", found.saved, "x")


def range_test() -> Iterator[Row]:
    """The range test, to its end and until it blows up."""
    one_thread()
    whole = replace(RACE, range_high=GENTLE)
    for batch, words in ((10, "batch 10"), (RUN.batch_size, "full batch")):
        config = Config(batch_size=batch)
        for settings in (whole, RACE):
            found = rates.range_cost(config, settings)
            name = (
                f"range test, {words}, {settings.range_low:g} to {settings.range_high:g}: "
                f"{found.rates} of {settings.range_count} rates reached"
            )
            yield Row(name, 1000 * found.seconds, "ms", most=1000)


def sharpness() -> Iterator[Row]:
    """The largest eigenvalue of the Hessian."""
    one_thread()
    found = rates.sharpness_cost(replace(RUN, learning_rate=EDGE_RATE))
    cold, warm = f"{found.cold_products:.0f}", f"{found.warm_products:.0f}"
    name = f"sharpness to 1e-3 from nothing, {found.parameters} parameters, {cold} products"
    yield Row(name, 1000 * found.cold, "ms", most=50)
    yield Row("the slowest of those from nothing", 1000 * found.coldest, "ms", most=50)
    yield Row(f"sharpness an epoch later, {warm} products", 1000 * found.warm, "ms", most=50)
    yield Row("the slowest of those an epoch later", 1000 * found.warmest, "ms", most=50)
    yield Row(
        "the whole Hessian by central differences, and its eigenvalues", 1000 * found.dense, "ms"
    )
    yield Row("sharpness from nothing is faster than that by", found.dense / found.cold, "x")
    yield Row("largest relative difference of the two", found.off, "", most=TOLERANCE)


def spiral_map() -> Iterator[Row]:
    """A phase map of the page's own network and data."""
    yield from _map(Config())


def circle_map() -> Iterator[Row]:
    """The same of easier data."""
    yield from _map(Config.for_dataset("circle"))


def _map(config: Config) -> Iterator[Row]:
    settings = RateSettings(
        map_axis="init_scale",
        map_low=0.001,
        map_high=100.0,
        map_rates=20,
        map_values=20,
        map_epochs=200,
    )
    found = rates.map_cost(config, settings)
    name = (
        f"map of {settings.map_values} x {settings.map_rates} on {config.dataset}, "
        f"{settings.map_epochs} epochs, batch {config.batch_size}: "
        f"{found.diverged} of {found.cells} diverge"
    )
    yield Row(name, found.seconds, "s", most=20)
    yield Row("processor time of its workers, imports included", found.workers, "s")
    yield Row("of other processes of the machine, not ours", found.others, "core")


def memory() -> Iterator[Row]:
    """What a viewer of a race costs the server."""
    found = rates.view_memory(RUN, RACE, SESSION)
    yield Row(
        f"race session after {SESSION:,} epochs, tracemalloc", found.traced / 1e6, "MB", most=20
    )
    yield Row("the most at one moment", found.peak / 1e6, "MB", most=20)
    yield Row("all that the session leads to", found.held / 1e6, "MB", most=20)
    yield Row("the largest message", found.message / 1000, "KB")


PARTS: Final[Mapping[str, Callable[[], Iterator[Row]]]] = {
    "race": race,
    "training": training,
    "range": range_test,
    "sharpness": sharpness,
    "spiral_map": spiral_map,
    "circle_map": circle_map,
    "memory": memory,
}


def measured(name: str) -> list[Row]:
    """The rows of one part, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.learning_rate", "--alone", name]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]


def version(executable: str) -> str:
    """What a browser calls itself, with the first number of its version."""
    done = subprocess.run([executable, "--version"], capture_output=True, check=True, text=True)
    return done.stdout.partition(".")[0].strip()


def main() -> int:
    """Print the chosen rows and the machine; 1 where there is no browser for the race."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alone", choices=PARTS, help=argparse.SUPPRESS)
    arguments = read_names(parser, PARTS)
    if arguments.alone:
        print(json.dumps([asdict(row) for row in PARTS[arguments.alone]()]))
        return 0
    chosen = arguments.names
    software = []
    if "race" in chosen:
        executable = find_chromium()
        if executable is None:
            print(f"error: {MISSING}", file=sys.stderr)
            return 1
        software.append(f"{version(executable)}, headless, software rendering")
    began, before = time.monotonic(), load()
    rows = []
    for name in chosen:
        started = time.monotonic()
        rows += measured(name)
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print(markdown(["measured", "goal", "reached"], [row.cells for row in rows]))
    print(f"\n{machine(PACKAGES, *software)}.")
    print(f"Load average {before} before, {load()} after; {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
