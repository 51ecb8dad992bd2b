"""Layers of deep networks drawn: the empty maps over epochs, and variances by depth with theory.

K networks, L hidden layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures import curves
from playground.figures.palette import base_layout, class_colour

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
    have the role "measured" or "theory". What is zero has no logarithm and is left out.
    """
    traces = []
    for k, (label, found, theory) in enumerate(zip(labels, measured, expected, strict=True)):
        layers = np.arange(1, len(found) + 1)
        colour = class_colour(k)
        if theory is not None:
            traces.append(
                go.Scatter(
                    x=layers,
                    y=_positive(theory),
                    mode="lines",
                    line={"color": colour, "width": 2, "dash": "dash"},
                    hovertemplate=f"{label}<br>theory, layer %{{x}}: %{{y:.3g}}<extra></extra>",
                    meta={"role": "theory"},
                )
            )
        traces.append(
            go.Scatter(
                x=layers,
                y=_positive(found),
                mode="markers",
                marker={"color": colour, "size": 7},
                hovertemplate=f"{label}<br>measured, layer %{{x}}: %{{y:.3g}}<extra></extra>",
                meta={"role": "measured"},
            )
        )
    layout = base_layout(
        xaxis={
            "title": {"text": "hidden layer", "standoff": 4},
            "dtick": 1 + len(measured[0]) // 9,
        },
        yaxis={
            "type": "log",
            "title": {"text": title, "standoff": 4},
            "exponentformat": "power",
            "nticks": 6,
        },
        margin={"l": 62, "r": 12, "t": 8, "b": 38},
    )
    return go.Figure(traces, layout)


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
    out = np.empty((len(counts), BINS), np.uint8)
    for layer, (a, b, row) in enumerate(zip(low, high, counts, strict=True)):
        own = np.linspace(a, b, len(row) + 1)
        total = np.concatenate([[0.0], np.cumsum(row, dtype=np.float64)])
        share = np.diff(np.interp(edges, own, total))
        out[layer] = np.rint(255 * share / max(float(share.max()), 1e-300))
    return out, left, right


def ridge_colour(lane: int) -> Any:
    """The colour of a network's histograms."""
    return class_colour(lane)
