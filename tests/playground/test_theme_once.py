"""The theme's message is Streamlit's own, byte for byte, and read from its options once."""

from __future__ import annotations

import pytest
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

import playground.page  # noqa: F401  it is installed by whatever draws a page
from playground.ui import theme_once

SECTIONS = ("theme", "theme.light", "theme.dark", "theme.sidebar", "theme.dark.sidebar")


def test_it_says_what_streamlit_says() -> None:
    here = app_session._populate_theme_msg
    plain = getattr(here, "__wrapped__")  # noqa: B009  what a decorator leaves
    for _ in range(2):
        ours, theirs = CustomThemeConfig(), CustomThemeConfig()
        for populate, msg in ((here, ours), (plain, theirs)):
            populate(msg)
            populate(msg.light, "theme.light")
            populate(msg.dark, "theme.dark")
            populate(msg.sidebar, "theme.sidebar")
            populate(msg.dark.sidebar, "theme.dark.sidebar")
        assert ours.SerializeToString() == theirs.SerializeToString() != b""


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_is_read_once(section: str) -> None:
    read: list[str] = []

    def populate(msg: CustomThemeConfig, section: str) -> None:
        read.append(section)
        msg.primary_color = section

    remembered = theme_once.once(populate)
    for _ in range(3):
        msg = CustomThemeConfig()
        remembered(msg, section)
        assert msg.primary_color == section
    assert read == [section]
