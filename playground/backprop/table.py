"""Arrays of a step as small HTML tables: name, named shape, numbers, read or written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

import numpy as np

from engine.core.validation import Array
from playground.backprop import words
from playground.backprop.graph import GraphNode
from playground.backprop.latex import digits
from playground.backprop.step import NamedArray, Step
from playground.backprop.words import steps

_MOST: Final = 64  # numbers that are printed of an array
_SHOWN: Final = 4  # rows and columns of a larger one


def arrays_html(step: Step, corrected: Sequence[NamedArray] = ()) -> str:
    """The arrays that the step reads, those that it writes, and what it should have written."""
    parts = [(array, _part(step, array)) for array in step.arrays]
    parts += [(array, "right") for array in corrected]
    return _side_by_side(
        _figure(a.name, a.shape, a.value, part, f"<em>{steps.PARTS[part]}</em>", a.fits)
        for a, part in parts
    )


def node_html(node: GraphNode, gradient_known: bool) -> str:
    """A node's value; once known its gradient, and the shares that it is the sum of."""
    parts = [(words.VALUE, node.value, "")]
    if node.gradient is not None and gradient_known:
        parts.append((f"∂L/∂{node.name}", node.gradient, "write"))
        if node.wrong and node.right is not None:
            parts.append((words.right_gradient(f"∂L/∂{node.name}"), node.right, "right"))
        if node.fans_out:
            shares = enumerate(node.arriving, start=1)
            parts += [(words.arriving(i), share, "read") for i, (_, share) in shares]
    return _side_by_side(_figure(name, lengths(value), value, part) for name, value, part in parts)


def lengths(value: Array) -> str:
    """ "3 × 2", or "one number"."""
    return " × ".join(map(str, value.shape)) or steps.ONE_NUMBER


def _part(step: Step, array: NamedArray) -> str:
    return "write" if array.name in step.writes else "read" if array.name in step.reads else ""


def _side_by_side(figures: Iterable[str]) -> str:
    return f'<div class="backprop-arrays">{"".join(figures)}</div>'


def _figure(
    name: str, shape: str, value: Array, part: str, says: str = "", fits: bool = True
) -> str:
    misfit = "" if fits else " backprop-misfit"
    return (
        f'<figure class="backprop-array{misfit}" data-part="{part}"><figcaption>'
        f"<b>{escape(name)}</b> <span>{escape(shape)}</span>{says}</figcaption>"
        f"{_numbers(value)}</figure>"
    )


def _numbers(value: Array) -> str:
    rows = np.atleast_2d(value)
    whole = rows.size <= _MOST
    shown = rows if whole else rows[:_SHOWN, :_SHOWN]
    wide = not whole and rows.shape[1] > _SHOWN
    lines = [
        "".join(f"<td>{digits(v).replace('-', '−')}</td>" for v in row)
        + ("<td>…</td>" if wide else "")
        for row in shown
    ]
    if not whole and len(rows) > _SHOWN:
        lines.append("<td>…</td>" * (shown.shape[1] + wide))
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"
