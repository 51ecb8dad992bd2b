"""How each loss is written: its value in symbols and with numbers, and what it does to the logits.

B batch, C outputs; predictions p and targets y are (B, C).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from engine import (
    BinaryCrossEntropy,
    Loss,
    MeanSquaredError,
    SigmoidSquaredError,
    SoftmaxCrossEntropy,
    SoftmaxSquaredError,
)
from engine.core.activations import Sigmoid
from engine.core.validation import Array
from playground.backprop import derivation
from playground.backprop.latex import number, signed
from playground.backprop.network import Network
from playground.backprop.rules import Rule
from playground.backprop.step import Code, NamedArray, Step, Term
from playground.backprop.words import steps as words


@dataclass(frozen=True)
class Squash:
    """What a loss makes of the logits: its name, formula, sentence and code."""

    name: str
    formula: str
    sentence: str
    source: Code


@dataclass(frozen=True)
class LossWords:
    """How a loss is written: its value in symbols, and its ``terms`` with numbers, behind a sign.

    ``factors`` are those of its gradient, with the mean over the batch and without; ``derive``
    gives the steps that derive it. Where the gradient at the probabilities does not come out as
    p - y, that one is taken first, and ``through`` leads from it, dp, to the logits.
    """

    value: str
    sign: str
    terms: Callable[[Array, Array], list[str]]
    sentence: str
    factors: Callable[[Network], Mapping[str, Term]]
    derive: Callable[[NamedArray, NamedArray, bool], list[Step]]
    squash: Squash | None = None
    through: Rule | None = None


def _log_terms(p: Array, y: Array) -> list[str]:
    """ln of the probability that each row gives to what is right."""
    right = np.where(y > 0.0, p, 1.0 - p) if p.shape[1] == 1 else np.where(y > 0.0, p, 0.0)
    return [rf"\ln {number(float(value))}" for value in right.sum(axis=1)]


def _square_terms(z: Array, y: Array) -> list[str]:
    return [f"{signed(float(d))}^2" for d in (z - y).ravel()]


def _over_samples(network: Network) -> Mapping[str, Term]:
    B = network.batch
    return {
        "mean": Term(r"\tfrac{1}{B}", rf"\tfrac{{1}}{{{B}}}", 1.0 / B),
        "summed": Term("", "", 1.0),
    }


def _over_numbers(network: Network) -> Mapping[str, Term]:
    B, C = network.batch, network.sizes[-1]
    return {
        "mean": Term(r"\tfrac{2}{B\,C}", rf"\tfrac{{2}}{{{B} \cdot {C}}}", 2.0 / C / B),
        "summed": Term(r"\tfrac{2}{C}", rf"\tfrac{{2}}{{{C}}}", 2.0 / C),
    }


_SOFTMAX: Final = Squash(
    words.SOFTMAX[0],
    r"\mathrm{softmax}\left($z\right)",
    words.SOFTMAX[1],
    SoftmaxCrossEntropy.probabilities,
)
_SIGMOID: Final = Squash(
    words.SIGMOID[0],
    r"\sigma\left($z\right)",
    words.SIGMOID[1],
    Sigmoid.f,
)

WORDS: Final[Mapping[type[Loss], LossWords]] = {
    SoftmaxCrossEntropy: LossWords(
        r"-\frac{1}{B} \sum_i \ln p_{i, y_i}",
        "-",
        _log_terms,
        words.CROSS_ENTROPY,
        _over_samples,
        derivation.cross_entropy,
        _SOFTMAX,
    ),
    BinaryCrossEntropy: LossWords(
        r"-\frac{1}{B} \sum_i \left(y_i \ln p_i + (1 - y_i) \ln(1 - p_i)\right)",
        "-",
        _log_terms,
        words.BINARY_CROSS_ENTROPY,
        _over_samples,
        derivation.binary_cross_entropy,
        _SIGMOID,
    ),
    MeanSquaredError: LossWords(
        r"\frac{1}{B\,C} \sum_{i,c} (z_{ic} - y_{ic})^2",
        "",
        _square_terms,
        words.SQUARED_ERROR,
        _over_numbers,
        derivation.squared_error,
    ),
    SoftmaxSquaredError: LossWords(
        r"\frac{1}{B\,C} \sum_{i,c} (p_{ic} - y_{ic})^2",
        "",
        _square_terms,
        words.SOFTMAX_MSE,
        _over_numbers,
        derivation.softmax_squared_error,
        _SOFTMAX,
        Rule(
            lambda dp, p: p * (dp - (dp * p).sum(axis=1, keepdims=True)),
            r"$p \odot \left($dp - \left($dp \odot $p\right) \mathbf{1} \mathbf{1}^{\top}\right)",
            words.THROUGH_SOFTMAX,
        ),
    ),
    SigmoidSquaredError: LossWords(
        r"\frac{1}{B} \sum_i (p_i - y_i)^2",
        "",
        _square_terms,
        words.SIGMOID_MSE,
        _over_numbers,
        derivation.sigmoid_squared_error,
        _SIGMOID,
        Rule(
            lambda dp, p: dp * p * (1.0 - p),
            r"$dp \odot $p \odot \left(1 - $p\right)",
            words.THROUGH_SIGMOID,
        ),
    ),
}
