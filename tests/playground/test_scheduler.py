"""The gate: one at a time, a fair count of those who want in, and no lock left behind."""

from __future__ import annotations

import threading

import pytest

from playground.runs.scheduler import Scheduler

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


def test_counts_those_who_wait() -> None:
    gate = Scheduler()
    waiting = threading.Barrier(3)  # two who wait, and this test
    counts: list[int] = []

    def visit() -> None:
        waiting.wait(PATIENCE)
        with gate.turn() as viewers:
            counts.append(viewers)

    threads = [threading.Thread(target=visit) for _ in range(2)]
    with gate.turn() as viewers:
        assert viewers == 1
        for thread in threads:
            thread.start()
        waiting.wait(PATIENCE)
        while gate._wanting < 3:  # both have asked by now or will in a moment
            threading.Event().wait(0.001)
    for thread in threads:
        thread.join(PATIENCE)
    # The first to come in saw the other one wait, the last one was alone.
    assert counts == [2, 1]


def test_an_error_inside_opens_the_gate() -> None:
    gate = Scheduler()
    with pytest.raises(ZeroDivisionError), gate.turn():
        _ = 1 / 0
    came_in = threading.Event()

    def visit() -> None:
        with gate.turn() as viewers:
            assert viewers == 1
            came_in.set()

    thread = threading.Thread(target=visit, daemon=True)
    thread.start()
    assert came_in.wait(PATIENCE)
    thread.join(PATIENCE)
