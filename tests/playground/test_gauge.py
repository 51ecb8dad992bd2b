"""The gauge: its ratio is the theory's, its words hold the numbers, its cost is bounded."""

from __future__ import annotations

import itertools
import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from playground.runs.experiment import Experiment
from playground.runs.stability import curvature, limit, uses_nesterov, why_no_limit
from playground.settings.config import Config
from playground.training import gauge as module
from playground.training.gauge import Gauge, Reading, batch_reading, reading

TINY = Config(samples=60, layers=(5, 4), batch_size=7)
WHOLE = replace(TINY, batch_size=5000)  # each step takes all points
QUADRATIC = Config(dataset="plane", layers=(), loss="mse", samples=200, batch_size=5000)


def ratio_of(config: Config) -> float:
    found = Gauge(Experiment(config)).read(playing=False)
    assert found is not None
    assert found.ratio is not None
    return found.ratio


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
    ],
)
def test_the_ratio_is_rate_times_sharpness_over_the_factor(
    settings: dict[str, float], factor: float
) -> None:
    config = replace(WHOLE, learning_rate=0.2, **settings)  # type: ignore[arg-type]
    sharpness = curvature(Experiment(config)).sharpness()
    assert ratio_of(config) == pytest.approx(0.2 * sharpness / factor, rel=1e-6)


def test_penalties_are_part_of_the_curvature() -> None:
    plain, decayed = ratio_of(QUADRATIC), ratio_of(replace(QUADRATIC, weight_decay=3.0))
    assert decayed - plain == pytest.approx(QUADRATIC.learning_rate * 3.0 / 2, rel=1e-2)


@pytest.mark.parametrize(("times", "grows"), [(0.98, False), (1.02, True)])
def test_on_a_quadratic_a_ratio_of_1_parts_convergence_from_divergence(
    times: float, grows: bool
) -> None:
    rate = times * QUADRATIC.learning_rate / ratio_of(QUADRATIC)
    experiment = Experiment(replace(QUADRATIC, learning_rate=rate, epochs=10_000))
    found = Gauge(experiment).read(playing=False)
    assert found is not None
    assert found.ratio == pytest.approx(times, rel=1e-3)
    experiment.trainer.run_epochs(1000)
    assert (experiment.trainer.status == "diverged") is grows


def test_the_schedule_is_part_of_the_rate() -> None:
    experiment = Experiment(replace(WHOLE, schedule="cosine", epochs=4))
    gauge = Gauge(experiment)
    ratios = []
    for _ in range(3):
        found = gauge.read(playing=False)
        assert found is not None
        rate = float(experiment.trainer.current_learning_rate)
        ratios.append((found.ratio, rate * curvature(experiment).sharpness() / 2))
        experiment.trainer.run_epochs(1)
    assert rate < TINY.learning_rate
    for shown, expected in ratios:
        assert shown == pytest.approx(expected, rel=1e-6)


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
        (0.03, "0.03 × critical", "below"),
        (0.8, "0.80 × critical", "below"),
        (0.95, "0.95 × critical", "near"),
        (0.999, "1.0 × critical", "near"),
        (1.05, "1.1 × critical", "near"),
        (1.3, "1.3 × critical", "above"),
        (9.97, "10 × critical", "above"),
        (512.0, "512 × critical", "above"),
        (1e9, "over 1,000 × critical", "above"),
    ],
)
def test_text_and_zone(rate: float, text: str, zone: str) -> None:
    found = reading(WHOLE, rate, 2.0, 30)  # critical: 1
    assert found.ratio == pytest.approx(rate)
    assert (found.text, found.zone) == (text, zone)


@pytest.mark.parametrize(
    ("settings", "formula", "value"),
    [
        ({}, "2/4", "0.5"),
        ({"momentum": 0.5}, "2(1 + 0.5)/4", "0.75"),
        ({"momentum": 0.5, "nesterov": True}, "2(1 + 0.5)/((1 + 2 × 0.5) × 4)", "0.375"),
    ],
)
def test_the_title_holds_the_numbers_in_two_sentences(
    settings: dict[str, float], formula: str, value: str
) -> None:
    config = replace(WHOLE, **settings)  # type: ignore[arg-type]
    assert limit(config, 4.0) == pytest.approx(float(value))
    title = reading(config, 0.25, 4.0, 30).title
    assert f"{formula} = {value}" in title
    assert "0.25" in title
    assert "all 30 points" in title
    assert len(re.findall(r"\.(?: |$)", title)) == 2


def test_where_nothing_curves_upwards_there_is_no_limit() -> None:
    found = reading(WHOLE, 0.1, -0.5, 30)
    assert (found.ratio, found.text, found.zone) == (0.0, "0 × critical", "below")
    assert "No direction" in found.title


def test_a_curvature_that_is_not_finite_is_not_known() -> None:
    for read in (reading, batch_reading):
        found = read(TINY, 0.1, math.nan, 30)
        assert (found.ratio, found.zone) == (None, "none")
        assert "nan" not in (found.text + found.title).lower()


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "adagrad"])
def test_other_optimizers_say_why_not(optimizer: str) -> None:
    config = replace(TINY, optimizer=optimizer)
    found = Gauge(Experiment(config)).read(playing=False)
    assert found is not None
    assert found.ratio is None
    assert why_no_limit(config) in found.title
    assert math.isnan(limit(config, 1.0))
    assert why_no_limit(TINY) == ""


def test_nesterov_without_momentum_is_plain() -> None:
    assert not uses_nesterov(replace(TINY, nesterov=True))
    assert uses_nesterov(replace(TINY, nesterov=True, momentum=0.1))


def test_what_has_diverged_is_not_measured() -> None:
    experiment = Experiment(Config(dataset="plane", samples=60, learning_rate=1000.0))
    experiment.trainer.run_epochs(50)
    assert experiment.trainer.status == "diverged"
    assert Gauge(experiment).read(playing=False) is None


def test_a_reading_can_be_sent() -> None:
    for found in (Reading(None, "a", "b"), reading(WHOLE, 0.1, 3.0, 30)):
        sent = json.loads(json.dumps(found.as_json(), allow_nan=False))
        assert sent == {
            "ratio": found.ratio,
            "zone": found.zone,
            "text": found.text,
            "title": found.title,
        }


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
    found = gauge.read(playing=True)
    assert found is not None
    assert found.ratio is None
    assert "at rest" in found.title
    assert made == [0]
    found = gauge.read(playing=False)
    assert found is not None
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
        found = gauge.read(playing=playing)
        assert found is not None
        assert found.ratio is None
        assert "too long" in found.title
    assert made == [0]
    assert np.isfinite(experiment.trainer.train_loss)
