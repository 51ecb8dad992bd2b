"""A comparison under way: who it works for, what stops it, and the process that does the work."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from playground.compare import comparison as module
from playground.compare import fitting
from playground.compare import worker as worker_module
from playground.compare.comparison import Comparison, Task, comparison_of, leave_others
from playground.compare.fitting import fitted
from playground.compare.settings import NETWORK, CompareSettings
from playground.compare.worker import Unfinished, Worker
from playground.settings.config import Config
from tests.playground.test_phase_map import alive, until

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Config(dataset="circle", samples=60, layers=(2,), epochs=2)
SETTINGS = CompareSettings(compare_splits=2, compare_models=("linear", "knn"))


class Viewer:
    """Somebody with a browser."""

    def __init__(self) -> None:
        self.connected = True

    def is_connected(self) -> bool:
        return self.connected


class Inside:
    """Works in this process, and stops before the question that `until` counts to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.gate = threading.Semaphore(1000)
        self.fails: dict[str, Exception] = {}

    def ask(self, wanted: Callable[[], bool], function: Callable[..., Any], *given: Any) -> Any:
        while not self.gate.acquire(timeout=0.01):
            if not wanted():
                return None
        if not wanted():
            return None
        *_, name, split, _, _ = given
        self.asked.append((name, split))
        if name in self.fails and function is fitted:
            raise self.fails[name]
        return function(*given)


@pytest.fixture(autouse=True)
def inside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inside]:
    made = Inside()
    monkeypatch.setattr(module, "_WORKER", made)
    # Memory can be traced in a process of its own only.
    monkeypatch.setattr(fitting, "_peak", lambda *given: 1)
    monkeypatch.setattr(module, "_COMPARISONS", type(module._COMPARISONS)())
    yield made
    for each in module._COMPARISONS.values():
        each._viewers.clear()
        until(lambda each=each: not each.running)  # type: ignore[misc]


def test_every_model_gets_a_picture_first_then_the_table_then_the_curves(inside: Inside) -> None:
    found, viewer = comparison_of(CONFIG, SETTINGS), Viewer()
    assert not found.begun
    assert found.task == Task(NETWORK, 0)
    found.join(viewer, viewer.is_connected)
    until(lambda: found.finished and not found.running)
    assert inside.asked[:3] == [(NETWORK, 0), ("linear", 0), ("knn", 0)]
    assert inside.asked[3:6] == [(NETWORK, 1), ("linear", 1), ("knn", 1)]
    assert len(inside.asked) == 6 + 3 * 2 * len(found.sizes)
    assert all(found.complete(name) for name in found.models)
    assert found.progress == 1.0
    assert found.error is None
    found.join(viewer, viewer.is_connected)
    assert not found.running  # there is nothing left to do


def test_all_viewers_of_a_link_share_it_and_it_works_for_the_last_of_them(inside: Inside) -> None:
    inside.gate = threading.Semaphore(0)
    one, other = Viewer(), Viewer()
    found = comparison_of(CONFIG, SETTINGS)
    assert comparison_of(CONFIG, SETTINGS) is found
    for viewer in (one, other):
        found.join(viewer, viewer.is_connected)
    found.leave(one)
    assert (found.joined(one), found.joined(other)) == (False, True)
    inside.gate.release(2)
    until(lambda: len(inside.asked) == 2)
    assert found.running
    other.connected = False
    until(lambda: not found.running)
    done = found.progress
    assert 0 < done < 1
    inside.gate = threading.Semaphore(1000)
    other.connected = True  # it is back, and goes on where it was
    found.join(other, other.is_connected)
    until(lambda: found.finished)
    assert len(inside.asked) == len(found._tasks)


def test_who_opens_another_link_leaves_the_first(inside: Inside) -> None:
    inside.gate = threading.Semaphore(0)
    viewer = Viewer()
    first = comparison_of(CONFIG, SETTINGS)
    first.join(viewer, viewer.is_connected)
    second = comparison_of(CONFIG, CompareSettings(compare_splits=3))
    leave_others(viewer, second)
    until(lambda: not first.running)
    assert not first.joined(viewer)


