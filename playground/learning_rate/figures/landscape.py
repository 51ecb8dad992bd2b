"""The landscape's pictures: a slice of the loss as a contour map or in 3-D, and the path in it."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures.palette import CLASS_COLOURS, MAGNITUDE_STOPS, base_layout, colour_bar
from playground.learning_rate.landscape import Slice
from playground.learning_rate.words import landscape as words

Floats = NDArray[np.float64]

_PATH: Final = CLASS_COLOURS[0]  # stands out from every shade of the magnitudes
_LABEL: Final[dict[str, Any]] = {  # readable on any shade, in the light and in the dark
    "bgcolor": "rgba(255, 255, 255, 0.85)",
    "font": {"color": MAGNITUDE_STOPS[0], "size": 12},
    "borderpad": 2,
}
_LOWEST: Final = 1e-12  # a loss of 0 has no logarithm


def contour(slice_: Slice) -> go.Figure:
    """The slice from above, coloured by log10 of the loss, with the path cast onto it.

    Traces: "map", "path" and "ends" by their role.
    """
    heights = _heights(slice_.capped)
    map_ = go.Contour(
        **_ground(slice_, heights),
        ncontours=24,
        line={"width": 0.4},
        contours={"coloring": "heatmap"},
        colorbar=_bar(heights),
        meta={"role": "map"},
    )
    across, up = slice_.path.T
    places = {"x": across, "y": up}
    path = go.Scatter(**places, **_path(slice_, width=2.2, size=4))
    ends = go.Scatter(**_at_ends(places), **_ends(slice_, sizes=(11, 13), edge=1.5))
    start, end = _notes(slice_, places)
    notes = [start | {"yshift": 17}, end | {"yshift": -18}]
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


def surface(slice_: Slice) -> go.Figure:
    """The slice in 3-D, at log10 of the loss, with the path at its true loss.

    Traces: "surface", "path" and "ends" by their role. The camera stays where a viewer has turned
    it when another slice takes this one's place.
    """
    heights = _heights(slice_.capped)
    sheet = go.Surface(
        **_ground(slice_, heights),
        opacity=0.88,  # a path that runs below it is seen through it
        showscale=False,  # its height says it, and a phone is narrow
        contours={"z": {"show": True, "width": 1, "color": "rgba(255, 255, 255, 0.35)"}},
        lighting={"ambient": 0.75, "diffuse": 0.5, "specular": 0.05},
        meta={"role": "surface"},
    )
    across, up = slice_.path.T
    height = _heights(slice_.cut(slice_.path_losses))
    places = {"x": across, "y": up, "z": height}
    path = go.Scatter3d(**places, **_path(slice_, width=5, size=2))
    ends = go.Scatter3d(**_at_ends(places), **_ends(slice_, sizes=(6, 7), edge=1))
    notes = [note | {"yshift": 16} for note in _notes(slice_, places)]
    first, second = slice_.plane.titles
    small = {"tickfont": {"size": 10}, "nticks": 5}
    lowest = float(min(heights.min(), height.min()))
    values, texts = _ticks(lowest, float(heights.max()))
    layout = base_layout(
        scene={
            "xaxis": small | {"title": {"text": _wrapped(first), "font": {"size": 11}}},
            "yaxis": small | {"title": {"text": _wrapped(second), "font": {"size": 11}}},
            "zaxis": {"tickfont": {"size": 10}, "tickvals": values, "ticktext": texts}
            | {"title": {"text": words.LOSS_AXIS, "font": {"size": 11}}},
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


def _heights(losses: Floats) -> Floats:
    return np.log10(np.maximum(losses, _LOWEST))


def _ground(slice_: Slice, heights: Floats) -> dict[str, Any]:
    """The loss over the plane; hovering over it says the loss."""
    return {
        "x": slice_.first,
        "y": slice_.second,
        "z": heights,
        "customdata": slice_.capped,
        "colorscale": MAGNITUDE_STOPS,
        "hovertemplate": words.LOSS_HOVER,
    }


def _path(slice_: Slice, width: float, size: float) -> dict[str, Any]:
    """Hovering over it says the epoch and the true loss there."""
    return {
        "mode": "lines+markers",
        "line": {"color": _PATH, "width": width},
        "marker": {"color": _PATH, "size": size},
        "customdata": np.column_stack([slice_.epochs, slice_.cut(slice_.path_losses)]),
        "hovertemplate": words.PATH_HOVER,
        "meta": {"role": "path"},
    }


def _ends(slice_: Slice, sizes: tuple[int, int], edge: float) -> dict[str, Any]:
    return {
        "mode": "markers",
        "marker": {
            "color": _PATH,
            "size": sizes,
            "symbol": ["circle", "x" if slice_.diverged else "diamond"],
            "line": {"color": "#ffffff", "width": edge},
        },
        "hoverinfo": "skip",
        "meta": {"role": "ends"},
    }


def _at_ends(places: Mapping[str, Floats]) -> dict[str, Floats]:
    return {axis: values[[0, -1]] for axis, values in places.items()}


def _notes(slice_: Slice, places: Mapping[str, Floats]) -> list[dict[str, Any]]:
    """What stands at the path's start and at its end."""
    texts = words.START, words.DIVERGED if slice_.diverged else words.END
    return [
        _LABEL
        | {axis: float(values[i]) for axis, values in places.items()}
        | {"text": text, "showarrow": False}
        for i, text in zip((0, -1), texts, strict=True)
    ]


def _broken(title: str) -> str:
    """A title on two lines, cut before its parenthesis, so that it fits a phone."""
    return title.replace(" (", "<br>(")


def _wrapped(title: str) -> str:
    """A title on short lines: in 3-D it stands across a corner."""
    whole = title.replace(" %", "\u00a0%")  # no line may begin with the sign
    return "<br>".join(textwrap.wrap(whole, 28)).replace("\u00a0", " ")


def _bar(heights: Floats) -> dict[str, Any]:
    values, texts = _ticks(float(heights.min()), float(heights.max()))
    title = {"text": words.LOSS_BAR, "font": {"size": 11}}
    return colour_bar(title=title, len=0.9, tickvals=values, ticktext=texts)


def _ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Round losses between two heights, which are their logarithms, as heights and as texts."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    if high - low > 6:  # no more than a handful of labels
        decades = decades[:: math.ceil((high - low) / 6)]
    digits = (1,) if high - low > 3 else (1, 2, 5) if high - low > 0.6 else range(1, 10)
    found = [(math.log10(d) + e, d * 10.0**e) for e in decades for d in digits]
    inside = [(height, loss) for height, loss in found if low <= height <= high]
    return [height for height, _ in inside], [f"{loss:.4g}" for _, loss in inside]
