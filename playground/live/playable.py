"""A view that plays: it moves on tick by tick, and stops at the very tick that a person sees."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.core.optimizers import OPTIMIZERS
from engine.training.divergence import Divergence, Judge
from engine.training.schedules import SCHEDULES
from engine.training.snapshot import Snapshot
from engine.training.trainer import Trainer
from engine.training.tuning import Course, Hyperparameters
from playground.live import carried, words
from playground.live.history import History
from playground.live.now import Now
from playground.live.pacing import FRAMES_PER_SECOND, Pacing
from playground.live.protocol import Request
from playground.live.resumable import Resumable
from playground.live.view import Command, Frame, Row, View, asking
from playground.runs.scheduler import SCHEDULER
from playground.settings.config import SPEEDS, Speed

LAST_STEPS: Final = 24  # before a divergence, which are shown one by one
_REMEMBERED: Final = 8  # messages whose start is kept, so that Pause can go back to what was shown
LONGEST_REPLAY: Final = 0.5  # seconds, from such a state to the very step that was on show
LONGEST_WAY: Final = 5_000  # steps from a checkpoint, where a run that is brought back has few
LANDMARK_BYTES: Final = 30_000  # of one checkpoint, for the browser to carry it too


class _Start(NamedTuple):
    """Where a message began, and under which settings."""

    step: int
    mark: object
    settings: Now


def moving(
    act: Callable[[Any], object], *, from_what_is_shown: bool = False, **also: Any
) -> Command:
    """A command that moves a run, which then stands still."""

    def moved(view: Playable, request: Request) -> None:
        view.stop_at(request.step if from_what_is_shown and view.playing else None)
        act(view)
        view.note_end()

    return Command(moved, stills=True, **also)


def rate_asked(view: View, now: Now, value: Any) -> Mapping[str, Any]:
    """The learning rate that a request's value names, if it does."""
    given = value.get("rate") if isinstance(value, Mapping) else None
    return {} if given is None else view.at_rate(now, given)


def _steer(view: Playable, request: Request) -> None:
    """Go on from what is shown, unless another run has begun under the settings of now."""
    plays = isinstance(request.value, Mapping) and request.value.get("plays") is True
    if plays and request.run == view.run:
        view.take_another_way(request.step)


