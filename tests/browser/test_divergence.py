"""A learning rate that is too high: the page says what happened, and offers a way on."""

from playwright.sync_api import expect

from playground.config import Config
from playground.experiment import Experiment
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
    screen.wait(f"{chart}._fullLayout.yaxis.type === 'log'")
    climb: list[float] = loss.evaluate("(node) => Array.from(node.data[0].y)")
    assert climb[-1] > 10 * climb[0]
    for offer in ("Rewind", "Halve", "Start again"):
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
