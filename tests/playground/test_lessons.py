"""Each lesson's phenomenon shows in runs of its own settings, and its words say what was found."""

from __future__ import annotations

from pathlib import Path

import pytest

from playground.gradient_flow.settings import GradientFlowSettings
from playground.gradient_flow.words import ACTIVATIONS_BY_DEPTH
from playground.learning_rate.presets import PRESETS
from playground.lessons import edge
from playground.lessons.catalogue import LESSONS
from playground.lessons.lesson import Lesson, Variant
from playground.lessons.settings import ALL, LessonSettings
from playground.lessons.trials import compared, trained
from playground.lessons.words import INTRO, TITLES
from playground.settings.base import Notice
from playground.settings.config import Config

HELPERS = {"words", "__init__", "catalogue", "layout", "lesson", "settings", "trials"}
VARIANTS = [
    pytest.param(variant, id=f"{name}-{variant.title}")
    for name, lesson in LESSONS.items()
    for variant in lesson.variants
]


def test_every_lesson_has_a_file_a_title_and_a_place() -> None:
    folder = Path(edge.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - HELPERS == set(TITLES)
    assert list(LESSONS) == list(TITLES)
    assert len(LESSONS) == 15
    assert INTRO.startswith("Fifteen ")
    assert LessonSettings().lesson == ALL


@pytest.mark.parametrize("name", LESSONS)
def test_it_shows_what_it_says(name: str) -> None:
    lesson = LESSONS[name]
    found = lesson.check()
    assert found.shows, found.numbers
    assert found.numbers.keys() == lesson.measured.keys()
    for key, told in lesson.measured.items():
        # Another machine's rounding may shift a run a little, and a share of few points by some.
        allowed = max(0.1 * abs(told), min(0.05, 0.5 * abs(told)), 0.01 * (told == 0))
        assert abs(found.numbers[key] - told) <= allowed, (key, found.numbers[key])


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_its_words_are_whole(lesson: Lesson) -> None:
    assert 2 < len(lesson.choices) <= 4
    assert len(set(lesson.choices)) == len(lesson.choices)
    assert 0 <= lesson.right < len(lesson.choices)
    assert lesson.question.rstrip().endswith("?")
    assert 3 <= lesson.minutes <= 10
    for words in (lesson.learns, lesson.see, lesson.because, *lesson.do):
        assert words[-1] in ".?"
        assert words == " ".join(words.split())
    assert 2 <= len(lesson.variants) <= 4
    assert any(variant.good for variant in lesson.variants)
    for letter in "ABCD"[: len(lesson.variants)]:
        assert any(letter in step for step in lesson.do), letter
    for variant in lesson.variants:
        assert variant.why.endswith(".")
        assert not variant.result.endswith(".")
        assert len(variant.title) <= 60


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_a_step_says_where_a_chart_is_that_lecture_mode_hides(lesson: Lesson) -> None:
    hidden = (ACTIVATIONS_BY_DEPTH[0], "Units", "Training loss")
    for step in lesson.do:
        if any(f"*{chart}*" in step for chart in hidden):
            assert "below the maps" in step


@pytest.mark.parametrize("variant", VARIANTS)
def test_its_link_alone_opens_its_settings(variant: Variant) -> None:
    notices: list[Notice] = []
    assert Config.read(variant.config.to_query(), notices) == variant.config
    if variant.settings is not None:
        kind = type(variant.settings)
        assert kind.read(variant.settings.to_query(), notices) == variant.settings
    assert notices == []


def test_no_two_variants_of_a_lesson_are_one() -> None:
    for lesson in LESSONS.values():
        seen = [(variant.config, variant.settings) for variant in lesson.variants]
        assert all(one != other for i, one in enumerate(seen) for other in seen[:i])


def test_the_edge_is_that_of_the_page_of_rates() -> None:
    assert edge.LOW.config == PRESETS["edge"].config
    assert edge.LOW.settings == PRESETS["edge"].settings


def test_a_trial_is_the_run_of_the_page() -> None:
    small = Config(samples=40, layers=(3,), epochs=3)
    experiment = trained(Variant("", small, True, "", ""))
    assert (experiment.trainer.epoch, experiment.trainer.status) == (3, "finished")
    settings = GradientFlowSettings(flow_depth=2, flow_width=4)
    networks = compared(Variant("", small, True, "", "", settings))
    assert networks.steps == 0
    assert networks.run_epochs(5) == 3
