"""Replicas: what they start from, answer and keep. Their bits: test_replica_bits.py."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from engine import SGD, Dense, Dropout, MeanSquaredError, ReLU, RMSprop, Sequential, Trainer
from tests.engine.helpers import network, quadrants, trainer


def test_seeds_and_scales_per_replica() -> None:
    model = network(replicas=3, replica_seeds=[4, 5, 6], init_scale=[1.0, 1.0, 2.0])
    np.testing.assert_array_equal(model.flat[0], network(seed=4).flat)
    np.testing.assert_array_equal(model.flat[1], network(seed=5).flat)
    np.testing.assert_array_equal(model.flat[2], network(seed=6, init_scale=2.0).flat)
    alike = network(replicas=2, seed=7)
    np.testing.assert_array_equal(alike.flat[0], alike.flat[1])


def test_answers_have_a_replica_axis() -> None:
    X, _ = quadrants(2000)
    model = network(replicas=3, replica_seeds=[0, 1, 2])
    assert model.forward(X).shape == model.predict_proba(X).shape == (3, 2000, 2)
    assert model.predict(X).shape == (3, 2000)
    assert [output.shape for output in model.activations(X[:4])][:2] == [(3, 4, 6), (3, 4, 6)]
    assert model.parameters()[0].data.shape == (3, 2, 6)
    leading = Sequential([Dropout(0.1), Dense(2, 2)], replicas=3)
    assert leading.activations(X[:4])[0].shape == (3, 4, 2)


def regression(rates: Sequence[float], **options: Any) -> Trainer:
    X = np.random.default_rng(0).uniform(-3, 3, (60, 2))
    y = X[:, 0] * X[:, 1] / 4
    model = Sequential([Dense(2, 6), ReLU(), Dense(6, 1)], replicas=len(rates))
    return Trainer(model, MeanSquaredError(), SGD(rates, momentum=0.5), X, y, 10, **options)


def diverged(run: Trainer) -> list[bool]:
    return [divergence is not None for divergence in run.replica_divergences]


def test_a_replica_that_diverges_is_frozen_and_the_others_go_on() -> None:
    run = regression((0.01, 1000.0, 0.02), l2=0.01)
    run.run_epochs(20)
    assert run.status == "running"
    assert diverged(run) == [False, True, False]
    assert run.divergence is None
    frozen = run.model.flat[1].copy()
    assert np.isfinite(frozen).all()
    first = run.replica_divergences
    run.run_epochs(5)
    np.testing.assert_array_equal(run.model.flat[1], frozen)
    assert run.replica_divergences == first
    assert np.isfinite(run.history.loss).all()
    assert np.isfinite(run.history.gradient).all()


def test_all_diverged_is_diverged_and_can_be_rewound() -> None:
    run = regression((500.0, 1000.0))
    run.run_epochs(20)
    assert run.status == "diverged"
    assert run.divergence is not None
    assert diverged(run) == [True, True]
    assert np.isfinite(run.history.loss).all()
    run.rewind_before_divergence()
    assert (run.status, diverged(run)) == ("ready", [False, False])
    run.learning_rate = [0.01, 0.02]
    run.run_epochs(3)
    assert run.status == "running"
    assert (run.train_loss < run.start_loss).all()


def test_snapshots_hold_which_replicas_are_frozen() -> None:
    run = regression((0.01, 1000.0))
    run.run_epochs(3)
    snapshot = run.snapshot()
    run.run_epochs(2)
    expected = run.model.flat.copy()
    run.reset()
    run.restore(snapshot)
    assert diverged(run) == [False, True]
    run.run_epochs(2)
    np.testing.assert_array_equal(run.model.flat, expected)


def momenta_run() -> Trainer:
    return trainer(network(replicas=3), SGD(0.1, momentum=(0.0, 0.5, 0.9)), checkpoints=0)


def test_momenta_per_replica_on_the_way_back() -> None:
    run = momenta_run()
    run.run_epochs(2)
    run.optimizer.momentum = [0.9, 0.0, 0.3]  # type: ignore[attr-defined]
    run.run_epochs(2)
    expected = run.model.flat.copy()
    run.run_epochs(2)
    run.rewind(4)  # from the start, across the change
    np.testing.assert_array_equal(run.model.flat, expected)
    run.rewind(3)
    run.run_epochs(1)
    np.testing.assert_array_equal(run.model.flat, expected)


def test_settings_must_be_one_per_replica() -> None:
    for optimizer in (SGD(momentum=[0.1, 0.2]), SGD([0.1, 0.2])):
        for replicas, there in ((3, "3 replicas"), (None, "no replicas")):
            with pytest.raises(ValueError, match=rf"SGD \w+ has shape \(2,\).*{there}"):
                trainer(network(replicas=replicas), optimizer)
    run = momenta_run()
    before = run.optimizer.config()
    with pytest.raises(ValueError, match=r"SGD weight_decay has shape \(4,\).*3 replicas"):
        run.optimizer.weight_decay = [0.1] * 4  # type: ignore[attr-defined]
    assert run.optimizer.config() == before
    with pytest.raises(ValueError, match=r"RMSprop momentum has shape \(2,\).*3 replicas"):
        run.set_optimizer(RMSprop(momentum=[0.1, 0.2]))
    assert isinstance(run.optimizer, SGD)
    assert run.step() == 1
