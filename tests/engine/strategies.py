"""Networks of any shape with their data, drawn by Hypothesis: what the property tests share."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine import (
    ACTIVATIONS,
    ELU,
    LOSSES,
    Dense,
    Dropout,
    Layer,
    LeakyReLU,
    Loss,
    MeanSquaredError,
    Sequential,
    Sigmoid,
    Softmax,
)

from .reference.cases import Network

# Zero is among them, and with a bias of zero it puts units right at their kink.
INPUTS = st.floats(-2.0, 2.0)
# Not zero: a run whose loss starts at next to nothing has "diverged" with the first dropout mask.
VALUES = st.one_of(st.floats(0.5, 2.0), st.floats(-2.0, -0.5))
# Outputs, by what a loss folds in.
FOLDED: dict[type[Layer] | None, tuple[int, int]] = {Softmax: (2, 4), Sigmoid: (1, 1), None: (1, 4)}
INITIALIZERS = ("lecun", "glorot", "he", "uniform", "orthogonal")


def activations() -> st.SearchStrategy[Layer]:
    """Every registered activation, and other settings of those that have some."""
    return st.one_of(
        st.sampled_from(sorted(ACTIVATIONS)).map(lambda name: ACTIVATIONS[name]()),
        st.floats(0.0, 1.0).map(LeakyReLU),
        st.floats(0.0, 2.0).map(ELU),
    )


@st.composite
def networks(draw: st.DrawFn, dropout: bool = False) -> Network:
    """One to three Dense layers of 1 to 5 units, any activation between, before and after."""
    loss: Loss = LOSSES[draw(st.sampled_from(sorted(LOSSES)))]()
    outputs = draw(st.integers(*FOLDED[loss.folds]))
    sizes = [*draw(st.lists(st.integers(1, 5), min_size=1, max_size=3)), outputs]
    layers: list[Layer] = draw(st.lists(activations(), max_size=1))
    for index, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes)):
        if index:
            layers += draw(st.lists(activations(), min_size=1, max_size=2))
            if dropout:
                layers.append(Dropout(draw(st.sampled_from((0.0, 0.2, 0.5)))))
        init = draw(st.sampled_from(INITIALIZERS))
        bias = draw(st.sampled_from((0.0, 0.1, -0.3)))
        layers.append(Dense(fan_in, fan_out, init=init, bias=bias))
    layers += draw(st.lists(st.one_of(_folded(loss), activations()), max_size=1))
    n = draw(st.integers(1, 6))
    X = draw(hnp.arrays(np.float64, (n, sizes[0]), elements=INPUTS))
    model = Sequential(layers, seed=draw(st.integers(0, 10_000)))
    return Network(model, loss, X, draw(_targets(loss, n, outputs)))


def _folded(loss: Loss) -> st.SearchStrategy[Layer]:
    """The layer that the loss contains, if it contains one."""
    return st.nothing() if loss.folds is None else st.builds(loss.folds)


def _targets(loss: Loss, n: int, outputs: int) -> st.SearchStrategy[npt.NDArray[Any]]:
    if isinstance(loss, MeanSquaredError):
        return hnp.arrays(np.float64, (n, outputs), elements=VALUES)
    return hnp.arrays(np.int64, n, elements=st.integers(0, max(outputs, 2) - 1))
