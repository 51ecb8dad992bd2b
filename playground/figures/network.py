"""The network as a picture: the columns of its diagram, each unit's map, the weights' gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.figures import words
from playground.figures.palette import POWERS, base_layout, colour_bar

Floats = NDArray[np.floating[Any]]

_TINY: Final = 1e-12


def unit_maps(columns: Sequence[Floats]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Answers of all units over a grid -> codes (U, G) and ranges (U, 2).

    `columns` holds (G, units) for the inputs and each layer; U is the number of all units. Each
    unit's code is 127.5 at zero and reaches 0 or 255 at its own largest size, so that a faint unit
    shows its shape too; the range says what the shape stands for.
    """
    answers = np.concatenate([c.T for c in columns], dtype=np.float32)  # (U, G)
    largest = np.maximum(np.abs(answers).max(axis=1, keepdims=True), _TINY)
    codes = np.rint(127.5 + 127.5 * (answers / largest)).astype(np.uint8)
    ranges = np.stack([answers.min(axis=1), answers.max(axis=1)], axis=1)
    return codes, ranges


def log_magnitudes(gradients: Sequence[Floats]) -> NDArray[np.float32]:
    """log10 |dL/dW| of each layer's (fan_in, fan_out) gradient, laid end to end; 0 becomes -12."""
    return log_sizes(np.concatenate([gradient.ravel() for gradient in gradients]))


def log_sizes(numbers: Floats) -> NDArray[np.float32]:
    """log10 of the size of numbers; a size of zero becomes -12."""
    sizes = np.maximum(np.abs(numbers.astype(np.float64)), _TINY)
    return np.log10(sizes).astype(np.float32)


def weight_gradients(shapes: Sequence[tuple[int, int]], names: Sequence[str]) -> go.Figure:
    """One empty heatmap a layer, shaped like its weights: inputs across, units down."""
    count = len(shapes)
    columns = min(count, 5)
    rows = -(-count // columns)
    layout: dict[str, Any] = {}
    traces = []
    titles = []
    for i, ((fan_in, fan_out), name) in enumerate(zip(shapes, names, strict=True)):
        suffix = "" if i == 0 else str(i + 1)
        row, column = divmod(i, columns)
        left, right = column / columns, (column + 1) / columns - 0.04
        top, bottom = 1 - row / rows - 0.1 / rows, 1 - (row + 1) / rows + 0.12 / rows
        plain = {"showgrid": False, "zeroline": False, "fixedrange": True, "nticks": 5}
        layout["xaxis" + suffix] = plain | {
            "domain": [left, right],
            "anchor": "y" + suffix,
            "range": [-0.5, fan_in - 0.5],
        }
        layout["yaxis" + suffix] = plain | {
            "domain": [bottom, top],
            "anchor": "x" + suffix,
            "range": [fan_out - 0.5, -0.5],
        }
        traces.append(
            go.Heatmap(
                xaxis="x" + suffix,
                yaxis="y" + suffix,
                coloraxis="coloraxis",
                hovertemplate=words.WEIGHT,
            )
        )
        titles.append(
            {
                "text": f"{name} ({fan_in} → {fan_out})",
                "x": left,
                "y": top + 0.02 / rows,
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "bottom",
                "showarrow": False,
            }
        )
    full = base_layout(
        **layout,
        annotations=titles,
        coloraxis={"colorbar": colour_bar(x=1.0, nticks=5, **POWERS)},
        height=40 + 230 * rows,
        margin={"l": 34, "r": 64, "t": 14, "b": 24},
        meta={"shapes": [list(shape) for shape in shapes]},
    )
    return go.Figure(traces, full)
