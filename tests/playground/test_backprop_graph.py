"""The graph: its gradients are the trace's, arriving shares sum up, nothing overlaps."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from playground.backprop.bugs import BUGS
from playground.backprop.graph import graph_of
from playground.backprop.settings import BackpropSettings
from playground.backprop.steps import trace_of
from tests.playground.networks import EVERY


@pytest.mark.parametrize("settings", EVERY)
def test_the_graph_is_that_of_the_trace(settings: BackpropSettings) -> None:
    path = trace_of(settings)
    nodes = graph_of(path).nodes
    named = {node.array: node for node in nodes if node.array}
    assert {"X", "L", *path.network.parameters()} <= set(named)
    for name, node in named.items():
        np.testing.assert_allclose(node.value, path.arrays[name].value, rtol=1e-12, atol=1e-14)
        if f"d{name}" in path.arrays and not (
            settings.walk_activation == "identity" and name[0] == "A"
        ):
            assert node.gradient is not None
            expected = path.arrays[f"d{name}"].value
            np.testing.assert_allclose(node.gradient, expected, rtol=1e-11, atol=1e-14)
    assert not any(node.wrong or node.broken for node in nodes)
    assert nodes[-1].formula
    for node in nodes:
        assert bool(node.formula) == bool(node.parents)
        if node.gradient is not None and node.parents:
            assert len(node.local) == sum(nodes[p].gradient is not None for p in node.parents)
        for text in (node.latex, node.formula, *node.local):
            assert text.count("{") == text.count("}")
            assert "$" not in text


@pytest.mark.parametrize("settings", EVERY)
def test_arriving_gradients_sum_to_the_gradient(settings: BackpropSettings) -> None:
    nodes = graph_of(trace_of(settings)).nodes
    assert {"W1", "b1"} <= {node.array for node in nodes[:-1] if node.gradient is not None}
    for node in nodes[:-1]:
        assert bool(node.arriving) == (node.gradient is not None)
        if node.gradient is not None:
            total = sum(share for _, share in node.arriving)
            np.testing.assert_allclose(total, node.gradient, rtol=1e-12, atol=1e-15)
        assert all(node.index in nodes[child].parents for child, _ in node.arriving)


def test_fan_out_is_seen() -> None:
    nodes = graph_of(trace_of(BackpropSettings(walk_activation="silu"))).nodes
    (z,) = [node for node in nodes if node.array == "Z1"]
    assert z.fans_out
    assert {nodes[child].operation for child, _ in z.arriving} == {"*", "sigmoid"}


@pytest.mark.parametrize("settings", EVERY)
def test_nothing_overlaps_and_all_runs_to_the_right(settings: BackpropSettings) -> None:
    graph = graph_of(trace_of(settings))
    places = [node.place for node in graph.nodes]
    bends = [point for edge in graph.edges for point in edge.route[1:-1]]
    assert len({*places, *bends}) == len(places) + len(bends)
    for edge in graph.edges:
        assert edge.route[0] == graph.nodes[edge.source].place
        assert edge.route[-1] == graph.nodes[edge.target].place
        assert all(b[0] - a[0] == 1.0 for a, b in pairwise(edge.route))
    wanted = {(p, node.index) for node in graph.nodes for p in node.parents}
    assert {(edge.source, edge.target) for edge in graph.edges} == wanted
    assert min(x for x, _ in places) >= 0.0


@pytest.mark.parametrize("settings", EVERY)
def test_the_graph_grows_with_the_trace(settings: BackpropSettings) -> None:
    path = trace_of(settings)
    graph = graph_of(path)
    last, every = len(path.steps) - 1, {node.index for node in graph.nodes}
    for known in (graph.values_known, graph.gradients_known):
        assert all(known(k) <= known(k + 1) for k in range(last))
    with_gradient = {node.index for node in graph.nodes if node.gradient is not None}
    assert graph.values_known(last) == every
    assert graph.gradients_known(last) == with_gradient
    forward = path.written["L"]
    assert graph.values_known(forward) == every
    assert graph.gradients_known(forward) == frozenset()
    given = {graph.nodes[i].array for i in graph.values_known(0)}
    assert {"X", *path.network.parameters()} <= given
    assert "Z1" not in given
    if settings.walk_loss == "cross_entropy":  # with the probabilities comes the softmax's sum
        (sum_,) = (node.parents[0] for node in graph.nodes if node.operation == "log")
        assert graph.nodes[sum_].value_step == path.written["P"]
    for node in graph.nodes:
        # Nothing is known before what it is computed from.
        assert all(graph.nodes[p].value_step <= node.value_step for p in node.parents)
        for child, _ in node.arriving:
            before, own = graph.nodes[child].gradient_step, node.gradient_step
            assert before is not None
            assert own is not None
            assert before <= own


@pytest.mark.parametrize("activation", ["tanh", "silu"])
@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize("name", BUGS)
def test_with_a_bug_the_nodes_have_the_walks_numbers(
    name: str, quiet: bool, activation: str
) -> None:
    more = BUGS[name].quiet if quiet else {}
    settings = BackpropSettings(walk_bug=name, walk_activation=activation, **more)
    path, right = trace_of(settings), trace_of(replace(settings, walk_bug="none"))
    nodes = graph_of(path).nodes
    broken = set()
    for node in nodes:
        if node.gradient_step is None or node.gradient is None:
            continue
        if f"d{node.array}" in path.arrays:
            np.testing.assert_array_equal(node.gradient, path.arrays[f"d{node.array}"].value)
            assert node.right is not None
            np.testing.assert_allclose(node.right, right.arrays[f"d{node.array}"].value, rtol=1e-9)
        if node.broken:
            broken.add(f"d{node.array}")
        elif node.arriving:  # what is computed by a right rule is the sum of what arrives
            total = sum(share for _, share in node.arriving)
            np.testing.assert_allclose(node.gradient, total, rtol=1e-9, atol=1e-12)
    faulty = {n for step in path.steps if step.faulty for n in step.writes}
    assert broken == faulty


def test_a_bug_stops_the_trace_but_not_the_graph() -> None:
    graph = graph_of(trace_of(BackpropSettings(walk_bug="weight_transpose")))
    w1, w2 = (next(n for n in graph.nodes if n.array == name) for name in ("W1", "W2"))
    assert w1.gradient is not None
    assert w1.gradient_step is None
    assert w2.gradient_step is not None
