"""The row of pages: each opens cold, and going away and coming back costs nothing."""

import re

from playwright.sync_api import Page, WebSocket, expect

from tests.browser.screen import Screen


def test_the_guide_opens_cold(page: Page, screen: Screen) -> None:
    page.goto("/guide")
    expect(page.get_by_role("heading", name="Guide", exact=True)).to_be_visible()
    expect(page).to_have_title(re.compile("Guide"))
    for tab in page.get_by_role("tab").all():
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
    expect(page.locator(".katex").first).to_be_visible()
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


def test_nothing_is_asked_for_a_tab_behind_another(page: Page) -> None:
    sent: dict[str, int] = {"behind": 0, "front": 0}

    def count(page: Page, name: str) -> None:
        def on_message(_: str | bytes) -> None:
            sent[name] += 1

        def on_websocket(socket: WebSocket) -> None:
            socket.on("framesent", on_message)

        page.on("websocket", on_websocket)

    count(page, "behind")
    behind = Screen(page)
    behind.open("epochs=100000&speed=max")
    behind.play()
    other = page.context.new_page()
    count(other, "front")
    other.bring_to_front()
    front = Screen(other)
    front.open("epochs=100&speed=25&play=1")
    front.wait_epoch(20)
    sent.update(behind=0, front=0)
    front.wait_status("finished")
    assert sent["front"] >= 3
    assert sent["behind"] <= sent["front"] / 3
    page.bring_to_front()
    frames = behind.frames
    behind.wait_frames(frames + 10)
    behind.pause()
