"""Kinds of widgets for settings: each is seeded with its setting and brings what changes back.

`session.spec(name)` says what a setting is called, explains and allows. A widget's key is
`session.widget_key(name)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

import streamlit as st

from playground import session
from playground.fields import FieldError, FieldSpec, IntField

Draw = Callable[[str], None]
Convert = Callable[[Any], Any]

_PROBLEM: Final = "sidebar_problem"

# ---- from widget to setting ----------------------------------------------------------------


def change(name: str, **fields: Any) -> None:
    """Change settings; what cannot be is said beside the control of `name`."""
    try:
        session.change(**fields)
    except FieldError as error:
        complain(name, error)
    else:
        session.seed(_PROBLEM, ("", ""))


def complain(name: str, error: FieldError) -> None:
    """Say beside the control of `name` what is wrong."""
    session.seed(_PROBLEM, (name, f"{session.spec(error.field).label} {error.requirement}."))


def problem() -> tuple[str, str]:
    """The setting that could not be changed last, and why; empty if it could."""
    try:
        name, message = session.widget_value(_PROBLEM)
    except KeyError:  # nothing has been changed yet
        return "", ""
    return name, message


def changed(name: str, key: str, convert: Convert) -> None:
    """Take the value of the widget with `key` over into the settings."""
    if session.is_echo(key):
        return
    value = session.widget_value(key)
    try:
        # A number that cannot be read is None: the setting stays and comes back.
        new = {} if value is None else {name: convert(value)}
    except FieldError as error:
        complain(name, error)
    else:
        change(name, **new)


def same(value: Any) -> Any:
    return value


def wired(
    name: str, value: object, *, key: str | None = None, convert: Convert = same
) -> dict[str, Any]:
    """What every widget is given: its key, seeded with `value`; its help; where changes go."""
    key = session.seed(key or session.widget_key(name), value)
    return {
        "key": key,
        "help": session.spec(name).help,
        "on_change": changed,
        "args": (name, key, convert),
    }


def numeric(name: str, value: object, **more: Any) -> dict[str, Any]:
    """The same for a number that is typed: one that cannot be read brings the setting back."""
    return {"value": None} | wired(name, value, **more)


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
        format_func=spec.choices.__getitem__,
        **wired(name, value),
    )


def pills(name: str) -> None:
    spec, chosen = session.spec(name), list(session.value(name))
    st.pills(
        spec.label,
        list(spec.choices),
        selection_mode="multi",
        format_func=spec.choices.__getitem__,
        **wired(name, chosen),
    )


def switch(name: str) -> None:
    st.toggle(session.spec(name).label, **wired(name, session.value(name)))


def slider(name: str, step: float, low: float | None = None, high: float | None = None) -> None:
    spec = session.spec(name)
    kind = number_type(spec)
    st.slider(
        spec.label,
        min_value=kind(spec.low if low is None else low),
        max_value=kind(spec.high if high is None else high),
        step=kind(step),
        format="%g",
        **wired(name, session.value(name)),
    )


def number(name: str, step: float) -> None:
    """A number typed exactly: "%g" shows the shortest text that stands for it, and rounds none."""
    spec = session.spec(name)
    kind = number_type(spec)
    st.number_input(
        spec.label,
        min_value=kind(spec.low),
        max_value=kind(spec.high),
        step=kind(step),
        format=_FORMATS[kind],
        **numeric(name, session.value(name)),
    )


def stops(name: str, stops: Sequence[float]) -> None:
    """A slider with chosen stops, and the value itself where it lies between them."""
    spec, value = session.spec(name), session.value(name)
    st.select_slider(
        spec.label,
        sorted({*stops, value}),
        format_func=spec.text,
        **wired(name, value),
    )


def number_type(spec: FieldSpec) -> type[int] | type[float]:
    return int if isinstance(spec, IntField) else float


_FORMATS: Final[Mapping[type, str]] = {int: "%d", float: "%g"}


def listed(name: str) -> None:
    """Numbers typed as a list parted by commas."""
    spec = session.spec(name)
    st.text_input(
        spec.label,
        **wired(name, spec.text(session.value(name)), convert=spec.parse),
    )


def segments(
    name: str, label_visibility: Literal["visible", "hidden", "collapsed"] = "visible"
) -> None:
    """One of a few choices, all of them in sight."""
    spec, value = session.spec(name), session.value(name)
    st.segmented_control(
        spec.label,
        list(spec.choices),
        format_func=spec.choices.__getitem__,
        required=True,
        label_visibility=label_visibility,
        **wired(name, value),
    )


def show_problem(name: str) -> None:
    """What was wrong with the last value of the setting `name`, if anything."""
    at_fault, message = problem()
    if at_fault == name:
        st.error(message, icon=":material/error:")
