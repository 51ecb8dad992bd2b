"""Seats, figures and the log of a process; through a real server in tests/deploy."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from streamlit.testing.v1 import AppTest

from playground import page, service
from playground.runs.scheduler import Scheduler
from playground.service import Message, Room, Watch

APP = Path(__file__).resolve().parents[2] / "app.py"
Told: TypeAlias = Callable[[], list[dict[str, object]]]
FIGURE = re.compile(r"^(\w+) (\S+)$", re.MULTILINE)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    """A function that returns the events of the log."""
    caplog.set_level(logging.INFO, "playground")
    return lambda: [json.loads(record.getMessage()) for record in caplog.records]


def test_a_seat_is_kept_as_long_as_its_viewer_is_connected(told: Told) -> None:
    here = {"a", "b", "c"}
    room = Room(2)

    def come(name: str) -> bool:
        return room.enter(name, lambda: name in here)

    assert [come(name) for name in "abc"] == [True, True, False]
    assert come("a")  # has one
    assert (room.full, room.taken(), room.refused) == (True, 2, 1)
    here.remove("b")
    assert not room.full
    assert come("c")
    assert room.enter("b", lambda: True, back=True)  # its run is here
    assert room.taken() == 3
    (event,) = told()
    assert (event["event"], event["seats"]) == ("refused", 2)


def test_a_full_room_says_so_and_lets_in_who_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(0)
    monkeypatch.setattr(page, "ROOM", room)
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert [header.value for header in app.header] == ["This room is full"]
    assert not app.sidebar.children
    room.seats = 1
    app.button[0].click().run()
    assert not app.exception
    assert len(app.header) == 0
    room.seats = 0
    app.run()  # who plays stays
    assert len(app.header) == 0


def test_the_figures_are_in_openmetrics_form() -> None:
    text = service.metrics()
    assert text.endswith("\n# EOF\n")
    figures = dict(FIGURE.findall(text))
    assert float(figures["playground_seats"]) == service.ROOM.seats
    assert float(figures["process_cpu_seconds_total"]) > 0
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    assert {f"{name}_total" if kind == "counter" else name for name, kind in kinds.items()} == set(
        figures
    )


def test_the_scheduler_counts_who_waits_and_for_how_long() -> None:
    scheduler = Scheduler()
    with scheduler.turn():
        assert (scheduler.waiting, scheduler.turns) == (0, 1)
    with pytest.raises(ValueError, match="spoilt"), scheduler.turn():
        raise ValueError("spoilt")
    assert (scheduler.waiting, scheduler.turns) == (0, 2)
    assert scheduler.waited >= 0
    scheduler.share("a", 0.1)
    assert scheduler.playing() == 1


def ask(kind: str, path: str, *headers: bytes) -> list[Message]:
    """What a server hears of a request: from the watch, or from an app that accepts all."""
    heard: list[Message] = []

    async def app(scope: Message, receive: object, send: service.Send) -> None:
        start = "websocket.accept" if scope["type"] == "websocket" else "http.response.start"
        await send({"type": start, "status": 200})

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        heard.append(message)

    scope = {"type": kind, "path": path, "headers": [(name, b"x") for name in headers]}
    asyncio.run(Watch(app)({**scope, "subprotocols": ["streamlit", "x", "id"]}, receive, send))
    return heard


@pytest.mark.parametrize("path", ["/metrics", "/_stcore/metrics", "/learn/_stcore/metrics"])
def test_figures_are_hidden_from_behind_a_proxy(path: str) -> None:
    assert ask("http", path)[0]["status"] == 200
    assert ask("http", path, b"x-forwarded-for")[0]["status"] == 404
    assert ask("http", "/guide", b"x-forwarded-for")[0]["status"] == 200


def test_who_comes_and_goes_is_told(told: Told) -> None:
    ask("websocket", "/_stcore/stream", b"x-forwarded-for")
    opened, closed = told()
    assert (opened["event"], opened["again"], opened["open"]) == ("opened", True, 1)
    assert (closed["event"], closed["open"]) == ("closed", 0)
    assert set(opened) | set(closed) == {"time", "event", "again", "open", "seconds"}


def test_an_error_is_told_with_its_place(told: Told) -> None:
    try:
        raise ValueError("spoilt")
    except ValueError as error:
        service.report(error)
    (event,) = told()
    assert (event["event"], event["kind"], event["words"]) == ("error", "ValueError", "spoilt")
    assert "test_service.py" in str(event["where"])
