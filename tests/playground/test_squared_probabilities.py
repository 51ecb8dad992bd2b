"""Squared error after softmax or sigmoid: a choice of classes that every view trains and names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine import range_test
from playground.gradient_flow.comparison import Comparison
from playground.gradient_flow.settings import GradientFlowSettings
from playground.learning_rate.edge import EdgeRun, quadratic
from playground.learning_rate.landscape import slice_
from playground.learning_rate.landscape_path import Recorder
from playground.learning_rate.landscape_plane import PLANES
from playground.learning_rate.map_workers import FileFlag, train_row
from playground.learning_rate.race import RACES, Race
from playground.learning_rate.settings import RateSettings
from playground.runs.experiment import Experiment
from playground.runs.stability import curvature, minibatches
from playground.settings.config import Config

LABELS = {
    "softmax_mse": "squared error after softmax",
    "sigmoid_mse": "squared error after sigmoid",
}


@pytest.fixture(params=LABELS)
def config(request: pytest.FixtureRequest) -> Config:
    return Config(
        dataset="moons", samples=80, layers=(6,), loss=request.param, epochs=30, learning_rate=1.0
    )


@pytest.mark.parametrize("dataset", ["moons", "circles"])
def test_it_learns_what_two_classes_ask(config: Config, dataset: str) -> None:
    run = Experiment(replace(config, dataset=dataset, noise=5.0, epochs=400))
    assert run.columns()[-1]["note"] == run.loss_label == LABELS[config.loss]
    assert run.units[-1] == (1 if config.loss == "sigmoid_mse" else 2)
    assert 0.0 < run.trainer.train_loss < 1.0
    run.trainer.run_epochs(400)
    assert run.trainer.train_accuracy > 0.95
    answers = run.answers(9)
    np.testing.assert_allclose(answers.sum(axis=1), 1.0, atol=1e-5)


def test_only_its_own_links_name_it(config: Config) -> None:
    assert config.to_query()["loss"] == config.loss
    assert "loss" not in replace(config, loss="auto").to_query()
    read, _, notices = Config.from_query(config.to_query())
    assert (read, notices) == (config, [])
    assert config.fitting({"dataset": "plane"})["loss"] == "auto"


def test_its_critical_rate_is_where_descent_stops_settling(config: Config) -> None:
    run = EdgeRun(replace(config, learning_rate=0.5))
    assert not quadratic(run.experiment.config)
    run.run_epochs(30)
    exact = curvature(run.experiment).eigenpairs(1, tolerance=1e-6)[0][0]
    assert run.sharpness == pytest.approx(exact, rel=2e-3)
    batches = minibatches(run.experiment)
    assert batches is not None
    assert batches.critical_learning_rate() > 0.0


def test_every_view_of_the_learning_rate_trains_it(config: Config) -> None:
    settings = RateSettings(race_count=3)
    race = Race(config, "rates", RACES["rates"].entries(config, settings))
    race.run_epochs(5)
    assert np.isfinite(race.losses).any()
    found = range_test(Experiment(config).trainer, 1e-4, 10.0, 20, 2)
    assert np.isfinite(found.losses).all()
    recorder = Recorder(config)
    while recorder.run_steps(1000):
        pass
    path = recorder.trajectory
    assert slice_(path, PLANES["hessian"](path, 0), 5).losses.shape == (5, 5)
    row = train_row(0, config, (0.1, 1.0), FileFlag("never there"))
    assert row is not None
    assert row.losses[1] < row.losses[0] < 1.0


def test_gradient_flow_starts_from_its_gradients(config: Config) -> None:
    settings = GradientFlowSettings(flow_depth=2, flow_width=4)
    squared, usual = (
        Comparison(replace(config, loss=loss), settings) for loss in (config.loss, "auto")
    )
    assert (squared.start_losses < usual.start_losses).all()
    squared.run_epochs(3)
    assert np.isfinite(squared.losses).all()
