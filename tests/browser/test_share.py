"""Share: who opens the link, or scans it, sees the same picture; the address stays as it was."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.screen import PHONE, Playground, box_of, enter
from tests.browser.test_accessibility import SCHEMES, lasting_findings

LOW: ViewportSize = {"width": 1280, "height": 720}


def shared(screen: Playground) -> Locator:
    """The dialog, with all of it drawn."""
    screen.page.get_by_role("button", name="Share this moment").click()
    dialog = screen.page.get_by_role("dialog", name="Share")
    expect(dialog.get_by_role("img", name="QR code of the link")).to_be_visible()
    return dialog


def field_of(dialog: Locator) -> Locator:
    return dialog.get_by_role("textbox", name="The link")


def link_of(dialog: Locator) -> str:
    return field_of(dialog).input_value()


def test_a_link_opens_the_same_picture_and_the_address_follows_what_is_changed_then(
    open_page: Callable[[], Page],
) -> None:
    mine, other = (Playground(open_page()) for _ in range(2))
    mine.open({"speed": "25", "dropout": "0.1", "lecture": "true"})
    mine.play()
    mine.wait_epoch(10)
    enter(mine.rate, "0.3")
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
    assert "lecture=true" in mine.page.url
    other.page.goto(link)
    other.wait_drawn()
    expect(other.page.get_by_test_id("stSidebar")).to_be_visible()  # it is no projector
    for screen in (mine, other):
        screen.wait_step(step)
        screen.wait_status("paused")
        screen.wait_rest()
    assert (other.reads(), other.boundary()) == (mine.reads(), mine.boundary())
    # The line between epochs too, whatever each screen has seen of the way.
    assert other.lines("loss") == mine.lines("loss")
    other.page.reload()  # what was shared stands there still
    other.wait_drawn()
    other.wait_step(step)
    other.wait_rest()
    assert other.boundary() == mine.boundary()
    other.page.get_by_role("link", name="Backprop").click()
    expect(other.page.get_by_role("button", name="Next")).to_be_visible()
    other.page.go_back()  # the run is as it was left; its address is that of its settings
    other.wait_drawn()
    other.wait_step(step)
    other.wait_rest()
    assert other.boundary() == mine.boundary()
    enter(other.rate, "0.05")
    other.wait_query(learning_rate="0.05")
    assert "run=" not in other.page.url
    assert other.step == step


def test_link_and_code_fit_on_the_screen_and_the_link_is_copied(screen: Playground) -> None:
    page = screen.page
    screen.open()
    screen.button("Step one epoch").click()
    screen.wait_epoch(1)
    dialog = shared(screen)
    assert link_of(dialog) == f"{page.url.split('?')[0]}?run=1_25"
    assert urlsplit(link_of(dialog)).netloc == urlsplit(page.url).netloc
    # As by plain http, where there is none.
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("status")).to_have_text("Copied.")
    for size in (PHONE, LOW):
        page.set_viewport_size(size)
        expect(dialog).to_be_in_viewport(ratio=1)
        assert dialog.evaluate(
            "(node) => [node.scrollHeight - node.clientHeight, node.scrollWidth - node.clientWidth]"
        ) == [0, 0]
        code = box_of(dialog.get_by_role("img"))
        assert min(code["width"], code["height"]) >= 0.8 * min(size["width"], size["height"])
        for scheme, background in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            expect(page.get_by_test_id("stApp")).to_have_css("background-color", background)
            assert lasting_findings(page, ".nn-share") == [], (scheme, size)
    enlarge = dialog.get_by_role("button", name="Code over the whole screen")
    enlarge.click()
    expect(field_of(dialog)).to_be_hidden()
    code = box_of(enlarge)
    assert min(code["width"], code["height"]) >= 0.99 * min(LOW["width"], LOW["height"])
    enlarge.click()
    expect(field_of(dialog)).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
