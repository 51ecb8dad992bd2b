"""The live fragment: the browser's request in, one message out. Reruns alone while playing."""

from __future__ import annotations

import importlib
import threading
from functools import cache

import streamlit as st

from playground import session
from playground.live import component
from playground.live.wire import read_request


@cache
def _warm_up() -> None:
    """Load scikit-learn's measures beside the first picture, which need not wait for them."""
    threading.Thread(
        target=importlib.import_module, args=("playground.measures",), daemon=True
    ).start()


@st.fragment
def live() -> None:
    """Draw the live view and answer what the browser asked for."""
    now = session.current()
    request = read_request(session.live_request(component.KEY))
    before = now.config
    message, config = now.runner.handle(request, before, anew=session.starts_anew())
    if config != before:
        session.take(config)
    component.LIVE.show(message, component.KEY)
    _warm_up()
    own = config != before and request is not None and request.command in ("halve", "new")
    if own or now.changed:
        # The sidebar shows these settings too, and it lies outside of this fragment. What changed
        # there may have come with this request: the browser then asks for this fragment alone.
        st.rerun()
