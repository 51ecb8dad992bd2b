"""What has little room: the row of page links, the presets, and the charts of a phone."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from playground.gradient_flow.presets import PRESETS
from playground.page import PAGES
from tests.browser.screen import Screen
from tests.browser.stage_screen import StageScreen

PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
SMALL = [{"width": width, "height": 800} for width in (900, 820)]


def box_of(node: Locator) -> dict[str, Any]:
    """Where the node lies, in CSS pixels."""
    box = node.bounding_box()
    assert box is not None
    return dict(box)


def link_of(page: Page, label: str) -> Locator:
    """A link of the row of pages."""
    return page.locator(".st-key-page-links").get_by_role("link", name=label)


@pytest.fixture
def stage(page: Page) -> StageScreen:
    return StageScreen(page)


@pytest.fixture
def touched(browser: Browser, app_url: str) -> Iterator[Page]:
    """A page on a screen that is touched: no pointer hovers over it."""
    context = browser.new_context(base_url=app_url, viewport=PHONE, has_touch=True, is_mobile=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("viewport", SMALL)
def test_the_menu_covers_no_page_link_beside_the_sidebar(page: Page, screen: Screen) -> None:
    screen.open()
    menu = box_of(page.get_by_role("button", name="Main menu"))
    row = box_of(page.locator(".st-key-page-links"))
    assert row["x"] + row["width"] <= menu["x"]
    tops = set()
    for title in (found.title for found in PAGES):
        box = box_of(link_of(page, title))
        assert box["x"] >= row["x"]
        assert box["x"] + box["width"] <= row["x"] + row["width"]
        tops.add(box["y"])
    assert len(tops) == 1  # one row


@pytest.mark.parametrize("viewport", [*SMALL, PHONE])
def test_the_row_of_links_begins_beside_the_button_of_a_closed_sidebar(
    page: Page, screen: Screen, viewport: ViewportSize
) -> None:
    screen.open()
    if viewport != PHONE:  # where it begins closed
        page.get_by_test_id("stSidebar").hover()
        page.get_by_role("button", name="Collapse sidebar").click()
    button = page.get_by_test_id("stExpandSidebarButton")
    expect(button).to_be_visible()
    page.wait_for_function(
        "([button, row]) => button.getBoundingClientRect().right <= row.getBoundingClientRect().x",
        arg=[button.element_handle(), page.locator(".st-key-page-links").element_handle()],
    )


@pytest.mark.parametrize("viewport", [PHONE])
def test_on_a_phone_the_link_of_the_page_on_show_is_in_sight(
    page: Page, stage: StageScreen
) -> None:
    def assert_in_sight(label: str) -> None:
        expect(link_of(page, label)).to_be_in_viewport(ratio=1)
        menu = page.get_by_role("button", name="Main menu")
        page.wait_for_function(
            """(nodes) => {
              const [link, menu] = nodes.map((node) => node.getBoundingClientRect());
              return link.right <= menu.left;
            }""",
            arg=[link_of(page, label).element_handle(), menu.element_handle()],
        )

    page.goto("/backprop")
    stage.wait_drawn()
    assert_in_sight("Backprop")
    link_of(page, "Guide").click()
    expect(page.get_by_role("heading", name="Guide", exact=True)).to_be_visible()
    assert_in_sight("Guide")
    page.go_back()
    stage.wait_drawn()
    assert_in_sight("Backprop")
    # The sidebar takes the row's place, and gives it back as it was.
    page.goto("/gradient_flow")
    stage.wait_drawn()
    assert_in_sight("Gradient flow")
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(link_of(page, "Gradient flow")).to_be_hidden()
    page.get_by_role("button", name="Collapse sidebar").click()
    assert_in_sight("Gradient flow")


@pytest.mark.parametrize("viewport", [PHONE])
def test_on_a_phone_the_chosen_preset_is_in_sight(page: Page, stage: StageScreen) -> None:
    page.goto("/gradient_flow")
    stage.wait_drawn()
    for preset in list(PRESETS.values())[:4]:
        page.get_by_role("button", name="Next preset").click()
        pill = page.locator(".st-key-presets-flow").get_by_role("radio", name=preset.title)
        expect(pill).to_be_checked()
        expect(pill).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("address", ["/gradient_flow", "/"])
def test_on_a_touched_screen_no_button_lies_over_a_chart(touched: Page, address: str) -> None:
    touched.goto(address)
    charts = touched.locator(".nn-plot[data-builds='1']")
    expect(charts.nth(2)).to_be_attached()
    expect(charts.locator(".main-svg").first).to_be_visible()
    expect(charts.locator(".modebar-btn")).to_have_count(0)


def test_a_finger_that_moves_over_a_chart_scrolls_the_page(touched: Page) -> None:
    screen = Screen(touched)
    screen.open()
    box = screen.live.locator("[data-chart=boundary]").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = touched.context.new_cdp_session(touched)

    def touch(kind: str, *points: dict[str, float]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for way in range(20, 300, 20):
        touch("touchMove", {"x": x, "y": y - way})
    touch("touchEnd")
    screen.wait("document.querySelector('[data-testid=stMain]').scrollTop > 100")
    ranges = "document.querySelector('[data-chart=boundary] .nn-plot').layout.xaxis.range"
    assert touched.evaluate(ranges) == [-6, 6]


@pytest.mark.parametrize("viewport", [{"width": 1440, "height": 1800}])
def test_the_numbers_of_a_slider_touch_no_label(page: Page, screen: Screen) -> None:
    screen.open()
    side = page.get_by_test_id("stSidebar")
    for group in side.locator("summary").all():
        group.click()
    expect(side.get_by_role("slider", name="Weight decay")).to_be_attached()
    gaps = side.get_by_test_id("stSlider").evaluate_all(
        """(sliders) => {
          const box = (node) => node.getBoundingClientRect();
          const labels = [...document.querySelectorAll("[data-testid=stWidgetLabel] p")].map(box);
          const numbers = sliders.flatMap((slider) =>
            [...slider.querySelectorAll("[data-testid^=stSliderT] p")].map(box));
          const gap = (a, b) => Math.max(a.top - b.bottom, b.top - a.bottom);
          return numbers.flatMap((number) => labels.map((label) => gap(number, label)));
        }"""
    )
    assert len(gaps) > 20
    assert min(gaps) >= 3
