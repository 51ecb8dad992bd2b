"""The backprop page in a real browser: a walk by button and by key, formulas, arrays, the graph."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.backprop.bug_report import examine
from playground.backprop.graph import graph_of
from playground.backprop.latex import digits
from playground.backprop.network import network_of
from playground.backprop.settings import BUG_LABELS, BackpropSettings
from playground.backprop.step import PHASES
from playground.backprop.steps import trace as walk_through
from playground.backprop.steps import trace_of
from playground.backprop.trace import Trace
from tests.browser.stage_screen import StageScreen
from tests.browser.test_formulas import settle

PHONE = {"width": 390, "height": 844}
WIDEST = BackpropSettings(walk_layers=(4, 4, 4), walk_outputs=4, walk_batch=8)
UNKNOWN: Final = re.compile(r"\bnn-unknown\b")
PICKED: Final = re.compile(r"\bnn-picked\b")


class WalkScreen(StageScreen):
    """The backprop page as a person meets it."""

    def open_walk(self, **settings: Any) -> Trace:
        """Open the page with these settings; returns the walk that it shows."""
        chosen = BackpropSettings(**settings)
        self.page.goto(f"/backprop?{urlencode(chosen.to_query())}")
        path = trace_of(chosen)
        self.at(path, path.place(chosen.walk_step))
        return path

    def at(self, path: Trace, step: int) -> None:
        """Wait until all parts of the page show this step."""
        now = path.steps[step]
        expect(self.formula.get_by_role("heading")).to_have_text(now.title)
        place = f"{PHASES[now.phase]} · step {step} of {len(path.steps) - 1}"
        expect(self.page.locator(".st-key-backprop-steps")).to_contain_text(place)
        expect(self.live).to_have_attribute("data-step", str(step))
        expect(self.slider).to_have_value(str(step))
        corrected = path.corrected(step, walk_through(path.network))
        expect(self.formula.locator(".backprop-array figcaption b")).to_have_text(
            [array.name for array in (*now.arrays, *corrected)]
        )

    @property
    def formula(self) -> Locator:
        return self.page.locator(".st-key-backprop-formula")

    @property
    def slider(self) -> Locator:
        return self.page.get_by_role("slider", name="Step", exact=True)

    @property
    def nodes(self) -> Locator:
        return self.panel("graph").locator(".nn-node")

    @property
    def details(self) -> Locator:
        """What is said of the picked node."""
        return self.page.locator(".st-key-backprop-node")

    def walk_button(self, name: str) -> Locator:
        return self.page.locator("[data-panel=steps]").get_by_role("button", name=name)

    def press(self, key: str) -> None:
        """Press a key while nothing has the focus."""
        self.page.evaluate("document.activeElement.blur()")
        self.page.keyboard.press(key)

    def unknown(self) -> list[int]:
        """The nodes of the graph that are dim."""
        found: list[int] = self.nodes.evaluate_all(
            """(nodes) => nodes.flatMap((n, i) => n.classList.contains("nn-unknown") ? [i] : [])"""
        )
        return found

    def parts(self, name: str) -> list[int]:
        """The nodes whose value or gradient can be seen."""
        found: list[int] = self.nodes.evaluate_all(
            """(nodes, name) => nodes.flatMap((n, i) =>
              getComputedStyle(n.querySelector(`.nn-node-${name}`)).visibility === "visible"
                ? [i] : [])""",
            name,
        )
        return found

    def wider(self) -> int:
        """Pixels by which the page is wider than the window."""
        found: int = self.page.evaluate(
            """Math.max(
              document.documentElement.scrollWidth,
              document.querySelector("[data-testid=stMain]").scrollWidth,
            ) - window.innerWidth"""
        )
        return found


@pytest.fixture(autouse=True)
def search_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a cold link Streamlit looks for its server below this page too before it looks above."""
    conftest = sys.modules["tests.browser.conftest"]
    pattern = r"/(guide|backprop)/_stcore/(health|host-config)$"
    monkeypatch.setattr(conftest, "SEARCH", re.compile(pattern))


