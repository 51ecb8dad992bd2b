"""The decision boundary: the chart with its points, and a grid of answers as one byte a cell.

N is the number of points, C the number of classes, G the cells of a grid. A code is a byte that a
256-entry colour table turns into a shade: with two classes 0 is surely the first and 255 surely
the second; in regression 0 is the lowest and 255 the highest value; with more classes
code = class * levels + certainty.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.data.datasets import Dataset
from playground.figures import words
from playground.figures.palette import SIGN_COLOURS, base_layout, class_colour, colour_bar

Floats = NDArray[np.floating[Any]]
Codes = NDArray[np.uint8]

VALUE_RANGE: Final = 1.0  # regression targets lie in about [-1, 1]
_DENSE: Final = 1200  # more points than this are drawn smaller


def levels(n_classes: int) -> int:
    """Shades of certainty that each of more than two classes has in a byte."""
    return 256 // n_classes


def codes(answers: Floats, n_classes: int) -> Codes:
    """Answers of the network -> codes (G,).

    `answers` is (G, C) probabilities for C >= 2 classes, or (G,) values when `n_classes` is 0.
    """
    if n_classes == 0:
        share = (answers + VALUE_RANGE) / (2 * VALUE_RANGE)
    elif n_classes == 2:
        share = answers[:, 1]
    else:
        steps = levels(n_classes)
        best = answers.argmax(axis=1)
        top = answers.max(axis=1)
        certainty = (top * n_classes - 1) / (n_classes - 1)  # 0 for a tie of all, 1 for sure
        code = best * steps + np.rint(np.clip(certainty, 0, 1) * (steps - 1))
        return np.asarray(code, dtype=np.uint8)
    return np.asarray(np.rint(np.clip(share, 0, 1) * 255), dtype=np.uint8)


def hover_values(answers: Floats, n_classes: int) -> NDArray[np.float32]:
    """The number that hovering shows for each cell, (G,): P(second class), P(best) or the value."""
    if n_classes == 0:
        return answers.astype(np.float32)
    return (answers[:, 1] if n_classes == 2 else answers.max(axis=1)).astype(np.float32)


def shading(n_classes: int) -> dict[str, Any]:
    """How the browser colours codes: see the module's first lines."""
    if n_classes in (0, 2):
        colours = SIGN_COLOURS if n_classes == 0 else (class_colour(0), class_colour(1))
        return {"kind": "two", "colours": list(colours), "signs": list(SIGN_COLOURS)}
    return {
        "kind": "classes",
        "levels": levels(n_classes),
        "colours": [class_colour(c) for c in range(n_classes)],
        "signs": list(SIGN_COLOURS),
    }


def title(n_classes: int) -> str:
    """What the chart shows, in two words."""
    return words.BOUNDARY if n_classes else words.SURFACE


def legend(dataset: Dataset) -> list[tuple[str, str, str]]:
    """Entries (text, colour, shape) of the legend: which colour stands for which class."""
    return [(words.class_(c), class_colour(c), "class") for c in range(dataset.n_classes)]


def figure(dataset: Dataset) -> go.Figure:
    """The chart: an empty heatmap for the grid, then training and test points of each class."""
    e = dataset.extent
    axis = {"range": [-e, e], "zeroline": False, "showgrid": False, "nticks": 7}
    layout = base_layout(
        margin={"l": 30, "r": 12 if dataset.n_classes else 62, "t": 8, "b": 26},
        xaxis=axis | {"constrain": "domain"},
        yaxis=axis | {"scaleanchor": "x", "constrain": "domain"},
    )
    return go.Figure([_grid(dataset), *_marks(dataset, "train"), *_marks(dataset, "test")], layout)


def _grid(dataset: Dataset) -> go.Heatmap:
    if dataset.n_classes == 0:
        says = words.ANSWER
    elif dataset.n_classes == 2:
        says = words.OF_CLASS_1
    else:
        says = words.OF_BEST_CLASS
    return go.Heatmap(
        zmin=0,
        zmax=255,
        showscale=False,
        hovertemplate=words.at_place(says),
        meta={"role": "grid"},
    )


def _marks(dataset: Dataset, role: str) -> list[go.Scatter]:
    train = role == "train"
    X, y = (dataset.X_train, dataset.y_train) if train else (dataset.X_test, dataset.y_test)
    name = words.TRAINING if train else words.TEST
    small = len(dataset.X_train) + len(dataset.X_test) > _DENSE
    shape: dict[str, Any] = {
        "symbol": "circle" if train else "diamond-open",
        "size": (5 if small else 8) if train else (5 if small else 7),
        "line": {"width": 1 if train else 1.6},
    }
    if dataset.n_classes == 0:
        colour: dict[str, Any] = {
            "color": y,
            "cmin": -VALUE_RANGE,
            "cmax": VALUE_RANGE,
            "colorscale": [[0, SIGN_COLOURS[0]], [1, SIGN_COLOURS[1]]],
        }
        if train:
            colour["colorbar"] = colour_bar(len=0.9)
        return [_scatter(X, shape | colour, role, f"{name}: %{{marker.color:.2f}}")]
    return [
        _scatter(X[y == c], shape | {"color": class_colour(c)}, role, words.of_class(name, c))
        for c in range(dataset.n_classes)
    ]


def _scatter(X: Floats, marker: dict[str, Any], role: str, says: str) -> go.Scatter:
    return go.Scatter(
        x=X[:, 0],
        y=X[:, 1],
        mode="markers",
        marker=marker,
        hovertemplate=f"{says}<br>(%{{x:.2f}}, %{{y:.2f}})<extra></extra>",
        meta={"role": role},
    )
