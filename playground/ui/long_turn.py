"""A turn for what takes long: the page says how many come before it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import streamlit as st

from playground.runs.line import LONG
from playground.runs.scheduler import SCHEDULER
from playground.ui import words

SHORT: Final = 5e8  # multiplications of one weight by one point's signal: about half a second
_SAY_EVERY: Final = 1.0  # seconds


def turn_for(work: float) -> AbstractContextManager[None]:
    """A turn for so many multiplications: what is long goes beside those who play, in a line."""
    return SCHEDULER.turn() if work < SHORT else _long_turn()


@contextmanager
def _long_turn() -> Iterator[None]:
    """Wait in the line of long computations, with one's place on the page."""
    place, who = st.empty(), object()
    say_at = 0.0

    def waits() -> bool:
        nonlocal say_at
        ahead, now = LONG.ahead(who), time.monotonic()
        if ahead and now > say_at:
            # Streamlit ends the run of a viewer who has left, or wants something else, here.
            place.info(words.waiting(ahead), icon=":material/hourglass_empty:")
            say_at = now + _SAY_EVERY
        return True

    with LONG.turn(who, waits):
        place.empty()
        yield
