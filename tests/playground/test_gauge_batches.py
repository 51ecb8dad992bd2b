"""The gauge in mini-batches, and where flat ground would look safe."""

from __future__ import annotations

from dataclasses import replace

import pytest

from playground.learning_rate.presets import PRESETS
from playground.runs.experiment import Experiment
from playground.runs.stability import minibatches
from playground.settings.config import Config
from playground.training.gauge import Gauge, why_no_guide
from tests.playground.test_gauge import QUADRATIC, TINY, at_start, known, ratio_of

# ---- mini-batches -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("batch_size", "momentum", "observed"),
    [
        (10, 0.0, 0.085),
        (10, 0.5, 0.094),
        (10, 0.9, 0.043),
        (10, 0.99, 0.0077),
        (1, 0.0, 0.035),
        (1, 0.9, 0.0058),
    ],
)
def test_in_mini_batches_a_ratio_of_1_is_where_runs_were_seen_to_diverge(
    batch_size: int, momentum: float, observed: float
) -> None:
    """`observed` was bisected in runs of 200 epochs. The full batch's rates are 0.079 to 0.157."""
    linear = PRESETS["linear-below"].config
    config = replace(linear, learning_rate=observed, batch_size=batch_size, momentum=momentum)
    assert ratio_of(config) == pytest.approx(1, rel=0.2)


@pytest.mark.parametrize(
    "settings",
    [
        {"batch_size": 10, "momentum": 0.9, "nesterov": True},
        {"batch_size": 5, "weight_decay": 2.0},
        {"batch_size": 5, "l2": 2.0, "momentum": 0.5},
        {"batch_size": 5, "l1": 0.01},
        {"batch_size": 5, "schedule": "step", "schedule_epochs": 10_000},
    ],
)
def test_the_same_holds_with_every_setting_that_has_a_number(settings: dict[str, float]) -> None:
    config = replace(QUADRATIC, epochs=10_000, **settings)  # type: ignore[arg-type]
    critical = config.learning_rate / ratio_of(config)
    for times, grows in ((0.75, False), (1.25, True)):
        experiment = Experiment(replace(config, learning_rate=times * critical))
        experiment.trainer.run_epochs(600)
        assert (experiment.trainer.status == "diverged") is grows


@pytest.mark.parametrize("other", [{"momentum": 0.5}, {"batch_size": 3}, {"l2": 0.5}])
def test_another_way_to_step_is_measured_anew(other: dict[str, float]) -> None:
    experiment = Experiment(TINY)
    gauge = Gauge(experiment)
    gauge.read(playing=False)
    changed = replace(TINY, **other)  # type: ignore[arg-type]
    experiment.apply(changed)
    assert gauge.read(playing=False) == Gauge(Experiment(changed)).read(playing=False)


@pytest.mark.parametrize("batch_size", [7, 5000])
def test_with_dropout_no_rate_is_known(batch_size: int) -> None:
    config = replace(TINY, dropout=0.2, batch_size=batch_size)
    found = at_start(config)
    assert found.ratio is None
    assert "Dropout" in found.title
    ratio_of(replace(config, layers=()))  # without hidden layers nothing is dropped


# ---- flat ground ------------------------------------------------------------------------------

BLOWN_UP = [
    {"learning_rate": 30.0},
    {"learning_rate": 5.0},
    {"learning_rate": 30.0, "activation": "sigmoid"},
    {"dataset": "circle", "learning_rate": 200.0},
    {"dataset": "circle", "learning_rate": 30.0, "batch_size": 5000},
    {"dataset": "xor", "learning_rate": 5.0, "momentum": 0.5},
]


@pytest.mark.parametrize("settings", BLOWN_UP)
def test_a_run_that_blew_up_is_never_called_safe(settings: dict[str, float]) -> None:
    experiment = Experiment(Config(**settings))  # type: ignore[arg-type]
    gauge, doubted = Gauge(experiment), 0
    for _ in range(12):
        experiment.trainer.run_epochs(5)
        found = gauge.read(playing=False)
        if experiment.trainer.diverging and found is not None:
            assert found.zone in ("above", "none")
            assert found.ratio is not None or "flat ground" in found.title
        doubted += found is None or found.text == "no guide here"
    assert doubted > 0


def test_dead_units_are_not_called_safe_even_below_the_loss_of_the_start() -> None:
    experiment = Experiment(Config(dataset="circle", activation="relu", learning_rate=1.0))
    experiment.trainer.run_epochs(33)
    assert experiment.trainer.train_loss < experiment.trainer.start_loss
    assert not experiment.trainer.layer_gradient_rms()[:-1].any()
    found = known(Gauge(experiment))
    assert (found.ratio, found.text) == (None, "no guide here")
    assert "dead" in found.title


def test_weights_of_zero_pass_no_gradient() -> None:
    assert "hidden layers" in why_no_guide(Experiment(replace(TINY, init="zeros")))


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "gelu"])
@pytest.mark.parametrize("layers", [(8, 8, 8), (32,), (8,) * 6, ()])
def test_a_healthy_run_keeps_its_number(activation: str, layers: tuple[int, ...]) -> None:
    experiment = Experiment(Config(dataset="circle", activation=activation, layers=layers))
    for _ in range(4):
        assert why_no_guide(experiment) == ""
        experiment.trainer.run_epochs(20)


@pytest.mark.parametrize("batch_size", [5000, 10])
def test_on_a_quadratic_the_number_stays_while_the_loss_climbs(batch_size: int) -> None:
    """There the curvature is the same everywhere, so it explains the climb."""
    config = replace(QUADRATIC, batch_size=batch_size)
    rate = 1.3 * config.learning_rate / ratio_of(config)
    experiment = Experiment(replace(config, learning_rate=rate))
    while not experiment.trainer.diverging:
        assert experiment.trainer.run_epochs(1)
    found = known(Gauge(experiment), playing=True)
    assert found.zone == "above"


# ---- what it costs ----------------------------------------------------------------------------


def test_in_mini_batches_what_is_too_much_work_is_not_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("playground.runs.stability.MiniBatches", fail)
    for settings in ({"layers": (64, 64, 64)}, {"momentum": 0.999}):
        config = replace(Config(), **settings)
        found = at_start(config)
        assert found.ratio is None
        assert "too long" in found.title


def test_the_networks_of_a_lecture_are_not_too_much_work() -> None:
    for layers in ((), (8, 8, 8), (32, 32), (8,) * 8):
        for batch_size in (1, 10):
            assert minibatches(Experiment(Config(layers=layers, batch_size=batch_size)))
