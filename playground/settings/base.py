"""Settings that are checked when they are made, and that a URL says.

A `Settings` class is a frozen dataclass; each line of it states one setting, by a field of
`playground.settings.fields`.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import pairwise
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self, TypeVar, get_type_hints

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
        instead = f" Using {as_code(self.used)} instead." if self.used else ""
        given = f" ({as_code(self.given)} was given)" if self.given else ""
        return f"{as_code(self.parameter)} {self.reason}{given}.{instead}"


@dataclass(frozen=True)
class Settings:
    """Settings that are checked and made canonical when they are made, and read as a URL.

    A subclass is a frozen dataclass of annotated fields; the string below each is its help.
    """

    FIELDS: ClassVar[Mapping[str, FieldSpec]] = MappingProxyType({})

    def __init_subclass__(cls) -> None:
        helps = _helps(cls)
        cls.FIELDS = MappingProxyType(
            {
                name: replace(spec, name=name, help=helps.get(name, ""))
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


def _helps(kind: type) -> dict[str, str]:
    """The string below each field in the source of a class, as documentation tools read it."""
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    helps = {}
    for above, below in pairwise(ast.iter_child_nodes(found)):
        match above, below:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(words))):
                helps[name] = " ".join(words.split())
    return helps


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
    return Notice(error.field, printable(text), error.requirement, used)


def misspelled(given: Mapping[str, str], known: frozenset[str]) -> Iterator[Notice]:
    """A notice for each parameter that is none of `known`, but almost."""
    unknown = [name for name in given if name not in known and len(name) <= GIVEN_LENGTH]
    for name in unknown[:_UNKNOWN_CHECKED]:
        close = get_close_matches(name.lower(), known, n=1, cutoff=0.84)
        if close:
            yield Notice(printable(name), "", f"is not a setting; perhaps {close[0]} was meant")


def capped(notices: list[Notice]) -> list[Notice]:
    """At most MAX_NOTICES of them, and a last one that counts the rest."""
    more = len(notices) - MAX_NOTICES
    if more <= 0:
        return notices
    return [*notices[:MAX_NOTICES], Notice("", "", f"And {more} more like this.")]
