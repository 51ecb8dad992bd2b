"""Layers of deep networks drawn: the empty maps over epochs, and variances by depth with theory.

K networks, L hidden layers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures import curves
from playground.figures.palette import base_layout, class_colour
from playground.gradient_flow import words

Floats = NDArray[np.float64]

BINS: Final = 48  # of a histogram as it is drawn
_LABELS: Final = 9  # of layers on an axis, at most
_LOWEST: Final = 1e-36  # on the logarithmic axis of variances


def layer_map(names: Sequence[str]) -> go.Figure:
    """Log10 of a size of each layer over epochs: an empty map, with few enough labels to read."""
    figure = curves.gradients(names)
    step = -(-len(names) // _LABELS)
    shown = list(range(0, len(names), step))
    figure.update_layout(
        yaxis={"tickvals": shown, "ticktext": [names[i] for i in shown]},
        margin={"l": 34, "r": 52, "t": 6, "b": 36},
    )
    return figure


def by_depth(
    title: str,
    labels: Sequence[str],
    measured: Sequence[Floats],
    expected: Sequence[Floats | None],
) -> go.Figure:
    """A size by hidden layer on a log axis: each network's as dots, theory's as a dashed line.

    `measured` and `expected` hold (L,) for each network, None where theory says nothing. Traces
    have the role "measured" or "theory", and grow thinner from network to network, so that those
    that lie on each other are all seen. What is zero has no logarithm and is left out.
    """
    traces = []
    for k, (label, found, theory) in enumerate(zip(labels, measured, expected, strict=True)):
        colour = class_colour(k)
        if theory is not None:
            dashed = {"color": colour, "width": 3.2 - 0.6 * k, "dash": "dash"}
            traces.append(_sizes(label, "theory", theory, mode="lines", line=dashed))
        dots = {"color": colour, "size": 10 - 2 * k}
        traces.append(_sizes(label, "measured", found, mode="markers", marker=dots))
    layout = base_layout(
        xaxis={
            "title": {"text": words.HIDDEN_LAYER, "standoff": 4},
            "range": [0.5, len(measured[0]) + 0.5],
            "tick0": 1,
            "dtick": 1 + len(measured[0]) // 9,
        },
        yaxis={
            "type": "log",
            "title": {"text": title, "standoff": 4},
            "exponentformat": "power",
            **_decades([value for trace in traces for value in trace.y if value is not None]),
        },
        margin={"l": 62, "r": 12, "t": 8, "b": 38},
    )
    return go.Figure(traces, layout)


def _sizes(label: str, role: str, values: Floats, **drawn: Any) -> go.Scatter:
    return go.Scatter(
        x=np.arange(1, len(values) + 1),
        y=_positive(values),
        hovertemplate=f"{words.size(label, role)}<extra></extra>",
        meta={"role": role},
        **drawn,
    )


def _decades(values: Sequence[float]) -> dict[str, Any]:
    """The whole powers of ten around the values, of which at most seven have a label."""
    if not values:
        return {}
    low, high = math.floor(np.log10(min(values)) - 0.1), math.ceil(np.log10(max(values)) + 0.1)
    return {"range": [low, high], "dtick": -(-(high - low) // 6)}


def _positive(values: Floats) -> list[float | None]:
    return [float(v) if v > _LOWEST and np.isfinite(v) else None for v in values]


def shared_bins(
    low: Floats, high: Floats, counts: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], float, float]:
    """Histograms (L, B), each over [low, high] of its own, laid on one axis for all layers.

    Returns bytes (L, BINS), 255 in the fullest bin of each layer, and the ends of the axis. A layer
    that is narrow beside the others becomes a spike, as it should.
    """
    left, right = float(low.min()), float(high.max())
    edges = np.linspace(left, right, BINS + 1)
    bins = counts.shape[1]
    with np.errstate(over="ignore"):  # far outside a narrow layer
        place = bins * np.clip((edges - low[:, None]) / (high - low)[:, None], 0.0, 1.0)
    # How much of a layer lies below each edge, as if it were spread evenly within a bin.
    whole = np.minimum(place.astype(np.intp), bins - 1)
    total = np.zeros((len(counts), bins + 1))
    np.cumsum(counts, axis=1, out=total[:, 1:])
    below = np.take_along_axis(total, whole, axis=1)
    below += (place - whole) * np.take_along_axis(counts, whole, axis=1)
    share = np.diff(below, axis=1)
    largest = np.maximum(share.max(axis=1, keepdims=True), 1e-300)
    return np.rint(255 * share / largest).astype(np.uint8), left, right