@pytest.fixture
def walk(page: Page) -> WalkScreen:
    """A fresh page, with words for the walk on it."""
    return WalkScreen(page)


@pytest.fixture(autouse=True)
def nothing_strange(page: Page, nothing_amiss: None) -> Iterator[None]:
    """No test leaves a text on the page that no person should have to read, or a bad formula."""
    yield
    assert page.evaluate("window.seen?.bad ?? []") == []
    assert page.locator(".katex-error").count() == 0


# ---- the walk


def test_it_opens_cold_and_next_is_next(walk: WalkScreen) -> None:
    path = walk.open_walk()
    expect(walk.page).to_have_title(re.compile("Backprop"))
    expect(walk.walk_button("Back")).to_be_disabled()
    expect(walk.live.locator(".nn-bar")).not_to_be_visible()  # there is nothing to play
    for step in (1, 2, 3):
        walk.walk_button("Next").click()
        walk.at(path, step)
        walk.wait_query(walk_step=str(step))
    walk.walk_button("Back").click()
    walk.at(path, 2)
    walk.wait_query(walk_step="2")


def test_the_arrow_keys_walk(walk: WalkScreen) -> None:
    path = walk.open_walk(walk_step=1)
    walk.press("ArrowRight")
    walk.at(path, 2)
    walk.press("ArrowRight")
    walk.at(path, 3)
    walk.wait_query(walk_step="3")
    for step in (2, 1, 0):
        walk.press("ArrowLeft")
        walk.at(path, step)
    walk.wait_query(walk_step=None)
    walk.press("ArrowLeft")  # there is nothing before the first step
    walk.press("ArrowRight")
    walk.at(path, 1)


def test_quick_presses_are_as_many_steps(walk: WalkScreen) -> None:
    path = walk.open_walk()
    for _ in range(12):
        walk.press("ArrowRight")
    walk.at(path, 12)
    walk.wait_query(walk_step="12")
    walk.walk_button("Back").evaluate("(b) => { for (let i = 0; i < 9; i += 1) b.click(); }")
    walk.at(path, 3)
    walk.wait_query(walk_step="3")
    for _ in range(5):
        walk.walk_button("Next").click()
    walk.at(path, 8)


def test_after_a_choice_from_a_list_the_arrows_walk(walk: WalkScreen) -> None:
    walk.open_walk(walk_step=4)
    box = walk.page.get_by_role("combobox", name="Activation")
    box.click()
    walk.page.keyboard.press("ArrowRight")  # the list is open, and the key its own
    walk.page.get_by_role("option", name="Sigmoid").click()
    walk.wait_query(walk_activation="sigmoid", walk_step="4")
    path = trace_of(BackpropSettings(walk_activation="sigmoid"))
    walk.at(path, 4)
    expect(box).to_be_focused()
    walk.page.keyboard.press("ArrowRight")
    walk.at(path, 5)
    walk.page.keyboard.press("ArrowLeft")
    walk.at(path, 4)
    # A tab, too, uses the arrows itself.
    walk.page.get_by_role("tab", name="Check it yourself").focus()
    walk.page.keyboard.press("ArrowRight")
    expect(walk.page.get_by_role("tab", name="Break it")).to_be_focused()
    walk.at(path, 4)


def test_an_arrow_in_a_field_is_the_fields_own(walk: WalkScreen) -> None:
    path = walk.open_walk(walk_step=4)
    field = walk.page.get_by_role("textbox", name="Hidden layers")
    field.focus()
    walk.page.keyboard.press("ArrowLeft")
    walk.page.keyboard.press("ArrowLeft")
    walk.page.keyboard.type("4,")
    walk.page.keyboard.press("Enter")
    walk.wait_query(walk_layers="4,3", walk_step="4")
    assert path.network.sizes != (2, 4, 3, 2)
    walk.at(trace_of(BackpropSettings(walk_layers=(4, 3))), 4)


