"""What a setting is: its name, label, help, range and effect, and how a URL's text becomes a value.

A `Settings` class is a frozen dataclass with one table, FIELDS, of these descriptions. Validation,
the URL and the controls all read it, so a setting is described once.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal, Self, TypeVar

Effect = Literal["structure", "live", "display"]
Choices = Mapping[str, str]

MAX_NOTICES: Final = 5

_GIVEN_LENGTH: Final = 40
_TEXT_LENGTH: Final = 400
_UNKNOWN_CHECKED: Final = 20
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
        return f"Entry {self.place}, {_code(_clean(self.text))}, {self.fault}."


class FieldError(ValueError):
    """A setting that cannot be: which field, what it must be, what was given, which entry of it."""

    def __init__(
        self, field: str, requirement: str, given: object, entry: BadEntry | None = None
    ) -> None:
        super().__init__(f"{field} {requirement}, got {_brief(given)}")
        self.field = field
        self.requirement = requirement
        self.entry = entry


@dataclass(frozen=True, kw_only=True)
class FieldSpec(ABC):
    """What is known about one setting. Subclasses add how a kind of value is checked and written.

    `low` and `high` bound a number (or each entry, or the length of what is listed); `open_low`
    and `open_high` leave the bound itself out. `choices` maps allowed names to human labels.
    """

    name: str
    label: str
    help: str
    effect: Effect
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


class IntField(FieldSpec):
    """A whole number from `low` to `high`."""

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


class FloatField(FieldSpec):
    """A finite number from `low` to `high`, kept as a float."""

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


class ChoiceField(FieldSpec):
    """One of `choices`; an alias stands for its canonical name."""

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


class ChoicesField(FieldSpec):
    """A list of `choices`, at most `high` of them; in a URL parted by commas."""

    @property
    def requirement(self) -> str:
        return f"must be at most {self.high:g} of {', '.join(self.choices)}"

    def check(self, value: object) -> tuple[str, ...]:
        entries = as_tuple(value)
        if entries is None or len(entries) > self.high:
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


def table(*specs: FieldSpec) -> Mapping[str, FieldSpec]:
    return MappingProxyType({spec.name: spec for spec in specs})


@dataclass(frozen=True)
class Notice:
    """A URL parameter that was not taken as it stood.

    `parameter` and `given` come from outside and are cut and stripped of unprintable characters;
    they are still hostile text. `markdown` is safe to show.
    """

    parameter: str
    given: str
    reason: str
    used: str = ""

    @property
    def text(self) -> str:
        """One plain sentence, for places that interpret nothing."""
        return self._sentence(lambda outside: f"“{outside}”")

    @property
    def markdown(self) -> str:
        """The same sentence with the foreign text in code spans, where nothing is interpreted."""
        return self._sentence(_code)

    def _sentence(self, quote: Callable[[str], str]) -> str:
        if not self.parameter:
            return self.reason
        instead = f" Using {quote(self.used)} instead." if self.used else ""
        given = f" ({quote(self.given)} was given)" if self.given else ""
        return f"{quote(self.parameter)} {self.reason}{given}.{instead}"


@dataclass(frozen=True)
class Settings:
    """Settings that are checked and made canonical when they are made, and read as a URL.

    A subclass is a frozen dataclass whose every field is described in FIELDS.
    """

    FIELDS: ClassVar[Mapping[str, FieldSpec]] = MappingProxyType({})
    BASE: ClassVar[frozenset[str]] = frozenset()  # settings that `base_for` has read already

    def __post_init__(self) -> None:
        for name, spec in self.FIELDS.items():
            object.__setattr__(self, name, spec.check(getattr(self, name)))
        self.agree()

    def agree(self) -> None:
        """Raise FieldError where values that are each valid do not fit each other."""

    @property
    def defaults(self) -> Self:
        """What the URL leaves out."""
        return type(self)()

    def fitting(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """`changes` and what they drag along so that the settings agree with each other."""
        return dict(changes)

    def to_query(self) -> dict[str, str]:
        """URL parameters: only what differs from the defaults."""
        base = self.defaults
        return {
            name: spec.text(value)
            for name, spec in self.FIELDS.items()
            if (value := getattr(self, name)) != getattr(base, name)
        }

    @classmethod
    def base_for(cls, given: Mapping[str, str], notices: list[Notice]) -> Self:
        """What bad values fall back to; it may depend on what the URL says."""
        return cls()

    @classmethod
    def read(cls, given: Mapping[str, str], notices: list[Notice]) -> Self:
        """Settings from URL parameters; what was not understood is added to `notices`.

        Never raises: a bad value falls back to its default.
        """
        base = cls.base_for(given, notices)
        values = {
            name: read(spec, given, getattr(base, name), notices)
            for name, spec in cls.FIELDS.items()
            if name not in cls.BASE
        }
        return _agreeing(base, values, given, notices)


S = TypeVar("S", bound=Settings)


def read(spec: FieldSpec, given: Mapping[str, str], default: Any, notices: list[Notice]) -> Any:
    """The parameter's value, or `default`, noting a bad text."""
    if spec.name not in given:
        return default
    text = given[spec.name]
    try:
        if len(text) > _TEXT_LENGTH:
            raise spec.error(text)
        return spec.parse(text)
    except FieldError as error:
        notices.append(_notice(error, text, spec.text(default)))
        return default