def test_two_comparisons_take_turns(inside: Inside) -> None:
    inside.gate = threading.Semaphore(0)
    viewers = Viewer(), Viewer()
    both = [comparison_of(CONFIG, CompareSettings(compare_splits=n)) for n in (40, 50)]
    for found, viewer in zip(both, viewers, strict=True):
        found.join(viewer, viewer.is_connected)
    until(lambda: sorted(found.ahead for found in both) == [0, 1])
    for count in range(1, 9):
        inside.gate.release()
        until(lambda count=count: sum(found._done for found in both) == count)  # type: ignore[misc]
    assert [found._done for found in both] == [4, 4]


def test_a_model_that_fails_is_a_row_and_the_others_go_on(inside: Inside) -> None:
    inside.fails = {"knn": Unfinished("took longer than 1 s")}
    found, viewer = comparison_of(CONFIG, SETTINGS), Viewer()
    found.join(viewer, viewer.is_connected)
    until(lambda: found.finished)
    assert found.refused == {"knn": "left out: its fit took longer than 1 s"}
    assert inside.asked.count(("knn", 0)) == 1
    assert ("knn", 1) not in inside.asked
    assert found.complete("linear")


def test_a_fault_of_ours_is_told_and_can_be_tried_again(inside: Inside) -> None:
    inside.fails = {"linear": TypeError("a fault")}
    found, viewer = comparison_of(CONFIG, SETTINGS), Viewer()
    found.join(viewer, viewer.is_connected)
    until(lambda: not found.running)
    assert found.error == "a fault"
    inside.fails = {}
    found.join(viewer, viewer.is_connected)
    until(lambda: found.finished)
    assert found.error is None


def test_a_comparison_holds_no_viewer(inside: Inside) -> None:
    found: Comparison = comparison_of(CONFIG, SETTINGS)
    found.join(Viewer(), lambda: True)
    until(lambda: not found.running)  # the last who wanted it is no more
    assert not found.finished


# ---- the process ------------------------------------------------------------------------------


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.end()


needs_proc = pytest.mark.skipif(not Path("/proc").exists(), reason="finds the worker in /proc")


@needs_proc
def test_a_fit_that_nobody_wants_any_more_is_ended_in_its_middle(worker: Worker) -> None:
    pid = worker.ask(lambda: True, os.getpid)
    assert pid is not None
    assert pid != os.getpid()
    assert worker.ask(lambda: True, os.nice, 0) == min(os.nice(0) + 10, 19)  # behind who plays
    assert worker.ask(lambda: True, os.getenv, "OMP_NUM_THREADS") == "1"
    looks = iter([True])
    assert worker.ask(lambda: next(looks, False), time.sleep, 10_000) is None
    until(lambda: not alive(pid))
    assert worker.ask(lambda: True, os.getpid) not in {None, pid}


@needs_proc
def test_a_process_that_ends_or_takes_too_long_is_replaced(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unfinished, match="ended its process"):
        worker.ask(lambda: True, os._exit, 3)
    with pytest.raises(ZeroDivisionError):
        worker.ask(lambda: True, divmod, 1, 0)
    pid = worker.ask(lambda: True, os.getpid)
    assert pid is not None
    monkeypatch.setattr(worker_module, "PATIENCE", 0.1)
    with pytest.raises(Unfinished, match=r"longer than 0\.1 s"):
        worker.ask(lambda: True, time.sleep, 10_000)
    until(lambda: not alive(pid))


SERVER = """
import os, threading, time
from playground.compare.worker import Worker
worker = Worker()
print(worker.ask(lambda: True, os.getpid), flush=True)
worker.ask(lambda: True, time.sleep, 10_000)
"""


@needs_proc
@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_the_process_ends_with_the_server(end: str) -> None:
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        assert alive(pid)
        getattr(server, end)()
        until(lambda: not alive(pid))
