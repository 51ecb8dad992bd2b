"""The map of gradient sizes by layer over epochs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from playground.figures import words
from playground.figures.palette import POWERS, base_layout, colour_bar

_START: Final = 10  # epochs that an axis shows before anything has happened


def gradients(layer_names: Sequence[str]) -> go.Figure:
    """Log10 of each layer's gradient size over epochs: an empty map with its colour bar.

    The first trace is the map; the second, without points, carries the colour bar so that the
    plot keeps its place while the map is drawn as an image.
    """
    count = len(layer_names)
    layout = base_layout(
        xaxis={
            "title": {"text": words.EPOCH, "standoff": 4},
            "range": [0, _START],
            "nticks": 5,  # room beside each other
            "tickangle": 0,  # turned, they would be printed over the title
        },
        yaxis={
            "range": [count - 0.5, -0.5],
            "tickvals": list(range(count)),
            "ticktext": list(layer_names),
            "fixedrange": True,
            "showgrid": False,
        },
        coloraxis={"colorbar": colour_bar(len=1.0, nticks=5, **POWERS), "cmin": -4, "cmax": 0},
        margin={"l": 58, "r": 58, "t": 8, "b": 38},
    )
    map_ = go.Heatmap(
        coloraxis="coloraxis",
        hovertemplate=words.GRADIENT,
        visible=False,
        meta={"role": "map"},
    )
    bar_holder = go.Scatter(
        x=[None],
        y=[None],
        mode="markers",
        marker={"coloraxis": "coloraxis", "color": [0]},
        hoverinfo="skip",
        meta={"role": "bar"},
    )
    return go.Figure([map_, bar_holder], layout)
