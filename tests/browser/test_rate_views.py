"""The learning-rate page in a browser: map, edge, range test, landscape, the parabola's rate."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, expect

from playground.learning_rate.edge import EdgeRun
from playground.learning_rate.parabola import descend
from playground.learning_rate.parabola_sentence import sentence
from playground.learning_rate.settings import MAP_AXES, VIEWS
from playground.settings.config import Config
from tests.browser.screen import PHONE, Playground, Screen, box_of, figure
from tests.browser.test_learning_rate import EDGE, LINEAR, MAP, PARABOLA

# The critical rate of LINEAR is 0.079.
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
LONG = {**CELLS, "layers": "8,8", "batch_size": "5", "map_epochs": "2000", "map_values": "20"}
RANGE = {"view": "range", "dataset": "circle", "samples": "60", "layers": "4"}
LANDSCAPE = {**LINEAR, "view": "landscape", "learning_rate": "0.05", "epochs": "60"}


def grid(view: Screen) -> dict[str, Any]:
    """What the map's chart holds: `z` by rows, the crosses as [column, row], the framed cell."""
    found: dict[str, Any] = view.chart("map").evaluate(
        """(node) => ({
          z: node.data[0].z.map((row) => Array.from(row)),
          crosses: Array.from(node.data[1].x).map((x, i) => [x, node.data[1].y[i]]),
          frames: (node.layout.shapes ?? []).map(({ x0, y0 }) => [x0 + 0.5, y0 + 0.5]),
        })"""
    )
    return found


def known(view: Screen) -> int:
    """How many cells have a colour or a cross."""
    found = grid(view)
    return sum(value is not None for row in found["z"] for value in row) + len(found["crosses"])


def press_cell(view: Screen, row: int, column: int) -> None:
    """Press the middle of a cell, as a person does."""
    view.chart("map").scroll_into_view_if_needed()
    x, y = view.chart("map").evaluate(
        """(node, [row, column]) => {
          const { xaxis: x, yaxis: y } = node._fullLayout, box = node.getBoundingClientRect();
          return [box.x + x._offset + x.d2p(column), box.y + y._offset + y.d2p(row)];
        }""",
        [row, column],
    )
    view.page.mouse.move(x - 3, y)
    view.page.mouse.move(x, y)
    view.page.mouse.click(x, y)


def said_of_cell(view: Screen, row: int, column: int) -> list[str]:
    """What hovering says of a cell, line by line."""
    text: str = view.chart("map").evaluate(
        """(node, [row, column]) => {
          const [{ hovertemplate, text, customdata }] = node.data;
          return hovertemplate.replace("%{text}", text[row][column])
            .replace("%{customdata}", customdata[row][column]).replace("<extra></extra>", "");
        }""",
        [row, column],
    )
    return text.split("<br>")


def offer(view: Screen, name: str) -> Locator:
    """A button in the line under the bar."""
    return view.live.locator(".nn-actions").get_by_role("button", name=name)


def set_rate(view: Screen, rate: str) -> None:
    field = view.page.get_by_test_id("stSidebar").get_by_role("spinbutton", name="Learning rate")
    field.fill(rate)
    field.press("Enter")
    view.wait_query(learning_rate=rate)


def the_run(query: dict[str, str], epochs: int) -> EdgeRun:
    """The same run, made here."""
    run = EdgeRun(Config.from_query(query)[0])
    run.run_epochs(epochs)
    return run


# ---- the map


