"""How each loss is written: its value in symbols and with numbers, and what it does to the logits.

B batch, C outputs; predictions p and targets y are (B, C).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine import BinaryCrossEntropy, Loss, MeanSquaredError, SoftmaxCrossEntropy
from engine.core.activations import Sigmoid
from engine.core.validation import Array
from playground.backprop.latex import number, signed
from playground.backprop.network import Network
from playground.backprop.step import Code, Term


@dataclass(frozen=True)
class LossWords:
    """How a loss is written: its prediction, its value in symbols and with numbers."""

    value: str
    terms: Callable[[Array, Array], list[str]]
    mean: Callable[[Network], Term]
    summed: Callable[[Network], Term]
    sign: str
    sentence: str


def _log_terms(p: Array, y: Array) -> list[str]:
    """ln of the probability that each row gives to what is right."""
    right = np.where(y > 0.0, p, 1.0 - p) if p.shape[1] == 1 else np.where(y > 0.0, p, 0.0)
    return [rf"\ln {number(float(value))}" for value in right.sum(axis=1)]


def _square_terms(z: Array, y: Array) -> list[str]:
    return [f"{signed(float(d))}^2" for d in (z - y).ravel()]


def _one_over(network: Network) -> Term:
    return Term(r"\tfrac{1}{B}", rf"\tfrac{{1}}{{{network.batch}}}")


WORDS: Final[Mapping[type[Loss], LossWords]] = {
    SoftmaxCrossEntropy: LossWords(
        r"-\frac{1}{B} \sum_i \ln p_{i, y_i}",
        _log_terms,
        _one_over,
        lambda network: Term("", ""),
        "-",
        "The loss asks only for the probability of the right class: 0 where that is 1, and more "
        "and more as it goes to 0.",
    ),
    BinaryCrossEntropy: LossWords(
        r"-\frac{1}{B} \sum_i \left(y_i \ln p_i + (1 - y_i) \ln(1 - p_i)\right)",
        _log_terms,
        _one_over,
        lambda network: Term("", ""),
        "-",
        "The loss asks for the probability of the right answer: p where the label is 1, 1 - p "
        "where it is 0.",
    ),
    MeanSquaredError: LossWords(
        r"\frac{1}{B\,C} \sum_{i,c} (z_{ic} - y_{ic})^2",
        _square_terms,
        lambda network: Term(
            r"\tfrac{2}{B\,C}", rf"\tfrac{{2}}{{{network.batch} \cdot {network.sizes[-1]}}}"
        ),
        lambda network: Term(r"\tfrac{2}{C}", rf"\tfrac{{2}}{{{network.sizes[-1]}}}"),
        "",
        "Each output is compared with its target, and the squares are averaged over samples and "
        "outputs.",
    ),
}


@dataclass(frozen=True)
class Squash:
    """What a loss contains: its name, formula and code."""

    name: str
    formula: str
    sentence: str
    source: Code


SQUASHES: Final[Mapping[type[Loss], Squash]] = {
    SoftmaxCrossEntropy: Squash(
        "softmax",
        r"\mathrm{softmax}\left($z\right)",
        "Exponentials make all numbers positive, and dividing by their sum makes each row a "
        "distribution over the classes.",
        SoftmaxCrossEntropy.probabilities,
    ),
    BinaryCrossEntropy: Squash(
        "sigmoid",
        r"\sigma\left($z\right)",
        "The sigmoid turns each number into the probability of class 1.",
        Sigmoid.f,
    ),
}
