"""Runs that nobody looks at for long give their memory back: the browser brings them along again.

A session lives as long as its tab is open, for days perhaps. What Streamlit itself keeps of it is
small beside its runs.
"""

from __future__ import annotations

import ctypes
import gc
import os
import threading
import time
from contextlib import suppress
from functools import cache
from typing import Final
from weakref import WeakSet

from playground.live.resumable import Resumable
from playground.runs.scheduler import SCHEDULER
from playground.ui.session import Session

# Seconds without a word after which a run at rest is let go; 0 for never.
REST: Final = float(os.environ.get("PLAYGROUND_IDLE_SECONDS") or 600)
_SWEEP_EVERY: Final = min(60.0, max(REST, 1.0))

_M_ARENA_MAX: Final = -8  # as malloc.h has it

_lock = threading.Lock()
_sessions: WeakSet[Session] = WeakSet()


def watch(session: Session) -> None:
    """Let go of this session's runs when they are idle, as long as it lives."""
    if REST > 0:
        with _lock:
            _sessions.add(session)
        _begin()


@cache
def _begin() -> None:
    _keep_together()
    threading.Thread(target=_sweep_on, name="idle", daemon=True).start()


def _sweep_on() -> None:
    while True:
        time.sleep(_SWEEP_EVERY)
        with _lock:
            here = list(_sessions)
        sweep(here, time.monotonic())
        del here  # or a session that ends now would stay until the next sweep
        _give_back()


def sweep(sessions: list[Session], now: float) -> int:
    """Let go of what has been idle for REST seconds at `now`; how many runs these were."""
    gone = 0
    for session in sessions:
        with SCHEDULER.turn():  # none of them is at work
            for key, view in list(session.views.items()):
                idle = now - view.answered_at > REST
                if idle and isinstance(view, Resumable) and view.can_be_brought_back:
                    session.views.pop(key, None)
                    view.close()
                    gone += 1
    return gone


def _keep_together() -> None:
    """Let all threads share one heap: each run of a page is a thread, and glibc gives it its own.

    What one of them frees no other takes then, and a class's memory grows without end. The image
    says so to the whole process (`MALLOC_ARENA_MAX`); here a few threads have their heaps already.
    """
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _give_back() -> None:
    """Give freed memory back to the system, which glibc does not do by itself."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
