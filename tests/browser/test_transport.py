"""Play, Pause, Step, Reset, New start, speed and the keyboard: the run does what is asked of it."""

from collections.abc import Callable
from itertools import groupby

from playwright.sync_api import Page, WebSocket, expect

from playground.runs.experiment import Experiment
from playground.settings.config import Config
from tests.browser.screen import Playground, Screen, figure

ENDLESS = "epochs=100000"
EACH = 25  # steps an epoch: 250 training points, 10 at a time


def shown_by_python(query: dict[str, str], steps: int) -> tuple[str, str]:
    """Both losses of the same run after `steps` steps, trained here in one go."""
    experiment = Experiment(Config.from_query({"epochs": "100000", **query})[0])
    experiment.trainer.run_steps(steps)
    return figure(experiment.trainer.train_loss), figure(experiment.trainer.test_loss)


def sent_by(page: Page) -> list[str | bytes]:
    """The messages to the server, as they are sent from now on; for a page not yet opened."""
    sent: list[str | bytes] = []

    def on_message(message: str | bytes) -> None:
        sent.append(message)

    def on_websocket(socket: WebSocket) -> None:
        socket.on("framesent", on_message)

    page.on("websocket", on_websocket)
    return sent


def test_play_moves_at_any_speed_and_pause_keeps_what_is_shown(screen: Playground) -> None:
    screen.open(f"{ENDLESS}&speed=25")
    at_first = screen.boundary()
    region = screen.live.locator("[aria-live]")
    expect(region).to_have_attribute("aria-live", "polite")
    expect(region).to_contain_text("Ready")
    speed = screen.live.get_by_role("combobox", name="Speed")
    expect(speed).to_have_value("25")
    screen.play()
    expect(screen.live).to_have_attribute("data-status", "running")
    expect(screen.button("Pause")).to_be_visible()
    screen.wait_epoch(2)
    speed.select_option("batch")
    screen.wait_query(speed="batch")
    # One batch a frame: neighbouring frames are one step apart.
    screen.wait("seen.epochs.slice(-2).reduce((a, b) => Math.abs(b - a - 0.04) < 1e-3)")
    speed.select_option("max")
    screen.wait_query(speed="max")
    screen.wait("seen.epochs.slice(-2).reduce((a, b) => b - a > 0.5)")
    expect(speed).to_have_value("max")
    screen.wait_frames(screen.frames + 60)
    expect(screen.live).to_have_attribute("data-status", "running")
    screen.wait("seen.said.some((text) => text.startsWith('Training'))")
    screen.wait("seen.said.some((text) => /^Epoch \\d+, training loss [\\d.]+/.test(text))")
    epochs = screen.seen("epochs")
    assert epochs == sorted(epochs)
    assert len(set(epochs)) >= 10

    # The server is ahead of the screen; what the person saw when pressing is what is kept.
    screen.page.evaluate(
        """() => addEventListener("click", () => { window.pressed = seen.epochs.at(-1); }, true)"""
    )
    screen.pause()
    expect(screen.live).to_have_attribute("data-status", "paused")
    expect(screen.read("status")).to_have_text("Paused")
    assert screen.epoch == screen.page.evaluate("pressed")
    epoch, losses = screen.epoch, screen.losses
    steps = screen.server_steps()
    assert steps == round(epoch * EACH) > 0
    assert losses == shown_by_python({}, steps)
    assert screen.boundary() != at_first
    # Screen readers heard of changes, but not of every frame.
    expect(region).to_contain_text("Paused")
    assert len(screen.seen("said")) * 5 < screen.frames

    # The very next step goes on from there, and from nowhere later: the server stood still.
    screen.button("Step one batch").click()
    screen.wait_epoch(round((steps + 1) / EACH, 4))
    assert round(screen.epoch * EACH) == steps + 1
    assert screen.server_steps() == steps + 1
    assert screen.losses == shown_by_python({}, steps + 1)
    last_two = [shown for shown, _ in groupby(screen.seen("epochs"))][-2:]
    assert last_two == [epoch, screen.epoch]
    screen.play()
    assert screen.epoch > epoch


def test_the_keyboard_drives_the_run(screen: Playground) -> None:
    sent = sent_by(screen.page)
    screen.open(ENDLESS)
    start, losses = screen.boundary(), screen.losses
    press = screen.page.keyboard.press
    screen.unfocus()

    press("ArrowRight")
    expect(screen.live).to_have_attribute("data-epoch", "0.04")
    press("Shift+ArrowRight")
    expect(screen.live).to_have_attribute("data-epoch", "1")
    press("Shift+ArrowRight")
    expect(screen.live).to_have_attribute("data-epoch", "2")
    press("ArrowLeft")
    expect(screen.live).to_have_attribute("data-epoch", "1")
    assert screen.losses == shown_by_python({}, EACH)

    press(" ")
    expect(screen.button("Pause")).to_be_visible()
    screen.wait_epoch(3)
    press(" ")
    screen.wait_rest()
    screen.wait_status("paused")
    # R is Reset and nothing else: one message to the server. Streamlit's own "rerun" is a second.
    before = len(sent)
    press("r")
    expect(screen.live).to_have_attribute("data-epoch", "0")
    screen.wait_status("ready")
    screen.wait_rest()
    assert len(sent) == before + 1
    assert (screen.boundary(), screen.losses) == (start, losses)
    # C, Streamlit's "clear caches", does nothing here.
    press("c")
    press("ArrowRight")
    expect(screen.live).to_have_attribute("data-epoch", "0.04")
    assert len(sent) == before + 2
    expect(screen.page.get_by_role("dialog")).to_have_count(0)

    # Each of many quick presses counts, and once.
    screen.page.evaluate(
        """() => { for (let i = 0; i < 11; i += 1) {
          document.body.dispatchEvent(
            new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
        } }"""
    )
    expect(screen.live).to_have_attribute("data-epoch", "0.48")
    for _ in range(12):
        press("ArrowRight")
    expect(screen.live).to_have_attribute("data-epoch", "0.96")
    assert screen.server_steps() == 24
    assert screen.losses == shown_by_python({}, 24)
    screen.button("New start").click()
    screen.wait_query(seed="1")
    expect(screen.read("train")).to_have_text(shown_by_python({"seed": "1"}, 0)[0])
    press("Shift+R")
    screen.wait_query(seed="2")
    screen.wait_rest()
    assert screen.boundary() != start


