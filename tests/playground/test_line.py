"""The line of long computations: one at a time, in the order of their coming."""

import threading
import time
from unittest.mock import MagicMock

import pytest

from playground.runs.line import LONG, Line
from playground.runs.scheduler import SCHEDULER
from playground.ui import long_turn


def test_they_compute_in_the_order_of_their_coming_and_know_their_place() -> None:
    line, done, places = Line(), [], []
    go = threading.Event()

    def compute(who: str) -> None:
        with line.turn(who, lambda: True) as came:
            assert came
            go.wait(10)
            places.append([line.ahead(name) for name in "abc"])
            done.append(who)

    threads = []
    for who in "abc":
        threads.append(threading.Thread(target=compute, args=(who,)))
        threads[-1].start()
        while line.ahead(who) != len(threads) - 1:
            pass
    go.set()
    for thread in threads:
        thread.join(10)
    assert done == list("abc")
    assert places == [[0, 1, 2], [0, 0, 1], [0, 0, 0]]


def test_who_does_not_want_any_more_leaves_the_line() -> None:
    line = Line()
    with line.turn("a", lambda: True), line.turn("b", lambda: False) as came:
        assert not came
        assert line.ahead("b") == 1
    with line.turn("c", lambda: True) as came:
        assert came


def test_the_page_says_how_many_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    streamlit = MagicMock()
    monkeypatch.setattr(long_turn, "st", streamlit)
    said, came = streamlit.empty().info, threading.Event()

    def wait() -> None:
        with long_turn.turn_for(1e10):
            came.set()

    waiting = threading.Thread(target=wait)
    with LONG.turn(None, lambda: True):
        waiting.start()
        while not said.called:
            time.sleep(0.01)
        assert not came.is_set()
    assert came.wait(10)
    waiting.join(10)
    assert said.call_args.args == ("Waiting: another one computes first.",)
    streamlit.empty().empty.assert_called_once()


def test_what_is_short_does_not_stand_in_the_line_and_what_is_long_stops_nobody() -> None:
    with LONG.turn(None, lambda: True), long_turn.turn_for(0.9 * long_turn.SHORT):
        assert SCHEDULER._lock.locked()
    with long_turn.turn_for(1.1 * long_turn.SHORT):
        assert not SCHEDULER._lock.locked()
