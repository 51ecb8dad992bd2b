"""A line chart as SVG text: logarithmic axes, direct labels, legible on light and on dark."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 132, 48, 52
COLORS: Final = ("#0072b2", "#d55e00", "#009e73", "#7f3c8d")  # apart for the colour-blind, too

Points = Sequence[tuple[float, float]]


def line_chart(title: str, x_name: str, y_name: str, lines: Mapping[str, Points]) -> str:
    """``lines`` by name, each with positive (x, y); the SVG file's text."""
    xs = sorted({x for points in lines.values() for x, _ in points})
    ys = [y for points in lines.values() for _, y in points]
    low, high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))
    span = math.log(xs[-1] / xs[0])

    def across(x: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log(x / xs[0]) / span

    def down(y: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (math.log10(y) - low) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, 26, title, weight="600", size=15),
    ]
    for power in range(low, high + 1):
        y = down(10.0**power)
        parts.append(
            f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#d9d9d9" stroke-width="1"/>'
        )
        parts.append(_text(LEFT - 8, y + 4, f"{10.0**power:,.10g}", anchor="end"))
    for x in xs:
        parts.append(_text(across(x), HEIGHT - BOTTOM + 20, f"{x:g}", anchor="middle"))
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(_text(middle, HEIGHT - 12, x_name, anchor="middle"))
    parts.append(_text(LEFT, TOP - 8, y_name, color="#555"))
    ends = _apart([down(points[-1][1]) for points in lines.values()])
    for (name, points), color, end in zip(lines.items(), COLORS, ends, strict=False):
        path = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{across(x):.1f}" cy="{down(y):.1f}" r="3" fill="{color}">'
            f"<title>{escape(name)}: {y:.3g} at {x:g}</title></circle>"
            for x, y in points
        ]
        parts.append(_text(WIDTH - RIGHT + 10, end + 4, name, color=color, weight="600"))
    return "\n".join([*parts, "</svg>", ""])


def _apart(places: Sequence[float], gap: float = 17.0) -> list[float]:
    """The places, moved down where two labels would lie on each other."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    for before, after in itertools.pairwise(order):
        moved[after] = max(moved[after], moved[before] + gap)
    return moved


def _text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    color: str = "#222",
    weight: str = "400",
    size: int = 13,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}"'
        f' font-weight="{weight}" font-size="{size}">{escape(words)}</text>'
    )
