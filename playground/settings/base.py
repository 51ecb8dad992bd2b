"""Settings that are checked when they are made, and that a URL says.

A `Settings` class is a frozen dataclass; each line of it states one setting, by a field of
`playground.settings.fields`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self, TypeVar, get_type_hints

from playground.settings import words
from playground.settings.fields import (
    GIVEN_LENGTH,
    Effect,
    FieldError,
    FieldSpec,
    as_code,
    printable,
)

MAX_NOTICES: Final = 5

_TEXT_LENGTH: Final = 400
_UNKNOWN_CHECKED: Final = 20


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
    def markdown(self) -> str:
        """One sentence, the foreign text in code spans, where nothing is interpreted."""
        if not self.parameter:
            return self.reason
        given, used = (as_code(text) if text else "" for text in (self.given, self.used))
        return words.not_used(as_code(self.parameter), self.reason, given, used)


@dataclass(frozen=True)
class Settings:
    """Settings that are checked and made canonical when they are made, and read as a URL.

    A subclass is a frozen dataclass of annotated fields, whose labels bring their helps.
    """

    FIELDS: ClassVar[Mapping[str, FieldSpec]] = MappingProxyType({})
    # By a capital letter, those that may change in mid-run: a link to a moment tells them so.
    LETTERS: ClassVar[Mapping[str, str]] = MappingProxyType({})
    EPOCHS: ClassVar[str] = "epochs"  # the setting that says after how many its run ends

    def __init_subclass__(cls) -> None:
        cls.FIELDS = MappingProxyType(
            {
                name: replace(spec, name=name, help=getattr(spec.label, "help", ""))
                for name, hint in get_type_hints(cls, include_extras=True).items()
                for spec in getattr(hint, "__metadata__", ())
            }
        )

    @classmethod
    def with_effect(cls, effect: Effect) -> frozenset[str]:
        """The names of the settings that take effect so."""
        return frozenset(name for name, spec in cls.FIELDS.items() if spec.effect == effect)

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

    def differing(self, other: Settings) -> set[str]:
        """The names of the settings in which `other`, of the same kind, differs."""
        return {name for name in self.FIELDS if getattr(self, name) != getattr(other, name)}

    def to_query(self) -> dict[str, str]:
        """URL parameters: only what differs from the defaults."""
        given = self.differing(self.defaults)
        return {n: spec.text(getattr(self, n)) for n, spec in self.FIELDS.items() if n in given}

    @classmethod
    def read(
        cls, given: Mapping[str, str], notices: list[Notice], base: Self | None = None
    ) -> Self:
        """Settings from URL parameters; what was not understood is added to `notices`.

        Never raises: a bad value falls back to that of `base`, which is the defaults if not given.
        """
        base = base or cls()
        values = {
            name: read(spec, given, getattr(base, name), notices)
            for name, spec in cls.FIELDS.items()
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
            reason = words.does_not_fit(error.field, error.requirement)
            error = FieldError(name, reason, values[name])
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
    return Notice(error.field, printable(text), error.requirement, used)


def misspelled(given: Mapping[str, str], known: frozenset[str]) -> Iterator[Notice]:
    """A notice for each parameter that is none of `known`, but almost."""
    unknown = [name for name in given if name not in known and len(name) <= GIVEN_LENGTH]
    for name in unknown[:_UNKNOWN_CHECKED]:
        close = get_close_matches(name.lower(), known, n=1, cutoff=0.84)
        if close:
            yield Notice(printable(name), "", words.perhaps(close[0]))


def capped(notices: list[Notice]) -> list[Notice]:
    """At most MAX_NOTICES of them, and a last one that counts the rest."""
    more = len(notices) - MAX_NOTICES
    if more <= 0:
        return notices
    return [*notices[:MAX_NOTICES], Notice("", "", words.more(more))]
