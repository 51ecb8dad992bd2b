"""The page Compare with real fits: what comes as it comes, who else sees it, and that work ends."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.screen import DESKTOP, PHONE, Screen, enter
from tests.browser.test_accessibility import assert_open_to_all

SMALL: Final = {
    "dataset": "circle",
    "samples": "60",
    "layers": "4",
    "epochs": "20",
    "compare_splits": "2",
    "compare_models": "linear,knn,gp",
    "compare_second": "knn",
}
# One fit of it takes as long as any fit may: whoever waits for its end waits in vain.
ENDLESS: Final = SMALL | {"samples": "5000", "epochs": "1000000", "noise": "30"}

OpenPage = Callable[[], Page]


def open_with(page: Page, query: dict[str, str]) -> Locator:
    """Open the page with this query; returns its pictures, which are there already."""
    page.goto(f"/compare?{urlencode(query)}")
    pictures = page.locator(".compare-pictures img")
    expect(pictures).to_have_count(1 + len(query["compare_models"].split(",")))
    return pictures


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def cells(page: Page) -> list[list[str]]:
    """The texts of the table of scores, row by row."""
    table = page.get_by_role("region", name="Scores and costs of the models")
    return [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]


def test_the_models_are_fitted_by_keys_and_whoever_opens_the_link_sees_it(
    open_page: OpenPage, subtests: pytest.Subtests
) -> None:
    page = open_page()
    pictures = open_with(page, SMALL)
    before = pictures.first.get_attribute("src")
    page.get_by_role("button", name="k-nearest neighbours").focus()
    page.keyboard.press("Enter")
    box = page.get_by_role("spinbutton", name="Neighbours")
    expect(box).to_be_visible()
    enter(box, "3")
    page.wait_for_url(re.compile("knn_neighbours=3"))
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    page.get_by_role("button", name="Fit the models", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("not fitted yet")).to_have_count(0)
    expect(page.get_by_role("button", name="Table as CSV")).to_be_visible()
    assert pictures.first.get_attribute("src") != before
    with subtests.test("each row has its figures"):
        for row in cells(page):
            assert len(row) == 9
            assert re.search(r"\d ± [\d.]+ %", row[1]), row
            assert re.search(r"\d m?s$", row[5]), row
            assert re.search(r"\d [kM]B$", row[8]), row
        expect(page.locator(".st-key-compare-verdict")).to_contain_text("ur network")
    with subtests.test("the file has the score of each split"), page.expect_download() as found:
        press(page, "Table as CSV")
    with found.value.path().open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["splits"] for line in lines] == ["2"] * 4
    assert all(0 <= float(line["accuracy_2"]) <= 1 for line in lines)
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        with subtests.test("the curves are drawn, and nothing is wider", width=size["width"]):
            expect(page.locator(".st-key-compare_curve .main-svg").first).to_be_visible()
            expect(page.locator(".st-key-compare_calibration .main-svg").first).to_be_visible()
            page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
            assert Screen(page).overflow() <= 0
    assert_open_to_all(page, subtests, "Compare", ".compare-table", (DESKTOP, PHONE))
    other = open_page()
    open_with(other, SMALL | {"knn_neighbours": "3"})
    expect(other.get_by_text("not fitted yet")).to_have_count(0)
    assert cells(other) == cells(page)
    low: ViewportSize = {"width": 1280, "height": 720}
    page.set_viewport_size(low)
    press(page, "Lecture mode")
    assert_open_to_all(page, subtests, "Lecture", ".compare-table", (low,))
    with subtests.test("in a lecture all of it is in the window"):
        for part in (".st-key-compare-verdict", ".compare-pictures", ".compare-table"):
            expect(page.locator(part).first).to_be_in_viewport(ratio=1)
        page.wait_for_function(
            "document.querySelector('[data-testid=stMain]').scrollHeight <= innerHeight"
        )


def test_it_ends_in_the_middle_of_a_fit_by_stop_by_leaving_and_by_a_closed_tab(
    open_page: OpenPage,
) -> None:
    left, other = open_page(), open_page()

    def assert_free(seed: int) -> None:
        """The one process works for another viewer, who would wait for two minutes otherwise."""
        open_with(other, SMALL | {"seed": str(seed), "compare_models": "knn"})
        press(other, "Fit the models")
        expect(other.get_by_role("button", name="Table as CSV")).to_be_visible()

    def start() -> None:
        press(left, "Fit the models")
        expect(left.get_by_role("button", name="Stop", exact=True)).to_be_visible()

    can_start = left.get_by_role("button", name="Fit the models", exact=True)
    open_with(left, ENDLESS)
    start()
    press(left, "Stop")
    expect(can_start).to_be_visible()
    assert_free(1)
    start()
    # Another setting is another comparison.
    press(left, "Splits")
    enter(left.get_by_role("spinbutton", name="Splits"), "3")
    expect(can_start).to_be_visible()
    assert_free(2)
    start()
    left.close()
    assert_free(3)
