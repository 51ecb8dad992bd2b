"""The learning-rate page in a real browser: its parabola and its races."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from playground.learning_rate.parabola import descend
from playground.learning_rate.parabola_sentence import sentence
from playground.learning_rate.race import Race
from playground.settings.config import Config
from tests.browser.screen import PHONE, Playground, Screen, box_of, enter, figure

PARABOLA = ("parabola", "bowl", "distance")
RACE = ("losses", "boundaries", "table")
EDGE = ("sharpness", "loss")
MAP = ("map",)
RATES = (0.005, 0.02, 20.0, 30.0)
# A linear model and a full batch: the low rates converge, the high ones leave the finite numbers.
LINEAR = {"dataset": "plane", "samples": "60", "layers": "", "batch_size": "5000"}
LOST = {**LINEAR, "view": "race", "race_rates": "0.005,0.02,20,30", "epochs": "100000"}
CALM = {"view": "race", "race_rates": "0.01,0.1,1", "samples": "60", "epochs": "100000"}


def note_presses(view: Screen) -> None:
    """Remember which step was on show when a person pressed something."""
    view.page.evaluate(
        """() => addEventListener("click", () => {
          window.pressed = Number(document.querySelector("[data-testid=live]")?.dataset.step);
        }, true)"""
    )


def shown_by_python(query: dict[str, str], rates: tuple[float, ...], epochs: int) -> list[float]:
    """The losses of the same race after so many epochs, run here in one go."""
    race = Race(Config.from_query(query)[0], "rates", rates)
    race.run_epochs(epochs)
    return [float(loss) for loss in race.losses]


def path_of(view: Screen, name: str) -> list[float]:
    """The horizontal places of the path that a chart shows."""
    found: list[float] = view.chart(name).evaluate(
        "(node) => Array.from(node.data.find((t) => t.meta?.role === 'path').x)"
    )
    return found


def tiles(view: Screen) -> tuple[list[str], list[int]]:
    """Each small boundary as a data URL, and how many different colours it has."""
    pictures, colours = view.panel("boundaries").evaluate(
        """(panel) => {
          const all = [...panel.querySelectorAll(".nn-tile canvas")];
          return [all.map((canvas) => canvas.toDataURL()), all.map((canvas) => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            return new Set(new Uint32Array(data.buffer)).size;
          })];
        }"""
    )
    assert pictures
    return pictures, colours


# ---- the parabola


def test_the_parabola_plays_and_pause_keeps_what_is_shown(view: Screen) -> None:
    view.open(panels=PARABOLA)
    expect(view.page).to_have_title(re.compile("Learning rate"))
    expect(view.live).to_have_attribute("data-status", "ready")
    expect(view.words).to_have_text(sentence(descend(1.0, 1.8)))
    for name in PARABOLA:
        expect(view.chart(name).locator(".main-svg").first).to_be_visible()
        assert len(path_of(view, name)) == 1
    assert view.reads() == ["0", "1", "0.5"]
    speed = view.live.get_by_role("combobox", name="Speed")
    expect(speed.locator("option")).to_have_text(["1 step a second", "5 steps a second"])
    speed.select_option("5")
    view.mark()
    note_presses(view)
    view.play()
    expect(view.live).to_have_attribute("data-status", "running")
    view.wait_step(3)
    view.pause()
    step = view.step
    assert step == view.page.evaluate("pressed")
    path = descend(1.0, 1.8)
    assert path_of(view, "parabola") == pytest.approx(path.xs[: step + 1])
    assert path_of(view, "distance") == list(range(step + 1))
    assert view.reads() == [str(step), figure(path.xs[step]), figure(path.losses[step])]
    press = view.page.keyboard.press
    view.unfocus()
    for key in ("ArrowLeft", "Shift+R", "Shift+ArrowRight"):  # the Playground's alone
        press(key)
    press("ArrowRight")
    expect(view.live).to_have_attribute("data-step", str(step + 1))
    assert path_of(view, "parabola") == pytest.approx(path.xs[: step + 2])
    press(" ")
    expect(view.button("Pause")).to_be_visible()
    press(" ")
    view.wait_rest()
    press("r")
    expect(view.live).to_have_attribute("data-step", "0")
    view.wait_status("ready")
    for name in PARABOLA:
        assert len(path_of(view, name)) == 1, name

    # A typed rate moves the path.
    view.button("Step").click()
    expect(view.live).to_have_attribute("data-step", "1")
    field = view.page.get_by_test_id("stMain").get_by_role("spinbutton", name="Learning rate")
    field.fill("0.5")
    field.press("Enter")
    view.wait_query(step_size="0.5")
    expect(view.words).to_have_text(sentence(descend(1.0, 0.5)))
    expect(view.live).to_have_attribute("data-step", "1")
    assert path_of(view, "parabola") == pytest.approx([1.0, 0.5])
    # One above the limit runs away.
    field.fill("8")
    field.press("Enter")
    view.wait_query(step_size="8")
    view.button("Play").click()
    view.wait_status("diverged")
    view.wait_rest()
    assert view.step == descend(1.0, 8.0).steps
    expect(view.words).to_have_text(sentence(descend(1.0, 8.0)))
    expect(view.live.locator(".nn-line")).to_have_attribute("data-kind", "bad")
    view.assert_kept()


# ---- the race


def test_the_race_plays_and_pause_keeps_what_is_shown(view: Screen) -> None:
    query = {**CALM, "speed": "5"}
    view.open(query, RACE)
    note_presses(view)
    assert view.verdicts() == ["ready"] * 3
    first, colours = tiles(view)
    assert min(colours) > 20
    view.mark()
    speed = view.live.get_by_role("combobox", name="Speed")
    expect(speed).to_have_value("5")
    view.play()
    speed.select_option("max")
    view.wait_query(speed="max")
    view.wait_step(50)
    view.wait_frames(8)
    expect(speed).to_have_value("max")
    expect(view.live).to_have_attribute("data-status", "running")
    assert view.painted("losses")[0] > 100  # in motion the lines are a canvas
    view.pause()
    step = view.step
    assert step == view.page.evaluate("pressed") >= 50
    losses = shown_by_python(query, (0.01, 0.1, 1.0), step)
    assert [row[4] for row in view.cells()] == [f"{loss:.3g}" for loss in losses]
    shown = view.lines("losses")
    assert [line[-1] for line in shown] == pytest.approx(losses, rel=1e-6)
    moved = tiles(view)[0]
    assert all(before != now for before, now in zip(first, moved, strict=True))
    # It stands still: the very next step goes on from there.
    view.button("Step").click()
    expect(view.live).to_have_attribute("data-step", str(step + 1))
    losses = shown_by_python(query, (0.01, 0.1, 1.0), step + 1)
    assert [row[4] for row in view.cells()] == [f"{loss:.3g}" for loss in losses]

    # It is there again after a visit to another page.
    cells, lines = view.cells(), view.lines("losses")
    view.visit_guide("Learning rate")
    view.wait_drawn(RACE)
    view.wait_rest()
    assert (view.step, view.cells(), view.lines("losses")) == (step + 1, cells, lines)
    view.mark()
    view.button("Reset").click()
    expect(view.live).to_have_attribute("data-step", "0")
    view.wait_rest()
    assert tiles(view)[0] == first
    view.wait_chart("losses", "node.data.every((line) => line.x.length === 1)")
    assert view.verdicts() == ["ready"] * 3
    view.assert_kept()

    # Another view takes its place, and the other way round.
    views = view.page.get_by_role("radiogroup", name="View")
    views.get_by_text("Parabola", exact=True).click()
    view.wait_query(view=None)
    view.wait_drawn(PARABOLA)
    expect(view.live).to_have_count(1)
    view.play()
    view.pause()
    views.get_by_text("Race", exact=True).click()
    view.wait_query(view="race")
    view.wait_drawn(RACE)
    view.play()
    view.pause()


def test_diverged_runs_say_so_and_the_others_go_on(view: Screen) -> None:
    view.open(LOST, RACE)
    view.play()
    expect(view.panel("table").locator(".nn-badge[data-kind=bad]")).to_have_count(2)
    view.wait_step(view.step + 20)
    view.pause()
    assert view.verdicts()[2:] == ["diverged"] * 2
    expect(view.words).to_contain_text("Diverged: 20, 30.")
    expect(view.panel("boundaries").locator(".nn-tile").nth(3)).to_contain_text("diverged")
    colours = tiles(view)[1]
    assert len(colours) == 4
    assert min(colours) > 5
    expect(view.rows).to_have_count(4)
    for row in view.cells():
        assert np.isfinite([float(row[4]), float(row[5])]).all(), row
    lines = view.lines("losses")
    assert len(lines) == 4
    assert all(value is not None for line in lines[:2] for value in line)
    assert lines[2][-1] is lines[3][-1] is None  # they end where they diverged
    assert view.painted("losses")[0] > 20  # and crosses mark the place
    expect(view.rows.get_by_role("button", name="What happened?")).to_have_count(2)
    expect(view.rows.get_by_role("button", name="Open in Playground")).to_have_count(4)

    # What happened opens a dialog, and the race stays as it is.
    step, cells = view.step, view.cells()
    dialog = view.page.get_by_role("dialog", name="What happened?")
    view.rows.nth(3).get_by_role("button", name="What happened?").click()
    expect(dialog.get_by_role("heading")).to_have_text("What happened at 30?")
    expect(dialog.locator("p").first).not_to_be_empty()
    table = dialog.get_by_role("table")
    expect(table).to_be_visible()
    losses = table.locator("tr").nth(1).locator("td").all_inner_texts()
    assert len(losses) >= 1
    assert np.isfinite([float(text) for text in losses]).all()
    for key in ("r", "ArrowRight"):  # keys belong to the dialog while it is open
        view.page.keyboard.press(key)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).not_to_be_visible()
    view.rows.nth(2).get_by_role("button", name="What happened?").click()
    expect(dialog.get_by_role("heading")).to_have_text("What happened at 20?")
    view.page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    assert (view.step, view.cells()) == (step, cells)

    # A run opens in the Playground, and Back finds the race as it was left.
    query = view.query()
    view.rows.nth(1).get_by_role("button", name="Open in Playground").click()
    screen = Playground(view.page)
    screen.wait_drawn()
    screen.wait_query(learning_rate="0.02", dataset="plane", view=None, race_rates=None)
    expect(screen.rate).to_have_value("0.02")
    expect(view.page.get_by_role("spinbutton", name="Learning rate")).to_have_value("0.02")
    screen.play()
    screen.pause()
    view.page.go_back()
    view.wait_drawn(RACE)
    expect(view.rows).to_have_count(len(RATES))
    expect(view.live).to_have_attribute("data-step", str(step))
    assert view.query() == query


def test_other_runs_take_the_same_charts_and_one_can_be_made_to_stand_out(view: Screen) -> None:
    # What makes no race is said in its place.
    view.page.goto("/learning_rate?view=race&race=momenta&optimizer=adam&samples=60")
    view.wait_status("empty")
    expect(view.words).to_contain_text("SGD")
    expect(view.live.locator(".nn-panel")).to_have_count(0)
    view.button("Play").click()
    view.wait_status("empty")
    expect(view.button("Play")).to_be_visible()
    view.choose("Race of", "Learning rates")
    view.wait_query(race=None)
    view.wait_drawn(RACE)
    view.wait_status("ready")
    view.wait_rest()

    small, dim = view.panel("boundaries").locator(".nn-tile"), re.compile(r"\bnn-dim\b")
    view.mark()
    expect(view.rows).to_have_count(8)
    count = view.page.get_by_role("spinbutton", name="How many")
    for wanted in (16, 2):
        view.play()
        enter(count, str(wanted))
        view.wait_query(race_count=str(wanted))
        expect(view.rows).to_have_count(wanted)
        expect(small).to_have_count(wanted)
        expect(view.words).to_contain_text("Started anew")
        view.wait_rest()
        assert len(view.lines("losses")) == wanted
        assert min(tiles(view)[1]) > 20
        view.unfocus()
    view.assert_kept()

    # One stands out, until it is pressed again or another race begins.
    small.nth(1).click()
    for parts in (small, view.rows):
        expect(parts.nth(0)).to_have_class(dim)
        expect(parts.nth(1)).not_to_have_class(dim)
    view.button("Step").click()
    expect(view.live).to_have_attribute("data-step", "1")
    expect(view.rows.nth(0)).to_have_class(dim)
    view.rows.nth(1).locator("th").click()
    for parts in (small, view.rows):
        expect(parts.nth(0)).not_to_have_class(dim)
    small.nth(1).click()
    field = view.page.get_by_role("textbox", name="Or a list of rates")
    enter(field, "0.01,0.1,1")
    expect(view.rows).to_have_count(3)
    expect(small).to_have_count(3)
    expect(small.nth(0)).not_to_have_class(dim)
    small.nth(1).click()
    expect(small.nth(0)).to_have_class(dim)


@pytest.mark.parametrize("viewport", [PHONE])
@pytest.mark.parametrize("color_scheme", ["dark"])
def test_on_a_phone_in_the_dark_it_stacks_and_can_be_read(
    view: Screen, subtests: pytest.Subtests
) -> None:
    view.open(CALM, RACE)
    with subtests.test("it is dark, and what is written is light"):
        assert max(view.colour(".stApp", "backgroundColor")) < 60
        assert min(view.colour("[data-chart=losses] .xtick text", "fill")) > 120
        assert min(tiles(view)[1]) > 20
    for panels in (RACE, PARABOLA):
        with subtests.test("the panels stack, and the buttons are as large as a finger", of=panels):
            view.assert_stacked(panels)
            buttons = view.live.locator(".nn-bar button:visible")
            expect(buttons).to_have_count(4)
            for box in map(box_of, buttons.all()):
                assert min(box["width"], box["height"]) >= 40
            view.play()
            assert view.overflow() <= 0
            view.pause()
        views = view.page.get_by_role("radiogroup", name="View")
        views.get_by_text("Parabola", exact=True).click()
        view.wait_drawn(PARABOLA)
