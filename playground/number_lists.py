"""Settings that are a list of numbers, parted by commas where they are typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

from playground.fields import BadEntry, FieldError, FieldSpec, as_int, as_number, as_tuple, split

Number = int | float


@dataclass(frozen=True, kw_only=True)
class NumbersField(FieldSpec):
    """From `least` to `most` numbers, each from `low` to `high`; none at all too if `optional`.

    Kept as ints if `whole`, else as floats. If `rising`, each must be above the one before.
    """

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
