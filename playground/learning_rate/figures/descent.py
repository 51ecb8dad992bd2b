"""Gradient descent drawn: iterates on the parabola, across the bowl, and their distance by step.

In each figure trace 1 is the whole path (role "path"), trace 2 the current iterate ("now"), which
begins at the start. The browser plays a run by showing more of the one and moving the other; the
axes stay. ``layout.meta["shown"]`` counts the iterates, from the start, that lie within the axes:
the last ones of a diverging path are far outside, and so are distances too small for the log axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.palette import CLASS_COLOURS, base_layout
from playground.learning_rate.parabola import Descent, Direction, Verdict

Floats = NDArray[np.float64]

_PATH, _GROUND = CLASS_COLOURS[0], CLASS_COLOURS[1]
# _GROUND, thin: Plotly fills each ring with all that lies higher, so the shade grows outwards.
_FILL: Final = ([0, "rgba(0,114,178,0.05)"], [1, "rgba(0,114,178,0.05)"])

_FARTHEST: Final = 8.0  # times its start: how far a diverging path is followed
_MARGIN: Final = 1.15
_LEAST: Final = 1.3  # times the start: room beside a path that only comes closer
_CURVE: Final = 201  # points of the parabola
_CELLS: Final = 61  # of the bowl's grid along each axis
_RINGS: Final = 12  # contour lines between the minimum and the corner
_DEEPEST: Final = 1e-10  # times the start: nearer distances lie below the log axis
_LABELS: Final = 6  # about as many powers of ten on the log axis
_DECADE: Final = (
    10.0  # below the start, which the log axis shows at least; above too if all is flat
)


def parabola(descent: Descent) -> go.Figure:
    """The curve f(x) = (λ/2) x² (trace 0), the iterates on it, the current one."""
    _needs(descent, 1, "parabola")
    reach = _reach(descent, 0)
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
    layout = base_layout(
        xaxis=_axis("x", [-reach, reach]),
        yaxis=_axis(f"loss ½ λ x², λ = {descent.curvature:.4g}", [-0.04 * top, top])
        | {"exponentformat": "power"},
        meta={"shown": _leading(np.abs(descent.xs) <= reach)},
        margin={"l": 58, "r": 14, "t": 8, "b": 38},
    )
    says = "step %{customdata}<br>x = %{x:.4g}<br>loss %{y:.4g}<extra></extra>"
    return go.Figure([curve, *_played(descent.xs, descent.losses, says)], layout)


def bowl(descent: Descent) -> go.Figure:
    """Rings of equal loss (trace 0), the path across them, the current iterate.

    The contour's heights are √f: rings at even steps of it lie evenly in space, where rings of f
    itself would crowd at the edge.
    """
    _needs(descent, 2, "bowl")
    reach_x, reach_y = _reach(descent, 0), _reach(descent, 1)
    steep, flat = descent.curvatures
    x = np.linspace(-reach_x, reach_x, _CELLS)
    y = np.linspace(-reach_y, reach_y, _CELLS)
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
    inside = np.all(np.abs(descent.points) <= (reach_x, reach_y), axis=1)
    layout = base_layout(
        xaxis=_axis(f"x, steep: λ₁ = {steep:.4g}", [-reach_x, reach_x]),
        yaxis=_axis(f"y, flat: λ₂ = {flat:.4g}", [-reach_y, reach_y]),
        meta={"shown": _leading(inside)},
        margin={"l": 58, "r": 14, "t": 8, "b": 38},
    )
    says = "step %{customdata}<br>(%{x:.4g}, %{y:.4g})<extra></extra>"
    return go.Figure([contour, *_played(descent.points[:, 0], descent.points[:, 1], says)], layout)


def distance(descent: Descent) -> go.Figure:
    """Distance from the minimum by step on a log axis, over the theory's line (trace 0).

    The theory is the start's distance times ``descent.factor`` to the power of the step. A distance
    of 0 has no logarithm and is left out (None).
    """
    steps = np.arange(descent.steps + 1)
    distances = descent.distances
    theory = distances[0] * descent.factor**steps
    deepest = _DEEPEST * distances[0]
    seen = np.concatenate([distances, theory])
    low = min(float(seen[seen >= deepest].min()), distances[0] / _DECADE)
    high = float(seen.max())
    if high / low < _DECADE**2:  # a path that hardly moves, or stays where it is
        high = max(high, distances[0] * _DECADE)
    line = go.Scatter(
        x=steps.tolist(),
        y=_positive(theory),
        mode="lines",
        line={"width": 2.4, "dash": "dash", "color": _GROUND},
        hovertemplate=f"theory: {descent.factor:.4g}<sup>%{{x}}</sup>, %{{y:.4g}}<extra></extra>",
        meta={"role": "theory"},
    )
    edge = 0.05 * float(np.log10(high / low))  # room for the large mark of the current iterate
    bounds = [float(np.log10(low)) - edge, float(np.log10(high)) + edge]
    dtick = max(1, round((bounds[1] - bounds[0]) / _LABELS))  # whole powers of ten
    layout = base_layout(
        xaxis=_axis("step", [-0.04 * descent.steps, 1.04 * descent.steps]),
        yaxis=_axis("distance from the minimum", bounds)
        | {"type": "log", "exponentformat": "power", "dtick": dtick},
        meta={"shown": _leading(distances >= 10 ** bounds[0])},
        margin={"l": 58, "r": 14, "t": 8, "b": 38},
    )
    says = "step %{customdata}<br>distance %{y:.4g}<extra></extra>"
    return go.Figure([line, *_played(steps, distances, says, logarithmic=True)], layout)


def _needs(descent: Descent, directions: int, what: str) -> None:
    if len(descent.directions) != directions:
        raise ValueError(
            f"a {what} has {directions} direction{'' if directions == 1 else 's'}, "
            f"but the descent has {len(descent.directions)}"
        )


def _axis(title: str, bounds: Sequence[float]) -> dict[str, Any]:
    return {"title": {"text": title, "standoff": 4}, "range": list(bounds), "nticks": 7}


def _reach(descent: Descent, index: int) -> float:
    """How far the axis of a direction goes either side of the minimum."""
    way = np.abs(descent.points[:, index])
    direction: Direction = descent.directions[index]
    reach = max(_LEAST * float(way[0]), _MARGIN * float(way.max()))
    diverges = direction.verdict is Verdict.DIVERGES
    return min(reach, _FARTHEST * float(way[0])) if diverges else reach


def _leading(inside: NDArray[np.bool_]) -> int:
    """How many iterates come before the first that is not inside."""
    return int(inside.argmin()) if not inside.all() else len(inside)


def _positive(values: Floats) -> list[float | None]:
    return [float(v) if v > 0 else None for v in values]


def _played(
    x: Floats | NDArray[np.int_], y: Floats, says: str, *, logarithmic: bool = False
) -> list[go.Scatter]:
    """The path and the current iterate; plain lists, since the browser takes parts of them."""
    across = x.tolist()
    up = _positive(y) if logarithmic else y.tolist()
    steps = list(range(len(across)))
    path = go.Scatter(
        x=across,
        y=up,
        customdata=steps,
        mode="lines+markers",
        line={"width": 1.4, "color": _PATH},
        marker={"size": 4 if logarithmic else 6, "color": _PATH},
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
    return [path, now]
