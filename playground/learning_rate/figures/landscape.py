"""The landscape's pictures: a slice of the loss as a contour map or in 3-D, and the path in it."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.palette import CLASS_COLOURS, MAGNITUDE_STOPS, base_layout
from playground.learning_rate.landscape import Slice

Floats = NDArray[np.float64]

_PATH: Final = CLASS_COLOURS[0]  # stands out from every shade of the magnitudes
_LABEL: Final[dict[str, Any]] = {  # readable on any shade, in the light and in the dark
    "bgcolor": "rgba(255, 255, 255, 0.85)",
    "font": {"color": MAGNITUDE_STOPS[0], "size": 12},
    "borderpad": 2,
}
_SCALE: Final = [[i / (len(MAGNITUDE_STOPS) - 1), c] for i, c in enumerate(MAGNITUDE_STOPS)]
_LOWEST: Final = 1e-12  # a loss of 0 has no logarithm


def contour(slice_: Slice, *, log: bool = True) -> go.Figure:
    """The slice from above, dark where the loss is low, with the path cast onto it.

    `log` colours by log10 of the loss. Traces: "map", "path" and "ends" by their role.
    """
    heights = _heights(slice_.capped, log)
    map_ = go.Contour(
        x=slice_.first,
        y=slice_.second,
        z=heights,
        customdata=slice_.capped,
        colorscale=_SCALE,
        ncontours=24,
        line={"width": 0.4},
        contours={"coloring": "heatmap"},
        colorbar=_bar(heights, log),
        hovertemplate="loss %{customdata:.4g}<extra></extra>",
        meta={"role": "map"},
    )
    across, up = slice_.path.T
    places = {"x": across, "y": up}
    path = go.Scatter(**places, **_path(slice_, width=2.2, size=4))
    ends = go.Scatter(**_at_ends(places), **_ends(slice_, sizes=(11, 13), edge=1.5))
    notes = [
        _LABEL
        | {
            "x": float(across[i]),
            "y": float(up[i]),
            "text": text,
            "showarrow": False,
            "yshift": shift,
        }
        for i, text, shift in ((0, "start", 17), (-1, _end_text(slice_), -18))
    ]
    first, second = slice_.plane.titles
    layout = base_layout(
        xaxis={"title": {"text": _broken(first), "standoff": 6}, "nticks": 6, "zeroline": False},
        yaxis={"title": {"text": _broken(second), "standoff": 4}, "nticks": 6, "zeroline": False}
        | {"automargin": True},
        annotations=notes,
        height=440,
        margin={"l": 62, "r": 14, "t": 8, "b": 58},
        uirevision=slice_.plane.kind,
    )
    return go.Figure([map_, path, ends], layout)


def surface(slice_: Slice, *, log: bool = True) -> go.Figure:
    """The slice in 3-D, with the path at its true loss.

    `log` raises it to log10 of the loss. Traces: "surface", "path" and "ends" by their role. The
    camera stays where a viewer has turned it when another slice takes this one's place.
    """
    heights = _heights(slice_.capped, log)
    sheet = go.Surface(
        x=slice_.first,
        y=slice_.second,
        z=heights,
        customdata=slice_.capped,
        colorscale=_SCALE,
        opacity=0.88,  # a path that runs below it is seen through it
        showscale=False,  # its height says it, and a phone is narrow
        contours={"z": {"show": True, "width": 1, "color": "rgba(255, 255, 255, 0.35)"}},
        lighting={"ambient": 0.75, "diffuse": 0.5, "specular": 0.05},
        hovertemplate="loss %{customdata:.4g}<extra></extra>",
        meta={"role": "surface"},
    )
    across, up = slice_.path.T
    height = _heights(slice_.cut(slice_.path_losses), log)
    places = {"x": across, "y": up, "z": height}
    path = go.Scatter3d(**places, **_path(slice_, width=5, size=2))
    ends = go.Scatter3d(**_at_ends(places), **_ends(slice_, sizes=(6, 7), edge=1))
    notes = [
        _LABEL
        | {
            "x": float(across[i]),
            "y": float(up[i]),
            "z": float(height[i]),
            "text": text,
            "showarrow": False,
            "yshift": 16,
        }
        for i, text in ((0, "start"), (-1, _end_text(slice_)))
    ]
    first, second = slice_.plane.titles
    small = {"tickfont": {"size": 10}, "nticks": 5}
    loss = "training loss (log scale)" if log else "training loss"
    lowest = float(min(heights.min(), height.min()))
    values, texts = _ticks(lowest, float(heights.max()), log)
    layout = base_layout(
        scene={
            "xaxis": small | {"title": {"text": _wrapped(first), "font": {"size": 11}}},
            "yaxis": small | {"title": {"text": _wrapped(second), "font": {"size": 11}}},
            "zaxis": {"tickfont": {"size": 10}, "tickvals": values, "ticktext": texts}
            | {"title": {"text": loss, "font": {"size": 11}}},
            "aspectmode": "manual",
            "aspectratio": {"x": 0.9, "y": 0.9, "z": 0.7},
            "camera": {"eye": {"x": 1.25, "y": -1.4, "z": 0.8}, "center": {"z": -0.12}},
            "annotations": notes,
            "uirevision": "landscape",
        },
        height=520,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        uirevision="landscape",
        dragmode="turntable",
    )
    return go.Figure([sheet, path, ends], layout)


def _heights(losses: Floats, log: bool) -> Floats:
    return np.log10(np.maximum(losses, _LOWEST)) if log else losses


def _path(slice_: Slice, width: float, size: float) -> dict[str, Any]:
    return {
        "mode": "lines+markers",
        "line": {"color": _PATH, "width": width},
        "marker": {"color": _PATH, "size": size},
        **_hover(slice_),
        "meta": {"role": "path"},
    }


def _ends(slice_: Slice, sizes: tuple[int, int], edge: float) -> dict[str, Any]:
    return {
        "mode": "markers",
        "marker": {
            "color": _PATH,
            "size": sizes,
            "symbol": ["circle", _end_symbol(slice_)],
            "line": {"color": "#ffffff", "width": edge},
        },
        "hoverinfo": "skip",
        "meta": {"role": "ends"},
    }


def _at_ends(places: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {axis: values[[0, -1]] for axis, values in places.items()}


def _hover(slice_: Slice) -> dict[str, Any]:
    """What hovering over the path says: the epoch and the true loss there."""
    return {
        "customdata": np.column_stack([slice_.epochs, slice_.cut(slice_.path_losses)]),
        "hovertemplate": (
            "epoch %{customdata[0]:.4~g}<br>training loss %{customdata[1]:.4g}<extra></extra>"
        ),
    }


def _end_text(slice_: Slice) -> str:
    return "diverged" if slice_.diverged else "end"


def _end_symbol(slice_: Slice) -> str:
    return "x" if slice_.diverged else "diamond"


def _broken(title: str) -> str:
    """A title on two lines, cut before its parenthesis, so that it fits a phone."""
    return title.replace(" (", "<br>(")


def _wrapped(title: str) -> str:
    """A title on short lines: in 3-D it stands across a corner."""
    whole = title.replace(" %", "\u00a0%")  # no line may begin with the sign
    return "<br>".join(textwrap.wrap(whole, 28)).replace("\u00a0", " ")


def _bar(heights: Floats, log: bool) -> dict[str, Any]:
    values, texts = _ticks(float(heights.min()), float(heights.max()), log)
    return {
        "title": {"text": "training<br>loss", "font": {"size": 11}},
        "thickness": 10,
        "len": 0.9,
        "outlinewidth": 0,
        "tickvals": values,
        "ticktext": texts,
        "x": 1.01,
    }


def _ticks(low: float, high: float, log: bool) -> tuple[list[float], list[str]]:
    """Round losses between two heights, as heights and as texts."""
    if not log:
        step = _round_step(high - low)
        count = math.floor(high / step) - math.ceil(low / step) + 1
        losses = [(math.ceil(low / step) + i) * step for i in range(count)]
        return losses, [f"{loss:.4g}" for loss in losses]
    decades = range(math.floor(low), math.ceil(high) + 1)
    if high - low > 6:  # no more than a handful of labels
        decades = decades[:: math.ceil((high - low) / 6)]
    digits = (1,) if high - low > 3 else (1, 2, 5) if high - low > 0.6 else range(1, 10)
    found = [(math.log10(d) + e, d * 10.0**e) for e in decades for d in digits]
    inside = [(height, loss) for height, loss in found if low <= height <= high]
    return [height for height, _ in inside], [f"{loss:.4g}" for _, loss in inside]


def _round_step(span: float) -> float:
    """1, 2 or 5 times a power of ten that parts the span into about five."""
    if span <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(span / 5))
    return next(digit * power for digit in (1, 2, 5, 10) if digit * power * 5 >= span * 0.999)
