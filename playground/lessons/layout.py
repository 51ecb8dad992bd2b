"""The page of lessons below its links: the list of all, or one with its prediction and answer."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_uppercase
from typing import Final

import streamlit as st

from playground.backprop.settings import BackpropSettings
from playground.gradient_flow.settings import GradientFlowSettings
from playground.learning_rate.settings import VIEWS, RateSettings
from playground.lessons.catalogue import LESSONS
from playground.lessons.lesson import Lesson, Variant
from playground.lessons.settings import ALL, TITLES, LessonSettings
from playground.live.component import STATIC
from playground.settings.base import Settings
from playground.ui import session

INTRO: Final = (
    "Fifteen short experiments. Each asks you what will happen, opens the settings that show it, "
    "and then says why. Take them in order or pick one; what you predict stays in this browser."
)
KEYS: Final = (
    "Keys: `1` to `4` predict · `R` reveals · `A` to `D` open · `→` and `←` go to the next lesson "
    "and the one before · `Esc` shows all."
)
# By the settings that a variant has for it: the script and the name of the page that it opens.
_PAGES: Final[Mapping[type[Settings] | None, tuple[str, str]]] = {
    None: ("app.py", "Playground"),
    RateSettings: ("pages/learning_rate.py", "Learning rate"),
    GradientFlowSettings: ("pages/gradient_flow.py", "Gradient flow"),
    BackpropSettings: ("pages/backprop.py", "Backprop"),
}
# What is predicted is asked and kept in the browser alone.
_PREDICTION: Final = st.components.v2.component(
    "playground_lesson",
    js=(STATIC / "lessons.js").read_text("utf-8"),
    isolate_styles=False,
)


def draw() -> None:
    """The whole page below its links."""
    st.html(STATIC / "lessons.css")
    name = session.settings(LessonSettings).lesson
    if name == ALL:
        _list()
    else:
        _lesson(name, LESSONS[name])


def _open(name: str) -> None:
    session.change(lesson=name)


def _list() -> None:
    with st.container(key="lessons", gap="small"):
        st.header("Lessons", anchor=False)
        st.markdown(INTRO)
        _PREDICTION(key="lessons-predicted", data={"names": list(LESSONS)})
        with st.container(key="lesson-list"):
            for place, (name, lesson) in enumerate(LESSONS.items(), start=1):
                with st.container(key=f"lesson-card-{name}", border=True, gap=None):
                    st.button(
                        f"{place}. {TITLES[name]}",
                        key=f"lesson_{name}",
                        on_click=_open,
                        args=(name,),
                        type="tertiary",
                    )
                    st.markdown(lesson.learns)
                    st.caption(f"{lesson.minutes} minutes")


def _lesson(name: str, lesson: Lesson) -> None:
    with st.container(key="lesson", gap="small"):
        _way(name)
        with st.container(key="lesson-head", gap=None):
            st.header(TITLES[name], anchor=False)
            st.markdown(lesson.learns)
        with st.container(key="lesson-sheet"):
            with st.container(key="lesson-predict", border=True, gap="small"):
                st.subheader("Predict first", anchor=False)
                asked = {"question": lesson.question, "choices": lesson.choices}
                _PREDICTION(
                    key="lesson-prediction", data={"name": name, "right": lesson.right, **asked}
                )
            with st.container(key="lesson-try", border=True, gap="small"):
                st.subheader("Then try it", anchor=False)
                st.markdown("\n".join(f"{i}. {step}" for i, step in enumerate(lesson.do, start=1)))
                for letter, variant in zip(ascii_uppercase, lesson.variants, strict=False):
                    _variant(letter, variant)
        # Hidden by the style until the browser has revealed it.
        with st.container(key=f"lesson-answer-{name}", gap="small"):
            st.subheader("What you see", anchor=False)
            st.markdown(lesson.see)
            with st.container(key="lesson-results"):
                for letter, variant in zip(ascii_uppercase, lesson.variants, strict=False):
                    _result(letter, variant)
            st.subheader("Why", anchor=False)
            st.markdown(lesson.because)
        st.caption(KEYS)


def _way(name: str) -> None:
    """The row from lesson to lesson."""
    names = [ALL, *LESSONS]
    at = names.index(name)
    following = names[(at + 1) % len(names)]
    with st.container(key="lesson-way", horizontal=True, vertical_alignment="center"):
        for key, label, icon, target in (
            ("lesson_all", "All lessons", "apps", ALL),
            ("lesson_previous", "Previous", "chevron_left", names[at - 1]),
            ("lesson_next", "Next", "chevron_right", following),
        ):
            st.button(
                label,
                key=key,
                icon=f":material/{icon}:",
                help="All lessons" if target == ALL else TITLES[target],
                on_click=_open,
                args=(target,),
                type="tertiary",
            )
        st.caption(f"Lesson {at} of {len(LESSONS)} · {LESSONS[name].minutes} minutes")


def _variant(letter: str, variant: Variant) -> None:
    """The button that opens it, with a run of its own."""
    given = variant.settings
    script, page = _PAGES[None if given is None else type(given)]
    if isinstance(given, RateSettings):
        page = f"{page}, {VIEWS[given.view]}"
    where = "" if given is None else f" · *{page}*"
    pressed = st.button(
        f"**{letter}** · {variant.title}{where}",
        key=f"lesson_open_{letter.lower()}",
        help=f"Opens it on the page {page}, at its start. Press Play there; Back leads here.",
        icon=":material/arrow_forward:",
        icon_position="right",
        width="stretch",
    )
    if pressed:
        session.open_with(script, variant.config, *(() if given is None else (given,)))


def _result(letter: str, variant: Variant) -> None:
    kind, icon = ("good", "check_circle") if variant.good else ("bad", "cancel")
    with st.container(key=f"lesson-{kind}-{letter.lower()}", border=True, gap=None):
        st.markdown(f"**{letter} · {variant.title}**")
        st.markdown(f":material/{icon}: {variant.result[0].upper()}{variant.result[1:]}.")
        st.markdown(variant.why)
