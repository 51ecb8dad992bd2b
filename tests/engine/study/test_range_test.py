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
from tests.engine.helpers import network, quadrants, spiral, trainer

STEP = Step(epochs=1, drop=0.5)


def classifier(optimizer: Optimizer, **options: Any) -> Trainer:
    X, y = spiral(250, 2)
    layers = [Dense(2, 8), Tanh(), Dense(8, 8), Tanh(), Dense(8, 2)]
    return Trainer(Sequential(layers), SoftmaxCrossEntropy(), optimizer, X, y, **options)


def regression(optimizer: Optimizer, **options: Any) -> Trainer:
    X = np.random.default_rng(0).uniform(-3, 3, (200, 2))
    y = np.sin(X[:, 0]) * X[:, 1] / 2
    model = Sequential([Dense(2, 16), ReLU(), Dense(16, 1)])
    return Trainer(model, MeanSquaredError(), optimizer, X, y, **options)


@pytest.mark.parametrize("make", [classifier, regression])
@pytest.mark.parametrize("kind", [lambda rate: SGD(rate, momentum=0.5), SGD])
@pytest.mark.parametrize("batch", [10, 200])
def test_the_suggestion_trains_and_beyond_the_blow_up_nothing_does(
    make: Any, kind: Any, batch: int
) -> None:
    found = range_test(make(kind(0.1), batch_size=batch))
    assert found.reason is None
    assert found.suggestion is not None
    assert found.blow_up is not None
    good = make(kind(found.suggestion), batch_size=batch)
    good.run_epochs(60 if batch == 10 else 600)
    assert good.train_loss < 0.4 * good.start_loss
    bad = make(kind(3 * found.blow_up), batch_size=batch)
    bad.run_epochs(20)
    assert bad.status == DIVERGED or bad.train_loss > bad.start_loss


def test_the_marks_lie_where_they_are_said_to() -> None:
    run = classifier(Adam(0.1))
    found = range_test(run, 1e-4, 100.0, 80)
    assert found.steepest is not None
    assert found.minimum is not None
    assert found.blow_up is not None
    assert found.suggestion is not None
    assert found.rates.shape == found.losses.shape == found.smoothed.shape
    np.testing.assert_allclose(np.diff(np.log10(found.rates)), 6 / 79)
    assert found.steepest <= found.minimum < found.blow_up <= found.rates[-1]
    assert found.minimum == found.rates[found.smoothed.argmin()]
    assert found.suggestion <= found.blow_up / 4
    middle = math.sqrt(found.steepest * found.minimum / 10)
    assert found.suggestion == pytest.approx(min(middle, found.blow_up / 4), rel=1e-12)
    after = found.losses[found.rates >= found.blow_up]
    assert after[0] > run.start_loss
    assert after[0] > 4 * found.losses[found.rates < found.blow_up].min()


def test_the_losses_are_those_of_a_run_by_hand() -> None:
    run = trainer(optimizer=SGD(0.1, momentum=0.9, decay=0.5), schedule=STEP)
    run.run_steps(5)
    found = range_test(run, 1e-3, 0.1, 6, steps=2)
    other = trainer(optimizer=SGD(0.1, momentum=0.9, decay=0.5), schedule=STEP)
    other.run_steps(5)
    other.set_optimizer(SGD(0.1, momentum=0.9))  # with fresh state; neither decay nor schedule
    other.schedule = None
    for rate, loss in zip(np.geomspace(1e-3, 0.1, 6), found.losses, strict=True):
        other.learning_rate = rate
        other.run_steps(2)
        assert other.train_loss == pytest.approx(loss, rel=1e-12)


def test_the_run_goes_on_as_if_nothing_had_been() -> None:
    X, y = quadrants()
    model = network(dropout=0.2)
    run = Trainer(model, SoftmaxCrossEntropy(), Adam(0.02), X, y, epochs=3)
    run.run_steps(7)
    before = run.model.flat.copy()
    range_test(run, high=1e6)
    np.testing.assert_array_equal(run.model.flat, before)
    assert run.learning_rate == 0.02
    run.run_epochs(9)
    other = Trainer(network(dropout=0.2), SoftmaxCrossEntropy(), Adam(0.02), X, y, epochs=3)
    other.run_epochs(9)
    np.testing.assert_array_equal(run.model.flat, other.model.flat)
    assert run.status == other.status == "finished"
    assert len(range_test(run, count=5, high=1e-2).rates) == 5  # a finished run can be tested too


def test_a_test_that_diverges_keeps_what_it_measured() -> None:
    run = regression(SGD(0.1))
    found = range_test(run, 1e-3, 1e40, 60)
    assert 0 < len(found.losses) < 60
    assert np.isfinite(found.losses).all()
    assert found.blow_up is not None
    assert run.status == "ready"


def test_no_suggestion_without_a_fall() -> None:
    flat = range_test(classifier(SGD(0.1)), 1e-12, 1e-10, 10)
    assert (flat.suggestion, flat.steepest, flat.minimum, flat.blow_up) == (None,) * 4
    assert flat.reason is not None
    assert "did not fall by 1%" in flat.reason
    assert len(flat.rates) == 10
    wild = range_test(regression(SGD(0.1), batch_size=200), 1e30, 1e31, 2)
    assert wild.suggestion is None
    assert wild.blow_up is not None
    assert wild.reason is not None


def test_a_test_that_diverges_at_once() -> None:
    found = range_test(regression(SGD(0.1)), 1e300, 1e301, 3)
    assert found.rates.shape == found.losses.shape == found.smoothed.shape == (0,)
    assert found.blow_up == 1e300
    assert found.reason is not None
    assert "diverged at the lowest rate" in found.reason


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"low": 0.0}, "low must be > 0"),
        ({"low": -1.0}, "low must be > 0"),
        ({"low": 0.1, "high": 0.1}, r"high must be > 0\.1, not 0\.1"),
        ({"high": math.inf}, "high must be finite"),
        ({"count": 1}, "count must be >= 2 and <= 1000, not 1"),
        ({"count": 1001}, "count must be >= 2 and <= 1000"),
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
