"""What a lesson is: a question to predict first, settings that answer it, a check that they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playground.settings.base import Settings
from playground.settings.config import Config


@dataclass(frozen=True)
class Variant:
    """Settings that one press opens.

    `title` tells nothing of what comes of them; `why` does, and is read after the prediction.
    `good` says whether they do what one would want. `settings` are those of the page that it opens,
    which without them is the Playground. `result` is what was measured of it, in a few words.
    """

    title: str
    config: Config
    good: bool
    result: str
    why: str
    settings: Settings | None = None


@dataclass(frozen=True)
class Outcome:
    """What a check found: its numbers by name, and whether they show what the lesson says."""

    numbers: Mapping[str, float]
    shows: bool


@dataclass(frozen=True)
class Lesson:
    """One lesson. Words are Markdown; whatever number they say comes from `measured`.

    `learns` is one sentence, `minutes` what it takes alone. `choices` answer the `question`, and
    the one at `right` is true. `do` are steps for the hand, `see` what they show, `because` the
    explanation. `check` trains the variants without a page, in a few seconds at most; `measured`
    are its numbers as they were found, which a test holds it to.
    """

    learns: str
    minutes: int
    question: str
    choices: tuple[str, ...]
    right: int
    do: tuple[str, ...]
    see: str
    because: str
    variants: tuple[Variant, ...]
    measured: Mapping[str, float]
    check: Callable[[], Outcome]
