"""The scheduler: one at a time, a fair share for each, and no lock left behind."""

from __future__ import annotations

import math
import threading

import pytest

from playground.runs.scheduler import MOST, Scheduler
from tests.playground.viewer import Clock

PATIENCE = 10  # seconds until a thread that should have come counts as stuck


def test_only_one_is_inside() -> None:
    gate = Scheduler()
    inside = 0
    most = 0
    turns = 0

    def visit() -> None:
        nonlocal inside, most, turns
        for _ in range(50):
            with gate.turn():
                inside += 1
                most = max(most, inside)
                for _ in range(20):  # room for another thread to slip in, if it could
                    threading.Event().wait(0)
                turns += 1
                inside -= 1

    threads = [threading.Thread(target=visit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert most == 1
    assert turns == 200


def test_those_who_want_little_get_it_and_the_others_get_the_same() -> None:
    gate = Scheduler()
    assert gate.share("a", 0.1) == 0.1
    assert gate.share("b", 5.0) == pytest.approx(MOST - 0.1)
    assert gate.share("c", 0.7) == pytest.approx((MOST - 0.1) / 2)
    assert gate.share("a", 0.1) == 0.1
    assert gate.share("c", 0.2) == 0.2
    assert gate.share("b", math.inf) == pytest.approx(MOST - 0.3)


def test_who_has_left_takes_nothing(clock: Clock) -> None:
    gate = Scheduler()
    gate.share("a", 1.0)
    clock.now += 60
    assert gate.share("b", 1.0) == MOST


def test_an_error_inside_opens_the_gate() -> None:
    gate = Scheduler()
    with pytest.raises(ZeroDivisionError), gate.turn():
        _ = 1 / 0
    came_in = threading.Event()

    def visit() -> None:
        with gate.turn():
            came_in.set()

    thread = threading.Thread(target=visit, daemon=True)
    thread.start()
    assert came_in.wait(PATIENCE)
    thread.join(PATIENCE)
