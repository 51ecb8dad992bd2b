"""The gauge: its ratio is the theory's, its words hold the numbers, its cost is bounded."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from playground.learning_rate.presets import PRESETS
from playground.runs.experiment import Experiment
from playground.runs.stability import curvature, limit, minibatches
from playground.settings.config import Config
from playground.training import gauge as module
from playground.training import words
from playground.training.gauge import Gauge, Reading, batch_reading, reading, why_no_guide
from tests.playground.test_notices import died_of_its_rate

TINY = Config(samples=60, layers=(5, 4), batch_size=7)
WHOLE = replace(TINY, batch_size=5000)  # each step takes all points
QUADRATIC = Config(dataset="plane", layers=(), loss="mse", samples=200, batch_size=5000)


def known(gauge: Gauge, *, playing: bool = False) -> Reading:
    """What the gauge of a run that has not diverged reads."""
    found = gauge.read(playing=playing)
    assert found is not None
    return found


def at_start(config: Config) -> Reading:
    return known(Gauge(Experiment(config)))


def ratio_of(config: Config) -> float:
    ratio = at_start(config).ratio
    assert ratio is not None
    return ratio


def changed(config: Config, settings: dict[str, Any]) -> Config:
    return replace(config, **settings)


# ---- the number -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "factor"),
    [
        *(({}, 2.0), ({"nesterov": True}, 2.0), ({"l2": 0.1}, 2.0), ({"weight_decay": 0.1}, 2.0)),
        *(({"momentum": 0.9}, 3.8), ({"momentum": 0.9, "nesterov": True}, 3.8 / 2.8)),
        ({"schedule": "cosine", "warmup": 3}, 2.0),
    ],
)
def test_the_ratio_is_rate_times_sharpness_over_the_factor(
    settings: dict[str, Any], factor: float
) -> None:
    experiment = Experiment(changed(WHOLE, {"learning_rate": 0.2, **settings}))
    gauge = Gauge(experiment)
    for _ in range(3):
        rate = float(experiment.trainer.current_learning_rate)
        assert (rate == 0.2) == ("schedule" not in settings)
        expected = rate * curvature(experiment).sharpness() / factor
        assert known(gauge).ratio == pytest.approx(expected, rel=1e-6)
        experiment.trainer.run_epochs(1)


@pytest.mark.parametrize(
    ("batch_size", "momentum", "observed"),
    [
        *((10, 0.0, 0.085), (10, 0.5, 0.094), (10, 0.9, 0.043), (10, 0.99, 0.0077)),
        *((1, 0.0, 0.035), (1, 0.9, 0.0058)),
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
def test_the_same_holds_with_every_setting_that_has_a_number(settings: dict[str, Any]) -> None:
    config = changed(QUADRATIC, {"epochs": 10_000, **settings})
    critical = config.learning_rate / ratio_of(config)
    for times, grows in ((0.75, False), (1.25, True)):
        experiment = Experiment(replace(config, learning_rate=times * critical))
        experiment.trainer.run_epochs(600)
        assert (experiment.trainer.status == "diverged") is grows


def test_the_weight_decay_of_sgd_is_part_of_the_sharpness() -> None:
    plain, sgd, adam = (
        curvature(Experiment(changed(WHOLE, settings))).sharpness()
        for settings in ({}, {"weight_decay": 0.5}, {"weight_decay": 0.5, "optimizer": "adam"})
    )
    assert sgd == pytest.approx(plain + 0.5, rel=1e-3)
    assert adam == pytest.approx(plain, rel=1e-3)


def test_the_run_stays_as_it_is() -> None:
    one, other = Experiment(TINY), Experiment(TINY)
    gauge = Gauge(one)
    for _ in range(5):
        gauge.read(playing=True)
        one.trainer.run_steps(3)
    other.trainer.run_steps(15)
    assert one.model.flat.tobytes() == other.model.flat.tobytes()


# ---- what it says -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "text", "zone"),
    [
        *((0.0, "0.00 × critical", "below"), (0.001, "under 0.01 × critical", "below")),
        *((0.8, "0.80 × critical", "below"), (0.95, "0.95 × critical", "near")),
        *((0.999, "1.0 × critical", "near"), (1.05, "1.1 × critical", "near")),
        *((1.3, "1.3 × critical", "above"), (9.97, "10 × critical", "above")),
        (1e9, "over 1,000 × critical", "above"),
        # In mini-batches, as wide as it is known.
        *((0.79, "≈ 0.79 × critical", "below"), (0.85, "≈ 0.85 × critical", "near")),
        *((1.15, "≈ 1.1 × critical", "near"), (1.31, "≈ 1.3 × critical", "above")),
    ],
)
def test_text_and_zone(rate: float, text: str, zone: str) -> None:
    whole, batch = reading(WHOLE, rate, 2.0, 30), batch_reading(TINY, rate, 1.0, 30)  # critical: 1
    found = batch if "≈" in text else whole
    assert found.ratio == pytest.approx(rate)
    assert (found.text, found.zone) == (text, zone)
    assert found.as_json() == {name: getattr(found, name) for name in found.as_json()}


@pytest.mark.parametrize("read", [reading, batch_reading])
def test_without_a_number_there_is_no_zone(read: Callable[..., Reading]) -> None:
    found = read(TINY, 0.1, math.nan, 30)
    assert (found.ratio, found.zone) == (None, "none")
    endless = read(TINY, 0.1, -0.5 if read is reading else math.inf, 30)
    assert (endless.ratio, endless.zone) == (0.0, "below")


@pytest.mark.parametrize("config", [TINY, WHOLE])
def test_with_dropout_and_with_other_optimizers_no_rate_is_known(config: Config) -> None:
    found = at_start(replace(config, dropout=0.2))
    assert found.ratio is None
    assert "Dropout" in found.title
    ratio_of(replace(config, dropout=0.2, layers=()))  # without hidden layers nothing is dropped
    adam = replace(config, optimizer="adam")
    assert at_start(adam).ratio is None
    assert math.isnan(limit(adam, 1.0))


# ---- flat ground ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        *({"learning_rate": 30.0}, {"learning_rate": 5.0}),
        {"learning_rate": 30.0, "activation": "sigmoid"},
        {"dataset": "circle", "learning_rate": 200.0},
        {"dataset": "circle", "learning_rate": 30.0, "batch_size": 5000},
        {"dataset": "xor", "learning_rate": 5.0, "momentum": 0.5},
        {"dataset": "plane", "samples": 60, "learning_rate": 1000.0},
    ],
)
def test_a_run_that_blew_up_is_never_called_safe(settings: dict[str, Any]) -> None:
    experiment = Experiment(Config(**settings))
    gauge, doubted = Gauge(experiment), 0
    for _ in range(12):
        experiment.trainer.run_epochs(5)
        found = gauge.read(playing=False)
        assert (found is None) == (experiment.trainer.status == "diverged")
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
    assert "hidden layers" in why_no_guide(Experiment(replace(TINY, init="zeros")))


def test_dead_units_have_no_number_above_the_critical_one_either() -> None:
    experiment = died_of_its_rate()
    gauge, above = Gauge(experiment), 0
    for _ in range(60):
        experiment.trainer.run_steps(7)
        assert not experiment.trainer.layer_gradient_rms().any()
        found = known(gauge)
        assert (found.ratio, found.text) == (None, "no guide here")
        rate = minibatches(experiment)
        assert rate is not None
        above += rate.critical_learning_rate(0.0) < 10
    assert above > 0  # where the output layer's bias alone would have one


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
    assert known(Gauge(experiment), playing=True).zone == "above"


# ---- what it costs ----------------------------------------------------------------------------


class Stopwatch:
    """Processor time of measurements that take `start` seconds to set up and `search` to search."""

    def __init__(self, start: float, search: float) -> None:
        self.times = itertools.cycle((0.0, start, start + search))

    def thread_time(self) -> float:
        return next(self.times)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No measurement costs anything, however busy the machine is."""
    monkeypatch.setattr(module, "time", Stopwatch(0.0, 0.0))


