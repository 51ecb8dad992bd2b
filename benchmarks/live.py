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
from playground.settings.config import Config
from tests.browser.chromium import LAUNCH_ARGS, MISSING, find_chromium
from tests.browser.server import ROOT, Server, running_app

HERE: Final = Path(__file__).parent
PROBE: Final = HERE / "_probe.js"
PLAIN_APP: Final = HERE / "_plain" / "app.py"
# The plain way is measured with Streamlit's own settings, save two that would blur the numbers.
PLAIN_SETTINGS: Final = '[server]\nfileWatcherType = "none"\n[browser]\ngatherUsageStats = false\n'
PACKAGES: Final = ("numpy", "streamlit", "plotly")
RUN: Final = Config(layers=(8, 8, 8), batch_size=10, epochs=1_000_000)  # 2-8-8-8-2 on the spiral

OPENINGS: Final = 5  # fresh pages of each way, each opened cold and played once
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
class PlayedSizes:
    """Mean bytes of a frame that came soon after EARLY and soon after `reached` epochs."""

    early: float
    late: float
    reached: float


@dataclass(frozen=True)
class Opened:
    """One fresh page: ms to the first picture, to the chart, and from Play to the first frame."""

    picture: float
    cold: float
    click: float


def opening(browser: Browser, server: Server) -> Opened:
    """Open a page cold and play it."""
    with viewer(browser, server, "max") as person:
        return Opened(person.until("firstPicture"), person.until("firstChart"), person.play())


def first_opening(browser: Browser, server: Server) -> float:
    """Ms to the first chart of the page that is opened first after the server's start."""
    with viewer(browser, server, "max") as person:
        return person.until("firstChart")


@dataclass(frozen=True)
class Paced:
    """A viewer at 25 epochs a second, and at rest."""

    playing: Rates
    idle: Rates

    @property
    def frame_bytes(self) -> float:
        return self.playing.bytes / self.playing.frames


def paced(browser: Browser, server: Server) -> Paced:
    """Watch a page at rest, then at 25 epochs a second."""
    with viewer(browser, server, "25") as person:
        idle = person.watch(WINDOW)
        person.play()
        time.sleep(CALM)
        return Paced(person.watch(CPU_WINDOW), idle)


@dataclass(frozen=True)
class Fastest:
    """Play as fast as it goes: medians a second, charts rebuilt in ten, frames' sizes."""

    frames: float
    screens: float
    epochs: float
    rebuilt: float
    sizes: PlayedSizes | None


def fastest(browser: Browser, server: Server, *, long: bool = False) -> Fastest:
    """Play as fast as it goes; `long` plays on until LATE epochs."""
    with viewer(browser, server, "max") as person:
        person.ask("p.mark()")
        person.play()
        time.sleep(CALM)
        windows = [person.watch(WINDOW) for _ in range(WINDOWS)]
        # A chart may be replaced from without, or made anew inside of its place.
        rebuilt = max(sum(w.built for w in windows), person.ask("Math.max(p.lost(), p.made)"))
        sizes = played_sizes(person) if long else None
    return Fastest(
        statistics.median(w.frames for w in windows),
        statistics.median(w.screens for w in windows),
        statistics.median(w.epochs for w in windows),
        rebuilt * 10 / (WINDOWS * WINDOW),
        sizes,
    )


