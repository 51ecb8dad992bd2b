"""The backprop page in a real browser: its steps by button and by key, formulas, the graph."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final
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
from tests.browser.screen import DESKTOP, PHONE, Screen, box_of, enter
from tests.browser.test_formulas import settle

WIDEST = BackpropSettings(walk_layers=(4, 4, 4), walk_outputs=4, walk_batch=8)
UNKNOWN: Final = re.compile(r"\bnn-unknown\b")
PICKED: Final = re.compile(r"\bnn-picked\b")


class BackpropScreen(Screen):
    """The backprop page as a person meets it."""

    path: ClassVar[str] = "/backprop"

    def open_trace(self, **settings: Any) -> Trace:
        """Open the page with these settings; returns the trace that it shows."""
        chosen = BackpropSettings(**settings)
        self.page.goto(f"{self.path}?{urlencode(chosen.to_query())}")
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

    def step_button(self, name: str) -> Locator:
        return self.page.locator("[data-panel=steps]").get_by_role("button", name=name)

    def press(self, key: str) -> None:
        """Press a key while nothing has the focus."""
        self.unfocus()
        self.page.keyboard.press(key)

    def go(self, path: Trace, start: int, end: int) -> None:
        """Go from step to step by the arrow keys."""
        key, way = ("ArrowRight", 1) if end > start else ("ArrowLeft", -1)
        for step in range(start + way, end + way, way):
            self.press(key)
            self.at(path, step)

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


@pytest.fixture
def view(page: Page) -> BackpropScreen:
    """A fresh page, with words for the steps on it."""
    return BackpropScreen(page)


# ---- the steps


def assert_arrays_have_named_shapes(view: BackpropScreen) -> None:
    """Of the first step: its formula is set, and its arrays tell what was read and written."""
    expect(view.formula.locator(".katex-display")).to_have_count(2)
    expect(view.formula.locator(".katex-html .mtable").first).to_be_visible()
    arrays = view.formula.locator(".backprop-array")
    expect(arrays.locator("figcaption span").last).to_have_text("(B = 3, fan out = 3)")
    expect(arrays.locator("figcaption em")).to_have_text(["read", "read", "read", "written"])
    expect(arrays.nth(3).locator("tr")).to_have_count(3)
    borders = arrays.evaluate_all("(all) => all.map((n) => getComputedStyle(n).borderTopColor)")
    assert borders[0] == borders[1] == borders[2] != borders[3]
    expect(view.page.get_by_test_id("stCode").first).to_contain_text("def bind(self")


def test_buttons_keys_and_slider_lead_through_the_steps(view: BackpropScreen) -> None:
    path = view.open_trace()
    expect(view.page).to_have_title(re.compile("Backprop"))
    expect(view.step_button("Back")).to_be_disabled()
    expect(view.live.locator(".nn-bar")).not_to_be_visible()  # there is nothing to play
    for step in (1, 2, 3):
        view.step_button("Next").click()
        view.at(path, step)
        view.wait_query(walk_step=str(step))
        if step == 1:
            assert_arrays_have_named_shapes(view)
    view.step_button("Back").click()
    view.at(path, 2)
    view.wait_query(walk_step="2")
    view.go(path, 2, 3)
    view.go(path, 3, 0)
    view.wait_query(walk_step=None)
    view.press("ArrowLeft")  # there is nothing before the first step
    view.go(path, 0, 1)

    # Quick presses are as many steps.
    for _ in range(11):
        view.press("ArrowRight")
    view.at(path, 12)
    view.wait_query(walk_step="12")
    view.step_button("Back").evaluate("(b) => { for (let i = 0; i < 9; i += 1) b.click(); }")
    view.at(path, 3)
    view.wait_query(walk_step="3")
    for _ in range(5):
        view.step_button("Next").click()
    view.at(path, 8)

    view.slider.focus()
    view.slider.press("End")
    view.at(path, len(path.steps) - 1)
    expect(view.step_button("Next")).to_be_disabled()
    view.slider.press("Home")
    view.at(path, 0)
    view.wait_query(walk_step=None)


def test_an_arrow_belongs_to_what_has_the_focus(view: BackpropScreen) -> None:
    view.open_trace(walk_step=4)
    box = view.page.get_by_role("combobox", name="Activation")
    box.click()
    view.page.keyboard.press("ArrowRight")  # the list is open, and the key its own
    view.page.get_by_role("option", name="Sigmoid").click()
    view.wait_query(walk_activation="sigmoid", walk_step="4")
    path = trace_of(BackpropSettings(walk_activation="sigmoid"))
    view.at(path, 4)
    expect(box).to_be_focused()
    view.page.keyboard.press("ArrowRight")
    view.at(path, 5)
    view.page.keyboard.press("ArrowLeft")
    view.at(path, 4)
    # A tab uses the arrows itself.
    view.page.get_by_role("tab", name="Check it yourself").focus()
    view.page.keyboard.press("ArrowRight")
    expect(view.page.get_by_role("tab", name="Break it")).to_be_focused()
    view.at(path, 4)
    # So does a field.
    view.page.get_by_role("textbox", name="Hidden layers").focus()
    for key in ("ArrowLeft", "ArrowLeft", "4", ",", "Enter"):
        view.page.keyboard.press(key)
    view.wait_query(walk_layers="4,3", walk_step="4")
    path = trace_of(BackpropSettings(walk_activation="sigmoid", walk_layers=(4, 3)))
    view.at(path, 4)

    # The step outlasts a visit to another page.
    view.visit_guide("Backprop")
    view.at(path, 4)
    view.wait_query(walk_step="4", walk_layers="4,3")
    view.go(path, 4, 5)


@pytest.mark.parametrize("viewport", [DESKTOP])
def test_no_formula_of_the_widest_network_leaves_its_card(view: BackpropScreen) -> None:
    settings = {n: getattr(WIDEST, n) for n in BackpropSettings.FIELDS}
    lengths = [len(s.symbols) + len(s.numbers) for s in trace_of(WIDEST).steps]
    longest = sorted(range(len(lengths)), key=lambda step: -lengths[step])[:4]
    here = min(longest)
    path = view.open_trace(**(settings | {"walk_step": here}))
    for step in sorted(longest):
        for _ in range(step - here):
            view.press("ArrowRight")
        here = step
        view.at(path, step)
        settle(view.page)
        cut = view.formula.locator(".katex-display").evaluate_all(
            "(all) => all.map((n) => n.scrollWidth - n.clientWidth)"
        )
        assert max(cut) <= 0, (step, path.steps[step].title)


# ---- the graph


def test_the_graph_grows_with_the_steps_and_is_not_made_anew(view: BackpropScreen) -> None:
    path = view.open_trace()
    graph = graph_of(path)
    indices = range(len(graph.nodes))
    expect(view.nodes).to_have_count(len(graph.nodes))
    first, last, drawing = (
        view.nodes.nth(0),
        view.nodes.last,
        view.panel("graph").locator(".nn-plotbox svg"),
    )
    drawing.evaluate("(svg) => svg.scrollIntoView({block: 'center'})")
    view.mark()
    drawing.evaluate("(svg) => { svg.dataset.marked = 'yes'; }")
    before, end = 0, len(path.steps) - 1
    for step in (0, 1, 5, 9, 12, 16, end):
        for _ in range(step - before):  # quick presses are as many steps
            view.press("ArrowRight")
        view.at(path, step)
        before = step
        known, back = graph.values_known(step), graph.gradients_known(step)
        assert view.unknown() == [i for i in indices if i not in known], step
        assert view.parts("value") == [i for i in indices if i in known], step
        assert view.parts("gradient") == [i for i in indices if i in known & back], step
        if step == 1:
            expect(last).to_have_class(UNKNOWN)
            assert float(last.evaluate("(n) => getComputedStyle(n).opacity")) < 0.5
            expect(first).to_be_in_viewport()
            expect(last).not_to_be_in_viewport()
        if step == 5:
            expect(last).not_to_have_class(UNKNOWN)
            expect(last).to_be_in_viewport()  # the graph has moved along
    assert view.unknown() == []
    expect(view.panel("graph")).to_have_attribute("data-marked", "yes")
    expect(drawing).to_have_attribute("data-marked", "yes")
    expect(view.live).to_have_count(1)

    # Next stays in sight over the graph and the checks.
    view.page.set_viewport_size({"width": 1280, "height": 720})
    for target in (last, view.page.get_by_role("tab", name="Break it")):
        target.scroll_into_view_if_needed()
        view.page.mouse.move(640, 400)
        view.page.mouse.wheel(0, 200)
        expect(view.step_button("Next")).to_be_in_viewport()

    # Another network brings another graph into the same panel.
    enter(view.page.get_by_role("textbox", name="Hidden layers"), "4,4,4")
    path = trace_of(BackpropSettings(walk_layers=(4, 4, 4)))
    view.at(path, step)
    expect(view.nodes).to_have_count(len(graph_of(path).nodes))
    assert view.nodes.count() > len(graph.nodes)
    expect(view.panel("graph")).to_have_attribute("data-marked", "yes")
    assert view.unknown() == [n.index for n in graph_of(path).nodes if n.value_step > step]


def test_a_picked_node_shows_its_local_derivative(view: BackpropScreen) -> None:
    # A step that adds nothing shows where the steps are.
    path = view.open_trace(walk_step=7)
    graph = graph_of(path)
    assert not any(7 in (n.value_step, n.gradient_step) for n in graph.nodes)
    view.panel("graph").scroll_into_view_if_needed()
    expect(view.nodes.last).to_be_in_viewport()

    view.go(path, 7, 13)
    index = next(node.index for node in graph.nodes if node.array == "A1")
    node, captions = view.nodes.nth(index), view.details.locator(".backprop-array figcaption b")
    view.mark()
    node.click()
    expect(view.details).to_contain_text("Node A1, 3 × 3")
    expect(node).to_have_class(PICKED)
    expect(node).to_have_attribute("aria-pressed", "true")
    expect(view.details.locator(".katex-display")).to_have_count(2)
    assert [t.strip() for t in view.details.locator("annotation").all_text_contents()] == [
        graph.nodes[index].formula,
        *graph.nodes[index].local,
    ]
    expect(captions).to_have_text(["value", "∂L/∂A1"])
    expect(view.panel("graph")).to_have_attribute("data-marked", "yes")
    # It stays picked along the steps, and its gradient goes where it is not yet known.
    view.step_button("Back").click()
    view.step_button("Back").click()
    view.at(path, 11)
    expect(node).to_have_class(PICKED)
    expect(captions).to_have_text(["value"])
    node.click()
    expect(view.details).to_have_count(0)
    expect(node).not_to_have_class(PICKED)

    # The keyboard picks a node too, and moves no step.
    last = len(path.steps) - 1
    view.slider.focus()
    view.slider.press("End")
    view.at(path, last)
    branch = next(node for node in graph.nodes if node.fans_out)
    node = view.nodes.nth(branch.index)
    node.focus()
    view.page.keyboard.press("Enter")
    expect(view.details).to_contain_text("2 gradients arrive")
    expect(captions).to_have_text(["value", f"∂L/∂{branch.name}", "arriving 1", "arriving 2"])
    expect(node).to_contain_text("Σ of 2")
    expect(node).to_be_focused()
    view.page.keyboard.press(" ")
    expect(view.details).to_have_count(0)
    view.page.keyboard.press("Tab")
    expect(view.nodes.nth(branch.index + 1)).to_be_focused()
    view.at(path, last)
    assert view.nodes.nth(1).get_attribute("aria-label") == "W1, 2 × 3, gradient known"


# ---- checks and bugs


def test_the_checks_lead_to_where_a_bug_goes_wrong(view: BackpropScreen) -> None:
    view.open_trace()
    page = view.page
    # The slider of h moves the marker along the same V.
    chart = page.locator(".st-key-walk_v .js-plotly-plot")
    expect(chart).to_be_visible()
    marker = "(node) => node.data.find((t) => t.meta.role === 'chosen').x[0]"
    assert chart.evaluate(marker) == pytest.approx(1e-5, rel=0.3)
    slider = page.get_by_role("slider", name=re.compile("^Step of the difference"))
    slider.focus()
    slider.press("ArrowRight")
    view.wait_query(walk_h="5.5")
    view.wait(
        f"Math.abs(Math.log10(({marker})(document.querySelector('.st-key-walk_v .js-plotly-plot')))"
        " + 5.5) < 0.13"
    )
    for bug in ("weight_transpose", "input_transpose"):
        settings = BackpropSettings(walk_bug=bug)
        report = examine(network_of(settings), bug)
        view.wait_page()
        view.choose("Break it", BUG_LABELS[bug])
        view.wait_query(walk_bug=bug)
        page.get_by_role("tab", name="Break it").click()
        panel = page.get_by_role("tabpanel").filter(has_text="Go to where it goes wrong")
        expect(panel.get_by_test_id("stAlert")).to_contain_text(report.message)
        panel.get_by_role("button", name="Go to where it goes wrong").click()
        path = trace_of(settings)
        view.at(path, report.step)
        view.wait_query(walk_step=str(report.step))
        stops = view.formula.get_by_test_id("stAlert")
        if path.steps[report.step].error:
            expect(stops).to_contain_text("NumPy stops here")
            expect(view.step_button("Next")).to_be_disabled()
        else:
            expect(stops).to_have_count(0)

    # The controls show the network in which NumPy does not object.
    page.get_by_role("button", name="A network in which NumPy does not object").click()
    view.wait_query(walk_layers="2", walk_batch="2", walk_bug="input_transpose")
    expect(page.get_by_role("textbox", name="Hidden layers")).to_have_value("2")
    expect(page.get_by_role("spinbutton", name="Samples B")).to_have_value("2")
    settings = BackpropSettings(walk_bug="input_transpose", walk_layers=(2,), walk_batch=2)
    view.at(trace_of(settings), report.step)
    # The next change of a control goes on from there.
    enter(page.get_by_role("textbox", name="Hidden layers"), "2,2")
    view.wait_query(walk_layers="2,2", walk_batch="2")


def test_with_a_bug_step_and_node_have_the_same_numbers(view: BackpropScreen) -> None:
    path = view.open_trace(walk_bug="sum_for_mean", walk_step=9)
    written = view.formula.locator(".backprop-array[data-part=write] td").all_inner_texts()
    expected = view.formula.locator(".backprop-array[data-part=right] td").all_inner_texts()
    assert written == [
        digits(v).replace("-", "−") for v in path.arrays["dZ2"].value.ravel().tolist()
    ]
    assert len(set(written) & set(expected)) == 0
    node = view.nodes.nth(next(n.index for n in graph_of(path).nodes if n.array == "Z2"))
    expect(node).to_have_class(re.compile(r"\bnn-wrong\b"))
    expect(node).to_contain_text("wrong gradient")
    node.click()
    details = view.details.locator(".backprop-array")
    expect(details.locator("figcaption b").last).to_have_text("∂L/∂Z2 without the bug")
    assert details.nth(1).locator("td").all_inner_texts() == written
    assert details.nth(2).locator("td").all_inner_texts() == expected
    view.press("ArrowLeft")
    expect(node).not_to_have_class(re.compile(r"\bnn-wrong\b"))


# ---- rooms


@pytest.mark.parametrize("viewport", [PHONE])
@pytest.mark.parametrize("color_scheme", ["dark"])
def test_on_a_phone_in_the_dark_it_fits_and_can_be_read(
    view: BackpropScreen, subtests: pytest.Subtests
) -> None:
    widest = {"walk_layers": (4, 4, 4), "walk_outputs": 4, "walk_batch": 8}
    path = view.open_trace(**widest, walk_step=6)
    with subtests.test("it is dark, and what is written is light"):
        node, array = view.nodes.first, view.formula.locator(".backprop-array td").first
        # The row with Next lies over what scrolls under it, so it is as dark as the page.
        bar = view.page.locator("[data-testid=stLayoutWrapper]:has(> .st-key-backprop-steps)")
        assert max(view.colour(".stApp", "backgroundColor")) < 60
        assert max(view.colour(bar, "backgroundColor")) < 60
        assert max(view.colour(node.locator(".nn-node-box"), "fill")) < 60
        assert min(view.colour(node.locator(".nn-node-title"), "fill")) > 150
        assert min(view.colour(view.formula.locator(".katex").first, "color")) > 150
        assert min(view.colour(array, "color")) > 150
        assert box_of(bar)["height"] < 130  # of the 844 that a step has below it

    def assert_fits() -> None:
        assert view.overflow() <= 0
        for card in (view.formula, view.panel("graph")):
            box = box_of(card)
            assert 0 <= box["x"] <= box["x"] + box["width"] <= PHONE["width"]

    with subtests.test("nothing scrolls sideways but what must"):
        for step in (6, 7, 8, 9):
            view.at(path, step)
            assert_fits()
            view.step_button("Next").click()
        view.at(path, 10)
        box = box_of(view.step_button("Next"))
        assert min(box["width"], box["height"]) >= 40
        view.nodes.first.click()
        expect(view.details).to_be_visible()
        assert view.overflow() <= 0
    with subtests.test("what is large is told by its shape"):
        path = view.open_trace(walk_network="digits", walk_step=1)
        shapes = view.formula.locator(".backprop-array figcaption span")
        expect(shapes.nth(1)).to_have_text("(fan in = 784, fan out = 10)")
        expect(view.formula.locator(".backprop-array").nth(1)).to_contain_text("…")
        expect(view.panel("graph")).to_contain_text("784 × 10")
        assert_fits()
        view.slider.focus()
        view.slider.press("End")
        view.at(path, len(path.steps) - 1)
        assert_fits()
