"""A view: one viewer's picture, told to the browser message by message. Knows no Streamlit.

The browser pulls: a request in, one message out, which may carry several frames. A subclass says
what is drawn, what a frame shows, and in a table what each command does.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Final
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from playground.figures.terms import explained
from playground.live import keys, words
from playground.live.now import ROOM, Now
from playground.live.protocol import Notice, Request, differences, pack
from playground.runs.scheduler import SCHEDULER
from playground.settings.base import Settings
from playground.settings.config import DISPLAY_FIELDS, LEARNING_RATES, Config

Codes = NDArray[np.uint8]
Row = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Frame:
    """What one picture shows.

    `row` holds the numbers of this moment, its place on the horizontal axis first. By panel,
    `images` are byte grids (K, H, W), and `arrays` other float32 arrays.
    """

    step: int
    row: Row
    images: Mapping[str, Codes] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What a request brings: the message, the settings after it, and whether to open the Config."""

    message: bytes
    config: Config
    settings: Settings | None  # the page's own
    opens: bool = False  # the Playground is to be opened with this Config
    fleeting: bool = False  # the settings are about to change again


def panel(id_: str, kind: str, title: str, *, figure: Any = None, **spec: Any) -> dict[str, Any]:
    """The figures of one panel, of a kind in static/live/panels.js; `figure` is Plotly's."""
    drawn = {} if figure is None else {"figure": json.loads(figure.to_json())}
    return {"id": id_, "kind": kind, "title": title, **drawn, **spec}


def _nothing(view: Any, request: Request) -> Config | None:
    return None


def _no_change(view: Any, now: Now, value: Any) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Command:
    """What a request of one name does.

    `change` gives the settings that it asks for of a view, the Config's and the page's; bad values
    change nothing. `act` is called when they are taken over, and may return a Config to be opened
    in the Playground.
    """

    act: Callable[[Any, Request], Config | None] = _nothing
    change: Callable[[Any, Now, Any], Mapping[str, Any]] = _no_change
    stills: bool = False  # nothing plays any more after it
    plays: bool = False  # what plays goes on with it
    again: bool = False  # asked once more under the same number, it is answered once more
    fleeting: bool = False  # a hand still moves: the page beside it need not follow yet


def _display(view: Any, now: Now, value: Any) -> Mapping[str, Any]:
    """The display settings among those given."""
    given = value if isinstance(value, dict) else {}
    return {name: on for name, on in given.items() if name in DISPLAY_FIELDS}


_LOOK: Final = Command(again=True)


def asking(act: Callable[[Any, Any], Config | None], **also: Any) -> Command:
    """A command that asks something of what is shown: `act` is called with the view and a value."""

    def asked(view: View, request: Request) -> Config | None:
        view.forget_restart()
        return act(view, request.value)

    return Command(asked, **also)


