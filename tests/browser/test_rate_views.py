"""The learning-rate page's map, edge, range test and landscape in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.learning_rate.edge import EdgeRun
from playground.settings.config import Config
from tests.browser.screen import Screen, figure
from tests.browser.stage_screen import StageScreen
from tests.browser.test_learning_rate import PHONE, overflow

EDGE = ("sharpness", "loss")
MAP = ("map",)
# A linear model of few points, in full batches: its critical rate is 0.079.
LINEAR = {"dataset": "plane", "samples": "60", "layers": "", "batch_size": "5000"}
RUNNING = {**LINEAR, "view": "edge", "learning_rate": "0.05", "epochs": "100000", "speed": "25"}
LOST = {**LINEAR, "view": "edge", "learning_rate": "1", "epochs": "100000", "speed": "max"}
CELLS = {
    **LINEAR,
    "view": "map",
    "map_axis": "init_scale",
    "map_low": "0.001",
    "map_high": "100",
    "map_rates": "4",
    "map_values": "3",
    "map_epochs": "30",
}
# Rows of a few seconds each: there is time to press Stop.
LONG = {**CELLS, "layers": "8,8", "batch_size": "5", "map_epochs": "5000", "map_values": "20"}
RANGE = {"view": "range", "dataset": "circle", "samples": "60", "layers": "4"}
LANDSCAPE = {**LINEAR, "view": "landscape", "learning_rate": "0.05", "epochs": "60"}


@pytest.fixture
def stage(page: Page) -> StageScreen:
    """A fresh page, with words for the stage on it."""
    return StageScreen(page)


@pytest.fixture(autouse=True)
def nothing_strange(page: Page, nothing_amiss: None) -> Iterator[None]:
    """No test leaves a text on the page that no person should have to read."""
    yield
    assert page.evaluate("window.seen?.bad ?? []") == []


def grid(stage: StageScreen) -> dict[str, Any]:
    """What the map's chart holds: `z` by rows, the crosses as [column, row], the framed cell."""
    found: dict[str, Any] = stage.chart("map").evaluate(
        """(node) => ({
          z: node.data[0].z.map((row) => Array.from(row)),
          crosses: Array.from(node.data[1].x).map((x, i) => [x, node.data[1].y[i]]),
          frames: (node.layout.shapes ?? []).map(({ x0, y0 }) => [x0 + 0.5, y0 + 0.5]),
        })"""
    )
    return found


def known(stage: StageScreen) -> int:
    """How many cells have a colour or a cross."""
    found = grid(stage)
    return sum(value is not None for row in found["z"] for value in row) + len(found["crosses"])


def press_cell(stage: StageScreen, row: int, column: int) -> None:
    """Press the middle of a cell, as a person does."""
    stage.chart("map").scroll_into_view_if_needed()
    x, y = stage.chart("map").evaluate(
        """(node, [row, column]) => {
          const { xaxis: x, yaxis: y } = node._fullLayout, box = node.getBoundingClientRect();
          return [box.x + x._offset + x.d2p(column), box.y + y._offset + y.d2p(row)];
        }""",
        [row, column],
    )
    stage.page.mouse.move(x - 3, y)
    stage.page.mouse.move(x, y)
    stage.page.mouse.click(x, y)


def said_of_cell(stage: StageScreen, row: int, column: int) -> list[str]:
    """What hovering says of a cell, line by line."""
    text: str = stage.chart("map").evaluate(
        """(node, [row, column]) => {
          const [{ hovertemplate, text, customdata }] = node.data;
          return hovertemplate.replace("%{text}", text[row][column])
            .replace("%{customdata}", customdata[row][column]).replace("<extra></extra>", "");
        }""",
        [row, column],
    )
    return text.split("<br>")


def offer(stage: StageScreen, name: str) -> Locator:
    """A button in the line under the bar."""
    return stage.live.locator(".nn-actions").get_by_role("button", name=name)


def set_rate(stage: StageScreen, rate: str) -> None:
    field = stage.page.get_by_test_id("stSidebar").get_by_role("spinbutton", name="Learning rate")
    field.fill(rate)
    field.press("Enter")
    stage.wait_query(learning_rate=rate)


def the_run(query: dict[str, str], epochs: int) -> EdgeRun:
    """The same run, made here."""
    run = EdgeRun(Config.from_query(query)[0])
    run.run_epochs(epochs)
    return run


# ---- the map


