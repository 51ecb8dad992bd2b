"""Settings changed in the middle of a run: what applies at once, what starts anew, what is kept."""

import re

import pytest
from playwright.sync_api import expect

from playground.runs.experiment import Experiment
from playground.settings.config import Config
from tests.browser.screen import Playground, Screen, box_of, enter, figure

ENDLESS = "epochs=100000&speed=max"


def keeps_going(screen: Playground) -> None:
    """The picture moves on from where it is."""
    screen.wait_frames(screen.frames + 4)


def assert_no_reset(screen: Playground) -> None:
    """Each frame so far came after the one before it."""
    epochs = screen.seen("epochs")
    assert epochs == sorted(epochs)


def test_what_changes_mid_run_rebuilds_nothing_and_stops_only_what_it_must(
    screen: Playground,
) -> None:
    screen.open(ENDLESS)
    page = screen.page
    screen.mark()
    screen.play()
    keeps_going(screen)
    statuses = len(screen.seen("statuses"))

    # Each address that is seen, in order: a rate that jumped back and forth would show.
    page.evaluate(
        """() => {
          window.rates = [];
          setInterval(() => {
            const rate = new URLSearchParams(location.search).get("learning_rate");
            if (rate !== window.rates.at(-1)) window.rates.push(rate);
          }, 2);
        }"""
    )
    # The thumb is drawn beside the hidden input that holds its value.
    sidebar = page.get_by_test_id("stSidebar")
    thumb = sidebar.get_by_role("slider", name="Learning rate").locator("xpath=../..")
    for way in (-1, 1, -1):
        box = thumb.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(1, 6):  # the thumb stays in the hand all the while
            page.mouse.move(x + way * 10 * step, y)
            keeps_going(screen)
        page.mouse.up()
        # The bar shows the rate that the run goes by; slider, number and address say the same.
        rate = thumb.locator("input").get_attribute("aria-valuetext") or ""
        expect(screen.rate).to_have_value(str(float(rate)))
        expect(page.get_by_role("spinbutton", name="Learning rate")).to_have_value(rate)
        screen.wait_query(learning_rate=None if rate == "0.03" else rate)
        keeps_going(screen)
    assert len(page.evaluate("window.rates")) == 1 + 3
    assert float(rate) < 0.03

    # Optimizer and batch size apply at once, too.
    screen.choose("Optimizer", "Adam")
    screen.wait_query(optimizer="adam")
    screen.unfold("More on the training")
    batch = page.get_by_role("spinbutton", name="Batch size")
    enter(batch, "50")
    screen.wait_query(batch_size="50")
    # 250 points, 50 at a time: the server has taken it over when an epoch has five steps.
    expect(screen.fact("Steps")).to_contain_text("(5 an epoch)")
    keeps_going(screen)
    assert_no_reset(screen)
    assert set(screen.seen("statuses")[statuses:]) <= {"running"}
    screen.assert_kept()

    # Other data and another network start anew, in the same charts.
    screen.page.get_by_role("radio", name="Circle", exact=True).click()
    expect(screen.words).to_contain_text(re.compile("started anew.*data set", re.I))
    screen.wait_status("ready")
    screen.wait_rest()
    assert screen.epoch == 0
    screen.wait_query(dataset="circle", optimizer="adam")
    experiment = Experiment(Config.from_query({"dataset": "circle"})[0])
    assert screen.losses[0] == figure(experiment.trainer.train_loss)
    rows = screen.live.locator("[data-chart=gradient] .ytick text")
    expect(rows).to_have_count(4)
    screen.play()
    page.get_by_role("button", name="Add layer").click()
    expect(screen.words).to_contain_text(re.compile("started anew.*hidden layers", re.I))
    expect(rows).to_have_count(5)
    screen.wait_rest()
    assert screen.epoch == 0
    page.get_by_role("button", name="Remove layer 4").click()
    expect(rows).to_have_count(4)
    screen.assert_kept()
    screen.play()


