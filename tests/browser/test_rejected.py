"""What a person typed and cannot be: it stays in its box, marked, with words in sight."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.screen import Playground, Screen, box_of, enter

BAD = "0.1, abc, 5"


def below(field: Locator, words: Locator) -> float:
    """Pixels from the lower edge of the number to the words; they begin at the same left edge."""
    box, found = box_of(field), box_of(words)
    assert abs(found["x"] - box["x"]) < 20
    return found["y"] - (box["y"] + box["height"])


def test_a_bad_list_stays_with_its_words_until_it_is_mended_or_replaced(
    page: Page, view: Screen
) -> None:
    view.open("view=race&samples=60&layers=3&race_count=3&epochs=100000")
    alert = page.get_by_test_id("stMain").get_by_test_id("stAlert")
    field = page.get_by_role("textbox", name="Or a list of rates")

    def said_to_be_bad() -> None:
        expect(alert).to_contain_text("Entry 2, abc, is not a number.")
        expect(field).to_have_value(BAD)

    # While a race runs, which goes on.
    view.play()
    enter(field, BAD)
    said_to_be_bad()
    view.wait_frames(view.frames + 3)
    assert len(view.cells()) == 3
    said_to_be_bad()
    assert 0 < below(field, alert) < 24
    assert box_of(alert)["width"] <= box_of(field)["width"] + 4
    view.pause()
    # After a visit to another page.
    view.visit_guide("Learning rate")
    said_to_be_bad()
    enter(field, "0.5, 1, 2, 4")
    expect(view.rows).to_have_count(4)
    expect(alert).to_have_count(0)
    view.wait_query(race_rates="0.5,1,2,4")
    view.wait_drawn()
    # In the turn of a request. Streamlit sends both as one, for the view alone: the words
    # outside of it must come too.
    field.fill(BAD)
    page.evaluate(
        """() => {
          document.querySelector("[data-testid=live] [data-cmd=toggle]").click();
          document.querySelector("input[aria-label='Or a list of rates']")
            .dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
        }"""
    )
    said_to_be_bad()
    # Until a preset replaces it.
    page.get_by_role("button", name="Next preset").click()
    expect(alert).to_have_count(0)
    page.mouse.move(0, 0)  # the button's help lies over the row of views
    page.get_by_role("radio", name="Race", exact=True).click()
    expect(field).to_have_value("")


def test_a_number_out_of_range_stays_and_its_range_is_in_sight(
    screen: Playground, subtests: pytest.Subtests
) -> None:
    screen.open()
    for name in ("Learning rate", "Units in layer 2"):
        with subtests.test(name):
            field = screen.page.get_by_role("spinbutton", name=name)
            kept = field.input_value()
            enter(field, "5000")
            words = field.locator("xpath=..").get_by_role("alert")
            expect(words).to_contain_text("between")
            expect(field).to_have_value("5000")
            expect(field).to_have_attribute("aria-invalid", "true")
            assert 0 <= below(field, words) < 12
            assert box_of(words)["height"] > 12
            assert screen.query() == {}
            enter(field, kept)
            expect(words).to_have_count(0)
            expect(field).to_have_value(kept)
    with subtests.test("a decimal comma is typed"):
        field = screen.page.get_by_role("spinbutton", name="Learning rate")
        field.press("ControlOrMeta+a")
        field.press_sequentially("0,5")
        field.press("Enter")
        screen.wait_query(learning_rate="0.5")
