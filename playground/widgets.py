"""Kinds of widgets for settings: each shows its setting and brings back what a hand changes.

`session.spec(name)` says what a setting is called, explains and allows. A widget's key is
`session.widget_key(name)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

import streamlit as st

from playground import session
from playground.fields import FieldError, FieldSpec, IntField

Draw = Callable[[str], None]
Convert = Callable[[Any], Any]

# ---- from widget to setting ----------------------------------------------------------------


def change(name: str, **fields: Any) -> None:
    """Change settings; what cannot be is said beside the control of `name`."""
    try:
        session.change(**fields)
    except FieldError as error:
        complain(name, error)
    else:
        session.current().problem = "", ""


def complain(name: str, error: FieldError) -> None:
    """Say beside the control of `name` what is wrong."""
    label = session.spec(error.field).label
    session.current().problem = name, f"{label} {error.requirement}."


def changed(name: str, widget: str, key: str, convert: Convert) -> None:
    """Take the value of the widget so called, with `key`, over into the setting `name`."""
    if not session.hand_moved(widget, key):
        return
    value = session.widget_value(key)
    if value is None:  # a number that cannot be read: the setting stays and comes back
        session.discard(widget)
        return
    try:
        converted = convert(value)
    except FieldError as error:
        complain(name, error)
    else:
        change(name, **{name: converted})


def same(value: Any) -> Any:
    return value


def wired(
    name: str, value: object, *, widget: str | None = None, convert: Convert = same
) -> dict[str, Any]:
    """What every widget is given: the key of the one that shows `value`; help; where changes go."""
    widget = widget or session.widget_key(name)
    key = session.mounted(widget, value)
    return {
        "key": key,
        "help": session.spec(name).help,
        "on_change": changed,
        "args": (name, widget, key, convert),
    }


def entry(name: str, number: int) -> str:
    """Key of the widget for one entry, counted from 1, of a setting that is a list."""
    return f"{session.widget_key(name)}_{number}"


def replaced(name: str, number: int, value: Any) -> tuple[Any, ...]:
    """The list that setting `name` is, with `value` for its entry `number`, counted from 1."""
    entries = session.value(name)
    return (*entries[: number - 1], value, *entries[number:])


# ---- kinds of widgets ---------------------------------------------------------------------


def choice(name: str) -> None:
    spec, value = session.spec(name), session.value(name)
    st.selectbox(
        spec.label,
        list(spec.choices),
        list(spec.choices).index(value),
        format_func=spec.choices.__getitem__,
        **wired(name, value),
    )


def pills(name: str) -> None:
    spec, chosen = session.spec(name), list(session.value(name))
    st.pills(
        spec.label,
        list(spec.choices),
        selection_mode="multi",
        default=chosen,
        format_func=spec.choices.__getitem__,
        **wired(name, chosen),
    )


def switch(name: str) -> None:
    value = session.value(name)
    st.toggle(session.spec(name).label, value, **wired(name, value))


def slider(name: str, step: float, low: float | None = None, high: float | None = None) -> None:
    spec = session.spec(name)
    kind = number_type(spec)
    value = kind(session.value(name))
    st.slider(
        spec.label,
        min_value=kind(spec.low if low is None else low),
        max_value=kind(spec.high if high is None else high),
        value=value,
        step=kind(step),
        format="%g",
        **wired(name, value),
    )


def number(name: str, step: float) -> None:
    """A number typed exactly: "%g" shows the shortest text that stands for it, and rounds none."""
    spec = session.spec(name)
    kind = number_type(spec)
    value = kind(session.value(name))
    st.number_input(
        spec.label,
        min_value=kind(spec.low),
        max_value=kind(spec.high),
        value=value,
        step=kind(step),
        format=_FORMATS[kind],
        **wired(name, value),
    )


def stops(name: str, stops: Sequence[float]) -> None:
    """A slider with chosen stops, and the value itself where it lies between them."""
    spec, value = session.spec(name), session.value(name)
    st.select_slider(
        spec.label,
        with_stop(stops, value),
        value,
        format_func=spec.text,
        **wired(name, value),
    )


def with_stop(stops: Sequence[float], value: float) -> list[float]:
    """The stops and the value, which takes the place of one that Streamlit would take for it."""
    return sorted({value, *(stop for stop in stops if not math.isclose(stop, value))})


def number_type(spec: FieldSpec) -> type[int] | type[float]:
    return int if isinstance(spec, IntField) else float


_FORMATS: Final[Mapping[type, str]] = {int: "%d", float: "%g"}


def listed(name: str) -> None:
    """Numbers typed as a list parted by commas."""
    spec = session.spec(name)
    text = spec.text(session.value(name))
    st.text_input(spec.label, text, **wired(name, text, convert=spec.parse))


def segments(
    name: str, label_visibility: Literal["visible", "hidden", "collapsed"] = "visible"
) -> None:
    """One of a few choices, all of them in sight."""
    spec, value = session.spec(name), session.value(name)
    st.segmented_control(
        spec.label,
        list(spec.choices),
        default=value,
        format_func=spec.choices.__getitem__,
        required=True,
        label_visibility=label_visibility,
        **wired(name, value),
    )


def show_problem(name: str) -> None:
    """What was wrong with the last value of the setting `name`, if anything."""
    at_fault, message = session.current().problem
    if at_fault == name:
        st.error(message, icon=":material/error:")
