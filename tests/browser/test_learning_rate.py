"""The learning-rate page in a real browser: what moves, what stands still, what a click brings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from playground.learning_rate.parabola import descend
from playground.learning_rate.parabola_sentence import sentence
from playground.learning_rate.presets import PRESETS
from playground.learning_rate.race import Race
from playground.settings.config import Config
from tests.browser.screen import Screen, figure
from tests.browser.stage_screen import StageScreen

PHONE = {"width": 390, "height": 844}
PARABOLA = ("parabola", "bowl", "distance")
RACE = ("losses", "boundaries", "table")
RATES = (0.005, 0.02, 20.0, 30.0)
# A linear model and a full batch: the low rates converge, the high ones leave the finite numbers.
LINEAR = {"dataset": "plane", "samples": "60", "layers": "", "batch_size": "5000"}
LOST = {**LINEAR, "view": "race", "race_rates": "0.005,0.02,20,30", "epochs": "100000"}
CALM = {"view": "race", "race_rates": "0.01,0.1,1", "samples": "60", "epochs": "100000"}


@pytest.fixture
def stage(page: Page) -> StageScreen:
    """A fresh page, with words for the stage on it."""
    return StageScreen(page)


@pytest.fixture(autouse=True)
def nothing_strange(page: Page, nothing_amiss: None) -> Iterator[None]:
    """No test leaves a text on the page that no person should have to read."""
    yield
    assert page.evaluate("window.seen?.bad ?? []") == []


def nothing_focused(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")


def note_presses(page: Page) -> None:
    """Remember which step was on show when a person pressed something."""
    page.evaluate(
        """() => addEventListener("click", () => {
          window.pressed = Number(document.querySelector("[data-testid=live]").dataset.step);
        }, true)"""
    )


def shown_by_python(query: dict[str, str], rates: tuple[float, ...], epochs: int) -> list[float]:
    """The losses of the same race after so many epochs, run here in one go."""
    race = Race(Config.from_query(query)[0], "rates", rates)
    race.run_epochs(epochs)
    return [float(loss) for loss in race.losses]


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    wider: int = page.evaluate(
        """Math.max(
          document.documentElement.scrollWidth,
          document.querySelector("[data-testid=stMain]").scrollWidth,
        ) - window.innerWidth"""
    )
    return wider


# ---- the parabola


def test_the_parabola_is_drawn_and_play_is_next(stage: StageScreen) -> None:
    stage.open(panels=PARABOLA)
    expect(stage.page).to_have_title(re.compile("Learning rate"))
    expect(stage.live).to_have_attribute("data-status", "ready")
    expect(stage.words).to_have_text(sentence(descend(1.0, 1.8)))
    for name in PARABOLA:
        expect(stage.chart(name).locator(".main-svg").first).to_be_visible()
        assert len(stage.path(name)) == 1
    assert stage.reads() == ["0", "1", "0.5"]
    expect(stage.live.get_by_role("combobox", name="Speed").locator("option")).to_have_text(
        ["1 step a second", "5 steps a second"]
    )


def test_the_path_grows_step_by_step_and_pause_keeps_what_is_shown(stage: StageScreen) -> None:
    stage.open("speed=5", PARABOLA)
    stage.mark()
    note_presses(stage.page)
    stage.play()
    expect(stage.live).to_have_attribute("data-status", "running")
    stage.wait_step(3)
    stage.pause()
    step = stage.step
    assert step == stage.page.evaluate("pressed")
    path = descend(1.0, 1.8)
    assert stage.path("parabola") == pytest.approx(path.xs[: step + 1])
    assert stage.path("distance") == list(range(step + 1))
    assert stage.reads() == [str(step), figure(path.xs[step]), figure(path.losses[step])]
    stage.button("Step").click()
    expect(stage.live).to_have_attribute("data-step", str(step + 1))
    assert stage.path("parabola") == pytest.approx(path.xs[: step + 2])
    stage.button("Reset").click()
    expect(stage.live).to_have_attribute("data-step", "0")
    stage.wait_status("ready")
    for name in PARABOLA:
        assert len(stage.path(name)) == 1, name
    stage.assert_kept()


def test_a_rate_above_the_limit_runs_away(stage: StageScreen) -> None:
    stage.open("step_size=8&speed=5", PARABOLA)
    stage.button("Play").click()
    stage.wait_status("diverged")
    stage.wait_rest()
    assert stage.step == descend(1.0, 8.0).steps
    expect(stage.words).to_have_text(sentence(descend(1.0, 8.0)))
    expect(stage.live.locator(".nn-line")).to_have_attribute("data-kind", "bad")


def test_a_typed_rate_moves_the_path_and_rebuilds_nothing(stage: StageScreen) -> None:
    stage.open("", PARABOLA)
    stage.mark()
    stage.button("Step").click()
    expect(stage.live).to_have_attribute("data-step", "1")
    field = stage.page.get_by_test_id("stMain").get_by_role("spinbutton", name="Learning rate")
    field.fill("0.5")
    field.press("Enter")
    stage.wait_query(step_size="0.5")
    expect(stage.live).to_have_attribute("data-step", "0")
    expect(stage.words).to_contain_text("Started anew")
    nothing_focused(stage.page)
    stage.button("Step").click()
    expect(stage.live).to_have_attribute("data-step", "1")
    assert stage.path("parabola") == pytest.approx([1.0, 0.5])
    stage.assert_kept()


def test_a_preset_is_one_click_and_in_the_link(stage: StageScreen) -> None:
    stage.open("", PARABOLA)
    name, preset = next((name, p) for name, p in PRESETS.items() if p.settings.view == "parabola")
    pills = stage.page.locator(".st-key-rate_preset")
    pills.get_by_text(preset.title, exact=True).click()
    stage.wait_query(**preset.settings.to_query())
    expect(stage.page.get_by_text(preset.look)).to_be_visible()
    path = descend(preset.settings.curvature, preset.settings.step_size, preset.settings.heavy_ball)
    stage.play()
    expect(stage.words).to_have_text(sentence(path))
    assert PRESETS[name].fits(Config.from_query(stage.query())[0], preset.settings)
    stage.open(urlencode(stage.query()), PARABOLA)
    expect(stage.words).to_have_text(sentence(path))
    expect(stage.page.get_by_text(preset.look)).to_be_visible()


# ---- the race


def test_the_race_plays_and_pause_keeps_what_is_shown(stage: StageScreen) -> None:
    query = {**CALM, "speed": "25"}
    stage.open(urlencode(query), RACE)
    note_presses(stage.page)
    assert stage.verdicts() == ["ready"] * 3
    first = stage.tile_pictures()
    assert all(colours > 20 for colours in stage.tile_colours())
    stage.mark()
    stage.play()
    stage.wait_step(10)
    stage.wait_frames(8)
    expect(stage.live).to_have_attribute("data-status", "running")
    assert stage.ink("losses") > 100  # in motion the lines are a canvas
    stage.pause()
    step = stage.step
    assert step == stage.page.evaluate("pressed") >= 10
    losses = shown_by_python(query, (0.01, 0.1, 1.0), step)
    assert [row[4] for row in stage.cells()] == [f"{loss:.3g}" for loss in losses]
    shown = stage.lines("losses")
    assert [line[-1] for line in shown] == pytest.approx(losses, rel=1e-6)
    assert [len(line) for line in shown] == [step + 1] * 3
    moved = stage.tile_pictures()
    assert all(before != now for before, now in zip(first, moved, strict=True))
    # It stands still: the very next step goes on from there.
    stage.button("Step").click()
    expect(stage.live).to_have_attribute("data-step", str(step + 1))
    losses = shown_by_python(query, (0.01, 0.1, 1.0), step + 1)
    assert [row[4] for row in stage.cells()] == [f"{loss:.3g}" for loss in losses]
    stage.button("Reset").click()
    expect(stage.live).to_have_attribute("data-step", "0")
    stage.wait_rest()
    assert stage.tile_pictures() == first
    assert stage.verdicts() == ["ready"] * 3
    stage.assert_kept()


def test_the_keyboard_drives_the_race(stage: StageScreen) -> None:
    stage.open(urlencode(CALM), RACE)
    press = stage.page.keyboard.press
    nothing_focused(stage.page)
    press("ArrowRight")
    expect(stage.live).to_have_attribute("data-step", "1")
    press("ArrowRight")
    expect(stage.live).to_have_attribute("data-step", "2")
    press(" ")
    stage.wait_step(4)
    expect(stage.button("Pause")).to_be_visible()
    press(" ")
    stage.wait_rest()
    stage.wait_status("paused")
    press("r")
    expect(stage.live).to_have_attribute("data-step", "0")
    stage.wait_status("ready")
    # The Playground's other keys mean nothing here.
    for key in ("ArrowLeft", "Shift+R", "Shift+ArrowRight"):
        press(key)
    press("ArrowRight")
    expect(stage.live).to_have_attribute("data-step", "1")


def test_speed_changes_while_it_runs(stage: StageScreen) -> None:
    stage.open(urlencode({**CALM, "speed": "5"}), RACE)
    speed = stage.live.get_by_role("combobox", name="Speed")
    expect(speed).to_have_value("5")
    stage.play()
    speed.select_option("max")
    stage.wait_query(speed="max")
    stage.wait_step(50)
    expect(speed).to_have_value("max")
    expect(stage.live).to_have_attribute("data-status", "running")
    stage.pause()


def test_a_finished_race_goes_on_at_play(stage: StageScreen) -> None:
    stage.open(urlencode({**CALM, "epochs": "15", "speed": "max"}), RACE)
    stage.button("Play").click()
    stage.wait_status("finished")
    stage.wait_rest()
    assert stage.step == 15
    expect(stage.words).to_contain_text("leads with a training loss of")
    stage.button("Play").click()
    stage.wait_step(30)
    stage.wait_status("finished")


def test_diverged_runs_say_so_and_the_others_go_on(stage: StageScreen) -> None:
    stage.open(urlencode(LOST), RACE)
    stage.play()
    expect(stage.panel("table").locator(".nn-badge[data-kind=bad]")).to_have_count(2)
    step = stage.step
    stage.wait_step(step + 20)
    stage.pause()
    assert stage.verdicts()[2:] == ["diverged"] * 2
    expect(stage.words).to_contain_text("Diverged: 20, 30.")
    tiles = stage.panel("boundaries").locator(".nn-tile")
    expect(tiles).to_have_count(4)
    expect(tiles.nth(3)).to_contain_text("diverged")
    assert all(colours > 5 for colours in stage.tile_colours())
    expect(stage.rows).to_have_count(4)
    for row in stage.cells():
        assert np.isfinite([float(row[4]), float(row[5])]).all(), row
    lines = stage.lines("losses")
    assert len(lines) == 4
    assert all(value is not None for line in lines[:2] for value in line)
    assert lines[2][-1] is lines[3][-1] is None  # they end where they diverged
    assert stage.ink("losses") > 20  # and crosses mark the place
    expect(stage.rows.get_by_role("button", name="What happened?")).to_have_count(2)
    expect(stage.rows.get_by_role("button", name="Open in Playground")).to_have_count(4)


def test_what_happened_opens_a_dialog_and_leaves_the_race_alone(stage: StageScreen) -> None:
    stage.open(urlencode(LOST), RACE)
    stage.play()
    expect(stage.panel("table").locator(".nn-badge[data-kind=bad]")).to_have_count(2)
    stage.pause()
    step, cells = stage.step, stage.cells()
    stage.rows.nth(3).get_by_role("button", name="What happened?").click()
    dialog = stage.page.get_by_role("dialog", name="What happened?")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("heading")).to_have_text("What happened at 30?")
    expect(dialog.locator("p").first).not_to_be_empty()
    table = dialog.get_by_role("table")
    expect(table).to_be_visible()
    losses = table.locator("tr").nth(1).locator("td").all_inner_texts()
    assert len(losses) >= 1
    assert np.isfinite([float(text) for text in losses]).all()
    # Keys belong to the dialog while it is open.
    for key in ("r", "ArrowRight"):
        stage.page.keyboard.press(key)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).not_to_be_visible()
    stage.rows.nth(2).get_by_role("button", name="What happened?").click()
    expect(dialog.get_by_role("heading")).to_have_text("What happened at 20?")
    stage.page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    assert (stage.step, stage.cells()) == (step, cells)


def test_open_in_playground_takes_the_runs_rate_there(stage: StageScreen) -> None:
    stage.open(urlencode(LOST), RACE)
    stage.button("Step").click()
    expect(stage.live).to_have_attribute("data-step", "1")
    stage.rows.nth(1).get_by_role("button", name="Open in Playground").click()
    screen = Screen(stage.page)
    screen.wait_drawn()
    screen.wait_query(learning_rate="0.02", dataset="plane", view=None, race_rates=None)
    expect(screen.read("rate")).to_have_text("0.02")
    rate = stage.page.get_by_role("spinbutton", name="Learning rate")
    expect(rate).to_have_value("0.02")
    screen.play()
    screen.pause()
    # And the way back finds the race as it was left.
    stage.page.get_by_role("link", name="Learning rate").click()
    stage.wait_drawn(RACE)
    stage.wait_query(view="race")
    expect(stage.rows).to_have_count(len(RATES))
    expect(stage.live).to_have_attribute("data-step", "1")


def test_other_runs_take_the_same_charts(stage: StageScreen) -> None:
    stage.open(urlencode({"view": "race", "samples": "60"}), RACE)
    stage.mark()
    expect(stage.rows).to_have_count(8)
    count = stage.page.get_by_role("spinbutton", name="How many")
    for wanted in (16, 2):
        stage.play()
        count.fill(str(wanted))
        count.press("Enter")
        stage.wait_query(race_count=str(wanted))
        expect(stage.rows).to_have_count(wanted)
        expect(stage.panel("boundaries").locator(".nn-tile")).to_have_count(wanted)
        expect(stage.words).to_contain_text("Started anew")
        stage.wait_rest()
        assert len(stage.lines("losses")) == wanted
        assert all(colours > 20 for colours in stage.tile_colours())
        nothing_focused(stage.page)
    stage.play()
    stage.pause()
    stage.assert_kept()


def test_one_run_can_be_made_to_stand_out(stage: StageScreen) -> None:
    stage.open(urlencode(CALM), RACE)
    tiles, rows = stage.panel("boundaries").locator(".nn-tile"), stage.rows
    dim = re.compile(r"\bnn-dim\b")
    tiles.nth(1).click()
    for parts in (tiles, rows):
        expect(parts.nth(0)).to_have_class(dim)
        expect(parts.nth(1)).not_to_have_class(dim)
    stage.button("Step").click()
    expect(stage.live).to_have_attribute("data-step", "1")
    expect(rows.nth(0)).to_have_class(dim)
    rows.nth(1).locator("th").click()
    for parts in (tiles, rows):
        expect(parts.nth(0)).not_to_have_class(dim)
    # A new race begins with all of them in sight, and one click is enough again.
    tiles.nth(1).click()
    field = stage.page.get_by_role("textbox", name="Or a list of rates")
    field.fill("0.01,0.1")
    field.press("Enter")
    expect(rows).to_have_count(2)
    expect(tiles).to_have_count(2)
    expect(tiles.nth(0)).not_to_have_class(dim)
    tiles.nth(1).click()
    expect(tiles.nth(0)).to_have_class(dim)


def test_a_bad_list_is_said_and_the_race_goes_on(stage: StageScreen) -> None:
    stage.open(urlencode(CALM), RACE)
    field = stage.page.get_by_role("textbox", name="Or a list of rates")
    field.fill("0.2, 0.1")
    field.press("Enter")
    alert = stage.page.get_by_test_id("stMain").get_by_test_id("stAlert")
    expect(alert).to_contain_text("numbers that rise")
    expect(alert).to_contain_text("Entry 2, 0.1, is not above the one before it.")
    expect(field).to_have_value("0.2, 0.1")
    # Right below its box, and not wider.
    box, words = field.bounding_box(), alert.bounding_box()
    assert box is not None
    assert words is not None
    assert 0 < words["y"] - (box["y"] + box["height"]) < 24
    assert abs(words["x"] - box["x"]) < 12
    assert words["width"] <= box["width"] + 4
    nothing_focused(stage.page)
    stage.play()
    stage.pause()
    assert len(stage.cells()) == 3
    field.fill("0.5, 1, 2, 4")
    field.press("Enter")
    expect(stage.rows).to_have_count(4)
    expect(alert).to_have_count(0)


def test_what_makes_no_race_is_said_in_its_place(stage: StageScreen) -> None:
    query = {"view": "race", "race": "momenta", "optimizer": "adam", "samples": "60"}
    stage.page.goto(f"/learning_rate?{urlencode(query)}")
    stage.wait_status("empty")
    expect(stage.words).to_contain_text("SGD")
    expect(stage.live.locator(".nn-panel")).to_have_count(0)
    stage.button("Play").click()
    stage.wait_status("empty")
    expect(stage.button("Play")).to_be_visible()
    kind = stage.page.get_by_role("combobox", name="Race of")
    kind.click()
    stage.page.get_by_role("option", name="Optimizers").click()
    stage.wait_query(race="optimizers")
    stage.wait_drawn(RACE)
    stage.wait_status("ready")
    stage.play()
    stage.pause()


# ---- the page


def test_views_follow_each_other_and_the_link(stage: StageScreen) -> None:
    stage.open("samples=60", PARABOLA)
    views = stage.page.get_by_role("radiogroup", name="View")
    views.get_by_text("Race", exact=True).click()
    stage.wait_query(view="race")
    expect(stage.panel("table")).to_be_visible()
    stage.wait_drawn(RACE)
    stage.play()
    stage.wait_step(3)
    stage.pause()
    views.get_by_text("Parabola", exact=True).click()
    stage.wait_query(view=None)
    expect(stage.panel("bowl")).to_be_visible()
    stage.wait_drawn(PARABOLA)
    expect(stage.live).to_have_count(1)
    stage.play()
    stage.pause()


def test_a_race_survives_a_visit_to_the_guide(stage: StageScreen) -> None:
    stage.open(urlencode({**CALM, "speed": "max"}), RACE)
    stage.play()
    stage.wait_step(20)
    stage.pause()
    step, cells, lines = stage.step, stage.cells(), stage.lines("losses")
    stage.page.get_by_role("link", name="Guide").click()
    expect(stage.page.get_by_role("heading", name="Guide", exact=True)).to_be_visible()
    expect(stage.live).to_have_count(0)
    stage.page.get_by_role("link", name="Learning rate").click()
    stage.wait_drawn(RACE)
    stage.wait_rest()
    assert (stage.step, stage.cells(), stage.lines("losses")) == (step, cells, lines)
    stage.play()
    stage.pause()
    assert stage.step > step


@pytest.mark.parametrize("viewport", [PHONE])
@pytest.mark.parametrize(
    ("query", "panels"), [({"samples": "60"}, PARABOLA), (CALM, RACE)], ids=["parabola", "race"]
)
def test_on_a_phone_it_stacks(
    stage: StageScreen, query: dict[str, str], panels: tuple[str, ...]
) -> None:
    stage.open(urlencode(query), panels)
    assert overflow(stage.page) <= 0
    tops = []
    for name in panels:
        box = stage.panel(name).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert 0.8 * PHONE["width"] < box["width"] <= PHONE["width"] - box["x"]
        tops.append(box["y"])
    assert tops == sorted(tops)
    assert len(set(tops)) == len(tops)
    buttons = stage.live.locator(".nn-bar button:visible")
    expect(buttons).to_have_count(3)
    for button in buttons.all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40
    stage.play()
    stage.pause()
    assert overflow(stage.page) <= 0


@pytest.mark.parametrize("color_scheme", ["dark"])
def test_in_a_dark_room_it_is_dark_and_drawn(stage: StageScreen) -> None:
    stage.open(urlencode(CALM), RACE)
    shade: str = stage.page.evaluate(
        "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    )
    assert max(float(v) for v in re.findall(r"[\d.]+", shade)[:3]) < 60
    text: str = (
        stage.chart("losses")
        .locator(".xtick text")
        .first.evaluate("(node) => getComputedStyle(node).fill")
    )
    assert min(float(v) for v in re.findall(r"[\d.]+", text)[:3]) > 120
    assert all(colours > 20 for colours in stage.tile_colours())
    stage.play()
    stage.wait_step(5)
    assert stage.ink("losses") > 100
    stage.pause()
