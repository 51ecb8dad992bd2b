"""Arrays of a step as tables: what is read and written, what does not fit, what is too large."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from playground.backprop.graph import graph_of
from playground.backprop.latex import digits
from playground.backprop.settings import BackpropSettings
from playground.backprop.step import Dims, NamedArray
from playground.backprop.steps import trace_of
from playground.backprop.table import arrays_html, node_html


def tables(html: str) -> list[dict[str, Any]]:
    """The figures of a piece of HTML: attributes, caption by tag, rows of cells."""
    return [
        {
            **figure.attrib,
            **{each.tag: each.text or "" for each in figure[0]},
            "rows": [[cell.text for cell in row] for row in figure[1]],
        }
        for figure in ElementTree.fromstring(html)
    ]


def given(name: str, value: Any, dims: Dims = ()) -> dict[str, Any]:
    """The table of one array that is read."""
    array = NamedArray(name, name, np.asarray(value, np.float64), dims)
    step = replace(trace_of(BackpropSettings()).steps[0], read=(array,), written=())
    (found,) = tables(arrays_html(step))
    return found


def numbers(found: dict[str, Any]) -> np.ndarray:
    return np.array([[float(cell.replace("−", "-")) for cell in row] for row in found["rows"]])


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            1,
            [
                ("X", "read", "read", "(B = 3, fan in = 2)"),
                ("W1", "read", "read", "(fan in = 2, fan out = 3)"),
                ("b1", "read", "read", "(fan out = 3)"),
                ("Z1", "write", "written", "(B = 3, fan out = 3)"),
            ],
        ),
        (
            13,  # what is made of Z1 for the formula is neither
            [
                ("dA1", "read", "read", "(B = 3, fan in = 3)"),
                ("slope1", "", "", "(B = 3, fan out = 3)"),
                ("dZ1", "write", "written", "(B = 3, fan out = 3)"),
            ],
        ),
    ],
)
def test_what_is_read_and_what_is_written_is_marked(step: int, expected: list[Any]) -> None:
    found = tables(arrays_html(trace_of(BackpropSettings()).steps[step]))
    assert [(f["b"], f["data-part"], f["em"], f["span"]) for f in found] == expected
    assert all(f["class"] == "backprop-array" for f in found)


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ([[1.5, -0.25], [0.0, 1234.5678]], [["1.5", "−0.25"], ["0", "1230"]]),
        ([0.1, 1 / 3], [["0.1", "0.333"]]),
        (2.0, [["2"]]),
        ([[1e-7], [-1e-7]], [["1.00e−7"], ["−1.00e−7"]]),
    ],
)
def test_the_numbers_are_those_of_the_array(value: Any, rows: list[list[str]]) -> None:
    assert given("A", value)["rows"] == rows


def test_a_shape_that_does_not_fit_stands_out() -> None:
    path = trace_of(BackpropSettings(walk_bug="bias_not_summed"))
    step = next(s for s in path.steps if "db2" in s.writes)
    found = {f["b"]: f for f in tables(arrays_html(step))}
    assert found["db2"]["class"] == "backprop-array backprop-misfit"
    assert found["dZ2"]["class"] == "backprop-array"
    assert found["db2"]["span"] == "(3, 2), but (fan out = 2) is needed"
    assert len(found["db2"]["rows"]) == 3  # it is shown as it is


@pytest.mark.parametrize(
    ("shape", "rows", "columns"),
    [
        ((8, 8), 8, 8),  # 64 numbers are printed whole
        ((1, 64), 1, 64),
        ((64,), 1, 64),
        ((5, 13), 5, 5),  # 65 are not: four, and dots
        ((784, 10), 5, 5),
        ((65,), 1, 5),
        ((65, 1), 5, 1),
        ((3, 784), 3, 5),
        ((784, 3), 5, 3),
    ],
)
def test_a_large_array_is_abbreviated(shape: tuple[int, ...], rows: int, columns: int) -> None:
    value = np.arange(1.0, np.prod(shape) + 1.0).reshape(shape)
    found = given("A", value)["rows"]
    assert len(found) == rows
    assert {len(row) for row in found} == {columns}
    matrix = np.atleast_2d(value)
    whole = matrix.size <= 64
    for r, row in enumerate(found):
        for c, cell in enumerate(row):
            cut = not whole and ((r == 4 and len(matrix) > 4) or (c == 4 and matrix.shape[1] > 4))
            assert cell == ("…" if cut else digits(matrix[r, c])), (r, c)


def test_names_and_shapes_are_escaped() -> None:
    found = given("<img src=x>&", [1.0], (("<b>", 1),))
    assert (found["b"], found["span"]) == ("<img src=x>&", "(<b> = 1)")


def test_what_should_have_been_written_stands_beside_it() -> None:
    path, right = (trace_of(BackpropSettings(walk_bug=bug)) for bug in ("sum_for_mean", "none"))
    wrong, expected = tables(arrays_html(path.steps[9], path.corrected(9, right)))[-2:]
    assert [(f["b"], f["em"]) for f in (wrong, expected)] == [
        ("dZ2", "written"),
        ("dZ2", "without the bug"),
    ]
    np.testing.assert_allclose(numbers(wrong), 3.0 * numbers(expected), rtol=1e-2)


# ---- a node


@pytest.mark.parametrize("bug", ["none", "sum_for_mean"])
def test_a_nodes_gradient_is_shown_once_it_is_known(bug: str) -> None:
    nodes = graph_of(trace_of(BackpropSettings(walk_bug=bug))).nodes
    assert {node.wrong for node in nodes} == {False, bug != "none"}
    for node in nodes:
        (value,) = tables(node_html(node, False))
        shape = " × ".join(map(str, node.value.shape)) or "one number"
        assert (value["b"], value["span"]) == ("value", shape)
        _, *found = tables(node_html(node, True))
        own = f"∂L/∂{node.array or f'u{node.index}'}"
        names = [] if node.gradient is None else [own]
        names += [f"{own} without the bug"] if node.wrong else []
        names += ["arriving 1", "arriving 2"] if node.fans_out else []
        assert [f["b"] for f in found] == names
        if node.gradient is not None:
            np.testing.assert_allclose(numbers(found[0]), np.atleast_2d(node.gradient), rtol=6e-3)


def test_what_arrives_at_a_fan_out_sums_up() -> None:
    (node,) = [n for n in graph_of(trace_of(BackpropSettings())).nodes if n.fans_out]
    _, own, *arriving = tables(node_html(node, True))
    assert [f["data-part"] for f in (own, *arriving)] == ["write", "read", "read"]
    np.testing.assert_allclose(sum(map(numbers, arriving)), numbers(own), atol=2e-3)
