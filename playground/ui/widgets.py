"""Kinds of widgets for settings: each shows its setting and brings back what a hand changes.

`session.spec(name)` says what a setting is called, explains and allows. A widget's key is
`session.widget_key(name)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.settings.fields import FieldError
from playground.ui import session, words

Draw = Callable[[str], None]
Convert = Callable[[Any], Any]

# ---- from widget to setting ----------------------------------------------------------------


def changed(name: str, widget: str, key: str, convert: Convert, stays: bool = False) -> None:
    """Take the value of the widget so called, with `key`, over into the setting `name`.

    What cannot be is said beside the widget, and if it `stays` is kept in it. What was kept in
    others is tried again: it may fit now.
    """
    if not session.hand_moved(widget, key):
        return
    now = session.current()
    now.changed = True  # the page too, where only words about it change
    waiting = {w: found for w, found in now.rejected.items() if found.stays and w != widget}
    now.rejected = dict(waiting)
    given = session.widget_value(key)
    if given is None:  # a number that cannot be read: the setting stays and comes back
        session.discard(widget)
    elif _put(name, widget, given, convert, stays):
        for other, found in waiting.items():
            _put(found.name, other, found.given, found.convert, found.stays)


def _put(name: str, widget: str, given: object, convert: Convert, stays: bool) -> bool:
    """Whether the setting could be changed to what was given; else it is noted as rejected."""
    try:
        session.change(**{name: convert(given)})
    except FieldError as error:
        said = words.cannot_be(session.spec(error.field).label, error.requirement)
        if error.entry is not None:
            said += f" {error.entry.markdown}"
        now = session.current()
        now.rejected[widget] = session.Rejected(name, given, said, convert, stays)
        return False
    return True


def bound(
    name: str, value: object, *, widget: str | None = None, convert: Convert = lambda value: value
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


def typed(
    name: str, value: object, *, widget: str | None = None, convert: Convert = lambda value: value
) -> dict[str, Any]:
    """The same for what is typed: what could not be taken over stays in the box."""
    widget = widget or session.widget_key(name)
    found = session.current().rejected.get(widget)
    shown = found.given if found is not None and found.stays else value
    given = bound(name, shown, widget=widget, convert=convert)
    return {"value": shown, "kwargs": {"stays": True}} | given


def _entry(name: str, number: int) -> dict[str, Any]:
    """For `bound`: the widget of one entry, counted from 1, of a setting that is a list."""
    widget = f"{session.widget_key(name)}_{number}"
    return {"widget": widget, "convert": partial(_replaced, name, number)}


def _replaced(name: str, number: int, value: Any) -> tuple[Any, ...]:
    """The list that setting `name` is, with `value` for its entry `number`, counted from 1.

    An entry that was removed in the same turn does not come back.
    """
    entries = session.value(name)
    if number > len(entries):
        return tuple(entries)
    return (*entries[: number - 1], value, *entries[number:])


# ---- kinds of widgets ---------------------------------------------------------------------


def choice(name: str, disabled: bool = False) -> None:
    _select(session.spec(name).label, name, session.value(name), disabled=disabled)


def choice_of(name: str, number: int, label: str) -> None:
    """The choice that entry `number`, from 1, of a list is."""
    _select(label, name, session.value(name)[number - 1], **_entry(name, number))


def _select(label: str, name: str, value: Any, disabled: bool = False, **binding: Any) -> None:
    choices = session.spec(name).choices
    st.selectbox(
        label,
        list(choices),
        list(choices).index(value),
        format_func=choices.__getitem__,
        disabled=disabled,
        **bound(name, value, **binding),
    )


def pills(name: str) -> None:
    spec, chosen = session.spec(name), list(session.value(name))
    st.pills(
        spec.label,
        list(spec.choices),
        selection_mode="multi",
        default=chosen,
        format_func=spec.choices.__getitem__,
        **bound(name, chosen),
    )


def switch(name: str) -> None:
    value = session.value(name)
    st.toggle(session.spec(name).label, value, **bound(name, value))


def slider(name: str, step: float, low: float | None = None) -> None:
    spec = session.spec(name)
    kind = int if spec.whole else float
    value = session.value(name)
    st.slider(
        spec.label,
        min_value=kind(spec.low if low is None else low),
        max_value=kind(spec.high),
        value=value,
        step=kind(step),
        format="%g",
        **bound(name, value),
    )


def number(name: str, step: float) -> None:
    """A number typed exactly: "%g" shows the shortest text that stands for it, and rounds none."""
    spec = session.spec(name)
    kind = int if spec.whole else float
    st.number_input(
        spec.label,
        min_value=kind(spec.low),
        max_value=kind(spec.high),
        step=kind(step),
        format="%d" if spec.whole else "%g",
        **typed(name, session.value(name)),
    )


def number_of(name: str, number: int, label: str, **look: Any) -> None:
    """The number that entry `number`, from 1, of a list is; `look` goes to the widget."""
    spec, value = session.spec(name), session.value(name)[number - 1]
    kind = int if spec.whole else float
    st.number_input(
        label,
        min_value=kind(spec.low),
        max_value=kind(spec.high),
        value=value,
        **look,
        **bound(name, value, **_entry(name, number)),
    )


def stops(name: str, stops: Sequence[float]) -> None:
    """A slider with chosen stops, and the value itself where it lies between them."""
    spec, value = session.spec(name), session.value(name)
    st.select_slider(
        spec.label,
        with_stop(stops, value),
        value,
        format_func=spec.text,
        **bound(name, value),
    )


def with_stop(stops: Sequence[float], value: float) -> list[float]:
    """The stops and the value, which takes the place of one that Streamlit would take for it."""
    return sorted({value, *(stop for stop in stops if not math.isclose(stop, value))})


def listed(name: str) -> None:
    """Numbers typed as a list parted by commas."""
    spec = session.spec(name)
    text = spec.text(session.value(name))
    st.text_input(spec.label, **typed(name, text, convert=spec.parse))


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
        **bound(name, value),
    )


def tabs(name: str) -> Sequence[DeltaGenerator]:
    """A place for each of the choices, one of them open."""
    choices = session.spec(name).choices
    shown, names = choices[session.value(name)], {label: each for each, label in choices.items()}
    binding = bound(name, shown, convert=names.__getitem__)
    del binding["help"]  # tabs take none
    first: str = session.first_shown(session.widget_key(name))
    return st.tabs(list(names), default=first, **binding)


def show_problem(widget: str) -> None:
    """What is wrong with what the widget so called was given last, if anything."""
    found = session.current().rejected.get(widget)
    if found is not None:
        st.error(found.words, icon=":material/error:")


def boxed(draw: Callable[..., None], name: str, *more: Any) -> None:
    """Draw a control of a row, with what is wrong with it right below."""
    with st.container(key=f"box-{name}", gap=None):
        draw(name, *more)
        show_problem(session.widget_key(name))
