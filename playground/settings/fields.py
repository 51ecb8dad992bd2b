"""What a setting may be: its range or choices, its words, and how a URL's text becomes a value.

A setting is stated once, as an annotated field of its `Settings` class with a line of help below:

    learning_rate: Annotated[float, FloatField("Learning rate", "live", 1e-6, 1e3)] = 0.03

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

# What a change does: start anew, apply to the run that goes on, or never touch training.
Effect = Literal["structure", "live", "display"]
Choices = Mapping[str, str]
Number = int | float

GIVEN_LENGTH: Final = 40
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.I)
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off", ""})


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
        return f"Entry {self.place}, {as_code(printable(self.text))}, {self.fault}."


class FieldError(ValueError):
    """A setting that cannot be: which field, what it must be, what was given, which entry of it."""

    def __init__(
        self, field: str, requirement: str, given: object, entry: BadEntry | None = None
    ) -> None:
        super().__init__(f"{field} {requirement}, got {_brief(given)}")
        self.field = field
        self.requirement = requirement
        self.entry = entry


@dataclass(frozen=True)
class FieldSpec(ABC):
    """What is known about one setting. Subclasses add how a kind of value is checked and written.

    `low` and `high` bound a number, or each entry of a list; `open_low` and `open_high` leave the
    bound itself out. `choices` maps allowed names to human labels, `aliases` other names to these.
    `name` and `help` come from where the setting is stated.
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
    choices: Choices = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    @abstractmethod
    def check(self, value: object) -> Any:
        """The value in its canonical form, or FieldError."""

    @abstractmethod
    def parse(self, text: str) -> Any:
        """The value that a URL's text stands for, checked, or FieldError."""

    def text(self, value: Any) -> str:
        """The URL's text for a checked value; `parse` gives the same value back exactly."""
        return str(value)

    @property
    @abstractmethod
    def requirement(self) -> str:
        """What a value must be, in words that follow the field's name."""

    def error(self, given: object) -> FieldError:
        return FieldError(self.name, self.requirement, given)

    def _within(self, number: float) -> bool:
        # A NaN fails both comparisons.
        above = number > self.low if self.open_low else number >= self.low
        below = number < self.high if self.open_high else number <= self.high
        return above and below

    def _range(self) -> str:
        start = f"above {self.low:.10g}, up" if self.open_low else f"from {self.low:.10g}"
        end = f"to below {self.high:.10g}" if self.open_high else f"to {self.high:.10g}"
        return f"{start} {end}"


@dataclass(frozen=True)
class IntField(FieldSpec):
    """A whole number from `low` to `high`."""

    low: float
    high: float

    @property
    def requirement(self) -> str:
        return f"must be a whole number {self._range()}"

    def check(self, value: object) -> int:
        whole = as_int(value)
        if whole is None or not self._within(whole):
            raise self.error(value)
        return whole

    def parse(self, text: str) -> int:
        number = as_number(text)
        if number is None or not number.is_integer():
            raise self.error(text)
        return self.check(int(number))


@dataclass(frozen=True)
class FloatField(FieldSpec):
    """A finite number from `low` to `high`, kept as a float."""

    low: float
    high: float

    @property
    def requirement(self) -> str:
        return f"must be a number {self._range()}"

    def check(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, Real):
            raise self.error(value)
        try:
            number = float(value)
        except OverflowError:  # an int too large for a float
            raise self.error(value) from None
        if not self._within(number):
            raise self.error(value)
        return number + 0.0  # a negative zero becomes zero

    def parse(self, text: str) -> float:
        number = as_number(text)
        if number is None:
            raise self.error(text)
        return self.check(number)

    def text(self, value: float) -> str:
        # repr is exact; "15.0" reads better as "15" and means the same float.
        return repr(value).removesuffix(".0")


