"""What the backprop page says: here the page; steps.py its steps, rules.py rules and bugs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from playground.settings.fields import Choices, Label

# --- settings -------------------------------------------------------------------------------------

NETWORK: Final = Label(
    "Network",
    "A small one with every number on the table, or one for MNIST's digits, whose arrays are too "
    "large to print: there the shapes tell the story.",
)
NETWORKS: Final[Choices] = {"small": "Small, in full", "digits": "784-10-10, by its shapes"}
INPUTS: Final = Label("Inputs", "Numbers that describe one sample.")
LAYERS: Final = Label(
    "Hidden layers", "Units of each hidden layer, parted by commas. Empty: no hidden layer."
)
OUTPUTS: Final = Label(
    "Outputs",
    "One after a sigmoid, as in binary cross-entropy; a class each after softmax; any number for "
    "the plain mean squared error.",
)
ACTIVATION: Final = Label("Activation", "The function of the hidden units.")
LOSS: Final = Label("Loss", "What the network is told to make small.")
BATCH: Final = Label("Samples B", "Samples that go through together, a row each.")
SEED: Final = Label("Seed", "Decides the weights and the samples.")
RATE: Final = Label("Learning rate η", "How far the update goes against the gradient.")
STEP: Final = Label("Step", "Where the trace stands. Beyond the last step means the last step.")
BUG: Final = Label(
    "Break it", "A classical bug in the backward pass, and the check that catches it."
)
H: Final = Label(
    "Step of the difference quotient, h = 10^-k",
    "The exponent k. Too large a step and the curve bends away; too small and rounding is all that "
    "is left.",
)


def too_few_outputs(loss: str) -> str:
    return f"must be 2 or more for {loss.lower()}"


def unfit_loss(losses: Iterable[str], outputs: int) -> str:
    return f"must be {', '.join(losses)} or mse for {outputs} outputs"


# --- the head and the views -----------------------------------------------------------------------

LOOK: Final = (
    "Forward, loss, backward, update: one operation at a time, with every number on the table. "
    "Walk with Next and Back. Then check each gradient four ways, and "
    "break it to see the check at work."
)
STEPS: Final = "The way through the steps"
SHARED: Final = "this page at this step"
GRAPH: Final = "The computational graph"
GRAPH_HINT: Final = (
    "left to right: values · right to left: gradients · press a node for its local derivative"
)

# --- a node of the graph --------------------------------------------------------------------------

EVERY_TERM: Final = "for every term"
OR: Final = "or"
NODE_GIVEN: Final = "It is given: nothing was computed to make it."
NODE_BROKEN: Final = "**The bug is here**: its gradient is not the one that arrives."
NODE_WRONG: Final = "A wrong gradient arrives here, by the bug of another node."
VALUE: Final = "value"


def node(name: str, shape: str) -> str:
    return f"**Node {name}**, {shape}"


def fans_out(uses: int) -> str:
    return f"It is used {uses} times, so {uses} gradients arrive, and their sum is its own."


def right_gradient(gradient: str) -> str:
    return f"{gradient} without the bug"


def arriving(number: int) -> str:
    return f"arriving {number}"


# --- check it yourself ----------------------------------------------------------------------------

CHECK: Final = "Check it yourself"
CHECKED: Final = (
    "The gradient of every parameter, derived in other ways. Each number is the largest relative "
    "difference from the engine's hand-written layers."
)
COLUMNS: Final = {
    "trace": "These steps",
    "layers": "Hand-written layers",
    "autograd": "Autograd",
    "central": "Central differences",
    "torch": "PyTorch",
}
PARAMETER: Final = "parameter"
SHAPE: Final = "shape"
LARGEST: Final = "largest"
NO_TORCH: Final = "PyTorch is not installed here"
NOT_IN_TORCH: Final = "PyTorch has no counterpart"
CHOSEN_H: Final = "chosen h"
STEP_H: Final = "step h"
RELATIVE_ERROR: Final = "relative error"
V_HOVER: Final = "h = %{x:.2g}<br>error %{y:.2g}"


def not_reached(error: str) -> str:
    return f"not reached: {error}"


def other_shape(found: tuple[int, ...], name: str, shape: tuple[int, ...]) -> str:
    return f"has shape {found}, but {name} has {shape}"


def kinks(count: int) -> str:
    return f"{count} entries are left out of the differences: h steps over a kink."


def missing(reason: str, names: Sequence[str]) -> str:
    return f"{COLUMNS['trace']}, {', '.join(names)}: {reason}."


def marked(tolerance: float) -> str:
    return f"✗ marks a difference above {tolerance:g}: one of the two is off."


def v_curve(best: tuple[float, float], predicted: tuple[float, float]) -> str:
    return (
        "Large steps err as h², small ones by rounding as 1/h. The V is lowest near "
        f"h = {best[0]:.1g} in float64 and {best[1]:.1g} in float32; theory says "
        f"eps to the power 1/3: {predicted[0]:.1g} and {predicted[1]:.1g}."
    )


# --- break it -------------------------------------------------------------------------------------

CHOOSE_BUG: Final = "Choose a bug above, under **Break it**, and walk through the backward pass."
BUG_COLUMN: Final = "bug"
DOES_COLUMN: Final = "what it does"
TO_BUG: Final = "Go to where it goes wrong"
QUIET: Final = "A network in which NumPy does not object"


def bug(label: str, sentence: str) -> str:
    return f"**{label}.** {sentence}"


def wrong_shape(name: str, reason: str) -> str:
    return f"d{name} {reason}"


def wrong_numbers(name: str, apart: float) -> str:
    return f"d{name} is off by {apart:.2g} of its size"


def invisible(reason: str) -> str:
    return f"Invisible here. {reason}"


def stopped(error: str) -> str:
    return f"NumPy stops it: {error}"


def caught(how: str) -> str:
    return f"The gradient check catches it: {how}."


# --- the Guide ------------------------------------------------------------------------------------

GUIDE: Final = {
    "What it shows": """
- **The step**: one operation, as a formula in symbols, then with this network's numbers. Below
  are the arrays it reads (blue) and the one it writes (orange), each with the names and lengths
  of its axes. Beside it stands the engine's own code for this operation.
- **The computational graph**: each box is one array with its value and, once the walk has come
  back to it, its gradient; orange is negative, blue positive, and a strong colour a large number.
  Press a box for its formula, its local derivatives and the gradients that arrive at it.
- **Check it yourself**: the gradient of every parameter by these steps, by autograd, by central
  differences and, where it is installed, by PyTorch, each compared with the engine's hand-written
  layers. The V beside it shows how the error of a difference quotient depends on its step h.
- **Break it**: the bug that is switched on, what it does, and how the gradient check finds it.
""",
    "How to drive it": """
`→` and `←` walk, and so do **Next**, **Back** and the slider. The controls on top choose the
network, its batch, the learning rate of the update, and a bug. With a bug on, every step says so,
and where its numbers differ from the right ones, those stand beside them.
""",
    "What to try": """
- Take one hidden layer of two units and two samples, and compute dW1 on paper before you walk
  there.
- *Sum in place of mean*, with 1 sample and then with 8: with one the bug is invisible, with eight
  every gradient is 8 times too large.
- *W not transposed*: NumPy stops it. Under **Break it**, take the network in which NumPy does not
  object, and see which gradients are wrong.
- Move the slider of h: where is the quotient best, in float64 and in float32?
""",
}
