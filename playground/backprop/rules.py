"""The five rules of the backward pass, each as a computation, a formula and a sentence.

A bug is one wrong rule (see ``playground.backprop.bugs``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from engine.core.validation import Array
from playground.backprop.words import rules as words


@dataclass(frozen=True)
class Rule:
    """How a gradient is computed. ``compute`` is called with what the formula's $names stand for.

    "output" knows the predictions p and targets y (B, C), the targets as a flat list, and the
    factors mean, 1/B, or 2/(B C) for the squared error, and summed, the same without the 1/B. At a
    layer z = a W + b of the inputs a (B, I), and below it the activation a = phi(z), "weight" knows
    a and dz (B, O), "bias" dz, "below" dz and w (I, O), "through" da and slope, phi'(z) (B, I).
    """

    compute: Callable[..., Array]
    formula: str
    sentence: str


CORRECT: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "output": Rule(
            lambda mean, p, y: mean * (p - y),
            r"$mean \left($p - $y\right)",
            words.RULES["output"],
        ),
        "weight": Rule(
            lambda a, dz: a.T @ dz,
            r"$a^{\top} $dz",
            words.RULES["weight"],
        ),
        "bias": Rule(
            lambda dz: dz.sum(axis=0),
            r"\mathbf{1}^{\top} $dz",
            words.RULES["bias"],
        ),
        "below": Rule(
            lambda dz, w: dz @ w.T,
            r"$dz \; $w^{\top}",
            words.RULES["below"],
        ),
        "through": Rule(
            lambda da, slope: da * slope,
            r"$da \odot $slope",
            words.RULES["through"],
        ),
    }
)
