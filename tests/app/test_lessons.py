"""The page of lessons: it opens from links good and bad, and opens what its buttons say."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.lessons.catalogue import LESSONS
from playground.lessons.settings import ALL, LessonSettings
from playground.lessons.words import INTRO, KEYS, TITLES
from playground.settings.config import Config
from tests.app import visitor
from tests.app.visitor import address, click, session_of, texts

opened = partial(visitor.opened, "pages/lessons.py")
NAMES = list(LESSONS)


def lesson_of(app: AppTest) -> str:
    """The lesson on show, which session, address and heading must agree on."""
    settings = session_of(app).pages[LessonSettings]
    assert isinstance(settings, LessonSettings)
    assert not app.warning
    (heading,) = app.header
    name = settings.lesson
    assert address(app) == ({} if name == ALL else {"lesson": name})
    assert heading.value == ("Lessons" if name == ALL else TITLES[name])
    return name


def test_the_list_names_all_and_leads_to_each() -> None:
    app = opened()
    assert lesson_of(app) == ALL
    assert INTRO in texts(app)
    lecture, *labels = (button.label for button in app.button)
    assert lecture == "Lecture mode"
    assert labels == [f"{i}. {title}" for i, title in enumerate(TITLES.values(), start=1)]
    assert lesson_of(click(app, "lesson_dropout")) == "dropout"
    assert lesson_of(click(app, "lesson_all")) == ALL


def test_next_and_previous_go_through_all_and_round() -> None:
    app = opened({"lesson": NAMES[-2]})
    assert lesson_of(click(app, "lesson_next")) == NAMES[-1]
    assert lesson_of(click(app, "lesson_next")) == ALL
    app = opened({"lesson": NAMES[1]})
    assert lesson_of(click(app, "lesson_previous")) == NAMES[0]
    assert lesson_of(click(app, "lesson_previous")) == ALL


@pytest.mark.parametrize("name", NAMES)
def test_a_link_opens_a_lesson_with_all_its_words(name: str) -> None:
    app, lesson = opened({"lesson": name}), LESSONS[name]
    assert lesson_of(app) == name
    said = texts(app)
    for words in (lesson.learns, *lesson.do, lesson.see, lesson.because):
        assert words in said
    for variant in lesson.variants:
        assert variant.title in said
        assert variant.why in said
    assert [caption.value for caption in app.caption][-1] == KEYS
    buttons = [button.key for button in app.button if str(button.key).startswith("lesson_open_")]
    assert buttons == [f"lesson_open_{letter}" for letter in "abcd"[: len(lesson.variants)]]


def test_an_unknown_lesson_is_named_and_the_list_shown() -> None:
    app = opened({"lesson": "<b>x"})
    (warning,) = app.warning
    assert "`<b>x`" in warning.value
    assert session_of(app).pages[LessonSettings] == LessonSettings()


@pytest.mark.parametrize(
    ("name", "letter"),
    [("xor", "c"), ("rates", "d"), ("edge", "b"), ("vanishing", "a"), ("losses", "d")],
)
def test_a_button_opens_its_settings_anew_in_the_room_of_now(name: str, letter: str) -> None:
    variant = LESSONS[name].variants["abcd".index(letter)]
    room: dict[str, Any] = {"lecture": True, "layout": "curves", "hide": ("links",)}
    app = opened({"lesson": name, "lecture": "true", "layout": "curves", "hide": "links"})
    click(app, f"lesson_open_{letter}")
    session = session_of(app)
    assert session.config == replace(variant.config, **room)
    assert address(app)["lecture"] == "true"
    if variant.settings is not None:
        assert session.pages[type(variant.settings)] == variant.settings
    assert session.page != "Lessons"
    assert session.pages[LessonSettings] == LessonSettings(lesson=name)  # where Back leads


def test_settings_of_the_run_are_left_alone_until_something_is_opened() -> None:
    app = visitor.opened("pages/lessons.py", {"dataset": "moons", "lesson": "xor"})
    click(app, "lesson_next")
    assert session_of(app).config == Config.for_dataset("moons")
    assert address(app) == {"dataset": "moons", "lesson": "depth"}
