"""axe finds nothing serious on any page, in either theme: names, roles, contrast, the keyboard."""

import re
from typing import Any, Final

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from playground.learning_rate.settings import VIEWS

DARK: Final = re.compile(r"^rgb\((\d\d(, )?){3}\)$")
PHONE: Final = {"width": 390, "height": 844}
DESKTOP: Final = {"width": 1440, "height": 900}

_LIVE: Final = "[data-testid=live] [data-chart=gradient] .nn-plot[data-builds='1']"
_STAGE: Final = "[data-testid=live][data-frames] .nn-panel"
_SMALL: Final = "dataset=circle&samples=60&layers=4&epochs=60"
# What each view of the learning-rate page opens with, where that is no stage.
_STILL: Final = {
    "range": ".st-key-range_chart .main-svg",
    "landscape": ".st-key-landscape_contour .main-svg",
}
# Address -> what is there once the page is drawn.
PLACES: Final = {
    "/": _LIVE,
    **{f"/learning_rate?{_SMALL}&view={view}": _STILL.get(view, _STAGE) for view in VIEWS},
    "/gradient_flow": _STAGE,
    "/backprop": "[data-testid=stCode] code",
    "/guide": "[role=tab]",
}


def findings(page: Page) -> list[str]:
    """What axe holds against the page, of the two worst kinds: rule, element and what is wrong."""
    page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run({resultTypes: ['violations']}).then((result) => result.violations)"
    )
    return [
        f"{page.url} {rule['id']} at {node['target']}: {node['failureSummary']}"
        for rule in found
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]


def lasting_findings(page: Page) -> list[str]:
    """The same, but not of a moment: colours that change are faint on their way."""
    return findings(page) and findings(page)


def opened(page: Page, address: str) -> list[str]:
    """Open the address, wait until it is drawn, and return the findings in either theme."""
    page.emulate_media(color_scheme="light")
    page.goto(address)
    expect(page.locator(PLACES[address]).first).to_be_visible()
    found = lasting_findings(page)
    page.emulate_media(color_scheme="dark")
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", DARK)
    return found + lasting_findings(page)


@pytest.mark.parametrize(
    ("viewport", "addresses"),
    [(DESKTOP, tuple(PLACES)), (PHONE, ("/", "/gradient_flow"))],
    ids=["desktop", "phone"],
)
def test_nothing_keeps_people_out(page: Page, addresses: tuple[str, ...]) -> None:
    assert [line for address in addresses for line in opened(page, address)] == []


def test_a_fault_is_found(empty: Page) -> None:
    empty.set_content("<html lang=en><title>x</title><button></button><p style='color:#bbb'>Faint")
    assert {line.split()[1] for line in findings(empty)} == {"button-name", "color-contrast"}