def played_sizes(person: Viewer) -> PlayedSizes:
    """Play on to LATE epochs and size the frames after it and after EARLY.

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

    return PlayedSizes(size(EARLY), size(reached), reached)


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


@dataclass(frozen=True)
class Feel:
    """How one way to the screen feels and what it costs."""

    first: float
    opened: list[Opened]
    paced: Paced
    fastest: Fastest

    @property
    def picture(self) -> float:
        return statistics.median(page.picture for page in self.opened)

    @property
    def cold(self) -> float:
        return statistics.median(page.cold for page in self.opened)

    @property
    def click(self) -> float:
        return statistics.median(page.click for page in self.opened)

    @property
    def kilobytes(self) -> float:
        """KB a second, stated at SCREEN frames a second."""
        return self.paced.frame_bytes * SCREEN / 1000


def rows(ours: Feel, plain: Feel) -> Iterator[Row]:
    """The table's rows from both measurements, and from sessions without a browser."""
    say("sessions without a browser")
    frames = frame_sizes(replace(RUN, speed="60"), EARLY, LATE)
    # Records are made once an epoch, so a step an epoch holds as much as twenty-five do.
    session = memory(replace(RUN, batch_size=RUN.samples), END)

    def both(
        name: str,
        unit: str,
        of: Callable[[Feel], float],
        must: float | None = None,
        goal: float | None = None,
        better: Literal["more", "less"] = "less",
    ) -> Row:
        return Row(name, unit, must, goal, of(ours), of(plain), better)

    yield both("frames drawn a second", "", lambda f: f.fastest.frames, 30, 60, "more")
    yield both("the screen's own refreshes then", "", lambda f: f.fastest.screens, better="more")
    yield both("charts rebuilt in 10 s of play", "", lambda f: f.fastest.rebuilt, 0, 0)
    name = "epochs trained a second while drawing"
    yield both(name, "", lambda f: f.fastest.epochs, 250, 500, "more")
    name = "server CPU of a viewer at 25 epochs/s"
    yield both(name, "core", lambda f: f.paced.playing.cpu, 0.10, 0.05)
    yield both("the same, page open and at rest", "core", lambda f: f.paced.idle.cpu)
    yield both(f"data sent, stated at {SCREEN} frames/s", "KB/s", lambda f: f.kilobytes, 200, 80)
    yield both("frames drawn a second then", "", lambda f: f.paced.playing.frames, better="more")
    yield both("epochs a second then, of 25", "", lambda f: f.paced.playing.epochs, better="more")
    if sizes := ours.fastest.sizes:
        name = f"a frame's bytes, {sizes.reached:,.0f} epochs / {EARLY}, browser"
        yield Row(name, "", 1.1, 1, sizes.late / sizes.early)
        yield Row(f"a frame in the browser after {EARLY} epochs", "B", None, None, sizes.early)
    name = f"a frame's bytes, {LATE:,} epochs / {EARLY}, server at 60/s"
    yield Row(name, "", 1.1, 1, frames.late / frames.early)
    yield both("click on Play to the first changed frame", "ms", lambda f: f.click, 400, 200)
    yield both("page opened cold to the first picture", "ms", lambda f: f.picture, 1200, 600)
    yield both("the same, to the chart that answers", "ms", lambda f: f.cold, 2000, 1000)
    yield both("the same, first page after the server's start", "ms", lambda f: f.first)
    yield Row(f"session after {END:,} epochs, tracemalloc", "MB", 5, 2, session.traced / 1e6)
    yield Row("all that the session leads to then", "MB", 5, 2, session.held / 1e6)
    yield Row("the same, at its start", "MB", None, None, session.at_start / 1e6)


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


def side_by_side(browser: Browser, ours: Server, plain: Server) -> tuple[Feel, Feel]:
    """Both ways, step by step in turn, so that a busy hour of the machine meets both."""
    say("first pages")
    firsts = [first_opening(browser, server) for server in (ours, plain)]
    say("pages opened cold")
    pages: tuple[list[Opened], list[Opened]] = ([], [])
    for _ in range(OPENINGS):
        pages[0].append(opening(browser, ours))
        pages[1].append(opening(browser, plain))
    say("at 25 epochs a second")
    calm = [paced(browser, server) for server in (ours, plain)]
    say("as fast as it goes")
    fast = [fastest(browser, plain), fastest(browser, ours, long=True)]
    return (
        Feel(firsts[0], pages[0], calm[0], fast[1]),
        Feel(firsts[1], pages[1], calm[1], fast[0]),
    )


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
        with running_app(folders[0]) as our_server, plain_app(folders[1]) as plain_server:
            ours, plain = side_by_side(browser, our_server, plain_server)
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
