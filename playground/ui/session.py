"""The one door to Streamlit's session state: settings, runs, widget values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any, Final, NoReturn, TypeVar, cast

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground.live.view import View
from playground.runs.recipe import Recipe
from playground.settings.base import Notice, Settings, capped, misspelled, read
from playground.settings.config import PLAY, Config
from playground.settings.fields import FieldSpec, printable
from playground.ui import words
from playground.ui.browser_history import BrowserHistory, navigated
from playground.ui.view_requests import ViewRequests

S = TypeVar("S", bound=Settings)
V = TypeVar("V", bound=View)

_OWNERS: Final[dict[str, type[Settings]]] = {}  # every name stands for one setting only
PLAYGROUND: Final = "live"  # the key of its view
RECIPE: Final = "run"  # the parameter that holds one
_KEY: Final = "playground"
_NOTHING: Final = object()  # equal to no value that a widget can show
_KEPT_VIEWS: Final = 4  # beside the Playground's


@dataclass
class Widget:
    """A widget on the page: how often it was made anew, the value it shows, and its first one."""

    makings: int
    value: object
    first: object


@dataclass(frozen=True)
class Rejected:
    """What a person gave to a widget and no setting can be: why, and how to try it again.

    What was typed stays in its box (`stays`) until it is right or something else replaces it.
    """

    name: str
    given: object
    words: str
    convert: Callable[[Any], Any]
    stays: bool


@dataclass(eq=False)
class Session:
    """What one viewer has: settings are the source of truth, widgets show them."""

    pages: dict[type[Settings], Settings]  # the Config, and what pages have beside it
    plays_at_first: bool  # whether the Playground's first run plays by itself
    given_recipe: str | None = None  # of the moment that the link is of, until its page is known
    recipe: Recipe | None = None  # the same, until its run begins
    notices: list[Notice] = field(default_factory=list)
    page: str = ""  # the title of the page on show; none before the first one is drawn
    shown: type[Settings] | None = None  # whose settings the URL says, beside the Config
    history: BrowserHistory = field(default_factory=BrowserHistory)
    views: dict[str, View] = field(default_factory=dict)  # by key, the one on show last
    requests: ViewRequests = field(default_factory=ViewRequests)
    changed: bool = False  # since the page was last drawn whole
    drawn: dict[type[Settings], Settings] = field(default_factory=dict)  # what controls show
    anew: bool = False  # whether the run that is shown next is to start, whatever it was
    widgets: dict[str, Widget] = field(default_factory=dict)
    brought: dict[str, Any] = field(default_factory=dict)  # data of the viewer's own, by page
    typed_rate: float | None = None  # the last one between the stops of the learning rate's slider
    rejected: dict[str, Rejected] = field(default_factory=dict)  # by the widget's name

    @property
    def config(self) -> Config:
        return cast(Config, self.pages[Config])


def register(*kinds: type[Settings]) -> None:
    """Take in the settings that pages have beside the Config, before a session begins."""
    for kind in kinds:
        for name in kind.FIELDS:
            if _OWNERS.setdefault(name, kind) is not kind:
                raise ValueError(f"{name} is a setting of {_OWNERS[name].__name__} already")


register(Config)


def current() -> Session:
    """This viewer's session; the first call reads the page's URL."""
    found = st.session_state.get(_KEY)
    if isinstance(found, Session):
        return found
    given = st.query_params.to_dict()
    notices: list[Notice] = []
    pages: dict[type[Settings], Settings] = {Config: Config.read(given, notices)}
    play = read(PLAY, given, False, notices)
    others = dict.fromkeys(kind for kind in _OWNERS.values() if kind is not Config)
    pages |= {kind: kind.read(given, notices) for kind in others}
    notices += misspelled(given, frozenset({*_OWNERS, PLAY.name, RECIPE}))
    session = Session(pages, play, given.get(RECIPE), notices=capped(notices))
    st.session_state[_KEY] = session
    return session


def _read_recipe(kind: type[Settings] | None) -> None:
    """Read that of the link; one that is none is noted, and the run starts at its beginning."""
    session = current()
    text, session.given_recipe = session.given_recipe, None
    if text is None:
        return
    try:
        session.recipe = Recipe.read(text, session.config, _own(kind))
    except ValueError as error:
        session.notices.append(Notice(RECIPE, printable(text), words.from_its_start(error)))


def _own(kind: type[Settings] | None) -> Settings | None:
    return None if kind is None else current().pages[kind]


def take_recipe() -> Recipe | None:
    """The recipe of the link that was opened, once: the run that begins now follows it.

    None for a view of the page that the link is not of.
    """
    session = current()
    found, session.recipe = session.recipe, None
    return found if found is not None and found.own == _own(session.shown) else None


def begun() -> bool:
    """Whether this viewer has settings and runs of its own already."""
    return isinstance(st.session_state.get(_KEY), Session)


def on_phone() -> bool:
    """Whether the browser says that it is a phone's, upright or not."""
    return "Mobi" in st.context.headers.get("User-Agent", "")


