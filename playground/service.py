"""What a server of a whole class says of itself: seats, figures to read, one log line an event.

It knows no Streamlit: serve.py joins it to the server, page.py asks it for a seat.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

from playground.runs.scheduler import SCHEDULER

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Asgi: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

SEATS: Final = 100  # of one process, unless PLAYGROUND_SEATS says otherwise: see docs/deploy.md
METRICS_TYPE: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_STREAM: Final = "/_stcore/stream"  # the websocket of a viewer
_FORWARDED: Final = frozenset({b"forwarded", b"x-forwarded-for"})  # what a proxy adds

_LOG: Final = logging.getLogger("playground")


def log(event: str, **facts: object) -> None:
    """Write one line: what happened and when, as JSON. Nothing in it says who the viewer is."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    _LOG.info(json.dumps({"time": now, "event": event, **facts}))


class Room:
    """The seats of this process: those who have one keep it as long as they are connected."""

    def __init__(self, seats: int) -> None:
        self.seats = seats
        self.refused = 0
        self._seated: dict[str, Callable[[], bool]] = {}
        self._lock = threading.Lock()

    def enter(self, viewer: str, connected: Callable[[], bool], *, back: bool = False) -> bool:
        """Take a seat; whether there was one. Who comes `back` to a run of its own is let in."""
        with self._lock:
            self._leave()
            if viewer in self._seated or back or len(self._seated) < self.seats:
                self._seated[viewer] = connected
                return True
            self.refused += 1
        log("refused", seats=self.seats)
        return False

    def taken(self) -> int:
        """How many seats are taken now."""
        with self._lock:
            self._leave()
            return len(self._seated)

    @property
    def full(self) -> bool:
        """Whether a new viewer finds no seat."""
        return self.taken() >= self.seats

    def _leave(self) -> None:
        self._seated = {viewer: here for viewer, here in self._seated.items() if here()}


ROOM: Final = Room(int(os.environ.get("PLAYGROUND_SEATS", SEATS)))


def metrics() -> str:
    """The figures of this process in OpenMetrics form."""
    figures = (
        ("playground_seats", "gauge", "Viewers that this process lets in.", ROOM.seats),
        ("playground_sessions", "gauge", "Viewers who have a seat.", ROOM.taken()),
        ("playground_refused", "counter", "Viewers who found the room full.", ROOM.refused),
        ("playground_playing", "gauge", "Viewers whose runs play.", SCHEDULER.playing()),
        ("playground_compute_queue", "gauge", "Computations that wait.", SCHEDULER.waiting),
        ("playground_compute_turns", "counter", "Computations let in.", SCHEDULER.turns),
        (
            "playground_compute_wait_seconds",
            "counter",
            "Seconds that they waited.",
            SCHEDULER.waited,
        ),
        ("playground_compute_capacity", "gauge", "Core that runs may share.", SCHEDULER.capacity),
        ("process_cpu_seconds", "counter", "CPU of this process.", time.process_time()),
    )
    lines: list[str] = []
    for name, kind, words, value in figures:
        sample = f"{name}_total" if kind == "counter" else name
        lines += [f"# TYPE {name} {kind}", f"# HELP {name} {words}", f"{sample} {value:.10g}"]
    return "\n".join((*lines, "# EOF", ""))


class Watch:
    """Around the app: tells the log who comes and goes, and hides figures from behind a proxy."""

    def __init__(self, app: Asgi) -> None:
        self.app = app
        self.open = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "websocket" and path.endswith(_STREAM):
            await self._follow(scope, receive, send)
        elif scope["type"] == "http" and path.endswith("/metrics") and _was_forwarded(scope):
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self.app(scope, receive, send)

    async def _follow(self, scope: Message, receive: Receive, send: Send) -> None:
        began = time.monotonic()
        accepted = False

        async def sent(message: Message) -> None:
            nonlocal accepted
            if message["type"] == "websocket.accept":
                accepted = True
                self.open += 1
                # A browser that was here before names its session behind two other words.
                log("opened", again=len(scope.get("subprotocols", ())) > 2, open=self.open)
            await send(message)

        try:
            await self.app(scope, receive, sent)
        finally:
            if accepted:
                self.open -= 1
                log("closed", seconds=round(time.monotonic() - began), open=self.open)


def _was_forwarded(scope: Message) -> bool:
    return any(name in _FORWARDED for name, _ in scope["headers"])


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """The log from the server's start to its stop. Whose address it is stays out of it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _LOG.addHandler(handler)
    _LOG.setLevel(logging.INFO)
    _LOG.propagate = False
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # it names addresses
    log("start", pid=os.getpid(), seats=ROOM.seats)
    try:
        yield
    finally:
        log("stop", pid=os.getpid(), sessions=ROOM.taken())
        _LOG.removeHandler(handler)


def report(error: Exception) -> None:
    """Tell the log of an exception that reached a page; the page shows it all the same."""
    frame = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f"{part.filename}:{part.lineno} {part.name}" for part in frame)
    log("error", kind=type(error).__name__, words=str(error)[:300], where=where)
