"""Settings changed in the middle of a run: what applies at once, what starts anew, what is kept."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.runs.experiment import Experiment
from playground.settings.config import Config
from tests.browser.screen import Screen, figure
from tests.browser.stage_screen import StageScreen

ENDLESS = "epochs=100000&speed=max"


def choose(screen: Screen, setting: str, option: str) -> None:
    """Pick an option in one of the sidebar's lists."""
    box = screen.page.get_by_role("combobox", name=setting)
    # A list closes when the sidebar scrolls under it: scroll first, and let the event pass.
    box.scroll_into_view_if_needed()
    screen.page.evaluate(
        "new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))"
    )
    box.click()
    screen.page.get_by_role("option", name=option, exact=True).click()


def unfold(screen: Screen, words: str) -> None:
    """Open a part of the sidebar."""
    screen.page.get_by_test_id("stSidebar").get_by_text(words, exact=True).click()


def keeps_going(screen: Screen) -> None:
    """The picture moves on from where it is."""
    screen.wait_frames(screen.frames + 4)


def test_a_slider_dragged_mid_run_rebuilds_nothing_and_stops_nothing(screen: Screen) -> None:
    screen.open(ENDLESS)
    screen.mark_charts()
    screen.play()
    keeps_going(screen)
    statuses = len(screen.seen("statuses"))

    # Each address that is seen, in order: a rate that jumped back and forth would show.
    screen.page.evaluate(
        """() => {
          window.rates = [];
          setInterval(() => {
            const rate = new URLSearchParams(location.search).get("learning_rate");
            if (rate !== window.rates.at(-1)) window.rates.push(rate);
          }, 2);
        }"""
    )
    # The thumb is drawn beside the hidden input that holds its value.
    thumb = screen.page.get_by_role("slider", name="Learning rate").locator("xpath=../..")
    mouse = screen.page.mouse
    for way in (-1, 1, -1):
        box = thumb.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse.move(x, y)
        mouse.down()
        for step in range(1, 6):  # the thumb stays in the hand all the while
            mouse.move(x + way * 10 * step, y)
            keeps_going(screen)
        mouse.up()
        # The bar shows the rate that the run goes by; slider, number and address say the same.
        rate = thumb.locator("input").get_attribute("aria-valuetext") or ""
        screen.wait(f"Number(document.querySelector('[data-read=rate]').textContent) === {rate}")
        expect(screen.page.get_by_role("spinbutton", name="Learning rate")).to_have_value(rate)
        screen.wait_query(learning_rate=None if rate == "0.03" else rate)
        keeps_going(screen)
    assert len(screen.page.evaluate("window.rates")) == 1 + 3
    assert float(rate) < 0.03
    screen.assert_charts_kept()
    epochs = screen.seen("epochs")
    assert epochs == sorted(epochs)  # no reset
    assert set(screen.seen("statuses")[statuses:]) <= {"running"}
    screen.pause()
    screen.assert_charts_kept()


def test_display_switches_touch_the_picture_only(screen: Screen) -> None:
    screen.open("epochs=100000&speed=25")
    loss = screen.live.locator("[data-chart=loss] .nn-plot")
    points = screen.live.locator("[data-chart=boundary] .scatterlayer .point")
    screen.mark_charts()
    screen.play()
    screen.wait_epoch(2)
    at_first = points.count()
    for name, key in (("Log axis", "log_loss"), ("Discretise", "discretize")):
        screen.live.get_by_role("checkbox", name=name).check()
        screen.wait(f"Boolean(new URLSearchParams(location.search).get('{key}'))")
        keeps_going(screen)
    screen.pause()
    # And at rest.
    epoch, losses, steps = screen.epoch, screen.losses, screen.server_steps()
    shades = screen.pixels("boundary")
    screen.live.get_by_role("checkbox", name="Test points").check()
    screen.wait("new URLSearchParams(location.search).has('show_test')")
    assert loss.evaluate("(node) => node._fullLayout.yaxis.type") == "log"
    expect(points).not_to_have_count(at_first)
    assert (screen.epoch, screen.losses, screen.server_steps()) == (epoch, losses, steps)
    assert screen.pixels("boundary") <= shades
    experiment = Experiment(Config())
    experiment.trainer.run_steps(steps)
    assert losses[0] == figure(experiment.trainer.train_loss)
    screen.assert_charts_kept()

    screen.page.reload()
    screen.wait_drawn()
    for name in ("Log axis", "Discretise", "Test points"):
        expect(screen.live.get_by_role("checkbox", name=name)).to_be_checked()
    assert loss.evaluate("(node) => node._fullLayout.yaxis.type") == "log"
    expect(points).not_to_have_count(at_first)