def open_page(title: str, kind: type[Settings] | None) -> None:
    """Say which page is on show and whose settings it has beside the Config; its URL holds them.

    By a link of the page the settings stay what they are. By the browser's Back and Forward they
    become what that entry of its history showed.
    """
    session = current()
    entered = session.page != title
    session.page, session.shown = title, kind
    if entered:
        for widget in session.widgets.values():
            widget.value = _NOTHING  # what a browser kept of the page's last showing is old
    if navigated():
        _go_back()
    if session.history:
        if entered:
            session.recipe = None  # that was the first page's
        write_url()
    else:
        # The first page keeps its link as it was given.
        _read_recipe(kind)
        session.history.remember(title, st.query_params.to_dict())
    session.changed = False  # all of the page is being drawn
    session.drawn = dict(session.pages)


def _go_back() -> None:
    """Take the settings of the URL over, if this viewer has seen this page with them."""
    session, given = current(), st.query_params.to_dict()
    if not session.history.has(session.page, given):
        return
    kinds = (Config,) if session.shown is None else (Config, session.shown)
    unheard: list[Notice] = []  # it was said when the link was opened
    found = [kind.read(given, unheard) for kind in kinds]
    adopt(*(new for new in found if new != session.pages[type(new)]))


def settings(kind: type[S]) -> S:
    return cast(S, current().pages[kind])


def spec(name: str) -> FieldSpec:
    return _OWNERS[name].FIELDS[name]


def value(name: str) -> Any:
    """The present value of the setting `name`."""
    return getattr(current().pages[_OWNERS[name]], name)


def change(**fields: Any) -> None:
    """Change settings, all at once; the URL follows. Raises FieldError, and then changes none."""
    changed = []
    for kind in dict.fromkeys(_OWNERS[name] for name in fields):
        old = current().pages[kind]
        own = {name: given for name, given in fields.items() if _OWNERS[name] is kind}
        new = replace(old, **old.fitting(own))
        if new != old:
            changed.append(new)
    adopt(*changed)


def adopt(*settings: Settings, anew: bool = False) -> None:
    """Make these this viewer's settings; the URL follows.

    `anew` says that a run of its own belongs to them, even where the present one could go on.
    """
    session = current()
    session.anew |= anew
    if settings:
        session.changed = True
        take(*settings)


def take(*settings: Settings, briefly: bool = False) -> None:
    """Make these this viewer's settings, as what is on show already is.

    The URL follows, but not where they are about to change again (`briefly`).
    """
    session = current()
    session.pages |= {type(new): new for new in settings}
    session.rejected.clear()
    if not briefly:
        write_url()


def note_drawn(kind: type[Settings]) -> None:
    """Note that the controls of these settings show what they are now."""
    session = current()
    session.drawn[kind] = session.pages[kind]


def outdated() -> bool:
    """Whether controls on the page show a run under other settings than those of now."""
    session = current()
    pairs = ((shown, session.pages[kind]) for kind, shown in session.drawn.items())
    return any(
        shown is not now and not shown.differing(now) <= {"speed"} | now.with_effect("display")
        for shown, now in pairs
    )


