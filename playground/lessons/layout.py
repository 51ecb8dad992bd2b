"""The page of lessons below its links: the list of all, or one with its prediction and answer."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_uppercase
from typing import Final

import streamlit as st

from playground.backprop.settings import BackpropSettings
from playground.gradient_flow.settings import GradientFlowSettings
from playground.learning_rate.settings import VIEWS, RateSettings
from playground.lessons import words
from playground.lessons.catalogue import LESSONS
from playground.lessons.lesson import Lesson, Variant
from playground.lessons.settings import ALL, LessonSettings
from playground.live.component import STATIC
from playground.settings.base import Settings
from playground.ui import session

# By the settings that a variant has for it: the script and the name of the page that it opens.
_PAGES: Final[Mapping[type[Settings] | None, tuple[str, str]]] = {
    None: ("app.py", words.PLAYGROUND),
    RateSettings: ("pages/learning_rate.py", words.LEARNING_RATE),
    GradientFlowSettings: ("pages/gradient_flow.py", words.GRADIENT_FLOW),
    BackpropSettings: ("pages/backprop.py", words.BACKPROP),
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
        st.header(words.LESSONS, anchor=False)
        st.markdown(words.INTRO)
        _PREDICTION(key="lessons-predicted", data={"names": list(LESSONS)})
        with st.container(key="lesson-list"):
            for place, (name, lesson) in enumerate(LESSONS.items(), start=1):
                with st.container(key=f"lesson-card-{name}", border=True, gap=None):
                    st.button(
                        f"{place}. {words.TITLES[name]}",
                        key=f"lesson_{name}",
                        on_click=_open,
                        args=(name,),
                        type="tertiary",
                    )
                    st.markdown(lesson.learns)
                    st.caption(words.minutes(lesson.minutes))


def _lesson(name: str, lesson: Lesson) -> None:
    with st.container(key="lesson", gap="small"):
        _way(name)
        with st.container(key="lesson-head", gap=None):
            st.header(words.TITLES[name], anchor=False)
            st.markdown(lesson.learns)
        with st.container(key="lesson-sheet"):
            with st.container(key="lesson-predict", border=True, gap="small"):
                st.subheader(words.PREDICT, anchor=False)
                asked = {"question": lesson.question, "choices": lesson.choices}
                _PREDICTION(
                    key="lesson-prediction", data={"name": name, "right": lesson.right, **asked}
                )
            with st.container(key="lesson-try", border=True, gap="small"):
                st.subheader(words.TRY, anchor=False)
                st.markdown("\n".join(f"{i}. {step}" for i, step in enumerate(lesson.do, start=1)))
                for letter, variant in zip(ascii_uppercase, lesson.variants, strict=False):
                    _variant(letter, variant)
        # Hidden by the style until the browser has revealed it.
        with st.container(key=f"lesson-answer-{name}", gap="small"):
            st.subheader(words.SEE, anchor=False)
            st.markdown(lesson.see)
            with st.container(key="lesson-results"):
                for letter, variant in zip(ascii_uppercase, lesson.variants, strict=False):
                    _result(letter, variant)
            st.subheader(words.WHY, anchor=False)
            st.markdown(lesson.because)
        with st.container(key="lesson-keys"):
            st.caption(words.KEYS)


def _way(name: str) -> None:
    """The row from lesson to lesson."""
    names = [ALL, *LESSONS]
    at = names.index(name)
    following = names[(at + 1) % len(names)]
    with st.container(key="lesson-way", horizontal=True, vertical_alignment="center"):
        for key, label, icon, target in (
            ("lesson_all", words.ALL, "apps", ALL),
            ("lesson_previous", words.PREVIOUS, "chevron_left", names[at - 1]),
            ("lesson_next", words.NEXT, "chevron_right", following),
        ):
            st.button(
                label,
                key=key,
                icon=f":material/{icon}:",
                help=words.ALL if target == ALL else words.TITLES[target],
                on_click=_open,
                args=(target,),
                type="tertiary",
            )
        st.caption(words.place(at, len(LESSONS), LESSONS[name].minutes))


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
        help=words.opens(page),
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
