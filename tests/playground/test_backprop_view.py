"""The trace's view: its graph is sent once, steps only move marks, and a node can be picked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground.backprop.bugs import BUGS
from playground.backprop.settings import BackpropSettings
from playground.backprop.step import PHASES
from playground.backprop.steps import trace_of
from playground.backprop.view import GraphView, StepsView
from playground.settings.config import Config
from tests.playground.viewer import Viewer


def viewer(**settings: Any) -> Viewer:
    return Viewer(GraphView(), Config(), BackpropSettings(**settings))


def marks(seen: Viewer) -> dict[str, Any]:
    """What the last message says of the graph: step, picked, reads, writes."""
    found: dict[str, Any] = seen.header["state"]["graph"]
    return found


def view_of(seen: Viewer) -> GraphView:
    assert isinstance(seen.view, GraphView)
    return seen.view


def nodes(seen: Viewer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = seen.panel("graph")["nodes"]
    return found


def test_there_is_nothing_to_play() -> None:
    seen = viewer()
    assert seen.figures["buttons"] == []
    assert seen.header["status"] == "ready"
    assert seen.header["notice"]["text"] == ""
    for command in ("play", "tick", "step", "reset", "pause"):
        seen.ask(command)  # no bar offers it, but whoever asks moves nothing
        assert set(seen.steps) == {0}
        assert len(seen.rows) <= 1


@pytest.mark.parametrize("network", ["small", "digits"])
def test_a_step_moves_the_marks_and_sends_no_figures(network: str) -> None:
    seen = viewer(walk_network=network)
    version, run = seen.header["version"], seen.header["run"]
    steps = view_of(seen).trace.steps
    assert len(steps) == 21
    seen.ask("look")  # from here on the server knows what the browser holds
    for index, step in enumerate(steps):
        header = seen.change(walk_step=index)
        assert "figures" not in header
        assert (header["version"], header["run"]) == (version, run)
        assert seen.step == index
        assert marks(seen) == {
            "step": index,
            "picked": None,
            "reads": list(step.reads),
            "writes": list(step.writes),
        }


def test_a_request_for_a_step_is_one_for_the_setting() -> None:
    seen = Viewer(StepsView(), Config(), BackpropSettings(walk_step=2))
    steps = trace_of(BackpropSettings()).steps
    assert seen.panel("steps")["phases"] == [PHASES[step.phase] for step in steps]
    for asked, step in ((5, 5), (-1, 5), (1e9, 5), ("7", 5), (None, 5), (20, 20), (99, 20)):
        seen.ask("go", asked)
        assert seen.header["state"]["steps"] == {"step": step}
    assert seen.settings == BackpropSettings(walk_step=99)
    seen.change(walk_step=4)  # as a link, Back or a button of the page do
    assert seen.header["state"]["steps"] == {"step": 4}
    seen.change(walk_layers=(4, 4, 4))
    longer = trace_of(BackpropSettings(walk_layers=(4, 4, 4))).steps
    assert len(seen.panel("steps")["phases"]) == len(longer) > len(steps)


def test_beyond_the_last_step_is_the_last() -> None:
    seen = viewer(walk_step=99)
    assert seen.step == len(view_of(seen).trace.steps) - 1


def test_the_step_of_the_quotient_changes_nothing_here() -> None:
    seen = viewer(walk_step=3)
    seen.ask("pick", 2)
    version = seen.header["version"]
    header = seen.change(walk_h=8.0)
    assert "figures" not in header
    assert header["version"] == version
    assert marks(seen)["picked"] == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"walk_bug": "sum_for_mean"},
        {"walk_layers": (4, 4, 4)},
        {"walk_batch": 8},
        {"walk_seed": 3},
        {"walk_rate": 0.1},
        {"walk_activation": "relu"},
        {"walk_outputs": 1, "walk_loss": "binary_cross_entropy"},
        {"walk_network": "digits"},
    ],
)
def test_another_network_or_bug_brings_new_figures(changes: dict[str, Any]) -> None:
    seen = viewer(walk_step=2)
    seen.ask("pick", 4)
    version, run = seen.header["version"], seen.header["run"]
    header = seen.change(**changes)
    assert header["version"] == version + 1
    assert header["run"] == run + 1
    assert seen.figures["version"] == version + 1
    assert seen.step == 2  # where the trace stands is kept
    assert marks(seen)["picked"] is None  # but the node may be another now
    assert len(nodes(seen)) == len(view_of(seen).graph.nodes)


def test_picked_toggles() -> None:
    seen = viewer()
    assert marks(seen)["picked"] is None
    seen.ask("pick", 3)
    assert marks(seen)["picked"] == 3
    seen.ask("pick", 5)
    assert marks(seen)["picked"] == 5
    seen.ask("pick", 5)
    assert marks(seen)["picked"] is None


def test_a_request_that_comes_twice_picks_once() -> None:
    seen = viewer()
    seen.ask("pick", 3)
    request = seen.request("pick", 3)
    seen.take(seen.view.handle(request, seen.config, seen.settings))
    assert marks(seen)["picked"] == 3


@pytest.mark.parametrize("value", [-1, 26, 10**9, 1.0, "3", None, [1], {"a": 1}])
def test_no_node_no_pick(value: Any) -> None:
    seen = viewer()
    assert len(nodes(seen)) == 26
    seen.ask("pick", 3)
    seen.ask("pick", value)
    assert marks(seen)["picked"] == 3


def test_every_node_can_be_picked_at_every_step() -> None:
    seen = viewer(walk_layers=(2,), walk_batch=1)
    for index in range(len(nodes(seen))):
        seen.change(walk_step=index % len(view_of(seen).trace.steps))
        seen.ask("pick", index)
        assert marks(seen)["picked"] == index


# ---- what a node shows


def test_a_small_array_is_sent_as_rows() -> None:
    seen = viewer()
    graph = view_of(seen).graph
    for sent, node in zip(nodes(seen), graph.nodes, strict=True):
        assert sent["array"] == node.array
        assert sent["operation"] == node.operation
        assert (sent["column"], sent["lane"]) == node.place
        assert (sent["step"], sent["gradient_step"]) == (node.value_step, node.gradient_step)
        np.testing.assert_allclose(sent["value"], np.atleast_2d(node.value))
        if node.gradient is None:
            assert sent["gradient"] is None
        else:
            np.testing.assert_allclose(sent["gradient"], np.atleast_2d(node.gradient))
    (branch,) = [sent for sent in nodes(seen) if sent["arriving"] > 1]
    assert (branch["operation"], branch["arriving"]) == ("+", 2)


def test_a_large_array_is_its_shape() -> None:
    seen = viewer(walk_network="digits")
    sent = {node["array"]: node for node in nodes(seen) if node["array"]}
    for name, shape in (("X", "3 × 784"), ("W1", "784 × 10"), ("W2", "10 × 10")):
        assert sent[name]["value"] is None
        assert sent[name]["shape"] == shape
    assert sent["W1"]["gradient"] is None
    assert sent["W1"]["gradient_step"] is not None  # known, though too large to draw
    assert np.shape(sent["b1"]["value"]) == (1, 10)
    assert np.shape(sent["Z1"]["value"]) == (3, 10)
    assert sent["L"]["shape"] == "one number"
    assert np.shape(sent["L"]["value"]) == (1, 1)


def test_forty_numbers_are_drawn_and_no_more() -> None:
    four, five = (viewer(walk_network="digits", walk_batch=batch) for batch in (4, 5))
    sizes = [next(n for n in nodes(seen) if n["array"] == "Z1")["value"] for seen in (four, five)]
    assert np.shape(sizes[0]) == (4, 10)
    assert sizes[1] is None


def test_edges_join_the_nodes_that_they_name() -> None:
    seen = viewer(walk_layers=(4, 4, 4), walk_batch=8)
    panel = seen.panel("graph")
    assert len(panel["edges"]) >= len(panel["nodes"]) - 1  # it hangs together
    for edge in panel["edges"]:
        ends = [panel["nodes"][edge[name]] for name in ("source", "target")]
        assert edge["route"][0] == [ends[0]["column"], ends[0]["lane"]]
        assert edge["route"][-1] == [ends[1]["column"], ends[1]["lane"]]
        assert edge["step"] == ends[1]["step"]


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_has_a_graph_too(bug: str) -> None:
    seen = viewer(walk_bug=bug, walk_step=99)
    assert seen.view.problem is None
    assert len(nodes(seen)) == 26
    assert marks(seen)["step"] == len(view_of(seen).trace.steps) - 1
