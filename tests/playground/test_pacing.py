"""How fast a view really goes: said where it is far below what was chosen, and only there."""

from __future__ import annotations

import math

import pytest

from playground.live.pacing import Pacing


def played(rate: float, chosen: float, seconds: float = 3.0, gap: float = 0.25) -> Pacing:
    """Requests every `gap` seconds of a picture that makes `rate` ticks a second."""
    pace = Pacing()
    for i in range(round(seconds / gap) + 1):
        pace.fresh = i == 0
        pace.note(100 + i * gap, round(i * gap * rate), chosen)
    return pace


@pytest.mark.parametrize(
    ("rate", "chosen", "words"),
    [
        (8, 60, "8 of 60 epochs/s"),
        (60, 60, ""),
        (40, 60, ""),  # not far below
        (20, 250, "20 of 250 epochs/s"),
        (8, math.inf, ""),  # as fast as it goes is what was chosen
    ],
)
def test_it_says_how_fast_it_goes_where_slow(rate: float, chosen: float, words: str) -> None:
    assert played(rate, chosen).words("epoch") == words


def test_another_speed_a_new_start_or_a_pause_are_measured_afresh() -> None:
    for now, chosen, fresh in ((103.2, 25.0, False), (103.2, 60.0, True), (110.0, 60.0, False)):
        pace = played(8, 60)
        pace.fresh = fresh
        pace.note(now, 30, chosen)
        assert pace.words("epoch") == ""
    assert Pacing().words("epoch") == played(8, 60, seconds=0.5).words("epoch") == ""
