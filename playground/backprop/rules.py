"""The five rules of the backward pass, each as a computation, a formula and a sentence.

A bug is one wrong rule (see ``playground.backprop.bugs``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from engine.core.validation import Array


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
            "What was derived for one sample holds for each row, and the mean over the batch "
            "divides it. Each number says which way that output would raise the loss.",
        ),
        "weight": Rule(
            lambda a, dz: a.T @ dz,
            r"$a^{\top} $dz",
            "A weight's gradient is what came in through it times what went wrong behind it, "
            "summed over the batch by the matrix product.",
        ),
        "bias": Rule(
            lambda dz: dz.sum(axis=0),
            r"\mathbf{1}^{\top} $dz",
            "The bias was added to every row, so the rows' gradients are added up: the sum of each "
            "column.",
        ),
        "below": Rule(
            lambda dz, w: dz @ w.T,
            r"$dz \; $w^{\top}",
            "Each input fed all units of this layer, so it collects their gradients through the "
            "same weights, which now lead the other way.",
        ),
        "through": Rule(
            lambda da, slope: da * slope,
            r"$da \odot $slope",
            "Entry by entry, the gradient is multiplied by the slope at z. Where the activation is "
            "flat, nothing comes through.",
        ),
    }
)
