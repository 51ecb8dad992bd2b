"""A process that computes beside the server: it steps back behind it, and ends with it."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Final

_NICENESS: Final = 10
_PARENT_SECONDS: Final = 1.0  # between a worker's looks whether the server is still there


def step_back(server: int) -> None:
    """Make this new worker stand behind its `server`, a process, and end with it."""
    if sys.platform != "win32":
        os.nice(_NICENESS)  # it runs when nothing else wants the core
    threading.Thread(target=_end_with, args=(server,), daemon=True).start()


def _end_with(server: int) -> None:
    """End this process soon after its parent has, however that came about."""
    while os.getppid() == server:
        time.sleep(_PARENT_SECONDS)
    os._exit(1)
