"""Small pictures of the data sets, to choose one by: the points in their class colours.

They are drawn once, by `python -m scripts.draw_thumbnails`, and kept in thumbnails.json. Three of
the data sets need scikit-learn, which takes longer to load than a page.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

import numpy as np

from playground.data.datasets import DATASETS, EXTENT, Floats, make_dataset
from playground.figures.palette import SIGN_COLOURS, class_colour

FILE: Final = Path(__file__).with_suffix(".json")
_SIDE: Final = 44  # of the picture, in its own units: a point lies on a whole one
_EDGE: Final = 2  # around the points
_POINTS: Final = {"classification": 110, "regression": 240}  # values need more to be a surface
_STRENGTHS: Final = 3  # of a value in regression: from faint to full


def drawn(name: str) -> str:
    """The picture of a data set as SVG: its points without labels, axes or background."""
    spec = DATASETS[name]
    data = make_dataset(name, _POINTS[spec.task], spec.default_noise, train_share=50, seed=0)
    X = np.concatenate([data.X_train, data.X_test])
    y = np.concatenate([data.y_train, data.y_test])
    size = np.abs(y) / np.abs(y).max()
    strength = np.ones(len(y)) if data.n_classes else np.ceil(size * _STRENGTHS) / _STRENGTHS
    colours = [class_colour(int(v)) if data.n_classes else SIGN_COLOURS[int(v > 0)] for v in y]
    kinds = list(zip(colours, strength.tolist(), strict=True))
    paths = [
        f'<path stroke="{kind[0]}" stroke-opacity="{kind[1]:g}" '
        f'd="{_dots(X[[k == kind for k in kinds]])}"/>'
        for kind in sorted(set(kinds))
        if kind[1] > 0
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}" stroke-width="3"'
        f' stroke-linecap="round">{"".join(paths)}</svg>'
    )


def _dots(X: Floats) -> str:
    """Points (N, 2) as lines without length, which round ends make visible."""
    across = _SIDE - 2 * _EDGE
    places = np.rint(_EDGE + (X * [1, -1] / EXTENT + 1) / 2 * across).astype(int)
    return "".join(f"M{x} {y}h0" for x, y in sorted(set(map(tuple, places.tolist()))))


@cache
def style() -> str:
    """A rule for each data set, in the order of the registry, that shows its picture.

    It names places among the buttons of the choice, which static/page.css lays out. The place of a
    data set whose picture has not been drawn is empty.
    """
    pictures: dict[str, str] = json.loads(FILE.read_text("utf-8"))
    return "\n".join(
        f'[class*="st-key-set_dataset"] [role="radio"]:nth-of-type({place}) '
        f'{{ background-image: url("data:image/svg+xml,{quote(pictures[name], safe=" =:/")}"); }}'
        for place, name in enumerate(DATASETS, start=1)
        if name in pictures
    )
