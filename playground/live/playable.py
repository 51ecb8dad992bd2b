"""A view that plays: it moves on tick by tick, and stops at the very tick that a person sees."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from base64 import b64decode
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
from playground.live import carried
from playground.live.history import History
from playground.live.pacing import FRAMES_PER_SECOND, Pacing
from playground.live.protocol import Request
from playground.live.view import Command, Frame, Row, View
from playground.runs.scheduler import SCHEDULER
from playground.settings.base import Settings
from playground.settings.config import DISPLAY_FIELDS, SPEEDS, Config, Speed

LAST_STEPS: Final = 24  # before a divergence, which are shown one by one
_REMEMBERED: Final = 8  # messages whose start is kept, so that Pause can go back to what was shown
_MOVING: Final = ("ready", "running")
CARRY_EVERY: Final = (1.0, 5.0)  # seconds between two states that the browser gets while playing
CARRIED_BYTES: Final = 70_000  # a second, for their sake
LONGEST_REPLAY: Final = 0.5  # seconds, from such a state to the very step that was on show
_FORMAT: Final = 1  # of what is carried


class _Start(NamedTuple):
    """Where a message began, and under which settings."""

    step: int
    mark: object
    settings: tuple[Config, Settings | None]


def moving(
    act: Callable[[Any], object], *, from_what_is_shown: bool = False, **also: Any
) -> Command:
    """A command that moves a run, which then stands still."""

    def moved(view: Playable, request: Request) -> None:
        view.stop_at(request.step if from_what_is_shown and view.playing else None)
        act(view)
        view.note_end()

    return Command(moved, stills=True, **also)


class Playable(View):
    """A view with Play, Pause, Step and Reset, and a history."""

    commands: ClassVar[Mapping[str, Command]] = {
        **View.commands,
        "tick": Command(plays=True),
        "speed": Command(change=lambda config, value: {"speed": value}, plays=True),
        "play": Command(lambda view, request: view.start(), plays=True),
        "pause": Command(lambda view, request: view.pause(request.step), stills=True),
        "step": moving(lambda view: view.move(1), from_what_is_shown=True),
        "reset": moving(lambda view: view.reset()),
        "resume": Command(lambda view, request: view.resume(request), plays=True),
    }
    buttons: ClassVar[tuple[str, ...]] = ("toggle", "step", "reset")
    fastest: ClassVar[float] = math.inf  # units a second that can be chosen
    tick_by_tick: ClassVar[bool] = False  # whether a tick a frame can be chosen as a speed
    parts: ClassVar[tuple[type[Any], ...]] = ()  # what a mark is made of, beside the engine's

    def __init__(self) -> None:
        super().__init__()
        self.rows = History(1)
        self._starts: deque[_Start] = deque(maxlen=_REMEMBERED)
        self._pacing = Pacing()
        self._climb: list[Frame] = []
        self._carried: tuple[object, ...] = ()  # of which moment the browser has what it carries
        self._carry_at = 0.0  # by the clock, while playing

    # ---- what it says ---------------------------------------------------------------------

    @abstractmethod
    def advance(self, ticks: int) -> int:
        """Move on by up to `ticks` ticks; returns how many were made, 0 at the end."""

    @property
    @abstractmethod
    def condition(self) -> str:
        """One of "ready", "running", "finished", "diverged"."""

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

    # ---- commands -------------------------------------------------------------------------

    @property
    def moving(self) -> bool:
        """Whether it can go on."""
        return self.condition in _MOVING

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

    def play_on(self) -> list[Frame]:
        if self._now is None:
            raise ValueError("there is nothing to play before there are settings")
        before, speed = self.step, SPEEDS[self._chosen]
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

    def add_carried(self, arrays: dict[str, NDArray[Any]]) -> None:
        now, moment = time.monotonic(), (self.step, self.run, self._now)
        early = self.playing and now < self._carry_at and moment[1:] == self._carried[1:]
        if early or moment == self._carried:
            return
        packed = carried.pack(self._carries(), self._classes)
        self._carry_at = now + float(np.clip(len(packed) / CARRIED_BYTES, *CARRY_EVERY))
        self._carried = moment  # also of one that is too large, or it would be packed each time
        if len(packed) <= carried.MOST:
            arrays["carried"] = np.frombuffer(packed, np.uint8)

    def _carries(self) -> tuple[Any, ...]:
        courses = [trainer.course for trainer in self.trainers]
        return _FORMAT, type(self).__name__, self._texts(), self.mark(), courses

    def _texts(self) -> list[dict[str, str]]:
        """The settings that the run depends on."""
        config, own = self._now or (self._config, None)
        texts = config.to_query()
        kept = {name: texts[name] for name in sorted(texts.keys() - DISPLAY_FIELDS - {"speed"})}
        return [kept, {} if own is None else own.to_query()]

    @property
    def _classes(self) -> dict[str, type[Any]]:
        every: list[type[Any]] = [*OPTIMIZERS.values(), *SCHEDULES.values(), *self.parts]
        every += [Snapshot, Judge, Divergence, Course, Hyperparameters]
        return {each.__name__: each for each in every}

    def resume(self, request: Request) -> None:
        """Go on with the run that the browser brings along, as another server left it.

        `value` holds "run" and "rows", base64 of what a message had as "carried" and of the
        history's rows (float32), and "playing". What does not fit the present settings is refused.
        """
        value = request.value if isinstance(request.value, Mapping) else {}
        width, now = self.rows.width, self._now
        if now is None:
            return
        try:
            packed = b64decode(value["run"], validate=True)
            form, kind, texts, mark, courses = carried.unpack(packed, self._classes)
            if (form, kind, texts) != (_FORMAT, type(self).__name__, self._texts()):
                raise ValueError("it belongs to other settings, or to another version")
            rows = np.frombuffer(b64decode(value["rows"], validate=True), "<f4").reshape(-1, width)
            for trainer, course in zip(self.trainers, courses, strict=True):
                trainer.take_course(course)
            if not carried.alike(mark, self.mark()):
                raise ValueError("its arrays have other shapes")
            self.back_to(mark)
            self.begin(width)
            self.take_rows(rows[rows[:, 0] <= self.place])
            end = time.perf_counter() + LONGEST_REPLAY
            while self.step < request.step and time.perf_counter() < end and self.move(1):
                pass
            self.note_end()
            self.frame(), self.notice(), self.diverging  # it can be looked at
            self.playing = value.get("playing") is True and self.moving
        except Exception as error:  # whatever a stranger sends, the viewer has a run to look at
            self.build(*now)
            self.begin(width)
            self._restarted = f"Started anew: the run could not be brought back ({error})."

    def take_rows(self, rows: NDArray[np.float32]) -> None:
        """Keep these (N, W) as its history."""
        self.rows.adopt(rows)
