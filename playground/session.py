"""The one door to Streamlit's session state: settings, runs, widget values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic as now
from typing import Any, Final, TypeVar

import streamlit as st

from playground.config import PLAY, Config
from playground.fields import FieldSpec, Notice, Settings, capped, misspelled, read, texts
from playground.flow.settings import FlowSettings
from playground.live.component import KEY as LIVE_KEY
from playground.live.runner import Runner
from playground.rates.settings import RateSettings
from playground.stage.scene import Scene
from playground.walk.settings import WalkSettings

S = TypeVar("S", bound=Settings)

# Settings that a page has beside the Config. Every name stands for one setting only.
PAGE_SETTINGS: Final[tuple[type[Settings], ...]] = (RateSettings, FlowSettings, WalkSettings)
_KINDS: Final[tuple[type[Settings], ...]] = (Config, *PAGE_SETTINGS)
OWNERS: Final[Mapping[str, type[Settings]]] = {
    name: kind for kind in _KINDS for name in kind.FIELDS
}

_KEY: Final = "playground"
_KEPT_SCENES: Final = 3
_ECHO_SECONDS: Final = 2.0  # in which a request from before a seed has long arrived


@dataclass
class Session:
    """What one viewer has: settings are the source of truth, widgets are seeded from them."""

    config: Config
    runner: Runner
    pages: dict[type[Settings], Settings]
    notices: list[Notice] = field(default_factory=list)
    opened: bool = False  # whether a page has been drawn: the first one keeps its link as it is
    shown: type[Settings] | None = None  # whose settings the URL says, beside the Config
    scenes: dict[str, Scene] = field(default_factory=dict)
    changed: bool = False  # since the page was last drawn whole
    replaced: dict[str, tuple[object, float]] = field(default_factory=dict)  # by `seed`, and when


def current() -> Session:
    """This viewer's session; the first call reads the page's URL."""
    found = st.session_state.get(_KEY)
    if isinstance(found, Session):
        return found
    given = texts(st.query_params)
    notices: list[Notice] = []
    config = Config.read(given, notices)
    play = read(PLAY, given, False, notices)
    pages = {kind: kind.read(given, notices) for kind in PAGE_SETTINGS}
    notices += misspelled(given, frozenset({*OWNERS, PLAY.name}))
    session = Session(config, Runner(config, play=play), pages, capped(notices))
    st.session_state[_KEY] = session
    return session


def open_page(kind: type[Settings] | None) -> None:
    """Say whose settings the page on show has beside the Config; its URL holds them too."""
    session = current()
    session.shown = kind
    if session.opened:
        write_url()  # by a link of the page or the browser's own buttons, which hold old settings
    session.opened = True
    session.changed = False  # all of the page is being drawn


def settings(kind: type[S]) -> S:
    """The settings of this kind."""
    found = current().pages[kind]
    if not isinstance(found, kind):
        raise TypeError(f"{kind.__name__} are kept as {type(found).__name__}")
    return found


def spec(name: str) -> FieldSpec:
    """The description of the setting `name`."""
    if name not in OWNERS:
        raise ValueError(f"no setting is called {name!r}")
    return OWNERS[name].FIELDS[name]


def value(name: str) -> Any:
    """The present value of the setting `name`."""
    return getattr(_owner(OWNERS[name]), name)


def _owner(kind: type[Settings]) -> Settings:
    session = current()
    return session.config if kind is Config else session.pages[kind]


def change(**fields: Any) -> None:
    """Change settings, all at once; the URL follows. Raises FieldError, and then changes none."""
    changed: dict[type[Settings], Settings] = {}
    for kind in dict.fromkeys(OWNERS[name] for name in fields):
        own = {name: given for name, given in fields.items() if OWNERS[name] is kind}
        old = _owner(kind)
        new = replace(old, **old.fitting(own))
        if new != old:
            changed[kind] = new
    adopt(*changed.values())


def adopt(*settings: Settings) -> None:
    """Make these this viewer's settings; the URL follows."""
    session = current()
    for new in settings:
        if isinstance(new, Config):
            session.config = new
        else:
            session.pages[type(new)] = new
        session.changed = True
    if settings:
        write_url()


def take(config: Config) -> None:
    """Make `config` this viewer's Config, as what is on show already is; the URL follows."""
    current().config = config
    write_url()


def scene(key: str, make: Callable[[], Scene]) -> Scene:
    """This viewer's scene called `key`, made on first need.

    Only the few that were on show last are kept, since each holds a run.
    """
    scenes = current().scenes
    found = scenes.pop(key, None) or make()
    scenes[key] = found  # the last one is the one on show
    while len(scenes) > _KEPT_SCENES:
        scenes.pop(next(iter(scenes))).close()
    return found


def live_request(key: str) -> object:
    """What the browser half of a live view asks for in this run; None if it asks nothing."""
    found = st.session_state.get(key)
    return found.get("request") if found else None


def write_url() -> None:
    """Make the page's URL say the settings, unless it does already."""
    session = current()
    query = session.config.to_query()
    if session.shown is not None:
        query |= session.pages[session.shown].to_query()
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)


def widget_key(name: str) -> str:
    """Key of the widget for setting `name`."""
    spec(name)
    return f"set_{name}"


def seed(key: str, value: object) -> str:
    """Give the widget with `key` its value before it is drawn; returns the key.

    Written only where it differs: writing sends the value to the browser again, which would take
    a slider out of the hand that drags it.
    """
    if key not in st.session_state:
        st.session_state[key] = value
    elif st.session_state[key] != value:
        current().replaced[key] = (st.session_state[key], now())
        st.session_state[key] = value
    return key


def is_echo(key: str) -> bool:
    """Whether the widget with `key` has changed only to what a seed has just replaced.

    Each request of a live view brings the values that the browser's widgets have. One that was
    under way when a seed was sent still brings the old value, and Streamlit takes it for a change
    that somebody made.
    """
    value, when = current().replaced.get(key, (None, -_ECHO_SECONDS))
    if now() - when >= _ECHO_SECONDS or st.session_state[key] != value:
        return False
    return any(live_request(live) is not None for live in (LIVE_KEY, *current().scenes))


def widget_value(key: str) -> Any:
    """The value that the widget with `key` has now."""
    return st.session_state[key]
