"""The V: the error of a difference quotient against its step, in two precisions."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from playground.backprop import words
from playground.backprop.v_curve import VCurve
from playground.figures.palette import CLASS_COLOURS, base_layout

_TINY = 1e-18  # an error of zero has no logarithm


def v_curve(curve: VCurve, h: float) -> go.Figure:
    """Relative error over h, both axes logarithmic, with the chosen h marked.

    Traces "float64", "float32" and "chosen" by their role.
    """

    def line(name: str, errors: Any, colour: str) -> go.Scatter:
        return go.Scatter(
            x=curve.h,
            y=np.maximum(errors, _TINY),
            mode="lines",
            name=name,
            line={"width": 2.4, "color": colour},
            hovertemplate=f"{name}<br>{words.V_HOVER}<extra></extra>",
            meta={"role": name},
        )

    at = int(np.argmin(np.abs(np.log10(curve.h) - np.log10(h))))
    chosen = go.Scatter(
        x=[curve.h[at]],
        y=[max(float(curve.double[at]), _TINY)],
        mode="markers",
        name=words.CHOSEN_H,
        marker={"size": 13, "color": CLASS_COLOURS[1], "line": {"width": 2, "color": "#ffffff"}},
        hovertemplate=f"{words.V_HOVER}<extra></extra>",
        meta={"role": "chosen"},
    )
    log = {"type": "log", "exponentformat": "power", "dtick": 2}
    layout = base_layout(
        xaxis={**log, "title": {"text": words.STEP_H, "standoff": 4}},
        yaxis={**log, "title": {"text": words.RELATIVE_ERROR, "standoff": 6}, "automargin": True},
        height=340,
        margin={"l": 62, "r": 14, "t": 8, "b": 44},
        showlegend=True,
        legend={"orientation": "h", "y": 1.08, "x": 0},
        uirevision="v",
    )
    lines = [
        line("float64", curve.double, CLASS_COLOURS[1]),
        line("float32", curve.single, CLASS_COLOURS[0]),
    ]
    return go.Figure([*lines, chosen], layout)
