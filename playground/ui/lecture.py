"""For a lecture: the row of presets, one click each, also as a list; the switch of its mode."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import plotly.graph_objects as go
import streamlit as st

from playground.settings.base import Settings
from playground.settings.preset import Preset
from playground.ui import session, words

_LARGE: Final = 18  # pixels, of type in lecture mode
_WIDER: Final = 1.5  # times as wide, of lines


def switch() -> None:
    """The button of lecture mode, for what has no view: a view has its own among its tools."""
    on = session.value("lecture")
    st.button(
        words.LEAVE if on else words.LECTURE_MODE,
        key="lecture_switch",
        icon=":material/present_to_all:",
        help=words.LARGE_TYPE,
        on_click=partial(session.change, lecture=not on),
        type="tertiary",
    )


def chart(figure: go.Figure, key: str, alt: str) -> None:
    """Draw a chart of Streamlit's own, as high as page.css says, larger in lecture mode.

    `alt` says in numbers what it shows. Its axes grow with the page's type; the rest grows here.
    """
    if session.value("lecture"):
        figure.update_annotations(font_size=_LARGE)
        for trace in figure.select_traces():
            if trace.type.startswith("scatter"):
                wide = (trace.line.width or 2) * _WIDER
                trace.update(textfont_size=_LARGE, line_width=wide)
            elif trace.type == "contour":
                bar = {"tickfont_size": _LARGE, "title_font_size": _LARGE}
                trace.update(colorbar=bar)
    st.plotly_chart(figure, key=key, height="stretch", alt=alt, config={"displaylogo": False})


def row(key: str, presets: Mapping[str, Preset[Any]], kind: type[Settings], otherwise: str) -> None:
    """Draw the row, its keys beginning with `key`; below, the preset's words or these others."""
    of_now = session.current().config, session.settings(kind)
    now = next((name for name, preset in presets.items() if preset.fits(*of_now)), None)
    with st.container(key=f"presets-{key}", horizontal=True, vertical_alignment="center"):
        st.markdown(words.LECTURE, width="content")
        for name, (label, says), icon, step in (
            ("previous", words.PREVIOUS, "chevron_left", -1),
            ("next", words.NEXT, "chevron_right", 1),
        ):
            st.button(
                label,
                key=f"{key}_preset_{name}",
                icon=f":material/{icon}:",
                help=says,
                on_click=_advance,
                args=(presets, now, step),
                type="tertiary",
            )
        _listed(key, presets, now)
        name = f"{key}_preset"
        pills = session.mounted(name, now)
        st.pills(
            words.LECTURE,
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


def _listed(key: str, presets: Mapping[str, Preset[Any]], now: str | None) -> None:
    """All presets below one another with what each shows, in a list that a choice closes."""
    name = f"{key}_presets"
    radio = session.mounted(name, now)
    with st.popover(words.ALL_PRESETS, type="tertiary", key=session.mounted(f"{name}_list", now)):
        st.radio(
            words.ALL_PRESETS,
            list(presets),
            list(presets).index(now) if now is not None else None,
            format_func=lambda name: presets[name].title,
            captions=[preset.first_words for preset in presets.values()],
            key=radio,
            on_change=_choose,
            args=(presets, name, radio),
            label_visibility="collapsed",
        )


def _choose(presets: Mapping[str, Preset[Any]], widget: str, key: str) -> None:
    if session.hand_moved(widget, key) and (name := session.widget_value(key)) is not None:
        _take(presets[name])


def _advance(presets: Mapping[str, Preset[Any]], now: str | None, step: int) -> None:
    """To the preset before or after the present one; from none, to the first or the last."""
    names = list(presets)
    at = names.index(now) + step if now is not None else min(step, 0)
    _take(presets[names[at % len(names)]])


def _take(preset: Preset[Any]) -> None:
    """Its settings whole, whatever was set before. The room that a lecturer made stays."""
    config = preset.config.in_room_of(session.current().config)
    session.adopt(config, preset.settings, anew=True)
