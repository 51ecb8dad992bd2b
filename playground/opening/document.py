"""The HTML of a page, extended by its outline, its first picture and what is to be loaded."""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import streamlit as st
from numpy.typing import NDArray
from streamlit.file_util import get_static_dir

from playground.live import component
from playground.live.component import BUNDLE, PLOTLY, STATIC, base_path, fingerprint
from playground.page import PAGES, Page
from playground.service import ROOM
from playground.settings.config import Config
from playground.training.view import TrainingView
from playground.ui.session import RECIPE

MOST: Final = 200_000  # bytes of a message that HTML may bring
KEPT: Final = 64  # first messages

_WITHOUT_VIEW: Final = frozenset({"pages/compare.py", "pages/lessons.py", "pages/guide.py"})
_WITHOUT_SIDEBAR: Final = frozenset({"pages/backprop.py", "pages/lessons.py", "pages/guide.py"})
_COLOURS: Final = {
    "background-color": "backgroundColor",
    "secondary-background-color": "secondaryBackgroundColor",
    "text-color": "textColor",
    "primary-color": "primaryColor",
    "border-color": "borderColor",
    "link-color": "linkColor",
}
# Streamlit's front end fetches these only when its server has named them: the widgets of our pages.
_CHUNKS: Final = (
    "BidiComponent",
    "Button",
    "ButtonGroup",
    "Checkbox",
    "Html",
    "NumberInput",
    "PageLink",
    "Selectbox",
    "Slider",
)
# What lecture mode hides and enlarges: one rule a line of page.css, for wide windows.
_LECTURE: Final = re.compile(r"^  html\[data-lecture.*$", re.MULTILINE)
_IMPORTS: Final = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")


class _First(TrainingView):
    """The Playground's view as far as its first picture needs it."""

    def state(self, want: frozenset[str]) -> dict[str, dict[str, Any]]:
        return {name: state for name, state in super().state(want).items() if name != "boundary"}

    def add_carried(self, arrays: dict[str, NDArray[Any]]) -> None:
        return


@lru_cache(KEPT)
def first_message(config: Config) -> bytes:
    """What the Playground's view says first; empty where that is too much for a page's HTML."""
    message = _First().handle(None, config).message
    return message if len(message) <= MOST else b""


def opened(document: str, page: Page, query: str) -> str:
    """A page's HTML with what can be seen of it at once; `query` is the text behind its "?".

    As it is where the page is going to look otherwise than its outline: with a notice, embedded, or
    in a room that is full. ValueError if it is no HTML of a page.
    """
    given = dict(parse_qsl(query, keep_blank_values=True))
    config, _, notices = Config.from_query(given)
    if config.lecture:
        return _in_lecture(document, config)
    if notices or ROOM.full or any(name.startswith("embed") for name in given):
        return document
    first = page is PAGES[0] and RECIPE not in given
    return _extended(document, page, first_message(config) if first else b"")


def _in_lecture(document: str, config: Config) -> str:
    """A page's HTML with lecture mode from the first moment.

    The mark and the rules are those that the page sets again (page.py, page.css), and that go with
    the mode.
    """
    head, end_of_head, rest = document.partition("</head>")
    if not end_of_head:
        raise ValueError("the page has no head")
    hide = json.dumps(" ".join(config.hide))
    mark = f"<script>document.documentElement.dataset.lecture = {hide};</script>"
    return f"{head}<style>{_lecture_style()}</style>{mark}{end_of_head}{rest}"


def _extended(document: str, page: Page, message: bytes) -> str:
    """A page's HTML with its outline, and with a first message unless that is empty."""
    head, mark, rest = document.partition("<head>")
    upper, end_of_head, lower = rest.partition("</head>")
    middle, end_of_body, tail = lower.rpartition("</body>")
    if not (mark and end_of_head and end_of_body):
        raise ValueError("the page has no head or no body")
    has_view = page.script not in _WITHOUT_VIEW
    parts = (
        *(head, mark, _links() if has_view else "", upper, _chunks(upper), end_of_head),
        *(middle, _outline(page), _message(message), _script() if has_view else ""),
        *(end_of_body, tail),
    )
    return "".join(parts)


@cache
def _lecture_style() -> str:
    rules = _LECTURE.findall((STATIC / "page.css").read_text("utf-8"))
    return "@media (min-width: 761px){" + "".join(rules) + "}"


@cache
def bundle() -> bytes:
    """The scripts of all views, packed by gzip."""
    return gzip.compress(component.bundle().encode(), 9, mtime=0)


def _outline(page: Page) -> str:
    links = "".join(
        f"<{tag}>{html.escape(each.title)}</{tag}>"
        for each in PAGES
        for tag in (["b"] if each is page else ["span"])
    )
    bare = ' class="bare"' if page.script in _WITHOUT_SIDEBAR else ""
    return (
        f"<style>{_style()}</style>"
        f'<div id="opening"{bare} inert aria-hidden="true">'
        f"<aside></aside><nav>{links}</nav><main></main></div>"
        f"<script>{_early()}</script>"
    )


def _message(message: bytes) -> str:
    told = base64.b64encode(message).decode("ascii")
    return f'<script type="text/plain" id="opening-message">{told}</script>'


@cache
def _early() -> str:
    return (STATIC / "opening.js").read_text("utf-8")


@cache
def _style() -> str:
    """opening.css, and Streamlit's variables in both themes until Streamlit itself sets them."""
    rules = []
    for selector, theme in (("#opening", "light"), ("#opening.dark", "dark")):
        said = {name: st.get_option(f"theme.{theme}.{key}") for name, key in _COLOURS.items()}
        said["sidebar-color"] = st.get_option(f"theme.{theme}.sidebar.backgroundColor")
        lines = "".join(f"--st-{name}:{value};" for name, value in said.items())
        rules.append(f"{selector}{{color-scheme:{theme};{lines}}}")
    return "".join([*rules, (STATIC / "opening.css").read_text("utf-8")])


@cache
def _links() -> str:
    """What is fetched first: of Streamlit's own sixty scripts a browser takes six at a time."""
    base, version = base_path(), fingerprint()
    styles = "".join(
        f'<link rel="stylesheet" href="{base}/app/static/live/{path.name}?v={version}">'
        for path in sorted((STATIC / "live").glob("*.css"))
    )
    return (
        f'<link rel="preload" as="script" href="{base}/{BUNDLE}?v={version}">{styles}'
        f'<link rel="preload" as="fetch" crossorigin href="{base}/app/static/{PLOTLY}">'
    )


@lru_cache(1)
def _chunks(head: str) -> str:
    """Streamlit's chunks for our widgets and what they import, but for those that `head` names."""
    folder = Path(get_static_dir(), "static", "js")
    due = [path.name for stem in _CHUNKS for path in sorted(folder.glob(f"{stem}.*.js"))]
    for name in due:  # grows as it goes
        source = (folder / name).read_text("utf-8")
        due += [
            n for n in dict.fromkeys(_IMPORTS.findall(source)) if n not in due and n not in head
        ]
    return "".join(f'<link rel="modulepreload" crossorigin href="./static/js/{n}">' for n in due)


@cache
def _script() -> str:
    """The loader of the views, begun beside Streamlit's own scripts; it shows what there is."""
    code = component.loader(base_path()).replace("export default ", "const mount = ")
    return f"<script>(() => {{\n{code}\nmodules.then((live) => live.open(plotly));\n}})();</script>"