def test_the_map_fills_and_its_cells_are_runs(view: Screen) -> None:
    # What makes no map is said in its place.
    view.page.goto(f"/learning_rate?{urlencode({**CELLS, 'map_axis': 'width'})}")
    view.wait_status("empty")
    expect(view.words).to_contain_text("A network without hidden layers has no width.")
    expect(view.live.locator(".nn-panel")).to_have_count(0)
    view.choose("Against", MAP_AXES["init_scale"])
    view.wait_query(map_axis="init_scale")
    view.wait_drawn(MAP)
    view.wait_status("ready")

    view.mark()
    assert known(view) == 0
    said = ["scale of initial weights 0.1", "learning rate 0.001", "not computed yet"]
    assert said_of_cell(view, 0, 0) == said
    expect(view.live.get_by_role("combobox", name="Speed")).to_be_hidden()
    view.button("Play").click()
    view.wait_status("finished")
    assert known(view) == 12
    z, crosses = grid(view)["z"], grid(view)["crosses"]
    assert {column for column, _ in crosses} <= {2, 3}  # rates 2.15 and 100; 0.0464 is bearable
    expect(view.words).to_have_text(f"Done. {len(crosses)} of 12 runs diverged.")
    expect(view.panel("map").get_by_role("progressbar", name="Rows done")).to_be_hidden()
    assert view.reads() == ["3"]

    # The best cell is one click away.
    best, *place = min(
        (v, c, r) for r, row in enumerate(z) for c, v in enumerate(row) if v is not None
    )
    offer(view, "Show the best cell").click()
    expect(view.words).to_contain_text(f"final training loss {10**best:.3g}"[:26])
    view.wait_chart("map", "node.layout.shapes.length === 1")
    assert grid(view)["frames"] == [place]

    # A diverged one tells what happened.
    column, row = crosses[-1]
    press_cell(view, row, column)
    expect(view.words).to_contain_text("diverged in epoch")
    offer(view, "What happened?").click()
    dialog = view.page.get_by_role("dialog", name="What happened?")
    expect(dialog.locator("p").first).not_to_be_empty()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()

    # Any opens in the Playground, and the way back finds the map as it was left.
    said = [
        "scale of initial weights 1",
        "learning rate 0.0464",
        f"final loss {figure(10 ** z[1][1])}",
    ]
    assert said_of_cell(view, 1, 1) == said
    press_cell(view, 1, 1)
    expect(view.words).to_contain_text("learning rate 0.0464: final training loss")
    assert grid(view)["frames"] == [[1, 1]]
    view.assert_kept()
    offer(view, "Open this run in the Playground").click()
    screen = Playground(view.page)
    screen.wait_drawn()
    screen.wait_query(learning_rate="0.0464", init_scale=None, epochs="30", view=None)
    expect(screen.rate).to_have_value("0.0464")
    view.page.get_by_role("link", name="Learning rate").click()
    view.wait_drawn(MAP)
    view.wait_query(view="map")
    assert known(view) == 12

    view.button("Reset").click()
    view.wait_status("ready")
    expect(view.words).to_have_text("Press Play to train 12 networks on all cores.")
    view.wait_chart("map", "node.layout.shapes.length === 0")
    assert known(view) == 0


def wait_for_more(view: Screen, cells: int) -> None:
    """Until more than so many cells of the map have a colour."""
    view.wait_chart("map", f"node.data[0].z.flat().filter((v) => v !== null).length > {cells}")


# ---- the edge


def test_the_edge_plays_on_a_canvas_rests_in_lines_and_follows_the_rate(view: Screen) -> None:
    view.open(RUNNING, EDGE)
    view.mark()
    expect(view.words).to_have_text(the_run(RUNNING, 0).sentence)
    view.play()
    view.wait_step(10)
    assert view.painted("sharpness")[0] > 100
    assert view.painted("loss")[0] > 30
    view.pause()
    step = view.step
    run = the_run(RUNNING, step)
    sharpness, limit = view.lines("sharpness")
    (loss,) = view.lines("loss")
    assert len(sharpness) == len(limit) == len(loss) == step + 1
    assert sharpness[-1] == pytest.approx(run.sharpness, rel=1e-3)
    assert limit == pytest.approx([2 / 0.05] * (step + 1))
    assert loss[-1] == pytest.approx(run.loss, rel=1e-5)
    expect(view.read("limit")).to_have_text(figure(2 / 0.05))
    expect(view.read("epoch")).to_have_text(str(step))

    # Another rate moves the line while it plays, and at rest at once.
    view.play()
    before = view.step
    set_rate(view, "0.07")
    expect(view.read("limit")).to_have_text(figure(2 / 0.07))
    assert view.step >= before
    expect(view.live).to_have_attribute("data-status", "running")
    view.pause()
    limit = view.lines("sharpness")[1]
    assert len(limit) == view.step + 1
    assert limit[0] == pytest.approx(2 / 0.05)
    assert limit[-1] == pytest.approx(2 / 0.07)
    step = view.step
    set_rate(view, "0.1")
    expect(view.words).to_contain_text("The rate 0.1 is above.")
    view.wait_chart("sharpness", "Math.abs(node.data[1].y.at(-1) - 20) < 1e-3")
    assert view.lines("sharpness")[1] == pytest.approx([*limit[:-1], 20])
    assert view.step == step

    # Adam has no line to draw.
    view.choose("Optimizer", "Adam")
    expect(view.words).to_contain_text("Started anew")
    expect(view.live).to_have_attribute("data-step", "0")
    view.button("Step").click()
    expect(view.live).to_have_attribute("data-step", "1")
    expect(view.read("limit")).to_have_text("–")
    expect(view.read("ratio")).to_have_text("–")
    sharpness, limit = view.lines("sharpness")
    assert len(sharpness) == len(limit) == 2
    assert None not in sharpness
    assert set(limit) == {None}
    view.assert_kept()


