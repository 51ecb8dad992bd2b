"""The first picture: which pages' HTML gets it, and that it never costs a page anything."""

from __future__ import annotations

import asyncio
import base64
import gzip
import re
from pathlib import PurePath

import numpy as np
import pytest

from playground.figures import boundary
from playground.live.component import BUNDLE, STATIC
from playground.live.protocol import unpack
from playground.opening import middleware
from playground.opening.middleware import Opening
from playground.page import PAGES
from playground.runs.experiment import Experiment
from playground.service import Message, Receive, Room, Send
from playground.settings.config import Config
from playground.training.view import SIDE

HTML = b"<!DOCTYPE html><html><head><title>S</title></head><body><p>\xc3\xa4</p></body></html>"
PATHS = ["/", *(f"/{PurePath(page.script).stem}" for page in PAGES[1:])]
SAFE = (b"nosniff", b"same-origin")
VALIDATORS = [(b"etag", b'"1"'), (b"last-modified", b"now")]


def ask(
    path: str,
    query: str = "",
    method: str = "GET",
    kind: bytes = b"text/html; charset=utf-8",
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> tuple[dict[bytes, bytes], bytes]:
    """Headers and body of an answer, where the app answers all it is asked by HTML."""
    sent: list[Message] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        conditional = any(name == b"if-none-match" for name, _ in scope["headers"])
        packs = any(name == b"accept-encoding" for name, _ in scope["headers"])
        told = [(b"content-type", kind), (b"content-length", b"%d" % len(HTML)), *VALIDATORS]
        status = 304 if conditional else 200
        await send({"type": "http.response.start", "status": status, "headers": told})
        content = gzip.compress(HTML) if packs else HTML  # as Streamlit does below the root
        empty = scope["method"] == "HEAD" or conditional
        bodies = [b""] if empty else [content[:9], content[9:]]
        for i, body in enumerate(bodies):
            more = i + 1 < len(bodies)
            await send({"type": "http.response.body", "body": body, "more_body": more})

    async def receive() -> Message:
        raise AssertionError("nothing is to be received")

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        **{"type": "http", "method": method, "path": path, "headers": list(headers)},
        "query_string": query.encode(),
    }
    asyncio.run(Opening(app)(scope, receive, send))
    return dict(sent[0]["headers"]), b"".join(each["body"] for each in sent[1:])


def told(body: bytes) -> bytes:
    """The first message in a page's HTML."""
    (found,) = re.findall(rb'id="opening-message">([^<]*)</script>', body)
    return base64.b64decode(found)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is."""
    monkeypatch.setattr(middleware, "LIMIT", 60)


def test_the_picture_is_that_of_the_link() -> None:
    header, body = ask("/", "dataset=circle&seed=4&layers=3,3&seed=5")
    assert header[b"content-length"] == b"%d" % len(body)
    config = Config.from_query({"dataset": "circle", "seed": "5", "layers": "3,3"})[0]
    run = Experiment(config)
    message, arrays = unpack(told(body))
    shades = boundary.codes(run.answers(SIDE), run.n_classes).reshape(1, 1, SIDE, SIDE)
    np.testing.assert_array_equal(arrays["image:boundary"], shades)
    assert message["figures"]["panels"][0]["id"] == "boundary"
    assert "carried" not in arrays
    assert told(ask("/")[1]) != told(body)


@pytest.mark.parametrize("path", PATHS)
def test_each_page_has_its_outline_and_loads_its_views(path: str) -> None:
    asked = ((b"if-none-match", b'"1"'), (b"range", b"bytes=0-9"), (b"accept-encoding", b"gzip"))
    header, body = ask(path, headers=asked)
    text = body.decode()
    assert header.keys().isdisjoint({b"etag", b"last-modified"})
    assert (header[b"x-content-type-options"], header[b"referrer-policy"]) == SAFE
    assert [text.count(f">{page.title}</") for page in PAGES] == [1] * len(PAGES)
    assert "<p>ä</p>" in text
    assert text.count('id="opening"') == 1
    assert (told(body) != b"") == (path == "/")
    assert (BUNDLE in text) == (path not in {"/compare", "/lessons", "/guide"})
    only, nothing = ask(path, method="HEAD")
    assert (only[b"content-length"], nothing) == (header[b"content-length"], b"")


@pytest.mark.parametrize(
    "query",
    ["layers=%3Cscript%3E", "dataset=moon_", "noise=1e9", "embed=true", "datset=xor"],
)
def test_a_page_that_will_look_otherwise_is_as_it_is(query: str) -> None:
    assert ask("/", query)[1] == HTML


@pytest.mark.parametrize("path", PATHS)
def test_a_lecture_is_one_from_the_first_moment(path: str) -> None:
    """Marked as page.py does, with the rules of page.css by that mark: both go with the mode."""

    def mark(query: str) -> list[bytes]:
        return re.findall(rb'document\.documentElement\.dataset\.lecture = "(.*?)";', body(query))

    def body(query: str) -> bytes:
        return ask(path, query)[1]

    assert mark("lecture=1&hide=links,sidebar") == [b"sidebar links"]
    assert mark("lecture=1&hide=%3Ci%3E&noise=1e9") == [" ".join(Config.hide).encode()]
    assert b"<i>" not in body("lecture=1&hide=%3Ci%3E")
    assert mark("hide=links") == mark("lecture=0") == mark("") == []
    style = (STATIC / "page.css").read_bytes()
    for part in (b'="sidebar"] [data-testid="stSidebar"] {', b'="links"] :is(.st-key-page-links, '):
        (rule,) = re.findall(rb"html\[data-lecture~" + re.escape(part) + rb".*", style)
        assert rule.endswith(b"{ display: none; }")
        assert rule in body("lecture=1").partition(b"</head>")[0]


def test_nothing_of_an_address_is_repeated() -> None:
    body = ask("/", "dataset=circle&x=%3Cscript%3Ealert(7)%3C/script%3E&%3Ci%3E=1")[1]
    assert b"alert(7)" not in body
    assert b"<i>" not in body


def test_what_is_no_page_passes_as_it_is() -> None:
    for path in ("/app/static/page.css", "/_stcore/health", "/no_such_page", "/digits/x"):
        header, body = ask(path)
        assert (body, header[b"etag"]) == (HTML, b'"1"'), path
    assert ask("/", kind=b"application/json")[1] == HTML
    assert ask("/", method="POST")[1] == HTML


def test_a_picture_that_fails_or_a_full_room_leaves_the_page_as_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("playground.opening.document.ROOM", Room(0))
    assert ask("/")[1] == HTML

    def fails(*_: object) -> bytes:
        raise ArithmeticError("no picture today")

    monkeypatch.setattr(middleware, "opened", fails)
    assert ask("/")[1] == HTML
    assert "no picture today" in caplog.text


def test_who_has_gone_before_the_answer_is_told_nothing() -> None:
    sent: list[Message] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        """Answers nothing, as Streamlit does when the browser has hung up."""

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    asyncio.run(Opening(app)(scope, receive, send))
    assert sent == []


def test_the_scripts_of_all_views_come_as_one() -> None:
    header, body = ask(f"/{BUNDLE}", headers=((b"accept-encoding", b"br, gzip"),))
    assert header[b"content-encoding"] == b"gzip"
    assert b"immutable" in header[b"cache-control"]
    plain, text = ask(f"/{BUNDLE}")
    assert b"content-encoding" not in plain
    assert text == gzip.decompress(body)
    for path in (STATIC / "live").glob("*.js"):
        assert f'modules["{path.name}"] = '.encode() in text
    assert re.search(rb"^(import|export) ", text, re.MULTILINE) is None
