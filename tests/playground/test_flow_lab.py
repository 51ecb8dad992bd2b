"""A lab trains as the Playground does, looks without touching, and goes back bit for bit."""

from dataclasses import fields, replace

import numpy as np
import pytest

from playground.gradient_flow.comparison import PROBE_SAMPLES, Comparison
from playground.gradient_flow.settings import GradientFlowSettings
from playground.gradient_flow.statistics import BINS, LayerStatistics
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


def test_each_lane_is_the_playgrounds_own_run() -> None:
    lab = Comparison(CONFIG, SETTINGS)
    lab.run_epochs(4)
    for k, lane in enumerate(lab.lanes):
        single = Experiment(
            replace(
                CONFIG,
                layers=(8, 8, 8),
                activation=lane.activation,
                init=lane.init,
                init_scale=lane.scale,
                learning_rate=lane.learning_rate,
                clip=lane.clip,
            )
        ).trainer
        single.run_epochs(4)
        np.testing.assert_array_equal(lab.trainer_of(k).model.flat, single.model.flat)
        assert lab.losses[k] == single.train_loss
        assert lab.test_losses[k] == single.test_loss


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
    lab = Comparison(config, SETTINGS)
    start = lab.losses
    assert lab.run_epochs(5) == 5
    assert lab.status == "finished"
    assert lab.statuses == ("finished",) * 3
    assert np.isfinite(lab.losses).all()
    assert (lab.losses != start).all()
    assert lab.run_epochs(1) == 0
    lab.extend()
    assert lab.run_epochs(2) == 2


def test_the_gradient_is_that_of_the_training_loss() -> None:
    config = replace(CONFIG, samples=100, train_share=90)  # 90 points: all are in the probe
    lab = Comparison(config, SETTINGS)
    lab.run_epochs(2)
    assert len(lab.dataset.X_train) <= PROBE_SAMPLES
    for k, found in enumerate(lab.statistics()):
        expected = lab.trainer_of(k).layer_gradient_rms()[:3]
        np.testing.assert_allclose(found.gradient, expected, rtol=1e-4)


def test_looking_changes_nothing() -> None:
    watched, left_alone = Comparison(CONFIG, SETTINGS), Comparison(CONFIG, SETTINGS)
    for _ in range(6):
        watched.run_steps(1)
        watched.frame()
        watched.measured()
        watched.expected()
    left_alone.run_steps(6)
    for k in range(3):
        a, b = watched.trainer_of(k).model, left_alone.trainer_of(k).model
        np.testing.assert_array_equal(a.flat, b.flat)
        np.testing.assert_array_equal(a.flat_grad, b.flat_grad)
    for a_lane, b_lane in zip(watched.statistics(), left_alone.statistics(), strict=True):
        _same(a_lane, b_lane)


def test_steps_and_epochs_are_counted_alike() -> None:
    lab = Comparison(CONFIG, SETTINGS)
    assert (lab.steps_per_epoch, lab.epoch, lab.steps, lab.status) == (3, 0, 0, "ready")
    assert lab.run_steps(4) == 4
    assert lab.progress == pytest.approx(1 + 20 / 50)
    assert lab.run_epochs(1) == 1  # what is left of the second
    assert (lab.epoch, lab.steps, lab.status) == (2, 6, "running")
    assert lab.record.epochs.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="0 or more, got -1"):
        lab.run_steps(-1)
    with pytest.raises(ValueError, match="0 or more, got -1"):
        lab.run_epochs(-1)


def test_the_update_is_the_last_step_against_the_weights_after_it() -> None:
    lab = Comparison(CONFIG, SETTINGS)
    assert np.isnan(lab.starts[1].update).all()
    lab.run_steps(4)
    before = [layer.weight.copy() for layer in lab.trainer_of(1).model.dense_layers]
    lab.run_steps(1)
    after = [layer.weight for layer in lab.trainer_of(1).model.dense_layers]
    expected = [
        np.sqrt(np.mean((b - a) ** 2) / np.mean(b**2))
        for a, b in zip(before[:3], after[:3], strict=True)
    ]
    np.testing.assert_allclose(lab.statistics()[1].update, expected, rtol=1e-5)