def test_a_link_opens_at_its_end_and_the_slider_leads_back(walk: WalkScreen) -> None:
    path = walk.open_walk(walk_step=20)
    assert len(path.steps) == 21
    expect(walk.walk_button("Next")).to_be_disabled()
    walk.slider.focus()
    walk.slider.press("Home")
    walk.at(path, 0)
    walk.wait_query(walk_step=None)


def test_formulas_are_set_and_arrays_have_named_shapes(walk: WalkScreen) -> None:
    walk.open_walk(walk_step=1)
    expect(walk.formula.locator(".katex-display")).to_have_count(2)
    expect(walk.formula.locator(".katex-html .mtable").first).to_be_visible()
    arrays = walk.formula.locator(".backprop-array")
    expect(arrays.locator("figcaption span")).to_have_text(
        [
            "(B = 3, fan in = 2)",
            "(fan in = 2, fan out = 3)",
            "(fan out = 3)",
            "(B = 3, fan out = 3)",
        ]
    )
    expect(arrays.locator("figcaption em")).to_have_text(["read", "read", "read", "written"])
    expect(arrays.nth(3).locator("tr")).to_have_count(3)
    borders = arrays.evaluate_all("(all) => all.map((n) => getComputedStyle(n).borderTopColor)")
    assert borders[0] == borders[1] == borders[2] != borders[3]
    code = walk.page.get_by_test_id("stCode").first
    expect(code).to_contain_text("def bind(self")
    expect(
        walk.page.get_by_text("The engine's own code: engine.core.layers: Dense.bind")
    ).to_be_visible()


@pytest.mark.parametrize("viewport", [{"width": 1440, "height": 900}])
def test_no_formula_of_the_widest_network_leaves_its_card(walk: WalkScreen) -> None:
    path = walk.open_walk(**{n: getattr(WIDEST, n) for n in BackpropSettings.FIELDS})
    for step in range(len(path.steps)):
        if step:
            walk.press("ArrowRight")
            walk.at(path, step)
        settle(walk.page)
        cut = walk.formula.locator(".katex-display").evaluate_all(
            "(all) => all.map((n) => n.scrollWidth - n.clientWidth)"
        )
        assert max(cut) <= 0, (step, path.steps[step].title)


def test_the_network_for_digits_is_told_by_shapes(walk: WalkScreen) -> None:
    walk.open_walk(walk_network="digits", walk_step=1)
    shapes = walk.formula.locator(".backprop-array figcaption span")
    expect(shapes.nth(1)).to_have_text("(fan in = 784, fan out = 10)")
    expect(walk.formula.locator(".backprop-array").nth(1)).to_contain_text("…")
    expect(walk.panel("graph")).to_contain_text("784 × 10")


# ---- the graph


def test_the_graph_grows_with_the_walk_and_is_not_made_anew(walk: WalkScreen) -> None:
    path = walk.open_walk()
    graph = graph_of(path)
    indices = range(len(graph.nodes))
    expect(walk.nodes).to_have_count(len(graph.nodes))
    walk.mark()
    walk.panel("graph").locator("svg").evaluate("(svg) => { svg.dataset.marked = 'yes'; }")
    for step in range(len(path.steps)):
        if step:
            walk.press("ArrowRight")
            walk.at(path, step)
        known, back = graph.values_known(step), graph.gradients_known(step)
        assert walk.unknown() == [i for i in indices if i not in known], step
        assert walk.parts("value") == [i for i in indices if i in known], step
        assert walk.parts("gradient") == [i for i in indices if i in known & back], step
    assert walk.unknown() == []
    expect(walk.panel("graph")).to_have_attribute("data-marked", "yes")
    expect(walk.panel("graph").locator("svg")).to_have_attribute("data-marked", "yes")
    expect(walk.live).to_have_count(1)


def test_dim_nodes_are_dim_and_what_is_new_is_in_sight(walk: WalkScreen) -> None:
    path = walk.open_walk(walk_step=1)
    first, last = walk.nodes.nth(0), walk.nodes.last
    walk.panel("graph").locator("svg").evaluate("(svg) => svg.scrollIntoView({block: 'center'})")
    expect(last).to_have_class(UNKNOWN)
    assert float(last.evaluate("(n) => getComputedStyle(n).opacity")) < 0.5
    expect(first).to_be_in_viewport()
    expect(last).not_to_be_in_viewport()
    walk.slider.focus()
    for _ in range(4):
        walk.slider.press("ArrowRight")
    walk.at(path, 5)
    expect(last).not_to_have_class(UNKNOWN)
    expect(last).to_be_in_viewport()  # the graph has moved along