def test_the_map_fills_and_a_cell_opens_in_the_playground(stage: StageScreen) -> None:
    stage.open(urlencode(CELLS), MAP)
    stage.mark()
    expect(stage.words).to_have_text("Press Play to train 12 networks on all cores.")
    assert known(stage) == 0
    said = ["scale of initial weights 0.1", "learning rate 0.001", "not computed yet"]
    assert said_of_cell(stage, 0, 0) == said
    expect(stage.live.get_by_role("combobox", name="Speed")).to_be_hidden()
    stage.button("Play").click()
    stage.wait_status("finished")
    assert known(stage) == 12
    crosses = grid(stage)["crosses"]
    assert {column for column, _ in crosses} <= {2, 3}  # rates 2.15 and 100; 0.0464 is bearable
    expect(stage.words).to_have_text(f"Done. {len(crosses)} of 12 runs diverged.")
    expect(stage.panel("map").get_by_role("progressbar", name="Rows done")).to_be_hidden()
    assert stage.reads() == ["3"]
    loss = figure(10 ** grid(stage)["z"][1][1])
    said = ["scale of initial weights 1", "learning rate 0.0464", f"final loss {loss}"]
    assert said_of_cell(stage, 1, 1) == said
    press_cell(stage, 1, 1)
    expect(stage.words).to_contain_text("learning rate 0.0464: final training loss")
    stage.wait("document.querySelector('[data-chart=map] .nn-plot').layout.shapes.length === 1")
    assert grid(stage)["frames"] == [[1, 1]]
    stage.assert_kept()
    offer(stage, "Open this run in the Playground").click()
    screen = Screen(stage.page)
    screen.wait_drawn()
    screen.wait_query(learning_rate="0.0464", init_scale=None, epochs="30", view=None)
    expect(screen.read("rate")).to_have_text("0.0464")
    # And the way back finds the map as it was left.
    stage.page.get_by_role("link", name="Learning rate").click()
    stage.wait_drawn(MAP)
    stage.wait_query(view="map")


def test_a_diverged_cell_tells_what_happened(stage: StageScreen) -> None:
    stage.open(urlencode(CELLS), MAP)
    stage.button("Play").click()
    stage.wait_status("finished")
    column, row = grid(stage)["crosses"][-1]
    press_cell(stage, row, column)
    expect(stage.words).to_contain_text("diverged at epoch")
    offer(stage, "What happened?").click()
    dialog = stage.page.get_by_role("dialog", name="What happened?")
    expect(dialog).to_be_visible()
    expect(dialog.locator("p").first).not_to_be_empty()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    # The best cell is one click away, and Reset forgets it all.
    stage.button("Reset").click()
    stage.wait_status("ready")
    stage.wait("document.querySelector('[data-chart=map] .nn-plot').layout.shapes.length === 0")
    assert known(stage) == 0


def test_the_best_cell_is_one_click_away(stage: StageScreen) -> None:
    stage.open(urlencode(CELLS), MAP)
    stage.button("Play").click()
    stage.wait_status("finished")
    z = grid(stage)["z"]
    best = min((v, [c, r]) for r, row in enumerate(z) for c, v in enumerate(row) if v is not None)
    offer(stage, "Show the best cell").click()
    expect(stage.words).to_contain_text(f"final training loss {10 ** best[0]:.3g}"[:26])
    stage.wait("document.querySelector('[data-chart=map] .nn-plot').layout.shapes.length === 1")
    assert grid(stage)["frames"] == [best[1]]


def test_stop_ends_a_long_map_and_play_goes_on(stage: StageScreen) -> None:
    stage.open(urlencode(LONG), MAP)
    stage.button("Play").click()
    expect(stage.button("Stop")).to_be_visible()
    progress = stage.panel("map").get_by_role("progressbar", name="Rows done")
    expect(progress).to_be_visible()  # a first row is done
    assert 0 < float(progress.evaluate("(node) => node.value")) < 1
    expect(stage.words).to_contain_text(re.compile(r"^Row \d+ of 20, about [\d,]+ s left\.$"))
    stage.button("Stop").click()
    stage.wait_status("paused")
    expect(stage.button("Play")).to_be_visible()
    expect(stage.words).to_have_text(re.compile(r"^Stopped after \d+ of 20 rows\."))
    done = known(stage)
    assert 4 <= done < 80
    stage.button("Play").click()
    expect(stage.words).to_contain_text(re.compile(r"^Row \d+ of 20"))
    stage.wait(
        "document.querySelector('[data-chart=map] .nn-plot').data[0].z.flat()"
        f".filter((v) => v !== null).length > {done}"
    )
    stage.button("Stop").click()
    stage.wait_status("paused")


