"""The pages, and what each begins with: its title, the row of links, notices about its URL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground.backprop.settings import BackpropSettings
from playground.gradient_flow.settings import GradientFlowSettings
from playground.learning_rate.settings import RateSettings
from playground.live.component import STATIC
from playground.service import ROOM
from playground.settings.base import Settings
from playground.ui import idle, session, theme_once


@dataclass(frozen=True)
class Page:
    """A page: its script, what it is called, its icon, its settings beside the Config."""

    script: str
    title: str
    icon: str
    settings: type[Settings] | None = None


# In the order of the row.
PAGES: Final = (
    Page("app.py", "Playground", "neurology"),
    Page("pages/learning_rate.py", "Learning rate", "speed", RateSettings),
    Page("pages/gradient_flow.py", "Gradient flow", "waterfall_chart", GradientFlowSettings),
    Page("pages/backprop.py", "Backprop", "footprint", BackpropSettings),
    Page("pages/guide.py", "Guide", "menu_book"),
)
theme_once.install()
session.register(*(page.settings for page in PAGES if page.settings is not None))

RETRY: Final = 10  # seconds until who found the room full is asked for again
_SCRIPT: Final = (STATIC / "page.js").read_text("utf-8")


def frame(title: str) -> None:
    """Page settings, house style and the row of page links. Must come first on every page."""
    st.set_page_config(
        page_title=f"{title} · Neural Network Playground",
        page_icon=str(STATIC / "icon.svg"),
        layout="wide",
        initial_sidebar_state="auto",
    )
    st.html(STATIC / "page.css")
    _take_seat()
    with st.container(key="page-links", horizontal=True, gap="small"):
        for page in PAGES:
            st.page_link(page.script, label=page.title, icon=f":material/{page.icon}:")
        st.html(f"<script>{_SCRIPT}</script>", unsafe_allow_javascript=True)
    idle.watch(session.current())
    session.open_page(title, next(page.settings for page in PAGES if page.title == title))


def _take_seat() -> None:
    """Let this viewer in, or show why not and end here. Who has a run of its own is let in."""
    context = get_script_run_ctx()
    viewer = "" if context is None else context.session_id
    if not ROOM.enter(viewer, session.watched(), back=session.begun()):
        st.header("This room is full", text_alignment="center")
        _wait_for_seat()
        st.stop()


@st.fragment(run_every=RETRY)
def _wait_for_seat() -> None:
    if not ROOM.full:
        st.rerun()
    st.markdown(
        f"All {ROOM.seats} seats are taken, so that whoever is here sees it move. This page looks "
        f"every {RETRY} seconds, and opens as soon as somebody leaves.",
        text_alignment="center",
    )
    with st.container(horizontal_alignment="center"):
        if st.button("Try again", icon=":material/refresh:"):
            st.rerun()


def show_notices() -> None:
    """One notice that names every URL parameter that could not be used, and why."""
    notices = session.current().notices
    if not notices:
        return
    lines = "\n".join(f"- {notice.markdown}" for notice in notices)
    st.warning(f"Parts of this link could not be used:\n{lines}", icon=":material/link_off:")
