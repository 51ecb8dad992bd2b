"""Every way into a page: whichever it is, the controls show the run's own settings."""

import re
from itertools import chain, cycle
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import DESKTOP, PHONE, Playground, Screen, enter, page_link

HOME: Final = "Playground"
# From the Playground to every page, from every page to it, and between some of the others.
WAY: Final = (
    ("Learning rate", "Gradient flow", HOME),
    ("Backprop", "Guide", HOME),
    ("Gradient flow", "Backprop", "Learning rate", HOME),
    ("Guide", "Backprop", HOME),
)

RUN: Final = {
    "dataset": "moons",
    "samples": "120",
    "seed": "3",
    "layers": "5,4",
    "activation": "relu",
    "learning_rate": "0.07",
    "epochs": "100000",
    "view": "race",
}
SHOWN: Final = {
    "data": "Moons",
    "points": "120",
    "units": "5,4",
    "activation": "ReLU",
    "rate": "0.07",
    "rate's slider": "0.07",
    "seed": "3",
}
# What the sidebar's controls say. Those that a page does not have are left out.
READ: Final = """() => {
  const texts = {
    "data": [".stButtonGroup", "set_dataset", "[aria-checked=true]"],
    "points": [".stSlider", "set_samples", "input"],
    "units": [".stNumberInput", "set_layers", "input"],
    "activation": [".stSelectbox", "set_activation", "[role=combobox]"],
    "rate": [".stNumberInput", "learning-rate-head", "input"],
    "rate's slider": [".stSlider", "set_learning_rate_slider", "input"],
    "seed": [".stNumberInput", "set_seed", "input"],
  };
  const side = document.querySelector("[data-testid=stSidebar]");
  const found = {};
  for (const [name, [kind, key, part]] of Object.entries(texts)) {
    const parts = [...(side?.querySelectorAll(`[class*="st-key-${key}"] ${kind} ${part}`) ?? [])];
    const said = parts.map((p) => p.getAttribute("aria-valuetext") ?? (p.value || p.textContent));
    if (parts.length) found[name] = said.join();
  }
  return found;
}"""
QUERY: Final = "&".join(f"{name}={text}" for name, text in RUN.items() if name != "view")


def follow(page: Page, name: str) -> None:
    page_link(page, name).click()


def arrived(page: Page, name: str) -> None:
    """Wait until the page called `name` is on show and in the address."""
    expect(page).to_have_title(re.compile(f"^{name}"))
    path = "" if name == HOME else name.lower().replace(" ", "_")
    page.wait_for_function("(path) => location.pathname === `/${path}`", arg=path)


def shown(page: Page) -> Any:
    return page.evaluate(READ)


def expect_own_settings(page: Page, at_least: int = len(SHOWN)) -> None:
    """Once the page is drawn, its controls, at least so many of them, show the run's settings."""
    page.wait_for_function(f"(count) => Object.keys(({READ})()).length >= count", arg=at_least)
    Screen(page).wait_page()
    found = shown(page)
    assert found == {name: SHOWN[name] for name in found}


def expect_playground(page: Page, screen: Playground) -> None:
    """The Playground is on show, with the run that was left: its settings, its address."""
    expect(page).to_have_title(re.compile("^Playground"))
    screen.wait_drawn()
    expect_own_settings(page)
    assert screen.query() == {name: text for name, text in RUN.items() if name != "view"}


@pytest.mark.parametrize(
    ("viewport", "pauses", "play"),
    [(DESKTOP, (0.3, 0.1), False), (PHONE, (0.1, 0.3, 2.0), True)],
    ids=["desktop_at_rest", "phone_playing"],
)
def test_the_controls_show_the_run_after_every_link(
    page: Page, screen: Playground, pauses: tuple[float, ...], play: bool
) -> None:
    screen.open(QUERY)
    expect_own_settings(page)
    screen.play()
    if not play:
        screen.pause()
    epoch = begun = screen.epoch
    for name, pause in zip(chain(*WAY), cycle(pauses), strict=False):
        follow(page, name)
        page.wait_for_timeout(1000 * pause)
        if name == HOME:
            expect_playground(page, screen)
            assert screen.epoch >= epoch
            epoch = screen.epoch
    expect_playground(page, screen)
    if play:
        screen.wait_epoch(epoch + 1)
    else:
        assert screen.epoch == begun
        # A touch of the slider goes on from the run's own rate.
        slider = page.get_by_test_id("stSidebar").get_by_role("slider", name="Learning rate")
        slider.focus()
        slider.press("ArrowRight")
        screen.wait_query(learning_rate="0.1")


