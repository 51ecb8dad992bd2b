"""What the steps of the trace say, from the forward pass to the update."""

from __future__ import annotations

from typing import Final

# --- a step and its arrays ------------------------------------------------------------------------

FAN_IN: Final = "fan in"
FAN_OUT: Final = "fan out"
FLAT: Final = "list"
ONE_NUMBER: Final = "one number"
WITHOUT_BUG: Final = "Without the bug:"
PARTS: Final = {"write": "written", "read": "read", "right": "without the bug", "": ""}


def misfit(shape: tuple[int, ...], wanted: str) -> str:
    return f"{shape}, but {wanted} is needed"


def code_of(place: str, faulty: bool) -> str:
    without = " (without the bug)" if faulty else ""
    return f"The engine's own code: {place}{without}"


def numpy_stops(error: str) -> str:
    return f"NumPy stops here: {error}"


# --- the steps ------------------------------------------------------------------------------------

FORWARD: Final = "Forward pass"
LOSS: Final = "Loss"
BACKWARD: Final = "Backward pass"
UPDATE: Final = "Update"
GIVEN: Final = "What is given: samples, targets, weights"
BENDS: Final = (
    "The activation bends each number by itself. Without it, all layers together would be one."
)
THE_LOSS: Final = "The loss: one number for the whole batch"
DESCEND: Final = "A step against the gradient, as long as the learning rate makes it."
DESCEND_WRONG: Final = "A step against what the steps before took for the gradient."
NEW_LOSS: Final = "The loss after the update"
ONCE_MORE: Final = (
    "The same batch once more. A small enough learning rate lowers the loss; a large one may step "
    "over the valley."
)
ONCE_MORE_WRONG: Final = (
    "The same batch once more. Along a wrong gradient even a small step may raise the loss."
)


def given(one_hot: bool) -> str:
    end = ", one-hot." if one_hot else "."
    return f"A row of X is a sample, and the same row of Y is its target{end}"


def weighted_sums(layer: int) -> str:
    return f"Layer {layer}: weighted sums"


def weighs(fan_in: int, fan_out: int) -> str:
    inputs = f"{fan_in} input{'' if fan_in == 1 else 's'}"
    if fan_out == 1:
        return f"The unit weighs its {inputs} and adds its bias, the same for every row."
    return (
        f"Each of the {fan_out} units weighs its {inputs} and adds its bias. The bias is added to "
        "every row."
    )


def activated(layer: int, activation: str) -> str:
    return f"Layer {layer}: {activation}"


def probabilities(squash: str) -> str:
    return f"Probabilities: {squash}"


def derive(title: str) -> str:
    return f"Derive dZ: {title}"


PROBABILITY_GRADIENT: Final = "Gradient at the probabilities: dP"


def output_gradient(layer: int) -> str:
    return f"Gradient at the outputs: dZ{layer}"


def weight_gradient(layer: int) -> str:
    return f"Layer {layer}: gradient of the weights"


def bias_gradient(layer: int) -> str:
    return f"Layer {layer}: gradient of the biases"


def to_inputs(layer: int) -> str:
    return f"Layer {layer}: back to its inputs"


def through(layer: int, activation: str) -> str:
    return f"Layer {layer}: back through {activation}"


def update(name: str) -> str:
    return f"Update of {name}"


# --- the losses, and how each is derived: a title and a sentence a step ---------------------------

CROSS_ENTROPY: Final = (
    "The loss asks only for the probability of the right class: 0 where that is 1, and more and "
    "more as it goes to 0."
)
BINARY_CROSS_ENTROPY: Final = (
    "The loss asks for the probability of the right answer: p where the label is 1, 1 - p where it "
    "is 0."
)
SQUARED_ERROR: Final = (
    "Each output is compared with its target, and the squares are averaged over samples and "
    "outputs."
)
SOFTMAX_MSE: Final = (
    "Each probability is compared with 1 for the right class and 0 for the others; however wrong "
    "it is, no square exceeds 1."
)
SIGMOID_MSE: Final = (
    "The probability of class 1 is compared with the label; however wrong it is, no square exceeds "
    "1."
)
THROUGH_SOFTMAX: Final = (
    "The Jacobian of the softmax, a row at a time: the two vectors of ones sum a row and repeat "
    "the sum. Where a probability is nearly 0, nothing comes through."
)
THROUGH_SIGMOID: Final = (
    "Entry by entry, the gradient is multiplied by the slope of the sigmoid. Where it is "
    "saturated, next to nothing comes through."
)
SOFTMAX: Final = (
    "softmax",
    "Exponentials make all numbers positive, and dividing by their sum makes each row a "
    "distribution over the classes.",
)
SIGMOID: Final = (
    "sigmoid",
    "The sigmoid turns each number into the probability of class 1.",
)
DERIVE_LOG: Final = (
    "the gradient of the log",
    "The first sample alone: only the probability of the right class enters the loss, so only it "
    "has a slope. It is steep where that probability is small.",
)
DERIVE_SOFTMAX: Final = (
    "the Jacobian of the softmax",
    "Raising one logit raises its own probability and lowers all others; each row sums to zero, "
    "because the probabilities always sum to one.",
)
DERIVE_CROSS_ENTROPY: Final = (
    "their product is p - y",
    "The division by p cancels: what is left is the prediction minus the target. The engine "
    "computes just that, and never divides by a tiny p.",
)
DERIVE_BINARY_LOG: Final = (
    "the gradient of the log",
    "The first sample alone: the loss is steep where the probability of the right answer is small.",
)
DERIVE_SIGMOID: Final = (
    "the derivative of the sigmoid",
    "The sigmoid is steepest in the middle and flat at both ends.",
)
DERIVE_BINARY_CROSS_ENTROPY: Final = (
    "their product is p - y",
    "The flat ends of the sigmoid cancel against the steep log: what is left is the prediction "
    "minus the target.",
)
DERIVE_SQUARED_ERROR: Final = (
    "the slope of the square",
    "The first sample alone: the square is twice as steep as its side is long. The mean then "
    "divides by B and by C.",
)
DERIVE_SQUARED_PROBABILITIES: Final = (
    "the slope of the square",
    "The first sample alone: the square is twice as steep as its side is long, and never steeper "
    "than 2, however wrong the answer. The mean then divides by B and by C.",
)
DERIVE_SOFTMAX_MSE: Final = (
    "their product keeps the factor p",
    "Nothing cancels here. If the network is sure of one class, all of this is nearly 0, even "
    "where that class is wrong: cross-entropy would leave p - y.",
)
DERIVE_SIGMOID_MSE: Final = (
    "their product keeps the slope of the sigmoid",
    "Nothing cancels here. At the flat ends of the sigmoid this is nearly 0, whether the answer is "
    "right or wrong: cross-entropy would leave p - y.",
)
