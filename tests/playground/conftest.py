"""For the tests of views: a clock of their own."""

from __future__ import annotations

import pytest

from playground.live import pacing, playable
from playground.training import view as training
from tests.playground.viewer import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time that views see."""
    made = Clock()
    for module in (pacing, playable, training):
        monkeypatch.setattr(module, "time", made)
    return made
