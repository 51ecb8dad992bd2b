"""Measures how the live view feels in a real headless Chromium, beside plain st.plotly_chart.

`python -m benchmarks.live` prints one table; `--markdown` prints it for the README. Both ways show
the same engine, data and network, and are watched by the same means (_probe.js).
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks._machine import load, machine
from benchmarks._session import frame_sizes, memory
from playground.config import Config
from tests.browser.chromium import LAUNCH_ARGS, MISSING, find_chromium
from tests.browser.server import ROOT, Server, running_app

HERE: Final = Path(__file__).parent
PROBE: Final = HERE / "_probe.js"
PLAIN_APP: Final = HERE / "_plain_app.py"
# The plain way is measured with Streamlit's own settings, save two that would blur the numbers.
PLAIN_SETTINGS: Final = '[server]\nfileWatcherType = "none"\n[browser]\ngatherUsageStats = false\n'
PACKAGES: Final = ("numpy", "streamlit", "plotly")
RUN: Final = Config(layers=(8, 8, 8), batch_size=10, epochs=1_000_000)  # 2-8-8-8-2 on the spiral

OPENINGS: Final = 7  # fresh pages, each opened cold and played once
PLAIN_OPENINGS: Final = 3
CALM: Final = 1.2  # seconds from the first chart to the click, and without measuring after a start
WINDOWS: Final = 3  # their median is taken
WINDOW: Final = 5.0  # seconds
CPU_WINDOW: Final = 10.0  # seconds: the clock of a process ticks a hundred times in one
EARLY, LATE, END = 100, 20_000, 100_000  # epochs
SIZED: Final = 3.0  # seconds of messages from which a frame's size is taken
PATIENCE: Final = 80.0  # seconds in which the browser must reach LATE
SCREEN: Final = 30  # frames a second at which the data sent is stated


# ---- watching one page --------------------------------------------------------------------


def cpu_seconds(pid: int) -> float:
    """Processor time that the process has used so far, all threads, by Linux."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Sample:
    """Counts since the page was opened, at one moment; times in seconds."""

    time: float
    epoch: float
    shown: int
    screens: int
    bytes: int
    built: int
    cpu: float


@dataclass(frozen=True)
class Rates:
    """What happened a second between two samples; `built` is a sum."""

    frames: float
    screens: float
    epochs: float
    bytes: float
    cpu: float
    built: int


class Viewer:
    """One page of a person who was never here, with the probe in it."""

    def __init__(self, browser: Browser, server: Server, speed: str) -> None:
        self.pid = server.pid
        query = urlencode(replace(RUN, speed=speed).to_query())
        self.context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
        self.context.add_init_script(path=PROBE)
        self.page: Page = self.context.new_page()
        self.page.goto(f"{server.url}/?{query}", wait_until="commit")
        self.until("firstChart")

    def until(self, name: str) -> float:
        """Wait until the probe has noted a moment; ms after the navigation began."""
        handle = self.page.wait_for_function(f"window.__probe?.{name}", timeout=60_000)
        return float(handle.json_value())

    def ask(self, expression: str) -> Any:
        """The value of an expression over `p`, the probe."""
        return self.page.evaluate(f"(() => {{ const p = window.__probe; return {expression}; }})()")

    def play(self) -> float:
        """Click on Play, wait for the first changed frame; ms from one to the other."""
        self.page.get_by_role("button", name="Play").first.click()
        return self.until("firstFrame") - self.until("click")

    def sample(self) -> Sample:
        """The counts of now."""
        seconds, epoch, shown, screens, received, built = self.ask(
            "[performance.now() / 1000, p.epoch(), p.shown, p.screens, p.bytes, p.built]"
        )
        cpu = cpu_seconds(self.pid)
        return Sample(seconds, epoch, shown, screens, received, built, cpu)

    def watch(self, seconds: float) -> Rates:
        """Rates over the next `seconds`."""
        a = self.sample()
        time.sleep(seconds)
        b = self.sample()
        took = b.time - a.time

        def rate(of: Callable[[Sample], float]) -> float:
            return (of(b) - of(a)) / took

        return Rates(
            frames=rate(lambda s: s.shown),
            screens=rate(lambda s: s.screens),
            epochs=rate(lambda s: s.epoch),
            bytes=rate(lambda s: s.bytes),
            cpu=rate(lambda s: s.cpu),
            built=b.built - a.built,
        )

    def close(self) -> None:
        self.context.close()


@contextmanager
def viewer(browser: Browser, server: Server, speed: str) -> Iterator[Viewer]:
    """A viewer for as long as the block lasts."""
    opened = Viewer(browser, server, speed)
    try:
        time.sleep(CALM)
        yield opened
    finally:
        opened.close()


# ---- measuring one way to the screen ------------------------------------------------------


