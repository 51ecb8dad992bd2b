"""The row of pages: each opens cold, and going away and coming back costs nothing."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, WebSocket, expect

from tests.browser.screen import Screen


def test_the_guide_opens_cold(page: Page, screen: Screen) -> None:
    page.goto("/guide")
    expect(page.get_by_role("heading", name="Guide", exact=True)).to_be_visible()
    expect(page).to_have_title(re.compile("Guide"))
    tabs = page.get_by_role("tab")
    expect(tabs).to_have_count(6)
    for tab in tabs.all():
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
    expect(page.locator(".katex:visible").first).to_be_visible()
    expect(page.locator(".katex-error")).to_have_count(0)
    page.get_by_role("link", name="Playground").click()
    screen.wait_drawn()
    expect(screen.live).to_have_attribute("data-status", "ready")
    screen.play()


def test_a_run_survives_a_visit_to_the_guide(page: Page, screen: Screen) -> None:
    screen.open("dataset=circle&learning_rate=0.01&epochs=100000&log_loss=1&speed=max")
    kept = screen.query()
    screen.play()
    screen.wait_epoch(5)
    screen.pause()
    epoch, losses, boundary = screen.epoch, screen.losses, screen.boundary()

    page.get_by_role("link", name="Guide").click()
    expect(page.get_by_role("heading", name="Guide", exact=True)).to_be_visible()
    expect(screen.live).to_have_count(0)
    page.get_by_role("link", name="Playground").click()
    screen.wait_drawn()
    screen.wait_rest()
    assert (screen.epoch, screen.losses) == (epoch, losses)
    assert screen.boundary() == boundary
    assert screen.live.get_attribute("data-status") == "paused"
    expect(page.get_by_role("spinbutton", name="Learning rate")).to_have_value("0.01")
    expect(screen.live.get_by_role("checkbox", name="Log axis")).to_be_checked()
    screen.wait_query(dataset="circle", learning_rate="0.01")
    assert screen.query().keys() == kept.keys()
    screen.play()
    assert screen.epoch > epoch


def test_nothing_is_asked_for_a_screen_that_is_not_drawn(open_page: Callable[[], Page]) -> None:
    """A browser draws no frames for a hidden tab: here those of one page are held back.

    (Whether a headless browser hides a tab behind another depends on its make.)
    """
    sent = {"hidden": 0, "shown": 0}

    def counting(name: str) -> Screen:
        def on_message(_: str | bytes) -> None:
            sent[name] += 1

        def on_websocket(socket: WebSocket) -> None:
            socket.on("framesent", on_message)

        page = open_page()
        page.on("websocket", on_websocket)
        return Screen(page)

    hidden, shown = counting("hidden"), counting("shown")
    hidden.open("epochs=100000&speed=max")
    hidden.play()
    hidden.page.evaluate(
        """() => {
          window.held = [];
          window.draws = window.requestAnimationFrame;
          window.requestAnimationFrame = (draw) => held.push(draw);
        }"""
    )
    shown.open("epochs=100000&speed=25&play=1")
    frames = hidden.frames
    sent.update(hidden=0, shown=0)
    shown.wait_epoch(shown.epoch + 50)
    assert sent["shown"] >= 3
    assert sent["hidden"] <= 1
    assert hidden.frames == frames
    # In sight again, it goes on.
    hidden.page.evaluate(
        "() => { window.requestAnimationFrame = draws; for (const d of held) draws(d); }"
    )
    hidden.wait_frames(frames + 20)
    assert sent["hidden"] >= 2
    hidden.pause()