@pytest.mark.parametrize("viewport", [DESKTOP])
def test_the_controls_show_the_run_after_back_forward_and_reload(
    page: Page, screen: Playground
) -> None:
    screen.open(QUERY)
    screen.play()
    screen.pause()
    epoch = screen.epoch
    for name in ("Learning rate", "Guide", "Playground", "Gradient flow"):
        follow(page, name)
        arrived(page, name)
    for name in ("Playground", "Guide", "Learning rate", "Playground"):
        page.go_back()
        arrived(page, name)
        if name == HOME:
            expect_playground(page, screen)
            assert screen.epoch == epoch
    for _ in range(2):  # in a hurry
        page.go_forward()
    arrived(page, "Guide")
    page.go_forward()
    arrived(page, "Playground")
    expect_playground(page, screen)
    assert screen.epoch == epoch
    page.reload()
    expect_playground(page, screen)
    assert screen.epoch == epoch


@pytest.mark.parametrize("path", ["gradient_flow", "guide"])
def test_the_controls_show_the_run_that_another_page_was_opened_with(
    page: Page, screen: Playground, path: str
) -> None:
    page.goto(f"/{path}?view=race&{QUERY}")
    if path != "guide":
        expect_own_settings(page, 2)
    follow(page, "Playground")
    expect_playground(page, screen)
    page.go_back()
    expect(page).not_to_have_title(re.compile("^Playground"))
    follow(page, "Playground")
    expect_playground(page, screen)


def test_a_view_that_is_being_left_asks_nothing_more(page: Page, screen: Playground) -> None:
    """Its request would come behind that for the other page, and empty it."""
    screen.open(QUERY)
    for name in ("Learning rate", "Gradient flow"):
        page.evaluate(
            """(name) => {
              const links = [...document.querySelectorAll(".st-key-page-links a")];
              links.find((link) => link.textContent.includes(name)).click();
              document.querySelector("[data-testid=live] [data-cmd=toggle]").click();
            }""",
            name,
        )
        expect(page).to_have_title(re.compile(f"^{name}"))
        Screen(page).wait_drawn()
        follow(page, HOME)
        expect_playground(page, screen)


def test_what_is_set_on_one_page_is_shown_on_the_other(page: Page, screen: Playground) -> None:
    screen.open(QUERY)
    follow(page, "Learning rate")
    views = page.get_by_role("radiogroup", name="View", exact=True)
    views.get_by_role("radio", name="Race", exact=True).click()
    page.get_by_role("radio", name="Circle", exact=True).click()
    screen.wait_query(dataset="circle")
    follow(page, "Playground")
    arrived(page, "Playground")
    screen.wait_drawn()
    page.wait_for_function(f"(({READ})())['data'] === 'Circle'")
    assert screen.query()["dataset"] == "circle"
    # Back to what was seen there, and on to what was seen first.
    page.go_back()
    arrived(page, "Learning rate")
    expect(views.get_by_role("radio", name="Race", exact=True).first).to_be_checked()
    screen.wait_page()
    screen.wait_query(dataset="circle", view="race")
    page.go_back()
    expect(views.get_by_role("radio", name="Parabola", exact=True).first).to_be_checked()
    screen.wait_page()
    screen.wait_query(dataset="moons", view=None)
    page.go_back()
    arrived(page, "Playground")
    expect_playground(page, screen)


def test_each_view_is_an_entry_of_the_history(page: Page, view: Screen) -> None:
    view.open()

    views = page.get_by_role("radiogroup", name="View", exact=True)

    def choose(view: str) -> None:
        views.get_by_role("radio", name=view, exact=True).click()

    def expect_view(name: str, **query: str | None) -> None:
        view.wait_query(**query)
        # While a page is drawn anew the views of before may still be there, behind the new ones.
        expect(views.get_by_role("radio", name=name, exact=True).first).to_be_checked()
        view.wait_page()

    choose("Race")
    expect_view("Race", view="race")
    count = page.get_by_test_id("stMain").get_by_role("spinbutton", name="How many")
    enter(count, "5")
    view.wait_query(view="race", race_count="5")
    choose("Range test")
    expect_view("Range test", view="range", race_count="5")
    entries = page.evaluate("history.length")
    page.go_back()
    expect_view("Race", view="race", race_count="5")
    expect(count).to_have_value("5")
    page.go_back()
    expect_view("Parabola", view=None)
    page.go_forward()
    expect_view("Race", view="race", race_count="5")
    page.go_forward()
    expect_view("Range test", view="range")
    assert page.evaluate("history.length") == entries