@dataclass(frozen=True)
class Feel:
    """How one way to the screen feels and what it costs. Times in ms, sizes in bytes."""

    very_first: float
    cold: float
    click: float
    frames: float
    screens: float
    epochs: float
    rebuilt: float  # in ten seconds
    cpu: float
    idle_cpu: float
    frame_bytes: float
    bytes_a_second: float  # as measured, at the frames a second that there were
    early_bytes: float | None = None
    late_bytes: float | None = None
    late_epoch: float | None = None


def openings(browser: Browser, server: Server, count: int) -> tuple[list[float], list[float]]:
    """(ms to the first chart, ms from the click on Play to the first frame) of fresh pages."""
    cold, click = [], []
    for _ in range(count):
        with viewer(browser, server, "max") as person:
            cold.append(person.until("firstChart"))
            click.append(person.play())
    return cold, click


def measure(name: str, browser: Browser, server: Server, count: int, *, long: bool = False) -> Feel:
    """Everything of one app that was just started; `long` also plays on until LATE epochs."""
    say(f"{name}: opening pages")
    with viewer(browser, server, "max") as person:
        very_first = person.until("firstChart")
    cold, click = openings(browser, server, count)
    say(f"{name}: at 25 epochs a second")
    with viewer(browser, server, "25") as person:
        idle = person.watch(WINDOW)
        person.play()
        time.sleep(CALM)
        paced = person.watch(CPU_WINDOW)
    say(f"{name}: as fast as it goes")
    early = late = at = None
    with viewer(browser, server, "max") as person:
        person.ask("p.mark()")
        person.play()
        time.sleep(CALM)
        windows = [person.watch(WINDOW) for _ in range(WINDOWS)]
        # A chart may be replaced from without, or made anew inside of its place.
        gone = person.ask("Math.max(p.lost(), p.made)")
        if long:
            early, late, at = played_sizes(person)
    built = max(sum(w.built for w in windows), gone)
    return Feel(
        very_first=very_first,
        cold=statistics.median(cold),
        click=statistics.median(click),
        frames=statistics.median(w.frames for w in windows),
        screens=statistics.median(w.screens for w in windows),
        epochs=statistics.median(w.epochs for w in windows),
        rebuilt=built * 10 / (WINDOWS * WINDOW),
        cpu=paced.cpu,
        idle_cpu=idle.cpu,
        frame_bytes=paced.bytes / paced.frames,
        bytes_a_second=paced.bytes,
        early_bytes=early,
        late_bytes=late,
        late_epoch=at,
    )


def played_sizes(person: Viewer) -> tuple[float, float, float]:
    """Bytes a frame that came soon after EARLY and after LATE epochs, and the epoch of the latter.

    Where the machine does not reach LATE in time, what it did reach stands for it.
    """
    limit = time.monotonic() + PATIENCE
    while person.ask("p.epoch()") < LATE and time.monotonic() < limit:
        time.sleep(0.5)
    reached = min(LATE, float(person.ask("p.epoch()")))
    time.sleep(SIZED + CALM)
    log = [(float(a), float(b), float(c), float(d)) for a, b, c, d in person.ask("p.messages")]

    def size(epoch: float) -> float:
        first = next(i for i, message in enumerate(log) if message[3] >= epoch)
        last = max(i for i, message in enumerate(log) if message[0] <= log[first][0] + SIZED)
        return (log[last][1] - log[first][1]) / (log[last][2] - log[first][2])

    return size(EARLY), size(reached), reached


def say(words: str) -> None:
    """Progress, apart from the table."""
    print(f"{time.strftime('%X')} {words}", file=sys.stderr, flush=True)


@contextmanager
def plain_app(folder: Path) -> Iterator[Server]:
    """The plain app, with Streamlit's own settings."""
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "config.toml").write_text(PLAIN_SETTINGS, "utf-8")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(ROOT)  # its script lies beside this one, not in the root
    try:
        with running_app(folder, PLAIN_APP) as server:
            yield server
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


# ---- the table ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One figure: what it must reach, its goal, ours and the plain way's."""

    name: str
    unit: str
    must: float | None
    goal: float | None
    ours: float
    plain: float | None = None
    better: Literal["more", "less"] = "less"

    @property
    def verdict(self) -> str:
        if self.must is None or self.goal is None:
            return ""
        sign = 1 if self.better == "more" else -1
        # The screen's rate is 60 but for the clock's last digits.
        if sign * self.ours >= sign * self.goal * (1 - 0.005 * sign):
            return "goal"
        return "reached" if sign * self.ours >= sign * self.must else "MISSED"

    @property
    def ratio(self) -> str:
        """How many times better than the plain way."""
        if self.plain is None:
            return ""
        up, down = (self.ours, self.plain) if self.better == "more" else (self.plain, self.ours)
        if down == 0:
            return "" if up == 0 else "∞"
        return f"{figure(up / down)} x"

    def cells(self) -> list[str]:
        numbers = (self.must, self.goal, self.ours, self.plain)
        texts = ["" if n is None else f"{figure(n)} {self.unit}".strip() for n in numbers]
        return [self.name, *texts[:3], self.verdict, texts[3], self.ratio]


