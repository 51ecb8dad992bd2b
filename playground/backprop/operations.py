"""The operations that a graph is made of: formula, local derivatives, and the way back.

u = f(a, b) is a node's value, a and b are those of its parents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from engine import ACTIVATIONS
from engine.core.validation import Array, lookup
from playground.backprop.network import Network


class Use(NamedTuple):
    """What an operation knows when its gradient comes back: u = f(parents), and dL/du."""

    parents: tuple[Array, ...]
    value: Array
    gradient: Array
    network: Network


@dataclass(frozen=True)
class Operation:
    """u in terms of a and b, and per parent the local derivative and dL/dparent before folding."""

    formula: str
    local: tuple[str, ...]
    pulls: tuple[Callable[[Use], Array], ...]


def _picked(use: Use) -> Array:
    spread = np.zeros_like(use.parents[0])
    np.add.at(spread, (np.arange(use.network.batch), use.network.y), use.gradient)
    return spread


def _elementwise(name: str, formula: str, local: str) -> Operation:
    """A function of the engine's registry, with the engine's own derivative."""
    function = ACTIVATIONS[name]()
    return Operation(
        formula, (local,), (lambda use: use.gradient * function.derivative(use.parents[0]),)
    )


def operation_of(name: str) -> Operation:
    """The operation of a node; an activation that has no words of its own here has its label."""
    if name in OPERATIONS or name not in ACTIVATIONS:
        return lookup(OPERATIONS, name, "operation")
    label = rf"\operatorname{{{ACTIVATIONS[name].label}}}"
    return _elementwise(name, rf"{label}($a)", _ONE + rf"{label}'($a)")


_ONE: Final = r"\frac{\partial $u}{\partial $a} = "
_TWO: Final = r"\frac{\partial $u}{\partial $b} = "

OPERATIONS: Final[Mapping[str, Operation]] = {
    "+": Operation(
        "$a + $b", (_ONE + "1", _TWO + "1"), (lambda u: u.gradient, lambda u: u.gradient)
    ),
    "*": Operation(
        r"$a \odot $b",
        (_ONE + "$b", _TWO + "$a"),
        (lambda u: u.gradient * u.parents[1], lambda u: u.gradient * u.parents[0]),
    ),
    "**": Operation(
        "$a^{$b}",
        (_ONE + "$b \\, $a^{$b - 1}", _TWO + r"$u \ln $a"),
        (
            lambda u: u.gradient * u.parents[1] * u.parents[0] ** (u.parents[1] - 1.0),
            lambda u: u.gradient * u.value * np.log(u.parents[0]),
        ),
    ),
    "@": Operation(
        "$a $b",
        (
            r"\frac{\partial L}{\partial $a} = \frac{\partial L}{\partial $u} \, $b^{\top}",
            r"\frac{\partial L}{\partial $b} = $a^{\top} \, \frac{\partial L}{\partial $u}",
        ),
        (lambda u: u.gradient @ u.parents[1].T, lambda u: u.parents[0].T @ u.gradient),
    ),
    "sum": Operation(
        r"\sum $a",
        (_ONE + r"1 \text{ for every term}",),
        (lambda u: np.broadcast_to(u.gradient, u.parents[0].shape),),
    ),
    "[]": Operation(
        r"\left($a\right)_{i,\, y_i}",
        (r"\frac{\partial \left($u\right)_i}{\partial \left($a\right)_{i,k}} = [k = y_i]",),
        (_picked,),
    ),
    "exp": Operation("e^{$a}", (_ONE + "$u",), (lambda u: u.gradient * u.value,)),
    "log": Operation(r"\ln $a", (_ONE + r"\frac{1}{$a}",), (lambda u: u.gradient / u.parents[0],)),
    "tanh": _elementwise("tanh", r"\tanh $a", _ONE + "1 - $u^2"),
    "sigmoid": _elementwise("sigmoid", r"\sigma($a)", _ONE + r"$u \, (1 - $u)"),
    "relu": _elementwise("relu", r"\max($a, 0)", _ONE + "[$a > 0]"),
    "leaky_relu": _elementwise("leaky_relu", r"\max($a, 0.01 \, $a)", _ONE + r"1 \text{ or } 0.01"),
    "elu": _elementwise("elu", r"$a \text{ or } e^{$a} - 1", _ONE + r"1 \text{ or } e^{$a}"),
    "softplus": _elementwise("softplus", r"\ln(1 + e^{$a})", _ONE + r"\sigma($a)"),
}
