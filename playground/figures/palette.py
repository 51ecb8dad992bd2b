"""The colours and the base layout that every figure shares; none of them depends on light or dark.

What does depend on the theme (text, grid lines, the page itself) is added in the browser.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

# Okabe and Ito's colours, told apart with every common kind of colour blindness
# (https://jfly.uni-koeln.de/color/), led by the orange and blue pair.
CLASS_COLOURS: Final = ("#e6820e", "#0072b2", "#009e73", "#cc79a7", "#8a6a00", "#56b4e9")

# Negative and positive: of a weight, of a unit's answer, of a value in regression.
SIGN_COLOURS: Final = ("#e6820e", "#0072b2")

# Dark to bright with lightness rising evenly, so that it reads in grey too.
MAGNITUDE_STOPS: Final = ("#15122f", "#3b2a77", "#6d4bb8", "#a57ede", "#d9bdf5", "#fbf3ff")

POWERS: Final = {"tickprefix": "10<sup>", "ticksuffix": "</sup>"}  # of a bar of logarithms

FONT_SIZE: Final = 12


def class_colour(index: int) -> str:
    """Colour of class `index`, 0-based; classes beyond the sixth begin again."""
    return CLASS_COLOURS[index % len(CLASS_COLOURS)]


def base_layout(**layout: Any) -> go.Layout:
    """A bare layout: no template, no title, small margins, `layout` on top."""
    base: dict[str, Any] = {
        "template": go.layout.Template(),
        "font": {"size": FONT_SIZE},
        "margin": {"l": 48, "r": 14, "t": 8, "b": 38},
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": "zoom",
    }
    return go.Layout(base | layout)


def colour_bar(**bar: Any) -> dict[str, Any]:
    """A slim colour bar beside its picture, `bar` on top."""
    return {"thickness": 10, "outlinewidth": 0, "x": 1.01} | bar


# Low to high: cool to hot, each of them readable on a light page and on a dark one, and told apart
# by lightness too.
_SCALE_STOPS: Final = ("#3f51c9", "#2587c8", "#12a19a", "#6aa52b", "#d29a12", "#dd6b20", "#c2263c")


def scale_colours(count: int) -> list[str]:
    """`count` colours from low to high."""
    stops = np.array([[int(stop[i : i + 2], 16) for i in (1, 3, 5)] for stop in _SCALE_STOPS])
    places = np.linspace(0, len(stops) - 1, count)
    mixed = [np.interp(places, range(len(stops)), channel) for channel in stops.T]
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.rint(mixed).astype(int).T]
