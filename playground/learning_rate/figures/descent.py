"""Gradient descent drawn: on the parabola, across the bowl, and its distance by step.

A figure is the ground of one `Window`: axes, and in traces 1 and 2 the path (role "path") and the
current iterate ("now") without their points. `points` has those of a whole path, which the browser
lays on the ground, so that another path of the same window draws no ground anew. Windows come in
coarse sizes: only now and then does a path need another. It plays a run by showing more of the
path; the last iterates of a diverging one are far outside.

T is the number of steps made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.palette import CLASS_COLOURS, base_layout
from playground.learning_rate.parabola import STEPS, Descent, Verdict
from playground.learning_rate.words import parabola as words

Floats = NDArray[np.float64]
Points = NDArray[np.float32]

_PATH, _GROUND = CLASS_COLOURS[0], CLASS_COLOURS[1]
# _GROUND, thin: Plotly fills each ring with all that lies higher, so the shade grows outwards.
_FILL: Final = ([0, "rgba(0,114,178,0.05)"], [1, "rgba(0,114,178,0.05)"])

_FARTHEST: Final = 8.0  # how far a diverging path is followed; it starts at 1
_MARGIN: Final = 1.15
_LEAST: Final = 1.3  # room beside a path that only comes closer
_WIDER: Final = 1.5  # from one size of a window to the next
_CURVE: Final = 201  # points of the parabola
_CELLS: Final = 61  # of the bowl's grid along each axis
_RINGS: Final = 12  # contour lines between the minimum and the corner
_DEEPEST: Final = 10  # powers of ten below the start: nearer distances lie below the log axis
_HIGHER: Final = 1.25  # times the start: what is farther needs room above it on the log axis
_LABELS: Final = 6  # about as many powers of ten on the log axis


@dataclass(frozen=True)
class Window:
    """How far the axes go.

    `steep` and `flat` either side of the minimum in those directions, `steps`, and the powers of
    ten from `lowest` to `highest` of the distance.
    """

    steep: float
    flat: float
    steps: int
    lowest: int
    highest: int

    @classmethod
    def of(cls, steep: Descent, flat: Descent) -> Window:
        """The one for a path across the bowl."""
        steps = max(STEPS, steep.steps)
        while steps // 2 >= steep.steps:  # it escaped early
            steps //= 2
        theory = _theory(steep)  # a path may come nearer, where it crosses the minimum
        lowest = min(_power(1 / max(float(theory.min()), 10.0**-_DEEPEST)), _DEEPEST)
        farthest = max(float(steep.distances.max()), float(theory.max()))
        # A path that hardly moves, or stays where it is, has room above.
        highest = _power(farthest) if farthest > _HIGHER or lowest == 1 else 0
        return cls(_reach(steep), _reach(flat), steps, -lowest, highest)


def points(steep: Descent, flat: Descent) -> dict[str, dict[str, Points]]:
    """By panel and role of a trace, its points (2, T+1) across and up.

    The theory of the distance is the long run's factor to the power of the step. A distance of 0
    has no logarithm: NaN.
    """
    steps = np.arange(steep.steps + 1.0)
    found: dict[str, dict[str, tuple[Floats, Floats]]] = {
        "parabola": {"path": (steep.xs, steep.losses)},
        "bowl": {"path": (steep.xs, flat.xs)},
        "distance": {
            "path": (steps, _positive(steep.distances)),
            "theory": (steps, _positive(_theory(steep))),
        },
    }
    return {
        panel: {role: np.array(each, np.float32) for role, each in traces.items()}
        for panel, traces in found.items()
    }


def parabola(curvature: float, window: Window) -> go.Figure:
    """The curve f(x) = (λ/2) x² (trace 0), for the iterates on it."""
    reach = window.steep
    top = 0.5 * curvature * reach**2
    x = np.linspace(-reach, reach, _CURVE)
    curve = go.Scatter(
        x=x.tolist(),
        y=(0.5 * curvature * x**2).tolist(),
        mode="lines",
        line={"width": 2.2, "color": _GROUND},
        hoverinfo="skip",
        meta={"role": "curve"},
    )
    return _figure(
        [curve, *_played(words.CURVE_HOVER)],
        _axis("x", -reach, reach),
        _axis(words.loss_axis(curvature), -0.04 * top, top) | {"exponentformat": "power"},
    )


def bowl(steep: float, flat: float, window: Window) -> go.Figure:
    """Rings of equal loss (trace 0) for two curvatures, for the path across them.

    The contour's heights are √f: rings at even steps of it lie evenly in space, where rings of f
    itself would crowd at the edge.
    """
    reach = window.steep, window.flat
    x, y = (np.linspace(-far, far, _CELLS) for far in reach)
    height = np.sqrt(0.5 * (steep * x**2 + flat * y[:, None] ** 2))  # (y, x)
    ring = float(height.max()) / (_RINGS + 1)
    contour = go.Contour(
        x=x.tolist(),
        y=y.tolist(),
        z=height.astype(np.float32),
        contours={"coloring": "fill", "start": ring, "end": _RINGS * ring, "size": ring},
        colorscale=_FILL,
        line={"width": 0.8, "color": _GROUND},
        showscale=False,
        hoverinfo="skip",
        meta={"role": "contour"},
    )
    across, up = words.bowl_axes(steep, flat)
    return _figure(
        [contour, *_played(words.BOWL_HOVER)],
        _axis(across, -reach[0], reach[0]),
        _axis(up, -reach[1], reach[1]),
    )


def distance(window: Window) -> go.Figure:
    """A log axis for the distance from the minimum by step, over the theory's line (trace 0)."""
    line = go.Scatter(
        x=[],
        y=[],
        mode="lines",
        line={"width": 2.4, "dash": "dash", "color": _GROUND},
        hovertemplate=words.THEORY_HOVER,
        meta={"role": "theory"},
    )
    edge = 0.05 * (window.highest - window.lowest)  # room for the large mark of the current iterate
    bottom, top = window.lowest - edge, window.highest + edge
    dtick = max(1, round((top - bottom) / _LABELS))  # whole powers of ten
    across, up = words.DISTANCE_AXES
    return _figure(
        [line, *_played(words.DISTANCE_HOVER, dots=4)],
        _axis(across, -0.04 * window.steps, 1.04 * window.steps),
        _axis(up, bottom, top) | {"type": "log", "exponentformat": "power", "dtick": dtick},
    )


