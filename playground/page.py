"""The pages, and what each begins with: its title, the row of links, notices about its URL."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground.backprop.settings import BackpropSettings
from playground.compare.settings import CompareSettings
from playground.digits.settings import DigitsSettings
from playground.gradient_flow.settings import GradientFlowSettings
from playground.guide import GuideSettings
from playground.learning_rate.settings import RateSettings
from playground.lessons.settings import LessonSettings
from playground.live.component import STATIC
from playground.service import ROOM
from playground.settings.base import Settings
from playground.ui import idle, session, theme_once, words


@dataclass(frozen=True)
class Page:
    """A page: its script, its icon, its settings beside the Config; what it is called."""

    script: str
    icon: str
    settings: type[Settings] | None = None

    @property
    def title(self) -> str:
        return words.PAGES[self.script]


# In the order of the row.
PAGES: Final = (
    Page("app.py", "neurology"),
    Page("pages/learning_rate.py", "speed", RateSettings),
    Page("pages/gradient_flow.py", "waterfall_chart", GradientFlowSettings),
    Page("pages/backprop.py", "footprint", BackpropSettings),
    Page("pages/digits.py", "draw", DigitsSettings),
    Page("pages/compare.py", "balance", CompareSettings),
    Page("pages/lessons.py", "school", LessonSettings),
    Page("pages/guide.py", "menu_book", GuideSettings),
)
theme_once.install()
session.register(*(page.settings for page in PAGES if page.settings is not None))

RETRY: Final = 10  # seconds until who found the room full is asked for again
_SCRIPT: Final = (STATIC / "page.js").read_text("utf-8")
# Of the whole page, before its sidebar comes: what lecture mode hides is not seen for a moment.
_LECTURE: Final = """<script>{
  const { dataset } = document.documentElement, hide = %s;
  if (hide === null) delete dataset.lecture; else dataset.lecture = hide;
}</script>"""
_MENU: Final = (
    '<button class="page-menu" type="button" aria-expanded="false">'
    '<span aria-hidden="true">☰</span> <span>{}: <b>{}</b></span></button>'
)


def frame(title: str) -> None:
    """Page settings, house style and the row of page links. Must come first on every page."""
    st.set_page_config(
        page_title=words.title(title),
        page_icon=str(STATIC / "icon.svg"),
        layout="wide",
        # Streamlit closes it in a narrow window: a phone's is narrow only while it is upright.
        initial_sidebar_state="collapsed" if session.on_phone() else "auto",
    )
    st.html(STATIC / "page.css")
    _take_seat()
    idle.watch(session.current())
    session.open_page(title, next(page.settings for page in PAGES if page.title == title))
    now = session.current().config
    hidden = json.dumps(" ".join(now.hide) if now.lecture else None)
    with st.container(key="page-lecture"):
        st.html(_LECTURE % hidden, unsafe_allow_javascript=True)
    with st.container(key="page-links", horizontal=True, gap="small"):
        st.html(_MENU.format(words.PAGES_BUTTON, title))
        for page in PAGES:
            st.page_link(page.script, label=page.title, icon=f":material/{page.icon}:")
        st.html(f"<script>{_SCRIPT}</script>", unsafe_allow_javascript=True)


def _take_seat() -> None:
    """Let this viewer in, or show why not and end here. Who has a run of its own is let in."""
    context = get_script_run_ctx()
    viewer = "" if context is None else context.session_id
    if not ROOM.enter(viewer, session.watched(), back=session.begun()):
        st.header(words.FULL, text_alignment="center")
        _wait_for_seat()
        st.stop()


@st.fragment(run_every=RETRY)
def _wait_for_seat() -> None:
    if not ROOM.full:
        st.rerun()
    st.markdown(words.all_seats(ROOM.seats, RETRY), text_alignment="center")
    with st.container(horizontal_alignment="center"):
        if st.button(words.TRY_AGAIN, icon=":material/refresh:"):
            st.rerun()


def show_notices() -> None:
    """One notice that names every URL parameter that could not be used, and why."""
    notices = session.current().notices
    if not notices:
        return
    lines = "\n".join(f"- {notice.markdown}" for notice in notices)
    st.warning(words.not_used(lines), icon=":material/link_off:")
