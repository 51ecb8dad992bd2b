"""What a person typed and cannot be: it stays in its box, marked, with words in sight."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.screen import Screen
from tests.browser.stage_screen import StageScreen

BAD = "0.1, abc, 5"


def enter(field: Locator, text: str) -> None:
    field.fill(text)
    field.press("Enter")


def below(field: Locator, words: Locator) -> float:
    """Pixels from the lower edge of the number to the words; they begin at the same left edge."""
    box, found = field.bounding_box(), words.bounding_box()
    assert box is not None
    assert found is not None
    assert abs(found["x"] - box["x"]) < 20
    return found["y"] - (box["y"] + box["height"])


def rates(page: Page) -> tuple[Locator, Locator]:
    """The race's list of rates, and what is said of it."""
    alert = page.get_by_test_id("stMain").get_by_test_id("stAlert")
    return page.get_by_role("textbox", name="Or a list of rates"), alert


def test_a_bad_list_stays_while_a_race_runs_until_a_preset_replaces_it(page: Page) -> None:
    stage = StageScreen(page)
    stage.open("view=race&samples=60&layers=3&race_count=3&epochs=100000")
    field, alert = rates(page)
    stage.play()
    enter(field, BAD)
    expect(alert).to_contain_text("Entry 2, abc, is not a number.")
    stage.wait_frames(stage.frames + 3)
    expect(field).to_have_value(BAD)
    assert 0 < below(field, alert) < 24
    stage.pause()
    page.get_by_role("button", name="Next preset").click()
    expect(alert).to_have_count(0)
    page.mouse.move(0, 0)  # the button's help lies over the row of views
    page.get_by_role("radio", name="Race", exact=True).click()
    expect(field).to_have_value("")


def test_a_bad_list_in_the_turn_of_a_request_is_said_to_be_bad(page: Page) -> None:
    """Streamlit sends both as one, for the view alone: the words outside of it must come too."""
    stage = StageScreen(page)
    stage.open("view=race&samples=60&layers=3&race_count=3")
    field, alert = rates(page)
    field.fill(BAD)
    page.evaluate(
        """() => {
          document.querySelector("[data-testid=live] [data-cmd=toggle]").click();
          document.querySelector("input[aria-label='Or a list of rates']")
            .dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
        }"""
    )
    expect(alert).to_contain_text("Entry 2, abc, is not a number.")
    expect(field).to_have_value(BAD)


def test_a_bad_list_is_there_again_after_a_visit_to_another_page(page: Page) -> None:
    stage = StageScreen(page)
    stage.open("view=race&samples=60&layers=3&race_count=3")
    field, alert = rates(page)
    enter(field, BAD)
    expect(alert).to_be_visible()
    page.get_by_role("link", name="Guide").click()
    expect(page.get_by_role("heading", name="Guide", exact=True)).to_be_visible()
    page.get_by_role("link", name="Learning rate").click()
    expect(field).to_have_value(BAD)
    expect(alert).to_contain_text("Entry 2, abc, is not a number.")
    enter(field, "0.1, 5")
    expect(alert).to_have_count(0)
    stage.wait_query(race_rates="0.1,5")


@pytest.mark.parametrize("name", ["Learning rate", "Units in layer 2"])
def test_a_number_out_of_range_stays_and_its_range_is_in_sight(screen: Screen, name: str) -> None:
    screen.open()
    field = screen.page.get_by_role("spinbutton", name=name)
    kept = field.input_value()
    enter(field, "5000")
    words = field.locator("xpath=..").get_by_role("alert")
    expect(words).to_contain_text("between")
    expect(field).to_have_value("5000")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert 0 <= below(field, words) < 12
    box = words.bounding_box()
    assert box is not None
    assert box["height"] > 12
    assert screen.query() == {}
    enter(field, kept)
    expect(words).to_have_count(0)
    expect(field).to_have_value(kept)
