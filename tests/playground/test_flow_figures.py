"""What is drawn of layers: histograms on one axis, variances by depth, maps with few labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.typing import NDArray

from playground.figures.palette import class_colour
from playground.gradient_flow.figures import BINS, by_depth, layer_map, shared_bins
from playground.gradient_flow.statistics import histograms

Floats = NDArray[np.float64]


def layers(*values: Any) -> tuple[NDArray[np.uint8], float, float]:
    """The shared histograms of layers with these values, as many in each."""
    found = histograms(np.array(values, np.float64))
    return shared_bins(found.low, found.high, found.counts)


def middles(low: float, high: float) -> Floats:
    edges = np.linspace(low, high, BINS + 1)
    return np.asarray((edges[1:] + edges[:-1]) / 2)


# ---- histograms on one axis


def test_the_axis_reaches_from_the_smallest_value_of_all_to_the_largest() -> None:
    drawn, low, high = layers([-3.0, 0.0, 1.0], [0.0, 0.5, 7.0])
    assert (low, high) == (-3.0, 7.0)
    assert drawn.shape == (2, BINS)
    assert drawn.dtype == np.uint8
    assert drawn.max(axis=1).tolist() == [255, 255]


def test_the_mass_stays_where_it_was() -> None:
    rng = np.random.default_rng(3)
    values = np.stack([rng.normal(0, 1, 4000), rng.normal(2, 0.3, 4000), rng.exponential(1, 4000)])
    drawn, low, high = layers(*values)
    edges = np.linspace(low, high, BINS + 1)
    for row, own in zip(drawn.astype(float), values, strict=True):
        share = np.cumsum(row) / row.sum()
        true = np.searchsorted(np.sort(own), edges[1:]) / own.size
        # A value may have moved by a bin of its own histogram, and each byte is rounded.
        width = int(np.ceil((own.max() - own.min()) / 32 / (edges[1] - edges[0])))
        padded = np.pad(true, width, mode="edge")
        least, most = padded[: -2 * width], padded[2 * width :]
        assert (share >= least - 0.02).all()
        assert (share <= most + 0.02).all()
        assert row @ middles(low, high) / row.sum() == pytest.approx(own.mean(), abs=0.1)


def test_a_narrow_layer_is_a_spike_beside_a_broad_one() -> None:
    broad = np.linspace(-10, 10, 500)
    drawn, low, high = layers(broad, 4.1 + broad * 1e-4)
    assert (drawn[0] > 200).all()
    (spike,) = np.flatnonzero(drawn[1])
    assert drawn[1, spike] == 255
    assert abs(middles(low, high)[spike] - 4.1) <= (high - low) / BINS / 2


@pytest.mark.parametrize("value", [0.0, 1.0, -2.5])
def test_a_layer_of_one_value_is_a_spike_at_it(value: float) -> None:
    drawn, low, high = layers(np.linspace(-6, 6, 300), np.full(300, value))
    (places,) = np.nonzero(drawn[1])
    assert len(places) <= 2  # the value may lie between two bins
    assert np.abs(middles(low, high)[places] - value).max() <= (high - low) / BINS


def test_layers_of_one_value_only_or_of_the_largest_have_an_axis_too() -> None:
    drawn, low, high = layers(np.zeros(10), np.zeros(10))
    assert (low, high) == (-0.5, 0.5)
    np.testing.assert_array_equal(drawn[0], drawn[1])
    largest = float(np.finfo(np.float64).max)
    drawn, low, high = layers([-largest, 0.0, largest], [0.0, 0.5, 1.0])
    assert np.isfinite([low, high]).all()
    assert low < high
    assert drawn.max(axis=1).tolist() == [255, 255]


# ---- sizes by depth


def of(figure: go.Figure, role: str) -> list[Any]:
    return [trace for trace in figure.data if trace.meta["role"] == role]


def test_dots_are_measured_and_dashes_are_theory() -> None:
    found = [np.array([1.0, 2.0, 4.0]), np.array([3.0, 2.0, 1.0])]
    theory = [np.array([1.0, 2.0, 3.0]), None]
    figure = by_depth("variance of a", ["one", "two"], found, theory)
    dots, (line,) = of(figure, "measured"), of(figure, "theory")
    assert len(figure.data) == len(dots) + 1 == 3
    for k, trace in enumerate(dots):
        assert (trace.mode, trace.marker.color) == ("markers", class_colour(k))
        assert list(trace.x) == [1, 2, 3]
        assert list(trace.y) == found[k].tolist()
    assert (line.mode, line.line.dash, line.line.color) == ("lines", "dash", class_colour(0))
    assert list(line.y) == [1.0, 2.0, 3.0]
    assert "one<br>theory" in line.hovertemplate
    assert "two<br>measured" in dots[1].hovertemplate
    assert figure.layout.yaxis.title.text == "variance of a"


def test_networks_that_lie_on_each_other_are_all_seen() -> None:
    same = np.array([1.0, 1.0])
    figure = by_depth("v", list("abcd"), [same] * 4, [same] * 4)
    sizes = [trace.marker.size for trace in of(figure, "measured")]
    widths = [trace.line.width for trace in of(figure, "theory")]
    for found in (sizes, widths):
        assert found == sorted(found, reverse=True)
        assert len(set(found)) == 4
        assert min(found) > 1


def test_what_has_no_logarithm_is_left_out() -> None:
    found = np.array([0.0, 1e-3, np.inf, np.nan, 1e-300])
    (trace,) = by_depth("v", ["a"], [found], [None]).data
    assert list(trace.y) == [None, 1e-3, None, None, None]
    (trace,) = by_depth("v", ["a"], [np.zeros(4)], [None]).data
    assert list(trace.y) == [None] * 4


@pytest.mark.parametrize(
    "values", [[0.61e-6, 0.95e-6], [1.0, 1.0], [1e-30, 1e30], [99.0, 101.0], [1e-3, 1.0]]
)
def test_the_axis_has_powers_of_ten_that_hold_all_and_can_be_read(values: list[float]) -> None:
    axis = by_depth("v", ["a"], [np.array(values)], [None]).layout.yaxis
    low, high = axis.range
    assert low < np.log10(min(values)) <= np.log10(max(values)) < high
    assert axis.dtick == int(axis.dtick) >= 1
    assert 2 <= (high - low) // axis.dtick + 1 <= 7


# ---- maps


@pytest.mark.parametrize("count", range(1, 25))
def test_a_map_labels_few_layers_and_the_first(count: int) -> None:
    names = [str(i + 1) for i in range(count)]
    figure = layer_map(names)
    axis = figure.layout.yaxis
    shown = list(axis.tickvals)
    assert list(axis.ticktext) == [names[i] for i in shown]
    assert shown[0] == 0
    assert 1 <= len(shown) <= 9
    assert len(set(np.diff(shown))) <= 1  # evenly
    if count <= 9:
        assert list(axis.ticktext) == names
    assert list(axis.range) == [count - 0.5, -0.5]  # the first layer on top
    assert [trace.meta["role"] for trace in figure.data] == ["map", "bar"]
