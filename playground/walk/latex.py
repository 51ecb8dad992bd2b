"""Numbers and matrices as LaTeX, rounded to what one reads at a glance."""

from __future__ import annotations

import math
from typing import Final

from engine.validation import Array

MOST_ROWS: Final = 8
MOST_COLUMNS: Final = 8
MOST_TERMS: Final = 8


def number(value: float) -> str:
    """Three digits behind the point or three significant ones, without zeros at the end."""
    if not math.isfinite(value):
        if math.isnan(value):
            return r"\text{NaN}"
        return r"\infty" if value > 0 else r"-\infty"
    size = abs(value)
    if size == 0.0:
        return "0"
    if 1e-3 <= size < 1e4:
        text = f"{value:.3f}" if size >= 1.0 else f"{value:.3g}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, exponent = f"{value:.2e}".split("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"


def matrix(value: Array, by_shape: bool = False) -> str:
    """A number, a row or a matrix; one too large to print, or ``by_shape``, as its shape alone."""
    if value.ndim == 0:
        return number(float(value))
    rows = value.reshape(1, -1) if value.ndim == 1 else value
    if by_shape or rows.shape[0] > MOST_ROWS or rows.shape[1] > MOST_COLUMNS:
        lengths = r" \times ".join(map(str, value.shape))
        return rf"\left[\cdots\right]_{{{lengths}}}"
    lines = (" & ".join(map(number, row)) for row in rows.tolist())
    return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"


def signed(value: float) -> str:
    """A number that stands in a product or under a power: in brackets if it is negative."""
    text = number(value)
    return f"({text})" if text.startswith("-") else text


def total(terms: list[str]) -> str:
    """A sum of so many terms that a line holds them; the rest as dots."""
    shown = terms if len(terms) <= MOST_TERMS else [*terms[: MOST_TERMS - 1], r"\cdots"]
    return " + ".join(shown)
