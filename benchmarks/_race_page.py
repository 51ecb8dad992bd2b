"""Watches a race play in a real headless Chromium, on the page that its users see."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from benchmarks._neighbours import Busy, busy
from benchmarks.live import cpu_seconds
from playground.learning_rate.settings import RateSettings
from playground.settings.config import Config
from tests.browser.chromium import LAUNCH_ARGS, find_chromium
from tests.browser.server import running_app

CALM: Final = 2.0  # seconds of play before the first window
WINDOW: Final = 8.0  # seconds
LEAST, MOST = 3, 12  # windows: more than the least only while none of them was calm
QUIET: Final = 0.15  # of a core that other processes may take in a calm one

_VERDICTS: Final = '[data-testid="live"] [data-panel="table"]'

# Counts inside the page. A picture is counted when, at a refresh of the screen, the view shows
# another one than before: two that were drawn between two refreshes count once.
_PROBE: Final = """
(() => {
  const probe = { shown: 0, screens: 0, bytes: 0, longest: 0 };
  window.__race = probe;
  const live = () => document.querySelector('[data-testid="live"]');
  const charts = () => [...document.querySelectorAll('[data-testid="live"] [data-builds]')];
  const sum = (found) => found.reduce((total, chart) => total + Number(chart.dataset.builds), 0);

  let last = null;
  let since = 0;
  const refresh = (now) => {
    requestAnimationFrame(refresh);
    probe.screens += 1;
    const frames = live()?.dataset.frames;
    if (frames === undefined || frames === last) return;
    last = frames;
    probe.shown += 1;
    probe.longest = Math.max(probe.longest, now - since);
    since = now;
  };
  requestAnimationFrame(refresh);

  /** From now on `rebuilt` counts the charts that were drawn anew or thrown away. */
  probe.mark = () => {
    const marked = charts();
    const before = sum(marked);
    probe.rebuilt = () => sum(charts()) - before + marked.filter((c) => !c.isConnected).length;
    return marked.length;
  };
  probe.epoch = () => Number(live().dataset.step);
  probe.status = () => live().dataset.status;
  /** The longest wait for another picture since it was last asked, ms. */
  probe.takeLongest = () => {
    const found = probe.longest;
    probe.longest = 0;
    return found;
  };

  const size = (data) => (typeof data === "string" ? data.length : data.byteLength ?? data.size);
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => { probe.bytes += size(data); });
    }
  };
})();
"""


@dataclass(frozen=True)
class RacePlayed:
    """What a person saw of a race and what it cost, each a second.

    Of several windows this is the one in which other processes took least: on an idle machine they
    are alike, and on a shared one the choice does not look at the figures.

    `screens` are the screen's own refreshes, `epochs` those of the whole race as it was shown.
    Processor seconds a second: `server`, `browser` (this process is part of it) and `others`, all
    that is not ours: it says how much of the machine the race did not have. `longest` is the
    longest wait for another picture, in seconds. `rebuilt` counts the charts drawn anew, over all
    `windows`.
    """

    frames: float
    screens: float
    epochs: float
    bytes: float
    server: float
    browser: float
    others: float
    longest: float
    rebuilt: int
    diverged: int  # runs, at the end
    windows: int
    charts: int  # of Plotly, on the page


@dataclass(frozen=True)
class _Sample:
    """Counts since the page was opened, at one moment, and the longest wait before; in seconds."""

    time: float
    longest: float
    epoch: float
    shown: int
    screens: int
    bytes: int
    server: float
    busy: Busy


def _ask(page: Page, expression: str) -> Any:
    """The value of an expression over `p`, the probe."""
    return page.evaluate(f"(() => {{ const p = window.__race; return {expression}; }})()")


def _sample(page: Page, pid: int) -> _Sample:
    counts = "performance.now() / 1000, p.epoch(), p.shown, p.screens, p.bytes"
    longest, seconds, epoch, shown, screens, received = _ask(
        page, f"[p.takeLongest() / 1000, {counts}]"
    )
    return _Sample(seconds, longest, epoch, shown, screens, received, cpu_seconds(pid), busy())


@contextmanager
def _opened(config: Config, settings: RateSettings) -> Iterator[tuple[Page, int]]:
    """A page that shows the race, not yet played, and the server's process."""
    query = urlencode({**config.to_query(), **settings.to_query()})
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        running_app(Path(folder)) as server,
    ):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=LAUNCH_ARGS)
        try:
            context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
            context.add_init_script(script=_PROBE)
            page = context.new_page()
            page.goto(f"{server.url}/learning_rate?{query}", wait_until="commit")
            # The tiles are painted and the chart of losses stands.
            page.wait_for_selector('[data-testid="live"] [data-builds="1"]', timeout=60_000)
            yield page, server.pid
        finally:
            browser.close()


def race_played(config: Config, settings: RateSettings) -> RacePlayed:
    """Open the race, play it, and watch it for a while.

    Raises:
        RuntimeError: The race does not play to the end of the watch.
    """
    with _opened(config, settings) as (page, pid):
        time.sleep(CALM)
        charts = _ask(page, "p.mark()")
        page.click('[data-testid="live"] [data-cmd="toggle"]')
        time.sleep(CALM)
        samples = [_sample(page, pid)]
        windows: list[RacePlayed] = []
        while len(windows) < LEAST or (
            len(windows) < MOST and min(window.others for window in windows) > QUIET
        ):
            time.sleep(WINDOW)
            samples.append(_sample(page, pid))
            windows.append(_between(samples[-2], samples[-1], charts))
        rebuilt = _ask(page, "p.rebuilt()")
        diverged = page.locator(_VERDICTS).get_by_text("diverged", exact=True).count()
        if (status := _ask(page, "p.status()")) != "running":
            raise RuntimeError(f"the race is {status} after {samples[-1].epoch:,.0f} epochs")
    calmest = min(windows, key=lambda window: window.others)
    return replace(calmest, rebuilt=rebuilt, diverged=diverged, windows=len(windows))


def _between(a: _Sample, b: _Sample, charts: int) -> RacePlayed:
    """What happened in one window, its charts and verdicts not looked at."""

    def rate(of: Callable[[_Sample], float]) -> float:
        return (of(b) - of(a)) / (b.time - a.time)

    return RacePlayed(
        frames=rate(lambda s: s.shown),
        screens=rate(lambda s: s.screens),
        epochs=rate(lambda s: s.epoch),
        bytes=rate(lambda s: s.bytes),
        server=rate(lambda s: s.server),
        browser=rate(lambda s: s.busy.ours - s.server),
        others=rate(lambda s: s.busy.others),
        longest=b.longest,
        rebuilt=0,
        diverged=0,
        windows=1,
        charts=charts,
    )
