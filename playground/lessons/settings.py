"""The settings of the page of lessons: which one is on show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from playground.lessons import words
from playground.settings.base import Settings
from playground.settings.fields import ChoiceField

ALL: Final = "all"


@dataclass(frozen=True)
class LessonSettings(Settings):
    """What the page of lessons shows. A value out of range raises FieldError."""

    lesson: Annotated[
        str, ChoiceField(words.LESSON, "display", {ALL: words.ALL, **words.TITLES})
    ] = ALL
