"""What the rules of the backward pass say, and the bugs, each of which is a wrong one."""

from __future__ import annotations

from typing import Final, NamedTuple

RULES: Final = {
    "output": "What was derived for one sample holds for each row, and the mean over the batch "
    "divides it. Each number says which way that output would raise the loss.",
    "weight": "A weight's gradient is what came in through it times what went wrong behind it, "
    "summed over the batch by the matrix product.",
    "bias": "The bias was added to every row, so the rows' gradients are added up: the sum of each "
    "column.",
    "below": "Each input fed all units of this layer, so it collects their gradients through the "
    "same weights, which now lead the other way.",
    "through": "Entry by entry, the gradient is multiplied by the slope at z. Where the activation "
    "is flat, nothing comes through.",
}
NO_BUG: Final = "None: all is right"


class Bug(NamedTuple):
    """Of a bug its name, what it does, when nothing shows of it, and what its step says."""

    label: str
    sentence: str
    invisible: str
    rule: str


BUGS: Final = {
    "weight_transpose": Bug(
        "W not transposed",
        "The way back multiplies by W, not by its transpose. NumPy objects, unless the layer is "
        "square: then it runs, and the gradients below that layer are wrong.",
        "With one layer only, or where every W but the first is symmetric, W is never transposed "
        "on the way back.",
        "Wrong: W should be transposed here, so that each input collects the gradients through "
        "its own weights.",
    ),
    "input_transpose": Bug(
        "A not transposed",
        "The weight gradient takes A, not its transpose. NumPy objects, unless there are as many "
        "samples as inputs to the layer.",
        "Where A is square and symmetric, it is its own transpose.",
        "Wrong: A should be transposed here, so that the product sums over the samples. As it "
        "stands, input k meets sample k.",
    ),
    "sum_for_mean": Bug(
        "Sum in place of mean",
        "The loss is a mean over the batch, but its gradient is that of the sum: every gradient is "
        "B times too large, like a learning rate B times as high.",
        "With one sample, mean and sum are the same.",
        "Wrong: the loss is a mean over the batch, so all of this should be divided by B. It is "
        "the gradient of the sum.",
    ),
    "missing_derivative": Bug(
        "Derivative of the activation left out",
        "The gradient passes the activation as if it were not there: the factor φ'(z) is left out.",
        "Without a hidden layer, or where the derivative is 1 at every unit, there is nothing to "
        "leave out.",
        "Wrong: the slope at z is left out, as if there were no activation.",
    ),
    "bias_not_summed": Bug(
        "Bias gradient not summed",
        "The bias serves every sample, so its gradient is a sum over the batch. Left out, it keeps "
        "a row for each sample and no longer has the shape of b.",
        "It always shows: the shape is wrong.",
        "Wrong: the bias was added to every row, so the rows should be added up. Here each sample "
        "keeps a row of its own.",
    ),
    "mixed_layouts": Bug(
        "Layouts mixed: (10, 32) by (32, 10)",
        "One factor has a sample in each row, the other in each column, like (10, 32) by (32, 10). "
        "NumPy objects, unless there are as many samples as units, or one of the two is 1: then it "
        "broadcasts, and computes something else.",
        "Without a hidden layer, or with one sample and one unit, or where the derivative is the "
        "same everywhere, both layouts hold the same numbers.",
        "Wrong: the gradient has a sample in each row, the slope one in each column, so the "
        "entries that meet do not belong together.",
    ),
    "flat_targets": Bug(
        "Targets as a flat list",
        "The targets come as a flat list, not as a column or as one-hot rows. Broadcasting then "
        "compares each row with every target.",
        "With one sample and one output, the list and the column are the same number.",
        "Wrong: the targets are a flat list, so each row is compared with every target and not "
        "with its own.",
    ),
}
BUG_HERE: Final = "It is in this step."
BUG_HERE_UNSEEN: Final = "It is in this step, and changes nothing here."
BUG_BEFORE: Final = "An earlier step went wrong, so the numbers of this one are wrong too."
BUG_ELSEWHERE: Final = "It does not touch this step: the numbers are the right ones."


def bug_is_on(label: str, where: str) -> str:
    return f"Bug: **{label}**. {where}"
