"""What a setting may be: its range or choices, its words, and how a URL's text becomes a value.

A setting is stated once, as an annotated field of its `Settings` class; what it is called and its
help stand with the other words of its page:

    learning_rate: Annotated[float, FloatField(words.RATE, "live", 1e-6, 1e3)] = 0.03

Validation, the URL and the controls all read that (docs/settings.md).
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from numbers import Integral, Real
from typing import Any, Final, Literal

from playground.settings import words

# What a change does: start anew, apply to the run that goes on, or never touch training.
Effect = Literal["structure", "live", "display"]
Choices = Mapping[str, str]
Number = int | float

GIVEN_LENGTH: Final = 40
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.I)
_WORDS: Final = dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(
    ("0", "false", "no", "off", ""), False
)


@dataclass(frozen=True)
class BadEntry:
    """The first entry of a typed list that cannot be: its place from 1, its text, what is wrong.

    `text` comes from outside and is cut and stripped of unprintable characters; it is still
    hostile text. `markdown` is safe to show.
    """

    place: int
    text: str
    fault: str

    @property
    def markdown(self) -> str:
        """One sentence, the foreign text in a code span."""
        return words.entry(self.place, as_code(printable(self.text)), self.fault)


class FieldError(ValueError):
    """A setting that cannot be: which field, what it must be, what was given, which entry of it."""

    def __init__(
        self, field: str, requirement: str, given: object, entry: BadEntry | None = None
    ) -> None:
        super().__init__(words.error(field, requirement, _brief(given)))
        self.field = field
        self.requirement = requirement
        self.entry = entry


class Label(str):
    """What a setting is called, and in `help` the sentence or two that explain it."""

    help: str

    def __new__(cls, text: str, help: str = "") -> Label:
        label = super().__new__(cls, text)
        label.help = help
        return label


@dataclass(frozen=True)
class FieldSpec(ABC):
    """What is known about one setting. Subclasses add how a kind of value is checked and written.

    `low` and `high` bound a number, or each entry of a list, which may have to be `whole`;
    `open_low` and `open_high` leave the bound itself out. `choices` maps allowed names to human
    labels, `aliases` other names to these. `name` comes from where the setting is stated, and
    `help` from its `Label`.
    """

    label: str
    effect: Effect
    _: KW_ONLY
    name: str = ""
    help: str = ""
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    whole: bool = False
    choices: Choices = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    @abstractmethod
    def requirement(self) -> str:
        """What a value must be, in words that follow the field's name."""

    @abstractmethod
    def check(self, value: object) -> Any:
        """The value in its canonical form, or FieldError."""

    @abstractmethod
    def read(self, text: str) -> object:
        """What a URL's text stands for, to be checked; None if for nothing."""

    def parse(self, text: str) -> Any:
        """The value that a URL's text stands for, checked, or FieldError."""
        try:
            return self.check(self.read(text))
        except FieldError:
            raise self.error(text, self.bad_entry(text)) from None

    def bad_entry(self, text: str) -> BadEntry | None:
        """Of a list's text the first entry that cannot be."""
        return None

    def text(self, value: Any) -> str:
        """The URL's text for a checked value; `parse` gives the same value back exactly."""
        return str(value)

    def error(self, given: object, entry: BadEntry | None = None) -> FieldError:
        return FieldError(self.name, self.requirement, given, entry)

    def _within(self, number: float) -> bool:
        # A NaN fails both comparisons.
        above = number > self.low if self.open_low else number >= self.low
        below = number < self.high if self.open_high else number <= self.high
        return above and below

    def _range(self) -> str:
        return words.within(self.low, self.high, open_low=self.open_low, open_high=self.open_high)


@dataclass(frozen=True)
class FloatField(FieldSpec):
    """A finite number from `low` to `high`, kept as a float."""

    low: float
    high: float

    @property
    def requirement(self) -> str:
        return words.number(self._range(), whole=self.whole)

    def check(self, value: object) -> Number:
        number = as_number(value, self.whole)
        if number is None or not self._within(number):
            raise self.error(value)
        return number

    def read(self, text: str) -> Number | None:
        return numeral(text, self.whole)

    def text(self, value: Number) -> str:
        return short(value)


@dataclass(frozen=True)
class IntField(FloatField):
    """A whole number from `low` to `high`, kept as an int."""

    whole: bool = field(default=True, kw_only=True)


