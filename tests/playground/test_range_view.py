"""The range test on the page: what is measured, for whom, and which settings ask for a new one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from engine.study.range_test import RangeTest, range_test
from playground.learning_rate.range_view import measured
from playground.learning_rate.settings import RateSettings
from playground.learning_rate.unused import what_counts
from playground.runs.experiment import Experiment
from playground.settings.config import Config

SMALL = Config(samples=40, layers=(3,), batch_size=10)
RANGE = (0.001, 30.0, 40, 2)


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    measured.cache_clear()
    yield
    measured.cache_clear()


def asked(config: Config) -> tuple[RangeTest, str]:
    return measured(what_counts(config, RateSettings(view="range")), *RANGE)


@pytest.mark.parametrize("config", [SMALL, replace(SMALL, dataset="plane", optimizer="adam")])
def test_it_is_the_engines_test_from_the_starting_weights(config: Config) -> None:
    found, name = asked(config)
    experiment = Experiment(config)
    for field, value in vars(range_test(experiment.trainer, *RANGE)).items():
        np.testing.assert_array_equal(value, vars(found)[field], err_msg=field)
    assert name == experiment.loss_label
    assert len(found.rates) > 10
    assert found.suggestion is not None
    assert found.rates[0] == RANGE[0]


def test_one_test_serves_all_who_ask_for_the_same() -> None:
    first = asked(SMALL)
    for same in ({"learning_rate": 0.7}, {"epochs": 3, "warmup": 7}, {"log_loss": True}):
        assert asked(replace(SMALL, **same)) is first
    assert asked(replace(SMALL, seed=1)) is not first
    assert measured.cache_info().misses == 2
