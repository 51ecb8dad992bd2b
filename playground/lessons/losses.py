"""A saturated output that is wrong everywhere: cross-entropy frees it, squared error does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from engine import Dense, Sequential, Sigmoid
from playground.backprop.settings import BackpropSettings
from playground.gradient_flow.wording import number, percent
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import trained
from playground.runs.experiment import Experiment
from playground.settings.config import Config

# Seed 3 draws weights that are large and point the wrong way: every point is on the wrong side.
_WRONG: Final = replace(
    Config.for_dataset("gauss"), layers=(), init="normal", init_scale=3.0, seed=3, epochs=50
)
MEASURED: Final = {
    "start": 0.0,
    "entropy_5": 1.0,
    "entropy_gradient": 2.02,
    "squared": 0.0,
    "squared_gradient": 0.00776,
    "linear": 1.0,
    "hidden": 0.0,
}
_WEAKER: Final = f"{round(MEASURED['entropy_gradient'] / MEASURED['squared_gradient'], -1):.0f}"

ENTROPY: Final = Variant(
    "Sigmoid with cross-entropy",
    replace(_WRONG, loss="binary_cross_entropy"),
    good=True,
    result=f"{percent(MEASURED['entropy_5'])} of the training points right after 5 epochs",
    why="The gradient at the output is p − y: the surer and the more wrong, the larger. The "
    "slope of the sigmoid has cancelled.",
)
LINEAR: Final = Variant(
    "Squared error without a sigmoid",
    replace(_WRONG, loss="mse"),
    good=True,
    result=f"{percent(MEASURED['linear'])} of the training points right after 50 epochs",
    why="The outputs are plain sums here, and a sum does not saturate. Squared error alone is "
    "not the trouble: the pair is.",
)
HIDDEN: Final = Variant(
    "Cross-entropy behind a hidden sigmoid",
    replace(
        _WRONG,
        loss="binary_cross_entropy",
        layers=(1,),
        activation="sigmoid",
        init_scale=20.0,
        seed=11,
    ),
    good=False,
    result=f"{percent(MEASURED['hidden'])} of the training points right after 50 epochs",
    why="The loss frees the output, but the hidden unit before it is as saturated as ever: next to "
    "no gradient comes through. The output has to unlearn alone.",
)
FORMULA: Final = Variant(
    "The gradient, formula by formula",
    Config(),
    good=True,
    result="the gradient of the output, step by step",
    why="The log is steep where the sigmoid is flat; two steps on they are multiplied, and cancel.",
    settings=BackpropSettings(
        walk_layers=(), walk_outputs=1, walk_loss="binary_cross_entropy", walk_step=4
    ),
)


class Squashed(Experiment):
    """A Config whose one output goes through a sigmoid before its squared error is taken.

    No page builds this pair; it is here to be measured.
    """

    def build(self, inputs: int, outputs: int, dtype: DTypeLike) -> Sequential:
        dense = Dense(inputs, 1, init=self.config.init, scale=self.config.init_scale)
        return Sequential([dense, Sigmoid()], seed=self.config.seed, dtype=dtype)

    def targets(self, y: NDArray[Any]) -> NDArray[Any]:
        """The classes 0 and 1 as numbers, (N, 1)."""
        return y.reshape(-1, 1)

    def share_right(self) -> float:
        """The share of training points on their side of one half."""
        X = self.features.transform(self.dataset.X_train)
        answers = self.model.forward(X)[:, 0] > 0.5
        return float(np.mean(answers == self.dataset.y_train))


def check() -> Outcome:
    """From one wrong start cross-entropy is right in 5 epochs, and sigmoid with squares in none."""
    entropy = Experiment(ENTROPY.config, history_size=0, checkpoints=1)
    squared = Squashed(LINEAR.config, history_size=0, checkpoints=1)
    assert np.array_equal(entropy.model.flat, squared.model.flat)
    numbers = {
        "start": float(entropy.trainer.train_accuracy),
        "entropy_gradient": float(entropy.trainer.layer_gradient_rms()[0]),
        "squared_gradient": float(squared.trainer.layer_gradient_rms()[0]),
    }
    entropy.trainer.run_epochs(5)
    squared.trainer.run_epochs(LINEAR.config.epochs)
    numbers["entropy_5"] = float(entropy.trainer.train_accuracy)
    numbers["squared"] = squared.share_right()
    linear = trained(LINEAR)
    chosen = linear.model.predict(linear.features.transform(linear.dataset.X_train))
    numbers["linear"] = float(np.mean(chosen.argmax(axis=1) == linear.dataset.y_train))
    hidden = trained(HIDDEN).trainer
    numbers["hidden"] = float(hidden.train_accuracy)
    still, moves = hidden.layer_gradient_rms()
    freed = numbers["entropy_5"] > 0.95 and numbers["linear"] > 0.95
    stuck = numbers["start"] < 0.05 and numbers["squared"] < 0.05
    ratio = numbers["entropy_gradient"] / numbers["squared_gradient"]
    deaf = numbers["hidden"] < 0.3 and still < 0.01 * moves
    return Outcome(numbers, bool(freed and stuck and ratio > 50 and deaf))


LESSON: Final = Lesson(
    learns="Why classification uses cross-entropy and not squared error.",
    minutes=5,
    question="One sigmoid output begins sure and wrong: for every point it answers nearly 0 "
    "where 1 is right, and the other way round. It trains with the squared error of its answer. "
    "How does it do in 50 epochs?",
    choices=(
        "Quickly: a large error gives a large gradient",
        "It is right after some ten epochs",
        "It has not moved: nearly all points are still wrong",
    ),
    right=2,
    do=(
        "Open A, which has the same wrong start with cross-entropy, and press *Epoch* five times.",
        "Open B: squared error, but without a sigmoid before it.",
        "Open C: cross-entropy again, but a hidden unit is saturated, too.",
        "Open D for the formula, and press Next twice: what becomes of the slope of the sigmoid?",
    ),
    see="With cross-entropy all points are wrong at first, and after 5 epochs "
    f"{percent(MEASURED['entropy_5'])} are right. The same start with a sigmoid and squared "
    "error, which no page offers and this lesson's check builds, has "
    f"{percent(MEASURED['squared'])} right after 50 epochs: its first gradient is {_WEAKER} "
    f"times smaller ({number(MEASURED['squared_gradient'])} against "
    f"{number(MEASURED['entropy_gradient'])}).",
    because="The gradient of the squared error goes through the sigmoid and is multiplied by "
    "its slope, p(1 − p). Where p is nearly 0 or 1 that is nearly nothing, whether the answer "
    "is right or wrong: the unit is saturated. Cross-entropy is made of logarithms, whose slope "
    "is 1/p, and in the product p(1 − p) cancels: what is left is p − y. Loss and last "
    "activation belong together, which is why the Playground folds the sigmoid, or softmax, "
    "into the loss. A saturated *hidden* unit is freed by no loss.",
    variants=(ENTROPY, LINEAR, HIDDEN, FORMULA),
    measured=MEASURED,
    check=check,
)