def _agreeing(
    base: S, values: dict[str, Any], given: Mapping[str, str], notices: list[Notice]
) -> S:
    """Settings from values that are each valid; those that do not fit the others fall back."""
    try:
        return replace(base, **values)
    except FieldError as error:
        name = error.field
        if values[name] == getattr(base, name):
            # It is at its default already: what it does not fit is what was given.
            name = _partner(base, values, name)
            words = f"does not fit {error.field}, which {error.requirement}"
            error = FieldError(name, words, values[name])
        default = getattr(base, name)
        used = base.FIELDS[name].text(default)
        notices.append(_notice(error, given.get(name, ""), used))
        # The defaults agree with each other, so each round mends one field for good.
        return _agreeing(base, values | {name: default}, given, notices)


def _partner(base: Settings, values: Mapping[str, Any], field: str) -> str:
    """Of the values that are not defaults, the one that `field` at its default does not fit."""
    apart = [name for name, value in values.items() if value != getattr(base, name)]
    mends = (n for n in apart if _fault(base, {**values, n: getattr(base, n)}) != field)
    return next(mends, apart[0])


def _fault(base: Settings, values: Mapping[str, Any]) -> str:
    """The field at fault in these values; empty if they agree."""
    try:
        replace(base, **values)
    except FieldError as error:
        return error.field
    return ""


def _notice(error: FieldError, text: str, used: str) -> Notice:
    return Notice(error.field, _clean(text), error.requirement, used)


def misspelled(given: Mapping[str, str], known: frozenset[str]) -> Iterator[Notice]:
    """A notice for each parameter that is none of `known`, but almost."""
    unknown = [name for name in given if name not in known and len(name) <= _GIVEN_LENGTH]
    for name in unknown[:_UNKNOWN_CHECKED]:
        close = get_close_matches(name.lower(), known, n=1, cutoff=0.84)
        if close:
            yield Notice(_clean(name), "", f"is not a setting; perhaps {close[0]} was meant")


def capped(notices: list[Notice]) -> list[Notice]:
    """At most MAX_NOTICES of them, and a last one that counts the rest."""
    more = len(notices) - MAX_NOTICES
    if more <= 0:
        return notices
    return [*notices[:MAX_NOTICES], Notice("", "", f"And {more} more like this.")]


def texts(params: Mapping[str, object]) -> dict[str, str]:
    """URL parameters as texts."""
    return {_text(name): _text(value) for name, value in params.items()}


def _text(value: object) -> str:
    """A parameter's text; of repeated values the last, as browsers' forms and Streamlit do."""
    if isinstance(value, list | tuple):
        return _text(value[-1]) if value else ""
    return value if isinstance(value, str) else str(value)


def _clean(text: str) -> str:
    """Foreign text made short and printable: no control, direction or null characters."""
    cut = text[:_GIVEN_LENGTH] + ("…" if len(text) > _GIVEN_LENGTH else "")
    return "".join(letter if letter.isprintable() else "·" for letter in cut)


def _code(text: str) -> str:
    """Foreign text as a code span of Markdown, in which nothing is interpreted."""
    return f"`{text.replace('`', chr(39)) or ' '}`"


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 2 * _GIVEN_LENGTH else text[: 2 * _GIVEN_LENGTH] + "…"


def as_number(text: str) -> float | None:
    """A finite number in plain ASCII digits, or None: float() alone takes "nan" and "1_0"."""
    stripped = text.strip()
    if len(stripped) > _GIVEN_LENGTH or not _NUMBER.fullmatch(stripped):
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
