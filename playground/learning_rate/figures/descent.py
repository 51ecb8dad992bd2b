"""Gradient descent drawn: iterates on the parabola, across the bowl, and their distance by step.

In each figure trace 1 is the whole path (role "path"), trace 2 the current iterate ("now"), which
begins at the start. The browser plays a run by showing more of the one and moving the other; the
axes stay. ``layout.meta["shown"]`` counts the iterates, from the start, that lie within the axes:
the last ones of a diverging path are far outside, and so are distances too small for the log axis.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.palette import CLASS_COLOURS, base_layout
from playground.learning_rate.parabola import Descent, Verdict
from playground.learning_rate.words import parabola as words

Floats = NDArray[np.floating[Any]]

_PATH, _GROUND = CLASS_COLOURS[0], CLASS_COLOURS[1]
# _GROUND, thin: Plotly fills each ring with all that lies higher, so the shade grows outwards.
_FILL: Final = ([0, "rgba(0,114,178,0.05)"], [1, "rgba(0,114,178,0.05)"])

_FARTHEST: Final = 8.0  # how far a diverging path is followed; it starts at 1
_MARGIN: Final = 1.15
_LEAST: Final = 1.3  # room beside a path that only comes closer
_CURVE: Final = 201  # points of the parabola
_CELLS: Final = 61  # of the bowl's grid along each axis
_RINGS: Final = 12  # contour lines between the minimum and the corner
_DEEPEST: Final = 1e-10  # nearer distances lie below the log axis
_LABELS: Final = 6  # about as many powers of ten on the log axis
_DECADE: Final = 10.0  # which the log axis shows below the start at least; above too if all is flat


def parabola(descent: Descent) -> go.Figure:
    """The curve f(x) = (λ/2) x² (trace 0), the iterates on it, the current one."""
    reach = _reach(descent)
    top = 0.5 * descent.curvature * reach**2
    x = np.linspace(-reach, reach, _CURVE)
    curve = go.Scatter(
        x=x.tolist(),
        y=(0.5 * descent.curvature * x**2).tolist(),
        mode="lines",
        line={"width": 2.2, "color": _GROUND},
        hoverinfo="skip",
        meta={"role": "curve"},
    )
    return _figure(
        [curve, *_played(descent.xs.tolist(), descent.losses.tolist(), words.CURVE_HOVER)],
        _axis("x", -reach, reach),
        _axis(words.loss_axis(descent.curvature), -0.04 * top, top) | {"exponentformat": "power"},
        descent.distances <= reach,
    )


def bowl(steep: Descent, flat: Descent) -> go.Figure:
    """Rings of equal loss (trace 0), the path across them, the current iterate.

    The contour's heights are √f: rings at even steps of it lie evenly in space, where rings of f
    itself would crowd at the edge. Both directions have made as many steps.
    """
    path = np.column_stack([steep.xs, flat.xs])  # (T+1, 2)
    reach = _reach(steep), _reach(flat)
    x, y = (np.linspace(-far, far, _CELLS) for far in reach)
    height = np.sqrt(0.5 * (steep.curvature * x**2 + flat.curvature * y[:, None] ** 2))  # (y, x)
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
    across, up = words.bowl_axes(steep.curvature, flat.curvature)
    return _figure(
        [contour, *_played(path[:, 0].tolist(), path[:, 1].tolist(), words.BOWL_HOVER)],
        _axis(across, -reach[0], reach[0]),
        _axis(up, -reach[1], reach[1]),
        np.all(np.abs(path) <= reach, axis=1),
    )


def distance(descent: Descent) -> go.Figure:
    """Distance from the minimum by step on a log axis, over the theory's line (trace 0).

    The theory is ``descent.factor`` to the power of the step. A distance of 0 has no logarithm and
    is left out (None).
    """
    steps = np.arange(descent.steps + 1)
    distances = descent.distances
    theory: Floats = descent.factor**steps
    seen = np.concatenate([distances, theory])
    low = min(float(seen[seen >= _DEEPEST].min()), 1 / _DECADE)
    high = float(seen.max())
    if high / low < _DECADE**2:  # a path that hardly moves, or stays where it is
        high = max(high, _DECADE)
    line = go.Scatter(
        x=steps.tolist(),
        y=_positive(theory),
        mode="lines",
        line={"width": 2.4, "dash": "dash", "color": _GROUND},
        hovertemplate=words.theory_hover(descent.factor),
        meta={"role": "theory"},
    )
    edge = 0.05 * float(np.log10(high / low))  # room for the large mark of the current iterate
    bottom, top = float(np.log10(low)) - edge, float(np.log10(high)) + edge
    dtick = max(1, round((top - bottom) / _LABELS))  # whole powers of ten
    across, up = words.DISTANCE_AXES
    return _figure(
        [line, *_played(steps.tolist(), _positive(distances), words.DISTANCE_HOVER, dots=4)],
        _axis(across, -0.04 * descent.steps, 1.04 * descent.steps),
        _axis(up, bottom, top) | {"type": "log", "exponentformat": "power", "dtick": dtick},
        distances >= 10**bottom,
    )


def _figure(
    traces: list[Any], x: dict[str, Any], y: dict[str, Any], inside: NDArray[np.bool_]
) -> go.Figure:
    """`inside` says of each iterate whether it lies within the axes."""
    shown = len(inside) if inside.all() else int(inside.argmin())
    margin = {"l": 58, "r": 14, "t": 8, "b": 38}
    return go.Figure(traces, base_layout(xaxis=x, yaxis=y, meta={"shown": shown}, margin=margin))


def _axis(title: str, low: float, high: float) -> dict[str, Any]:
    return {"title": {"text": title, "standoff": 4}, "range": [low, high], "nticks": 7}


def _reach(descent: Descent) -> float:
    """How far the axis of a direction goes either side of the minimum."""
    reach = max(_LEAST, _MARGIN * float(descent.distances.max()))
    return min(reach, _FARTHEST) if descent.verdict is Verdict.DIVERGES else reach


def _positive(values: Floats) -> list[float | None]:
    return [float(v) if v > 0 else None for v in values]


def _played(
    across: list[Any], up: list[Any], says: str, *, dots: int = 6
) -> tuple[go.Scatter, go.Scatter]:
    """The path and the current iterate; plain lists, since the browser takes parts of them."""
    steps = list(range(len(across)))
    path = go.Scatter(
        x=across,
        y=up,
        customdata=steps,
        mode="lines+markers",
        line={"width": 1.4, "color": _PATH},
        marker={"size": dots, "color": _PATH},
        hovertemplate=says,
        meta={"role": "path"},
    )
    now = go.Scatter(
        x=across[:1],
        y=up[:1],
        customdata=steps[:1],
        mode="markers",
        marker={"size": 14, "color": _PATH, "line": {"width": 2, "color": "#ffffff"}},
        hovertemplate=says,
        meta={"role": "now"},
    )
    return path, now