def test_a_snapshot_brings_all_of_it_back() -> None:
    lab = Comparison(CONFIG, SETTINGS)
    lab.run_steps(7)
    moment = lab.snapshot()
    lab.run_epochs(3)
    there, rows = lab.statistics(), lab.record.of("gradient")
    lab.restore(moment)
    assert lab.steps == 7
    assert lab.record.epochs.tolist() == [0, 1, 2]
    lab.run_epochs(3)
    for a, b in zip(there, lab.statistics(), strict=True):
        _same(a, b)
    np.testing.assert_array_equal(rows, lab.record.of("gradient"))
    lab.reset()
    assert (lab.steps, lab.status, len(lab.record)) == (0, "ready", 1)
    for a, b in zip(lab.starts, lab.statistics(), strict=True):
        _same(a, b)


def test_a_lane_that_diverges_keeps_its_last_finite_numbers_while_others_go_on() -> None:
    lab = Comparison(CONFIG, BURSTING)
    lab.run_epochs(5)
    assert lab.statuses == ("diverged", "running")
    assert (lab.status, lab.epoch) == ("running", 5)
    divergence = lab.divergences[0]
    assert divergence is not None
    assert divergence.reason
    assert lab.divergences[1] is None
    frozen = lab.statistics()[0]
    assert np.isfinite([frozen.gradient, frozen.delta, frozen.activation, frozen.weight]).all()
    lab.run_epochs(5)
    _same(frozen, lab.statistics()[0])
    rows = lab.record.of("gradient")
    assert np.isfinite(rows).all()
    np.testing.assert_array_equal(rows[0, :, -1], rows[0, :, -5])
    assert (rows[1, :, -1] != rows[1, :, -5]).all()


def test_when_all_have_diverged_so_has_the_lab() -> None:
    lab = Comparison(CONFIG, replace(BURSTING, flow_inits=("normal",) * 2, flow_scales=(10.0,) * 2))
    for k in range(2):
        lab.trainer_of(k).learning_rate = 1e3
    assert lab.run_epochs(5) == 0
    assert lab.status == "diverged"
    assert lab.run_steps(3) == 0


def test_a_frame_holds_every_layer_of_every_lane() -> None:
    settings = replace(SETTINGS, flow_depth=24, flow_width=32)
    lab = Comparison(CONFIG, settings)
    lab.run_steps(1)
    frame = lab.frame()
    assert len(frame) == 3
    for (found, histograms), alone in zip(frame, lab.statistics(), strict=True):
        _same(found, alone)
        assert found.gradient.shape == (24,)
        assert {h.counts.shape for h in histograms.values()} == {(24, BINS)}
    assert lab.record.of("update").shape == (3, 24, 1)


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("width", [1, 2])
def test_the_smallest_networks(depth: int, width: int) -> None:
    lab = Comparison(CONFIG, replace(SETTINGS, flow_depth=depth, flow_width=width))
    lab.run_epochs(1)
    for found, histograms in lab.frame():
        assert found.gradient.shape == (depth,)
        assert np.isnan(found.alike).all() == (width == 1)
        assert histograms["weights"].counts.shape == (depth, BINS)


def test_theory_and_measurement_stand_side_by_side() -> None:
    settings = replace(
        SETTINGS, flow_width=64, flow_inits=("glorot", "constant", "zeros"), flow_depth=2
    )
    lab = Comparison(CONFIG, settings)
    theory, found = lab.expected(), lab.measured()
    assert [each is None for each in theory] == [False, True, True]
    assert theory[0] is not None
    np.testing.assert_allclose(found[0].square, theory[0].square, rtol=0.2)
    np.testing.assert_allclose(found[0].gradient, theory[0].gradient, rtol=0.4)
    np.testing.assert_allclose(found[1].variance, lab.starts[1].activation ** 2, rtol=1e-6)
    lab.run_epochs(2)
    again = lab.expected()[0]
    assert again is not None
    np.testing.assert_array_equal(again.gradient, theory[0].gradient)  # it is of the start
