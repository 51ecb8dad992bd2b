"""The gauge: the learning rate against the critical one, beside what the page says of the run."""

import re

import pytest
from playwright.sync_api import expect

from playground.runs.experiment import Experiment
from playground.runs.stability import minibatches
from playground.settings.config import Config
from tests.browser.screen import Playground, box_of, enter


def predicted(**query: str) -> float:
    """The ratio at the start of a run, computed here."""
    experiment = Experiment(Config.from_query(query)[0])
    batches = minibatches(experiment)
    assert batches is not None
    rate = float(experiment.trainer.current_learning_rate)
    return rate / batches.critical_learning_rate(experiment.config.momentum)


def critical_times(screen: Playground) -> float:
    """How many times the critical rate the gauge says the learning rate is."""
    text = screen.gauge.inner_text()
    found = re.fullmatch(r"(?:≈ )?([\d.,]+) × critical", text.strip())
    assert found, text
    return float(found[1].replace(",", ""))


def set_rate(screen: Playground, rate: str) -> None:
    field = screen.page.get_by_role("spinbutton", name="Learning rate")
    enter(field, rate)


def test_it_follows_rate_optimizer_and_run_and_moves_nothing(screen: Playground) -> None:
    # So small that it is measured in play on a slow machine too.
    screen.open("epochs=100000&speed=max&layers=4")
    expect(screen.gauge).to_have_attribute("data-zone", "below")
    assert critical_times(screen) == pytest.approx(predicted(layers="4"), abs=0.006)
    assert critical_times(screen) < 1
    meter = screen.live.get_by_role("meter", name=re.compile("^Learning rate"))
    expect(meter).to_have_attribute("aria-valuetext", screen.gauge.inner_text())
    expect(screen.gauge).to_have_attribute("title", re.compile("batches of 10 of the 250 points"))

    set_rate(screen, "3")
    expect(screen.gauge).to_have_attribute("data-zone", "above")
    assert critical_times(screen) == pytest.approx(
        predicted(layers="4", learning_rate="3"), rel=0.05
    )
    assert critical_times(screen) > 1
    assert screen.epoch == 0

    screen.choose("Optimizer", "Adam")
    expect(screen.gauge).to_have_attribute("data-zone", "none")
    expect(screen.gauge).to_have_text("no critical rate")
    expect(screen.gauge).to_have_attribute("title", re.compile("Adam divides"))
    expect(screen.live.get_by_role("meter")).to_have_count(0)
    screen.choose("Optimizer", "SGD")
    expect(screen.gauge).to_have_attribute("data-zone", "above")
    set_rate(screen, "0.1")
    expect(screen.gauge).to_have_attribute("data-zone", "below")

    at_first = screen.gauge.inner_text()
    places = [screen.live.locator(part) for part in (".nn-charts", ".nn-line")]
    before = [box_of(place) for place in places]
    screen.play()
    expect(screen.gauge).not_to_have_text(at_first)
    shown = screen.gauge.inner_text()
    screen.wait_frames(screen.frames + 60)
    expect(screen.gauge).not_to_have_text(shown)
    assert [box_of(place) for place in places] == before

    # A classification that blows up stays finite, and goes on.
    set_rate(screen, "10")
    expect(screen.read("status")).to_have_text("Diverging")
    expect(screen.words).to_contain_text("Diverging")
    screen.wait_epoch(screen.epoch + 20)
    expect(screen.live).to_have_attribute("data-status", "running")
    screen.pause()
    assert all(float(text) >= 0 for text in screen.losses)


def test_a_term_is_explained_where_it_stands(screen: Playground) -> None:
    screen.open("")
    screen.live.get_by_role("button", name="critical rate").click()
    said = screen.page.get_by_role("dialog", name="critical rate")
    expect(said).to_contain_text("errors grow instead of shrinking")
    screen.page.keyboard.press("Escape")
    expect(said).to_have_count(0)
    screen.panel("gradient").get_by_role("button", name="root mean square").click()
    said = screen.page.get_by_role("dialog", name="root mean square")
    said.get_by_role("link", name="More in the Guide").click()
    expect(screen.page.get_by_role("heading", name="Guide")).to_be_visible()
