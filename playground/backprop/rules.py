"""The five rules of the backward pass, each as a computation, a formula and a sentence.

A bug is a set of rules of which one is wrong (see ``playground.backprop.bugs``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from engine.core.validation import Array


class Targets(NamedTuple):
    """What a rule may take for the targets and the mean: Y (B, C), the flat list, both factors.

    ``mean`` is 1/B, or 2/(B C) for the squared error; ``summed`` the same without the 1/B.
    """

    Y: Array
    flat: Array
    mean: float
    summed: float


@dataclass(frozen=True)
class OutputRule:
    """dL/dZ of the last layer from its predictions (B, C)."""

    compute: Callable[[Array, Targets], Array]
    formula: str  # of $p, $y, $flat and the factors $mean and $summed
    sentence: str


@dataclass(frozen=True)
class ProductRule:
    """A gradient from two arrays, or from one and a second that it leaves out."""

    compute: Callable[[Array, Array], Array]
    formula: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The backward pass: at the loss, and through a layer z = a W + b, a' = phi(z).

    ``weight(a, dz)`` gives dW (I, O) from a (B, I) and dz (B, O), ``bias(dz, b)`` db (O,),
    ``below(dz, W)`` da (B, I), and ``through(da, slope)`` dz from da and phi'(z), both (B, I).
    """

    output: OutputRule = OutputRule(
        lambda p, t: t.mean * (p - t.Y),
        r"$mean \left($p - $y\right)",
        "What was derived for one sample holds for each row, and the mean over the batch divides "
        "it. Each number says which way that output would raise the loss.",
    )
    weight: ProductRule = ProductRule(
        lambda a, dz: a.T @ dz,
        r"$a^{\top} $dz",
        "A weight's gradient is what came in through it times what went wrong behind it, summed "
        "over the batch by the matrix product.",
    )
    bias: ProductRule = ProductRule(
        lambda dz, _: np.asarray(dz.sum(axis=0)),
        r"\mathbf{1}^{\top} $dz",
        "The bias was added to every row, so the rows' gradients are added up: the sum of each "
        "column.",
    )
    below: ProductRule = ProductRule(
        lambda dz, w: dz @ w.T,
        r"$dz \; $w^{\top}",
        "Each input fed all units of this layer, so it collects their gradients through the same "
        "weights, which now lead the other way.",
    )
    through: ProductRule = ProductRule(
        lambda da, slope: da * slope,
        r"$da \odot $slope",
        "Entry by entry, the gradient is multiplied by the slope at z. Where the activation is "
        "flat, nothing comes through.",
    )


CORRECT: Final = Rules()
