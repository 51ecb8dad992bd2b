"""How the operations that a graph is made of are written: formula and local derivatives.

u = f(a, b) is a node's value, a and b are those of its parents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine import ACTIVATIONS
from engine.core.validation import lookup
from playground.backprop import words


@dataclass(frozen=True)
class Operation:
    """u in terms of a and b, and for each parent the local derivative."""

    formula: str
    local: tuple[str, ...]


_ONE: Final = r"\frac{\partial $u}{\partial $a} = "
_TWO: Final = r"\frac{\partial $u}{\partial $b} = "
_OR: Final = rf"\text{{ {words.OR} }}"

OPERATIONS: Final[Mapping[str, Operation]] = {
    "+": Operation("$a + $b", (_ONE + "1", _TWO + "1")),
    "*": Operation(r"$a \odot $b", (_ONE + "$b", _TWO + "$a")),
    "**": Operation("$a^{$b}", (_ONE + "$b \\, $a^{$b - 1}", _TWO + r"$u \ln $a")),
    "@": Operation(
        "$a $b",
        (
            r"\frac{\partial L}{\partial $a} = \frac{\partial L}{\partial $u} \, $b^{\top}",
            r"\frac{\partial L}{\partial $b} = $a^{\top} \, \frac{\partial L}{\partial $u}",
        ),
    ),
    "sum": Operation(r"\sum $a", (_ONE + rf"1 \text{{ {words.EVERY_TERM}}}",)),
    "[]": Operation(
        r"\left($a\right)_{i,\, y_i}",
        (r"\frac{\partial \left($u\right)_i}{\partial \left($a\right)_{i,k}} = [k = y_i]",),
    ),
    "exp": Operation("e^{$a}", (_ONE + "$u",)),
    "log": Operation(r"\ln $a", (_ONE + r"\frac{1}{$a}",)),
    "tanh": Operation(r"\tanh $a", (_ONE + "1 - $u^2",)),
    "sigmoid": Operation(r"\sigma($a)", (_ONE + r"$u \, (1 - $u)",)),
    "relu": Operation(r"\max($a, 0)", (_ONE + "[$a > 0]",)),
    "leaky_relu": Operation(r"\max($a, 0.01 \, $a)", (_ONE + f"1 {_OR} 0.01",)),
    "elu": Operation(f"$a {_OR} e^{{$a}} - 1", (_ONE + f"1 {_OR} e^{{$a}}",)),
    "softplus": Operation(r"\ln(1 + e^{$a})", (_ONE + r"\sigma($a)",)),
}


def operation_of(name: str) -> Operation:
    """The operation of a node; an activation that has no words of its own here has its label."""
    if name in OPERATIONS or name not in ACTIVATIONS:
        return lookup(OPERATIONS, name, "operation")
    label = rf"\operatorname{{{ACTIVATIONS[name].label}}}"
    return Operation(rf"{label}($a)", (_ONE + rf"{label}'($a)",))
