"""Watches the gradient-flow and the backprop page at work in a real headless Chromium."""

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
from benchmarks._race_page import CALM, LEAST, MOST, QUIET, WINDOW
from benchmarks.live import cpu_seconds
from playground.backprop.settings import BackpropSettings
from playground.gradient_flow.settings import GradientFlowSettings
from playground.settings.config import Config
from tests.browser.chromium import LAUNCH_ARGS, find_chromium
from tests.browser.server import running_app

SCREEN: Final = {"width": 1440, "height": 900}
WALKS: Final = 5  # from the first step to the last: more than one only while none of them was calm

# Counts inside the page: refreshes of the screen, pictures of the view, bytes received, and when
# what belongs to a step of the walk was last changed and then painted.
_PROBE: Final = """
(() => {
  const probe = { screens: 0, bytes: 0, longest: 0, pressed: null, turn: 0 };
  window.__lesson = probe;
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
    probe.longest = Math.max(probe.longest, now - since);
    since = now;
  };
  requestAnimationFrame(refresh);

  probe.frames = () => Number(live()?.dataset.frames ?? 0);
  probe.step = () => Number(live()?.dataset.step ?? -1);
  probe.status = () => live().dataset.status;
  probe.drawn = () => probe.frames() > 0 && charts().every((c) => c.dataset.builds === "1");
  /** From now on `rebuilt` counts the charts that were drawn anew or thrown away. */
  probe.mark = () => {
    const marked = charts();
    const before = sum(marked);
    probe.rebuilt = () => sum(charts()) - before + marked.filter((c) => !c.isConnected).length;
    return marked.length;
  };
  /** The longest wait for another picture since it was last asked, ms. */
  probe.takeLongest = () => {
    const found = probe.longest;
    probe.longest = 0;
    return found;
  };

  // ---- the walk: a press of Next, the formula's last change, the graph's, and their painting
  const painted = (name) => {
    probe[name] = Infinity;
    const turn = (probe.turn += 1);
    probe[`${name}Turn`] = turn;
    requestAnimationFrame(() => setTimeout(() => {
      if (probe[`${name}Turn`] === turn) probe[name] = performance.now();
    }));
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".nn-steps [data-move='1']")) return;
    Object.assign(probe, { pressed: performance.now(), formula: null, graph: null });
  }, { capture: true });
  new MutationObserver((changes) => {
    if (probe.pressed === null) return;
    for (const { type, target } of changes) {
      const node = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
      if (type === "attributes") {
        if (node.dataset.testid === "live") painted("graph");
      } else if (node?.closest(".st-key-backprop-formula")) painted("formula");
    }
  }).observe(document, {
    subtree: true, childList: true, characterData: true, attributeFilter: ["data-step"],
  });
  /** ms from the press to both on the screen; null while something is still on its way. */
  probe.walked = (quiet) => {
    const latest = Math.max(probe.formula ?? Infinity, probe.graph ?? Infinity);
    return performance.now() - latest > quiet ? latest - probe.pressed : null;
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


def _ask(page: Page, expression: str) -> Any:
    """The value of an expression over `p`, the probe."""
    return page.evaluate(f"(() => {{ const p = window.__lesson; return {expression}; }})()")


def _wait(page: Page, condition: str, limit: float = 60.0) -> Any:
    """The value of an expression over the probe, once it is neither null nor false."""
    end = time.monotonic() + limit
    while (found := _ask(page, condition)) is None or found is False:
        if time.monotonic() > end:
            raise RuntimeError(f"the page does not come to {condition} within {limit:g} s")
        time.sleep(0.02)
    return found


@contextmanager
def _browser() -> Iterator[tuple[Callable[[str], Page], int]]:
    """Opens pages of the app by path and query, and the server's process."""
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        running_app(Path(folder)) as server,
    ):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=LAUNCH_ARGS)

        def opened(place: str) -> Page:
            context = browser.new_context(viewport=SCREEN, locale="en-US")  # type: ignore[arg-type]
            context.add_init_script(script=_PROBE)
            page = context.new_page()
            page.goto(f"{server.url}/{place}", wait_until="commit")
            _wait(page, "p.drawn()")
            time.sleep(CALM)
            return page

        try:
            yield opened, server.pid
        finally:
            browser.close()


# ---- gradient flow ------------------------------------------------------------------------