def test_a_run_above_the_line_is_lost_and_a_slow_one_has_its_labels_in_full(view: Screen) -> None:
    view.open(LOST, EDGE)
    view.button("Play").click()
    view.wait_status("diverged")
    view.wait_rest()
    expect(view.live.locator(".nn-line")).to_have_attribute("data-kind", "bad")
    offer(view, "What happened?").click()
    dialog = view.page.get_by_role("dialog", name="What happened?")
    expect(dialog.get_by_role("table")).to_be_visible()
    expect(dialog.locator("p").first).not_to_be_empty()
    dialog.get_by_role("button", name="Close").click()
    offer(view, "Start again").click()
    expect(view.live).to_have_attribute("data-step", "0")
    view.wait_status("ready")

    set_rate(view, "0.001")
    for step in (1, 2, 3):
        view.button("Step").click()
        expect(view.live).to_have_attribute("data-step", str(step))
    view.lines("loss")
    low, high = view.chart("loss").evaluate("(node) => node.layout.yaxis.range")
    assert high - low < 2
    labels = view.chart("loss").locator(".ytick text").all_text_contents()
    assert labels
    for text in labels:  # "5" where 0.5 or 50 is meant would lie outside
        assert 10**low <= float(text) <= 10**high


# ---- the parabola's rate under the hand

PATH = """Array.from(node.data.find((trace) => trace.meta.role === "path").x)"""


def test_the_parabolas_path_follows_the_hand_and_the_page_when_it_rests(view: Screen) -> None:
    view.open({"speed": "5"}, PARABOLA)
    view.mark()
    for step in range(1, 13):
        view.button("Step").click()
        expect(view.live).to_have_attribute("data-step", str(step))
    slider = view.live.get_by_role("slider", name="Learning rate")
    box = box_of(slider)

    def move(share: float) -> float:
        """Move the hand there; the rate of that place, once the whole path is that of it."""
        view.page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
        rate = float(view.rate.input_value())
        run = descend(1.0, rate)
        expect(view.words).to_have_text(sentence(run))
        found = view.chart("parabola").evaluate(f"(node) => {PATH}")
        assert found == pytest.approx(run.xs[:13])
        expect(view.read("x")).to_have_text(figure(run.xs[len(found) - 1]))
        return rate

    # The critical rate is marked at 2/λ: the hand goes across it and back.
    mark = box_of(view.live.locator(".nn-rate-mark"))
    critical = (mark["x"] + mark["width"] / 2 - box["x"]) / box["width"]
    view.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    view.page.mouse.down()
    rates = [move(share) for share in (0.5, 0.6, critical - 0.02, critical + 0.02, 0.8)]
    assert rates == sorted(set(rates))
    assert rates[2] < 2 < rates[3]
    view.wait_status("diverged")  # its path ends before the step that was on show
    assert view.step < 12
    rate = move(0.55)
    assert view.step == 12
    view.wait_status("paused")
    assert "step_size" not in view.query()  # the page waits for the hand
    view.page.mouse.up()
    view.wait_query(step_size=f"{rate:g}")
    own = view.page.get_by_test_id("stMain").get_by_role("spinbutton", name="Learning rate")
    expect(own).to_have_value(f"{rate:g}")
    view.assert_kept()

    # By a key, while it plays; a reload has it still, at the step that was shown.
    view.play()
    view.unfocus()
    view.page.keyboard.press("+")
    rate = float(f"{rate * 4 / 3:.3g}")
    expect(view.words).to_have_text(sentence(descend(1.0, rate)))
    view.wait_query(step_size=f"{rate:g}")
    view.wait_frames(view.frames + 2)
    view.pause()
    step = view.step
    assert step > 12
    view.page.reload()
    view.wait_drawn(PARABOLA)
    expect(view.live).to_have_attribute("data-step", str(step))
    expect(view.rate).to_have_value(f"{rate:g}")
    found = view.chart("parabola").evaluate(f"(node) => {PATH}")
    assert found == pytest.approx(descend(1.0, rate).xs[: step + 1])


