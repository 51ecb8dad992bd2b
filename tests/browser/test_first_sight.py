"""What a person sees who opens the app for the first time, on a laptop and on a phone."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.screen import CHARTS, Screen

PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 800}


def overflow(screen: Screen) -> int:
    """Pixels by which the page is wider than the window."""
    wider: int = screen.page.evaluate(
        """Math.max(
          document.documentElement.scrollWidth,
          document.querySelector("[data-testid=stMain]").scrollWidth,
        ) - window.innerWidth"""
    )
    return wider


def luminance(screen: Screen, selector: str, part: str) -> float:
    """How light a colour of an element is, 0 to 255."""
    value: str = screen.page.evaluate(
        "([selector, part]) => getComputedStyle(document.querySelector(selector))[part]",
        [selector, part],
    )
    red, green, blue = (float(v) for v in re.findall(r"[\d.]+", value)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_an_untrained_network_is_drawn_and_play_is_next(screen: Screen) -> None:
    screen.open()
    expect(screen.live).to_have_count(1)
    expect(screen.live).to_have_attribute("data-epoch", "0")
    expect(screen.live).to_have_attribute("data-status", "ready")
    expect(screen.words).to_contain_text("Press Play")
    for name in CHARTS:
        expect(screen.live.locator(f"[data-chart={name}] .nn-plot .main-svg").first).to_be_visible()
    points = screen.live.locator("[data-chart=boundary] .scatterlayer .point")
    assert points.count() >= 250
    assert screen.pixels("boundary") > 50  # shades, not one colour
    assert len(screen.boundary()) >= 100
    # All of it in one screen: nothing of the bar or the three charts lies below the fold.
    for part in (".nn-bar", *(f"[data-chart={name}]" for name in CHARTS)):
        expect(screen.live.locator(part)).to_be_in_viewport(ratio=1)
    assert overflow(screen) <= 0
    expect(screen.page).to_have_title(re.compile("Playground"))


def test_the_buttons_have_names_and_the_keys_are_announced(screen: Screen) -> None:
    screen.open()
    bar = screen.live.get_by_role("toolbar", name="Training")
    names = [
        re.sub(r"\s+", " ", name) for name in re.findall(r'button "([^"]+)"', bar.aria_snapshot())
    ]
    for start in ("Play", "Step one batch", "Step one epoch", "Reset", "New start"):
        assert [name for name in names if name.startswith(start)], (start, names)
    expect(bar.get_by_role("combobox", name="Speed")).to_be_visible()
    assert screen.button("Play").get_attribute("aria-keyshortcuts") == "Space"
    # Reset is the run's alone. Of the charts' own buttons none begins so, or sends a chart away.
    expect(screen.live.get_by_role("button", name=re.compile("^(Play|Pause|Reset)"))).to_have_count(
        2
    )
    assert screen.page.get_by_role("button", name=re.compile("share|upload", re.I)).count() == 0


@pytest.mark.parametrize("color_scheme", ["dark"])
def test_in_a_dark_room_the_page_is_dark(screen: Screen) -> None:
    screen.open()
    assert luminance(screen, ".stApp", "backgroundColor") < 40
    assert luminance(screen, ".nn-live", "color") > 180
    assert luminance(screen, "[data-chart=loss] .xtick text", "fill") > 120
    assert luminance(screen, ".nn-primary", "color") > 240
    assert screen.pixels("boundary") > 50


@pytest.mark.parametrize("viewport", [PHONE])
def test_on_a_phone_it_stacks_and_can_be_touched(screen: Screen) -> None:
    screen.open()
    page = screen.page
    assert overflow(screen) <= 0
    boxes: dict[str, Any] = {
        name: screen.live.locator(f"[data-chart={name}]").bounding_box() for name in CHARTS
    }
    for box in boxes.values():
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        assert box["width"] > 0.8 * PHONE["width"]  # one below the other
    tops = [boxes[name]["y"] for name in CHARTS]
    assert tops == sorted(tops)
    buttons = screen.live.locator(".nn-bar button")
    expect(buttons).to_have_count(5)
    for button in buttons.all():
        expect(button).to_be_in_viewport(ratio=1)
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 40
        assert box["width"] >= 40
    # The sidebar is closed at first; its opener stands clear of the page links.
    choice = page.get_by_role("combobox", name="Data set")
    opener = page.get_by_test_id("stExpandSidebarButton")
    expect(choice).not_to_be_in_viewport()
    mine = opener.bounding_box()
    assert mine is not None
    links = page.locator(".st-key-page-links a")
    expect(links).to_have_count(5)
    for link in links.all():
        other = link.bounding_box()
        assert other is not None
        apart = other["x"] >= mine["x"] + mine["width"] or mine["x"] >= other["x"] + other["width"]
        assert apart, (mine, other)
    # They scroll sideways in a row of their own, which leaves the menu its place.
    row = page.locator(".st-key-page-links")
    room, menu = row.bounding_box(), page.get_by_role("button", name="Main menu").bounding_box()
    assert room is not None
    assert menu is not None
    assert room["x"] + room["width"] <= menu["x"]
    page.get_by_role("link", name="Guide").scroll_into_view_if_needed()
    expect(page.get_by_role("link", name="Guide")).to_be_in_viewport(ratio=0.95)
    opener.click()
    expect(choice).to_be_in_viewport()
    page.get_by_role("button", name="Collapse sidebar").click()
    expect(choice).not_to_be_in_viewport()
    # A tap, not a mouse: the run goes.
    screen.play()
    screen.pause()
    assert overflow(screen) <= 0


@pytest.mark.parametrize("viewport", [PHONE])
def test_on_a_phone_play_stays_in_reach_below_the_links(screen: Screen) -> None:
    screen.open()
    screen.live.locator(".nn-below").evaluate("(part) => part.scrollIntoView()")
    expect(screen.live.locator("[data-panel=boundary]")).not_to_be_in_viewport()
    # Asked before any click: a click would scroll a covered button into sight by itself.
    seen: bool = screen.button("Play").evaluate(
        """(button) => {
          const { x, y, width, height } = button.getBoundingClientRect();
          const heights = [y + 3, y + height - 3];
          const top = heights.map((at) => document.elementFromPoint(x + width / 2, at));
          return top.every((node) => button.contains(node));
        }"""
    )
    assert seen


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 720}])
def test_the_five_choices_are_in_sight_without_opening_anything(screen: Screen) -> None:
    screen.open()
    side = screen.page.get_by_test_id("stSidebar")
    choices = [
        side.get_by_role("combobox", name="Data set"),
        *(side.get_by_role("spinbutton", name=f"Units in layer {n}") for n in (1, 2, 3)),
        side.get_by_role("combobox", name="Activation"),
        side.get_by_role("spinbutton", name="Learning rate"),
        side.get_by_role("slider", name="Learning rate"),
        side.get_by_role("spinbutton", name="Epochs"),
    ]
    lowest = 0.0
    for choice in choices:
        expect(choice).to_have_count(1)
        # The input of a slider is one pixel high and lies under the thumb that is drawn.
        box = choice.bounding_box()
        assert box is not None
        assert box["y"] > lowest  # one below the other: none covers another
        assert 0 <= box["x"] < box["x"] + box["width"] <= 300
        lowest = box["y"] + box["height"]
    assert lowest < 720
