"""The axes of charts whose lines the browser draws from a view's history, and which lines."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from playground.figures import words
from playground.figures.palette import base_layout


def axes(x: str, y: str, **layout: Any) -> go.Figure:
    """Axes with these titles and no lines yet."""
    return go.Figure(
        [],
        base_layout(
            hovermode="x unified",
            xaxis={"title": {"text": x, "standoff": 4}, "nticks": 7, "tickangle": 0},
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


def training_and_test(column: int) -> list[dict[str, Any]]:
    """The lines of a number on training and on test data, which stand in this column and the next.

    The training line is solid, the other dotted.
    """
    return [
        {"name": words.TRAINING, "column": column, "colour": "accent", "width": 2.2},
        {"name": words.TEST, "column": column + 1, "colour": "text", "width": 2.2, "dash": "dot"},
    ]
