"""A view whose run the browser carries, for a server that knows nothing of it. See carried.py."""

from __future__ import annotations

import time
from abc import abstractmethod
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from playground.live import carried, words
from playground.live.now import Now
from playground.live.protocol import Request
from playground.live.view import Command, View
from playground.settings.base import Notice
from playground.settings.config import SHOWN_FIELDS, Config

CARRY_EVERY: Final = (1.0, 5.0)  # seconds between two states that the browser gets while playing
CARRIED_BYTES: Final = 70_000  # a second, for their sake
_FORMAT: Final = 4  # of what is carried


class Resumable(View):
    """A view that another server can go on with, from what the browser brings along."""

    commands: ClassVar[Mapping[str, Command]] = {
        **View.commands,
        "resume": Command(lambda view, request: view.resume(request), plays=True),
    }
    parts: ClassVar[tuple[type[Any], ...]] = ()  # the classes of what is carried

    def __init__(self) -> None:
        super().__init__()
        self._carried: tuple[object, ...] = ()  # of which moment the browser has what it carries
        self._carry_at = 0.0  # by the clock, while playing
        self._fits = False  # whether it is not too large for that

    @abstractmethod
    def to_carry(self) -> object:
        """All that it is beside its settings and its rows."""

    @abstractmethod
    def take_carried(self, brought: Any, rows: bytes, step: int) -> None:
        """Be what `to_carry` and the browser's rows say, at `step` if that is near.

        Whatever is wrong with them may raise: a stranger may have written them.
        """

    @property
    @abstractmethod
    def condition(self) -> str:
        """One of "ready", "running", "finished", "diverged"."""

    @property
    def moving(self) -> bool:
        """Whether it can go on."""
        return self.condition in ("ready", "running")

    @property
    def can_be_brought_back(self) -> bool:
        """Whether the browser has what this view would have to be made of, were it gone."""
        return self._fits and not self.playing and self._carried == self._moment

    @property
    def _moment(self) -> tuple[object, ...]:
        return self.step, self.run, self._now

    def add_carried(self, arrays: dict[str, NDArray[Any]]) -> None:
        now, moment = time.monotonic(), self._moment
        early = self.playing and now < self._carry_at and moment[1:] == self._carried[1:]
        if early or moment == self._carried:
            return
        packed = carried.pack(self._written(), self._classes)
        self._carry_at = now + float(np.clip(len(packed) / CARRIED_BYTES, *CARRY_EVERY))
        self._carried = moment  # also of one that is too large, or it would be packed each time
        self._fits = len(packed) <= carried.MOST
        arrays["carried"] = np.frombuffer(packed if self._fits else b"", np.uint8)

    def _written(self) -> tuple[Any, ...]:
        return _FORMAT, type(self).__name__, self._texts(), self.to_carry()

    def _texts(self) -> list[dict[str, str]]:
        """The settings that the run depends on."""
        config, own = self.now
        return [_told(config), {} if own is None else own.to_query()]

    @property
    def _classes(self) -> dict[str, type[Any]]:
        return {each.__name__: each for each in self.parts}

    def resume(self, request: Request) -> None:
        """Go on with the run that the browser brings along, as another server left it.

        `value` holds "run" and "rows", base64 of what a message had as "carried" and of the
        history's rows (float32), and "playing". "run" is empty where it was too large.
        """
        value = request.value if isinstance(request.value, Mapping) else {}
        now = self._now
        if now is None:
            return
        self.playing = False
        self._carried = ()  # the browser has read nothing of this view's own run yet
        if self.begun_anew:
            return
        if value.get("run") == "":
            self._restarted = words.TOO_LARGE if request.step else ""
            return
        try:
            packed = b64decode(value["run"], validate=True)
            form, kind, texts, brought = carried.unpack(packed, self._classes)
            if (form, kind) != (_FORMAT, type(self).__name__):
                raise ValueError(words.OTHER_VERSION)
            then = settings_of_then(texts, now)
            self.begin(self.build(*then))
            self.take_carried(brought, b64decode(value["rows"], validate=True), request.step)
            if texts != self._texts() and not self._follow_to(now):
                return
            self.frame(), self.notice(), self.diverging  # it can be looked at
            self.playing = value.get("playing") is True and self.moving
        except Exception as error:  # whatever a stranger sends, the viewer has a run to look at
            self.begin(self.build(*now))
            self._restarted = words.not_brought_back(error)

    def _follow_to(self, now: Now) -> bool:
        """What was changed while no server had the run; False if it needs another."""
        if self.follow(*now):
            self.followed()
            return True
        self.begin(self.build(*now))
        self._restarted = words.OF_OTHER_SETTINGS
        return False


def settings_of_then(texts: Any, now: Now) -> Now:
    """Those that a run was carried with, and of now what does not touch a run."""
    config, own = now
    told, told_own = texts
    unheard: list[Notice] = []
    kept = {name: text for name, text in config.to_query().items() if name not in _told(config)}
    then = Config.read({**told, **kept}, unheard)
    return Now(then, None if own is None else type(own).read(told_own, unheard))


def _told(config: Config) -> dict[str, str]:
    texts = config.to_query()
    return {name: texts[name] for name in sorted(texts.keys() - SHOWN_FIELDS)}
