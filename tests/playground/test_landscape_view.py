"""The landscape on the page: how long it trains, what it keeps, what asks for a new run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from unittest.mock import MagicMock

import numpy as np
import pytest

from playground.learning_rate import landscape_view as view
from playground.learning_rate.landscape_path import Recorder
from playground.settings.config import Config
from tests.playground.test_landscape import record

SMALL = Config(samples=40, layers=(3,), epochs=20, batch_size=10, learning_rate=0.1)
# A linear regression far above its critical rate.
DIVERGING = Config(
    dataset="plane", samples=40, layers=(), epochs=5000, batch_size=5000, learning_rate=0.5
)


class Clock:
    """Time passes only by what is trained: `cost` seconds a step."""

    def __init__(self, cost: float) -> None:
        self.cost, self.now = cost, 0.0
        self.bursts: list[int] = []

    def monotonic(self) -> float:
        return self.now

    perf_counter = monotonic


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    view.trained.cache_clear()
    yield
    view.trained.cache_clear()


def timed(monkeypatch: pytest.MonkeyPatch, recorder: Recorder, cost: float) -> Clock:
    """A clock that this recorder's steps move on."""
    clock, run_steps = Clock(cost), recorder.run_steps

    def slowly(n: int) -> int:
        made = run_steps(n)
        clock.now += made * clock.cost
        clock.bursts.append(made)
        return made

    monkeypatch.setattr(recorder, "run_steps", slowly)
    monkeypatch.setattr(view, "time", clock)
    return clock


# ---- patience


@pytest.mark.parametrize(
    ("config", "status"), [(SMALL, "finished"), (DIVERGING, "diverged")], ids=lambda c: str(c)[:8]
)
def test_a_quick_run_is_trained_to_its_end(
    config: Config, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(config)
    timed(monkeypatch, recorder, 1e-6)
    shares = list(view.training(recorder))
    assert recorder.status == status
    assert shares == sorted(shares)
    assert shares[-1] == 1
    np.testing.assert_array_equal(recorder.trajectory.weights, record(config).weights)
    assert view._if_stopped(recorder.trajectory) == ""


def test_a_slow_run_is_left_when_patience_ends_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorder = Recorder(replace(SMALL, epochs=1000))
    clock = timed(monkeypatch, recorder, 0.1)
    shares = list(view.training(recorder))
    assert recorder.status == "running"
    assert view.PATIENCE <= clock.now < view.PATIENCE + 0.2  # no burst is long
    assert 0 < shares[-1] < 1
    path = recorder.trajectory
    said = view._if_stopped(path)
    assert f"after 20 s, at epoch {path.epochs[-1]:,.0f} of 1,000." in said


def test_bursts_are_as_long_as_one_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(replace(SMALL, epochs=1000))
    clock = timed(monkeypatch, recorder, 1e-3)
    list(view.training(recorder))
    assert clock.bursts[0] == view._FIRST_STEPS
    assert set(clock.bursts[1:-1]) <= {49, 50, 51}  # of 0.05 s each
    # A step that takes long alone is still taken.
    recorder = Recorder(replace(SMALL, epochs=1000))
    clock = timed(monkeypatch, recorder, 4.0)
    list(view.training(recorder))
    assert set(clock.bursts[1:]) <= {1}


# ---- what is kept


def test_few_runs_are_kept_the_last_ones_that_somebody_asked_for() -> None:
    configs = [replace(SMALL, seed=seed, epochs=2) for seed in range(view._KEPT_RUNS + 1)]
    first, *others = [view.trained(config) for config in configs[:-1]]
    assert view.trained(configs[0]) is first
    view.trained(configs[-1])
    assert view.trained.cache_info().currsize == view._KEPT_RUNS
    assert view.trained(configs[0]) is first
    assert view.trained(configs[1]) is not others[0]


@pytest.mark.parametrize("kind", ["path", "hessian", "random"])
def test_a_slice_is_made_once_for_all_who_ask(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = view.trained(SMALL)
    found = run.slice(kind)
    assert found.plane.kind == kind
    assert found.losses.shape == (view.SIDES[1],) * 2
    np.testing.assert_allclose(found.plane.origin, run.path.weights[-1], rtol=1e-6)
    monkeypatch.setattr(view, "slice_", lambda *_, **__: pytest.fail("cut again"))
    assert view.trained(SMALL).slice(kind) is found


def test_two_viewers_at_once_push_out_each_others_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "st", MagicMock())
    trained = threading.Barrier(2, timeout=30)

    def look(seeds: range) -> list[bool]:
        runs = [view.trained(replace(SMALL, seed=seed, epochs=2)) for seed in seeds]
        trained.wait()
        return [np.allclose(run.slice("path").plane.origin, run.path.weights[-1]) for run in runs]

    halves = range(view._KEPT_RUNS), range(view._KEPT_RUNS, 2 * view._KEPT_RUNS)
    with ThreadPoolExecutor(2) as viewers:
        found = list(viewers.map(look, halves))
    assert found == [[True] * view._KEPT_RUNS] * 2
    assert view.trained.cache_info().currsize == view._KEPT_RUNS


def test_a_heavy_network_has_a_coarser_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    path = record(SMALL)
    work = SMALL.training_points * path.weights.shape[1]
    for budget, side in ((25.5**2, 25), (1.0, view.SIDES[0])):
        monkeypatch.setattr(view, "_WORK", work * budget)
        assert view.Run(path, None).slice("path").losses.shape == (side, side)
