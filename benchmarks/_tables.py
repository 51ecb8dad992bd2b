"""Which tables of a benchmark are asked for, and how they are written."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Collection, Iterable, Sequence


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column is words and whose others are numbers."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def digits(value: float, count: int = 3) -> str:
    """The number with so many digits that count, grouped by thousands."""
    if value == 0:
        return "0"
    if abs(value) >= 10 ** (count - 1):
        return f"{value:,.0f}"
    return f"{float(f'{value:.{count}g}'):g}"


def read_names(parser: ArgumentParser, known: Collection[str]) -> Namespace:
    """The command line, with `names`: those of the tables that are asked for, or all."""
    all_ = ", ".join(known)
    parser.add_argument("names", nargs="*", help=f"some of {all_}; all, if none")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in known]
    if unknown:
        parser.error(f"unknown: {unknown[0]!r}; known: {all_}")
    given.names = given.names or list(known)
    return given
