"""A divergence has room on the epoch axes: the last steps can be told apart, and it is said so."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from playground.live.playable import LAST_STEPS
from tests.browser.screen import Screen

LATE = "dataset=plane&activation=identity&learning_rate=0.7&warmup=50&epochs=1000"  # epoch 30
WIDER = f"epoch, the last {LAST_STEPS} steps drawn wider"


def axis_of(screen: Screen, chart: str) -> dict[str, Any]:
    # At rest, when what was a canvas in motion is Plotly's.
    screen.wait(f"document.querySelector('[data-chart={chart}] .nn-plot').data[0].x?.length > 0")
    found: dict[str, Any] = screen.page.evaluate(
        """(chart) => {
          const node = document.querySelector(`[data-chart=${chart}] .nn-plot`);
          const { range, title, ticktext, tickvals } = node._fullLayout.xaxis;
          const [first] = node.data;
          return { range, title: title.text, ticktext, tickvals, x: Array.from(first.x),
                   epochs: Array.from(chart === "loss" ? first.customdata : first.customdata[0]) };
        }""",
        chart,
    )
    return found


def wait_titles(screen: Screen, title: str) -> None:
    for chart in ("loss", "gradient"):
        layout = f"document.querySelector('[data-chart={chart}] .nn-plot')._fullLayout"
        screen.wait(f"{layout}.xaxis.title.text === '{title}'")


@pytest.mark.parametrize("speed", ["25", "max"])
def test_the_last_steps_of_a_divergence_have_room(page: Page, screen: Screen, speed: str) -> None:
    page.add_init_script(
        """window.moving = [];
        new MutationObserver(([{ target }]) => {
          const node = target.querySelector("[data-chart=gradient] .nn-plot");
          if (target.dataset.status !== "running" || !node?._fullLayout) return;
          moving.push([Number(target.dataset.epoch), node._fullLayout.xaxis.title.text]);
        }).observe(document, { subtree: true, attributeFilter: ["data-frames"] });"""
    )
    screen.open(f"{LATE}&speed={speed}&play=1")
    screen.wait_status("diverged")
    screen.wait_rest()
    wait_titles(screen, WIDER)
    screen.wait("document.querySelector('[data-chart=gradient] .nn-plot').data[0].visible === true")
    for chart in ("loss", "gradient"):
        axis = axis_of(screen, chart)
        (start, end), places = axis["range"], axis["x"]
        assert start == 0
        last = [b - a for a, b in zip(places[-LAST_STEPS:], places[1 - LAST_STEPS :], strict=False)]
        assert len(last) == LAST_STEPS - 1
        assert min(last) > 0.017 * end  # at 1280 pixels five or more for each
        assert places == sorted(places)
        # What is said of a place is its epoch.
        assert axis["epochs"] == sorted(axis["epochs"])
        assert axis["epochs"][-1] == pytest.approx(screen.epoch, abs=1e-3)
        labels = dict(zip(axis["tickvals"], axis["ticktext"], strict=True))
        assert float(labels[max(labels)]) == pytest.approx(screen.epoch, abs=0.01)
    # While they were played they had it too.
    first = axis["epochs"][-LAST_STEPS]
    titles = [title for epoch, title in page.evaluate("moving") if epoch > first]
    assert titles  # a slow screen skips frames
    assert set(titles) == {WIDER}

    # Back before the divergence, all epochs are alike again.
    screen.button("Rewind").click()
    screen.wait_status("paused", "ready")
    wait_titles(screen, "epoch")
    assert axis_of(screen, "loss")["range"][1] >= screen.epoch


def test_who_comes_back_to_a_divergence_finds_it_as_it_was(page: Page, screen: Screen) -> None:
    screen.open(f"{LATE}&speed=max&play=1")
    screen.wait_status("diverged")
    wait_titles(screen, WIDER)
    before = axis_of(screen, "loss")
    page.get_by_role("link", name="Guide").click()
    page.get_by_role("heading", name="Guide", exact=True).wait_for()
    page.get_by_role("link", name="Playground").click()
    screen.wait_drawn()
    wait_titles(screen, WIDER)
    after = axis_of(screen, "loss")
    assert after["range"] == before["range"]
    assert after["x"][-LAST_STEPS:] == before["x"][-LAST_STEPS:]
