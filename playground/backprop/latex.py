"""Numbers and matrices as LaTeX, rounded to what one reads at a glance."""

from __future__ import annotations

import math
from typing import Final

from engine.core.validation import Array

MOST: Final = 8  # rows, columns or terms that are printed


def digits(value: float) -> str:
    """Three significant digits, as all numbers of this page are written (network.js does too)."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞" if value > 0 else "-∞"
    if value == 0.0:
        return "0"
    if not 1e-4 <= abs(value) < 1e5:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    text = f"{float(f'{value:.3g}'):.6f}"
    return text.rstrip("0").rstrip(".")


def number(value: float) -> str:
    """The same digits as LaTeX."""
    if not math.isfinite(value):
        if math.isnan(value):
            return r"\text{NaN}"
        return r"\infty" if value > 0 else r"-\infty"
    mantissa, _, exponent = digits(value).partition("e")
    return rf"{mantissa} \cdot 10^{{{exponent}}}" if exponent else mantissa


def matrix(value: Array, by_shape: bool = False) -> str:
    """A number, a row or a matrix; one too large to print, or ``by_shape``, as its shape alone."""
    if value.ndim == 0:
        return number(float(value))
    rows = value.reshape(1, -1) if value.ndim == 1 else value
    if by_shape or max(rows.shape) > MOST:
        lengths = r" \times ".join(map(str, value.shape))
        return rf"\left[\cdots\right]_{{{lengths}}}"
    lines = (" & ".join(map(number, row)) for row in rows.tolist())
    # Where two of them stand side by side, the second may go to the next line.
    return r"\allowbreak \begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"


def signed(value: float) -> str:
    """A number that stands in a product or under a power: in brackets if it is negative."""
    text = number(value)
    return f"({text})" if text.startswith("-") else text


def total(terms: list[str]) -> str:
    """A sum of so many terms that a line holds them; the rest as dots."""
    shown = terms if len(terms) <= MOST else [*terms[: MOST - 1], r"\cdots"]
    return " + ".join(shown)
