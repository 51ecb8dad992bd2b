"""The trace's view: its graph is sent once, steps only move marks, and a node can be picked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

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
    for command in ("play", "tick", "step", "reset", "pause"):
        seen.ask(command)  # no bar offers it, but whoever asks moves nothing
        assert (set(seen.steps), seen.header["status"]) == ({0}, "ready")


@pytest.mark.parametrize("network", ["small", "digits"])
def test_a_step_moves_the_marks_and_sends_no_figures(network: str) -> None:
    seen = viewer(walk_network=network)
    run = seen.run
    steps = view_of(seen).trace.steps
    assert len(steps) == 21
    seen.ask("pick", 2)  # from here on the server knows what the browser holds
    for index, step in [*enumerate(steps), (99, steps[-1])]:
        assert "figures" not in seen.change(walk_step=index, walk_h=1.0 + index / 10)
        assert (seen.step, seen.run) == (min(index, 20), run)
        reads, writes = list(step.reads), list(step.writes)
        expected = {"step": seen.step, "picked": 2, "reads": reads, "writes": writes}
        assert marks(seen) == expected


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


def test_another_network_keeps_the_step_and_lets_the_node_go() -> None:
    seen = viewer(walk_step=2)
    seen.ask("pick", 4)
    seen.change(walk_layers=(4, 4, 4))
    assert seen.step == 2
    assert marks(seen)["picked"] is None  # it may be another now
    assert len(nodes(seen)) == len(view_of(seen).graph.nodes)


def test_a_node_is_picked_and_let_go() -> None:
    seen = viewer()
    assert len(nodes(seen)) == 26
    for value, picked in ((3, 3), (5, 5), (5, None), (25, 25)):
        seen.ask("pick", value)
        assert marks(seen)["picked"] == picked
    for none in (-1, 26, 1.0, "3", None, [1]):
        seen.ask("pick", none)
        assert marks(seen)["picked"] == 25


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
    assert sent["L"]["shape"] == "one number"
    assert np.shape(sent["L"]["value"]) == (1, 1)
    for batch, drawn in ((4, True), (5, False)):  # forty numbers are drawn and no more
        seen = viewer(walk_network="digits", walk_batch=batch)
        (z,) = [n["value"] for n in nodes(seen) if n["array"] == "Z1"]
        assert (z is not None) == drawn


def test_edges_join_the_nodes_that_they_name() -> None:
    seen = viewer(walk_layers=(4, 4, 4), walk_batch=8)
    panel = seen.panel("graph")
    assert len(panel["edges"]) >= len(panel["nodes"]) - 1  # it hangs together
    for edge in panel["edges"]:
        ends = [panel["nodes"][edge[name]] for name in ("source", "target")]
        assert edge["route"][0] == [ends[0]["column"], ends[0]["lane"]]
        assert edge["route"][-1] == [ends[1]["column"], ends[1]["lane"]]
        assert edge["step"] == ends[1]["step"]