def _figure(traces: list[Any], x: dict[str, Any], y: dict[str, Any]) -> go.Figure:
    margin = {"l": 58, "r": 14, "t": 8, "b": 38}
    return go.Figure(traces, base_layout(xaxis=x, yaxis=y, margin=margin))


def _axis(title: str, low: float, high: float) -> dict[str, Any]:
    return {"title": {"text": title, "standoff": 4}, "range": [low, high], "nticks": 7}


def _reach(descent: Descent) -> float:
    """How far the axis of a direction goes either side of the minimum."""
    reach, wanted = _LEAST, _MARGIN * float(descent.distances.max())
    while reach < wanted:
        reach *= _WIDER
    return min(reach, _FARTHEST) if descent.verdict is Verdict.DIVERGES else reach


def _power(size: float) -> int:
    """The least of 1, 2, 4, 8, ... powers of ten that hold `size`."""
    return 1 if size <= 10 else 2 ** math.ceil(math.log2(math.log10(size)))


def _theory(descent: Descent) -> Floats:
    factors = np.full(descent.steps + 1, descent.factor)
    return factors ** np.arange(len(factors))


def _positive(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)


def _played(says: str, *, dots: int = 6) -> tuple[go.Scatter, go.Scatter]:
    """The path and the current iterate, without their points."""
    path = go.Scatter(
        x=[],
        y=[],
        mode="lines+markers",
        line={"width": 1.4, "color": _PATH},
        marker={"size": dots, "color": _PATH},
        hovertemplate=says,
        meta={"role": "path"},
    )
    now = go.Scatter(
        x=[],
        y=[],
        mode="markers",
        marker={"size": 14, "color": _PATH, "line": {"width": 2, "color": "#ffffff"}},
        hovertemplate=says,
        meta={"role": "now"},
    )
    return path, now
