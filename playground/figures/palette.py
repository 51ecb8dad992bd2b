"""The colours and the base layout that every figure shares; none of them depends on light or dark.

What does depend on the theme (text, grid lines, the page itself) is added in the browser.
"""

from __future__ import annotations

from typing import Any, Final

import plotly.graph_objects as go

# Okabe and Ito's colours, told apart with every common kind of colour blindness
# (https://jfly.uni-koeln.de/color/), led by the orange and blue pair.
CLASS_COLOURS: Final = ("#e6820e", "#0072b2", "#009e73", "#cc79a7", "#8a6a00", "#56b4e9")

# Negative and positive: of a weight, of a unit's answer, of a value in regression.
SIGN_COLOURS: Final = ("#e6820e", "#0072b2")

# Dark to bright with lightness rising evenly, so that it reads in grey too.
MAGNITUDE_STOPS: Final = ("#15122f", "#3b2a77", "#6d4bb8", "#a57ede", "#d9bdf5", "#fbf3ff")

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
