"""What a setting must be, what of a link could not be used; run.py: the settings of a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# --- what a value must be, in words that follow the name of its setting ---------------------------

TRUE_OR_FALSE: Final = "must be true or false"


def within(low: float, high: float, *, open_low: bool, open_high: bool) -> str:
    start = f"above {low:.10g}, up" if open_low else f"from {low:.10g}"
    end = f"to below {high:.10g}" if open_high else f"to {high:.10g}"
    return f"{start} {end}"


def number(bounds: str, *, whole: bool) -> str:
    return f"must be a {'whole ' * whole}number {bounds}"


def one_of(choices: Iterable[str]) -> str:
    return f"must be one of {', '.join(choices)}"


def at_most_of(most: int, choices: Iterable[str]) -> str:
    return f"must be at most {most} of {', '.join(choices)}"


def some_of(choices: Iterable[str]) -> str:
    return f"must be some of {', '.join(choices)}, each once"


def numbers(
    least: int, most: int, bounds: str, *, whole: bool, rising: bool, optional: bool
) -> str:
    empty = "empty, or " if optional else ""
    count = f"{least} to {most}" if least else f"at most {most}"
    kind = f"{'whole ' * whole}numbers{' that rise' * rising}"
    return f"must be {empty}{count} {kind}, each {bounds}"


# --- what is wrong with one entry of a list -------------------------------------------------------

NO_NUMBER: Final = "is not a number"
NOT_WHOLE: Final = "is not a whole number"
OUT_OF_RANGE: Final = "is out of range"
NOT_RISING: Final = "is not above the one before it"


def entry(place: int, text: str, fault: str) -> str:
    return f"Entry {place}, {text}, {fault}."


# --- errors and notices ---------------------------------------------------------------------------


def error(field: str, requirement: str, given: str) -> str:
    return f"{field} {requirement}, got {given}"


def not_used(parameter: str, reason: str, given: str, used: str) -> str:
    """Of a link: `given` and `used` are empty where there is nothing to be said of them."""
    instead = f" Using {used} instead." if used else ""
    was = f" ({given} was given)" if given else ""
    return f"{parameter} {reason}{was}.{instead}"


def does_not_fit(field: str, requirement: str) -> str:
    return f"does not fit {field}, which {requirement}"


def perhaps(name: str) -> str:
    return f"is not a setting; perhaps {name} was meant"


def more(count: int) -> str:
    return f"And {count} more like this."
