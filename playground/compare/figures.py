"""The learning curve and the calibration plot of two models, as Plotly figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.compare import words
from playground.compare.comparison import Comparison
from playground.compare.models import REGISTRY
from playground.figures.palette import base_layout

# One colour each, told apart in grey and with every common kind of colour blindness; the second
# is dashed as well.
_INKS: Final = ("#7264e0", "#d97706")
_DASHES: Final = ("solid", "dash")
_SYMBOLS: Final = ("circle", "square")


def learning_curve(comparison: Comparison, models: Sequence[str]) -> go.Figure:
    """The score on the test points by the number of training points: mean, and one deviation."""
    regression = not comparison.problem.n_classes
    traces = []
    for place, name in enumerate(models):
        sizes, found = _points(comparison, name)
        scale = 1 if regression else 100
        label = REGISTRY[name].name(comparison.problem.task)
        traces.append(
            _line(
                place,
                label,
                x=sizes,
                y=[scale * float(np.mean(each)) for each in found],
                error_y={
                    "type": "data",
                    "array": [scale * float(np.std(each, ddof=1)) for each in found],
                    "thickness": 1.2,
                    "width": 4,
                },
                hovertemplate=f"{words.curve_hover(label)}<extra></extra>",
            )
        )
    return go.Figure(traces, _layout(words.CURVE_AXES[regression]))


def _points(comparison: Comparison, name: str) -> tuple[list[int], list[NDArray[Any]]]:
    """Of each size that is known on two splits or more: the size and its scores."""
    table = list(zip(comparison.sizes, comparison.curves[name], strict=True))
    if comparison.fits[name]:
        whole = np.array([fit.score for fit in comparison.fits[name]])
        table.append((comparison.problem.sizes[0], whole))
    known = [(size, scores[np.isfinite(scores)]) for size, scores in table]
    kept = [(size, scores) for size, scores in known if len(scores) > 1]
    return [size for size, _ in kept], [scores for _, scores in kept]


def calibration(comparison: Comparison, models: Sequence[str]) -> go.Figure:
    """How often an answer is right by how sure the model was: on the diagonal where it keeps word.

    All test points of all splits. The area of a mark grows with the answers in its bin.
    """
    least = 100 / comparison.problem.n_classes
    traces = [
        go.Scatter(
            x=[least, 100],
            y=[least, 100],
            mode="lines",
            line={"dash": "dot", "width": 1.2, "color": "#8a8ca0"},
            hoverinfo="skip",
            showlegend=False,
        )
    ]
    for place, name in enumerate(models):
        bins = [fit.bins for fit in comparison.fits[name] if fit.bins is not None]
        if not bins:
            continue
        count, sure, right = np.sum(bins, axis=0)
        held = count > 0
        share = count[held] / count.sum()
        error = float(np.sum(share * np.abs(sure[held] - right[held]) / count[held]))
        label = words.calibrated(REGISTRY[name].name(comparison.problem.task), error)
        traces.append(
            _line(
                place,
                label,
                x=100 * sure[held] / count[held],
                y=100 * right[held] / count[held],
                marker={
                    "symbol": _SYMBOLS[place],
                    "color": _INKS[place],
                    "size": 6 + 14 * np.sqrt(share),
                    "line": {"width": 0},
                },
                customdata=count[held],
                hovertemplate=f"{words.CALIBRATION_HOVER}<extra></extra>",
            )
        )
    return go.Figure(traces, _layout(words.CALIBRATION_AXES))


def _line(place: int, label: str, **more: Any) -> go.Scatter:
    marker = {"symbol": _SYMBOLS[place], "color": _INKS[place], "size": 8}
    given: dict[str, Any] = {
        "name": label,
        "mode": "lines+markers",
        "line": {"color": _INKS[place], "dash": _DASHES[place], "width": 2},
        "marker": marker,
    }
    return go.Scatter(**given | more)


def in_words(figure: go.Figure) -> str:
    """What a figure of these shows, in numbers, for those who do not see it."""
    axes = figure.layout.xaxis.title.text, figure.layout.yaxis.title.text
    named = [trace for trace in figure.data if trace.name and len(trace.x)]
    return words.chart(
        axes, [(each.name, list(zip(each.x, each.y, strict=True))) for each in named]
    )


def _layout(axes: tuple[str, str]) -> go.Layout:
    x, y = axes
    return base_layout(
        height=330,
        xaxis={"title": {"text": x, "standoff": 6}, "nticks": 7, "rangemode": "normal"},
        yaxis={"title": {"text": y, "standoff": 6}, "nticks": 7},
        margin={"l": 56, "r": 14, "t": 34, "b": 44},
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    )
