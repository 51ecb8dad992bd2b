"""All lessons, by the names that their links have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from playground.lessons import (
    batches,
    depth,
    dropout,
    dying,
    edge,
    features,
    linear,
    losses,
    optimizers,
    overfitting,
    rates,
    scaling,
    symmetry,
    vanishing,
    xor,
)
from playground.lessons.lesson import Lesson

LESSONS: Final[Mapping[str, Lesson]] = {
    module.__name__.rpartition(".")[2]: module.LESSON
    for module in (
        *(linear, xor, depth, features, rates, edge, vanishing, scaling, symmetry, dying),
        *(overfitting, dropout, batches, optimizers, losses),
    )
}
