"""Share: who opens the link, or scans it, sees the same picture; the address stays as it was."""

import re
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.screen import PHONE, Playground


def shared(screen: Playground) -> Locator:
    """The dialog, with all of it drawn."""
    screen.page.get_by_role("button", name="Share this moment").click()
    dialog = screen.page.get_by_role("dialog", name="Share")
    expect(dialog.get_by_role("img", name="QR code of the link")).to_be_visible()
    return dialog


def link_of(dialog: Locator) -> str:
    return dialog.get_by_role("textbox", name="The link").input_value()


def test_a_link_opens_the_same_picture_and_the_address_follows_what_is_changed_then(
    open_page: Callable[[], Page],
) -> None:
    mine, other = (Playground(open_page()) for _ in range(2))
    mine.open({"speed": "25", "dropout": "0.1"})
    mine.play()
    mine.wait_epoch(10)
    mine.rate.fill("0.3")
    mine.page.keyboard.press("Enter")
    mine.wait_query(learning_rate="0.3")
    mine.wait_epoch(20)
    dialog = shared(mine)  # it plays, and stands still
    expect(dialog).to_contain_text(re.compile(r"at epoch [\d.]+, with 1 change on the way"))
    link, step = link_of(dialog), mine.step
    dialog.get_by_role("button", name="Close").click()
    mine.wait_status("paused")
    mine.wait_rest()
    assert mine.step == step
    assert "run=" not in mine.page.url
    other.page.goto(link)
    other.wait_drawn()
    for screen in (mine, other):
        screen.wait_step(step)
        screen.wait_status("paused")
        screen.wait_rest()
    assert (other.reads(), other.boundary()) == (mine.reads(), mine.boundary())
    other.page.reload()  # what was shared stands there still
    other.wait_drawn()
    other.wait_step(step)
    other.wait_rest()
    assert other.boundary() == mine.boundary()
    other.rate.fill("0.05")
    other.page.keyboard.press("Enter")
    other.wait_query(learning_rate="0.05")
    assert "run=" not in other.page.url
    assert other.step == step


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 720}], ids=["phone", "720"])
@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_link_and_code_fit_on_the_screen_and_the_link_is_copied(
    screen: Playground, viewport: ViewportSize, color_scheme: Literal["light", "dark"]
) -> None:
    page = screen.page
    screen.open()
    screen.button("Step one epoch").click()
    screen.wait_epoch(1)
    dialog = shared(screen)
    hidden = (
        "(node) => [node.scrollHeight - node.clientHeight, node.scrollWidth - node.clientWidth]"
    )
    assert dialog.evaluate(hidden) == [0, 0]
    expect(dialog).to_be_in_viewport(ratio=1)
    code = dialog.get_by_role("img").bounding_box()
    assert code is not None
    assert min(code["width"], code["height"]) >= 0.8 * min(viewport["width"], viewport["height"])
    assert link_of(dialog) == f"{page.url.split('?')[0]}?run=1_25"
    assert urlsplit(link_of(dialog)).netloc == urlsplit(page.url).netloc
    # As by plain http, where there is none.
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("status")).to_have_text("Copied.")
    found = Axe().run(page, context=".nn-share").response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
