"""What every page begins with: its title, the row of page links, and notices about its URL."""

from __future__ import annotations

from typing import Final

import streamlit as st

from playground import session
from playground.live.component import STATIC
from playground.settings import Settings

# (script, label, Material icon): the pages in the order of the row.
PAGES: Final = (
    ("app.py", "Playground", ":material/neurology:"),
    ("pages/learning_rate.py", "Learning rate", ":material/speed:"),
    ("pages/gradient_flow.py", "Gradient flow", ":material/waterfall_chart:"),
    ("pages/backprop.py", "Backprop", ":material/footprint:"),
    ("pages/guide.py", "Guide", ":material/menu_book:"),
)

_SCRIPT: Final = (STATIC / "page.js").read_text("utf-8")


def frame(title: str, kind: type[Settings] | None = None) -> None:
    """Page settings, house style and the row of page links. Must come first on every page.

    `kind` names the settings that the page has beside the Config.
    """
    st.set_page_config(
        page_title=f"{title} · Neural Network Playground",
        page_icon=str(STATIC / "icon.svg"),
        layout="wide",
        initial_sidebar_state="auto",
    )
    st.html(STATIC / "page.css")
    with st.container(key="page-links", horizontal=True, gap="small"):
        for script, label, icon in PAGES:
            st.page_link(script, label=label, icon=icon)
        st.html(f"<script>{_SCRIPT}</script>", unsafe_allow_javascript=True)
    session.open_page(title, kind)


def show_notices() -> None:
    """One notice that names every URL parameter that could not be used, and why."""
    notices = session.current().notices
    if not notices:
        return
    lines = "\n".join(f"- {notice.markdown}" for notice in notices)
    st.warning(f"Parts of this link could not be used:\n{lines}", icon=":material/link_off:")