def starts_anew() -> bool:
    """Whether the run that is about to be shown must start; asked once."""
    session = current()
    anew, session.anew = session.anew, False
    return anew


def open_playground(config: Config) -> NoReturn:
    """Open the Playground with a run of its own for `config`."""
    open_with("app.py", config)


def open_with(script: str, config: Config, *own: Settings) -> NoReturn:
    """Open the page of `script` with a run of its own for these settings, in the room of now.

    The address of the page that is left stays as it is: Back leads to what was seen there.
    """
    session = current()
    settings = (config.in_room_of(session.config), *own)
    session.pages |= {type(new): new for new in settings}
    session.anew = True
    query = {name: text for new in settings for name, text in new.to_query().items()}
    # The mark tells page.js that what is said of the address from now on is of the other page: its
    # path, which is empty for the Playground.
    path = "" if script == "app.py" else PurePath(script).stem
    st.switch_page(script, query_params={**query, "opening": path})


def view(key: str, make: Callable[[], V]) -> V:
    """This viewer's view called `key`, made on first need.

    Of all but the Playground's only the few that were on show last are kept: each holds a run.
    """
    views = current().views
    found = cast(V | None, views.pop(key, None)) or make()
    views[key] = found  # the last one is the one on show
    for old in [other for other in views if other != PLAYGROUND][:-_KEPT_VIEWS]:
        views.pop(old).close()
    return found


def plays(key: str) -> bool:
    found = current().views.get(key)
    return found is not None and found.playing


def watched() -> Callable[[], bool]:
    """A function that tells, in any thread, whether this viewer's browser is connected.

    A closed tab is gone at once; a computer that fell silent, after two `websocketPingInterval`.
    Either may come back to this session within two minutes. A hidden tab stays connected.
    """
    context = get_script_run_ctx()
    viewer = "" if context is None else context.session_id

    def connected() -> bool:
        # Without a server, in a test of the page, nobody can leave.
        return not runtime.exists() or runtime.get_instance().is_active_session(viewer)

    return connected


def live_request(key: str) -> object:
    """What the browser half of the live view with this key asks for; None if it asks nothing."""
    return current().requests.take(key, _sent(key))


def keep_unheard() -> bool:
    """Keep what live views ask for that this run has not drawn; whether there is anything."""
    session = current()
    return session.requests.keep({key: _sent(key) for key in session.views})


def _sent(key: str) -> object:
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
    session.history.remember(session.page, query)


def widget_key(name: str) -> str:
    """Key of the widget for setting `name`."""
    return f"set_{name}"


def mounted(name: str, value: object) -> str:
    """Key of the widget called `name`, which shows `value`.

    A browser keeps what a widget shows and brings it back with every request, also with one that
    was under way. So a widget is never given another value: where it must show one, a new widget
    takes its place, under another key.
    """
    widget = current().widgets.setdefault(name, Widget(0, value, value))
    if widget.value != value:
        widget.makings += 1
        widget.value = widget.first = value
    return _key_of(name, widget)


def first_shown(name: str) -> Any:
    """What the widget called `name` was made with: to Streamlit, tabs with another are others."""
    return current().widgets[name].first


def hand_moved(name: str, key: str) -> bool:
    """Note what the widget called `name` shows by a person's hand; whether a hand has moved it.

    `key` is its own: a request may still speak for one whose place another has taken. It may also
    speak, as of something new, for one that is no longer drawn: that says what it showed.
    """
    widget = current().widgets[name]
    if _key_of(name, widget) != key or st.session_state[key] == widget.value:
        return False
    widget.value = st.session_state[key]
    return True


def discard(name: str) -> None:
    """Let a new widget take the place of the one called `name` when it is drawn next."""
    current().widgets[name].value = _NOTHING


def _key_of(name: str, widget: Widget) -> str:
    return f"{name}--{widget.makings}" if widget.makings else name


def widget_value(key: str) -> Any:
    """The value that the widget with `key` has now."""
    return st.session_state[key]
