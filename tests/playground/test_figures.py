"""Figures: pure functions whose traces hold the data, and codes that say what the network says."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import fields
from functools import partial

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data.datasets import DATASETS, Dataset, make_dataset
from playground.figures import boundary, curves, lines, network, palette

CLASS_COUNTS = range(2, 7)
SHAPES = [(2, 8), (8, 8), (8, 8), (8, 4), (4, 4), (4, 2)]
NAMES = [f"layer {i}" for i in range(1, 6)] + ["output"]


def some(name: str, classes: int = 4) -> Dataset:
    spec = DATASETS[name]
    return make_dataset(name, 120, spec.default_noise, 60, 3, classes)


FIGURES = [
    *[partial(boundary.figure, some(name)) for name in DATASETS],
    partial(lines.axes, "epoch", "cross-entropy"),
    partial(curves.gradients, NAMES),
    partial(network.weight_gradients, SHAPES, NAMES),
]


@pytest.mark.parametrize("draw", FIGURES)
def test_figures_are_plain_json(draw: Callable[[], go.Figure]) -> None:
    figure = draw()
    text = figure.to_json()
    json.dumps(json.loads(text), allow_nan=False)
    assert figure.to_json() == text
    assert figure.layout.showlegend is False
    # No template of Plotly's: the colours are ours and the theme's.
    assert not figure.layout.template.layout.to_plotly_json()


# ---- the boundary's chart ---------------------------------------------------------------------


@pytest.mark.parametrize("name", DATASETS)
def test_the_marks_are_the_points(name: str) -> None:
    data = some(name)
    before = {f.name: np.array(getattr(data, f.name)) for f in fields(data)}
    figure = boundary.figure(data)
    grid, *marks = figure.data
    groups = data.n_classes or 1
    assert isinstance(grid, go.Heatmap)
    assert grid.meta == {"role": "grid"}
    assert (grid.zmin, grid.zmax) == (0, 255)
    assert [t.meta["role"] for t in marks] == ["train"] * groups + ["test"] * groups
    parts = (("training", data.X_train, data.y_train), ("test", data.X_test, data.y_test))
    for (role, X, y), traces in zip(parts, (marks[:groups], marks[groups:]), strict=True):
        for c, trace in enumerate(traces):
            own = X[y == c] if data.n_classes else X
            np.testing.assert_array_equal(np.column_stack([trace.x, trace.y]), own)
            # A figure that shared the data's memory could be used to change it.
            assert not np.shares_memory(np.asarray(trace.x), X)
            assert trace.hovertemplate.startswith(role)
            if data.n_classes:
                assert trace.marker.color == palette.class_colour(c)
                assert f"class {c}" in trace.hovertemplate
            else:
                np.testing.assert_array_equal(trace.marker.color, y)
                assert (trace.marker.cmin, trace.marker.cmax) == (-1, 1)
    # Training and test points differ by shape, so not by colour alone.
    assert not {t.marker.symbol for t in marks[:groups]} & {t.marker.symbol for t in marks[-1:]}
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        assert list(axis.range) == [-data.extent, data.extent]
    for field, value in before.items():
        np.testing.assert_array_equal(getattr(data, field), value)


def test_a_colour_bar_for_regression_only() -> None:
    for name, bars in (("plane", 1), ("spiral", 0), ("blobs", 0)):
        figure = boundary.figure(some(name)).to_plotly_json()
        assert sum("colorbar" in trace.get("marker", ()) for trace in figure["data"]) == bars


def test_many_points_are_drawn_smaller() -> None:
    few, many = (
        boundary.figure(make_dataset("xor", samples, 0, 50, 0)).data[1].marker.size
        for samples in (100, 2000)
    )
    assert many < few


@pytest.mark.parametrize(("name", "classes"), [("spiral", 2), ("blobs", 5), ("plane", 0)])
def test_legend_names_every_class_with_the_colour_of_its_points(name: str, classes: int) -> None:
    data = some(name, 5)
    entries = [entry for entry in boundary.legend(data) if entry[2] == "class"]
    assert [text for text, _, _ in entries] == [f"class {c}" for c in range(classes)]
    marks = boundary.figure(data).data[1 : 1 + classes]
    assert [colour for _, colour, _ in entries] == [trace.marker.color for trace in marks]


# ---- codes ------------------------------------------------------------------------------------


def test_codes_of_two_classes_and_of_values() -> None:
    p = np.array([0, 1e-9, 0.25, 0.5, 0.75, 1 - 1e-9, 1])
    codes = boundary.codes(np.column_stack([1 - p, p]), 2)
    assert codes.dtype == np.uint8
    assert codes.tolist() == [0, 0, 64, 128, 191, 255, 255]
    values = np.array([-1e30, -1.0, -0.5, 0.0, 0.5, 1.0, 3.4e38], dtype=np.float32)
    assert boundary.codes(values, 0).tolist() == [0, 0, 64, 128, 191, 255, 255]


@pytest.mark.parametrize("n", range(3, 7))
def test_codes_of_more_classes(n: int) -> None:
    levels = boundary.levels(n)
    assert n * levels <= 256
    assert boundary.codes(np.eye(n), n).tolist() == [c * levels + levels - 1 for c in range(n)]
    assert boundary.codes(np.full((1, n), 1 / n), n).tolist() == [0]  # all tie: no class, no shade
    tie = np.zeros((1, n))
    tie[0, 1:3] = 0.5
    (code,) = boundary.codes(tie, n).tolist()
    assert code // levels == 1  # the first of equals, as argmax has it
    assert 0 < code % levels < levels - 1


@given(st.integers(3, 6), st.integers(0, 2**32 - 1))
def test_a_code_names_the_class_and_how_sure(n: int, seed: int) -> None:
    answers = np.random.default_rng(seed).dirichlet(np.full(n, 0.5), 50)
    codes, levels = boundary.codes(answers, n).astype(int), boundary.levels(n)
    np.testing.assert_array_equal(codes // levels, answers.argmax(axis=1))
    certainty = (answers.max(axis=1) - 1 / n) / (1 - 1 / n)
    np.testing.assert_allclose(codes % levels / (levels - 1), certainty, atol=0.51 / (levels - 1))


@pytest.mark.parametrize("n", [0, *CLASS_COUNTS])
def test_codes_leave_the_answers_alone(n: int) -> None:
    rng = np.random.default_rng(1)
    answers = rng.dirichlet(np.ones(n), 9) if n else rng.normal(size=9)
    answers.flags.writeable = False  # so that a write would raise
    kept = answers.copy()
    boundary.codes(answers, n)
    values = boundary.hover_values(answers, n)
    np.testing.assert_array_equal(answers, kept)
    expected = answers if n == 0 else answers[:, 1] if n == 2 else answers.max(axis=1)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, np.asarray(expected), rtol=1e-6)


@pytest.mark.parametrize("n", [0, *CLASS_COUNTS])
def test_shading_agrees_with_the_codes(n: int) -> None:
    shading = boundary.shading(n)
    json.dumps(shading, allow_nan=False)
    if n in (0, 2):
        assert (shading["kind"], len(shading["colours"])) == ("two", 2)
        return
    assert (shading["kind"], shading["levels"]) == ("classes", boundary.levels(n))
    # What the browser does with the code of a sure answer finds the colour of its points.
    for c, code in enumerate(boundary.codes(np.eye(n), n).tolist()):
        assert shading["colours"][code // shading["levels"]] == palette.class_colour(c)


# ---- the palette ------------------------------------------------------------------------------


def test_the_magnitude_scale_reads_in_grey() -> None:
    stops = [[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in palette.MAGNITUDE_STOPS]
    colours = np.array(stops)
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    assert (np.diff(linear @ [0.2126, 0.7152, 0.0722]) > 0).all()


# ---- curves -----------------------------------------------------------------------------------


def test_gradient_figure() -> None:
    figure, count = curves.gradients(NAMES), len(NAMES)
    assert [t.meta["role"] for t in figure.data] == ["map", "bar"]
    assert list(figure.layout.yaxis.ticktext) == NAMES
    assert list(figure.layout.yaxis.tickvals) == list(range(count))
    low, high = figure.layout.yaxis.range
    assert low > count - 1  # the first layer on top
    assert high < 0
    assert {t.coloraxis for t in figure.data[:1]} == {figure.data[1].marker.coloraxis}


@pytest.mark.parametrize("figure", [curves.gradients(NAMES), lines.axes("epoch", "loss")])
def test_epochs_are_never_written_over_their_title(figure: go.Figure) -> None:
    assert figure.layout.xaxis.tickangle == 0


# ---- the network ------------------------------------------------------------------------------


def test_unit_maps() -> None:
    inputs = np.array([[-2.0, 0.0], [0.0, 0.0], [2.0, 0.0], [1.0, 0.0]])  # (G, 2)
    hidden = np.array([[-1e-5], [0.0], [5e-6], [1e-5]])  # a faint unit
    codes, ranges = network.unit_maps([inputs, hidden])
    assert codes.dtype == np.uint8
    assert ranges.dtype == np.float32
    assert codes.tolist() == [[0, 128, 255, 191], [128] * 4, [0, 128, 191, 255]]
    np.testing.assert_allclose(ranges, np.array([[-2, 2], [0, 0], [-1e-5, 1e-5]]), rtol=1e-6)
    assert inputs[0, 0] == -2.0
    largest = np.finfo(np.float32).max
    codes, ranges = network.unit_maps([np.array([[-largest], [0], [largest]], dtype=np.float32)])
    assert codes.tolist() == [[0, 128, 255]]
    assert np.isfinite(ranges).all()


def test_log_sizes() -> None:
    sizes = network.log_sizes(np.array([[1.0, 0.0], [-1e-3, 1e300]]))
    assert sizes.dtype == np.float32
    np.testing.assert_allclose(sizes, [[0, -12], [-3, 300]])


@pytest.mark.parametrize("count", range(1, 10))
def test_weight_gradients_have_the_shape_of_the_weights(count: int) -> None:
    shapes = [(i + 1, 2 * i + 1) for i in range(count)]
    names = [f"layer {i + 1}" for i in range(count)]
    figure = network.weight_gradients(shapes, names)
    assert len(figure.data) == count
    assert figure.layout.meta["shapes"] == [list(s) for s in shapes]
    boxes = []
    for i, ((fan_in, fan_out), trace) in enumerate(zip(shapes, figure.data, strict=True)):
        suffix = "" if i == 0 else str(i + 1)
        assert (trace.xaxis, trace.yaxis) == ("x" + suffix, "y" + suffix)
        x, y = figure.layout["xaxis" + suffix], figure.layout["yaxis" + suffix]
        assert math.isclose(abs(x.range[1] - x.range[0]), fan_in)
        assert math.isclose(abs(y.range[1] - y.range[0]), fan_out)
        assert figure.layout.annotations[i].text == f"{names[i]} ({fan_in} → {fan_out})"
        boxes.append((*x.domain, *y.domain))
    for left, right, bottom, top in boxes:
        assert 0 <= left < right <= 1
        assert 0 <= bottom < top <= 1
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            apart = one[0] >= other[1] or other[0] >= one[1] or one[2] >= other[3]
            assert apart or other[2] >= one[3]
