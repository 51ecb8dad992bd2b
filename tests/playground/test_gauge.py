"""The gauge: its ratio is the theory's, its words hold the numbers, its cost is bounded."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground.runs.experiment import Experiment
from playground.runs.stability import curvature, limit, uses_nesterov
from playground.settings.config import Config
from playground.training import gauge as module
from playground.training.gauge import Gauge, Reading, batch_reading, reading

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


class Stopwatch:
    """Processor time of measurements that take `start` seconds to set up and `search` to search."""

    def __init__(self, start: float, search: float) -> None:
        self.times = itertools.cycle((0.0, start, start + search))

    def thread_time(self) -> float:
        return next(self.times)


# ---- the number -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "factor"),
    [
        ({}, 2.0),
        ({"momentum": 0.9}, 3.8),
        ({"momentum": 0.9, "nesterov": True}, 3.8 / 2.8),
        ({"nesterov": True}, 2.0),
        ({"l2": 0.1}, 2.0),
        ({"weight_decay": 0.1}, 2.0),
        ({"schedule": "cosine", "warmup": 3}, 2.0),
    ],
)
def test_the_ratio_is_rate_times_sharpness_over_the_factor(
    settings: dict[str, Any], factor: float
) -> None:
    experiment = Experiment(replace(WHOLE, learning_rate=0.2, **settings))
    gauge = Gauge(experiment)
    for _ in range(3):
        rate = float(experiment.trainer.current_learning_rate)
        assert (rate == 0.2) == ("schedule" not in settings)
        expected = rate * curvature(experiment).sharpness() / factor
        assert known(gauge).ratio == pytest.approx(expected, rel=1e-6)
        experiment.trainer.run_epochs(1)


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
        (0.0, "0.00 × critical", "below"),
        (0.001, "under 0.01 × critical", "below"),
        (0.8, "0.80 × critical", "below"),
        (0.95, "0.95 × critical", "near"),
        (0.999, "1.0 × critical", "near"),
        (1.05, "1.1 × critical", "near"),
        (1.3, "1.3 × critical", "above"),
        (9.97, "10 × critical", "above"),
        (1e9, "over 1,000 × critical", "above"),
        # In mini-batches, as wide as it is known.
        (0.79, "≈ 0.79 × critical", "below"),
        (0.85, "≈ 0.85 × critical", "near"),
        (1.15, "≈ 1.1 × critical", "near"),
        (1.31, "≈ 1.3 × critical", "above"),
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


def test_other_optimizers_have_none() -> None:
    config = replace(TINY, optimizer="adam")
    assert at_start(config).ratio is None
    assert math.isnan(limit(config, 1.0))


def test_nesterov_without_momentum_is_plain() -> None:
    assert not uses_nesterov(replace(TINY, nesterov=True))
    assert uses_nesterov(replace(TINY, nesterov=True, momentum=0.1))


def test_what_has_diverged_is_not_measured() -> None:
    experiment = Experiment(Config(dataset="plane", samples=60, learning_rate=1000.0))
    experiment.trainer.run_epochs(50)
    assert experiment.trainer.status == "diverged"
    assert Gauge(experiment).read(playing=False) is None


# ---- what it costs ----------------------------------------------------------------------------


def searches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that grows by one with each curvature that is set up."""
    made: list[int] = []

    def counted(experiment: Experiment) -> object:
        made.append(experiment.trainer.steps)
        return curvature(experiment)

    monkeypatch.setattr(module, "curvature", counted)
    return made


def test_only_other_weights_or_penalties_are_measured_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    made = searches(monkeypatch)
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
    experiment.apply(WHOLE)
    experiment.trainer.run_steps(1)
    gauge.read(playing=False)
    assert made == [0, 0, 1]
    # The same step by another way: other weights.
    experiment.reset()
    experiment.apply(replace(WHOLE, learning_rate=0.5))
    experiment.trainer.run_steps(1)
    gauge.read(playing=False)
    assert made == [0, 0, 1, 1]


def test_what_takes_long_is_measured_at_rest_only(monkeypatch: pytest.MonkeyPatch) -> None:
    made = searches(monkeypatch)
    monkeypatch.setattr(module, "time", Stopwatch(0.001, 0.1))
    experiment = Experiment(WHOLE)
    gauge = Gauge(experiment)
    gauge.read(playing=True)
    experiment.trainer.run_steps(1)
    found = known(gauge, playing=True)
    assert found.ratio is None
    assert "at rest" in found.title
    assert made == [0]
    found = known(gauge, playing=False)
    assert found.ratio is not None
    assert made == [0, 1]


@pytest.mark.parametrize(("start", "search"), [(0.001, 0.5), (0.05, 0.0)])
def test_what_takes_far_too_long_is_not_measured_again(
    monkeypatch: pytest.MonkeyPatch, start: float, search: float
) -> None:
    """Either the search was slow, or setting it up shows that it would be."""
    made = searches(monkeypatch)
    monkeypatch.setattr(module, "time", Stopwatch(start, search))
    experiment = Experiment(WHOLE)
    gauge = Gauge(experiment)
    gauge.read(playing=False)
    experiment.trainer.run_steps(1)
    for playing in (True, False):
        found = known(gauge, playing=playing)
        assert found.ratio is None
        assert "too long" in found.title
    assert made == [0]
    assert np.isfinite(experiment.trainer.train_loss)
