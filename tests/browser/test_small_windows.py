"""What has little room: the page links and presets of a phone, its charts, and sliders."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from playground.gradient_flow.presets import PRESETS
from playground.page import PAGES
from playground.training.words import PAUSED_TOUCH
from tests.browser.conftest import GREETED
from tests.browser.screen import PATIENCE, PHONE, Playground, Screen, box_of, page_link, swipe_up
from tests.browser.test_divergence import BLOW_UP


@pytest.mark.parametrize("viewport", [PHONE])
def test_on_a_phone_the_pages_are_one_menu_and_the_chosen_preset_is_in_sight(
    page: Page, view: Screen
) -> None:
    page.goto("/backprop")
    view.wait_drawn()
    menu = page.get_by_role("button", name="Pages: Backprop")
    main = page.get_by_role("button", name="Main menu")
    assert box_of(menu)["x"] + box_of(menu)["width"] <= box_of(main)["x"]
    links = page.locator(".st-key-page-links").get_by_role("link")
    expect(links).to_have_count(0)
    menu.click()
    expect(links).to_have_text([re.compile(f"{found.title}$") for found in PAGES])
    page.keyboard.press("Escape")
    expect(links).to_have_count(0)
    page_link(page, "Guide").click()
    expect(page.get_by_role("heading", name="Guide", exact=True)).to_be_visible()
    expect(links).to_have_count(0)
    page.go_back()
    view.wait_drawn()
    expect(menu).to_be_visible()
    # The sidebar takes the menu's place, and gives it back.
    page_link(page, "Gradient flow").click()
    view.wait_drawn(("map-0",))
    menu = page.get_by_role("button", name="Pages: Gradient flow")
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Collapse sidebar").click()
    expect(menu).to_be_in_viewport(ratio=1)
    for preset in list(PRESETS.values())[:4]:
        page.get_by_role("button", name="Next preset").click()
        pill = page.locator(".st-key-presets-flow").get_by_role("radio", name=preset.title)
        expect(pill).to_be_checked()
        expect(pill).to_be_in_viewport(ratio=1)


LYING: ViewportSize = {"width": 844, "height": 390}


@pytest.fixture
def touched(browser: Browser, app_url: str) -> Iterator[Page]:
    """A page on a screen that is touched: no pointer hovers over it."""
    context = browser.new_context(
        base_url=app_url,
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
        user_agent="Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0.0.0 Mobile Safari/537.36",
    )
    context.set_default_timeout(PATIENCE)
    context.add_init_script(GREETED)
    yield context.new_page()
    context.close()


def test_on_a_touched_screen_a_finger_scrolls_and_no_button_lies_over_a_chart(
    touched: Page,
) -> None:
    def assert_free(name: str) -> None:
        charts = touched.locator(".nn-plot[data-builds='1']")
        expect(touched.locator(f"[data-chart={name}] .main-svg").first).to_be_visible()
        expect(charts.nth(2)).to_be_attached()
        expect(charts.locator(".modebar-btn")).to_have_count(0)

    screen = Playground(touched)
    screen.open()
    assert_free("boundary")
    box = box_of(screen.live.locator("[data-chart=boundary]"))
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    swipe_up(touched, x, y, 280)
    screen.wait("document.querySelector('[data-testid=stMain]').scrollTop > 100")
    ranges: Any = screen.chart("boundary").evaluate("(node) => node.layout.xaxis.range")
    assert ranges == [-6, 6]
    # One tap opens the sidebar, and nothing in it is folded.
    touched.evaluate(  # the first tap on what still glides would only stop it
        """() => new Promise((resolve) => {
          const main = document.querySelector("[data-testid=stMain]");
          let before = NaN;
          const timer = setInterval(() => {
            if (main.scrollTop === before) resolve(clearInterval(timer));
            before = main.scrollTop;
          }, 200);
        })"""
    )
    touched.get_by_test_id("stExpandSidebarButton").tap()
    for control in (
        *(touched.get_by_role("slider", name=name) for name in ("Noise (%)", "L2 penalty")),
        touched.get_by_role("toolbar", name="Inputs"),
        touched.get_by_role("spinbutton", name="Batch size"),
    ):
        expect(control).to_be_visible()
    touched.get_by_role("button", name="Collapse sidebar").tap()
    page_link(touched, "Gradient flow").click()
    assert_free("map-0")


def test_a_phone_that_lies_has_its_room_and_play_under_the_thumb(touched: Page) -> None:
    touched.set_viewport_size(LYING)
    screen = Playground(touched)
    screen.open()
    side = touched.get_by_test_id("stSidebar")
    expect(side).to_have_attribute("data-collapsed", "true")
    screen.live.locator(".nn-below").scroll_into_view_if_needed()
    rate = screen.live.get_by_role("slider", name="Learning rate")
    for control in (screen.button("Play"), rate):
        expect(control).to_be_in_viewport(ratio=1)
    touched.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    touched.get_by_test_id("stExpandSidebarButton").tap()
    expect(side).to_have_attribute("data-collapsed", "false")
    touched.get_by_role("button", name="Collapse sidebar").tap()
    expect(side).to_have_attribute("data-collapsed", "true")
    page_link(touched, "Backprop").click()
    expect(touched.get_by_role("button", name="Next", exact=True)).to_be_in_viewport(ratio=1)


def test_a_phone_is_told_of_no_keys_and_of_what_goes_wrong_wherever_it_is_scrolled(
    touched: Page,
) -> None:
    screen = Playground(touched)
    screen.open()
    charts = box_of(screen.live.locator(".nn-charts"))
    state = "getComputedStyle(live.querySelector('.nn-bar'), '::before').content"
    screen.wait(f"{state} === 'none'")
    screen.button("Step one batch").tap()
    screen.wait_status("paused")
    expect(screen.words).to_have_text(PAUSED_TOUCH)
    assert box_of(screen.live.locator(".nn-charts")) == charts
    screen.open(BLOW_UP)
    screen.button("Play").tap()
    screen.wait_status("diverged")
    screen.wait(f"{state}.includes('Diverged')")
    touched.goto("/lessons?lesson=xor")
    expect(touched.locator(".lesson-question")).to_be_visible()
    expect(touched.get_by_text("reveals")).to_be_hidden()


TALL: ViewportSize = {"width": 1440, "height": 1800}


@pytest.mark.parametrize("viewport", [TALL])
def test_the_numbers_of_a_slider_touch_no_label(page: Page, screen: Playground) -> None:
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
