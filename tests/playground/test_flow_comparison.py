"""A comparison trains as the Playground does, looks without touching, and goes back bit for bit."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from playground.gradient_flow.comparison import PROBE_SAMPLES, Comparison
from playground.gradient_flow.settings import GradientFlowSettings
from playground.gradient_flow.statistics import LayerStatistics
from playground.runs.experiment import Experiment
from playground.settings.config import Config

CONFIG = Config(samples=100, batch_size=20, epochs=50)
SETTINGS = GradientFlowSettings(
    flow_depth=3,
    flow_width=8,
    flow_rates=(0.03, 0.1, 0.1),
    flow_clips=(0.0, 0.0, 0.5),
)
BURSTING = replace(
    SETTINGS,
    flow_activations=("relu", "relu"),
    flow_inits=("normal", "he"),
    flow_scales=(10.0, 1.0),
    flow_rates=(0.5, 0.02),
    flow_clips=(0.0, 0.0),
)


def _same(a: LayerStatistics, b: LayerStatistics) -> None:
    for each in fields(LayerStatistics):
        np.testing.assert_array_equal(getattr(a, each.name), getattr(b, each.name))


def test_each_network_is_the_playgrounds_own_run() -> None:
    comparison = Comparison(CONFIG, SETTINGS)
    comparison.run_epochs(4)
    for k, network in enumerate(comparison.networks):
        single = Experiment(
            replace(
                CONFIG,
                layers=(8, 8, 8),
                activation=network.activation,
                init=network.init,
                init_scale=network.scale,
                learning_rate=network.learning_rate,
                clip=network.clip,
            )
        ).trainer
        single.run_epochs(4)
        np.testing.assert_array_equal(comparison.tracks[k].model.flat, single.model.flat)
        assert comparison.losses[k] == single.train_loss
        assert comparison.test_losses[k] == single.test_loss


@pytest.mark.parametrize(
    "config",
    [
        Config(dataset="plane", samples=60, epochs=5),
        Config(dataset="circle", samples=60, epochs=5, loss="binary_cross_entropy"),
        Config(dataset="spiral", samples=60, epochs=5, loss="mse", optimizer="adam", l2=0.01),
        Config(samples=60, epochs=5, features=("x1", "x2", "sin1"), fourier=4),
    ],
)
def test_any_task_loss_and_input_will_do(config: Config) -> None:
    comparison = Comparison(config, SETTINGS)
    start = comparison.losses
    assert comparison.run_epochs(5) == 5
    assert (comparison.status, comparison.statuses) == ("finished", ("finished",) * 3)
    assert np.isfinite(comparison.losses).all()
    assert (comparison.losses != start).all()
    assert comparison.run_epochs(1) == 0
    comparison.extend()
    assert comparison.run_epochs(2) == 2


def test_the_gradient_is_that_of_the_training_loss() -> None:
    config = replace(CONFIG, samples=100, train_share=90)  # 90 points: all are in the probe
    comparison = Comparison(config, SETTINGS)
    comparison.run_epochs(2)
    for track in comparison.tracks:
        assert len(track.dataset.X_train) <= PROBE_SAMPLES
        expected = track.trainer.layer_gradient_rms()[:3]
        np.testing.assert_allclose(track.statistics().gradient, expected, rtol=1e-4)


def test_looking_changes_nothing() -> None:
    watched, left_alone = Comparison(CONFIG, SETTINGS), Comparison(CONFIG, SETTINGS)
    for _ in range(6):
        watched.run_epochs(1)
        watched.measured()
        for track in watched.tracks:
            track.statistics()
            track.histograms("gradients")
        watched.expected()
    left_alone.run_epochs(6)
    for one, other in zip(watched.tracks, left_alone.tracks, strict=True):
        a, b = one.model, other.model
        np.testing.assert_array_equal(a.flat, b.flat)
        np.testing.assert_array_equal(a.flat_grad, b.flat_grad)
    for a_network, b_network in zip(watched.statistics(), left_alone.statistics(), strict=True):
        _same(a_network, b_network)


def test_the_update_is_the_last_step_against_the_weights_after_it() -> None:
    comparison = Comparison(CONFIG, SETTINGS)
    assert np.isnan(comparison.starts[1].update).all()
    comparison.run_epochs(1)
    twin = Comparison(CONFIG, SETTINGS).tracks[1]
    twin.trainer.run_steps(2)  # of the three of an epoch
    before = [layer.weight.copy() for layer in twin.model.dense_layers[:3]]
    layers = comparison.tracks[1].model.dense_layers[:3]
    expected = [
        np.sqrt(np.mean((layer.weight - old) ** 2) / np.mean(layer.weight**2))
        for layer, old in zip(layers, before, strict=True)
    ]
    np.testing.assert_allclose(comparison.statistics()[1].update, expected, rtol=1e-5)


def test_a_snapshot_brings_all_of_it_back() -> None:
    comparison = Comparison(CONFIG, SETTINGS)
    comparison.run_epochs(2)
    moment = comparison.snapshot()
    comparison.run_epochs(3)
    there = comparison.statistics()
    comparison.restore(moment)
    assert comparison.epoch == 2
    comparison.run_epochs(3)
    for a, b in zip(there, comparison.statistics(), strict=True):
        _same(a, b)
    comparison.restore(moment)  # the same steps on another way are looked at anew
    comparison.apply(CONFIG, replace(SETTINGS, flow_rates=(0.3, 0.3, 0.3)))
    comparison.run_epochs(3)
    assert (comparison.statistics()[1].gradient != there[1].gradient).all()
    comparison.reset()
    assert (comparison.steps, comparison.status) == (0, "ready")
    for a, b in zip(comparison.starts, comparison.statistics(), strict=True):
        _same(a, b)


def test_live_settings_are_each_networks_own_or_the_configs() -> None:
    comparison = Comparison(CONFIG, SETTINGS)
    live: dict[str, Any] = {
        "optimizer": "adam",
        "l2": 0.1,
        "batch_size": 7,
        "epochs": 99,
        "clip": 9.0,
    }
    rates, clips = (0.1, 0.2, 0.3), (0.0, 1.0, 2.0)
    comparison.apply(replace(CONFIG, **live), replace(SETTINGS, flow_rates=rates, flow_clips=clips))
    trainers = [track.trainer for track in comparison.tracks]
    assert [trainer.learning_rate for trainer in trainers] == list(rates)
    assert [trainer.clip_norm for trainer in trainers] == [None, 1.0, 2.0]
    for trainer in trainers:
        assert (trainer.optimizer.name, trainer.l2) == ("adam", 0.1)
        assert (trainer.batch_size, trainer.epochs) == (7, 99)


def test_a_network_that_diverges_keeps_its_last_finite_numbers_while_others_go_on() -> None:
    comparison = Comparison(CONFIG, BURSTING)
    comparison.run_epochs(5)
    assert comparison.statuses == ("diverged", "running")
    assert (comparison.status, comparison.epoch) == ("running", 5)
    divergence = comparison.divergences[0]
    assert divergence is not None
    assert divergence.reason
    assert comparison.divergences[1] is None
    frozen, alive = comparison.statistics()
    assert np.isfinite([frozen.gradient, frozen.activation]).all()
    comparison.run_epochs(5)
    _same(frozen, comparison.statistics()[0])
    assert (comparison.statistics()[1].gradient != alive.gradient).all()


def test_when_all_have_diverged_so_has_the_comparison() -> None:
    comparison = Comparison(
        CONFIG, replace(BURSTING, flow_inits=("normal",) * 2, flow_scales=(10.0,) * 2)
    )
    for track in comparison.tracks:
        track.trainer.learning_rate = 1e3
    for _ in range(2):
        assert comparison.run_epochs(5) == 0
        assert comparison.status == "diverged"


def test_theory_and_measurement_stand_side_by_side() -> None:
    settings = replace(
        SETTINGS, flow_width=64, flow_inits=("glorot", "constant", "zeros"), flow_depth=2
    )
    comparison = Comparison(CONFIG, settings)
    theory, found = comparison.expected(), comparison.measured()
    assert [each is None for each in theory] == [False, True, True]
    assert theory[0] is not None
    np.testing.assert_allclose(found[0].square, theory[0].square, rtol=0.2)
    np.testing.assert_allclose(found[0].gradient, theory[0].gradient, rtol=0.4)
    np.testing.assert_allclose(found[1].variance, comparison.starts[1].activation ** 2, rtol=1e-6)
    comparison.run_epochs(2)
    again = comparison.expected()[0]
    assert again is not None
    np.testing.assert_array_equal(again.gradient, theory[0].gradient)  # it is of the start
