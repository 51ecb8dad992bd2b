"""The gauge: the learning rate against the critical one, beside what the page says of the run."""

import re

import pytest
from playwright.sync_api import expect

from playground.runs.experiment import Experiment
from playground.runs.stability import minibatches
from playground.settings.config import Config
from tests.browser.screen import Screen

ENDLESS = "epochs=100000"


def predicted(**query: str) -> float:
    """The same ratio at the start of a run, computed here."""
    experiment = Experiment(Config.from_query(query)[0])
    batches = minibatches(experiment)
    assert batches is not None
    rate = float(experiment.trainer.current_learning_rate)
    return rate / batches.critical_learning_rate(experiment.config.momentum)


def set_rate(screen: Screen, rate: str) -> None:
    field = screen.page.get_by_role("spinbutton", name="Learning rate")
    field.fill(rate)
    field.press("Enter")


def test_it_shows_the_ratio_and_follows_the_rate(screen: Screen) -> None:
    screen.open()
    expect(screen.gauge).to_have_attribute("data-zone", "below")
    expect(screen.gauge).to_be_in_viewport(ratio=1)
    assert screen.critical_times() == pytest.approx(predicted(), abs=0.006)
    assert screen.critical_times() < 1
    meter = screen.live.get_by_role("meter", name=re.compile("^Learning rate"))
    expect(meter).to_have_attribute("aria-valuetext", screen.gauge.inner_text())
    title = screen.gauge.get_attribute("title") or ""
    assert "batches of 10 of the 250 points" in title
    assert "a fifth" in title

    set_rate(screen, "3")
    expect(screen.gauge).to_have_attribute("data-zone", "above")
    assert screen.critical_times() == pytest.approx(predicted(learning_rate="3"), rel=0.05)
    assert screen.critical_times() > 1
    assert screen.epoch == 0
    set_rate(screen, "0.03")
    expect(screen.gauge).to_have_attribute("data-zone", "below")


def test_it_lives_while_the_run_plays_and_moves_nothing(screen: Screen) -> None:
    screen.open(f"{ENDLESS}&speed=max&learning_rate=0.1")
    at_first = screen.gauge.inner_text()
    where = screen.live.locator(".nn-charts").bounding_box()
    line = screen.live.locator(".nn-line").bounding_box()
    screen.play()
    expect(screen.gauge).not_to_have_text(at_first)
    shown = screen.gauge.inner_text()
    screen.wait_frames(screen.frames + 60)
    expect(screen.gauge).not_to_have_text(shown)
    assert screen.live.locator(".nn-charts").bounding_box() == where
    assert screen.live.locator(".nn-line").bounding_box() == line
    assert screen.seen("bad") == []
    screen.pause()
    assert screen.critical_times() > 0


def test_another_optimizer_has_no_critical_rate_and_says_why(screen: Screen) -> None:
    screen.open("optimizer=adam")
    expect(screen.gauge).to_have_attribute("data-zone", "none")
    expect(screen.gauge).to_have_text("no critical rate")
    expect(screen.gauge).to_have_attribute("title", re.compile("Adam divides"))
    expect(screen.live.get_by_role("meter")).to_have_count(0)


def test_momentum_in_mini_batches_counts(screen: Screen) -> None:
    """In full batches this rate would be 0.4 times the critical one."""
    screen.open("dataset=plane&layers=&batch_size=10&momentum=0.9&learning_rate=0.06")
    expect(screen.gauge).to_have_attribute("data-zone", "above")
    expect(screen.gauge).to_have_attribute("title", re.compile("with momentum 0.9"))


def test_with_all_points_in_a_step_it_is_the_sharpness(screen: Screen) -> None:
    screen.open("batch_size=5000")
    expect(screen.gauge).to_have_attribute("title", re.compile("sharpness.*all 250 points"))
    expect(screen.gauge).to_contain_text(re.compile("^0"))


def test_where_a_run_blew_up_flat_ground_is_not_called_safe(screen: Screen) -> None:
    screen.open("learning_rate=30&epochs=33&speed=max")
    expect(screen.gauge).to_have_attribute("data-zone", "above")
    screen.button("Play").click()
    screen.wait_status("finished")
    expect(screen.gauge).to_have_text("no guide here")
    expect(screen.gauge).to_have_attribute("data-zone", "none")
    expect(screen.gauge).to_have_attribute("title", re.compile("climbed above its start"))


def test_a_run_that_diverged_makes_room_for_its_offers(screen: Screen) -> None:
    screen.open("dataset=plane&learning_rate=1000")
    expect(screen.gauge).to_have_attribute("data-zone", "above")
    screen.button("Play").click()
    screen.wait_status("diverged")
    expect(screen.gauge).not_to_be_visible()
    screen.button("Start again").click()
    screen.wait_status("ready")
    expect(screen.gauge).to_be_visible()


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 720}])
def test_on_a_laptop_it_is_one_line_with_the_words(screen: Screen) -> None:
    screen.open()
    line = screen.live.locator(".nn-line").bounding_box()
    gauge, words = screen.gauge.bounding_box(), screen.words.bounding_box()
    assert line is not None
    assert gauge is not None
    assert words is not None
    assert line["height"] < 50
    assert gauge["x"] >= words["x"] + words["width"]
    assert abs(gauge["y"] + gauge["height"] / 2 - words["y"] - words["height"] / 2) < 2


@pytest.mark.parametrize("viewport", [{"width": 390, "height": 844}])
@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_on_a_phone_it_is_whole_and_pause_stays_in_sight(screen: Screen) -> None:
    screen.open(f"{ENDLESS}&learning_rate=0.9")
    expect(screen.gauge).to_have_attribute("data-zone", "near")
    expect(screen.gauge).to_be_in_viewport(ratio=1)
    box = screen.gauge.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 390
    screen.play()
    expect(screen.button("Pause")).to_be_in_viewport(ratio=1)
    screen.live.locator("[data-panel=loss]").evaluate("(part) => part.scrollIntoView()")
    expect(screen.button("Pause")).to_be_in_viewport(ratio=1)
    screen.pause()
