"""The range test on the page: what is measured, and which settings ask for a new test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.study.range_test import RangeTest, range_test
from playground.learning_rate import range_view
from playground.learning_rate.range_view import measured
from playground.runs.experiment import Experiment
from playground.settings.config import DISPLAY_FIELDS, Config

SMALL = Config(samples=40, layers=(3,), batch_size=10)
RANGE = (0.001, 30.0, 40, 2)


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    measured.cache_clear()
    yield
    measured.cache_clear()


def assert_same(one: RangeTest, other: RangeTest) -> None:
    for name, value in vars(one).items():
        np.testing.assert_array_equal(value, vars(other)[name], err_msg=name)


def what_counts(config: Config) -> Config:
    return range_view._what_counts(config)


@pytest.mark.parametrize("config", [SMALL, replace(SMALL, dataset="plane", optimizer="adam")])
def test_it_is_the_engines_test_from_the_starting_weights(config: Config) -> None:
    found, name = measured(config, *RANGE)
    experiment = Experiment(config)
    assert_same(found, range_test(experiment.trainer, *RANGE))
    assert name == experiment.loss_label
    assert len(found.rates) > 10
    assert found.suggestion is not None
    assert found.rates[0] == RANGE[0]


OTHERS: dict[str, Any] = {
    **{"learning_rate": 0.5, "epochs": 3, "speed": "max", "schedule": "cosine", "warmup": 7},
    **{name: not getattr(SMALL, name) for name in sorted(DISPLAY_FIELDS)},
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_the_test_does_not_depend_on_asks_for_no_new_one(name: str) -> None:
    other = replace(SMALL, **{name: OTHERS[name]})
    assert other != SMALL
    assert what_counts(other) == what_counts(SMALL)
    # And it is true that it does not depend on it.
    assert_same(measured(other, *RANGE)[0], measured(SMALL, *RANGE)[0])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("samples", 50),
        ("seed", 1),
        ("layers", (4,)),
        ("batch_size", 5),
        ("optimizer", "adam"),
        ("momentum", 0.9),
        ("l2", 0.1),
        ("init_scale", 2.0),
    ],
)
def test_what_it_depends_on_does(name: str, value: Any) -> None:
    other = what_counts(replace(SMALL, **{name: value}))
    assert other == replace(what_counts(SMALL), **{name: value})  # and the rest as it is
    one, another = measured(other, *RANGE)[0], measured(what_counts(SMALL), *RANGE)[0]
    assert not np.array_equal(one.losses, another.losses)


def test_one_test_serves_all_who_ask_for_the_same() -> None:
    first = measured(what_counts(SMALL), *RANGE)
    assert measured(what_counts(replace(SMALL, learning_rate=0.7)), *RANGE) is first
    assert measured.cache_info().misses == 1
    assert measured(what_counts(SMALL), 0.01, *RANGE[1:])[0].rates[0] == 0.01
