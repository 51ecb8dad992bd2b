"""Arrays of a step as small HTML tables: name, named shape, numbers, read or written."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np

from engine.core.validation import Array
from playground.backprop.graph import GraphNode
from playground.backprop.latex import digits
from playground.backprop.step import NamedArray, Step

_MOST: Final = 64  # numbers that are printed of an array
_SHOWN: Final = 4  # rows and columns of a larger one


def arrays_html(step: Step, corrected: Sequence[NamedArray] = ()) -> str:
    """The arrays that the step reads, those that it writes, and what it should have written."""
    parts = [_one(array, _part(step, array)) for array in step.arrays]
    parts += [_one(array, "right") for array in corrected]
    return f'<div class="backprop-arrays">{"".join(parts)}</div>'


def node_html(node: GraphNode, gradient_known: bool) -> str:
    """A node's value; once known its gradient, and the shares that it is the sum of."""
    parts = [_figure_of("value", node.value, "")]
    if node.gradient is not None and gradient_known:
        parts.append(_figure_of(f"∂L/∂{node.name}", node.gradient, "write"))
        if node.wrong and node.right is not None:
            parts.append(_figure_of(f"∂L/∂{node.name} without the bug", node.right, "right"))
        if node.fans_out:
            parts += [
                _figure_of(f"arriving {i}", share, "read")
                for i, (_, share) in enumerate(node.arriving, start=1)
            ]
    return f'<div class="backprop-arrays">{"".join(parts)}</div>'


def _figure_of(name: str, value: Array, part: str) -> str:
    shape = " × ".join(map(str, value.shape)) or "one number"
    head = f"<b>{escape(name)}</b> <span>{shape}</span>"
    return (
        f'<figure class="backprop-array" data-part="{part}"><figcaption>{head}</figcaption>'
        f"{_numbers(value)}</figure>"
    )


def _part(step: Step, array: NamedArray) -> str:
    return "write" if array.name in step.writes else "read" if array.name in step.reads else ""


def _one(array: NamedArray, part: str) -> str:
    says = {"write": "written", "read": "read", "right": "without the bug"}.get(part, "")
    head = f"<b>{escape(array.name)}</b> <span>{escape(array.shape)}</span>"
    fits = "" if array.fits else " backprop-misfit"
    return (
        f'<figure class="backprop-array{fits}" data-part="{part}"><figcaption>{head}'
        f"<em>{says}</em></figcaption>{_numbers(array.value)}</figure>"
    )


def _numbers(value: Array) -> str:
    rows = np.atleast_2d(value)
    if rows.ndim > 2:
        return ""
    whole = rows.size <= _MOST
    shown = rows if whole else rows[:_SHOWN, :_SHOWN]
    wide = not whole and rows.shape[1] > _SHOWN
    lines = [
        "".join(f"<td>{_figure(v)}</td>" for v in row) + ("<td>…</td>" if wide else "")
        for row in shown
    ]
    if not whole and len(rows) > _SHOWN:
        lines.append("<td>…</td>" * (shown.shape[1] + wide))
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def _figure(value: float) -> str:
    return digits(value).replace("-", "−")
