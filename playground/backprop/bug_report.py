"""What a bug does to a network, and what the gradient check says of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from playground.backprop import words
from playground.backprop.bugs import BUGS, Bug, rules_of
from playground.backprop.checks import TOLERANCE, ParameterCheck, check, relative_difference
from playground.backprop.network import Network
from playground.backprop.steps import trace
from playground.backprop.trace import Trace

Outcome = Literal["stopped", "wrong shape", "wrong numbers", "invisible"]


@dataclass(frozen=True)
class BugReport:
    """What a bug does to this network, and what the gradient check says of it.

    ``step`` is the first step of the trace that it spoils, or the last if it spoils none.
    ``message`` is one sentence or NumPy's error.
    """

    bug: Bug
    step: int
    outcome: Outcome
    message: str


def examine(network: Network, name: str) -> BugReport:
    """Hold the gradients of a step with the bug ``name`` against central differences."""
    bug, path = BUGS[name], trace(network, rules_of(name))
    faulty = (index for index, step in enumerate(path.steps) if step.faulty)
    return BugReport(bug, next(faulty, len(path.steps) - 1), *_outcome(bug, path))


def _outcome(bug: Bug, path: Trace) -> tuple[Outcome, str]:
    rows = check(path).parameters
    misshapen = [row for row in rows if row.name in path.gradients and "trace" in row.missing]
    if misshapen:
        row = misshapen[-1]  # the one that the trace meets first: the last layer's
        return "wrong shape", words.wrong_shape(row.name, row.missing["trace"])
    if path.error:
        return "stopped", path.error
    apart = {row.name: _from_central(row) for row in rows}
    worst = max(apart, key=lambda name: apart[name])
    if apart[worst] > TOLERANCE:
        return "wrong numbers", words.wrong_numbers(worst, apart[worst])
    return "invisible", bug.invisible


def _from_central(row: ParameterCheck) -> float:
    """How far the trace's gradient is from the difference quotient; 0 if nothing is smooth."""
    ours, theirs = (row.columns[name][row.smooth] for name in ("trace", "central"))
    apart = relative_difference(ours, theirs)
    return 0.0 if math.isnan(apart) else apart
