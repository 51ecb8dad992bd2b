"""The one process that fits models for all viewers, and can be ended in the middle of a fit."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from playground.compare import words
from playground.runs.background import step_back

T = TypeVar("T")

PATIENCE: Final = 120.0  # seconds that a fit may take: others wait for their turn
_LOOK_SECONDS: Final = 0.2  # between looks whether the work is still wanted
_IDLE_SECONDS: Final = 60  # after which a worker without work gives its memory back
# Compiled code reads these when it is loaded.
_ONE_THREAD: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class Unfinished(RuntimeError):
    """Work that came to no end: it took too long, or the process ended by itself."""


class Worker:
    """A process that is begun on first need. One thread at a time may ask it."""

    def __init__(self) -> None:
        self._executor: Any = None

    def ask(
        self, wanted: Callable[[], bool], function: Callable[..., T], *arguments: object
    ) -> T | None:
        """The function's answer, computed in the process; None as soon as it is not `wanted`.

        No model can be told to stop: the process is ended in the middle of its fit then, and the
        next question has a new one. Unfinished if it ends by itself, or takes longer than
        PATIENCE; what else goes wrong in it is raised here.
        """
        # joblib comes with scikit-learn. Its processes do not run the page's script, as those of
        # `multiprocessing` would.
        from joblib.externals.loky import ProcessPoolExecutor
        from joblib.externals.loky.process_executor import BrokenProcessPool

        if self._executor is None:
            self._executor = ProcessPoolExecutor(
                1,
                timeout=_IDLE_SECONDS,
                initializer=step_back,
                initargs=(os.getpid(),),
                env=_ONE_THREAD,
            )
        future = self._executor.submit(function, *arguments)
        end = time.monotonic() + PATIENCE
        while wanted():
            try:
                answer: T = future.result(_LOOK_SECONDS)
            except TimeoutError:
                if time.monotonic() < end:
                    continue
                self.end()
                raise Unfinished(words.took_longer(PATIENCE)) from None
            except BrokenProcessPool as error:
                self.end()
                raise Unfinished(words.ENDED) from error
            return answer
        self.end()
        return None

    def end(self) -> None:
        """End the process, whatever it is doing."""
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=False, kill_workers=True)
