"""For the tests of views: a machine that no one else is on, and a clock of their own."""

from __future__ import annotations

import pytest

from playground.digits import view as digits
from playground.live import pacing, playable
from playground.runs import scheduler
from playground.training import view as training
from tests.playground.viewer import Clock


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody of an earlier test plays any more."""
    monkeypatch.setattr(scheduler.SCHEDULER, "_players", {})
    monkeypatch.setattr(scheduler.SCHEDULER, "capacity", scheduler.MOST)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that views see."""
    made = Clock()
    for module in (digits, pacing, playable, scheduler, training):
        monkeypatch.setattr(module, "time", made)
    return made
