"""The digits page below its links: presets, where the pictures come from, the view, its sidebar."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import streamlit as st

from playground.data.digits import LARGEST, read
from playground.digits.pictures import Pictures
from playground.digits.presets import PRESETS
from playground.digits.settings import MNIST, OWN, DigitsSettings
from playground.digits.sources import MNIST_PICTURES, NOT_YET, pictures_of
from playground.digits.view import DigitsView
from playground.ui import lecture, session, widgets
from playground.ui.fragment import show
from playground.ui.long_turn import SHORT, turn_for
from playground.ui.widgets import Draw

KEY: Final = "view-digits"
LOOK: Final = (
    "A network that sees nothing but pixels learns to read digits. Press Play, and draw one for it "
    "at any time: before it has learned anything, while it learns, and after."
)
_BROUGHT: Final = "digits"  # a person's own pictures, in the session
_RATES: Final = tuple(float(f"{d}e{e}") for e in range(-5, 2) for d in (1, 2, 3, 5))
_GROUPS: Final = {
    "Data": ("digits_source", "digits_seed"),
    "Network": ("digits_layers", "digits_activation", "digits_init"),
    "Training": ("digits_rate", "digits_epochs", "digits_optimizer", "digits_batch"),
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
        lecture.row("digits", PRESETS, DigitsSettings, LOOK)
    source = session.value("digits_source")
    if source == MNIST:
        _mnist()
    elif source == OWN:
        _own()
    brought = session.current().brought
    show(KEY, lambda: DigitsView(lambda s: pictures_of(s, brought.get(_BROUGHT))), DigitsSettings)
    with st.sidebar:
        _sidebar()


@st.fragment
def _sidebar() -> None:
    """The controls. As on the Playground, one that is moved while a run plays leaves it alone."""
    now = session.current()
    for title, names in _GROUPS.items():
        with st.container(key=f"group-{title.lower()}", gap="small"):
            st.subheader(title, anchor=False)
            for name in names:
                _DRAW[name](name)
                widgets.show_problem(session.widget_key(name))
    st.caption("The address of this page holds every setting. Copy it to share this run.")
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
    words = None if found.pictures is not None else found.problem or NOT_YET
    if not found.coming and shown is not None and shown.problem not in (None, words):
        session.adopt(anew=True)  # it has come, or failed to, since this viewer looked
    if found.coming:
        _wait_for_mnist()
    elif found.pictures is None:
        label = "Try again" if found.problem else "Fetch MNIST"
        icon = ":material/download:"
        help_ = "70,000 pictures of 28 × 28, from openml.org, about 15 MB. Kept on disk."
        if st.button(label, key="fetch_mnist", icon=icon, help=help_):
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
        "mnist.npz, or MNIST's four IDX files (gzipped or not), up to 50 MB each",
        accept_multiple_files=True,
        max_upload_size=LARGEST // 1_000_000,
        key=session.mounted("digits_file", None),
    )
    if own is not None:
        train, test = len(own.train_labels), len(own.test_labels)
        st.caption(f"Yours: {train:,} pictures to train on and {test:,} to test.")
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
