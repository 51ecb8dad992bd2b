"""axe finds nothing serious on any page, in either theme: names, roles, contrast, the keyboard."""

import re
from typing import Any, Final, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize, expect

from playground.learning_rate.settings import VIEWS
from tests.browser.screen import DESKTOP, PHONE, page_link

DARK: Final = re.compile(r"^rgb\((\d\d(, )?){3}\)$")
LIGHT: Final = re.compile(r"^rgb\((2\d\d(, )?){3}\)$")

SCHEMES: Final[tuple[tuple[Literal["light", "dark"], re.Pattern[str]], ...]] = (
    ("light", LIGHT),
    ("dark", DARK),
)
_CHARTS: Final = "[data-testid=live] [data-chart=gradient] .nn-plot[data-builds='1']"
_PANEL: Final = "[data-testid=live][data-frames] .nn-panel"
_SMALL: Final = "dataset=circle&samples=60&layers=4&epochs=60"
# What each view of the learning-rate page opens with, where no panel of ours is.
_STILL: Final = {
    "range": ".st-key-range_chart .main-svg",
    "landscape": ".st-key-landscape_contour .main-svg",
}
# Page -> what is there once it is drawn.
PLACES: Final = {
    "Playground": _CHARTS,
    "Learning rate": "[data-panel=parabola]",
    "Gradient flow": "[data-panel=map-0]",
    "Backprop": "[data-testid=stCode] code",
    "Digits": "[data-panel=draw]",
    "Compare": ".compare-pictures img",
    "Lessons": ".st-key-lesson-card-losses",
    "Guide": "[role=tab]",
}
# The same of addresses of lecture mode.
_LECTURES: Final = {
    f"?{_SMALL}": _CHARTS,
    "backprop?walk_step=9": "[data-panel=graph] .nn-node",
    f"compare?{_SMALL}": ".compare-table",
    "lessons?lesson=losses": ".lesson-reveal",
}
_ON_A_PHONE: Final = ("Playground", "Gradient flow", "Digits")


def findings(page: Page, part: str = "html") -> list[str]:
    """What axe holds against the page, of the two worst kinds: rule, element and what is wrong."""
    page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(
        "(part) => axe.run(part, {resultTypes: ['violations']}).then((found) => found.violations)",
        part,
    )
    return [
        f"{page.url} {rule['id']} at {node['target']}: {node['failureSummary']}"
        for rule in found
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]


def lasting_findings(page: Page, part: str = "html") -> list[str]:
    """The same, but not of a moment: colours that change are faint on their way."""
    return findings(page, part) and findings(page, part)


def assert_open_to_all(
    page: Page,
    subtests: pytest.Subtests,
    name: str,
    drawn: str,
    sizes: tuple[ViewportSize, ...] = (DESKTOP,),
) -> None:
    """Wait until what is drawn is there, and look at it in either theme at each size."""
    expect(page.locator(drawn).first).to_be_visible()
    for size in sizes:
        page.set_viewport_size(size)
        for scheme, background in SCHEMES:
            with subtests.test(name, width=size["width"], scheme=scheme):
                page.emulate_media(color_scheme=scheme)
                expect(page.get_by_test_id("stApp")).to_have_css("background-color", background)
                assert lasting_findings(page) == []


@pytest.mark.parametrize("viewport", [DESKTOP])
def test_no_page_keeps_people_out(page: Page, subtests: pytest.Subtests) -> None:
    page.goto(f"/?{_SMALL}")
    for name, drawn in PLACES.items():
        page_link(page, name).click()
        sizes = (DESKTOP, PHONE) if name in _ON_A_PHONE else (DESKTOP,)
        assert_open_to_all(page, subtests, name, drawn, sizes)
        page.set_viewport_size(DESKTOP)


@pytest.mark.parametrize("viewport", [DESKTOP])
def test_no_view_of_the_learning_rate_keeps_people_out(
    page: Page, subtests: pytest.Subtests
) -> None:
    page.goto(f"/learning_rate?{_SMALL}")
    for view, label in tuple(VIEWS.items())[1:]:
        views = page.get_by_role("radiogroup", name="View", exact=True)
        views.get_by_text(label, exact=True).first.click()
        expect(views.get_by_role("radio", name=label, exact=True).first).to_be_checked()
        assert_open_to_all(page, subtests, view, _STILL.get(view, _PANEL))


@pytest.mark.parametrize("viewport", [DESKTOP])
def test_no_lecture_keeps_people_out(page: Page, subtests: pytest.Subtests) -> None:
    for address, drawn in _LECTURES.items():
        page.goto(f"/{address}&lecture=1")
        assert_open_to_all(page, subtests, address, drawn)
    page.keyboard.press("r")
    expect(page.locator(".lesson-choices")).to_be_hidden()
    assert_open_to_all(page, subtests, "the answer", ".st-key-lesson-answer-losses")


@pytest.mark.parametrize("viewport", [PHONE])
def test_the_open_menu_of_pages_keeps_nobody_out(page: Page, subtests: pytest.Subtests) -> None:
    page.goto(f"/?{_SMALL}")
    expect(page.locator(_CHARTS)).to_be_visible()
    page.get_by_role("button", name=re.compile("^Pages: ")).click()
    assert_open_to_all(page, subtests, "the menu", ".st-key-page-links a:visible", (PHONE,))


def test_a_fault_is_found(empty: Page) -> None:
    empty.set_content("<html lang=en><title>x</title><button></button><p style='color:#bbb'>Faint")
    assert {line.split()[1] for line in findings(empty)} == {"button-name", "color-contrast"}
