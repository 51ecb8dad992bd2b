"""The Playground as a person meets it: what its screen shows, and waiting for that to change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from playwright.sync_api import Locator, Page, Response, expect

PATIENCE: Final = 20_000  # ms that a condition may take on a busy machine; never waited out in full
CHARTS: Final = ("boundary", "loss", "gradient")
_ROOT: Final = '[data-testid=live][aria-label="The network learning"]'
_LIVE: Final = f"document.querySelector('{_ROOT}')"
_CHART: Final = "document.querySelector(`[data-chart=${name}] .nn-plot`)"
# In motion the map of the boundary is hidden behind the class; at rest it is shown, and finer.
_FINE: Final = f"""((name) => {_CHART}?.data?.[0].visible === true
  && !{_CHART}.closest(".nn-moving"))("boundary")"""

# Remembers every frame that was drawn, and every text that no person should have to read.
RECORDER: Final = """
window.seen = {epochs: [], statuses: [], said: [], bad: []};
const code = "script, style"; // is no text for a person
const read = (node) => {
  if (!node.querySelector?.(code)) return node.textContent ?? "";
  const copy = node.cloneNode(true);
  for (const part of copy.querySelectorAll(code)) part.remove();
  return copy.textContent;
};
const strange = /\\b(NaN|Infinity|undefined|null)\\b|∞/;
new MutationObserver((changes) => {
  for (const {type, target, addedNodes, attributeName} of changes) {
    if (attributeName === "data-frames") seen.epochs.push(Number(target.dataset.epoch));
    if (attributeName === "data-status") seen.statuses.push(target.dataset.status);
    const fresh = type === "characterData" ? [target] : type === "childList" ? addedNodes : [];
    for (const node of fresh) {
      const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
      if (!element || element.closest?.("style, script, head")) continue;
      const text = read(node);
      if (strange.test(text)) seen.bad.push(text.slice(0, 200));
      if (element.closest?.("[aria-live]")) seen.said.push(text);
    }
  }
}).observe(document, {
  subtree: true, childList: true, characterData: true, attributes: true,
  attributeFilter: ["data-frames", "data-status"],
});
"""


def figure(value: float) -> str:
    """A number as the page writes it: three significant digits, as JavaScript prints them."""
    size = abs(value)
    if value == 0:
        return "0"
    if size >= 1e5 or size < 1e-3:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa}e{int(exponent):+d}"
    return f"{float(f'{value:.3g}'):g}"


@dataclass(frozen=True)
class ViewScreen:
    """One open page of the app with a view on it: what it shows, and driving it."""

    page: Page
    root: ClassVar[str]  # the view's, as a selector

    @property
    def live(self) -> Locator:
        """The view's root."""
        return self.page.locator(self.root)

    @property
    def frames(self) -> int:
        """How many frames have been drawn."""
        return int(self.live.get_attribute("data-frames") or -1)

    @property
    def words(self) -> Locator:
        """The line under the bar: what the page says about what is shown."""
        return self.live.locator(".nn-words")

    def seen(self, name: str) -> list[Any]:
        """What RECORDER has seen: epochs, statuses, said or bad."""
        seen: list[Any] = self.page.evaluate(f"seen.{name}")
        return seen

    def query(self) -> dict[str, str]:
        """The parameters in the address bar."""
        found: dict[str, str] = self.page.evaluate(
            "Object.fromEntries(new URLSearchParams(location.search))"
        )
        return found

    def button(self, name: str) -> Locator:
        """A button of the bar, or an offer under it, whose accessible name begins with `name`."""
        own = self.live.locator(".nn-bar, .nn-line")  # the charts have small buttons of their own
        return own.get_by_role("button", name=re.compile(f"^{name}"))

    def play(self) -> None:
        """Press Play and wait until the picture moves."""
        before = self.frames
        self.button("Play").click()
        self.wait_frames(before + 2)

    def pause(self) -> None:
        """Press Pause and wait until the server has said where the run stands."""
        self.button("Pause").click()
        self.wait_rest()

    def wait_frames(self, count: int) -> None:
        """Until at least `count` frames have been drawn."""
        self.page.wait_for_function(
            "([root, count]) => Number(document.querySelector(root).dataset.frames) >= count",
            arg=[self.root, count],
        )

    def wait_status(self, *statuses: str) -> None:
        """Until the run is in one of these states."""
        expect(self.live).to_have_attribute("data-status", re.compile(f"^({'|'.join(statuses)})$"))

    def wait_query(self, **parameters: str | None) -> None:
        """Until the address bar holds these parameters; None stands for "not there"."""
        self.page.wait_for_function(
            """(wanted) => {
              const query = new URLSearchParams(location.search);
              return Object.entries(wanted).every(([k, v]) => query.get(k) === v);
            }""",
            arg=parameters,
        )

    def wait(self, expression: str) -> None:
        """Until a JavaScript expression is true."""
        self.page.wait_for_function(expression)

    def wait_rest(self) -> None:
        """Until it stands still by the server's word."""
        expect(self.button("Play")).to_be_visible()
        self.wait_status("ready", "paused", "finished", "diverged")

    def strange(self) -> list[Any]:
        """Texts that no person should have to read, as RECORDER has seen them."""
        return self.seen("bad")


