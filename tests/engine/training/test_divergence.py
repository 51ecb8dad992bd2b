"""Divergence as a state: what stops a run, what it keeps, and the way back. Warnings are errors."""

from typing import cast

import numpy as np
import numpy.typing as npt
import pytest

from engine import (
    SGD,
    Adam,
    Dense,
    Divergence,
    Dropout,
    MeanSquaredError,
    ReLU,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    Trainer,
)
from tests.engine.helpers import Floats, quadrants, spiral

DTYPES = [np.float32, np.float64]


def surface(n: int = 200) -> tuple[Floats, Floats]:
    X = np.random.default_rng(0).uniform(-5, 5, (n, 2))
    return X, np.sin(X[:, 0]) * X[:, 1] / 5


def regression(rate: float, dtype: npt.DTypeLike = np.float32, depth: int = 1) -> Trainer:
    hidden = [layer for _ in range(depth) for layer in (Dense(8, 8), ReLU())]
    model = Sequential([Dense(2, 8), ReLU(), *hidden, Dense(8, 1)], dtype=dtype)
    X, y = surface()
    return Trainer(
        model, MeanSquaredError(), SGD(rate), X[:100], y[:100], validation_data=(X[100:], y[100:])
    )


def assert_all_finite(run: Trainer) -> None:
    X = np.random.default_rng(1).uniform(-6, 6, (500, 2))
    assert np.isfinite(run.model.flat).all()
    assert np.isfinite(run.model.forward(X)).all()
    assert np.isfinite(cast(Sequential, run.model).predict(X)).all()
    assert np.isfinite([run.train_loss, run.test_loss, run.smoothed_loss]).all()
    assert np.isfinite(run.layer_gradient_rms()).all()
    for column in ("epoch", "loss", "val_loss", "gradient", "learning_rate"):
        assert np.isfinite(getattr(run.history, column)).all()
    assert np.isnan(run.history.accuracy).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rate", [3.0, 1000.0, 1e30])
@pytest.mark.parametrize("depth", [0, 1, 5])
def test_a_rate_too_high_ends_in_the_state_diverged(
    rate: float, depth: int, dtype: npt.DTypeLike
) -> None:
    run = regression(rate, dtype, depth)
    run.run_epochs(50)
    assert run.status == "diverged"
    divergence = run.divergence
    assert isinstance(divergence, Divergence)
    assert divergence.epoch == run.diverged_epoch == run.epoch
    assert divergence.step == run.steps
    assert "not finite" in divergence.reason or "10,000 times" in divergence.reason
    assert np.isfinite(divergence.loss_before)
    assert_all_finite(run)
    assert run.history.epoch[-1] == run.progress
    if (rate, depth) == (1000.0, 1):  # the climb is in the history
        assert run.history.loss[-1] > 1e4 * run.history.loss[0]
    before = run.model.flat.copy()
    assert run.step() == run.run_steps(5) == run.run_epochs(5) == 0
    np.testing.assert_array_equal(run.model.flat, before)


def test_weights_that_overflow_by_decay_are_caught_though_the_loss_is_finite() -> None:
    # With inputs of zero the weights do not touch the loss: L2 with rate x l2 > 2 blows them up.
    _, y = quadrants()
    model = Sequential([Dense(2, 2)], dtype=np.float32)
    run = Trainer(model, SoftmaxCrossEntropy(), SGD(1.0), np.zeros((len(y), 2)), y, l2=1e5)
    run.run_epochs(30)
    assert run.status == "diverged"
    assert run.divergence is not None
    assert run.divergence.reason.endswith("of layer 1 (Dense 2->2) is not finite")
    assert np.isfinite(model.flat).all()
    assert np.abs(model.flat).max() > 1e30
    assert np.isfinite(run.train_loss)
    assert np.isfinite(run.history.loss).all()


