"""The fragment that shows a view: the browser's request in, one message out. Reruns alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from playground.live import component
from playground.live.protocol import read_request
from playground.live.view import Answer, View
from playground.settings.base import Settings
from playground.ui import session

V = TypeVar("V", bound=View)


def draw(key: str, make: Callable[[], V], kind: type[Settings] | None = None) -> V:
    """Draw the view called `key` and answer what the browser asked for; returns it.

    `make` makes it on first need; `kind` names the page's settings, which the view follows.
    """
    view, _ = _answered(key, make, kind)
    return view


def _answered(key: str, make: Callable[[], V], kind: type[Settings] | None) -> tuple[V, Answer]:
    view, now = session.view(key, make), session.current()
    before = (now.config, None if kind is None else session.settings(kind))
    request = read_request(session.live_request(key))
    answer = view.handle(request, *before, anew=session.starts_anew())
    now.views.setdefault(key, view)  # it may have been let go as idle while it waited for its turn
    if answer.opens:
        session.open_playground(answer.config)
    if (answer.config, answer.settings) != before:
        session.take(*filter(None, (answer.config, answer.settings)), briefly=answer.fleeting)
    component.show(answer.message, key)
    return view, answer


@st.fragment
def show(key: str, make: Callable[[], View], kind: type[Settings] | None = None) -> None:
    """The same, alone in a fragment."""
    _, answer = _answered(key, make, kind)
    if session.current().changed or (session.outdated() and not answer.fleeting):
        # The sidebar, with the controls of all others, lies outside of this fragment. What changed
        # there may have come with this request: the browser then asks for this fragment alone.
        st.rerun()
