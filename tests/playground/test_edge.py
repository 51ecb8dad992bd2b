"""The edge of stability: on a quadratic it parts two fates exactly, on a network it is reached."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.study.curvature import Curvature
from playground.learning_rate.edge import EdgeRun, quadratic
from playground.runs.experiment import Experiment
from playground.settings.config import OPTIMIZER_LABELS, Config

QUADRATIC = Config(dataset="plane", samples=60, layers=(), epochs=20_000, learning_rate=0.05)
NETWORK = Config(samples=60, layers=(6,), epochs=200, batch_size=60, learning_rate=0.2)


def dense_hessian(config: Config) -> Any:
    """The Hessian (P, P) of a linear regression's mean squared error: 2 [X 1]ᵀ [X 1] / N."""
    experiment = Experiment(config)
    X = experiment.features.transform(experiment.dataset.X_train)
    table = np.column_stack([X, np.ones(len(X))])
    return 2 * table.T @ table / len(table)


def critical(config: Config) -> float:
    return float(2 / np.linalg.eigvalsh(dense_hessian(config))[-1])


# ---- a quadratic loss -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "answer"),
    [
        (QUADRATIC, True),
        (Config(layers=(), loss="mse"), True),
        (Config(layers=()), False),
        (Config(dataset="plane", layers=(1,), activation="identity"), False),
        (NETWORK, False),
        (replace(QUADRATIC, l1=0.01), False),
    ],
)
def test_which_losses_are_quadratic(config: Config, answer: bool) -> None:
    assert quadratic(config) is answer


def test_the_sharpness_of_a_quadratic_is_constant_and_the_dense_eigenvalue() -> None:
    run = EdgeRun(QUADRATIC, dtype=np.float64)
    expected = np.linalg.eigvalsh(dense_hessian(QUADRATIC))[-1]
    for _ in range(50):
        assert run.sharpness == pytest.approx(expected, rel=1e-3)
        assert run.limit == pytest.approx(2 / 0.05)
        assert run.run_epochs(1) == 1
    assert run.critical_rate == pytest.approx(critical(QUADRATIC), rel=1e-3)
    assert run.ratio == pytest.approx(0.05 / critical(QUADRATIC), rel=1e-3)


@pytest.mark.parametrize(
    ("momentum", "nesterov", "bound"),
    [(0.0, False, 2.0), (0.9, False, 2 * 1.9), (0.9, True, 2 * 1.9 / 2.8)],
)
@pytest.mark.parametrize("share", [0.99, 1.01])
def test_a_quadratic_diverges_exactly_above_the_limit(
    momentum: float, nesterov: bool, bound: float, share: float
) -> None:
    rate = share * bound / 2 * critical(QUADRATIC)
    config = replace(QUADRATIC, learning_rate=rate, momentum=momentum, nesterov=nesterov)
    run = EdgeRun(config, dtype=np.float64)
    assert run.limit == pytest.approx(bound / rate)
    assert run.ratio == pytest.approx(share, rel=1e-3)
    start = run.loss
    run.run_epochs(20_000)
    assert run.status == ("finished" if share < 1 else "diverged")
    assert run.loss < 0.01 * start or share > 1


def test_weight_decay_and_the_penalty_are_part_of_the_hessian() -> None:
    values = np.linalg.eigvalsh(dense_hessian(QUADRATIC))
    decayed = EdgeRun(replace(QUADRATIC, weight_decay=3.0), dtype=np.float64)
    assert decayed.sharpness == pytest.approx(values[-1] + 3, rel=1e-3)
    ridge = np.diag([3.0, 3.0, 0.0])  # the bias is not penalised
    penalised = EdgeRun(replace(QUADRATIC, l2=3.0), dtype=np.float64)
    expected = np.linalg.eigvalsh(dense_hessian(QUADRATIC) + ridge)[-1]
    assert penalised.sharpness == pytest.approx(expected, rel=1e-3)


# ---- a network --------------------------------------------------------------------------------


