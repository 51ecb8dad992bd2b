"""Room for what matters: layouts, a chart full screen, lecture mode, the sheet of keys."""

import re
from typing import Any, Final

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from playground.live.keys import KEYS
from tests.browser.screen import CHARTS, DESKTOP, Playground, Screen, box_of
from tests.browser.test_accessibility import findings

LOW: ViewportSize = {"width": 1280, "height": 720}
SMALL = "dataset=circle&samples=60&layers=4&epochs=100000"
ALL = (*CHARTS, "network")
SIDEBAR = "[data-testid=stSidebar]"


def areas(screen: Playground) -> dict[str, float]:
    """How large each chart is, in square pixels."""
    boxes = {name: box_of(screen.panel(name)) for name in ALL}
    return {name: box["width"] * box["height"] for name, box in boxes.items()}


def assert_in_sight(screen: Playground, names: tuple[str, ...] = ALL) -> None:
    """On a low window and on a larger one."""
    for size in (LOW, DESKTOP):
        screen.page.set_viewport_size(size)
        for name in names:
            expect(screen.panel(name)).to_be_in_viewport(ratio=1)


def assert_no_scrolling(screen: Playground) -> None:
    """The page is nowhere higher than the window."""
    for size in (LOW, DESKTOP):
        screen.page.set_viewport_size(size)
        screen.wait("document.querySelector('[data-testid=stMain]').scrollHeight <= innerHeight")


def test_a_layout_is_chosen_by_link_and_by_hand_and_nothing_is_rebuilt(screen: Playground) -> None:
    screen.open(f"{SMALL}&layout=network")
    assert_in_sight(screen)
    assert max(found := areas(screen), key=lambda name: found[name]) == "network"
    screen.mark()
    screen.play()
    tools = screen.page.get_by_role("toolbar", name="The room")
    # Each by its button or its key, at once; the address follows.
    tools.get_by_role("button", name="Curves large").click()
    expect(screen.live).to_have_attribute("data-layout", "curves")
    screen.wait_query(layout="curves")
    assert_in_sight(screen)
    found = areas(screen)
    assert min(found["loss"], found["gradient"]) > 1.5 * max(found["boundary"], found["network"])
    screen.page.keyboard.press("2")
    screen.wait_query(layout="boundary")
    assert_in_sight(screen, CHARTS)
    expect(tools.get_by_role("button", name="Boundary large")).to_have_attribute(
        "aria-pressed", "true"
    )
    screen.page.keyboard.press("1")
    screen.wait_query(layout=None)
    assert_in_sight(screen)
    expect(screen.live).to_have_attribute("data-status", "running")  # it went on all the time
    screen.pause()
    screen.assert_kept()
    for name in CHARTS:  # and each chart is as large as its place
        screen.wait(
            """(([plot, box]) => Math.abs(plot.width - box.width) < 2
              && Math.abs(plot.height - box.height) < 2)(
              [`${given[0]} .main-svg`, given[0]].map((part) =>
                live.querySelector(part).getBoundingClientRect()))""",
            f"[data-chart={name}] .nn-plot",
        )


@pytest.mark.parametrize("viewport", [LOW])
@pytest.mark.parametrize("lecture", [False, True])
def test_a_chart_fills_the_screen_and_comes_back(screen: Playground, lecture: bool) -> None:
    screen.open(SMALL + "&lecture=1" * lecture)
    screen.mark()
    before = box_of(screen.panel("loss"))
    screen.panel("loss").hover()
    screen.page.keyboard.press("f")
    expect(screen.panel("boundary")).to_be_hidden()
    screen.wait("live.querySelector('[data-panel=loss]').getBoundingClientRect().width > 1200")
    whole = box_of(screen.panel("loss"))
    assert LOW["height"] - 30 < whole["y"] + whole["height"] <= LOW["height"]
    screen.page.keyboard.press(" ")  # the keys of the run go on
    screen.wait_status("running")
    screen.wait_frames(screen.frames + 3)
    screen.page.keyboard.press(" ")
    screen.wait_rest()
    screen.page.keyboard.press("Escape")
    expect(screen.panel("boundary")).to_be_visible()
    screen.wait("!live.classList.contains('nn-full')")
    assert box_of(screen.panel("loss")) == before
    # The button in its head, by keys only.
    button = screen.page.get_by_role("button", name="Full screen: The network")
    button.focus()
    screen.page.keyboard.press("Enter")
    expect(screen.panel("loss")).to_be_hidden()
    expect(button).to_have_attribute("aria-pressed", "true")
    screen.page.keyboard.press("f")
    expect(screen.panel("loss")).to_be_visible()
    screen.assert_kept()


