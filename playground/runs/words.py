"""What is said of runs: of their units and measures, and of links that hold the way of one."""

from __future__ import annotations

from typing import Final

# --- the diagram and the measures -----------------------------------------------------------------

INPUTS: Final = "Inputs"
OUTPUT: Final = "output"
VALUE: Final = "value"
IN: Final = "In"  # for where there is little room
OUT: Final = "Out"
LOSS: Final = ("Loss", "What training makes small, without penalties.")
ACCURACY: Final = ("Accuracy", "The share of points put in their true class.")
ROC_AUC: Final = (
    "ROC AUC",
    "The chance that a point of a class is ranked above one of another: 0.5 is guessing.",
)
R2: Final = ("R²", "The share of the values' variance that is explained: 1 is perfect.")


def in_epoch(complete: int, step: int) -> str:
    """When a run diverged: after so many complete epochs, in a step that is counted from 1."""
    return f"in epoch {complete + 1:,} (in step {step:,})" if step else "before its first step"


def layer(number: int) -> str:
    return f"layer {number}"


def class_(number: int) -> str:
    return f"class {number}"


def no_limit(optimizer: str) -> str:
    return (
        f"{optimizer} divides each step by the size of past gradients, so"
        " what limits its rate is the preconditioned Hessian, not this one (Cohen et al. 2022)."
    )


# --- the way to a moment, in a link ---------------------------------------------------------------

STEP: Final = "step"
TOO_MANY_CHANGES: Final = "there were too many changes on the way here"
NO_WAY: Final = "is no way of a run"
NO_CHANGE: Final = "holds something that is no change"
BEHIND_ITS_END: Final = "holds a change behind its end"
CANNOT_CHANGE: Final = "holds a change of something that cannot be changed"


def way_is_long(ticks: int, unit: str) -> str:
    return f"the way here is {ticks:,} {unit}s long"


def longer_than(steps: int) -> str:
    return f"is longer than {steps:,} steps"


def holds_value(name: str, requirement: str) -> str:
    return f"holds a value of {name} that {requirement}"