HEADER: Final = ["figure", "must reach", "goal", "ours", "", "st.plotly_chart", "better by"]


def figure(value: float) -> str:
    """Three digits that count."""
    if value == 0:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{float(f'{value:.3g}'):g}"


def rows(ours: Feel, plain: Feel) -> Iterator[Row]:
    """The table's rows from both measurements, and from sessions without a browser."""
    say("sessions without a browser")
    sizes = frame_sizes(replace(RUN, speed="60"), EARLY, LATE)
    # Records are made once an epoch, so a step an epoch holds as much as twenty-five do.
    held = memory(replace(RUN, batch_size=RUN.samples), END)

    def kb(feel: Feel) -> float:
        return feel.frame_bytes * SCREEN / 1000

    yield Row("frames drawn a second", "", 30, 60, ours.frames, plain.frames, "more")
    yield Row("charts rebuilt in 10 s of play", "", 0, 0, ours.rebuilt, plain.rebuilt)
    name = "epochs trained a second while drawing"
    yield Row(name, "", 250, 500, ours.epochs, plain.epochs, "more")
    yield Row("server CPU of a viewer at 25 epochs/s", "core", 0.10, 0.05, ours.cpu, plain.cpu)
    yield Row("the same, page open and at rest", "core", None, None, ours.idle_cpu, plain.idle_cpu)
    yield Row(f"data sent, stated at {SCREEN} frames/s", "KB/s", 200, 80, kb(ours), kb(plain))
    name = "the same, at the frames/s there were"
    yield Row(name, "KB/s", None, None, ours.bytes_a_second / 1000, plain.bytes_a_second / 1000)
    if ours.early_bytes and ours.late_bytes and ours.late_epoch:
        name = f"frame's bytes: {ours.late_epoch:,.0f} epochs / {EARLY}, browser, max"
        yield Row(name, "", 1.1, 1, ours.late_bytes / ours.early_bytes)
        yield Row(f"a frame in the browser after {EARLY} epochs", "B", None, None, ours.early_bytes)
    name = f"frame's bytes: {LATE:,} epochs / {EARLY}, runner, 60/s"
    yield Row(name, "", 1.1, 1, sizes.late / sizes.early)
    yield Row("click on Play to the first changed frame", "ms", 400, 200, ours.click, plain.click)
    yield Row("page opened cold to the first chart", "ms", 2000, 1000, ours.cold, plain.cold)
    name = "the same, first page after the start"
    yield Row(name, "ms", None, None, ours.very_first, plain.very_first)
    yield Row(f"session after {END:,} epochs, tracemalloc", "MB", 5, 2, held.traced / 1e6)
    yield Row("all that the session holds then", "MB", 5, 2, held.held / 1e6)
    yield Row("the same, at its start", "MB", None, None, held.at_start / 1e6)


def plain_text(table: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]

    def line(cells: list[str]) -> str:
        first, *rest = (c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in cells_of(cells))
        return "  ".join([first, *rest]).rstrip()

    def cells_of(cells: list[str]) -> list[tuple[int, tuple[str, int]]]:
        return list(enumerate(zip(cells, widths, strict=True)))

    head, *body = table
    return "\n".join([line(head), "  ".join("-" * w for w in widths), *map(line, body)])


def markdown(table: list[list[str]]) -> str:
    head, *body = (f"| {' | '.join(cells)} |" for cells in table)
    rule = f"|---|{'---:|' * (len(HEADER) - 1)}"
    return "\n".join([head, rule, *body])


def main() -> int:
    """Measure, print the table with its machine; 1 where there is no browser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print the table for the README")
    arguments = parser.parse_args()
    executable = find_chromium()
    if executable is None:
        print(f"error: {MISSING}", file=sys.stderr)
        return 1
    began, load_before = time.monotonic(), load()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folders = [Path(name, which) for which in ("ours", "plain")]
        for folder in folders:
            folder.mkdir()
        browser = playwright.chromium.launch(executable_path=executable, args=LAUNCH_ARGS)
        chromium = browser.version
        with running_app(folders[0]) as server:
            ours = measure("ours", browser, server, OPENINGS, long=True)
        with plain_app(folders[1]) as server:
            plain = measure("plain", browser, server, PLAIN_OPENINGS)
        browser.close()
    table = [HEADER, *(row.cells() for row in rows(ours, plain))]
    took = time.monotonic() - began
    print(markdown(table) if arguments.markdown else plain_text(table))
    print()
    software = f"Chromium {chromium}, headless, software rendering"
    print(f"{machine(PACKAGES, software)}.")
    print(
        f"Network 2-8-8-8-2, spiral, {RUN.samples} points, half to train on, batch 10. "
        f"Load average {load_before} before, {load()} after; {took:.0f} s."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
