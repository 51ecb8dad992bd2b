"""A turn for what takes long: the page says how many come before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

import streamlit as st

from playground.runs.line import LONG
from playground.runs.scheduler import SCHEDULER

_SHORT: Final = 5e8  # multiplications of one weight by one point's signal: about half a second


@contextmanager
def long_turn() -> Iterator[None]:
    """Wait in the line of long computations, with one's place on the page."""
    place, who = st.empty(), object()
    said = 0

    def waits() -> bool:
        nonlocal said
        ahead = LONG.ahead(who)
        if ahead not in (0, said):
            others = "another one computes" if ahead == 1 else f"{ahead} others compute"
            place.info(f"Waiting: {others} first.", icon=":material/hourglass_empty:")
            said = ahead
        return True

    with LONG.turn(who, waits):
        place.empty()
        yield


def aside(work: float) -> AbstractContextManager[None]:
    """For so many multiplications: what is long goes beside those who play, not before them."""
    return SCHEDULER.turn() if work < _SHORT else nullcontext()
