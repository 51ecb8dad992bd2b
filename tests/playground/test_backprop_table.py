"""Arrays of a step as tables: what is read and written, what does not fit, what is too large."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from playground.backprop.graph import graph_of
from playground.backprop.latex import digits
from playground.backprop.settings import BackpropSettings
from playground.backprop.step import Dims, NamedArray, Step
from playground.backprop.steps import trace_of
from playground.backprop.table import arrays_html, node_html


class Tables(HTMLParser):
    """The figures of a piece of HTML: attributes, caption parts by tag, rows of cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.figures: list[dict[str, Any]] = []
        self.tags: list[str] = []
        self.feed(html)
        assert self.tags == []  # whatever was opened is closed

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "figure":
            self.figures.append({**dict(attrs), "rows": [], "b": "", "span": "", "em": ""})
        elif tag == "tr":
            self.figures[-1]["rows"].append([])
        elif tag == "td":
            self.figures[-1]["rows"][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.tags.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.tags[-1] == "td":
            self.figures[-1]["rows"][-1][-1] += data
        elif self.tags[-1] in ("b", "span", "em"):
            self.figures[-1][self.tags[-1]] += data


def tables(html: str) -> list[dict[str, Any]]:
    return Tables(html).figures


def step_of(*arrays: NamedArray, reads: tuple[str, ...] = (), writes: tuple[str, ...] = ()) -> Step:
    given = trace_of(BackpropSettings()).steps[0]
    return replace(given, arrays=arrays, reads=reads, writes=writes)


def array(name: str, value: Any, dims: Dims = ()) -> NamedArray:
    return NamedArray(name, name, np.asarray(value, np.float64), dims)


def rows_of(value: Any) -> list[list[str]]:
    (found,) = tables(arrays_html(step_of(array("A", value))))
    rows: list[list[str]] = found["rows"]
    return rows


def test_what_is_read_and_what_is_written_is_marked() -> None:
    step = trace_of(BackpropSettings()).steps[1]
    found = tables(arrays_html(step))
    assert [(f["b"], f["data-part"], f["em"], f["span"]) for f in found] == [
        ("X", "read", "read", "(B = 3, fan in = 2)"),
        ("W1", "read", "read", "(fan in = 2, fan out = 3)"),
        ("b1", "read", "read", "(fan out = 3)"),
        ("Z1", "write", "written", "(B = 3, fan out = 3)"),
    ]
    assert all(f["class"] == "backprop-array" for f in found)
    (neither,) = tables(arrays_html(step_of(array("A", [1.0]))))
    assert (neither["data-part"], neither["em"]) == ("", "")


def test_the_numbers_are_those_of_the_array() -> None:
    assert rows_of([[1.5, -0.25], [0.0, 1234.5678]]) == [["1.5", "−0.25"], ["0", "1230"]]
    assert rows_of([0.1, 1 / 3]) == [["0.1", "0.333"]]
    assert rows_of(2.0) == [["2"]]
    assert rows_of([[1e-7], [-1e-7]]) == [["1.00e−7"], ["−1.00e−7"]]
    assert rows_of(np.zeros((2, 2, 2))) == []  # more than two axes are not printed


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
    found = rows_of(value)
    assert len(found) == rows
    assert {len(row) for row in found} == {columns}
    matrix = np.atleast_2d(value)
    whole = matrix.size <= 64
    for r, row in enumerate(found):
        for c, cell in enumerate(row):
            cut = not whole and ((r == 4 and len(matrix) > 4) or (c == 4 and matrix.shape[1] > 4))
            assert cell == ("…" if cut else digits(matrix[r, c])), (r, c)


def test_names_and_shapes_are_escaped() -> None:
    html = arrays_html(step_of(array("<img src=x>&", [1.0], (("<b>", 1),))))
    assert "<img" not in html
    (found,) = tables(html)
    assert found["b"] == "<img src=x>&"
    assert found["span"] == "(<b> = 1)"


# ---- a node


def numbers(found: dict[str, Any]) -> np.ndarray:
    return np.array([[float(cell.replace("−", "-")) for cell in row] for row in found["rows"]])


def test_a_nodes_gradient_is_shown_once_it_is_known() -> None:
    nodes = {node.array: node for node in graph_of(trace_of(BackpropSettings())).nodes}
    assert [f["b"] for f in tables(node_html(nodes["W1"], False))] == ["value"]
    value, gradient = tables(node_html(nodes["W1"], True))
    assert (value["span"], gradient["span"]) == ("2 × 3", "2 × 3")
    assert gradient["b"] == "∂L/∂W1"
    assert nodes["W1"].gradient is not None
    np.testing.assert_allclose(numbers(gradient), nodes["W1"].gradient, rtol=6e-3)
    # What is given has a value only.
    assert [f["b"] for f in tables(node_html(nodes["X"], True))] == ["value"]
    assert tables(node_html(nodes["L"], True))[0]["span"] == "one number"


def test_what_arrives_at_a_fan_out_is_shown_and_sums_up() -> None:
    (node,) = [n for n in graph_of(trace_of(BackpropSettings())).nodes if n.fans_out]
    assert [f["b"] for f in tables(node_html(node, False))] == ["value"]
    _, own, *arriving = tables(node_html(node, True))
    assert [f["b"] for f in arriving] == ["arriving 1", "arriving 2"]
    assert [f["data-part"] for f in (own, *arriving)] == ["write", "read", "read"]
    np.testing.assert_allclose(sum(map(numbers, arriving)), numbers(own), atol=2e-3)


def test_every_gradient_says_of_what_it_is() -> None:
    nodes = graph_of(trace_of(BackpropSettings(walk_bug="sum_for_mean"))).nodes
    assert {node.wrong for node in nodes} == {True, False}
    for node in nodes:
        names = [f["b"] for f in tables(node_html(node, True))]
        assert not any(name.endswith("∂") for name in names)
        own = f"∂L/∂{node.array or f'u{node.index}'}"
        assert names[1:2] == ([own] if node.gradient is not None else [])
        assert (names[2:3] == [f"{own} without the bug"]) == node.wrong


def test_what_should_have_been_written_stands_beside_it() -> None:
    path, right = (trace_of(BackpropSettings(walk_bug=bug)) for bug in ("sum_for_mean", "none"))
    wrong, expected = tables(arrays_html(path.steps[9], path.corrected(9, right)))[-2:]
    assert [(f["b"], f["em"]) for f in (wrong, expected)] == [
        ("dZ2", "written"),
        ("dZ2", "without the bug"),
    ]
    np.testing.assert_allclose(numbers(wrong), 3.0 * numbers(expected), rtol=1e-2)
