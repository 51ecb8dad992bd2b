"""What a bug does to a network, and what the gradient check says of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from playground.backprop.bugs import BUGS, Bug, rules_of
from playground.backprop.checks import (
    TOLERANCE,
    Outcome,
    ParameterCheck,
    check,
    relative_difference,
)
from playground.backprop.network import Network
from playground.backprop.steps import trace
from playground.backprop.trace import Trace


@dataclass(frozen=True)
class BugReport:
    """What a bug does to this network, and what the gradient check says of it.

    ``relative`` is the largest relative difference from the central differences, NaN where nothing
    can be compared, and ``parameter`` where it is. ``step`` is the first step of the trace that
    differs from the right one, or the last if none does. ``message`` is one sentence or NumPy's
    error.
    """

    bug: Bug
    outcome: Outcome
    parameter: str
    relative: float
    step: int
    message: str

    @property
    def caught(self) -> bool:
        return self.outcome != "invisible"


def examine(network: Network, name: str) -> BugReport:
    """Hold the gradients of a step with the bug ``name`` against central differences."""
    rules = rules_of(name)
    if name not in BUGS:
        raise ValueError(f"bug must be one of {', '.join(BUGS)}, got {name!r}")
    right, wrong = trace(network), trace(network, rules)
    rows = check(wrong).parameters
    apart = {row.name: _from_central(row) for row in rows if "trace" in row.columns}
    worst = max(apart, key=lambda key: apart[key], default="")
    relative = apart.get(worst, math.nan)
    misshapen = [row for row in rows if row.name in wrong.gradients and "trace" in row.missing]
    first = _first_difference(right, wrong)
    bug = BUGS[name]
    if misshapen:
        # The one that the trace meets first: the last layer's.
        row = misshapen[-1]
        said = f"d{row.name} {row.missing['trace']}"
        return BugReport(bug, "wrong shape", row.name, math.nan, first, said)
    if wrong.error:
        return BugReport(bug, "stopped", "", math.nan, first, wrong.error)
    if relative > TOLERANCE:
        said = f"d{worst} is off by {relative:.2g} of its size"
        return BugReport(bug, "wrong numbers", worst, relative, first, said)
    return BugReport(bug, "invisible", worst, relative, first, bug.invisible)


def _from_central(row: ParameterCheck) -> float:
    """How far the trace's gradient is from the difference quotient; 0 if nothing is smooth."""
    apart = relative_difference(
        row.columns["trace"][row.smooth], row.columns["central"][row.smooth]
    )
    return 0.0 if math.isnan(apart) else apart


def _first_difference(right: Trace, wrong: Trace) -> int:
    """The first step that is written in another way, or the last."""
    for index, (one, other) in enumerate(zip(right.steps, wrong.steps, strict=False)):
        if one.symbols != other.symbols or one.error != other.error:
            return index
    return len(wrong.steps) - 1
