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
    Identity,
    MeanSquaredError,
    ReLU,
    Sequential,
    Softmax,
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

Fate = Callable[[float], bool]


def linear(outputs: int = 1) -> Sequential:
    return Sequential([Dense(2, outputs)], seed=1, dtype=np.float64)


def network(activation: Any = Tanh, outputs: int = 2) -> Sequential:
    layers = [Dense(2, 6), activation(), Dense(6, 5), activation(), Dense(5, outputs)]
    return Sequential(layers, seed=1, dtype=np.float64)


def bisected(low: float, high: float, grows: Fate) -> float:
    """The rate between those that stay and those that grow, to 3 %."""
    while high > 1.03 * low:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if grows(middle) else (middle, high)
    return math.sqrt(low * high)


# ---- the matrix -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "loss", "y"),
    [
        (linear(2), MeanSquaredError(), np.zeros((POINTS, 2))),
        (linear(1), BinaryCrossEntropy(), np.arange(POINTS) % 2),
        (linear(3), SoftmaxCrossEntropy(), np.arange(POINTS) % 3),
        (network(Tanh), MeanSquaredError(), None),
        (network(ReLU), MeanSquaredError(), None),
    ],
)
def test_its_rows_make_the_hessian_where_the_loss_has_no_other_curvature(
    model: Sequential, loss: Loss, y: Array | None
) -> None:
    """That is, on linear models, and where a network fits its targets (None: its own answers)."""
    targets = model.forward(X) if y is None else y
    rows = MiniBatches(model, loss, X, 7, l2=0.3, weight_decay=0.2)
    exact = Curvature(model, loss, X, targets, l2=0.3, weight_decay=0.2)
    v = np.random.default_rng(0).standard_normal(model.n_parameters)
    assert rows.product(v) == pytest.approx(exact.product(v), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)])
def test_with_all_points_in_a_batch_the_sharpness_decides(momentum: float, nesterov: bool) -> None:
    model, loss = linear(2), MeanSquaredError()
    known = critical_learning_rate(
        model, loss, X, np.zeros((POINTS, 2)), momentum=momentum, nesterov=nesterov
    )
    found = MiniBatches(model, loss, X, POINTS).critical_learning_rate(momentum, nesterov)
    assert found == pytest.approx(known, rel=0.06)


# ---- runs of the trainer ----------------------------------------------------------------------

SETTINGS = [
    (20, 0.0, False, {}),
    (5, 0.0, False, {}),
    (1, 0.0, False, {}),
    (7, 0.5, False, {}),
    (5, 0.9, False, {}),
    (1, 0.9, False, {}),
    (5, 0.9, True, {}),
    (5, 0.0, False, {"weight_decay": 3.0}),
    (5, 0.9, False, {"l2": 3.0}),
]


@pytest.mark.parametrize(("batch_size", "momentum", "nesterov", "penalties"), SETTINGS)
def test_on_a_quadratic_it_parts_runs_that_converge_from_runs_that_diverge(
    batch_size: int, momentum: float, nesterov: bool, penalties: dict[str, float]
) -> None:
    y = X @ [[1.0], [-2.0]] + 0.1 * np.random.default_rng(4).standard_normal((POINTS, 1))

    def diverges(rate: float) -> bool:
        optimizer = SGD(rate, momentum, nesterov, penalties.get("weight_decay", 0.0))
        trainer = Trainer(
            linear(),
            MeanSquaredError(),
            optimizer,
            X,
            y,
            batch_size=batch_size,
            seed=0,
            l2=penalties.get("l2", 0.0),
        )
        trainer.run_steps(6000)
        return trainer.status == "diverged"

    batches = MiniBatches(linear(), MeanSquaredError(), X, batch_size, **penalties)
    found = batches.critical_learning_rate(momentum, nesterov)
    assert bisected(found / 4, found * 4, diverges) == pytest.approx(found, rel=0.2)


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
        trainer = Trainer(
            model,
            MeanSquaredError(),
            SGD(rate, momentum, nesterov),
            X,
            targets,
            batch_size=batch_size,
            seed=0,
        )
        trainer.run_steps(3000)
        return bool(trainer.status == "diverged" or trainer.train_loss > 1e-9)

    found = MiniBatches(minimum, MeanSquaredError(), X, batch_size).critical_learning_rate(
        momentum, nesterov
    )
    assert bisected(found / 4, found * 4, leaves) == pytest.approx(found, rel=0.2)


# ---- how it searches --------------------------------------------------------------------------


@pytest.mark.parametrize("off", [0.2, 0.8, 1.0, 1.3, 50.0])
def test_from_wherever_the_search_starts_it_finds_the_same(off: float) -> None:
    batches = MiniBatches(network(), MeanSquaredError(), X, 5)
    found = batches.critical_learning_rate(0.5)
    assert batches.critical_learning_rate(0.5, near=off * found) == found


def test_it_finds_rates_of_any_size() -> None:
    """Inputs that dwarf the bias: a thousand times larger ones bear a millionth of the rate."""
    large, larger = (
        MiniBatches(linear(), MeanSquaredError(), scale * X, 5).critical_learning_rate(0.5)
        for scale in (1e3, 1e6)
    )
    assert larger == pytest.approx(large / 1e6, rel=0.1)


def test_the_network_stays_as_it_is() -> None:
    model = network()
    before = model.flat.tobytes(), model.flat_grad.tobytes()
    MiniBatches(model, MeanSquaredError(), X, 5).critical_learning_rate(0.9)
    assert (model.flat.tobytes(), model.flat_grad.tobytes()) == before


def test_where_nothing_curves_there_is_no_limit() -> None:
    sure = linear()
    sure.flat[...] = [1e6, 0.0, 1e9]
    assert MiniBatches(sure, BinaryCrossEntropy(), X, 5).critical_learning_rate() == math.inf


def test_a_network_that_is_not_finite_has_none() -> None:
    model = network()
    model.flat[0] = np.inf
    assert math.isnan(MiniBatches(model, MeanSquaredError(), X, 5).critical_learning_rate())


@pytest.mark.parametrize(
    ("model", "loss", "batch_size", "message"),
    [
        (Sequential([Dense(2, 1)], replicas=2), MeanSquaredError(), 5, "single network"),
        (Sequential([Dense(2, 2), Softmax(), Identity()]), MeanSquaredError(), 5, "Softmax"),
        (linear(), MeanSquaredError(), 0, "batch_size"),
        (linear(), MeanSquaredError(), POINTS + 1, "batch_size"),
    ],
)
def test_what_it_cannot_do_it_says(
    model: Sequential, loss: Loss, batch_size: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        MiniBatches(model, loss, X, batch_size)


def test_a_momentum_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="momentum"):
        MiniBatches(linear(), MeanSquaredError(), X, 5).critical_learning_rate(1.0)
