"""A learning rate that is too high: the page says what happened, and offers a way on."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from playground.live.playable import LAST_STEPS
from playground.runs.experiment import Experiment
from playground.settings.config import Config
from tests.browser.screen import LAPTOP, PHONE, Playground, box_of, enter, figure

BLOW_UP = "dataset=plane&learning_rate=1000"
LATE = "dataset=plane&activation=identity&learning_rate=0.7&warmup=50&epochs=1000"  # epoch 30
WIDER = f"epoch, the last {LAST_STEPS} steps drawn wider"


def assert_healthy(screen: Playground) -> None:
    """Finite numbers and a drawn boundary."""
    for text in screen.losses:
        assert float(text) >= 0, text
    assert len(screen.boundary()) >= 100


def test_a_regression_diverges_and_each_offer_leads_on(screen: Playground) -> None:
    page = screen.page
    screen.open(BLOW_UP)
    expect(screen.gauge).to_have_attribute("data-zone", "above")
    screen.button("Play").click()
    screen.wait_status("diverged")
    expect(screen.words).to_contain_text("Diverged in epoch 1 (in step 2)")
    expect(screen.words).to_be_in_viewport(ratio=1)
    expect(screen.gauge).not_to_be_visible()  # its room is that of the offers
    expect(screen.read("status")).to_have_text("Diverged")
    for offer in ("What happened", "Rewind to before", "Rewind, with rate", "Start again"):
        expect(screen.button(offer)).to_be_in_viewport(ratio=1)
    screen.wait_chart("loss", "node._fullLayout.yaxis.type === 'log' && node.data[0].y.length > 0")
    expect(screen.panel("loss").get_by_role("checkbox", name="Log axis")).to_be_checked()
    climb = screen.lines("loss")[0]
    assert climb[0] is not None
    assert climb[-1] is not None
    assert climb[-1] > 10 * climb[0]
    assert_healthy(screen)  # the last finite picture

    # What happened opens a table, and the run stays as it is.
    epoch, losses, words = screen.epoch, screen.losses, screen.words.inner_text()
    query, boundary = screen.query(), screen.boundary()
    dialog = page.get_by_role("dialog", name="What happened?")
    screen.button("What happened").click()
    expect(dialog).to_contain_text("In step 2 the loss")
    layers = ["layer 1 · Tanh", "layer 2 · Tanh", "layer 3 · Tanh", "output"]
    for name in layers:  # the sizes of its weights, activations and gradients
        expect(dialog.get_by_role("rowheader", name=name, exact=True)).to_have_count(3)
    heads = dialog.locator("tr").first.locator("th")
    assert heads.last.inner_text().endswith("fatal")
    expect(dialog.locator("td")).to_have_count((heads.count() - 1) * (3 * len(layers) + 1))
    # The keys that drive the run do nothing to it while the dialog is open.
    dialog.locator("td").first.click()  # no control has the focus now
    for key in ("r", "ArrowRight", "ArrowLeft", "Shift+R"):
        page.keyboard.press(key)
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    # It fits a phone's screen, too.
    page.set_viewport_size(PHONE)
    screen.button("What happened").click()
    expect(dialog).to_be_visible()
    box = box_of(dialog)
    assert 0 <= box["x"] <= box["x"] + box["width"] <= PHONE["width"]
    close = dialog.get_by_role("button", name="Close")
    expect(close).to_be_in_viewport(ratio=1)
    close.click()
    expect(dialog).not_to_be_visible()
    page.set_viewport_size(LAPTOP)
    expect(screen.live).to_have_attribute("data-status", "diverged")
    assert (screen.epoch, screen.losses, screen.words.inner_text()) == (epoch, losses, words)
    assert (screen.query(), screen.boundary()) == (query, boundary)

    screen.button("Rewind to before").click()
    screen.wait_status("ready", "paused")
    screen.wait_rest()
    expect(screen.words).not_to_contain_text("Diverged")
    assert_healthy(screen)
    at_start = figure(Experiment(Config.from_query({"dataset": "plane"})[0]).trainer.train_loss)
    if screen.server_steps() == 0:
        assert screen.losses[0] == at_start

    # Nothing is different, so it happens again.
    screen.button("Play").click()
    screen.wait_status("diverged")
    # A rate below the critical one is offered, and the page says why.
    slower = screen.button("Rewind, with rate")
    rate = slower.inner_text().split()[-1]
    slower.click()
    screen.wait_query(learning_rate=rate)
    screen.wait_status("ready", "paused")
    expect(screen.words).to_contain_text(f"so it is {rate} now")
    expect(screen.rate).to_have_value(rate)
    expect(page.get_by_role("spinbutton", name="Learning rate")).to_have_value(rate)
    expect(screen.gauge).to_have_attribute("data-zone", "below")
    assert_healthy(screen)
    enter(screen.rate, "500")
    screen.wait_query(learning_rate="500")
    screen.unfocus()

    screen.button("Play").click()
    screen.wait_status("diverged")
    screen.button("Start again").click()
    screen.wait_status("ready")
    screen.wait_rest()
    expect(screen.gauge).to_be_visible()
    assert screen.epoch == 0
    assert screen.losses[0] == at_start
    assert screen.query()["learning_rate"] == "500"
    assert_healthy(screen)


# ---- its room on the epoch axes


def axis_of(screen: Playground, chart: str) -> dict[str, Any]:
    # At rest, when what was a canvas in motion is Plotly's.
    screen.wait_chart(chart, "node.data[0].x?.length > 0")
    found: dict[str, Any] = screen.chart(chart).evaluate(
        """(node, chart) => {
          const { range, title, ticktext, tickvals } = node._fullLayout.xaxis;
          const [first] = node.data;
          return { range, title: title.text, ticktext, tickvals, x: Array.from(first.x),
                   epochs: Array.from(chart === "loss" ? first.customdata : first.customdata[0]) };
        }""",
        chart,
    )
    return found


def wait_titles(screen: Playground, title: str) -> None:
    for chart in ("loss", "gradient"):
        screen.wait_chart(chart, f"node._fullLayout.xaxis.title.text === '{title}'")


def test_the_last_steps_of_a_divergence_have_room(page: Page, screen: Playground) -> None:
    page.add_init_script(
        """window.moving = [];
        new MutationObserver(([{ target }]) => {
          const node = target.querySelector("[data-chart=gradient] .nn-plot");
          if (target.dataset.status !== "running" || !node?._fullLayout) return;
          moving.push([Number(target.dataset.epoch), node._fullLayout.xaxis.title.text]);
        }).observe(document, { subtree: true, attributeFilter: ["data-frames"] });"""
    )
    screen.open(f"{LATE}&speed=max&play=1")
    screen.wait_status("diverged")
    screen.wait_rest()
    wait_titles(screen, WIDER)
    screen.wait_chart("gradient", "node.data[0].visible === true")
    for chart in ("gradient", "loss"):
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

    # Who comes back to a divergence finds it as it was.
    screen.visit_guide("Playground")
    screen.wait_drawn()
    wait_titles(screen, WIDER)
    after = axis_of(screen, "loss")
    assert after["range"] == axis["range"]
    assert after["x"][-LAST_STEPS:] == axis["x"][-LAST_STEPS:]

    # Back before the divergence, all epochs are alike again.
    screen.button("Rewind to before").click()
    screen.wait_status("paused", "ready")
    wait_titles(screen, "epoch")
    assert axis_of(screen, "loss")["range"][1] >= screen.epoch


# ---- the table


FINITE = {"step": 7, "epoch": 0, "loss": 2.0}
SIZES = {"weights": [1, 2], "activations": [3, 4], "gradients": [5, 6]}
# What was not finite, and what was not reached: the loss, then activations and gradients by layer.
FATAL: tuple[tuple[dict[str, Any], list[str]], ...] = (
    # An activation overflowed: the loss and the gradients were never computed.
    (
        {"loss": None, "activations": [9, None], "gradients": [None, None]},
        ["–", "9", "not finite", "–", "–"],
    ),
    (
        {"loss": None, "activations": [None, None], "gradients": [None, None]},
        ["–", "not finite", "–", "–", "–"],
    ),
    (
        {"loss": None, "activations": [9, 9], "gradients": [None, None]},
        ["not finite", "9", "9", "–", "–"],
    ),
    # Gradients come from the last layer back.
    (
        {"loss": 8, "activations": [9, 9], "gradients": [None, None]},
        ["8", "9", "9", "–", "not finite"],
    ),
)


def test_the_fatal_column_tells_what_was_not_finite_from_what_was_not_reached(
    empty: Page, subtests: pytest.Subtests
) -> None:
    for failed, expected in FATAL:
        for rows in ([], [FINITE | SIZES]):
            data = {
                "sentence": "It broke.",
                "culprit": None,
                "layers": ["layer 1", "output"],
                "rows": rows,
                "failed": FINITE | SIZES | {"step": 8} | failed,
            }
            with subtests.test(failed=failed, rows=len(rows)):
                last, broken, columns = empty.evaluate(
                    """async (data) => {
                      const { showReport } = await import("/app/static/live/divergence_report.js");
                      document.body.replaceChildren();
                      showReport(document.body, data);
                      const rows = [...document.querySelectorAll("[role=dialog] tr, dialog tr")];
                      return [
                        rows.map((row) => row.lastElementChild.innerText),
                        [...document.querySelectorAll(".nn-broken")].map((n) => n.innerText),
                        rows[0].querySelectorAll("th").length,
                      ];
                    }""",
                    data,
                )
                assert last[:2] == ["8 · fatal", expected[0]]
                assert last[3:5] == ["1", "2"]
                assert [*last[6:8], *last[9:]] == expected[1:]
                assert broken == ["not finite"]
                assert columns == 2 + len(rows)