def test_what_makes_no_map_is_said_in_its_place(stage: StageScreen) -> None:
    query = {**CELLS, "map_axis": "width"}
    stage.page.goto(f"/learning_rate?{urlencode(query)}")
    stage.wait_status("empty")
    expect(stage.words).to_contain_text("A network without hidden layers has no width.")
    expect(stage.live.locator(".nn-panel")).to_have_count(0)
    stage.page.get_by_role("combobox", name="Against").click()
    stage.page.get_by_role("option", name="Momentum").click()
    stage.wait_query(map_axis=None)
    stage.wait_drawn(MAP)
    stage.wait_status("ready")


# ---- the edge


def test_the_edge_plays_on_a_canvas_and_rests_in_lines(stage: StageScreen) -> None:
    stage.open(urlencode(RUNNING), EDGE)
    stage.mark()
    run = the_run(RUNNING, 0)
    expect(stage.words).to_have_text(run.sentence)
    stage.play()
    stage.wait_step(10)
    assert stage.ink("sharpness") > 100
    assert stage.ink("loss") > 30
    stage.pause()
    step = stage.step
    run = the_run(RUNNING, step)
    sharpness, limit = stage.lines("sharpness")
    (loss,) = stage.lines("loss")
    assert len(sharpness) == len(limit) == len(loss) == step + 1
    assert sharpness[-1] == pytest.approx(run.sharpness, rel=1e-3)
    assert limit == pytest.approx([2 / 0.05] * (step + 1))
    assert loss[-1] == pytest.approx(run.loss, rel=1e-5)
    assert stage.read("limit") == figure(2 / 0.05)
    assert stage.read("epoch") == str(step)
    stage.assert_kept()


def test_another_rate_moves_the_line_while_it_plays(stage: StageScreen) -> None:
    stage.open(urlencode(RUNNING), EDGE)
    stage.mark()
    stage.play()
    stage.wait_step(5)
    before = stage.step
    set_rate(stage, "0.07")
    expect(stage.live.locator("[data-read=limit]")).to_have_text(figure(2 / 0.07))
    assert stage.step > before
    expect(stage.live).to_have_attribute("data-status", "running")
    stage.pause()
    limit = stage.lines("sharpness")[1]
    assert len(limit) == stage.step + 1
    assert limit[0] == pytest.approx(2 / 0.05)
    assert limit[-1] == pytest.approx(2 / 0.07)
    stage.assert_kept()


def test_another_rate_at_rest_moves_the_line_at_once(stage: StageScreen) -> None:
    stage.open(urlencode(RUNNING), EDGE)
    stage.button("Step").click()
    expect(stage.live).to_have_attribute("data-step", "1")
    set_rate(stage, "0.1")
    expect(stage.words).to_contain_text("The rate 0.1 is above.")
    stage.wait(
        "Math.abs(document.querySelector('[data-chart=sharpness] .nn-plot').data[1].y[1] - 20)"
        " < 1e-3"
    )
    assert stage.lines("sharpness")[1] == pytest.approx([40, 20])
    assert stage.step == 1


def test_a_run_above_the_line_is_lost_and_tells_what_happened(stage: StageScreen) -> None:
    stage.open(urlencode(LOST), EDGE)
    stage.button("Play").click()
    stage.wait_status("diverged")
    stage.wait_rest()
    expect(stage.live.locator(".nn-line")).to_have_attribute("data-kind", "bad")
    offer(stage, "What happened?").click()
    dialog = stage.page.get_by_role("dialog", name="What happened?")
    expect(dialog.get_by_role("table")).to_be_visible()
    expect(dialog.locator("p").first).not_to_be_empty()
    dialog.get_by_role("button", name="Close").click()
    offer(stage, "Start again").click()
    expect(stage.live).to_have_attribute("data-step", "0")
    stage.wait_status("ready")


def test_adam_has_no_line_to_draw(stage: StageScreen) -> None:
    stage.open(urlencode({**RUNNING, "optimizer": "adam"}), EDGE)
    expect(stage.words).to_contain_text("Adam divides each step")
    stage.play()
    stage.wait_step(5)
    stage.pause()
    assert stage.read("limit") == stage.read("ratio") == "–"
    sharpness, limit = stage.lines("sharpness")
    assert len(sharpness) == len(limit) > 1
    assert None not in sharpness
    assert set(limit) == {None}