def test_a_step_takes_all_points_and_says_so() -> None:
    small = replace(NETWORK, batch_size=7)
    run, same = EdgeRun(small), EdgeRun(NETWORK)
    for each in (run, same):
        assert each.run_epochs(5) == 5
        assert each.experiment.trainer.steps == 5
    np.testing.assert_array_equal(run.experiment.model.flat, same.experiment.model.flat)
    points = len(run.experiment.dataset.X_train)
    assert f"all {points} training points instead of 7" in run.note
    assert same.note == ""


def test_the_limit_follows_schedule_and_warm_up() -> None:
    config = replace(NETWORK, schedule="step", schedule_epochs=5, schedule_factor=0.5, warmup=10)
    run = EdgeRun(config)
    assert run.limit == pytest.approx(2 / (0.2 * 0.01))
    run.run_epochs(10)
    assert run.limit == pytest.approx(2 / 0.2)
    run.run_epochs(5)
    assert run.limit == pytest.approx(2 / 0.1)
    assert run.learning_rate == pytest.approx(0.1)
    still = EdgeRun(replace(NETWORK, schedule="cosine", schedule_epochs=10, epochs=10))
    assert still.run_epochs(50) == 10
    assert (still.status, still.epoch, still.learning_rate) == ("finished", 10, 0)
    assert (still.limit, still.ratio) == (math.inf, 0)
    assert "= infinity: below the edge" in still.sentence


@pytest.mark.parametrize("name", [name for name in OPTIMIZER_LABELS if name != "sgd"])
def test_adaptive_optimizers_have_no_line(name: str) -> None:
    run = EdgeRun(replace(NETWORK, optimizer=name, weight_decay=1.0))
    assert "preconditioned Hessian" in run.sentence
    assert np.isnan([run.limit, run.ratio, run.critical_rate]).all()
    # Their decay is not the gradient's; the sharpness is the loss's own.
    assert run.sharpness == pytest.approx(EdgeRun(NETWORK).sharpness, rel=2e-3)


def test_a_diverged_run_keeps_its_last_finite_numbers() -> None:
    config = replace(NETWORK, dataset="multi-gauss", activation="relu", learning_rate=50.0)
    run = EdgeRun(config)
    run.run_epochs(100)
    assert run.status == "diverged"
    assert run.epoch < 100
    assert math.isfinite(run.sharpness)
    assert math.isfinite(run.loss)
    assert run.run_epochs(10) == 0
    run = EdgeRun(NETWORK)
    before = run.sharpness
    run.experiment.trainer.run_epochs(1)
    run.experiment.model.flat[...] = np.nan
    assert run.sharpness == before


# ---- going on and back ------------------------------------------------------------------------


def test_sharpness_is_computed_once_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    run = EdgeRun(NETWORK)
    calls: list[int] = []
    refresh = Curvature.refresh

    def counted(self: Curvature) -> None:
        calls.append(1)
        refresh(self)

    monkeypatch.setattr(Curvature, "refresh", counted)
    assert run.sharpness == run.sharpness
    assert len(calls) == 1
    run.experiment.trainer.run_epochs(1)
    assert run.sharpness == run.sharpness
    assert len(calls) == 2


def test_a_snapshot_brings_the_run_back() -> None:
    run = EdgeRun(NETWORK)
    run.run_epochs(10)
    sharpness, moment = run.sharpness, run.snapshot()
    run.run_epochs(10)
    assert run.sharpness != sharpness
    run.restore(moment)
    assert (run.epoch, run.sharpness) == (10, sharpness)


def test_the_rate_may_change_while_the_run_goes_on() -> None:
    run = EdgeRun(replace(NETWORK, batch_size=7))
    run.run_epochs(5)
    sharpness = run.sharpness
    faster = replace(NETWORK, batch_size=7, learning_rate=0.4)
    assert run.can_apply(faster)
    run.apply(faster)
    assert run.limit == pytest.approx(5)
    assert run.sharpness == pytest.approx(sharpness, rel=2e-3)
    assert run.experiment.trainer.batch_size == len(run.experiment.dataset.X_train)
    run.apply(replace(faster, weight_decay=2.0))
    assert run.sharpness == pytest.approx(sharpness + 2, rel=2e-3)
    assert not run.can_apply(replace(faster, layers=(3,)))
    with pytest.raises(ValueError, match="needs a new experiment"):
        run.apply(replace(faster, layers=(3,)))
