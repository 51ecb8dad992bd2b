"""A learning rate that is too high: the page says what happened, and offers a way on."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from playground.runs.experiment import Experiment
from playground.settings.config import Config
from tests.browser.screen import Screen, figure

BLOW_UP = "dataset=plane&learning_rate=1000"


def assert_healthy(screen: Screen) -> None:
    """Finite numbers, a drawn boundary, and no word that a person should not have to read."""
    for text in screen.losses:
        assert float(text) >= 0, text
    assert len(screen.boundary()) >= 100
    assert screen.seen("bad") == []


def test_a_regression_diverges_and_each_offer_leads_on(screen: Screen) -> None:
    screen.open(f"{BLOW_UP}&play=1")
    screen.wait_status("diverged")
    expect(screen.words).to_contain_text("Diverged at epoch")
    expect(screen.words).to_be_in_viewport(ratio=1)
    expect(screen.read("status")).to_have_text("Diverged")
    expect(screen.live.locator("[data-chart=loss] .nn-plot")).to_have_attribute("data-builds", "1")
    loss = screen.live.locator("[data-chart=loss] .nn-plot")
    chart = "document.querySelector('[data-chart=loss] .nn-plot')"
    screen.wait(f"{chart}._fullLayout.yaxis.type === 'log' && {chart}.data[0].y.length > 0")
    climb: list[float] = loss.evaluate("(node) => Array.from(node.data[0].y)")
    assert climb[-1] > 10 * climb[0]
    for offer in ("What happened", "Rewind", "Halve", "Start again"):
        expect(screen.button(offer)).to_be_in_viewport(ratio=1)
    assert_healthy(screen)  # the last finite picture

    screen.button("Rewind").click()
    screen.wait_status("ready", "paused")
    screen.wait_rest()
    expect(screen.words).not_to_contain_text("Diverged")
    assert_healthy(screen)
    experiment = Experiment(Config.from_query({"dataset": "plane"})[0])
    if screen.server_steps() == 0:
        assert screen.losses[0] == figure(experiment.trainer.train_loss)

    # Nothing is different, so it happens again.
    screen.button("Play").click()
    screen.wait_status("diverged")
    screen.button("Halve").click()
    screen.wait_query(learning_rate="500")
    screen.wait_status("ready", "paused")
    expect(screen.read("rate")).to_have_text("500")
    expect(screen.page.get_by_role("spinbutton", name="Learning rate")).to_have_value("500")
    assert_healthy(screen)

    screen.button("Play").click()
    screen.wait_status("diverged")
    screen.button("Start again").click()
    screen.wait_status("ready")
    screen.wait_rest()
    assert screen.epoch == 0
    assert screen.losses[0] == figure(experiment.trainer.train_loss)
    assert screen.query()["learning_rate"] == "500"
    assert_healthy(screen)


def test_what_happened_opens_a_table_and_the_run_stays_as_it_is(screen: Screen) -> None:
    screen.open(f"{BLOW_UP}&play=1")
    screen.wait_status("diverged")
    epoch, losses, words = screen.epoch, screen.losses, screen.words.inner_text()
    query, boundary = screen.query(), screen.boundary()
    dialog = screen.page.get_by_role("dialog", name="What happened?")
    ask = screen.button("What happened")

    ask.click()
    expect(dialog).to_be_visible()
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
        screen.page.keyboard.press(key)
    expect(dialog).to_be_visible()
    screen.page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()

    ask.click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).not_to_be_visible()
    expect(screen.live).to_have_attribute("data-status", "diverged")
    assert (screen.epoch, screen.losses, screen.words.inner_text()) == (epoch, losses, words)
    assert (screen.query(), screen.boundary()) == (query, boundary)
    assert_healthy(screen)
    screen.button("Rewind").click()
    screen.wait_status("ready", "paused")


@pytest.mark.parametrize("viewport", [{"width": 390, "height": 844}])
def test_on_a_phone_the_table_fits_the_screen(screen: Screen) -> None:
    screen.open(f"{BLOW_UP}&play=1")
    screen.wait_status("diverged")
    screen.button("What happened").click()
    dialog = screen.page.get_by_role("dialog", name="What happened?")
    expect(dialog).to_be_visible()
    box = dialog.bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
    expect(dialog.get_by_role("button", name="Close")).to_be_in_viewport(ratio=1)


FINITE = {"step": 7, "epoch": 0, "loss": 2.0}
SIZES = {"weights": [1, 2], "activations": [3, 4], "gradients": [5, 6]}


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        # An activation overflowed: the loss and the gradients were never computed.
        (
            {"loss": None, "activations": [9, None], "gradients": [None, None]},
            {"Batch loss": "–", "activations": ["9", "not finite"], "gradients": ["–", "–"]},
        ),
        (
            {"loss": None, "activations": [None, None], "gradients": [None, None]},
            {"Batch loss": "–", "activations": ["not finite", "–"], "gradients": ["–", "–"]},
        ),
        (
            {"loss": None, "activations": [9, 9], "gradients": [None, None]},
            {"Batch loss": "not finite", "activations": ["9", "9"], "gradients": ["–", "–"]},
        ),
        # Gradients come from the last layer back.
        (
            {"loss": 8, "activations": [9, 9], "gradients": [None, None]},
            {"Batch loss": "8", "activations": ["9", "9"], "gradients": ["–", "not finite"]},
        ),
    ],
)
@pytest.mark.parametrize("rows", [[], [FINITE | SIZES]])
def test_the_fatal_column_tells_what_was_not_finite_from_what_was_not_reached(
    page: Page, failed: dict[str, Any], expected: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    page.goto("/_stcore/health")
    data = {
        "sentence": "It broke.",
        "culprit": None,
        "layers": ["layer 1", "output"],
        "rows": rows,
        "failed": FINITE | SIZES | {"step": 8} | failed,
    }
    page.evaluate(
        """async (data) => {
          const { showReport } = await import("/app/static/live/divergence_report.js");
          showReport(document.body, data);
        }""",
        data,
    )
    table = page.get_by_role("dialog", name="What happened?").get_by_role("table")
    last: list[str] = table.locator("tr > :last-child").all_inner_texts()
    assert last[:2] == ["8 · fatal", expected["Batch loss"]]
    assert last[3:5] == ["1", "2"]
    assert last[6:8] == expected["activations"]
    assert last[9:] == expected["gradients"]
    expect(table.locator(".nn-broken")).to_have_count(1)
    expect(table.locator(".nn-broken")).to_have_text("not finite")
    expect(table.locator("tr").first.locator("th")).to_have_count(2 + len(rows))


def test_a_classification_that_blows_up_and_stays_finite_goes_on(screen: Screen) -> None:
    screen.open("learning_rate=10&epochs=100000&speed=max&play=1")
    expect(screen.read("status")).to_have_text("Diverging")
    expect(screen.words).to_contain_text("Diverging")
    expect(screen.live).to_have_attribute("data-status", "running")
    epoch = screen.epoch
    screen.wait_epoch(epoch + 20)
    screen.wait_frames(screen.frames + 10)
    expect(screen.live).to_have_attribute("data-status", "running")
    screen.pause()
    assert_healthy(screen)