def test_display_switches_touch_the_picture_only_and_outlast_a_visit(screen: Playground) -> None:
    screen.open("epochs=100000&speed=25")
    page, loss = screen.page, screen.chart("loss")
    points = screen.live.locator("[data-chart=boundary] .scatterlayer .point")
    switches = {"Log axis": "log_loss", "Discretise": "discretize", "Test points": "show_test"}

    def switch(name: str) -> None:
        screen.live.get_by_role("checkbox", name=name).check()
        screen.wait("new URLSearchParams(location.search).has(given[0])", switches[name])

    def assert_switched() -> None:
        for name in switches:
            expect(screen.live.get_by_role("checkbox", name=name)).to_be_checked()
        assert loss.evaluate("(node) => node._fullLayout.yaxis.type") == "log"
        expect(points).not_to_have_count(at_first)

    screen.mark()
    screen.play()
    screen.wait_epoch(2)
    at_first = points.count()
    for name in ("Log axis", "Discretise"):
        switch(name)
        keeps_going(screen)
    assert_no_reset(screen)
    screen.pause()
    # And at rest.
    epoch, losses, steps = screen.epoch, screen.losses, screen.server_steps()
    boundary, shades = screen.boundary(), screen.painted("boundary")[1]
    switch("Test points")
    assert_switched()
    assert (screen.epoch, screen.losses, screen.server_steps()) == (epoch, losses, steps)
    assert screen.painted("boundary")[1] <= shades
    experiment = Experiment(Config())
    experiment.trainer.run_steps(steps)
    assert losses[0] == figure(experiment.trainer.train_loss)
    screen.assert_kept()

    screen.visit_guide("Playground")
    screen.wait_drawn()
    screen.wait_rest()
    expect(screen.live).to_have_attribute("data-status", "paused")
    assert (screen.epoch, screen.losses, screen.boundary()) == (epoch, losses, boundary)
    assert_switched()
    page.reload()
    screen.wait_drawn()
    screen.wait_rest()
    assert (screen.epoch, screen.losses, screen.boundary()) == (epoch, losses, boundary)
    assert_switched()


@pytest.mark.parametrize("first", ["Remove layer 3", "Play"])
def test_a_change_and_a_request_in_one_turn_are_both_heard(screen: Playground, first: str) -> None:
    """Streamlit sends both as one, for the fragment of the first: the other must not be lost."""
    screen.open("epochs=100000&speed=25")
    expect(screen.page.get_by_role("button", name="Remove layer 3")).to_be_attached()
    # A request that was lost is not sent again, as it would be after four seconds.
    screen.page.evaluate(
        """() => {
          const wait = window.setTimeout;
          window.setTimeout = (act, ms, ...more) => (ms === 4000 ? 0 : wait(act, ms, ...more));
        }"""
    )
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


def test_another_view_chosen_in_the_turn_of_a_request_is_shown(view: Screen) -> None:
    view.open("view=race&samples=40&layers=3")
    view.page.evaluate(
        """() => {
          document.querySelector("[data-testid=live] [data-cmd=toggle]").click();
          [...document.querySelectorAll("[role=radiogroup][aria-label=View] [role=radio]")]
            .find((radio) => radio.textContent.trim() === "Parabola").click();
        }"""
    )
    expect(view.panel("parabola")).to_be_visible()
    expect(view.panel("table")).to_have_count(0)


def test_the_rate_in_the_bar_follows_the_hand_and_the_page_follows_when_it_rests(
    screen: Playground,
) -> None:
    screen.open("epochs=100000&speed=60&play=1")
    page = screen.page
    screen.mark()
    keeps_going(screen)
    slider = screen.live.get_by_role("slider", name="Learning rate")
    field = page.get_by_test_id("stSidebar").get_by_role("spinbutton", name="Learning rate")
    box = box_of(slider)
    x, y = box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    shown: set[str] = set()
    for step in range(4):
        page.mouse.move(x + 3 * step, y)
        shown.add(screen.rate.input_value())
        keeps_going(screen)
        # Streamlit may give the view another place, with which a browser forgets the hand.
        screen.live.evaluate(
            "(live) => live.parentElement.parentElement.append(live.parentElement)"
        )
    assert len(shown) == 4  # a rate for each place of the hand
    page.mouse.up()
    rate = screen.rate.input_value()
    screen.wait_query(learning_rate=rate)
    expect(field).to_have_value(rate)
    keeps_going(screen)

    # By keys wherever the focus is, and as a number, with a comma too.
    screen.unfocus()
    page.keyboard.press("-")
    expect(screen.rate).to_have_value(f"{float(rate) * 0.75:.3g}")
    page.keyboard.press("+")
    expect(screen.rate).not_to_have_value(f"{float(rate) * 0.75:.3g}")
    enter(screen.rate, "none")
    expect(screen.rate).to_have_attribute("aria-invalid", "true")
    enter(screen.rate, "0,05")
    expect(screen.rate).to_have_value("0.05")
    screen.wait_query(learning_rate="0.05")
    expect(field).to_have_value("0.05")
    keeps_going(screen)
    assert_no_reset(screen)
    screen.assert_kept()