def test_lecture_mode_hides_what_the_link_says_and_needs_no_scrolling(screen: Playground) -> None:
    def size_of_type() -> Any:
        return screen.chart("loss").evaluate("(node) => node.layout.font.size")

    page = screen.page
    screen.open(f"{SMALL}&lecture=1&hide=sidebar,links,details,speed")
    for hidden in (page.locator(SIDEBAR), page.locator(".st-key-page-links")):
        expect(hidden).to_be_hidden()
    expect(screen.live.get_by_role("combobox", name="Speed")).to_be_hidden()
    expect(screen.live.locator(".nn-below")).to_be_hidden()
    expect(screen.live.locator(".nn-rate")).to_be_visible()  # it was not named
    expect(screen.live.get_by_role("checkbox", name="Discretise")).to_be_visible()
    assert_in_sight(screen)
    assert_no_scrolling(screen)
    assert findings(page) == []
    screen.mark()
    large = size_of_type()
    page.mouse.move(300, 400)
    ring = box_of(page.locator(".nn-pointer"))
    assert ring["width"] >= 60
    assert (ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2) == (300, 400)
    page.keyboard.press("2")
    screen.wait_query(layout="boundary")
    assert_in_sight(screen, CHARTS)
    assert_no_scrolling(screen)
    # A way out that can be seen, and by key in again, with the same parts hidden.
    page.get_by_role("button", name="Lecture mode").click()
    screen.wait_query(lecture=None, hide="sidebar,links,speed,details")
    expect(page.locator(SIDEBAR)).to_be_visible()
    expect(page.locator(".nn-pointer")).to_have_count(0)
    screen.wait_chart("loss", f"node.layout.font.size < {large}")
    page.keyboard.press("l")
    expect(page.locator(SIDEBAR)).to_be_hidden()
    screen.wait_query(lecture="true")
    screen.assert_kept()


# What stands whole in the window in lecture mode, by the page's address, and what says it is drawn.
_FITTING: Final = {
    "?": "[data-chart=gradient] .nn-plot[data-builds='1']",
    "learning_rate?view=parabola": "[data-panel=parabola] .nn-plot[data-builds='1']",
    "learning_rate?view=race": "[data-panel=losses] .nn-plot[data-builds='1']",
    "learning_rate?view=range": ".st-key-range_chart .main-svg",
    "learning_rate?view=edge": "[data-panel=loss] .nn-plot[data-builds='1']",
    "learning_rate?view=landscape": ".st-key-landscape_surface .main-svg",
    "learning_rate?view=map": "[data-panel=map] .nn-plot[data-builds='1']",
    "gradient_flow?": "[data-panel=ridges-0] canvas",
    "digits?": "[data-panel=gradient] .nn-plot[data-builds='1']",
    "backprop?walk_step=9": ".st-key-backprop-formula:has(.backprop-array)",
    "backprop?walk_step=9&walk_bug=weight_transpose": "[data-panel=graph]:has(.nn-node)",
    "compare?": ".compare-table table",
    "lessons?": ".st-key-lesson-card-losses",
    "lessons?lesson=losses": ".st-key-lesson-try",  # the longest
}


@pytest.mark.parametrize("viewport", [LOW])
def test_lecture_mode_holds_on_every_page(
    page: Page, screen: Playground, subtests: pytest.Subtests
) -> None:
    for address, drawn in _FITTING.items():
        with subtests.test(address):
            page.goto(f"/{address}&{SMALL}&epochs=60&lecture=1")
            expect(page.locator(drawn).first).to_be_visible()
            expect(page.locator(SIDEBAR)).to_be_hidden()
            screen.wait_page()
            page.wait_for_function(
                """(drawn) => {
                  const main = document.querySelector("[data-testid=stMain]");
                  const { bottom, height } = document.querySelector(drawn).getBoundingClientRect();
                  return main.scrollHeight <= innerHeight && bottom <= innerHeight && height > 80;
                }""",
                arg=drawn,
            )
    # Without a view it is the page's own switch and key; type is larger, and the ring is there.
    page.goto(f"/compare?{SMALL}")
    own = page.get_by_role("button", name="Lecture mode")
    own.click()
    screen.wait_query(lecture="true")
    expect(page.locator(SIDEBAR)).to_be_hidden()
    page.mouse.move(300, 400)
    expect(page.locator(".nn-pointer")).to_be_visible()
    expect(page.locator("html")).to_have_css("font-size", "20px")
    page.keyboard.press("l")
    screen.wait_query(lecture=None)
    expect(page.locator(SIDEBAR)).to_be_visible()
    expect(page.locator(".nn-pointer")).to_have_count(0)
    expect(own).to_be_visible()


def test_the_sheet_of_keys_is_the_guides(screen: Playground, view: Screen) -> None:
    page = screen.page
    screen.open(SMALL)
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    rows = [" ".join(text.split()) for text in sheet.get_by_role("row").all_inner_texts()]
    mine = [key for key in KEYS if key.needs != "go"]  # the way through the steps of Backprop
    assert rows == [f"{key.shown} {key.words}" for key in mine]
    assert findings(page) == []
    page.keyboard.press("r")  # in a dialog it does nothing
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.get_by_role("button", name="All keys").click()
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Guide").click()
    page.get_by_role("tab", name="Driving it").click()
    told = page.get_by_role("table").get_by_role("row").filter(visible=True).all_inner_texts()
    assert [" ".join(text.split()) for text in told[1:]] == [
        f"{key.shown} {key.words}" for key in KEYS
    ]


def test_play_is_two_tabs_away_and_space_plays_from_a_link(screen: Playground) -> None:
    page = screen.page
    screen.open(SMALL)
    screen.unfocus()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the picture")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(screen.button("Play")).to_be_focused()
    assert page.url.find("#") == -1
    page.keyboard.press(" ")
    screen.wait_status("running")
    page.get_by_role("link", name="Guide").focus()
    page.keyboard.press(" ")  # a link has no use for it
    screen.wait_rest()
    expect(page).not_to_have_url(re.compile("guide"))
    # Without a view there is nothing to skip to.
    screen.visit_guide("Playground")
    expect(skip).to_have_count(1)
