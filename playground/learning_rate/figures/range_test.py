"""The range test drawn: loss against learning rate, with the rates that it found marked."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from engine.study.range_test import RangeTest
from playground.figures.palette import CLASS_COLOURS, base_layout
from playground.learning_rate.words import range_test as words

Floats = NDArray[np.float64]

_RAW, _SMOOTH = CLASS_COLOURS[5], CLASS_COLOURS[1]
_BAD: Final = "#c2263c"
_GOOD: Final = CLASS_COLOURS[2]
_HEADROOM: Final = 3.0  # times the first loss: what blows up leaves the picture above it


def figure(found: RangeTest, loss_name: str) -> go.Figure:
    """Measured and smoothed loss over the rates, both axes logarithmic.

    Traces "measured" and "smoothed" by their role, then a marker each for what was found:
    "steepest", "minimum"; lines for "suggestion" and "blow_up".
    """
    top = float(found.smoothed[0] if len(found.smoothed) else 1.0) * _HEADROOM
    low = float(min(found.losses.min(initial=top), found.smoothed.min(initial=top)))

    def curve(role: str, losses: Floats, **drawn: Any) -> go.Scatter:
        return go.Scatter(
            x=found.rates,
            y=np.where(losses <= top, losses, np.nan),
            customdata=losses,
            name=words.ROLES[role],
            hovertemplate=words.HOVER,
            meta={"role": role},
            **drawn,
        )

    dots = {"size": 5, "color": _RAW, "opacity": 0.7}
    traces = [
        curve("measured", found.losses, mode="markers", marker=dots),
        curve("smoothed", found.smoothed, mode="lines", line={"width": 2.6, "color": _SMOOTH}),
    ]
    if found.steepest is not None:
        traces.append(_mark(found, "steepest", found.steepest, "top right", "triangle-down"))
    if found.minimum is not None:
        traces.append(_mark(found, "minimum", found.minimum, "bottom center", "circle"))
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for rate, role, colour in (
        (found.suggestion, "suggestion", _GOOD),
        (found.blow_up, "blow_up", _BAD),
    ):
        if rate is not None:
            shapes.append(_line(rate, colour))
            notes.append(_note(rate, f"{words.ROLES[role]} {rate:.3g}", colour))
    layout = base_layout(
        xaxis={
            "type": "log",
            "title": {"text": words.RATE_AXIS, "standoff": 4},
            "exponentformat": "power",
            "dtick": 1,
        },
        yaxis={
            "type": "log",
            "title": {"text": loss_name, "standoff": 8},
            "dtick": "D2",
            "tickformat": "~g",
            "automargin": True,
            "range": [float(np.log10(max(low, 1e-12))) - 0.1, float(np.log10(top)) + 0.05],
        },
        shapes=shapes,
        annotations=notes,
        height=460,
        margin={"l": 62, "r": 14, "t": 28, "b": 44},
        uirevision="range",
    )
    return go.Figure(traces, layout)


def _mark(found: RangeTest, role: str, rate: float, place: str, symbol: str) -> go.Scatter:
    at = int(np.argmin(np.abs(found.rates - rate)))
    return go.Scatter(
        x=[rate],
        y=[float(found.smoothed[at])],
        mode="markers+text",
        text=[f"{words.ROLES[role]} {rate:.3g}"],
        textposition=place,
        marker={"size": 13, "symbol": symbol, "color": _SMOOTH, "line": {"width": 1.5}},
        name=words.ROLES[role],
        showlegend=False,
        hovertemplate=words.mark_hover(role, rate),
        meta={"role": role},
    )


def _line(rate: float, colour: str) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": rate,
        "x1": rate,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": colour, "width": 2, "dash": "dash"},
    }


def _note(rate: float, text: str, colour: str) -> dict[str, Any]:
    return {
        "x": float(np.log10(rate)),
        "y": 1.0,
        "yref": "paper",
        "yanchor": "bottom",
        "text": text,
        "showarrow": False,
        "font": {"color": colour},
    }