# ---- the range test and the landscape


def traces(view: Screen, key: str) -> dict[str, int]:
    """The traces of one of Streamlit's charts by their role, and how many points each has.

    The chart is as wide as the phone, and no wider.
    """
    chart = view.page.locator(f".st-key-{key} .js-plotly-plot")
    expect(chart.locator(".main-svg, canvas").first).to_be_visible()
    box = box_of(chart)
    assert box["x"] >= 0
    assert 0.8 * PHONE["width"] < box["width"] <= PHONE["width"] - box["x"]
    assert view.overflow() <= 0
    found: dict[str, int] = chart.evaluate(
        "(node) => Object.fromEntries(node._fullData.map((t) => [t.meta.role, t.x.length]))"
    )
    return found


@pytest.mark.parametrize("viewport", [PHONE])
def test_the_range_test_is_drawn_and_its_rate_taken(view: Screen) -> None:
    view.page.goto(f"/learning_rate?{urlencode(RANGE)}")
    found = traces(view, "range_chart")
    assert set(found) == {"measured", "smoothed", "steepest", "minimum"}
    assert found["measured"] == found["smoothed"] > 30
    take = view.page.get_by_role("button", name=re.compile("^Take .* to the Playground$"))
    rate = take.inner_text().split("Take ")[1].split()[0]
    expect(view.page.get_by_text(f"Suggested learning rate: {rate}.")).to_be_visible()
    take.click()
    screen = Playground(view.page)
    screen.wait_drawn()
    screen.wait_query(learning_rate=rate, dataset="circle", view=None)
    expect(screen.rate).to_have_value(figure(float(rate)))


@pytest.mark.parametrize("viewport", [PHONE])
def test_the_landscape_is_drawn_from_above_and_in_space(view: Screen) -> None:
    view.page.goto(f"/learning_rate?{urlencode(LANDSCAPE)}")
    assert set(traces(view, "landscape_contour")) == {"map", "path", "ends"}
    assert set(traces(view, "landscape_surface")) == {"surface", "path", "ends"}
    expect(view.page.get_by_text("of the path's variance")).to_be_visible()
    view.page.get_by_role("combobox", name="Directions").click()
    view.page.get_by_role("option", name=re.compile("Random")).click()
    view.page.wait_for_function(
        """() => document.querySelector(".st-key-landscape_contour .js-plotly-plot")
          ?.layout.xaxis.title.text.includes("random")"""
    )


# ---- small screens


@pytest.mark.parametrize("viewport", [PHONE])
def test_on_a_phone_the_panels_of_edge_and_map_fit(view: Screen) -> None:
    view.open({**CELLS, **RUNNING}, EDGE)
    for panels in (EDGE, MAP):
        view.assert_stacked(panels)
        view.button("Play").click()
        view.wait_step(1)
        assert view.overflow() <= 0
        views = view.page.get_by_role("radiogroup", name="View", exact=True)
        views.get_by_text(VIEWS["map"], exact=True).click()
        view.wait_drawn(MAP)
