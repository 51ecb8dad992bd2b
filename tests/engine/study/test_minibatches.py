"""The critical rate in mini-batches, against curvature, runs of the trainer, and itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import (
    SGD,
    BinaryCrossEntropy,
    Curvature,
    Dense,
    MeanSquaredError,
    ReLU,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    Trainer,
    critical_learning_rate,
)
from engine.core.losses import Loss
from engine.core.validation import Array
from engine.study.minibatches import MiniBatches

POINTS = 60
X = np.random.default_rng(3).standard_normal((POINTS, 2))
SQUARE = MeanSquaredError()


def linear(outputs: int = 1) -> Sequential:
    return Sequential([Dense(2, outputs)], seed=1, dtype=np.float64)


def network(activation: Any = Tanh, outputs: int = 2) -> Sequential:
    layers = [Dense(2, 6), activation(), Dense(6, 5), activation(), Dense(5, outputs)]
    return Sequential(layers, seed=1, dtype=np.float64)


def batches(model: Sequential, batch_size: int, **penalties: float) -> MiniBatches:
    """Of the squared error, which curves alike whatever the targets."""
    targets = np.zeros((len(X), model.n_outputs))
    return MiniBatches(Curvature(model, SQUARE, X, targets, **penalties), batch_size)


def bisected(middle: float, grows: Callable[[float], bool]) -> float:
    """The rate between those that stay and those that grow, to 3 %, if it is not far."""
    low, high = middle / 4, middle * 4
    while high > 1.03 * low:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if grows(middle) else (middle, high)
    return math.sqrt(low * high)


# ---- the matrix -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "loss", "y"),
    [
        (linear(2), SQUARE, np.zeros((POINTS, 2))),
        (linear(1), BinaryCrossEntropy(), np.arange(POINTS) % 2),
        (linear(3), SoftmaxCrossEntropy(), np.arange(POINTS) % 3),
        (network(Tanh), SQUARE, None),
        (network(ReLU), SQUARE, None),
    ],
)
def test_its_rows_make_the_hessian_where_the_loss_has_no_other_curvature(
    model: Sequential, loss: Loss, y: Array | None
) -> None:
    """That is, on linear models, and where a network fits its targets (None: its own answers)."""
    targets = model.forward(X) if y is None else y
    curvature = Curvature(model, loss, X, targets, l2=0.3, weight_decay=0.2)
    v = np.random.default_rng(0).standard_normal(model.n_parameters)
    found = MiniBatches(curvature, 7).product(v)
    assert found == pytest.approx(curvature.product(v), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)])
def test_with_all_points_in_a_batch_the_sharpness_decides(momentum: float, nesterov: bool) -> None:
    options: dict[str, Any] = {"momentum": momentum, "nesterov": nesterov}
    known = critical_learning_rate(linear(2), SQUARE, X, np.zeros((POINTS, 2)), **options)
    found = batches(linear(2), POINTS).critical_learning_rate(**options)
    assert found == pytest.approx(known, rel=0.06)


# ---- runs of the trainer ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("batch_size", "momentum", "nesterov", "penalties"),
    [
        *((5, 0.0, False, {}), (1, 0.0, False, {}), (7, 0.5, False, {})),
        *((1, 0.9, False, {}), (5, 0.9, True, {})),
        *((5, 0.0, False, {"weight_decay": 3.0}), (5, 0.9, False, {"l2": 3.0})),
    ],
)
def test_on_a_quadratic_it_parts_runs_that_converge_from_runs_that_diverge(
    batch_size: int, momentum: float, nesterov: bool, penalties: dict[str, float]
) -> None:
    y = X @ [[1.0], [-2.0]] + 0.1 * np.random.default_rng(4).standard_normal((POINTS, 1))
    l2, decay = penalties.get("l2", 0.0), penalties.get("weight_decay", 0.0)

    def diverges(rate: float) -> bool:
        optimizer = SGD(rate, momentum, nesterov, decay)
        trainer = Trainer(linear(), SQUARE, optimizer, X, y, batch_size, l2=l2)
        trainer.run_steps(6000)
        return trainer.status == "diverged"

    found = batches(linear(), batch_size, **penalties).critical_learning_rate(momentum, nesterov)
    assert bisected(found, diverges) == pytest.approx(found, rel=0.2)


@pytest.mark.parametrize("activation", [Tanh, ReLU])
@pytest.mark.parametrize(
    ("batch_size", "momentum", "nesterov"), [(1, 0.0, False), (6, 0.9, False), (6, 0.9, True)]
)
def test_it_is_the_rate_at_which_sgd_leaves_a_minimum_that_fits_all_points(
    activation: Any, batch_size: int, momentum: float, nesterov: bool
) -> None:
    minimum = network(activation)
    targets = minimum.forward(X)

    def leaves(rate: float) -> bool:
        model = network(activation)
        model.flat[...] += 1e-6 * np.random.default_rng(0).standard_normal(model.flat.shape)
        optimizer = SGD(rate, momentum, nesterov)
        trainer = Trainer(model, SQUARE, optimizer, X, targets, batch_size)
        trainer.run_steps(3000)
        return bool(trainer.status == "diverged" or trainer.train_loss > 1e-9)

    found = batches(minimum, batch_size).critical_learning_rate(momentum, nesterov)
    assert bisected(found, leaves) == pytest.approx(found, rel=0.2)


# ---- how it searches --------------------------------------------------------------------------


@pytest.mark.parametrize("off", [0.2, 0.8, 1.3, 50.0])
def test_from_wherever_the_search_starts_it_finds_the_same(off: float) -> None:
    given = batches(network(), 5)
    found = given.critical_learning_rate(0.5)
    assert given.critical_learning_rate(0.5, near=off * found) == found


def test_it_finds_rates_of_any_size() -> None:
    """Inputs that dwarf the bias: a thousand times larger ones bear a millionth of the rate."""
    large, larger = (
        MiniBatches(Curvature(linear(), SQUARE, scale * X, X[:, 0]), 5).critical_learning_rate(0.5)
        for scale in (1e3, 1e6)
    )
    assert larger == pytest.approx(large / 1e6, rel=0.1)


def test_where_nothing_curves_there_is_no_limit() -> None:
    sure = linear()
    sure.flat[...] = [1e6, 0.0, 1e9]
    flat = Curvature(sure, BinaryCrossEntropy(), X, np.ones(POINTS))
    assert MiniBatches(flat, 5).critical_learning_rate() == math.inf


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_a_network_that_is_not_finite_has_none(bad: float) -> None:
    model = network()
    model.flat[0] = bad
    assert math.isnan(batches(model, 5).critical_learning_rate())


@pytest.mark.parametrize("batch_size", [0, POINTS + 1])
def test_what_cannot_be_is_refused(batch_size: int) -> None:
    with pytest.raises(ValueError, match="batch_size"):
        batches(linear(), batch_size)
    with pytest.raises(ValueError, match="momentum"):
        batches(linear(), 5).critical_learning_rate(1.0)
