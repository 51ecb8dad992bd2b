"""The Playground page below its links: the view, and the sidebar beside it."""

from __future__ import annotations

import importlib
import threading
from functools import cache

import streamlit as st

from playground.training.view import TrainingView
from playground.ui import controls, session
from playground.ui.fragment import show


def draw() -> None:
    """All of it."""
    show(session.PLAYGROUND, _view)
    _warm_up()
    with st.sidebar:  # after the view, so that the charts come first
        controls.sidebar(lambda: session.plays(session.PLAYGROUND))


def _view() -> TrainingView:
    return TrainingView(play=session.current().plays_at_first, recipe=session.take_recipe())


@cache
def _warm_up() -> None:
    """Load scikit-learn's measures beside the first picture, which need not wait for them."""
    threading.Thread(
        target=importlib.import_module, args=("playground.runs.measures",), daemon=True
    ).start()
