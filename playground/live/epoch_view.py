"""A view over a run that counts in epochs: one epoch a tick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from engine.training.trainer import Trainer
from playground.live.shareable import Logged


class EpochRun(Protocol):
    """What trains, and can go back to a snapshot of itself."""

    @property
    def epoch(self) -> int: ...

    @property
    def status(self) -> str: ...

    @property
    def trainers(self) -> Sequence[Trainer]: ...

    def run_epochs(self, n: int) -> int: ...

    def snapshot(self) -> Any: ...

    def restore(self, snapshot: Any) -> None: ...

    def reset(self) -> None: ...

    def extend(self) -> None: ...


R = TypeVar("R", bound=EpochRun)


class EpochView(Logged, Generic[R]):
    """`build` sets the run."""

    buttons: ClassVar[tuple[str, ...]] = ("toggle", "step", "reset", "share")

    _run: R

    @property
    def step(self) -> int:
        return self._run.epoch

    @property
    def condition(self) -> str:
        return self._run.status

    def go(self, ticks: int) -> int:
        return self._run.run_epochs(ticks)

    @property
    def trainers(self) -> Sequence[Trainer]:
        return self._run.trainers

    def mark(self) -> Any:
        return self._run.snapshot()

    def back_to(self, mark: Any) -> None:
        self._run.restore(mark)

    def restart(self) -> None:
        self._run.reset()

    def extend(self) -> None:
        self._run.extend()
