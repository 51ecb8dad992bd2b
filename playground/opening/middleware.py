"""Around the app: its pages' HTML gets a first picture, everything else passes as it is."""

from __future__ import annotations

import asyncio
import gzip
import logging
import threading
from pathlib import PurePath
from typing import Final

from starlette.middleware import Middleware

from playground.live.component import BUNDLE, base_path
from playground.opening.document import bundle, first_message, opened
from playground.page import PAGES, Page
from playground.service import Asgi, Message, Receive, Send
from playground.settings.config import Config

LIMIT: Final = 0.3  # seconds that a page waits for its picture, while others compute too

_LOG: Final = logging.getLogger(__name__)
_PATHS: Final = {"" if p.script == "app.py" else PurePath(p.script).stem: p for p in PAGES}
# The HTML is made anew each time, of the whole file: what is said of the file does not count.
_CONDITIONS: Final = frozenset(
    {b"accept-encoding", b"if-none-match", b"if-modified-since", b"if-range", b"range"}
)
_OUTDATED: Final = frozenset({b"etag", b"last-modified", b"content-length", b"accept-ranges"})
# A browser keeps to the type that it is told; the address, which holds the settings, stays with us.
_SAFE: Final = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"))


def middleware() -> list[Middleware]:
    """What a server of the app is made with; its default picture is made at once."""
    threading.Thread(target=first_message, args=(Config(),), daemon=True).start()
    return [Middleware(Opening)]


class Opening:
    """Extends the HTML of the pages, and answers for the views' scripts."""

    def __init__(self, app: Asgi) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
        elif scope["path"] == f"{base_path()}/{BUNDLE}":
            await _send_bundle(scope, send)
        elif (page := _page(scope["path"])) is not None:
            await self._send_page(page, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _send_page(self, page: Page, scope: Message, receive: Receive, send: Send) -> None:
        start: Message = {}
        body = bytearray()

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        # HEAD is told the length of what GET brings.
        headers = [pair for pair in scope["headers"] if pair[0] not in _CONDITIONS]
        await self.app({**scope, "method": "GET", "headers": headers}, receive, keep)
        if not start:
            return  # nobody waits for it any more
        content = bytes(body)
        kind = dict(start["headers"]).get(b"content-type", b"")
        if start["status"] == 200 and kind.startswith(b"text/html"):
            query = scope.get("query_string", b"").decode("latin-1")
            content = await _opened(content, page, query)
            kept = [pair for pair in start["headers"] if pair[0] not in _OUTDATED]
            length = (b"content-length", str(len(content)).encode())
            start["headers"] = [*kept, *_SAFE, length]
        await send(start)
        await send(_body(scope, content))


def _page(path: str) -> Page | None:
    base = base_path()
    return _PATHS.get(path.removeprefix(base).strip("/")) if path.startswith(base) else None


async def _opened(document: bytes, page: Page, query: str) -> bytes:
    """The document extended in time, or as it is: a first picture never costs the page."""
    try:
        text = asyncio.to_thread(opened, document.decode(), page, query)
        return (await asyncio.wait_for(text, LIMIT)).encode()
    except TimeoutError:
        return document  # the picture is made all the same, for who comes next
    except Exception:
        _LOG.warning("no first picture", exc_info=True)
        return document


async def _send_bundle(scope: Message, send: Send) -> None:
    """The views' scripts, by their fingerprint and so for good; packed for who can unpack them."""
    packs = any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
    body = bundle() if packs else gzip.decompress(bundle())
    headers = [
        (b"content-type", b"text/javascript; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"public, max-age=31536000, immutable"),
        (b"vary", b"accept-encoding"),
        *([(b"content-encoding", b"gzip")] if packs else []),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send(_body(scope, body))


def _body(scope: Message, content: bytes) -> Message:
    return {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content}
