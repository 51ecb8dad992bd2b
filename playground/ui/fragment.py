"""The fragment that shows a view: the browser's request in, one message out. Reruns alone."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from playground.live import component
from playground.live.protocol import read_request
from playground.live.view import View
from playground.settings.base import Settings
from playground.settings.config import DISPLAY_FIELDS, Config
from playground.ui import session

_ITS_OWN = DISPLAY_FIELDS | {"speed"}  # settings that the view shows, and no control beside it


@st.fragment
def show(key: str, make: Callable[[], View], kind: type[Settings] | None = None) -> None:
    """Draw the view called `key` and answer what the browser asked for.

    `make` makes it on first need; `kind` names the page's settings, which the view follows.
    """
    now = session.current()
    view = session.view(key, make)
    request = read_request(session.live_request(key))
    settings = None if kind is None else session.settings(kind)
    before = now.config
    answer = view.handle(request, before, settings, anew=session.starts_anew())
    if answer.opens:
        session.open_playground(answer.config)
    if answer.config != before:
        session.take(answer.config)
    component.VIEW.show(answer.message, key)
    if now.changed or _is_shown_beside(before, answer.config):
        # The sidebar lies outside of this fragment. What changed there may have come with this
        # request: the browser then asks for this fragment alone.
        st.rerun()


def _is_shown_beside(before: Config, after: Config) -> bool:
    names = Config.FIELDS.keys() - _ITS_OWN
    return any(getattr(before, name) != getattr(after, name) for name in names)