@dataclass(frozen=True)
class Screen(ViewScreen):
    """The Playground."""

    root: ClassVar[str] = _ROOT

    # ---- opening --------------------------------------------------------------------------

    def open(self, query: str = "") -> Response | None:
        """Open the Playground with this query (without the question mark), drawn at rest."""
        response = self.page.goto(f"/?{query}" if query else "/")
        self.wait_drawn()
        return response

    def wait_drawn(self) -> None:
        """Until all three charts are drawn, and the first frame in them."""
        self.wait(f"Number({_LIVE}?.dataset.frames) >= 1")
        for name in CHARTS:
            self.wait(f"((name) => {_CHART}?.dataset.builds === '1')('{name}')")

    # ---- what it shows --------------------------------------------------------------------

    @property
    def epoch(self) -> float:
        """The epoch of the frame on show, with its part of an epoch."""
        return float(self.live.get_attribute("data-epoch") or "nan")

    @property
    def gauge(self) -> Locator:
        """The learning rate against the critical one, at the end of that line."""
        return self.live.get_by_test_id("gauge")

    def critical_times(self) -> float:
        """How many times the critical rate the gauge says the learning rate is."""
        text = self.gauge.inner_text()
        found = re.fullmatch(r"(?:≈ )?([\d.,]+) × critical", text.strip())
        assert found, text
        return float(found[1].replace(",", ""))

    @property
    def losses(self) -> tuple[str, str]:
        """Training and test loss as the bar shows them."""
        train, test = (self.live.locator(f"[data-read={name}]") for name in ("train", "test"))
        return train.inner_text(), test.inner_text()

    def read(self, name: str) -> Locator:
        """One of the bar's numbers: epoch, train, test, rate or status."""
        return self.live.locator(f"[data-read={name}]")

    def fact(self, name: str) -> Locator:
        """A line of the list "The run", which holds what the server knows, brought into sight.

        The server sends it only to those who look.
        """
        self.live.locator(".nn-below").scroll_into_view_if_needed()
        row = self.live.locator(".nn-facts > div").filter(
            has=self.page.get_by_text(name, exact=True)
        )
        return row.locator("dd")

    def server_steps(self) -> int:
        """The steps that the server has taken, by its own account, once that is what is shown."""
        expect(self.fact("Steps")).to_be_visible()
        self.wait(
            """(() => {
              const live = document.querySelector("[data-testid=live]");
              const facts = [...live.querySelectorAll(".nn-facts > div")];
              const row = facts.find((r) => r.querySelector("dt").textContent === "Steps");
              const [steps, each] = row.querySelector("dd").textContent.replaceAll(",", "")
                .match(/\\d+/g).map(Number);
              return Math.abs(steps / each - Number(live.dataset.epoch)) < 1e-3;
            })()"""
        )
        return int(self.fact("Steps").inner_text().split()[0].replace(",", ""))

    def boundary(self) -> Any:
        """The codes of the fine boundary that the chart holds, once it stands still."""
        self.wait(_FINE)
        return self.page.evaluate(f"((name) => {_CHART}.data[0].z)('boundary')")

    def pixels(self, chart: str) -> int:
        """How many different colours the canvas under a chart's marks has."""
        count: int = self.page.evaluate(
            """(name) => {
              const canvas = document.querySelector(`[data-chart=${name}] canvas`);
              const {width, height} = canvas;
              const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
              return new Set(new Uint32Array(data.buffer)).size;
            }""",
            chart,
        )
        return count

    # ---- driving it -----------------------------------------------------------------------

    def wait_rest(self) -> None:
        """Until the run stands still by the server's word: only then it sends the fine boundary."""
        super().wait_rest()
        self.wait(_FINE)

    def wait_epoch(self, epoch: float) -> None:
        """Until a frame at or after `epoch` is shown."""
        self.wait(f"Number({_LIVE}.dataset.epoch) >= {epoch}")

    def mark_charts(self) -> None:
        """Mark each chart and the drawing in it, so that a rebuilt one can be told."""
        count: int = self.page.evaluate(
            """() => {
              const parts = document.querySelectorAll(
                ".nn-plot[data-builds='1'], .nn-plot[data-builds='1'] .main-svg");
              for (const part of parts) part.dataset.marked = "yes";
              return parts.length;
            }"""
        )
        assert count >= 2 * len(CHARTS)

    def assert_charts_kept(self) -> None:
        """The three marked charts are the ones on screen, and none was built twice."""
        for name in CHARTS:
            chart = self.live.locator(f"[data-chart={name}] .nn-plot")
            expect(chart).to_have_count(1)
            expect(chart).to_have_attribute("data-marked", "yes")
            expect(chart).to_have_attribute("data-builds", "1")
            expect(chart.locator(".main-svg")).not_to_have_count(0)
            expect(chart.locator(".main-svg:not([data-marked=yes])")).to_have_count(0)