@dataclass(frozen=True)
class FlowPlayed:
    """What a person saw of the networks and what it cost, each a second.

    Of several windows this is the one in which other processes took least. `screens` are the
    screen's own refreshes. Processor seconds a second: `server`, `browser` (this process is part of
    it) and `others`, all that is not ours. `longest` is the longest wait for another picture, in
    seconds. `rebuilt` counts the charts drawn anew, over all `windows`; `epoch` is the last one.
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
    windows: int
    charts: int
    epoch: int


@dataclass(frozen=True)
class _Sample:
    """Counts since the page was opened, at one moment, and the longest wait before; in seconds."""

    time: float
    longest: float
    epoch: float
    frames: int
    screens: int
    bytes: int
    server: float
    busy: Busy


def _sample(page: Page, pid: int) -> _Sample:
    counts = "performance.now() / 1000, p.step(), p.frames(), p.screens, p.bytes"
    longest, seconds, epoch, frames, screens, received = _ask(
        page, f"[p.takeLongest() / 1000, {counts}]"
    )
    return _Sample(seconds, longest, epoch, frames, screens, received, cpu_seconds(pid), busy())


def flow_played(config: Config, settings: GradientFlowSettings) -> FlowPlayed:
    """Open the networks, play them, and watch them for a while.

    Raises:
        RuntimeError: They do not play to the end of the watch.
    """
    query = urlencode({**config.to_query(), **settings.to_query()})
    with _browser() as (opened, pid):
        page = opened(f"gradient_flow?{query}")
        charts = _ask(page, "p.mark()")
        page.click('[data-testid="live"] [data-cmd="toggle"]')
        time.sleep(CALM)
        samples = [_sample(page, pid)]
        windows: list[FlowPlayed] = []
        while len(windows) < LEAST or (
            len(windows) < MOST and min(window.others for window in windows) > QUIET
        ):
            time.sleep(WINDOW)
            samples.append(_sample(page, pid))
            windows.append(_between(samples[-2], samples[-1], charts))
        rebuilt, status = _ask(page, "[p.rebuilt(), p.status()]")
    if status != "running":
        raise RuntimeError(f"the networks are {status} after {samples[-1].epoch:,.0f} epochs")
    calmest = min(windows, key=lambda window: window.others)
    return replace(calmest, rebuilt=rebuilt, windows=len(windows), epoch=round(samples[-1].epoch))


def _between(a: _Sample, b: _Sample, charts: int) -> FlowPlayed:
    """What happened in one window, its charts not looked at."""

    def rate(of: Callable[[_Sample], float]) -> float:
        return (of(b) - of(a)) / (b.time - a.time)

    return FlowPlayed(
        frames=rate(lambda s: s.frames),
        screens=rate(lambda s: s.screens),
        epochs=rate(lambda s: s.epoch),
        bytes=rate(lambda s: s.bytes),
        server=rate(lambda s: s.server),
        browser=rate(lambda s: s.busy.ours - s.server),
        others=rate(lambda s: s.busy.others),
        longest=b.longest,
        rebuilt=0,
        windows=1,
        charts=charts,
        epoch=round(b.epoch),
    )


# ---- backprop -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Walked:
    """Seconds from a press of Next to the new formula and the new graph on the screen, by step.

    `server` is its processor seconds for a step, and `others` the cores that processes which are
    not ours took meanwhile. Of several walks this is the one in which they took least.
    """

    seconds: tuple[float, ...]
    server: float
    others: float
    walks: int


_SETTLED: Final = 250  # ms without another change, after which a step has been drawn


def walked(settings: BackpropSettings) -> Walked:
    """Press Next from the first step to the last, each when the one before has been drawn."""
    query = urlencode(settings.to_query())
    walks: list[Walked] = []
    with _browser() as (opened, pid):
        while not walks or (len(walks) < WALKS and min(walk.others for walk in walks) > QUIET):
            page = opened(f"backprop?{query}")
            walks.append(_walk(page, pid))
            page.context.close()
    return replace(min(walks, key=lambda walk: walk.others), walks=len(walks))


def _walk(page: Page, pid: int) -> Walked:
    button = page.locator(".nn-steps [data-move='1']")
    seconds: list[float] = []
    before, start, server = busy(), time.monotonic(), cpu_seconds(pid)
    while button.is_enabled():
        button.click()
        seconds.append(_wait(page, f"p.walked({_SETTLED})") / 1000)
        if _ask(page, "p.step()") != len(seconds):
            raise RuntimeError(f"step {_ask(page, 'p.step()')} is shown, not {len(seconds)}")
    took = time.monotonic() - start
    return Walked(
        tuple(seconds),
        (cpu_seconds(pid) - server) / len(seconds),
        (busy().others - before.others) / took,
        walks=1,
    )