def test_a_step_that_adds_nothing_shows_where_the_walk_is(walk: WalkScreen) -> None:
    path = walk.open_walk(walk_step=7)
    assert not any(7 in (n.value_step, n.gradient_step) for n in graph_of(path).nodes)
    walk.panel("graph").scroll_into_view_if_needed()
    expect(walk.nodes.last).to_be_in_viewport()


def test_a_click_on_a_node_shows_its_local_derivative(walk: WalkScreen) -> None:
    path = walk.open_walk(walk_step=13)
    graph = graph_of(path)
    index = next(node.index for node in graph.nodes if node.array == "A1")
    node = walk.nodes.nth(index)
    walk.mark()
    node.click()
    expect(walk.details).to_contain_text("Node A1, 3 × 3")
    expect(node).to_have_class(PICKED)
    expect(node).to_have_attribute("aria-pressed", "true")
    expect(walk.details.locator(".katex-display")).to_have_count(2)
    assert [t.strip() for t in walk.details.locator("annotation").all_text_contents()] == [
        graph.nodes[index].formula,
        *graph.nodes[index].local,
    ]
    expect(walk.details.locator(".backprop-array figcaption b")).to_have_text(["value", "∂L/∂A1"])
    expect(walk.panel("graph")).to_have_attribute("data-marked", "yes")
    # It stays picked along the walk, and its gradient goes where it is not yet known.
    walk.walk_button("Back").click()
    walk.walk_button("Back").click()
    walk.at(path, 11)
    expect(node).to_have_class(PICKED)
    expect(walk.details.locator(".backprop-array")).to_have_count(1)
    node.click()
    expect(walk.details).to_have_count(0)
    expect(node).not_to_have_class(PICKED)


def test_the_keyboard_picks_a_node_and_moves_no_step(walk: WalkScreen) -> None:
    path = walk.open_walk(walk_step=20)
    graph = graph_of(path)
    branch = next(node for node in graph.nodes if node.fans_out)
    node = walk.nodes.nth(branch.index)
    node.focus()
    walk.page.keyboard.press("Enter")
    expect(walk.details).to_contain_text("2 gradients arrive")
    expect(walk.details.locator(".backprop-array figcaption b")).to_have_text(
        ["value", f"∂L/∂{branch.name}", "arriving 1", "arriving 2"]
    )
    expect(node).to_contain_text("Σ of 2")
    expect(node).to_be_focused()
    walk.page.keyboard.press(" ")
    expect(walk.details).to_have_count(0)
    walk.page.keyboard.press("Tab")
    expect(walk.nodes.nth(branch.index + 1)).to_be_focused()
    walk.at(path, 20)
    name = walk.nodes.nth(1).get_attribute("aria-label")
    assert name == "W1, 2 × 3, gradient known"


def test_another_network_brings_another_graph_into_the_same_stage(walk: WalkScreen) -> None:
    walk.open_walk(walk_step=3)
    walk.mark()
    count = walk.nodes.count()
    field = walk.page.get_by_role("textbox", name="Hidden layers")
    field.fill("4,4,4")
    field.press("Enter")
    settings = BackpropSettings(walk_layers=(4, 4, 4), walk_step=3)
    path = trace_of(settings)
    walk.at(path, 3)
    expect(walk.nodes).to_have_count(len(graph_of(path).nodes))
    assert walk.nodes.count() > count
    expect(walk.panel("graph")).to_have_attribute("data-marked", "yes")
    assert walk.unknown() == [n.index for n in graph_of(path).nodes if n.value_step > 3]


# ---- checks and bugs