class BoolField(FieldSpec):
    """On or off."""

    @property
    def requirement(self) -> str:
        return "must be true or false"

    def check(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise self.error(value)
        return value

    def parse(self, text: str) -> bool:
        word = text.strip().lower()
        if word not in _TRUE | _FALSE:
            raise self.error(text)
        return word in _TRUE

    def text(self, value: bool) -> str:
        return "true" if value else "false"


@dataclass(frozen=True)
class ChoiceField(FieldSpec):
    """One of `choices`; an alias stands for its canonical name."""

    choices: Choices

    @property
    def requirement(self) -> str:
        return f"must be one of {', '.join(self.choices)}"

    def check(self, value: object) -> str:
        if not isinstance(value, str):
            raise self.error(value)
        name = self.aliases.get(value, value)
        if name not in self.choices:
            raise self.error(value)
        return name

    def parse(self, text: str) -> str:
        return self.check(text.strip().lower())


@dataclass(frozen=True)
class ChoicesField(FieldSpec):
    """A list of `choices`, at most `most` of them; in a URL parted by commas."""

    choices: Choices
    most: int

    @property
    def requirement(self) -> str:
        return f"must be at most {self.most} of {', '.join(self.choices)}"

    def check(self, value: object) -> tuple[str, ...]:
        entries = as_tuple(value)
        if entries is None or len(entries) > self.most:
            raise self.error(value)
        names = tuple(self.aliases.get(e, e) for e in entries if isinstance(e, str))
        if len(names) != len(entries) or any(name not in self.choices for name in names):
            raise self.error(value)
        return names

    def parse(self, text: str) -> tuple[str, ...]:
        try:
            return self.check(split(text.lower()))
        except FieldError:
            raise self.error(text) from None

    def text(self, value: Sequence[str]) -> str:
        return ",".join(value)


class SubsetField(ChoicesField):
    """A set of `choices`, kept in their own order whatever order they were picked in."""

    @property
    def requirement(self) -> str:
        return f"must be some of {', '.join(self.choices)}, each once"

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
    whole: bool = False
    rising: bool = False
    optional: bool = False

    @property
    def requirement(self) -> str:
        empty = "empty, or " if self.optional else ""
        count = f"{self.least} to {self.most}" if self.least else f"at most {self.most}"
        kind = f"{'whole ' * self.whole}numbers{' that rise' * self.rising}"
        return f"must be {empty}{count} {kind}, each {self._range()}"

    def check(self, value: object) -> tuple[Number, ...]:
        entries = as_tuple(value)
        if entries is None or len(entries) > self.most:
            raise self.error(value)
        if len(entries) < self.least and not (self.optional and not entries):
            raise self.error(value)
        numbers: list[Number] = []
        for entry in entries:
            number = self._number(entry)
            if number is None or self._fault(number, numbers):
                raise self.error(value)
            numbers.append(number)
        return tuple(numbers)

    def parse(self, text: str) -> tuple[Number, ...]:
        numbers: list[Number] = []
        for place, entry in enumerate(split(text), start=1):
            number = as_number(entry)
            fault = "is not a number" if number is None else self._fault(number, numbers)
            if number is None or fault:
                bad = BadEntry(place, entry, fault)
                raise FieldError(self.name, self.requirement, text, bad)
            numbers.append(int(number) if self.whole else number)
        try:
            return self.check(numbers)
        except FieldError:
            raise self.error(text) from None

    def text(self, value: Sequence[Number]) -> str:
        # repr is exact; "15.0" reads better as "15" and means the same float.
        return ",".join(repr(number).removesuffix(".0") for number in value)

    def _number(self, entry: object) -> Number | None:
        if self.whole:
            return as_int(entry)
        if isinstance(entry, bool) or not isinstance(entry, Real):
            return None
        return float(entry) + 0.0  # a negative zero becomes zero

    def _fault(self, number: Number, before: Sequence[Number]) -> str:
        """What is wrong with a number that comes after those `before`; empty if nothing is."""
        if self.whole and number != int(number):
            return "is not a whole number"
        if not self._within(number):
            return "is out of range"
        if self.rising and before and number <= before[-1]:
            return "is not above the one before it"
        return ""


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


def as_number(text: str) -> float | None:
    """A finite number in plain ASCII digits, or None: float() alone takes "nan" and "1_0"."""
    stripped = text.strip()
    if len(stripped) > GIVEN_LENGTH or not _NUMBER.fullmatch(stripped):
        return None
    number = float(stripped)
    return number if math.isfinite(number) else None


def as_int(value: object) -> int | None:
    """A Python or NumPy integer as an int; None for anything else, a bool included."""
    return None if isinstance(value, bool) or not isinstance(value, Integral) else int(value)


def as_tuple(value: object) -> tuple[object, ...] | None:
    return tuple(value) if isinstance(value, list | tuple) else None


def split(text: str) -> list[str]:
    """The entries of a comma-separated list; none for an empty text."""
    return [entry.strip() for entry in text.split(",")] if text.strip() else []
