"""Learning-rate schedules: values at known moments."""

import math
from typing import Any

import pytest

from engine import SCHEDULES, Constant, Cosine, Exponential, Schedule, Step

CASES: list[tuple[Schedule, float, float]] = [
    (Constant(), 0.0, 1.0),
    (Constant(), 1e6, 1.0),
    (Step(epochs=10, drop=0.5), 9.99, 1.0),
    (Step(epochs=10, drop=0.5), 10.0, 0.5),
    (Step(epochs=10, drop=0.1), 35.0, 1e-3),
    (Exponential(epochs=10, drop=0.5), 5.0, math.sqrt(0.5)),
    (Exponential(epochs=10, drop=0.5), 20.0, 0.25),
    (Cosine(epochs=100), 0.0, 1.0),
    (Cosine(epochs=100), 50.0, 0.5),
    (Cosine(epochs=100), 25.0, (1 + math.sqrt(0.5)) / 2),
    (Cosine(epochs=100, floor=0.1), 100.0, 0.1),
    (Cosine(epochs=100, floor=0.1), 1000.0, 0.1),
    (Constant(warmup=4), 0.0, 0.01),
    (Constant(warmup=4), 2.0, 0.505),
    (Step(epochs=10, drop=0.5, warmup=4), 13.5, 1.0),
    (Step(epochs=10, drop=0.5, warmup=4), 14.0, 0.5),
]


@pytest.mark.parametrize(("schedule", "progress", "factor"), CASES)
def test_factor(schedule: Schedule, progress: float, factor: float) -> None:
    assert schedule.factor(progress) == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_warmup_rises_and_joins_without_a_jump(name: str) -> None:
    schedule = SCHEDULES[name](warmup=5.0)
    factors = [schedule.factor(progress) for progress in (0.0, 1.0, 2.5, 4.999999)]
    assert factors == sorted(factors)
    assert schedule.factor(5.0) == pytest.approx(factors[-1], abs=1e-5) == 1.0


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_config_makes_an_equal_schedule(name: str) -> None:
    schedule = SCHEDULES[name](warmup=3.0)
    settings: dict[str, Any] = schedule.config()
    assert SCHEDULES[name](**settings) == schedule
