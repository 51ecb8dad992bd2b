"""The digits page below its links: presets, where the pictures come from, the view, its sidebar."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import streamlit as st

from playground.data.digits import LARGEST, read
from playground.digits import words
from playground.digits.pictures import Pictures
from playground.digits.presets import PRESETS
from playground.digits.settings import MNIST, OWN, DigitsSettings
from playground.digits.sources import MNIST_PICTURES, pictures_of
from playground.digits.view import DigitsView
from playground.ui import lecture, session, widgets
from playground.ui.fragment import show
from playground.ui.long_turn import SHORT, turn_for
from playground.ui.widgets import Draw

KEY: Final = "view-digits"
_BROUGHT: Final = "digits"  # a person's own pictures, in the session
_RATES: Final = tuple(float(f"{d}e{e}") for e in range(-5, 2) for d in (1, 2, 3, 5))
_GROUPS: Final = {
    "data": ("digits_source", "digits_seed"),
    "network": ("digits_layers", "digits_activation", "digits_init"),
    "training": ("digits_rate", "digits_epochs", "digits_optimizer", "digits_batch"),
}
_DRAW: Final[Mapping[str, Draw]] = {
    "digits_source": widgets.choice,
    "digits_seed": partial(widgets.number, step=1),
    "digits_layers": widgets.listed,
    "digits_activation": widgets.choice,
    "digits_init": widgets.choice,
    "digits_optimizer": widgets.choice,
    "digits_rate": partial(widgets.stops, stops=_RATES),
    "digits_batch": partial(widgets.number, step=8),
    "digits_epochs": partial(widgets.number, step=10),
}


def draw() -> None:
    """All of it."""
    with st.container(key="page-head-digits", gap="small"):
        lecture.row("digits", PRESETS, DigitsSettings, words.LOOK)
    source = session.value("digits_source")
    if source == MNIST:
        _mnist()
    elif source == OWN:
        _own()
    brought = session.current().brought
    show(
        KEY,
        lambda: DigitsView(
            lambda settings: pictures_of(settings, brought.get(_BROUGHT)),
            recipe=session.take_recipe(),
        ),
        DigitsSettings,
    )
    with st.sidebar:
        _sidebar()


@st.fragment
def _sidebar() -> None:
    """The controls. As on the Playground, one that is moved while a run plays leaves it alone."""
    now = session.current()
    session.note_drawn(DigitsSettings)
    for group, names in _GROUPS.items():
        with st.container(key=f"group-{group}", gap="small"):
            st.subheader(words.GROUPS[group], anchor=False)
            for name in names:
                _DRAW[name](name)
                widgets.show_problem(session.widget_key(name))
    st.caption(words.ADDRESS)
    changed, now.changed = now.changed, False
    if session.keep_unheard() or (changed and not session.plays(KEY)):
        st.rerun()


# ---- pictures that are not at hand ---------------------------------------------------------


def _mnist() -> None:
    """A button that fetches MNIST, or how far that is."""
    found = MNIST_PICTURES
    if found.pictures is None and not found.coming and found.on_disk and not found.problem:
        found.begin()  # it was fetched before
    shown = session.current().views.get(KEY)
    said = None if found.pictures is not None else found.problem or words.NOT_YET
    problem = None if shown is None else shown.problem
    if not found.coming and problem is not None and not (said and problem.startswith(said)):
        session.adopt(anew=True)  # it has come, or failed to, since this viewer looked
    if found.coming:
        _wait_for_mnist()
    elif found.pictures is None:
        label = words.FETCH_AGAIN if found.problem else words.FETCH
        icon = ":material/download:"
        if st.button(label, key="fetch_mnist", icon=icon, help=words.FETCH_HELP):
            found.begin()
            st.rerun()


@st.fragment(run_every=1)
def _wait_for_mnist() -> None:
    if MNIST_PICTURES.coming:
        st.info(MNIST_PICTURES.progress, icon=":material/hourglass_empty:")
        return
    st.rerun()


def _own() -> None:
    """A place to drop a file. What was in it belongs to this viewer alone."""
    now = session.current()
    own: Pictures | None = now.brought.get(_BROUGHT)
    given = st.file_uploader(
        words.DROP,
        accept_multiple_files=True,
        max_upload_size=LARGEST // 1_000_000,
        key=session.mounted("digits_file", None),
    )
    if own is not None:
        st.caption(words.yours(len(own.train_labels), len(own.test_labels)))
    if not given:
        return
    try:
        with turn_for(SHORT):  # what takes long goes beside those who play
            found = Pictures(read({each.name: each.getvalue() for each in given}))
    except ValueError as error:
        st.error(f"{str(error)[:1].upper()}{str(error)[1:]}.", icon=":material/error:")
        return
    now.brought[_BROUGHT] = found
    session.discard("digits_file")  # the upload itself is not needed any more
    session.adopt(anew=True)
    st.rerun()
