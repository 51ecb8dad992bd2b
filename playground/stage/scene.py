"""A scene: something that moves in ticks, told to the browser as frames. Knows no Streamlit.

The browser pulls, as in the Playground: a request in, one message with several frames out. A
subclass says what a tick does, what a frame shows and what is drawn around it; how fast it goes,
Pause, Step, Reset and the message itself are the same for all.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from playground.config import SPEEDS, Config, Speed
from playground.fields import FieldError
from playground.gate import GATE
from playground.live.notices import Notice
from playground.live.wire import Request, differences, pack
from playground.settings import Settings
from playground.stage.pace import Pace
from playground.stage.rows import Rows

FRAMES_PER_SECOND: Final = 30
BURST: Final = 0.3  # seconds of play in one message
FIRST_BURST: Final = 0.06  # the first one after Play is short, so that the picture moves at once
_REMEMBERED: Final = 4  # messages whose start is kept, so that Pause can go back to what was shown
_UNPACED: Final = 4.0  # frames a second of a scene that goes at its own pace
_TRAINS: Final = ("ready", "running")

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Frame:
    """What one picture shows.

    `row` holds the numbers of this moment, the first of them its place on the horizontal axis;
    panels take their columns from it. `images` are byte grids (K, H, W) by panel, `arrays` other
    float32 arrays by panel.
    """

    step: int
    row: NDArray[np.float32]
    images: Mapping[str, Codes] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What a request brings: the message, the Config after it, and whether to open it."""

    message: bytes
    config: Config
    opens: bool = False  # the Playground is to be opened with this Config


