"""The fragment that shows a scene: the browser's request in, one message out."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from playground import session
from playground.live import component
from playground.live.wire import read_request
from playground.settings import Settings
from playground.stage.scene import Scene


@st.fragment
def stage(key: str, make: Callable[[], Scene], kind: type[Settings]) -> None:
    """Draw the scene called `key` and answer what the browser asked for.

    `make` makes it on first need; `kind` names the page's settings, which the scene follows.
    """
    now = session.current()
    scene = session.scene(key, make)
    request = read_request(session.live_request(key))
    answer = scene.handle(request, now.config, session.settings(kind), anew=session.starts_anew())
    if answer.opens:
        session.open_playground(answer.config)
    if answer.config != now.config:
        session.take(answer.config)
    component.STAGE.show(answer.message, key)
    if now.changed:
        # By a control outside of this fragment, with whose change this request came: the browser
        # then asks for this fragment alone.
        st.rerun()
