"""The backprop page: it opens at any step, each control works, each bug is shown and caught."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from engine import LOSSES as ENGINE_LOSSES
from playground.backprop import words
from playground.backprop.bug_report import examine
from playground.backprop.bugs import BUGS
from playground.backprop.layout import KEY, STEPS_KEY
from playground.backprop.network import network_of
from playground.backprop.settings import BackpropSettings
from playground.backprop.step import PHASES, place_of, source_of
from playground.backprop.view import GraphView, StepsView
from tests.app import visitor
from tests.app.visitor import address, run, session_of, texts

PAGE = "pages/backprop.py"
settings_of = partial(visitor.settings_of, kind=BackpropSettings)


def opened(query: dict[str, str] | None = None, **settings: Any) -> AppTest:
    """The page as it is after its first run from a link with these parameters and settings."""
    return visitor.opened(PAGE, BackpropSettings(**settings).to_query() | (query or {}))


def view_of(app: AppTest) -> GraphView:
    found = session_of(app).views[KEY]
    assert isinstance(found, GraphView)
    assert found.problem is None
    return found


def put(app: AppTest, kind: str, name: str, value: Any) -> BackpropSettings:
    """Set a control's value, run the page, and return the settings that result."""
    return settings_of(visitor.put(app, kind, name, value))


def go(app: AppTest, step: int) -> BackpropSettings:
    """Trace to this step, as Back, Next and the slider of the browser's half do."""
    session = session_of(app)
    session.pages[BackpropSettings] = replace(settings_of(app), walk_step=step)
    return settings_of(run(app))


def press(app: AppTest, name: str) -> BackpropSettings:
    return settings_of(visitor.click(app, f"walk_{name}"))