class Scene(ABC):
    """One viewer's moving picture. `handle` is the only way in."""

    unit: ClassVar[str] = "epoch"  # what a tick is called
    fastest: ClassVar[float] = np.inf  # ticks a second that can be chosen
    paced: ClassVar[bool] = True  # whether a speed can be chosen
    steps: ClassVar[bool] = True  # whether a person can go tick by tick
    halt: ClassVar[str] = "Pause"  # what the button says that ends playing
    bare: ClassVar[bool] = False  # whether there is nothing to play, and no bar

    def __init__(self) -> None:
        self.playing = False
        self.version = 0  # of the figures
        self.run = 0  # counts starts
        self.problem: str | None = None  # why there is nothing to show
        self.rows = Rows(1)
        self._config = Config()
        self._now: tuple[Config, Settings] | None = None
        self._sequence = 0
        self._answered = 0
        self._have = Request(0, "look")
        self._starts: deque[tuple[int, object]] = deque(maxlen=_REMEMBERED)
        self._carry = 0.0
        self._fresh = True
        self._pace = Pace()
        self._tick_cost = 0.0
        self._frame_cost = 0.002
        self._restarted = False
        self._extra: dict[str, Any] = {}

    # ---- what a scene says ----------------------------------------------------------------

    @abstractmethod
    def build(self, config: Config, settings: Any) -> int:
        """Make everything anew for these settings; returns the width of a frame's row.

        ValueError if there is nothing to show for them: its words are shown instead.
        """

    def follow(self, config: Config, settings: Any) -> bool:
        """Take over changed settings without a new start; False if that cannot be."""
        return False

    @abstractmethod
    def advance(self, ticks: int) -> int:
        """Move on by up to `ticks` ticks; returns how many were made, 0 at the end."""

    @property
    @abstractmethod
    def step(self) -> int:
        """Ticks so far."""

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

    @abstractmethod
    def frame(self) -> Frame:
        """The picture of now."""

    @abstractmethod
    def figures(self) -> dict[str, Any]:
        """What is drawn around the frames: `readouts` and `panels`. Sent once a version."""

    @abstractmethod
    def notice(self) -> Notice:
        """What is said about it."""

    def state(self) -> dict[str, Any]:
        """By panel, what changes with every message but not with every frame: tables, marks."""
        return {}

    def do(self, command: str, value: Any) -> Config | None:
        """A command of this scene's own; a Config that is to be opened in the Playground."""
        return None

    def started(self) -> None:
        """Play was pressed."""
        return

    def stopped(self) -> None:
        """Pause was pressed, or something that ends playing."""
        return

    def extend(self) -> None:
        """Let a finished scene go on, where it can."""
        return

    def close(self) -> None:
        """The viewer has left; stop what still runs, if anything does."""
        return

    def tell(self, name: str, value: Any) -> None:
        """Put something into the next message only."""
        self._extra[name] = value

    # ---- requests -------------------------------------------------------------------------

    def handle(
        self, request: Request | None, config: Config, settings: Settings, *, anew: bool = False
    ) -> Answer:
        """Bring the scene to these settings, do what is asked, answer.

        `anew` asks for a run of its own, even where the present one could go on with them.
        """
        if request is not None and request.run < 0:
            self._answered = 0  # a new browser half, which counts from the beginning
        opens: Config | None = None
        with GATE.turn() as viewers:
            frames: list[Frame] = []
            for due in self._due(request):
                if due is not None and due.command == "speed":
                    config = _with_speed(config, due.value)
                self._settle(config, settings, anew)
                anew = False
                if self.problem is None:
                    asked, frames = self._act(due, viewers)
                    opens = asked or opens
            if request is not None:
                self._have = request
                self._answered = max(self._answered, request.number)
            message = self._message(frames)
        return Answer(message, opens or config, opens is not None)

    def _due(self, request: Request | None) -> list[Request | None]:
        """What is to be done now, one after the other; a look where all is done already."""
        due = [] if request is None else request.due(self._answered)
        return [*due] or [None]

    def _settle(self, config: Config, settings: Settings, anew: bool) -> None:
        """Take over the settings, with a new start where they or `anew` ask for one."""
        now = (config, settings)
        if now == self._now and not anew:
            return
        first = self._now is None
        self._config, self._now = config, now
        goes_on = not first and not anew and self.problem is None
        if goes_on and self.follow(config, settings):
            self.rows.renew(self.frame_row())  # what is kept of this moment is as it is now
            return
        self.playing = False
        self.version += 1
        try:
            width = self.build(config, settings)
            self.problem = None
            self.rows = Rows(width)
            self._begin()
            self._restarted = not first and not anew
        except ValueError as error:
            self.problem = str(error)
            self.run += 1

    def _begin(self) -> None:
        self.run += 1
        self.rows.clear()
        self._starts.clear()
        self._fresh = True
        self._carry = 0.0
        self._restarted = False
        self.rows.add(0, self.frame().row)

    def _act(self, request: Request | None, viewers: int) -> tuple[Config | None, list[Frame]]:
        command = "look" if request is None else request.command
        opens: Config | None = None
        if command == "play" and not self.bare:
            self._restarted = False
            self._fresh = True
            if self.condition == "finished":
                self.extend()
                if self.step == 0:
                    self._begin()  # from the start again, instead of farther
            self.playing = self.condition in _TRAINS
            if self.playing:
                self.started()
        elif command == "pause" and request is not None:
            self._stand_still()
            self._return_to(request.step)
        elif command in ("step", "epoch") and request is not None:
            if self.playing:
                self._return_to(request.step)
            self._stand_still()
            self._restarted = False
            self._starts.clear()
            self._move(1)
        elif command == "reset":
            self._stand_still()
            self.restart()
            self._begin()
        elif request is not None and command in ("open", "explain", "pick"):
            self._restarted = False
            opens = self.do(command, request.value)
        if self.playing and command in ("tick", "play", "speed"):
            return opens, self.play_on(viewers)
        return opens, [self.frame()]

    def _stand_still(self) -> None:
        if self.playing:
            self.stopped()
        self.playing = False

    def _move(self, ticks: int) -> int:
        """Advance tick by tick where rows are to be kept, else at once."""
        made = 0
        while made < ticks:
            started = time.perf_counter()
            if not self.advance(1):
                break
            made += 1
            if self.rows.wants(self.step):
                self.rows.add(self.step, self.frame_row())
            cost = time.perf_counter() - started
            self._tick_cost = cost if not self._tick_cost else 0.9 * self._tick_cost + 0.1 * cost
        return made

    def frame_row(self) -> NDArray[np.float32]:
        """The row of `frame()`, for those to whom the pictures cost more than the numbers."""
        return self.frame().row

    def _return_to(self, step: int) -> None:
        """Go back to the tick that the browser shows: what a person sees is what is kept."""
        found = next((s for s in reversed(self._starts) if s[0] <= step), None)
        self._starts.clear()
        if found is None or not 0 <= step < self.step:
            return
        self.back_to(found[1])
        self.rows.cut(float(self.frame_row()[0]))
        self._move(step - found[0])

    # ---- moving on ------------------------------------------------------------------------

    @property
    def _speeds(self) -> dict[str, Speed]:
        """The speeds that suit this scene, by name, slowest first."""
        return {
            name: speed
            for name, speed in SPEEDS.items()
            if not speed.one_batch_per_frame and speed.epochs_per_second <= self.fastest
        }

    @property
    def _chosen(self) -> str:
        """The name of the speed, or of the nearest where the Config's does not suit."""
        names = list(self._speeds)
        if self._config.speed in names:
            return self._config.speed
        return names[0] if SPEEDS[self._config.speed].one_batch_per_frame else names[-1]

    @property
    def _choices(self) -> list[tuple[str, str]]:
        """The speeds as the browser lists them."""
        if not self.paced:
            return []
        return [(n, s.label.replace("epoch", self.unit)) for n, s in self._speeds.items()]

    @property
    def _speed(self) -> float:
        """Ticks a second; infinite for as fast as it goes."""
        if not self.paced:
            return _UNPACED
        return SPEEDS[self._chosen].epochs_per_second

    @property
    def _rate(self) -> float:
        """Frames a second."""
        return min(FRAMES_PER_SECOND, self._speed)

    def play_on(self, viewers: int) -> list[Frame]:
        """One message's worth of frames."""
        self._starts.append((self.step, self.mark()))
        self._pace.note(time.perf_counter(), self.step, self._speed, self._fresh)
        burst = FIRST_BURST if self._fresh else BURST
        count = max(1, round(self._rate * burst))
        seconds = max(burst, 1 / self._rate)
        endless = bool(np.isinf(self._speed))
        began = time.perf_counter()
        end = began + 0.8 * seconds / viewers
        frames: list[Frame] = []
        for i in range(count):
            if endless:
                due = began + (end - began) * (i + 1) / count - self._frame_cost
                self._until(due)
            else:
                self._carry += self._speed / self._rate
                whole = int(self._carry)
                self._carry -= whole
                self._move(whole)
            started = time.perf_counter()
            frames.append(self.frame())
            self._frame_cost += 0.3 * (time.perf_counter() - started - self._frame_cost)
            if self.condition not in _TRAINS:
                self.playing = False
                break
            if time.perf_counter() > end:
                break
        self._fresh = False
        return frames

    def _until(self, due: float) -> None:
        """Move on until the time `due`, by one tick at least."""
        while self._move(1) and time.perf_counter() + self._tick_cost < due:
            pass

    # ---- the message ----------------------------------------------------------------------

    @property
    def status(self) -> str:
        """The condition, or "paused" for what stands still midway."""
        if self.problem is not None:
            return "empty"
        condition = self.condition
        if condition in _TRAINS:
            if self.playing:
                return "running"
            return "paused" if self.step else "ready"
        return condition

    def _message(self, frames: list[Frame]) -> bytes:
        have = self._have
        self._sequence += 1
        header: dict[str, Any] = {
            "seq": self._sequence,
            "answers": self._answered,
            "version": self.version,
            "run": self.run,
            "playing": self.playing,
            "status": self.status,
            "interval": 1000 / self._rate,
            "lead": 250,
            "speed": self._chosen if self.paced else "",
            "speeds": self._choices,
            "pace": self._pace.words(self.unit) if self.playing and self.paced else "",
            "notice": self._notice().as_json(),
            **self._extra,
        }
        self._extra = {}
        arrays: dict[str, NDArray[Any]] = {}
        if frames:
            arrays["steps"] = np.array([float(f.step) for f in frames])
            arrays["rows"] = np.stack([f.row for f in frames])
            for name in frames[0].images:
                stack = np.stack([f.images[name] for f in frames])
                flat = differences(stack.reshape(len(frames), -1, 1))
                arrays[f"image:{name}"] = flat.reshape(stack.shape)
            for name in frames[0].arrays:
                arrays[f"array:{name}"] = np.stack([f.arrays[name] for f in frames])
        if self.problem is None:
            header["state"] = self.state()
            self._add_rows(header, arrays)
        if have.figures != self.version:
            header["figures"] = self._figures()
        return pack(header, arrays)

    def _figures(self) -> dict[str, Any]:
        found = {"readouts": [], "panels": []} if self.problem is not None else self.figures()
        ways = {"unit": self.unit, "steps": self.steps, "halt": self.halt, "bare": self.bare}
        return {"version": self.version, **ways, **found}

    def _add_rows(self, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        """The rows that the browser has not got yet; all of them where its own are outdated."""
        have, rows = self._have, self.rows
        generation = self.run * 1_000_000 + rows.generation
        known = have.run == self.run and have.generation == generation and have.rows <= len(rows)
        start = have.rows if known else 0
        header["history"] = {"generation": generation, "start": start}
        arrays["history"] = rows.since(start)

    def _notice(self) -> Notice:
        if self.problem is not None:
            return Notice("warn", self.problem)
        if self._restarted:
            return Notice("info", "Started anew, because a setting changed. Press Play.")
        return self.notice()


def _with_speed(config: Config, value: Any) -> Config:
    try:
        return replace(config, speed=value)
    except FieldError:
        return config
