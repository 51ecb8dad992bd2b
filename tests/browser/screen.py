"""A page of the app as a person meets it: what its screen shows, and waiting for that to change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from playwright.sync_api import FloatRect, Locator, Page, ViewportSize, expect

PATIENCE: Final = 60_000  # ms that a condition may take on a busy machine; never waited out in full
LAPTOP: Final[ViewportSize] = {"width": 1280, "height": 800}
DESKTOP: Final[ViewportSize] = {"width": 1440, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
CHARTS: Final = ("boundary", "loss", "gradient")  # the Playground's
_CHARTS: Final = ".nn-plot:not(details:not([open]) *)"  # a chart is built when it is unfolded

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


def box_of(node: Locator) -> FloatRect:
    """Where an element lies, in CSS pixels."""
    box = node.bounding_box()
    assert box is not None
    return box


def enter(field: Locator, text: str) -> None:
    """Type into a field, in place of what is in it."""
    field.fill(text)
    field.press("Enter")


def swipe_up(page: Page, x: float, y: float, way: float) -> None:
    """Draw a finger up from a place by so many pixels."""
    session = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        *(("touchMove", [{"x": x, "y": y - way * i / 14}]) for i in range(1, 15)),
        ("touchEnd", []),
    ):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def page_link(page: Page, name: str) -> Locator:
    """The link of another page: in the row, or on a phone in the menu, which is opened for it."""
    row, size = page.locator(".st-key-page-links"), page.viewport_size
    link = row.get_by_role("link", name=name, exact=True)
    if size and size["width"] <= 760 and not link.is_visible():
        row.get_by_role("button", name=re.compile("^Pages: ")).click()
    return link


@dataclass(frozen=True)
class Screen:
    """One open page of the app with a view on it."""

    page: Page
    path: ClassVar[str] = "/learning_rate"
    root: ClassVar[str] = '[data-testid=live][aria-label="The moving picture"]'

    # ---- opening --------------------------------------------------------------------------

    def open(self, query: str | Mapping[str, str] = "", panels: tuple[str, ...] = ()) -> None:
        """Open the page with this query; wait until these panels and a first frame are drawn."""
        text = query if isinstance(query, str) else urlencode(query)
        self.page.goto(f"{self.path}?{text}" if text else self.path)
        self.wait_drawn(panels)

    def wait_drawn(self, panels: tuple[str, ...] = ()) -> None:
        """Until these panels are there, a first frame is drawn, and each chart is built."""
        self.wait("Number(live?.dataset.frames) >= 1")
        for name in panels:
            expect(self.panel(name)).to_be_visible()
        self.wait(
            "[...live.querySelectorAll(given[0])].every((n) => n.dataset.builds === '1')", _CHARTS
        )

    # ---- what it shows --------------------------------------------------------------------

    @property
    def live(self) -> Locator:
        """The view's root."""
        return self.page.locator(self.root)

    @property
    def frames(self) -> int:
        """How many frames have been drawn."""
        return int(self.live.get_attribute("data-frames") or -1)

    @property
    def step(self) -> int:
        """The step of the frame on show."""
        return int(self.live.get_attribute("data-step") or -1)

    @property
    def words(self) -> Locator:
        """The line under the bar: what the page says about what is shown."""
        return self.live.locator(".nn-words")

    def panel(self, name: str) -> Locator:
        return self.live.locator(f"[data-panel={name}]")

    def chart(self, name: str) -> Locator:
        return self.live.locator(f"[data-chart={name}] .nn-plot")

    def read(self, name: str) -> Locator:
        """One of the bar's numbers."""
        return self.live.locator(f"[data-read={name}]")

    def reads(self) -> list[str]:
        """All the bar's numbers."""
        return self.live.locator(".nn-readouts dd").all_inner_texts()

    @property
    def rate(self) -> Locator:
        """The field of the learning rate in the bar."""
        return self.live.get_by_role("textbox", name="Learning rate")

    def button(self, name: str) -> Locator:
        """A button of the bar, or an offer under it, whose accessible name begins with `name`."""
        own = self.live.locator(".nn-bar, .nn-line")  # the charts have small buttons of their own
        return own.get_by_role("button", name=re.compile(f"^{name}"))

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

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        wider: int = self.page.evaluate(
            """Math.max(
              document.documentElement.scrollWidth,
              document.querySelector("[data-testid=stMain]").scrollWidth,
            ) - window.innerWidth"""
        )
        return wider

    def assert_stacked(self, panels: tuple[str, ...]) -> None:
        """On a phone: the panels lie one below the other, as wide as the screen, and no wider."""
        assert self.overflow() <= 0
        width = self.page.evaluate("innerWidth")
        boxes = [box_of(self.panel(name)) for name in panels]
        for name, box in zip(panels, boxes, strict=True):
            assert box["x"] >= 0, name
            assert 0.8 * width < box["width"] <= width - box["x"], name
        tops = [box["y"] for box in boxes]
        assert tops == sorted(set(tops))

    def colour(self, part: Locator | str, style: str) -> tuple[float, ...]:
        """Red, green and blue of an element's style, each 0 to 255."""
        node = self.page.locator(part).first if isinstance(part, str) else part
        read = "(node, style) => getComputedStyle(node)[style]"
        # None: it was drawn anew in between.
        text = next(filter(None, (node.evaluate(read, style) for _ in range(100))))
        scale = 255 if text.startswith("color(") else 1
        return tuple(scale * float(value) for value in re.findall(r"[\d.]+", text)[:3])

    def painted(self, name: str) -> tuple[int, int]:
        """Of a panel's canvas the painted pixels, and how many different colours they have."""
        ink, colours = self.panel(name).evaluate(
            """(panel) => {
              const canvas = panel.querySelector("canvas");
              const { data } = canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height);
              const found = new Uint32Array(data.buffer).filter((v) => v !== 0);
              return [found.length, new Set(found).size];
            }"""
        )
        return ink, colours

    # ---- the table of verdicts and the small boundaries -----------------------------------

    @property
    def rows(self) -> Locator:
        """The rows of the table of verdicts."""
        return self.panel("table").locator("tbody tr")

    def verdicts(self) -> list[str]:
        return self.rows.locator(".nn-badge").all_inner_texts()

    def cells(self) -> list[list[str]]:
        """The table's texts, row by row."""
        return [row.locator("th, td").all_inner_texts() for row in self.rows.all()]

    # ---- charts ---------------------------------------------------------------------------

    def lines(self, name: str) -> list[list[float | None]]:
        """The values of a chart's lines at rest, once all of them are Plotly's."""
        self.wait_chart(
            name, "!node.closest('.nn-moving') && node.data.every((t) => t.x.length > 0)"
        )
        found: list[list[float | None]] = self.chart(name).evaluate(
            "(node) => node.data.map((trace) => Array.from(trace.y))"
        )
        return found

    def mark(self) -> None:
        """Mark each chart and the drawing in it, so that a rebuilt one can be told."""
        count: int = self.live.evaluate(
            """(live) => {
              const parts = live.querySelectorAll(".nn-plot, .nn-plot .main-svg, .nn-panel");
              for (const part of parts) part.dataset.marked = "yes";
              return parts.length;
            }"""
        )
        assert count > 0

    def assert_kept(self) -> None:
        """Every chart is the one that was marked, and was built once."""
        unmarked, builds = self.live.evaluate(
            """(live, charts) => [
              [...live.querySelectorAll(".nn-plot, .nn-plot .main-svg, .nn-panel")]
                .filter((n) => n.dataset.marked !== "yes")
                .map((n) => `${n.closest(".nn-panel").dataset.panel}: ${n.getAttribute("class")}`),
              [...live.querySelectorAll(charts)].map((n) => n.dataset.builds),
            ]""",
            _CHARTS,
        )
        assert unmarked == []
        assert set(builds) == {"1"}

    # ---- driving it -----------------------------------------------------------------------

    def unfocus(self) -> None:
        """Take the focus from whatever has it, so that keys drive the view."""
        self.page.evaluate("document.activeElement.blur()")

    def choose(self, setting: str, option: str) -> None:
        """Pick an option in the list of a setting."""
        box = self.page.get_by_role("combobox", name=setting)
        # A list closes when what holds it scrolls: scroll first, and let the event pass.
        box.scroll_into_view_if_needed()
        self.page.evaluate(
            "new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))"
        )
        box.click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def unfold(self, title: str) -> None:
        """Open a folded part of the page; what is in it stands still when this returns."""
        self.page.get_by_test_id("stExpander").get_by_text(title, exact=True).click()
        self.page.wait_for_function(
            """() => !document.getAnimations().some(({ playState, effect }) =>
              playState === "running" && effect.target?.closest("[data-testid=stExpander]"))"""
        )

    def visit_guide(self, back: str) -> None:
        """Go to the Guide, where no view is, and from there to the page called `back`."""
        self.page.get_by_role("link", name="Guide").click()
        expect(self.page.get_by_role("heading", name="Guide", exact=True)).to_be_visible()
        expect(self.live).to_have_count(0)
        self.page.get_by_role("link", name=back).click()

    def play(self) -> None:
        """Press Play and wait until the picture moves."""
        before = self.frames
        self.button("Play").click()
        self.wait_frames(before + 2)

    def pause(self) -> None:
        """Press Pause and wait until the server has said where the run stands."""
        self.button("Pause").click()
        self.wait_rest()

    def wait(self, expression: str, *arguments: Any) -> None:
        """Until a JavaScript expression is true: of `live`, the view's root, and `given`."""
        self.page.wait_for_function(
            f"([root, ...given]) => {{ const live = document.querySelector(root);"
            f" return {expression}; }}",
            arg=[self.root, *arguments],
        )

    def wait_chart(self, name: str, expression: str) -> None:
        """Until a JavaScript expression of a chart's `node` is true."""
        self.wait(
            f"((node) => Boolean(node?.data && ({expression})))"
            "(live.querySelector(`[data-chart=${given[0]}] .nn-plot`))",
            name,
        )

    def wait_frames(self, count: int) -> None:
        """Until at least `count` frames have been drawn."""
        self.wait(f"Number(live.dataset.frames) >= {count}")

    def wait_step(self, step: int) -> None:
        """Until a frame at or after `step` is shown."""
        self.wait(f"Number(live.dataset.step) >= {step}")

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

    def wait_page(self) -> None:
        """Until the page has been drawn to its end."""
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-script-state", "notRunning")

    def wait_rest(self) -> None:
        """Until it stands still by the server's word, and lines are Plotly's."""
        expect(self.button("Play")).to_be_visible()
        self.wait_status("ready", "paused", "finished", "diverged")
        self.wait("!live.querySelector('.nn-lines.nn-moving')")


