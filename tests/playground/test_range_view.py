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


@pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.5},
        {"epochs": 3},
        {"speed": "max"},
        {"schedule": "cosine"},
        {"warmup": 7},
        *({name: None} for name in sorted(DISPLAY_FIELDS)),
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_the_test_does_not_depend_on_asks_for_no_new_one(change: dict[str, Any]) -> None:
    ((name, value),) = change.items()
    if value is None:
        value = _another(name)
    other = replace(SMALL, **{name: value})
    assert other != SMALL
    assert what_counts(other) == what_counts(SMALL)
    # And it is true that it does not depend on it.
    assert_same(measured(other, *RANGE)[0], measured(SMALL, *RANGE)[0])


def _another(name: str) -> Any:
    """A value of a display setting that is not its default."""
    spec, now = Config.FIELDS[name], getattr(SMALL, name)
    if isinstance(now, bool):
        return not now
    return next(choice for choice in spec.choices if choice != now)


@pytest.mark.parametrize(
    "change",
    [
        {"samples": 50},
        {"seed": 1},
        {"layers": (4,)},
        {"batch_size": 5},
        {"optimizer": "adam"},
        {"momentum": 0.9},
        {"l2": 0.1},
        {"init_scale": 2.0},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_it_depends_on_does(change: dict[str, Any]) -> None:
    other = replace(SMALL, **change)
    assert what_counts(other) != what_counts(SMALL)
    one, another = measured(what_counts(other), *RANGE)[0], measured(what_counts(SMALL), *RANGE)[0]
    assert not np.array_equal(one.losses, another.losses)


def test_one_test_serves_all_who_ask_for_the_same() -> None:
    first = measured(what_counts(SMALL), *RANGE)
    assert measured(what_counts(replace(SMALL, learning_rate=0.7)), *RANGE) is first
    assert measured.cache_info().misses == 1
    other = measured(what_counts(SMALL), 0.01, *RANGE[1:])
    assert other is not first
    assert other[0].rates[0] == 0.01


def test_what_counts_leaves_the_rest_as_it_is() -> None:
    config = replace(SMALL, learning_rate=0.5, speed="max", epochs=9, dropout=0.2)
    found = what_counts(config)
    assert (found.samples, found.layers, found.dropout) == (40, (3,), 0.2)
    assert what_counts(found) == found