def test_optimizer_and_batch_size_apply_at_once_and_a_data_set_starts_anew(screen: Screen) -> None:
    screen.open(ENDLESS)
    screen.mark_charts()
    screen.play()
    screen.wait_epoch(1)
    choose(screen, "Optimizer", "Adam")
    screen.wait_query(optimizer="adam")
    keeps_going(screen)
    unfold(screen, "More on the training")
    batch: Locator = screen.page.get_by_role("spinbutton", name="Batch size")
    batch.fill("50")
    batch.press("Enter")
    screen.wait_query(batch_size="50")
    # 250 points, 50 at a time: the server has taken it over when an epoch has five steps.
    expect(screen.fact("Steps")).to_contain_text("(5 an epoch)")
    keeps_going(screen)
    expect(screen.live).to_have_attribute("data-status", "running")
    epochs = screen.seen("epochs")
    assert epochs == sorted(epochs)
    assert epochs[-1] > 1

    choose(screen, "Data set", "Circle")
    expect(screen.words).to_contain_text(re.compile("started anew.*data set", re.I))
    screen.wait_status("ready")
    screen.wait_rest()
    assert screen.epoch == 0
    assert screen.query()["dataset"] == "circle"
    assert screen.query()["optimizer"] == "adam"
    expect(screen.button("Play")).to_be_visible()
    experiment = Experiment(Config.from_query({"dataset": "circle"})[0])
    assert screen.losses[0] == figure(experiment.trainer.train_loss)
    screen.assert_charts_kept()


def test_one_more_layer_starts_anew_with_one_more_row(screen: Screen) -> None:
    screen.open("layers=4,4&" + ENDLESS)
    rows = screen.live.locator("[data-chart=gradient] .ytick text")
    expect(rows).to_have_count(3)
    screen.mark_charts()
    screen.play()
    screen.page.get_by_role("button", name="Add layer").click()
    expect(screen.words).to_contain_text(re.compile("started anew.*hidden layers", re.I))
    screen.wait_query(layers="4,4,4")
    expect(rows).to_have_count(4)
    screen.wait_rest()
    assert screen.epoch == 0
    screen.page.get_by_role("button", name="Remove layer 3").click()
    screen.wait_query(layers="4,4")
    expect(rows).to_have_count(3)
    screen.assert_charts_kept()
    screen.play()


@pytest.mark.parametrize("first", ["Remove layer 3", "Play"])
def test_a_change_and_a_request_in_one_turn_are_both_heard(screen: Screen, first: str) -> None:
    """Streamlit sends both as one, for the fragment of the first: the other must not be lost."""
    screen.open("epochs=100000&speed=25")
    # A request that was lost is not sent again: for that the clock would have to go on.
    screen.page.evaluate("() => { performance.now = () => 0; }")
    screen.page.evaluate(
        """(first) => {
          const remove = document.querySelector('[class*="st-key-remove_layer_3"] button');
          const play = document.querySelector("[data-testid=live] [data-cmd=toggle]");
          for (const button of first === "Play" ? [play, remove] : [remove, play]) button.click();
        }""",
        first,
    )
    screen.wait_query(layers="8,8")
    units = screen.page.get_by_role("spinbutton", name=re.compile("^Units in layer"))
    expect(units).to_have_count(2)
    screen.wait_epoch(0.01)


def test_another_view_chosen_in_the_turn_of_a_request_is_shown(page: Page) -> None:
    stage = StageScreen(page)
    stage.open("view=race&samples=40&layers=3")
    page.evaluate(
        """() => {
          document.querySelector("[data-testid=live] [data-cmd=toggle]").click();
          [...document.querySelectorAll("[role=radiogroup][aria-label=View] [role=radio]")]
            .find((radio) => radio.textContent.trim() === "Parabola").click();
        }"""
    )
    expect(stage.panel("parabola")).to_be_visible()
    expect(stage.panel("table")).to_have_count(0)