@pytest.fixture(name="made")
def _made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that grows by one with each curvature that is set up."""
    made: list[int] = []

    def counted(experiment: Experiment) -> object:
        made.append(experiment.trainer.steps)
        return curvature(experiment)

    monkeypatch.setattr(module, "curvature", counted)
    return made


def test_only_other_weights_or_penalties_are_measured_anew(made: list[int]) -> None:
    experiment = Experiment(WHOLE)
    gauge = Gauge(experiment)
    first = gauge.read(playing=False)
    for rate in (0.1, 0.2, WHOLE.learning_rate):
        experiment.apply(replace(WHOLE, learning_rate=rate))
        again = gauge.read(playing=False)
    assert again == first
    assert made == [0]
    experiment.apply(replace(WHOLE, l2=0.1))
    assert gauge.read(playing=False) != first
    for rate in (WHOLE.learning_rate, 0.5):  # the same step by another way: other weights
        experiment.reset()
        experiment.apply(replace(WHOLE, learning_rate=rate))
        experiment.trainer.run_steps(1)
        gauge.read(playing=False)
    assert made == [0, 0, 1, 1]


def test_at_rest_it_says_the_same_whatever_was_known_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where more than one rate is critical, a search near the last one stays with that one."""
    monkeypatch.setattr(Gauge, "_critical", lambda gauge, near: 1.0 if near is None else 2.0)
    experiment = Experiment(TINY)
    gauge = Gauge(experiment)
    first = known(gauge)
    experiment.trainer.run_epochs(1)
    assert known(gauge, playing=True).ratio == pytest.approx((first.ratio or 0) / 2)
    assert known(gauge) == first
    assert known(gauge, playing=True) == first


