"""A lesson alone and in a lecture, by pointer and by keys; and the first steps of a first visit."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from playground.lessons.catalogue import LESSONS
from playground.lessons.words import TITLES
from tests.browser.conftest import new_context
from tests.browser.screen import CHARTS, DESKTOP, PHONE, Playground, Screen, box_of
from tests.browser.test_accessibility import SCHEMES, lasting_findings

LOW: ViewportSize = {"width": 1280, "height": 720}
NARROW: ViewportSize = {"width": 1000, "height": 700}
# The names of what can be pressed and lies under a box; the layouts' tools wait until it is gone.
COVERED = """(node) => {
  const box = node.getBoundingClientRect();
  const controls = [...document.querySelectorAll("a, button:not(.nn-tool), input, select")];
  return controls.filter((control) => {
    const { left, right, top, bottom } = control.getBoundingClientRect();
    const beside = right <= box.left || left >= box.right;
    const apart = beside || bottom <= box.top || top >= box.bottom || node.contains(control);
    return !apart && control.checkVisibility({ visibilityProperty: true });
  }).map((control) => control.ariaLabel ?? control.innerText);
}"""


def answer(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-lesson-answer-{name}")


def expect_lesson(page: Page, name: str) -> None:
    """The lesson is on show and in the address, and its question can be answered."""
    expect(page.get_by_role("heading", name=TITLES[name], exact=True)).to_be_visible()
    expect(page.locator(".lesson-question")).to_have_text(LESSONS[name].question)
    Screen(page).wait_query(lesson=name)


def test_a_student_predicts_tries_and_comes_back(page: Page, screen: Playground) -> None:
    page.goto("/lessons")
    page.get_by_role("button", name=TITLES["xor"]).click()
    expect_lesson(page, "xor")
    expect(answer(page, "xor")).to_be_hidden()
    lesson = LESSONS["xor"]
    choice = page.get_by_role("button", name=lesson.choices[0])
    choice.click()
    expect(choice).to_have_attribute("aria-pressed", "true")
    expect(answer(page, "xor")).to_be_hidden()  # it is to be tried first
    page.get_by_role("button", name=lesson.variants[2].title).click()
    screen.wait_drawn()
    assert screen.query() == lesson.variants[2].config.to_query()
    screen.play()
    page.go_back()
    expect_lesson(page, "xor")
    expect(choice).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Reveal", exact=True).click()
    expect(answer(page, "xor")).to_be_visible()
    expect(page.locator(".lesson-verdict")).to_contain_text("You expected 1. It is 2")
    page.reload()
    expect(answer(page, "xor")).to_be_visible()
    page.get_by_role("button", name="All lessons").click()
    expect(page.get_by_text("1 of 15 done.")).to_be_visible()
    page.get_by_role("button", name="Forget my answers").click()
    expect(page.get_by_text("1 of 15 done.")).to_have_count(0)
    page.go_back()
    expect_lesson(page, "xor")
    expect(answer(page, "xor")).to_be_hidden()


@pytest.mark.parametrize("viewport", [LOW])
def test_a_lecturer_needs_the_keyboard_alone(page: Page, view: Screen) -> None:
    page.goto("/lessons?lesson=features")
    expect_lesson(page, "features")
    for part in (".lesson-reveal", ".st-key-lesson_open_c button:visible"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    page.keyboard.press("l")
    view.wait_query(lecture="true")
    page.keyboard.press("ArrowRight")
    expect_lesson(page, "rates")
    page.keyboard.press("3")
    expect(page.locator(".lesson-verdict")).to_contain_text("You expect 3")
    page.keyboard.press("d")
    view.wait_drawn(("losses",))
    view.wait_query(view="race", race_rates="0.0001,0.02,0.1", lecture="true")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    page.go_back()
    expect_lesson(page, "rates")
    view.wait_query(lecture="true")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    page.keyboard.press("r")
    expect(answer(page, "rates")).to_be_visible()
    expect(page.locator(".lesson-verdict")).to_contain_text("You were right.")
    page.keyboard.press("ArrowLeft")
    expect_lesson(page, "features")
    expect(answer(page, "features")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Lessons", exact=True)).to_be_visible()
    assert page.evaluate("Object.keys(JSON.parse(localStorage['playground.lessons']))") == ["rates"]


@pytest.mark.parametrize("viewport", [LOW])
def test_a_lecture_has_room_for_the_question_or_the_answer(page: Page, view: Screen) -> None:
    def assert_fits() -> None:
        view.wait("document.querySelector('[data-testid=stMain]').scrollHeight <= innerHeight")

    page.goto("/lessons?lesson=losses&lecture=1")  # the longest
    expect_lesson(page, "losses")
    choices, verdict = page.locator(".lesson-choices"), page.locator(".lesson-verdict")
    page.keyboard.press("2")
    page.keyboard.press("r")
    for shown in (answer(page, "losses"), verdict):
        expect(shown).to_be_in_viewport(ratio=1)
    expect(choices).to_be_hidden()
    assert_fits()
    page.keyboard.press("r")
    for shown in (choices, verdict, page.locator(".st-key-lesson_open_d")):
        expect(shown).to_be_in_viewport(ratio=1)
    expect(answer(page, "losses")).to_be_hidden()
    assert_fits()
    page.keyboard.press("l")  # else there is room for both
    view.wait_query(lecture=None)
    for shown in (choices, answer(page, "losses")):
        expect(shown).to_be_visible()


def test_a_revealed_lesson_keeps_nobody_out(page: Page, view: Screen) -> None:
    page.goto("/lessons?lesson=overfitting")
    expect_lesson(page, "overfitting")
    page.keyboard.press("1")
    page.keyboard.press("r")
    expect(answer(page, "overfitting")).to_be_visible()
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        for scheme, background in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            expect(page.get_by_test_id("stApp")).to_have_css("background-color", background)
            assert lasting_findings(page) == [], (scheme, size)
        assert view.overflow() <= 0


@pytest.fixture
def newcomer(browser: Browser, app_url: str) -> Iterator[Page]:
    """A page of a person who was never here."""
    context = new_context(browser, app_url, greeted=False)
    context.add_init_script(
        """const read = Storage.prototype.getItem;
        Storage.prototype.getItem = function (name) {
          window.looked ||= name === "playground.welcome";
          return read.call(this, name);
        };"""
    )
    yield context.new_page()
    context.close()


def test_a_first_visit_is_shown_three_steps_once(newcomer: Page, subtests: pytest.Subtests) -> None:
    screen, asked = Playground(newcomer), list[str]()
    screen.open()
    steps = newcomer.get_by_role("region", name="First steps")
    expect(steps).to_be_visible()
    for size in (DESKTOP, LOW, NARROW, PHONE):
        newcomer.set_viewport_size(size)
        # It looks for its place three times a second.
        settled = f"(node) => ({COVERED})(node).length === 0"
        newcomer.wait_for_function(settled, arg=steps.element_handle())
        with subtests.test("it lies over nothing", width=size["width"]):
            expect(steps).to_be_in_viewport(ratio=1)
            fits = "(p) => p.scrollHeight <= p.parentElement.clientHeight"
            assert steps.locator("p").evaluate(fits)
            assert lasting_findings(newcomer) == []
    places = [box_of(screen.panel(name)) for name in CHARTS]
    marked = newcomer.locator(".playground-marked")
    expect(steps).to_contain_text("1/3")
    expect(marked).to_have_text("Play")
    newcomer.keyboard.press("Space")  # what was done needs no Next
    expect(steps).to_contain_text("2/3")
    expect(marked).to_have_attribute("data-testid", "rate")
    newcomer.keyboard.press("+")
    expect(steps).to_contain_text("3/3")
    expect(marked).to_have_class("page-menu playground-marked")
    newcomer.keyboard.press("Space")
    screen.wait_rest()
    steps.get_by_role("button", name="Got it").click()
    expect(steps).to_have_count(0)
    assert [box_of(screen.panel(name)) for name in CHARTS] == places  # nothing has moved
    newcomer.on("request", lambda request: asked.append(request.url))
    newcomer.reload()
    screen.wait_drawn()
    newcomer.wait_for_function("() => window.looked")
    assert not [url for url in asked if url.endswith("welcome.js")]
    expect(steps).to_have_count(0)