def html(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def captions(app: AppTest) -> str:
    return "\n".join(element.value for element in app.caption)


def latex(app: AppTest) -> list[str]:
    return [element.value.strip("$\n ") for element in app.latex]


def assert_shown(app: AppTest, at: int) -> None:
    """The page shows the step `at` of the trace, whole."""
    view = view_of(app)
    steps = view.trace.steps
    step = steps[at]
    assert view.step == at
    assert step.title in [heading.value for heading in app.subheader]
    assert step.sentence in texts(app)
    assert latex(app)[0] == step.symbols
    if step.numbers and step.numbers != step.symbols:
        assert latex(app)[1] == step.numbers.strip()
    shown = html(app)
    for array in step.arrays:
        assert array.shape in shown
    assert shown.count("<figure") >= len(step.arrays)
    assert app.code[0].value == source_of(step)
    assert place_of(step) in captions(app)
    way = session_of(app).views[STEPS_KEY]
    assert isinstance(way, StepsView)
    assert way.state(frozenset()) == {"steps": {"step": at}}
    (told,) = way.figures()["panels"]
    assert told["phases"] == [PHASES[each.phase] for each in steps]


# ---- opening


def test_it_opens_cold() -> None:
    app = opened()
    assert not app.warning
    assert not app.error
    assert settings_of(app) == BackpropSettings()
    assert address(app) == {}
    assert words.LOOK in texts(app)
    assert_shown(app, 0)
    checked, broken = app.tabs
    assert (checked.label, broken.label) == ("Check it yourself", "Break it")
    assert list(broken.table[0].value["bug"]) == [bug.label for bug in BUGS.values()]
    assert not app.sidebar.children
    elsewhere = {"walk_step"}  # the browser's Back, Next and slider
    wanted = {f"set_{name}" for name in BackpropSettings.FIELDS.keys() - elsewhere}
    assert visitor.helped(app.main) == wanted


def test_a_link_opens_at_its_step() -> None:
    given = BackpropSettings(
        walk_step=12,
        walk_layers=(4, 3),
        walk_outputs=1,
        walk_loss="mse",
        walk_activation="relu",
        walk_batch=5,
        walk_seed=7,
        walk_rate=0.05,
    )
    app = opened(given.to_query())
    assert not app.warning
    assert settings_of(app) == given
    assert app.text_input(key="set_walk_layers").value == "4,3"
    assert app.selectbox(key="set_walk_loss").value == "mse"
    assert app.number_input(key="set_walk_seed").value == 7
    assert_shown(app, 12)


def test_what_a_link_cannot_have_is_said() -> None:
    app = opened({"walk_loss": "binary_cross_entropy", "walk_outputs": "3", "walk_step": "-1"})
    assert settings_of(app) == BackpropSettings(walk_outputs=3)
    (warning,) = app.warning
    assert "walk_loss" in warning.value
    assert "walk_step" in warning.value
    assert_shown(app, 0)


# ---- the trace


@pytest.mark.parametrize("network", ["small", "digits"])
def test_every_step_is_shown(network: str) -> None:
    app = opened(walk_network=network)
    steps = view_of(app).trace.steps
    assert {step.phase for step in steps} == set(PHASES)
    for at in (*range(len(steps)), len(steps) - 2):
        assert go(app, at).walk_step == at
        assert_shown(app, at)
        assert not app.error
    assert address(app)["walk_step"] == str(at)


def test_a_shorter_trace_stands_at_its_last_step() -> None:
    app = opened(walk_layers=(4, 4, 4), walk_step=30)
    assert_shown(app, 30)
    put(app, "text_input", "walk_layers", "")
    last = len(view_of(app).trace.steps) - 1
    assert last < 30
    assert_shown(app, last)


def test_a_picked_node_shows_its_local_derivative() -> None:
    app = opened(walk_step=5)
    assert "**Node" not in texts(app)
    view = view_of(app)
    for node in view.graph.nodes:
        view.picked = node.index
        run(app)
        assert f"**Node {node.array or node.operation}**" in texts(app)
        assert {*node.local, *filter(None, [node.formula])} <= set(latex(app))
        assert ("It is given" in texts(app)) == (not node.local and not node.fans_out)
        known = node.gradient_step is not None and node.gradient_step <= 5
        assert ("∂L/∂" in html(app)) == known
    view.picked = next(node.index for node in view.graph.nodes if node.fans_out)
    go(app, 20)
    assert "used 2 times, so 2 gradients arrive" in texts(app)
    assert html(app).count(">arriving") == 2


# ---- controls


def test_every_control_changes_the_trace() -> None:
    app = opened()
    changes: tuple[tuple[str, str, Any, Any], ...] = (
        ("number_input", "walk_inputs", 1, 1),
        ("text_input", "walk_layers", "4, 2", (4, 2)),
        ("number_input", "walk_outputs", 4, 4),
        ("number_input", "walk_batch", 2, 2),
        ("number_input", "walk_seed", 5, 5),
        ("number_input", "walk_rate", 0.25, 0.25),
        ("selectbox", "walk_activation", "sigmoid", "sigmoid"),
    )
    expected = BackpropSettings()
    for kind, name, given, value in changes:
        expected = replace(expected, **{name: value})
        assert put(app, kind, name, given) == expected
    network = view_of(app).trace.network
    assert (network.sizes, network.batch, network.learning_rate) == ((1, 4, 2, 4), 2, 0.25)
    assert network.activation.name == "sigmoid"
    assert_shown(app, 0)


def test_the_network_for_digits_has_no_controls_of_sizes() -> None:
    app = opened()
    before = visitor.helped(app.main)
    put(app, "selectbox", "walk_network", "digits")
    gone = {f"set_walk_{name}" for name in ("inputs", "layers", "outputs", "loss")}
    assert before - visitor.helped(app.main) == gone
    assert view_of(app).trace.network.sizes == (784, 10, 10)
    put(app, "selectbox", "walk_network", "small")
    assert app.text_input(key="set_walk_layers").value == "3"


def test_loss_and_outputs_are_made_to_fit() -> None:
    app = opened(walk_step=11)
    changes: tuple[tuple[str, str, Any, tuple[str, int]], ...] = (
        ("selectbox", "walk_loss", "binary_cross_entropy", ("binary_cross_entropy", 1)),
        ("number_input", "walk_outputs", 3, ("cross_entropy", 3)),
        ("number_input", "walk_outputs", 1, ("binary_cross_entropy", 1)),
        ("selectbox", "walk_loss", "cross_entropy", ("cross_entropy", 2)),
        ("selectbox", "walk_loss", "mse", ("mse", 2)),
    )
    for kind, name, value, (loss, outputs) in changes:
        settings = put(app, kind, name, value)
        assert (settings.walk_loss, settings.walk_outputs) == (loss, outputs)
        assert app.selectbox(key="set_walk_loss").value == loss
        assert app.number_input(key="set_walk_outputs").value == outputs
        assert view_of(app).trace.network.loss.name == ENGINE_LOSSES[loss].name
        assert_shown(app, 11)
    assert not app.error


# ---- checks


def test_the_table_has_a_row_for_each_parameter() -> None:
    app = opened(walk_layers=(4, 3))
    table = app.table[0].value
    assert list(table["parameter"]) == ["W1", "b1", "W2", "b2", "W3", "b3", "largest"]
    assert table["shape"][0] == "2 × 4"
    for name in ("trace", "autograd", "central"):
        values = [float(text) for text in table[words.COLUMNS[name]]]
        assert values[-1] == max(values) < 1e-7
    assert "✗" not in captions(app)


def test_the_slider_of_h_moves_the_marker_and_the_differences() -> None:
    app = opened()
    trace, seen = view_of(app).trace, []
    for k in (1.0, 8.5, 12.0):
        assert put(app, "slider", "walk_h", k).walk_h == k
        seen.append(" ".join(app.table[0].value[words.COLUMNS["central"]]))
    assert len(set(seen)) == 3
    assert "✗" in seen[-1]  # at 1e-12 only rounding is left
    assert "✗ marks a difference above 1e-05" in captions(app)
    assert view_of(app).trace is trace  # the trace itself is not computed again
    assert "The V is lowest near h = 1e-05 in float64" in captions(app)
    assert len(app.get("plotly_chart")) == 1


# ---- bugs


@pytest.mark.parametrize("name", BUGS)
def test_each_bug_is_shown_at_every_step_and_said_how_it_is_caught(name: str) -> None:
    app = opened()
    settings = put(app, "selectbox", "walk_bug", name)
    report = examine(network_of(settings), name)
    assert f"**{report.bug.label}.** {report.bug.sentence}" in texts(app)
    (error,) = app.tabs[1].error
    assert report.message.strip() in error.value
    assert ("NumPy stops it" in error.value) == (report.outcome == "stopped")
    assert "✗" in captions(app) or "These steps, d" in captions(app)
    assert press(app, "to_bug").walk_step == report.step
    assert_shown(app, report.step)
    view, faulty, said = view_of(app), report.step, set()
    last = len(view.trace.steps) - 1
    for at in sorted({faulty - 1, faulty, min(faulty + 1, last), min(faulty + 2, last), last}):
        step = view.trace.steps[at]
        go(app, at)
        assert_shown(app, at)
        (words,) = [e.value for e in (*app.warning, *app.info) if e.value.startswith("Bug: ")]
        assert f"**{BUGS[name].label}**" in words
        said.add(words)
        untouched = not step.faulty and not view.corrected
        assert ("It is in this step" in words) == step.faulty
        assert ("the numbers are the right ones" in words) == untouched
        assert html(app).count(">without the bug<") == len(view.corrected)
        if step.faulty:
            assert latex(app)[-1] == view.right.steps[at].symbols != latex(app)[0]
        stops = [e.value for e in app.error if e.value.startswith("NumPy stops here")]
        assert stops == ([f"NumPy stops here: {step.error.strip()}"] if step.error else [])
    assert len(said) >= 2
    put(app, "selectbox", "walk_bug", "none")
    assert not [e for e in (*app.warning, *app.info) if "Bug" in e.value]


@pytest.mark.parametrize("name", [name for name, bug in BUGS.items() if bug.quiet])
def test_a_quiet_network_is_one_click_away(name: str) -> None:
    app = opened(walk_bug=name)
    settings = press(app, "quiet")
    assert examine(network_of(settings), name).outcome == "wrong numbers"
    (error,) = app.tabs[1].error
    assert error.value.startswith("The gradient check catches it: d")
    assert "walk_quiet" not in [button.key for button in app.button]
    # And the controls show that network.
    shown = {str(each.key).split("--")[0]: each.value for each in visitor.controls(app.main)}
    for changed, value in BUGS[name].quiet.items():
        assert str(shown[f"set_{changed}"]) == BackpropSettings.FIELDS[changed].text(value)
    assert not view_of(app).trace.error


def test_the_picked_node_has_the_walks_numbers_and_says_where_the_bug_is() -> None:
    app = opened(walk_bug="sum_for_mean", walk_step=20)
    view = view_of(app)
    assert sum(node.broken for node in view.graph.nodes) == 1
    assert sum(node.wrong and not node.broken for node in view.graph.nodes) >= 1
    for node in view.graph.nodes:
        view.picked = node.index
        run(app)
        assert ("The bug is here" in texts(app)) == node.broken == (node.array == "Z2")
        assert ("A wrong gradient arrives here" in texts(app)) == (node.wrong and not node.broken)
        assert html(app).count(f"∂L/∂{node.name} without the bug") == node.wrong


def test_what_a_bug_does_not_change_or_reach_is_said() -> None:
    app = opened(walk_bug="sum_for_mean", walk_batch=1)
    (info,) = app.tabs[1].info
    assert info.value.startswith("Invisible here.")
    assert BUGS["sum_for_mean"].invisible in info.value
    assert not app.error
    app = opened(walk_bug="input_transpose", walk_batch=3)
    assert "–" in list(app.table[0].value[words.COLUMNS["trace"]])
    assert "not reached: matmul" in captions(app)