class View(ABC):
    """One viewer's picture. `handle` is the only way in."""

    commands: ClassVar[Mapping[str, Command]] = {
        "look": _LOOK,
        "view": Command(change=_display, plays=True),
    }
    buttons: ClassVar[tuple[str, ...]] = ()  # of the bar; no bar without any
    halt: ClassVar[str] = words.PAUSE  # what the button says that ends playing
    label: ClassVar[str] = words.PICTURE  # for those who do not see it
    unit: ClassVar[str] = "epoch"  # what a row's place is counted in
    rate_name: ClassVar[str] = ""  # of the setting that is the learning rate in the bar, if any is
    rate_limits: ClassVar[tuple[float, float]] = LEARNING_RATES  # what it may be
    layouts: ClassVar[Mapping[str, str]] = MappingProxyType({})  # of its charts, to choose from

    def __init__(self) -> None:
        self.id = uuid4().hex  # no other view has it, in whatever process
        self.playing = False
        self.version = 0  # of the figures
        self.run = 0  # counts starts
        self.begun_anew = False  # whether a run of its own was asked for when it was built
        self.problem: str | None = None  # why there is nothing to show
        self._now: Now | None = None
        self._sequence = 0
        self._answered = 0
        self.answered_at = time.monotonic()  # when it last did
        self._have = Request(0, "look")
        self._restarted = ""  # why it started anew, in words
        self._told: dict[str, Any] = {}

    # ---- what a view says -----------------------------------------------------------------

    @abstractmethod
    def build(self, config: Config, settings: Any) -> int:
        """Make everything anew for these settings; returns the width of a frame's row.

        ValueError if there is nothing to show for them: its words are shown instead.
        """

    def follow(self, config: Config, settings: Any) -> bool:
        """Take over changed settings without a new start; False if that cannot be."""
        return False

    @property
    @abstractmethod
    def step(self) -> int:
        """Of the picture of now."""

    @abstractmethod
    def frame(self) -> Frame:
        """The picture of now."""

    @abstractmethod
    def figures(self) -> dict[str, Any]:
        """What is drawn around the frames: `readouts` and `panels`. Sent once a version."""

    @abstractmethod
    def notice(self) -> Notice:
        """What is said about it."""

    @property
    def status(self) -> str:
        """In one word."""
        return "empty" if self.problem is not None else "ready"

    @property
    def diverging(self) -> bool:
        """Whether it is on the way to no good, though all is finite."""
        return False

    def state(self, want: frozenset[str]) -> dict[str, dict[str, Any]]:
        """By panel, what changes with every message but not with every frame, arrays too.

        `want` are the panels in sight, of those whose state is sent only where it is seen.
        """
        return {}

    def rate_of(self, now: Now) -> float | None:
        """The learning rate in the bar under these settings; None where there is none, or many."""
        return now.value(self.rate_name) if self.rate_name else None

    def at_rate(self, now: Now, rate: Any) -> dict[str, Any]:
        """The settings that make it this one."""
        return {self.rate_name: rate} if self.rate_name else {}

    @property
    def rate_ends(self) -> tuple[float, float]:
        """Of its slider in the bar, unless the rate itself lies beyond."""
        return 1e-4, 10.0

    @property
    def rate(self) -> float | None:
        """The one of now."""
        return None if self._now is None else self.rate_of(self._now)

    @property
    def now(self) -> Now:
        """The settings that hold; the usual ones before there are any."""
        return self._now or Now(Config(), None)

    @property
    def _config(self) -> Config:
        return self.now.config

    def play_on(self) -> list[Frame]:
        """One message's worth of frames."""
        return [self.frame()]

    def close(self) -> None:
        """The viewer has left; stop what still runs, if anything does."""
        return

    def tell(self, name: str, value: Any) -> None:
        """Put something into the next message only."""
        self._told[name] = value

    # ---- requests -------------------------------------------------------------------------

    def handle(
        self,
        request: Request | None,
        config: Config,
        settings: Settings | None = None,
        *,
        anew: bool = False,
    ) -> Answer:
        """Bring the view to these settings, do what is asked, answer.

        `request` is None when the page was drawn anew without one. `anew` asks for a run of its
        own, even where the present one could go on with the settings.
        """
        if request is not None and request.run < 0:
            self._answered = 0  # a new browser half, which counts from the beginning
        now = Now(config, settings)
        opens: Config | None = None
        frames: list[Frame] = []
        with SCHEDULER.turn():
            command = _LOOK
            for due in self._due(request):
                command = self.commands.get(due.command, _LOOK)
                now = now.changed(command.change(self, now, due.value))
                self._settle(now, anew)
                anew, frames = False, []
                if self.problem is None:
                    opens = command.act(self, due) or opens
                    goes_on = self.playing and command.plays
                    frames = self.play_on() if goes_on else [self.frame()]
            if request is not None:
                self._have = request
                self._answered = max(self._answered, request.number)
            message = self._message(frames)
            self.answered_at = time.monotonic()
        return Answer(
            message, opens or now.config, now.settings, opens is not None, command.fleeting
        )

    def _due(self, request: Request | None) -> list[Request]:
        """What is to be done now, one after the other; a look where all is done already."""
        if self._now is None and request is not None and request.run >= 0:
            # The page shows another view's run. It is about to meet this one, and asks once more.
            return [Request(0, "look")]
        due = [] if request is None else request.due(self._answered)
        if request is not None and not due and self.commands.get(request.command, _LOOK).again:
            due = [request]
        return due or [Request(0, "look")]

    def _settle(self, now: Now, anew: bool) -> None:
        """Take over the settings, with a new start where they or `anew` ask for one."""
        before = self._now
        if now == before and not anew:
            return
        self._now = now
        begun = None if anew or self.problem is not None else before
        if begun is not None and (self.follow(*now) or now.looks_like(begun)):
            self.followed()
            return
        self.playing, self.begun_anew = False, anew
        self.version += 1
        try:
            width = self.build(*now)
            self.problem = None
            self.begin(width)
            if before is not None and not anew:
                self._restarted = words.started_anew(now.what_changed(before))
        except ValueError as error:
            self.problem = str(error)
            self.run += 1

    def begin(self, width: int) -> None:
        """It is at its start; its rows have this width."""
        self.run += 1
        self.forget_restart()

    def forget_restart(self) -> None:
        """What made it start anew has been read."""
        self._restarted = ""

    def explain_restart(self, said: str) -> None:
        """Say this of the run until it goes on."""
        self._restarted = said

    def followed(self) -> None:
        """Changed settings have been taken over."""
        return

    # ---- the message ----------------------------------------------------------------------

    def _message(self, frames: list[Frame]) -> bytes:
        self._sequence += 1
        header: dict[str, Any] = {
            "view": self.id,
            "kind": type(self).__name__,
            "seq": self._sequence,
            "answers": self._answered,
            "version": self.version,
            "run": self.run,
            "playing": self.playing,
            "status": self.status,
            "diverging": self.problem is None and self.diverging,
            "rate": self.rate,
            "room": {name: getattr(self._config, name) for name in ROOM},
            "notice": self._notice().as_json(),
            **self.tempo(len(frames)),
        }
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
            header["state"] = {}
            for panel, parts in self.state(self._have.want).items():
                is_array = {name: isinstance(part, np.ndarray) for name, part in parts.items()}
                header["state"][panel] = {n: p for n, p in parts.items() if not is_array[n]}
                arrays |= {f"state:{panel}:{n}": p for n, p in parts.items() if is_array[n]}
            self.add_history(header, arrays)
            self.add_carried(arrays)
        if self._have.figures != self.version:
            header["figures"] = self._figures()
        header |= self._told
        self._told = {}
        return pack(header, arrays)

    def tempo(self, frames: int) -> dict[str, Any]:
        """How so many frames are to be played, and the speeds to choose from; times in ms."""
        return {"interval": 250, "lead": 250, "speed": "", "speeds": [], "pace": ""}

    def add_history(self, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        """Add the records that the browser has not got yet."""
        return

    def add_carried(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Add what the browser carries, for a server that knows nothing of this view."""
        return

    def _figures(self) -> dict[str, Any]:
        found = {"readouts": [], "panels": []} if self.problem is not None else self.figures()
        ends = dict(zip(("low", "high"), self.rate_limits, strict=True)) | {"ends": self.rate_ends}
        return {
            "version": self.version,
            "label": self.label,
            "unit": self.unit,
            "buttons": self.buttons,
            "commands": {name: command.stills for name, command in self.commands.items()},
            "halt": self.halt,
            "rated": self.rate is not None and {**ends, "terms": explained("critical rate")},
            "layouts": dict(self.layouts),
            "keys": keys.as_json(self._has()),
            **found,
        }

    def _has(self) -> set[str]:
        """Its commands and kinds, for which there are keys."""
        leads = bool(self.buttons) or "go" in self.commands  # of several on a page, one
        kinds = {"rated": self.rate is not None, "layouts": bool(self.layouts), "room": leads}
        return {*self.commands, *(name for name, so in kinds.items() if so)}

    def _notice(self) -> Notice:
        if self.problem is not None:
            return Notice("warn", self.problem)
        if self._restarted:
            return Notice("info", self._restarted)
        return self.notice()
