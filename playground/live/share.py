"""What a person needs to give a picture away: a link, what it holds, a QR code of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from playground.live import words
from playground.live.now import Now
from playground.live.protocol import Request
from playground.live.view import Command
from playground.runs.recipe import MOST_LETTERS, Recipe
from playground.settings.config import LECTURE_FIELDS

FINE: Final = 57  # squares a side: from the back of a room a finer code is hard to read
_ADDRESS: Final = re.compile(r"https?://[!-~]{1,300}")  # of the page, as its browser knows it
_QUIET: Final = 4  # squares around a QR code (ISO/IEC 18004, 6.3.8)


def share(read: Callable[[], Recipe], where: str, now: Now, address: object) -> dict[str, Any]:
    """The link of the run on show, what it holds in words, and its QR code as an SVG's address.

    `address` is that of the page, without what follows it. `read` gives the way to this moment,
    which is `where`; where it is too long for a link of `MOST_LETTERS`, or `read` raises a
    ValueError that says why there is none, the link holds the settings alone, and says so.
    """
    try:
        recipe = read()
    except ValueError as error:
        return _without(str(error), now, address)
    if not recipe.steps and not recipe.diverged:
        return share_settings(words.AT_ITS_START, now, address)
    link = _link(address, now, recipe.text())
    if len(link) >= MOST_LETTERS:
        return _without(words.too_long(recipe.count, len(link)), now, address)
    said = words.opens_run(where, recipe.count, diverged=recipe.diverged)
    return _shared(link, said, whole=True, later=words.LATER)


def share_settings(what: str, now: Now, address: object) -> dict[str, Any]:
    """The same of settings alone, which open `what`."""
    return _shared(_link(address, now), words.opens(what), whole=True)


def sharing(what: str, **also: Any) -> Command:
    """A command that tells the link of a view's settings, which opens `what`."""

    def told(view: Any, request: Request) -> None:
        view.tell("share", share_settings(what, view.now, request.value))

    return Command(told, again=True, **also)


def _shared(link: str, said: str, *, whole: bool = False, later: str = "") -> dict[str, Any]:
    import segno  # nobody who shares nothing waits for it

    # The lowest level has the fewest squares; a higher one is taken where it needs no more.
    code = segno.make(link, error="l", micro=False)
    drawn = code.svg_data_uri(border=_QUIET, dark="#000", light="#fff", omitsize=True)
    squares = code.symbol_size(border=0)[0]
    fine = words.TOO_FINE if squares > FINE else ""
    return {
        "link": link,
        "words": said,
        "whole": whole,
        "later": f"{later} {fine}".strip(),
        "qr": drawn,
        "squares": squares,
    }


def _link(address: object, now: Now, run: str = "") -> str:
    config, own = now
    page = address if isinstance(address, str) and _ADDRESS.fullmatch(address) else ""
    query = config.to_query() | (own.to_query() if own else {}) | ({"run": run} if run else {})
    # It is of the run: who opens it in a lecture sees the whole page, not the projector's.
    query = {name: text for name, text in query.items() if name not in LECTURE_FIELDS}
    page = re.split("[?#]", page)[0]
    return f"{page}?{urlencode(query, safe=',')}" if query else page


def _without(why: str, now: Now, address: object) -> dict[str, Any]:
    return _shared(_link(address, now), words.too_much(why))
