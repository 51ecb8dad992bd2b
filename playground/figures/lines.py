"""The empty axes of charts whose lines the browser draws from a view's history."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from playground.figures.palette import base_layout


def axes(x: str, y: str, **layout: Any) -> go.Figure:
    """Axes with these titles and no lines yet."""
    return go.Figure(
        [],
        base_layout(
            hovermode="x unified",
            xaxis={"title": {"text": x, "standoff": 4}, "nticks": 7},
            yaxis={
                "title": {"text": y, "standoff": 6},
                "nticks": 6,
                "exponentformat": "power",
                "minexponent": 4,
            },
            margin={"l": 62, "r": 14, "t": 8, "b": 38},
            **layout,
        ),
    )