def test_a_short_range_of_losses_has_labels_in_full(stage: StageScreen) -> None:
    stage.open(urlencode({**RUNNING, "learning_rate": "0.001"}), EDGE)
    stage.play()
    stage.wait_step(3)
    stage.pause()
    low, high = stage.chart("loss").evaluate("(node) => node.layout.yaxis.range")
    assert high - low < 2
    labels = stage.chart("loss").locator(".ytick text").all_text_contents()
    assert labels
    for text in labels:  # "5" where 0.5 or 50 is meant would lie outside
        assert 10**low <= float(text) <= 10**high


# ---- the range test and the landscape


def chart(page: Page, key: str) -> Locator:
    return page.locator(f".st-key-{key} .js-plotly-plot")


def traces(page: Page, key: str) -> dict[str, int]:
    """The traces of one of Streamlit's charts by their role, and how many points each has."""
    expect(chart(page, key).locator(".main-svg, canvas").first).to_be_visible()
    found: dict[str, int] = chart(page, key).evaluate(
        "(node) => Object.fromEntries(node._fullData.map((t) => [t.meta.role, t.x.length]))"
    )
    return found


def test_the_range_test_is_drawn_and_its_rate_taken(page: Page) -> None:
    page.goto(f"/learning_rate?{urlencode(RANGE)}")
    found = traces(page, "range_chart")
    assert set(found) == {"measured", "smoothed", "steepest", "minimum"}
    assert found["measured"] == found["smoothed"] > 30
    take = page.get_by_role("button", name=re.compile("^Take .* to the Playground$"))
    rate = take.inner_text().split("Take ")[1].split()[0]
    expect(page.get_by_text(f"Suggested learning rate: {rate}.")).to_be_visible()
    take.click()
    screen = Screen(page)
    screen.wait_drawn()
    screen.wait_query(learning_rate=rate, dataset="circle", view=None)
    expect(screen.read("rate")).to_have_text(figure(float(rate)))


def test_the_landscape_is_drawn_from_above_and_in_space(page: Page) -> None:
    page.goto(f"/learning_rate?{urlencode(LANDSCAPE)}")
    assert set(traces(page, "landscape_contour")) == {"map", "path", "ends"}
    assert set(traces(page, "landscape_surface")) == {"surface", "path", "ends"}
    expect(page.get_by_text("of the path's variance")).to_be_visible()
    page.get_by_role("combobox", name="Directions").click()
    page.get_by_role("option", name=re.compile("Random")).click()
    page.wait_for_function(
        """() => document.querySelector(".st-key-landscape_contour .js-plotly-plot")
          ?.layout.xaxis.title.text.includes("random")"""
    )


def test_a_diverged_landscape_tells_what_happened(page: Page) -> None:
    page.goto(
        f"/learning_rate?{urlencode({**LANDSCAPE, 'learning_rate': '0.5', 'epochs': '5000'})}"
    )
    expect(page.get_by_text("The run diverged; the path ends")).to_be_visible()
    main = page.get_by_test_id("stMain")
    main.get_by_text("What happened?").click()
    expect(main.get_by_test_id("stTable")).to_be_visible()


# ---- small screens


@pytest.mark.parametrize("viewport", [PHONE])
@pytest.mark.parametrize(("query", "panels"), [(RUNNING, EDGE), (CELLS, MAP)], ids=["edge", "map"])
def test_on_a_phone_the_panels_fit(
    stage: StageScreen, query: dict[str, str], panels: tuple[str, ...]
) -> None:
    stage.open(urlencode(query), panels)
    assert overflow(stage.page) <= 0
    for name in panels:
        box = stage.panel(name).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert 0.8 * PHONE["width"] < box["width"] <= PHONE["width"] - box["x"]
    stage.button("Play").click()
    stage.wait_step(1)
    assert overflow(stage.page) <= 0


@pytest.mark.parametrize("viewport", [PHONE])
@pytest.mark.parametrize(
    ("query", "key"),
    [(RANGE, "range_chart"), (LANDSCAPE, "landscape_contour"), (LANDSCAPE, "landscape_surface")],
    ids=["range", "contour", "surface"],
)
def test_on_a_phone_the_charts_fit(page: Page, query: dict[str, str], key: str) -> None:
    page.goto(f"/learning_rate?{urlencode(query)}")
    assert traces(page, key)
    box = chart(page, key).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert 0.8 * PHONE["width"] < box["width"] <= PHONE["width"] - box["x"]
    assert overflow(page) <= 0
