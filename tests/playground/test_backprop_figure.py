"""The figure of the V: both precisions on logarithmic axes, and the chosen h on its line."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest

from playground.backprop.figures import v_curve as v_figure
from playground.backprop.network import network_of
from playground.backprop.settings import BackpropSettings
from playground.backprop.v_curve import VCurve, v_curve

MEASURED = v_curve(network_of(BackpropSettings()), np.logspace(-1.0, -12.0, 23).tolist())


def by_role(figure: go.Figure) -> dict[str, go.Scatter]:
    return {trace.meta["role"]: trace for trace in figure.data}


@pytest.mark.parametrize("k", [1.0, 3.3, 5.0, 8.5, 12.0])
def test_both_lines_are_what_was_measured_and_the_chosen_h_lies_on_that_of_float64(
    k: float,
) -> None:
    figure = v_figure(MEASURED, 10.0**-k)
    traces = by_role(figure)
    assert list(traces) == ["float64", "float32", "chosen"]
    for name, errors in (("float64", MEASURED.double), ("float32", MEASURED.single)):
        np.testing.assert_allclose(traces[name].x, MEASURED.h)
        np.testing.assert_allclose(traces[name].y, errors)
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert traces["float64"].line.color != traces["float32"].line.color
    assert figure.layout.uirevision == "v"  # a moved marker keeps a zoomed view
    (x,), (y,) = traces["chosen"].x, traces["chosen"].y
    nearest = int(np.argmin(np.abs(np.log10(MEASURED.h) + k)))
    assert (x, y) == (MEASURED.h[nearest], MEASURED.double[nearest])


def test_no_error_is_drawn_all_the_same() -> None:
    curve = VCurve(np.array([1e-1, 1e-2]), np.array([0.0, 1e-9]), np.array([1.0, 0.0]))
    for trace in v_figure(curve, 0.1).data:
        assert len(trace.y) > 0
        assert np.isfinite(np.log10(np.asarray(trace.y))).all()
