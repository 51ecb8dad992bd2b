"""The range test: its curve, its marks, and that the rate it suggests really trains."""

import math
from typing import Any

import numpy as np
import pytest

from engine import (
    SGD,
    Adam,
    Dense,
    MeanSquaredError,
    Optimizer,
    ReLU,
    Sequential,
    SoftmaxCrossEntropy,
    Step,
    Tanh,
    Trainer,
    range_test,
)
from engine.training.status import DIVERGED
from tests.engine.helpers import network, spiral, trainer


def classifier(optimizer: Optimizer, batch_size: int = 10) -> Trainer:
    layers = [Dense(2, 8), Tanh(), Dense(8, 8), Tanh(), Dense(8, 2)]
    data = spiral(250, 2)
    return Trainer(Sequential(layers), SoftmaxCrossEntropy(), optimizer, *data, batch_size)


def regression(optimizer: Optimizer, batch_size: int = 10) -> Trainer:
    X = np.random.default_rng(0).uniform(-3, 3, (200, 2))
    y = np.sin(X[:, 0]) * X[:, 1] / 2
    model = Sequential([Dense(2, 16), ReLU(), Dense(16, 1)])
    return Trainer(model, MeanSquaredError(), optimizer, X, y, batch_size)


@pytest.mark.parametrize("make", [classifier, regression])
@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("batch", [10, 200])
def test_the_suggestion_trains_and_beyond_the_blow_up_nothing_does(
    make: Any, momentum: float, batch: int
) -> None:
    found = range_test(make(SGD(0.1, momentum), batch))
    assert found.reason is None
    assert found.suggestion is not None
    assert found.blow_up is not None
    good = make(SGD(found.suggestion, momentum), batch)
    good.run_epochs(60 if batch == 10 else 600)
    assert good.train_loss < 0.4 * good.start_loss
    bad = make(SGD(3 * found.blow_up, momentum), batch)
    bad.run_epochs(20)
    assert bad.status == DIVERGED or bad.train_loss > bad.start_loss


def test_the_marks_lie_where_they_are_said_to() -> None:
    run = classifier(Adam(0.1))
    found = range_test(run, 1e-4, 100.0, 80)
    assert found.steepest is not None
    assert found.minimum is not None
    assert found.blow_up is not None
    assert found.rates.shape == found.losses.shape == found.smoothed.shape
    np.testing.assert_allclose(np.diff(np.log10(found.rates)), 6 / 79)
    assert found.steepest <= found.minimum < found.blow_up <= found.rates[-1]
    assert found.minimum == found.rates[found.smoothed.argmin()]
    middle = math.sqrt(found.steepest * found.minimum / 10)
    assert found.suggestion == pytest.approx(min(middle, found.blow_up / 4), rel=1e-12)
    after = found.losses[found.rates > found.minimum]
    best = np.minimum.accumulate(found.losses)[found.rates >= found.minimum]
    too_high = after > np.maximum(run.start_loss, 4 * best[:-1])
    assert found.blow_up == found.rates[found.rates > found.minimum][too_high.argmax()]


def test_the_losses_are_those_of_a_run_by_hand() -> None:
    step = Step(epochs=1, drop=0.5)
    run = trainer(optimizer=SGD(0.1, momentum=0.9, decay=0.5), schedule=step)
    run.run_steps(5)
    found = range_test(run, 1e-3, 0.1, 6, steps=2)
    other = trainer(optimizer=SGD(0.1, momentum=0.9, decay=0.5), schedule=step)
    other.run_steps(5)
    other.set_optimizer(SGD(0.1, momentum=0.9))  # with fresh state; neither decay nor schedule
    other.schedule = None
    for rate, loss in zip(np.geomspace(1e-3, 0.1, 6), found.losses, strict=True):
        other.learning_rate = rate
        other.run_steps(2)
        assert other.train_loss == pytest.approx(loss, rel=1e-12)


def test_the_run_goes_on_as_if_nothing_had_been() -> None:
    run, other = (trainer(network(dropout=0.2), Adam(0.02), epochs=3) for _ in range(2))
    run.run_steps(7)
    range_test(run, high=1e6)
    assert run.learning_rate == 0.02
    for each in (run, other):
        each.run_epochs(9)
    np.testing.assert_array_equal(run.model.flat, other.model.flat)
    assert run.status == other.status == "finished"
    assert len(range_test(run, count=5, high=1e-2).rates) == 5  # a finished run can be tested too


@pytest.mark.parametrize(
    ("low", "high", "measured", "reason"),
    [
        (1e-3, 1e40, range(1, 60), None),
        (1e-12, 1e-10, (60,), "did not fall by 1%"),
        (1e30, 1e31, (1,), "did not fall by 1%"),
        (1e300, 1e301, (0,), "diverged at the lowest rate"),
    ],
)
def test_a_test_that_diverges_or_stays_keeps_what_it_measured(
    low: float, high: float, measured: tuple[int, ...], reason: str | None
) -> None:
    run = regression(SGD(0.1), 200 if low == 1e30 else 10)
    found = range_test(run, low, high, 60)
    assert found.rates.shape == found.losses.shape == found.smoothed.shape
    assert len(found.losses) in measured
    assert np.isfinite(found.losses).all()
    assert (found.blow_up is None) == (low == 1e-12)
    assert run.status == "ready"
    if reason is not None:
        assert found.suggestion is found.steepest is found.minimum is None
        assert reason in str(found.reason)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"low": 0.0}, "low must be > 0"),
        ({"low": 0.1, "high": 0.1}, r"high must be > 0\.1, not 0\.1"),
        ({"count": 1}, "count must be >= 2 and <= 1000, not 1"),
        ({"steps": 0}, "steps must be >= 1"),
        ({"steps": 1.5}, "steps must be a whole number"),
    ],
)
def test_bad_arguments_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        range_test(trainer(), **options)


def test_replicas_and_diverged_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="without replicas, this one has 2"):
        range_test(trainer(network(replicas=2)))
    run = regression(SGD(1e30))
    run.run_epochs(1)
    with pytest.raises(ValueError, match="the run has diverged"):
        range_test(run)