@dataclass(frozen=True)
class Playground(Screen):
    """The Playground, with what only it has."""

    path: ClassVar[str] = "/"
    root: ClassVar[str] = '[data-testid=live][aria-label="The network learning"]'

    def wait_drawn(self, panels: tuple[str, ...] = ()) -> None:
        super().wait_drawn(panels or CHARTS)

    @property
    def epoch(self) -> float:
        """The epoch of the frame on show, with its part of an epoch."""
        return float(self.live.get_attribute("data-epoch") or "nan")

    @property
    def gauge(self) -> Locator:
        """The learning rate against the critical one, at the end of that line."""
        return self.live.get_by_test_id("gauge")

    @property
    def losses(self) -> tuple[str, str]:
        """Training and test loss as the bar shows them."""
        return self.read("train").inner_text(), self.read("test").inner_text()

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
              const facts = [...live.querySelectorAll(".nn-facts > div")];
              const row = facts.find((r) => r.querySelector("dt").textContent === "Steps");
              const [steps, each] = row.querySelector("dd").textContent.replaceAll(",", "")
                .match(/\\d+/g).map(Number);
              return Math.abs(steps / each - Number(live.dataset.epoch)) < 1e-3;
            })()"""
        )
        return int(self.fact("Steps").inner_text().split()[0].replace(",", ""))

    def wait_fine(self) -> None:
        """Until the map of the boundary is shown, and finer: in motion it is hidden."""
        self.wait_chart("boundary", "node.data[0].visible === true && !node.closest('.nn-moving')")

    def boundary(self) -> Any:
        """The codes of the fine boundary that the chart holds, once it stands still."""
        self.wait_fine()
        return self.chart("boundary").evaluate("(node) => node.data[0].z")

    def wait_rest(self) -> None:
        """Until the run stands still by the server's word: only then it sends the fine boundary."""
        super().wait_rest()
        self.wait_fine()

    def wait_epoch(self, epoch: float) -> None:
        """Until a frame at or after `epoch` is shown."""
        self.wait(f"Number(live.dataset.epoch) >= {epoch}")
