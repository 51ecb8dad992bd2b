"""A page with a stage on it as a person meets it: what it shows, and waiting for that to change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from playwright.sync_api import Locator, expect

from tests.browser.screen import ViewScreen

_ROOT: Final = '[data-testid=live][aria-label="The moving picture"]'
_STAGE: Final = f"document.querySelector('{_ROOT}')"


@dataclass(frozen=True)
class StageScreen(ViewScreen):
    """The learning rate, at one of its views."""

    root: ClassVar[str] = _ROOT

    # ---- opening --------------------------------------------------------------------------

    def open(self, query: str = "", panels: tuple[str, ...] = ()) -> None:
        """Open the page with this query; wait until these panels and a first frame are drawn."""
        self.page.goto(f"/learning_rate?{query}" if query else "/learning_rate")
        self.wait_drawn(panels)

    def wait_drawn(self, panels: tuple[str, ...] = ()) -> None:
        self.wait(f"Number({_STAGE}?.dataset.frames) >= 1")
        for name in panels:
            expect(self.panel(name)).to_be_visible()
        self.wait(
            f"[...{_STAGE}.querySelectorAll('.nn-plot')].every((n) => n.dataset.builds === '1')"
        )

    # ---- what it shows --------------------------------------------------------------------

    def panel(self, name: str) -> Locator:
        return self.live.locator(f"[data-panel={name}]")

    def chart(self, name: str) -> Locator:
        return self.panel(name).locator(".nn-plot")

    @property
    def step(self) -> int:
        """The step of the frame on show."""
        return int(self.live.get_attribute("data-step") or -1)

    def read(self, name: str) -> str:
        """One of the bar's numbers."""
        return self.live.locator(f"[data-read={name}]").inner_text()

    def reads(self) -> list[str]:
        """All the bar's numbers."""
        return self.live.locator(".nn-readouts dd").all_inner_texts()

    @property
    def rows(self) -> Locator:
        """The rows of the table of verdicts."""
        return self.panel("table").locator("tbody tr")

    def verdicts(self) -> list[str]:
        return self.rows.locator(".nn-badge").all_inner_texts()

    def cells(self) -> list[list[str]]:
        """The table's texts, row by row."""
        return [row.locator("th, td").all_inner_texts() for row in self.rows.all()]

    def lines(self, name: str) -> list[list[float | None]]:
        """The values of a chart's lines at rest, once all of them are Plotly's."""
        self.wait(
            f"(() => {{ const box = {_STAGE}.querySelector('[data-chart={name}]');"
            " return !box.classList.contains('nn-moving') &&"
            " box.querySelector('.nn-plot').data.every((t) => t.x.length > 0); })()"
        )
        found: list[list[float | None]] = self.chart(name).evaluate(
            "(node) => node.data.map((trace) => Array.from(trace.y))"
        )
        return found

    def path(self, name: str) -> list[float]:
        """The horizontal places of the path that a chart shows."""
        found: list[float] = self.chart(name).evaluate(
            "(node) => Array.from(node.data.find((t) => t.meta?.role === 'path').x)"
        )
        return found

    def tile_colours(self) -> list[int]:
        """How many different colours each small boundary has; there is one at least."""
        found: list[int] = self.panel("boundaries").evaluate(
            """(panel) => [...panel.querySelectorAll(".nn-tile canvas")].map((canvas) => {
              const { width, height } = canvas;
              const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
              return new Set(new Uint32Array(data.buffer)).size;
            })"""
        )
        assert found
        return found

    def tile_pictures(self) -> list[str]:
        """Each small boundary as a data URL."""
        found: list[str] = self.panel("boundaries").evaluate(
            """(panel) => [...panel.querySelectorAll(".nn-tile canvas")]
              .map((canvas) => canvas.toDataURL())"""
        )
        return found

    def ink(self, name: str) -> int:
        """How many pixels of the canvas under a chart's marks are painted."""
        count: int = self.panel(name).evaluate(
            """(panel) => {
              const canvas = panel.querySelector("canvas.nn-underlay");
              const { data } = canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height);
              let painted = 0;
              for (let i = 3; i < data.length; i += 4) if (data[i] > 0) painted += 1;
              return painted;
            }"""
        )
        return count

    def builds(self) -> dict[str, str]:
        """How often each chart on show was built."""
        found: dict[str, str] = self.live.evaluate(
            """(stage) => Object.fromEntries([...stage.querySelectorAll(".nn-plot")]
              .map((n) => [n.closest("[data-panel]").dataset.panel, n.dataset.builds]))"""
        )
        return found

    def mark(self) -> None:
        """Mark each chart and the drawing in it, so that a rebuilt one can be told."""
        count: int = self.live.evaluate(
            """(stage) => {
              const parts = stage.querySelectorAll(".nn-plot, .nn-plot .main-svg, .nn-panel");
              for (const part of parts) part.dataset.marked = "yes";
              return parts.length;
            }"""
        )
        assert count > 0

    def assert_kept(self) -> None:
        """Every chart is the one that was marked, and was built once."""
        assert set(self.builds().values()) == {"1"}
        unmarked: int = self.live.evaluate(
            """(stage) => [...stage.querySelectorAll(".nn-plot, .nn-plot .main-svg, .nn-panel")]
              .filter((n) => n.dataset.marked !== "yes").length"""
        )
        assert unmarked == 0

    # ---- driving it -----------------------------------------------------------------------

    def wait_rest(self) -> None:
        """Until it stands still by the server's word, and lines are Plotly's."""
        super().wait_rest()
        self.wait(
            f"[...{_STAGE}.querySelectorAll('.nn-lines')]"
            ".every((n) => !n.classList.contains('nn-moving'))"
        )

    def wait_step(self, step: int) -> None:
        """Until a frame at or after `step` is shown."""
        self.wait(f"Number({_STAGE}.dataset.step) >= {step}")