def test_in_its_turn_it_says_nothing_of_weights_from_a_moment_ago() -> None:
    experiment = Experiment(TINY)
    gauge = Gauge(experiment)
    first = gauge.read(playing=False, anew=False)
    assert first is not None
    assert first.text == words.LATER
    now = gauge.read(playing=False)
    assert gauge.read(playing=False, anew=False) == now
    experiment.trainer.run_epochs(1)
    assert gauge.read(playing=False, anew=False) == first
    assert gauge.read(playing=True, anew=False) == now


@pytest.mark.parametrize("other", [{"momentum": 0.5}, {"batch_size": 3}, {"l2": 0.5}])
def test_another_way_to_step_is_measured_anew(other: dict[str, Any]) -> None:
    experiment = Experiment(TINY)
    gauge = Gauge(experiment)
    gauge.read(playing=False)
    experiment.apply(changed(TINY, other))
    assert known(gauge) == at_start(changed(TINY, other))


@pytest.mark.parametrize(
    ("start", "search", "title"),
    [
        (0.001, 0.1, "at rest"),
        (0.001, 0.5, "too long"),  # the search was slow
        (0.05, 0.0, "too long"),  # setting it up shows that it would be
    ],
)
def test_what_takes_long_is_measured_at_rest_only_or_never_again(
    monkeypatch: pytest.MonkeyPatch, made: list[int], start: float, search: float, title: str
) -> None:
    monkeypatch.setattr(module, "time", Stopwatch(start, search))
    experiment = Experiment(WHOLE)
    gauge = Gauge(experiment)
    gauge.read(playing=False)
    experiment.trainer.run_steps(1)
    found = known(gauge, playing=True)
    assert found.ratio is None
    assert title in found.title
    assert made == [0]
    assert (known(gauge).ratio is not None) == (title == "at rest")
    assert made == ([0, 1] if title == "at rest" else [0])


def test_in_mini_batches_what_is_too_much_work_is_not_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for layers, batch_size in itertools.product(((), (8, 8, 8), (32, 32), (8,) * 8), (1, 10)):
        # The networks of a lecture are not.
        assert minibatches(Experiment(Config(layers=layers, batch_size=batch_size)))
    monkeypatch.delattr("playground.runs.stability.MiniBatches")
    for config in (
        *(Config(layers=(64, 64, 64)), Config(momentum=0.999)),
        Config(layers=(64, 64), samples=5000, batch_size=1),  # its gradients are too many to keep
    ):
        found = at_start(config)
        assert found.ratio is None
        assert "too long" in found.title