def test_keys_belong_to_what_has_the_focus(screen: Playground) -> None:
    screen.open(ENDLESS)
    press = screen.page.keyboard.press
    optimizer = screen.page.get_by_role("combobox", name="Optimizer")
    screen.button("Step one batch").click()
    expect(screen.live).to_have_attribute("data-epoch", "0.04")
    for field in (
        screen.page.get_by_role("spinbutton", name="Learning rate"),
        optimizer,
        screen.live.get_by_role("combobox", name="Speed"),
    ):
        field.focus()
        for key in ("r", "ArrowLeft", "ArrowRight", " ", "Escape", "Escape"):
            press(key)
    screen.unfocus()
    # Had any of these keys stepped, played or reset, this would not be the second step,
    # or there would have been frames between the two.
    screen.button("Step one batch").click()
    expect(screen.live).to_have_attribute("data-epoch", "0.08")
    assert screen.server_steps() == 2
    assert screen.losses == shown_by_python({}, 2)
    assert [epoch for epoch, _ in groupby(screen.seen("epochs"))] == [0, 0.04, 0.08]
    assert set(screen.seen("statuses")) <= {"ready", "paused"}
    # Space on a focused button presses that button, once.
    screen.button("Step one batch").focus()
    press(" ")
    expect(screen.live).to_have_attribute("data-epoch", "0.12")
    expect(screen.live).to_have_attribute("data-status", "paused")

    # After a choice from a list the arrows step again.
    optimizer.click()
    press("ArrowRight")  # the list is open, and the key its own
    screen.page.get_by_role("option", name="SGD").click()
    expect(optimizer).to_be_focused()
    press("ArrowRight")
    expect(screen.live).to_have_attribute("data-epoch", "0.16")
    # A switch uses Space and no other key.
    switch = screen.live.get_by_role("checkbox", name="Discretise")
    switch.check()
    switch.focus()
    press("ArrowRight")
    expect(screen.live).to_have_attribute("data-epoch", "0.2")
    press(" ")
    expect(switch).not_to_be_checked()
    # Pressed by hand it gives the focus back.
    switch.click()
    expect(switch).not_to_be_focused()
    screen.unfocus()
    press("r")
    expect(screen.live).to_have_attribute("data-epoch", "0")
    expect(screen.live).to_have_attribute("data-status", "ready")


def test_nothing_is_asked_for_a_screen_that_is_not_drawn(open_page: Callable[[], Page]) -> None:
    """A browser draws no frames for a hidden tab: here those of one page are held back.

    (Whether a headless browser hides a tab behind another depends on its make.)
    """
    hidden, shown = (Playground(open_page()) for _ in range(2))
    of_hidden, of_shown = sent_by(hidden.page), sent_by(shown.page)
    hidden.open(f"{ENDLESS}&speed=max")
    hidden.play()
    hidden.page.evaluate(
        """() => {
          window.held = [];
          window.draws = window.requestAnimationFrame;
          window.requestAnimationFrame = (draw) => held.push(draw);
        }"""
    )
    shown.open(f"{ENDLESS}&speed=25&play=1")
    frames = hidden.frames
    of_hidden.clear()
    of_shown.clear()
    shown.wait_epoch(shown.epoch + 50)
    assert len(of_shown) >= 3
    assert len(of_hidden) <= 1
    assert hidden.frames == frames
    # In sight again, it goes on.
    hidden.page.evaluate(
        "() => { window.requestAnimationFrame = draws; for (const d of held) draws(d); }"
    )
    hidden.wait_frames(frames + 20)
    assert len(of_hidden) >= 2
    hidden.pause()


def test_what_was_pressed_by_hand_outside_the_view_leaves_the_keys_to_the_run(view: Screen) -> None:
    page = view.page
    view.open({"samples": "40", "layers": "2", "epochs": "100000"})
    # A slider keeps its arrows, and shows that it has them.
    slider = view.live.get_by_role("slider", name="Learning rate")
    slider.click()
    expect(slider).to_be_focused()
    expect(slider).to_have_css("outline-style", "solid")
    for link in ("", "&lecture=true"):
        view.open(f"samples=40&layers=2&epochs=100000{link}")
        tab = page.get_by_role("radio", name="Race")
        tab.click()
        view.wait_drawn(("losses",))
        expect(tab).not_to_be_focused()
        page.keyboard.press(" ")
        view.wait_status("running")
        page.keyboard.press(" ")
        view.wait_rest()
    # Who came by keys has the arrows.
    tab.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Range test")).to_be_focused()
