"""The row of a lecture's presets: one click each, one after the other, and what to look for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.settings.base import Settings
from playground.settings.preset import Preset
from playground.ui import session


def row(key: str, presets: Mapping[str, Preset[Any]], kind: type[Settings], otherwise: str) -> None:
    """Draw the row, its keys beginning with `key`; below, the preset's words or these others."""
    of_now = session.current().config, session.settings(kind)
    now = next((name for name, preset in presets.items() if preset.fits(*of_now)), None)
    with st.container(key=f"presets-{key}", horizontal=True, vertical_alignment="center"):
        st.markdown("For the lecture", width="content")
        for label, icon, step in (("Previous", "chevron_left", -1), ("Next", "chevron_right", 1)):
            st.button(
                f"{label} preset",
                key=f"{key}_preset_{label.lower()}",
                icon=f":material/{icon}:",
                help=f"{label} preset of the lecture.",
                on_click=_advance,
                args=(presets, now, step),
                type="tertiary",
            )
        name = f"{key}_preset"
        pills = session.mounted(name, now)
        st.pills(
            "For the lecture",
            list(presets),
            default=now,
            format_func=lambda name: presets[name].title,
            key=pills,
            on_change=_choose,
            args=(presets, name, pills),
            label_visibility="collapsed",
            wrap=False,
        )
    if now is None:
        st.markdown(otherwise)
    else:
        st.markdown(f"**{presets[now].title}.** {presets[now].look}")


def _choose(presets: Mapping[str, Preset[Any]], widget: str, key: str) -> None:
    if session.hand_moved(widget, key) and (name := session.widget_value(key)) is not None:
        _take(presets[name])


def _advance(presets: Mapping[str, Preset[Any]], now: str | None, step: int) -> None:
    """To the preset before or after the present one; from none, to the first or the last."""
    names = list(presets)
    at = names.index(now) + step if now is not None else min(step, 0)
    _take(presets[names[at % len(names)]])


def _take(preset: Preset[Any]) -> None:
    session.adopt(preset.config, preset.settings, anew=True)
