"""The one door to Streamlit's session state: the Config, the live runner, widget values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import monotonic as now
from typing import Any, Final

import streamlit as st

from playground.config import FIELDS, Config, FieldError, Notice
from playground.datasets import DATASETS
from playground.live.component import KEY as LIVE_KEY
from playground.live.runner import Runner

_KEY: Final = "playground"
_ECHO_SECONDS: Final = 2.0  # in which a request from before a seed has long arrived


@dataclass
class Session:
    """What one viewer has: the Config is the source of truth, widgets are seeded from it."""

    config: Config
    runner: Runner
    notices: list[Notice] = field(default_factory=list)
    changed: bool = False  # since the page was last drawn whole
    replaced: dict[str, tuple[object, float]] = field(default_factory=dict)  # by `seed`, and when


def current() -> Session:
    """This viewer's session; the first call reads the page's URL."""
    found = st.session_state.get(_KEY)
    if isinstance(found, Session):
        return found
    config, play, notices = Config.from_query(st.query_params)
    session = Session(config, Runner(config, play=play), notices)
    st.session_state[_KEY] = session
    return session


def change(**fields: Any) -> None:
    """Change settings of the Config, all at once; the URL follows. Raises FieldError, unchanged."""
    session = current()
    config = replace(session.config, **fitting(session.config, fields))
    if config != session.config:
        session.changed = True
        take(config)


def take(config: Config) -> None:
    """Make `config` this viewer's Config; the URL follows."""
    current().config = config
    write_url()


def live_request(key: str) -> object:
    """What the browser half of the live view asks for in this run; None if it asks nothing."""
    return st.session_state.get(key, {}).get("request")


def fitting(config: Config, fields: dict[str, Any]) -> dict[str, Any]:
    """`fields` and what they drag along so that the settings agree with each other.

    A new data set brings its own number of points and noise where the old ones were the old data
    set's defaults; a loss that does not fit falls back to the usual one; activations by layer
    follow the number of layers.
    """
    full = dict(fields)
    if "dataset" in fields:
        old = DATASETS[config.dataset]
        new = DATASETS[FIELDS["dataset"].check(fields["dataset"])]
        if config.samples == old.default_samples:
            full.setdefault("samples", new.default_samples)
        if config.noise == old.default_noise:
            full.setdefault("noise", new.default_noise)
    if "layers" in fields and config.activations:
        count = len(FIELDS["layers"].check(fields["layers"]))
        kept = config.activations[:count]
        more = count - len(kept)
        full.setdefault("activations", kept + (config.activation,) * more)
    try:
        replace(config, **full)
    except FieldError as error:
        if error.field == "loss" and "loss" not in fields:
            full["loss"] = "auto"
    return full


def write_url() -> None:
    """Make the page's URL say the Config, unless it does already."""
    query = current().config.to_query()
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)


def widget_key(name: str) -> str:
    """Key of the widget for setting `name`."""
    if name not in FIELDS:
        raise ValueError(f"no setting is called {name!r}")
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

    Each request of the live view brings the values that the browser's widgets have. One that was
    under way when a seed was sent still brings the old value, and Streamlit takes it for a change
    that somebody made.
    """
    value, when = current().replaced.get(key, (None, -_ECHO_SECONDS))
    recent = now() - when < _ECHO_SECONDS
    return recent and live_request(LIVE_KEY) is not None and st.session_state[key] == value


def widget_value(key: str) -> Any:
    """The value that the widget with `key` has now."""
    return st.session_state[key]