def test_a_classification_that_blows_up_but_stays_finite_is_diverging() -> None:
    X, y = spiral()
    model = Sequential([Dense(2, 16), ReLU(), Dense(16, 16), ReLU(), Dense(16, 3)], seed=1)
    run = Trainer(model, SoftmaxCrossEntropy(), SGD(0.05), X, y)
    run.run_epochs(5)
    assert not run.diverging
    run.learning_rate = 30.0
    run.run_epochs(5)
    assert run.status == "running"
    assert run.diverging
    assert run.smoothed_loss > max(run.start_loss, 4 * run.judge.best[0])
    run.learning_rate = 1e-3
    run.rewind_before_divergence()
    assert not run.diverging
    assert run.learning_rate == 1e-3
    assert run.smoothed_loss <= run.start_loss


@pytest.mark.parametrize(
    ("smoothed", "best", "diverging"),
    [
        (1.1, 0.2, True),  # above the start and above four times the best
        (0.9, 0.2, False),  # not above the start
        (1.1, 0.3, False),  # not above four times the best
    ],
)
def test_the_rule_of_diverging(smoothed: float, best: float, diverging: bool) -> None:
    run = regression(0.01)
    start = run.start_loss
    run.judge.smoothed[:], run.judge.best[:] = smoothed * start, best * start
    assert run.diverging is diverging
    run.restore(run.snapshot())
    assert run.diverging is diverging


@pytest.mark.parametrize("healthy", [0, 10])  # epochs: with none the way back leads to the start
def test_going_back_to_before_the_divergence(healthy: int) -> None:
    run = regression(0.01)
    run.run_epochs(healthy)
    weights = run.model.flat.copy()
    assert not run.diverging
    assert (run.divergence, run.diverged_epoch) == (None, None)
    run.learning_rate = 1000.0
    run.run_epochs(10)
    assert run.status == "diverged"
    run.rewind_before_divergence()
    assert run.status == ("running" if healthy else "ready")
    assert run.divergence is None
    np.testing.assert_array_equal(run.model.flat, weights)
    assert run.epoch == run.history.epoch[-1] == healthy
    run.learning_rate = 0.005
    run.run_epochs(20)
    assert run.status == "running"
    assert run.epoch == healthy + 20
    assert run.train_loss < run.start_loss


def test_a_start_that_is_not_finite_is_diverged_at_once() -> None:
    model = Sequential([Dense(2, 8, init="normal", scale=1e38), Dense(8, 1)], dtype=np.float32)
    X, y = surface()
    run = Trainer(model, MeanSquaredError(), SGD(0.1), X, y)
    assert run.status == "diverged"
    assert run.divergence is not None
    assert "start" in run.divergence.reason
    assert run.step() == 0
    assert np.isfinite(run.history.loss).all()


@pytest.mark.parametrize("rate", [1e3, 1e10])
def test_adaptive_steps_survive_any_rate_without_a_warning(rate: float) -> None:
    X, y = spiral()
    model = Sequential([Dense(2, 8), Tanh(), Dense(8, 3)], dtype=np.float32)
    run = Trainer(model, SoftmaxCrossEntropy(), Adam(rate), X, y)
    run.run_epochs(5)
    assert run.status in ("running", "diverged")
    assert np.isfinite(run.train_loss)
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize("replicas", [None, 2])
def test_a_run_that_starts_at_no_loss_may_still_have_some(replicas: int | None) -> None:
    model = Sequential([Dense(1, 4, bias=0.5), Dropout(0.5), Dense(4, 1)], replicas=replicas)
    model.dense_layers[-1].weight[..., :2, :] = 0.25
    model.dense_layers[-1].weight[..., 2:, :] = -0.25  # without dropout they cancel
    run = Trainer(model, MeanSquaredError(), SGD(1e-3), np.zeros((40, 1)), np.zeros(40), 10)
    assert np.all(run.start_loss == 0.0)
    run.run_epochs(3)
    assert run.status == "running"
    assert np.all(run.epoch_loss > 0.0)
