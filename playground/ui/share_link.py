"""Share on a view that Streamlit draws: a link of its settings, and the QR code of that."""

from __future__ import annotations

import streamlit as st

from playground.live.now import Now
from playground.live.share import share_settings
from playground.settings.base import Settings
from playground.ui import session, words


def button(what: str, kind: type[Settings]) -> None:
    """A button that gives away a link that opens `what`, by the Config and these settings."""
    pressed = st.button(
        words.SHARE,
        key="share_link",
        icon=":material/share:",
        help=words.SHARE_HELP,
    )
    if pressed:
        _show(what, kind)


@st.dialog(words.SHARE, width="large")
def _show(what: str, kind: type[Settings]) -> None:
    now = Now(session.current().config, session.settings(kind))
    found = share_settings(what, now, st.context.url)
    st.markdown(found["words"])
    st.code(found["link"], language=None, wrap_lines=True)
    if found["later"]:
        st.caption(found["later"])
    st.html(
        f'<img alt="{words.QR_CODE}" src="{found["qr"]}" style="display: block; margin: auto;'
        ' width: min(100%, 68dvh); image-rendering: pixelated; border-radius: 8px">'
    )