class Playable(Resumable):
    """A view with Play, Pause, Step and Reset, and a history."""

    commands: ClassVar[Mapping[str, Command]] = {
        **Resumable.commands,
        "tick": Command(plays=True),
        "speed": Command(change=lambda view, now, value: {"speed": value}, plays=True),
        "play": Command(lambda view, request: view.start(), plays=True),
        "pause": Command(lambda view, request: view.pause(request.step), stills=True),
        "step": moving(lambda view: view.move(1), from_what_is_shown=True),
        "reset": moving(lambda view: view.reset()),
        # While a hand moves the learning rate, and when it rests.
        "steer": Command(_steer, change=rate_asked, plays=True, fleeting=True),
        "rate": asking(lambda view, value: None, change=rate_asked),
    }
    buttons: ClassVar[tuple[str, ...]] = ("toggle", "step", "reset")
    fastest: ClassVar[float] = math.inf  # units a second that can be chosen
    tick_by_tick: ClassVar[bool] = False  # whether a tick a frame can be chosen as a speed

    def __init__(self) -> None:
        super().__init__()
        self.rows = History(1)
        self._starts: deque[_Start] = deque(maxlen=_REMEMBERED)
        self._pacing = Pacing()
        self._climb: list[Frame] = []

    # ---- what it says ---------------------------------------------------------------------

    @abstractmethod
    def advance(self, ticks: int) -> int:
        """Move on by up to `ticks` ticks; returns how many were made, 0 at the end."""

    @abstractmethod
    def mark(self) -> object:
        """All that moving on changes, so that `back_to` can return to it."""

    @abstractmethod
    def back_to(self, mark: object) -> None:
        """Return to a mark."""

    @abstractmethod
    def restart(self) -> None:
        """Back to the same start."""

    @property
    def trainers(self) -> Sequence[Trainer]:
        """Those of its run, if it has any."""
        return ()

    def extend(self) -> None:
        """Let a finished run go on, where it can."""
        return

    def climb(self) -> list[Frame]:
        """The last steps before it diverged, one by one, where frames are farther apart."""
        return []

    @property
    def ticks_a_unit(self) -> int:
        """Speeds are units a second."""
        return 1

    @property
    def place(self) -> float:
        """Units so far."""
        return self.step / self.ticks_a_unit

    @property
    def kept(self) -> tuple[int, int]:
        """Generation and number of the rows that the browser gets of the history."""
        return self.rows.generation, len(self.rows)

    def kept_since(self, start: int) -> NDArray[np.float32]:
        """Those from number `start` on, (N, W)."""
        return self.rows.since(start)

    def frame_row(self) -> Row:
        """The row of `frame()`, for those to whom the pictures cost more than the numbers."""
        return self.frame().row

    def tell_critical(self, ratio: float | None) -> None:
        """Mark the critical rate in the bar, where the rate of now is so many times as large."""
        known = ratio is not None and math.isfinite(ratio) and ratio > 0
        self.tell("critical", self.rate / ratio if self.rate and ratio and known else None)

    # ---- commands -------------------------------------------------------------------------

    @property
    def status(self) -> str:
        """The condition, or "paused" for what stands still midway."""
        if self.problem is not None or not self.moving:
            return "empty" if self.problem is not None else self.condition
        if self.playing:
            return "running"
        return "paused" if self.step else "ready"

    def start(self) -> None:
        """Play."""
        self.forget_restart()
        if self.condition == "finished":
            self.extend()
            if self.step == 0:
                self.begin(self.rows.width)  # from the start again, instead of farther
        self._pacing.fresh = True
        self.playing = self.moving

    def pause(self, step: int) -> None:
        """Stand still where the browser does."""
        self.playing = False
        self._return_to(step)

    def stop_at(self, step: int | None) -> None:
        """Stand still at what is shown, or where it is, before another way is taken."""
        if step is not None:
            self._return_to(step)
        self.playing = False
        self.forget_restart()
        self._starts.clear()

    def take_another_way(self, step: int) -> None:
        """Play on under the settings of now from the tick `step`, which is about to be shown."""
        self._return_to(step)
        self._pacing.fresh = True  # a short message: what has changed is to be seen at once
        self.playing = self.moving

    def reset(self) -> None:
        """Back to the same start, which counts as another run."""
        self.restart()
        self.begin(self.rows.width)

    def begin(self, width: int) -> None:
        super().begin(width)
        if width == self.rows.width:
            self.rows.clear()
        else:
            self.rows = History(width)
        self._starts.clear()
        self._pacing.restart()
        self._climb = []
        self.rows.add(0, self.frame_row())

    def followed(self) -> None:
        self.rows.renew(self.frame_row())  # what is kept of this moment is as it is now

    def move(self, ticks: int) -> int:
        """Advance, tick by tick so that each row can be kept."""
        made = 0
        while made < ticks and self.advance(1):
            made += 1
            if self.rows.wants(self.step):
                self.rows.add(self.step, self.frame_row())
        return made

    def note_end(self) -> None:
        """Remember the last steps of a run that has just diverged."""
        self._climb = self.climb() if self.condition == "diverged" else []

    def _return_to(self, step: int) -> None:
        """Go back to the tick that the browser shows: what a person sees is what is kept.

        The way there is gone again under the settings of then.
        """
        found = next((s for s in reversed(self._starts) if s.step <= step), None)
        now = self._now
        self._starts.clear()
        if found is None or now is None or not 0 <= step < self.step:
            return
        if found.settings != now:
            self.follow(*found.settings)
        self.back_to(found.mark)
        self.rows.cut(float(self.frame_row()[0]))
        self.move(step - found.step)
        if found.settings != now:
            self.follow(*now)
            self.followed()
        self.note_end()

    # ---- playing --------------------------------------------------------------------------

    @property
    def _speeds(self) -> dict[str, Speed]:
        """The speeds that suit this view, by name, slowest first."""
        return {
            name: speed
            for name, speed in SPEEDS.items()
            if speed.epochs_per_second <= self.fastest
            and (self.tick_by_tick or not speed.one_batch_per_frame)
        }

    @property
    def _chosen(self) -> str:
        """The name of the speed, or of the nearest where the Config's does not suit."""
        names = list(self._speeds)
        if self._config.speed in names:
            return self._config.speed
        return names[0] if SPEEDS[self._config.speed].one_batch_per_frame else names[-1]

    @property
    def speed(self) -> Speed:
        """At which it plays now."""
        return SPEEDS[self._chosen]

    def play_on(self) -> list[Frame]:
        if self._now is None:
            raise ValueError("there is nothing to play before there are settings")
        before, speed = self.step, self.speed
        self._starts.append(_Start(before, self.mark(), self._now))
        self._pacing.note(time.perf_counter(), self.place, speed.epochs_per_second)
        ticks = speed.epochs_per_second * self.ticks_a_unit
        if speed.one_batch_per_frame:
            ticks = FRAMES_PER_SECOND
        frames = self._pacing.play(self, ticks, self._share)
        self.note_end()
        if self._climb:
            frames = [f for f in frames if f.step < self._climb[0].step]
            frames += [f for f in self._climb if f.step >= before]
        self.playing = self.moving
        return frames

    def _share(self, wanted: float, late: bool) -> float:
        return SCHEDULER.share(self.id, wanted, late=late)

    def tempo(self, frames: int) -> dict[str, Any]:
        pacing = self._pacing
        return {
            "interval": pacing.interval(frames),
            "lead": pacing.lead,
            "speed": self._chosen,
            "speeds": [(n, s.label.replace("epoch", self.unit)) for n, s in self._speeds.items()],
            "pace": pacing.words(self.unit) if self.playing else "",
        }

    def add_history(self, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        """The rows that the browser has not got yet; all of them where its own are outdated."""
        have, (generation, count) = self._have, self.kept
        generation += self.run * 1_000_000  # rows of two runs must never be taken for each other
        known = have.run == self.run and have.generation == generation and have.rows <= count
        start = have.rows if known else 0
        header["history"] = {"generation": generation, "start": start}
        arrays["history"] = self.kept_since(start)
        if self._climb:
            arrays["climb"] = np.stack([f.row for f in self._climb]).astype(np.float32)

    # ---- what the browser carries -------------------------------------------------------------

    def to_carry(self) -> object:
        courses = [trainer.course for trainer in self.trainers]
        return self.mark(), courses, [_landmarks(trainer) for trainer in self.trainers]

    def take_carried(self, brought: Any, rows: bytes, step: int) -> None:
        width = self.rows.width
        mark, courses, landmarks = brought
        history = np.frombuffer(rows, "<f4").reshape(-1, width)
        for trainer, course in zip(self.trainers, courses, strict=True):
            trainer.take_course(course)
        if not carried.alike(mark, self.mark()):
            raise ValueError(words.OTHER_ARRAYS)
        forms = [_firm(trainer.snapshot()) for trainer in self.trainers]  # at their start
        self.back_to(mark)
        for trainer, passed, form in zip(self.trainers, landmarks, forms, strict=True):
            _adopt(trainer, passed, form)
        self.begin(width)
        self.take_rows(history[history[:, 0] <= self.place])
        end = time.perf_counter() + LONGEST_REPLAY
        while self.step < step and time.perf_counter() < end and self.move(1):
            pass
        if all(map(_is_near, self.trainers)):
            self.note_end()

    @property
    def can_be_brought_back(self) -> bool:
        # Without its checkpoints a run could not go back, or only the whole way from its start.
        last = [each for trainer in self.trainers for each in trainer.checkpoints.entries[-1:]]
        return super().can_be_brought_back and all(each.nbytes <= LANDMARK_BYTES for each in last)

    @property
    def _classes(self) -> dict[str, type[Any]]:
        every: list[type[Any]] = [*OPTIMIZERS.values(), *SCHEDULES.values()]
        every += [Snapshot, Judge, Divergence, Course, Hyperparameters]
        return {each.__name__: each for each in every} | super()._classes

    def take_rows(self, rows: NDArray[np.float32]) -> None:
        """Keep these (N, W) as its history."""
        self.rows.adopt(rows)


def _is_near(trainer: Trainer) -> bool:
    """Whether the last steps can be shown once more without a long way to them."""
    first = trainer.steps - LAST_STEPS
    before = [each.steps for each in trainer.checkpoints.entries if each.steps <= first]
    return first - max(before, default=0) <= LONGEST_WAY


def _landmarks(trainer: Trainer) -> list[Snapshot]:
    """The checkpoints that are asked for most: where it was healthy, and the last ones."""
    kept = [each for each in trainer.checkpoints.entries if each.epoch > 0]
    healthy = [each for each in kept if each.judge.healthy]
    before = [each for each in kept if each.steps <= trainer.steps - LAST_STEPS]
    chosen = {each.steps: each for last in (healthy, before, kept) for each in last[-1:]}
    return [each for _, each in sorted(chosen.items()) if each.nbytes <= LANDMARK_BYTES]


def _adopt(trainer: Trainer, landmarks: Sequence[Snapshot], form: tuple[Any, ...]) -> None:
    """Let a trainer that has been brought to another's moment have its landmarks too."""
    for each in landmarks:
        if not carried.alike(_firm(each), form):
            raise ValueError(words.OTHER_CHECKPOINTS)
        trainer.checkpoints.append(each.epoch, each)


def _firm(snapshot: Snapshot) -> tuple[Any, ...]:
    """What has the same form in all snapshots of a run: its optimizer may be changed."""
    return snapshot.epoch, snapshot.steps, snapshot.weights, snapshot.judge