class BoolField(FieldSpec):
    """On or off."""

    @property
    def requirement(self) -> str:
        return words.TRUE_OR_FALSE

    def check(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise self.error(value)
        return value

    def read(self, text: str) -> bool | None:
        return _WORDS.get(text.strip().lower())

    def text(self, value: bool) -> str:
        return "true" if value else "false"


@dataclass(frozen=True)
class ChoiceField(FieldSpec):
    """One of `choices`; an alias stands for its canonical name."""

    choices: Choices

    @property
    def requirement(self) -> str:
        return words.one_of(self.choices)

    def check(self, value: object) -> str:
        name = self.aliases.get(value, value) if isinstance(value, str) else ""
        if name not in self.choices:
            raise self.error(value)
        return name

    def read(self, text: str) -> str:
        return text.strip().lower()


@dataclass(frozen=True)
class ChoicesField(FieldSpec):
    """A list of `choices`, at most `most` of them; in a URL parted by commas."""

    choices: Choices
    most: int

    @property
    def requirement(self) -> str:
        return words.at_most_of(self.most, self.choices)

    def check(self, value: object) -> tuple[str, ...]:
        entries = as_tuple(value)
        if entries is None or len(entries) > self.most:
            raise self.error(value)
        names = tuple(self.aliases.get(e, e) for e in entries if isinstance(e, str))
        if len(names) != len(entries) or any(name not in self.choices for name in names):
            raise self.error(value)
        return names

    def read(self, text: str) -> list[str]:
        return split(text.lower())

    def text(self, value: Sequence[str]) -> str:
        return ",".join(value)


class SubsetField(ChoicesField):
    """A set of `choices`, kept in their own order whatever order they were picked in."""

    @property
    def requirement(self) -> str:
        return words.some_of(self.choices)

    def check(self, value: object) -> tuple[str, ...]:
        names = super().check(value)
        if len(set(names)) != len(names):
            raise self.error(value)
        return tuple(name for name in self.choices if name in names)


@dataclass(frozen=True)
class NumbersField(FieldSpec):
    """From `least` to `most` numbers, each from `low` to `high`; none at all too if `optional`.

    Kept as ints if `whole`, else as floats. If `rising`, each must be above the one before.
    """

    low: float
    high: float
    _: KW_ONLY
    most: int
    least: int = 0
    rising: bool = False
    optional: bool = False

    @property
    def requirement(self) -> str:
        kind = {"whole": self.whole, "rising": self.rising, "optional": self.optional}
        return words.numbers(self.least, self.most, self._range(), **kind)

    def check(self, value: object) -> tuple[Any, ...]:
        entries = as_tuple(value)
        least = 0 if self.optional and not entries else self.least
        if entries is None or not least <= len(entries) <= self.most:
            raise self.error(value)
        numbers = [as_number(entry, self.whole) for entry in entries]
        if self._fault(numbers):
            raise self.error(value)
        return tuple(numbers)

    def read(self, text: str) -> list[Number | None]:
        return [numeral(entry, self.whole) for entry in split(text)]

    def bad_entry(self, text: str) -> BadEntry | None:
        entries = split(text)
        fault = self._fault([numeral(entry) for entry in entries])
        return BadEntry(fault[0], entries[fault[0] - 1], fault[1]) if fault else None

    def text(self, value: Sequence[Number]) -> str:
        return ",".join(map(short, value))

    def _fault(self, numbers: Sequence[Number | None]) -> tuple[int, str] | None:
        """Of the first number that cannot be its place from 1, and what is wrong with it."""
        before = -math.inf
        for place, number in enumerate(numbers, start=1):
            if number is None:
                return place, words.NO_NUMBER
            if self.whole and number != int(number):
                return place, words.NOT_WHOLE
            if not self._within(number):
                return place, words.OUT_OF_RANGE
            if self.rising and number <= before:
                return place, words.NOT_RISING
            before = number
        return None


def printable(text: str) -> str:
    """Foreign text made short and printable: no control, direction or null characters."""
    cut = text[:GIVEN_LENGTH] + ("…" if len(text) > GIVEN_LENGTH else "")
    return "".join(letter if letter.isprintable() else "·" for letter in cut)


def as_code(text: str) -> str:
    """Foreign text as a code span of Markdown, in which nothing is interpreted."""
    return f"`{text.replace('`', chr(39)) or ' '}`"


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 2 * GIVEN_LENGTH else text[: 2 * GIVEN_LENGTH] + "…"


def numeral(text: str, whole: bool = False) -> Number | None:
    """A finite number in plain ASCII digits, or None: float() alone takes "nan" and "1_0"."""
    stripped = text.strip()
    if len(stripped) > GIVEN_LENGTH or not _NUMBER.fullmatch(stripped):
        return None
    number = float(stripped)
    if not whole:
        return number if math.isfinite(number) else None
    return int(number) if number.is_integer() else None


def as_number(value: Any, whole: bool) -> Number | None:
    """A Python or NumPy number as an int if `whole`, else as a float without a negative zero.

    None for anything else, a bool included.
    """
    fits = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    try:
        return (int(value) if whole else float(value) + 0.0) if fits else None
    except OverflowError:  # an int too large for a float
        return None


def short(number: Number) -> str:
    """The number's exact text: "15.0" reads better as "15" and means the same float."""
    return repr(number).removesuffix(".0")


def as_tuple(value: object) -> tuple[object, ...] | None:
    return tuple(value) if isinstance(value, list | tuple) else None


def split(text: str) -> list[str]:
    """The entries of a comma-separated list; none for an empty text."""
    return [entry.strip() for entry in text.split(",")] if text.strip() else []
