"""The phase map's figure: final loss as colour, a cross on each cell that diverged.

R rows, the values of a setting from bottom to top; C columns, the learning rates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from playground.figures.palette import (
    FONT_SIZE,
    MAGNITUDE_STOPS,
    POWERS,
    SIGN_COLOURS,
    base_layout,
    colour_bar,
)
from playground.learning_rate.map_spec import MapSpec
from playground.learning_rate.words import phase_map as words

FLOOR: Final = 1e-12  # a loss below this is drawn as this: zero has no logarithm
_TICKS: Final = 9  # at most, so that their labels keep apart on a phone


def labels(numbers: Sequence[float]) -> list[str]:
    """Short texts for the numbers of an axis, in full where short ones would look alike."""
    short = [f"{number:.3g}" for number in numbers]
    return short if len(set(short)) == len(short) else [repr(number) for number in numbers]


def figure(spec: MapSpec) -> go.Figure:
    """The map without cells: trace "map" for the colours, trace "diverged" for the crosses.

    Cells lie at whole numbers, (0, 0) at the bottom left, whatever the steps between the values.
    Hovering says the map's `text`, where a cell lies, and its `customdata`, how its run ended.
    """
    rows, columns = spec.shape
    title = {"text": words.FINAL_LOSS, "side": "right"}
    bar = colour_bar(title=title, thickness=12, len=1.0, nticks=6, **POWERS)
    layout = base_layout(
        xaxis=_axis(words.LEARNING_RATE, labels(spec.rates), columns),
        yaxis=_axis(words.AXES[spec.axis], labels(spec.values), rows),
        coloraxis={"colorscale": MAGNITUDE_STOPS, "colorbar": bar, "cmin": -4, "cmax": 0},
        margin={"l": 58, "r": 84, "t": 8, "b": 44},
    )
    map_ = go.Heatmap(
        x=list(range(columns)),
        y=list(range(rows)),
        z=[[None] * columns for _ in range(rows)],
        text=[[_place(spec, row, column) for column in range(columns)] for row in range(rows)],
        xgap=1,
        ygap=1,
        coloraxis="coloraxis",
        customdata=[[""] * columns for _ in range(rows)],
        hovertemplate="%{text}<br>%{customdata}<extra></extra>",
        hoverongaps=True,
        meta={"role": "map"},
    )
    crosses = go.Scatter(
        x=[],
        y=[],
        mode="markers",
        name=words.DIVERGED,
        # The cell beneath is empty: it answers hover and click.
        marker={
            "symbol": "x-thin-open",
            "size": 7,
            "color": SIGN_COLOURS[0],
            "line": {"width": 1.6},
        },
        hoverinfo="skip",
        meta={"role": "diverged"},
    )
    return go.Figure([map_, crosses], layout)


def frame(
    losses: npt.NDArray[np.float64], diverged: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """The two grids of a frame, (2, R, C), from a map's `losses` and `diverged_epoch`, both (R, C).

    log10 of the loss, NaN where a cell diverged or is not known yet; and the epochs of divergence,
    -1 for none, -2 for a cell not known yet.
    """
    shown = np.where((diverged >= 0) | ~np.isfinite(losses), np.nan, losses)
    return np.stack([np.log10(np.maximum(shown, FLOOR)), diverged]).astype(np.float32)


def _place(spec: MapSpec, row: int, column: int) -> str:
    return words.cell_hover(spec.axis, spec.values[row], spec.rates[column])


def _axis(title: str, texts: list[str], count: int) -> dict[str, Any]:
    shown = list(range(0, count, -(-count // _TICKS)))
    return {
        "title": {"text": title, "standoff": 6},
        "range": [-0.5, count - 0.5],
        "tickvals": shown,
        "ticktext": [texts[i] for i in shown],
        "tickfont": {"size": FONT_SIZE - 1},
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
