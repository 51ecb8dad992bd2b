"""The classical bugs of a backward pass: what each is, and the rule that it gets wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from engine.core.validation import Array
from playground.backprop.rules import CORRECT, Rule
from playground.backprop.settings import NO_BUG
from playground.backprop.words import rules as words


@dataclass(frozen=True)
class Bug:
    """A wrong rule. ``invisible`` says when it changes nothing, so that no check can see it.

    ``quiet`` are settings with which NumPy lets the backward pass run, and only a gradient check
    finds the bug.
    """

    name: str
    label: str
    sentence: str
    invisible: str
    breaks: str  # the name of the rule
    rule: Rule
    quiet: Mapping[str, Any]


def _bug(name: str, breaks: str, compute: Callable[..., Array], formula: str, **quiet: Any) -> Bug:
    said = words.BUGS[name]
    rule = Rule(compute, formula, said.rule)
    return Bug(name, said.label, said.sentence, said.invisible, breaks, rule, quiet)


_ALL: Final = (
    _bug(
        "weight_transpose",
        "below",
        lambda dz, w: dz @ w,
        r"$dz \; $w",
        walk_layers=(2,),
        walk_outputs=2,
    ),
    _bug(
        "input_transpose",
        "weight",
        lambda a, dz: a @ dz,
        r"$a \; $dz",
        walk_inputs=2,
        walk_layers=(2,),
        walk_batch=2,
    ),
    _bug(
        "sum_for_mean",
        "output",
        lambda summed, p, y: summed * (p - y),
        r"$summed \left($p - $y\right)",
    ),
    _bug("missing_derivative", "through", lambda da: da, "$da"),
    _bug("bias_not_summed", "bias", lambda dz: dz, "$dz"),
    _bug("mixed_layouts", "through", lambda da, slope: da * slope.T, r"$da \odot $slope^{\top}"),
    _bug(
        "flat_targets",
        "output",
        lambda mean, p, flat: mean * (p - flat),
        r"$mean \left($p - $flat\right)",
        walk_loss="cross_entropy",
        walk_outputs=3,
        walk_batch=3,
    ),
)
BUGS: Final[Mapping[str, Bug]] = MappingProxyType({bug.name: bug for bug in _ALL})


def rules_of(name: str) -> Mapping[str, Rule]:
    """The rules of the backward pass with this bug, or the right ones for "none"."""
    return CORRECT if name == NO_BUG else {**CORRECT, BUGS[name].breaks: BUGS[name].rule}