def test_the_slider_of_h_moves_the_marker_along_the_same_v(walk: WalkScreen) -> None:
    walk.open_walk()
    chart = walk.page.locator(".st-key-walk_v .js-plotly-plot")
    expect(chart).to_be_visible()
    marker = "(node) => node.data.find((t) => t.meta.role === 'chosen').x[0]"
    assert chart.evaluate(marker) == pytest.approx(1e-5, rel=0.3)
    slider = walk.page.get_by_role("slider", name=re.compile("^Step of the difference"))
    slider.focus()
    slider.press("ArrowRight")
    walk.wait_query(walk_h="5.5")
    walk.page.wait_for_function(
        f"Math.abs(Math.log10(({marker})(document.querySelector('.st-key-walk_v .js-plotly-plot')))"
        " + 5.5) < 0.13"
    )


@pytest.mark.parametrize("bug", ["missing_derivative", "input_transpose"])
def test_one_click_leads_to_where_a_bug_goes_wrong(walk: WalkScreen, bug: str) -> None:
    walk.open_walk()
    settings = BackpropSettings(walk_bug=bug)
    report = examine(network_of(settings), bug)
    walk.page.get_by_role("combobox", name="Break it").click()
    walk.page.get_by_role("option", name=BUG_LABELS[bug]).click()
    walk.wait_query(walk_bug=bug)
    walk.page.get_by_role("tab", name="Break it").click()
    panel = walk.page.get_by_role("tabpanel").filter(has_text="Go to where it goes wrong")
    expect(panel.get_by_test_id("stAlert")).to_contain_text(report.message)
    panel.get_by_role("button", name="Go to where it goes wrong").click()
    path = trace_of(settings)
    walk.at(path, report.step)
    walk.wait_query(walk_step=str(report.step))
    stops = walk.formula.get_by_test_id("stAlert")
    if path.steps[report.step].error:
        expect(stops).to_contain_text("NumPy stops here")
        expect(walk.walk_button("Next")).to_be_disabled()
    else:
        expect(stops).to_have_count(0)


def test_the_controls_show_the_network_in_which_numpy_does_not_object(walk: WalkScreen) -> None:
    walk.open_walk(walk_bug="input_transpose", walk_step=10)
    walk.page.get_by_role("tab", name="Break it").click()
    walk.page.get_by_role("button", name="A network in which NumPy does not object").click()
    walk.wait_query(walk_layers="2", walk_batch="2", walk_bug="input_transpose")
    expect(walk.page.get_by_role("textbox", name="Hidden layers")).to_have_value("2")
    expect(walk.page.get_by_role("spinbutton", name="Samples B")).to_have_value("2")
    settings = BackpropSettings(walk_bug="input_transpose", walk_layers=(2,), walk_batch=2)
    walk.at(trace_of(settings), 10)
    # The next change of a control goes on from there.
    walk.page.get_by_role("textbox", name="Hidden layers").fill("2,2")
    walk.page.keyboard.press("Enter")
    walk.wait_query(walk_layers="2,2", walk_batch="2")


def test_with_a_bug_step_graph_and_node_have_the_same_numbers(walk: WalkScreen) -> None:
    path = walk.open_walk(walk_bug="sum_for_mean", walk_step=9)
    says = walk.page.locator(".st-key-backprop-bug")
    expect(says).to_contain_text("Bug: Sum in place of mean. It is in this step.")
    written = walk.formula.locator(".backprop-array[data-part=write] td").all_inner_texts()
    expected = walk.formula.locator(".backprop-array[data-part=right] td").all_inner_texts()
    assert written == [
        digits(v).replace("-", "−") for v in path.arrays["dZ2"].value.ravel().tolist()
    ]
    assert len(set(written) & set(expected)) == 0
    index = next(n.index for n in graph_of(path).nodes if n.array == "Z2")
    node = walk.nodes.nth(index)
    expect(node).to_have_class(re.compile(r"\bnn-wrong\b"))
    expect(node).to_contain_text("wrong gradient")
    cells = node.locator(".nn-node-gradient rect title").all_text_contents()
    first = digits(path.arrays["dZ2"].value.item(0))
    assert cells[0] == f"∂L/∂Z2, row 1, column 1: {first}"
    node.click()
    expect(walk.details).to_contain_text("The bug is here")
    details = walk.details.locator(".backprop-array")
    expect(details.locator("figcaption b")).to_have_text(
        ["value", "∂L/∂Z2", "∂L/∂Z2 without the bug"]
    )
    assert details.nth(1).locator("td").all_inner_texts() == written
    assert details.nth(2).locator("td").all_inner_texts() == expected
    walk.press("ArrowLeft")
    expect(says).to_contain_text("It does not touch this step")
    expect(node).not_to_have_class(re.compile(r"\bnn-wrong\b"))
    walk.press("ArrowRight")
    walk.press("ArrowRight")
    expect(says).to_contain_text("An earlier step went wrong")


