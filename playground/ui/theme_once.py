"""Streamlit's message on the theme, made once: it is the same for all viewers and in every run.

Each run of a page or a fragment begins with a message that holds the theme, which Streamlit reads
from all its options anew, six times: with a class in the room a tenth of the process's time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

Populate = Callable[..., None]


def once(populate: Populate) -> Populate:
    """The same function of a message and a section of options, which reads each section once."""
    made: dict[str, CustomThemeConfig] = {}

    @wraps(populate)
    def remembered(msg: CustomThemeConfig, section: str = "theme") -> None:
        if section not in made:
            fresh = CustomThemeConfig()
            populate(fresh, section)
            made[section] = fresh
        if made[section].ByteSize():  # a part that nothing is said of is not to be there
            msg.MergeFrom(made[section])

    return remembered


def install() -> None:
    """Let the server do so, where it is the one that this is written for."""
    found = getattr(app_session, "_populate_theme_msg", None)
    if found is not None and not hasattr(found, "__wrapped__"):
        app_session._populate_theme_msg = once(found)
