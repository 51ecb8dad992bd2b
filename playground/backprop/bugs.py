"""The classical bugs of a backward pass: what each is, and the rule that it gets wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from playground.backprop.rules import CORRECT, Rule
from playground.backprop.settings import BUG_LABELS, NO_BUG


@dataclass(frozen=True)
class Bug:
    """A wrong rule. ``invisible`` says when it changes nothing, so that no check can see it.

    ``quiet`` are settings with which NumPy lets the backward pass run, and only a gradient check
    finds the bug.
    """

    name: str
    sentence: str
    invisible: str
    breaks: str  # the name of the rule
    rule: Rule
    quiet: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return BUG_LABELS[self.name]


_ALL: Final = (
    Bug(
        "weight_transpose",
        "The way back multiplies by W, not by its transpose. NumPy objects, unless the layer is "
        "square: then it runs, and the gradients below that layer are wrong.",
        "With one layer only, or where every W but the first is symmetric, W is never transposed "
        "on the way back.",
        "below",
        Rule(
            lambda dz, w: dz @ w,
            r"$dz \; $w",
            "Wrong: W should be transposed here, so that each input collects the gradients through "
            "its own weights.",
        ),
        {"walk_layers": (2,), "walk_outputs": 2},
    ),
    Bug(
        "input_transpose",
        "The weight gradient takes A, not its transpose. NumPy objects, unless there are as many "
        "samples as inputs to the layer.",
        "Where A is square and symmetric, it is its own transpose.",
        "weight",
        Rule(
            lambda a, dz: a @ dz,
            r"$a \; $dz",
            "Wrong: A should be transposed here, so that the product sums over the samples. As it "
            "stands, input k meets sample k.",
        ),
        {"walk_inputs": 2, "walk_layers": (2,), "walk_batch": 2},
    ),
    Bug(
        "sum_for_mean",
        "The loss is a mean over the batch, but its gradient is that of the sum: every gradient is "
        "B times too large, like a learning rate B times as high.",
        "With one sample, mean and sum are the same.",
        "output",
        Rule(
            lambda summed, p, y: summed * (p - y),
            r"$summed \left($p - $y\right)",
            "Wrong: the loss is a mean over the batch, so all of this should be divided by B. It "
            "is the gradient of the sum.",
        ),
    ),
    Bug(
        "missing_derivative",
        "The gradient passes the activation as if it were not there: the factor φ'(z) is left out.",
        "Without a hidden layer, or where the derivative is 1 at every unit, there is nothing to "
        "leave out.",
        "through",
        Rule(
            lambda da: da,
            "$da",
            "Wrong: the slope at z is left out, as if there were no activation.",
        ),
    ),
    Bug(
        "bias_not_summed",
        "The bias serves every sample, so its gradient is a sum over the batch. Left out, it keeps "
        "a row for each sample and no longer has the shape of b.",
        "It always shows: the shape is wrong.",
        "bias",
        Rule(
            lambda dz: dz,
            "$dz",
            "Wrong: the bias was added to every row, so the rows should be added up. Here each "
            "sample keeps a row of its own.",
        ),
    ),
    Bug(
        "mixed_layouts",
        "One factor has a sample in each row, the other in each column, like (10, 32) by (32, 10). "
        "NumPy objects, unless there are as many samples as units, or one of the two is 1: then it "
        "broadcasts, and computes something else.",
        "Without a hidden layer, or with one sample and one unit, or where the derivative is the "
        "same everywhere, both layouts hold the same numbers.",
        "through",
        Rule(
            lambda da, slope: da * slope.T,
            r"$da \odot $slope^{\top}",
            "Wrong: the gradient has a sample in each row, the slope one in each column, so the "
            "entries that meet do not belong together.",
        ),
    ),
    Bug(
        "flat_targets",
        "The targets come as a flat list, not as a column or as one-hot rows. Broadcasting then "
        "compares each row with every target.",
        "With one sample and one output, the list and the column are the same number.",
        "output",
        Rule(
            lambda mean, p, flat: mean * (p - flat),
            r"$mean \left($p - $flat\right)",
            "Wrong: the targets are a flat list, so each row is compared with every target and not "
            "with its own.",
        ),
        {"walk_loss": "cross_entropy", "walk_outputs": 3, "walk_batch": 3},
    ),
)
BUGS: Final[Mapping[str, Bug]] = MappingProxyType({bug.name: bug for bug in _ALL})


def rules_of(name: str) -> Mapping[str, Rule]:
    """The rules of the backward pass with this bug, or the right ones for "none"."""
    return CORRECT if name == NO_BUG else {**CORRECT, BUGS[name].breaks: BUGS[name].rule}