# ---- rooms


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 720}])
def test_next_stays_in_sight_over_the_graph_and_the_checks(walk: WalkScreen) -> None:
    path = walk.open_walk(walk_step=5)
    for target in (walk.nodes.last, walk.page.get_by_role("tab", name="Break it")):
        target.scroll_into_view_if_needed()
        walk.page.mouse.move(640, 400)
        walk.page.mouse.wheel(0, 200)
        expect(walk.walk_button("Next")).to_be_in_viewport()
    walk.walk_button("Next").click()
    walk.at(path, 6)


@pytest.mark.parametrize("viewport", [PHONE])
@pytest.mark.parametrize("network", ["small", "digits"])
def test_on_a_phone_nothing_scrolls_sideways_but_what_must(walk: WalkScreen, network: str) -> None:
    path = walk.open_walk(
        walk_network=network, walk_layers=(4, 4, 4), walk_outputs=4, walk_batch=8, walk_step=6
    )
    for step in (6, 7, 8, 9):
        walk.at(path, step)
        assert walk.wider() <= 0
        for card in (walk.formula, walk.panel("graph")):
            box = card.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]
        walk.walk_button("Next").click()
    walk.at(path, 10)
    box = walk.walk_button("Next").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 40
    walk.nodes.first.click()
    expect(walk.details).to_be_visible()
    assert walk.wider() <= 0


@pytest.mark.parametrize("color_scheme", ["dark"])
def test_in_a_dark_room_it_is_dark_and_can_be_read(walk: WalkScreen) -> None:
    walk.open_walk(walk_step=12)

    def shade(locator: Locator, style: str) -> list[float]:
        text: str = locator.evaluate("(n, style) => getComputedStyle(n)[style]", style)
        return [float(v) for v in re.findall(r"[\d.]+", text)[:3]]

    assert max(shade(walk.page.locator(".stApp"), "backgroundColor")) < 60
    assert max(shade(walk.nodes.first.locator(".nn-node-box"), "fill")) < 60
    assert min(shade(walk.nodes.first.locator(".nn-node-title"), "fill")) > 150
    assert min(shade(walk.formula.locator(".katex").first, "color")) > 150
    assert min(shade(walk.formula.locator(".backprop-array td").first, "color")) > 150
    # The row with Next lies over what scrolls under it, so it is as dark as the page.
    bar = walk.page.locator("[data-testid=stLayoutWrapper]:has(> .st-key-backprop-steps)")
    colour: str = bar.evaluate("(n) => getComputedStyle(n).backgroundColor")
    values = [float(v) for v in re.findall(r"[\d.]+", colour)]
    scale = 255 if colour.startswith("color(") else 1
    assert max(values[:3]) * scale < 60


def test_the_walk_survives_a_visit_to_the_guide(walk: WalkScreen) -> None:
    path = walk.open_walk(walk_step=6, walk_layers=(4,))
    walk.page.get_by_role("link", name="Guide").click()
    expect(walk.page.get_by_role("heading", name="Guide", exact=True)).to_be_visible()
    walk.page.get_by_role("link", name="Backprop").click()
    walk.at(path, 6)
    walk.wait_query(walk_step="6", walk_layers="4")
    walk.press("ArrowRight")
    walk.at(path, 7)
