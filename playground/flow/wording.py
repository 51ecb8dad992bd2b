"""Numbers of a lab in words, rounded but never wrong."""

from __future__ import annotations

from typing import Final

from playground.flow.lab import FlowLab
from playground.flow.statistics import Floats

SAME: Final = 1.1  # a factor up to this, or its inverse, counts as unchanged

_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def when(lab: FlowLab) -> str:
    """Where the lab stands, to begin a sentence with."""
    if lab.steps == 0:
        return "Before training"
    if lab.progress == lab.epoch:
        return f"After {counted(lab.epoch, 'epoch')}"
    return f"After {counted(lab.steps, 'step')}"


def counted(count: int, thing: str) -> str:
    """So many things, in the singular for one."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def number(value: float) -> str:
    """Two significant digits: 0, 0.013, 1.2, 340, 5.1 × 10⁻⁸."""
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e4:
        digits, exponent = f"{value:.1e}".split("e")
        places = max(1 - int(exponent), 0)
        return f"{float(digits) * 10.0 ** int(exponent):,.{places}f}"
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def percent(share: float) -> str:
    """A share of 1 as a whole percentage; only nothing is 0 % and only all is 100 %."""
    if 0 < share < 0.01:
        return "less than 1 %"
    if 0.99 < share < 1:
        return "more than 99 %"
    return f"{100 * share:.0f} %"


def through(sizes: Floats) -> str:
    """What becomes of a size on its way from the first to the last: a verb and a factor."""
    first, last = float(sizes[0]), float(sizes[-1])
    if first == 0:
        return "is 0 from the start" if last == 0 else f"grows from 0 to {number(last)}"
    ratio = last / first
    if ratio == 0:
        return "falls to 0"
    if 1 / SAME <= ratio <= SAME:
        return f"keeps its size (× {ratio:.2f})"
    return f"grows {number(ratio)} times" if ratio > 1 else f"shrinks {number(1 / ratio)} times"
