"""A saturated output, wrong everywhere: cross-entropy frees it at once, squared error late."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from playground.backprop.settings import BackpropSettings
from playground.gradient_flow.wording import number, percent
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import trained
from playground.runs.experiment import Experiment
from playground.settings.config import Config

# Seed 3 draws weights that are large and point the wrong way: every point is on the wrong side.
_WRONG: Final = replace(
    Config.for_dataset("gauss"), layers=(), init="normal", init_scale=3.0, seed=3, epochs=200
)
MILDER: Final = 2.0  # a scale at which the same weights saturate less
MEASURED: Final = {
    "start": 0.0,
    "entropy_5": 1.0,
    "entropy_gradient": 2.02,
    "squared_50": 0.0,
    "squared_gradient": 0.00776,
    "squared_epochs": 66.0,
    "milder_epochs": 13.0,
    "hidden": 0.0,
}
_WEAKER: Final = f"{round(MEASURED['entropy_gradient'] / MEASURED['squared_gradient'], -1):.0f}"
_LATE, _SOONER = (f"{MEASURED[name]:.0f}" for name in ("squared_epochs", "milder_epochs"))

ENTROPY: Final = Variant(
    "Sigmoid with cross-entropy",
    replace(_WRONG, loss="binary_cross_entropy"),
    good=True,
    result=f"{percent(MEASURED['entropy_5'])} of the training points right after 5 epochs",
    why="The gradient at the output is p − y: the surer and the more wrong, the larger. The "
    "slope of the sigmoid has cancelled.",
)
SQUARED: Final = Variant(
    "Sigmoid with squared error",
    replace(_WRONG, loss="sigmoid_mse"),
    good=False,
    result=f"{percent(MEASURED['squared_50'])} right after 50 epochs, nearly all after {_LATE}",
    why="The gradient is 2 (p − y) p (1 − p), and p (1 − p) is nearly 0 while the output is sure. "
    "It creeps out of there, and once it has, the rest takes a few epochs.",
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
        epochs=50,
    ),
    good=False,
    result=f"{percent(MEASURED['hidden'])} of the training points right after 50 epochs",
    why="The loss frees the output, but the hidden unit before it is as saturated as ever: next to "
    "no gradient comes through. The output has to unlearn alone.",
)
FORMULA: Final = Variant(
    "The gradient of squared error, formula by formula",
    Config(),
    good=True,
    result="the gradient of the output, step by step",
    why="The slope of the sigmoid stays in the product. With binary cross-entropy the log is "
    "steep just where the sigmoid is flat, and the two cancel.",
    settings=BackpropSettings(walk_layers=(), walk_outputs=1, walk_loss="sigmoid_mse", walk_step=4),
)


def check() -> Outcome:
    """From one wrong start cross-entropy is right in 5 epochs; squared error has not moved in 50.

    It arrives many times later, and sooner where the start is less saturated.
    """
    entropy, squared = (_begun(variant.config) for variant in (ENTROPY, SQUARED))
    assert np.array_equal(entropy.model.flat, squared.model.flat)
    numbers = {
        "start": float(entropy.trainer.train_accuracy),
        "entropy_gradient": float(entropy.trainer.layer_gradient_rms()[0]),
        "squared_gradient": float(squared.trainer.layer_gradient_rms()[0]),
    }
    entropy.trainer.run_epochs(5)
    numbers["entropy_5"] = float(entropy.trainer.train_accuracy)
    squared.trainer.run_epochs(50)
    numbers["squared_50"] = float(squared.trainer.train_accuracy)
    numbers["squared_epochs"] = _epochs_until_right(squared)
    milder = _begun(replace(SQUARED.config, init_scale=MILDER))
    numbers["milder_epochs"] = _epochs_until_right(milder)
    hidden = trained(HIDDEN).trainer
    numbers["hidden"] = float(hidden.train_accuracy)
    still, moves = hidden.layer_gradient_rms()
    stuck = numbers["start"] < 0.05 and numbers["squared_50"] < 0.05
    ratio = numbers["entropy_gradient"] / numbers["squared_gradient"]
    late = 50 < numbers["squared_epochs"] < SQUARED.config.epochs
    sooner = 3 * numbers["milder_epochs"] < numbers["squared_epochs"]
    deaf = numbers["hidden"] < 0.3 and still < 0.01 * moves
    shows = numbers["entropy_5"] > 0.95 and stuck and ratio > 50 and late and sooner and deaf
    return Outcome(numbers, bool(shows))


def _begun(config: Config) -> Experiment:
    return Experiment(config, history_size=0, checkpoints=1)


def _epochs_until_right(experiment: Experiment) -> float:
    """Epochs made until 95 % of the training points are right, or the run ends."""
    trainer = experiment.trainer
    while float(trainer.train_accuracy) < 0.95 and trainer.run_epochs(1):
        pass
    return float(trainer.epoch)


LESSON: Final = Lesson(
    learns="Why classification uses cross-entropy and not squared error.",
    minutes=5,
    question="One sigmoid output begins sure and wrong: for every point it answers nearly 0 "
    "where 1 is right, and the other way round. It trains with the squared error of its answer. "
    "How does it do in 50 epochs?",
    choices=(
        "Quickly: a large error gives a large gradient",
        "It is right after some ten epochs",
        "It has hardly moved: nearly all points are still wrong",
    ),
    right=2,
    do=(
        "Open A, which has this start with cross-entropy, and press *Epoch* five times.",
        "Open B, the same start with squared error, and press *Play*. Watch the loss: at which "
        "epoch does it fall? Then set *Scale of initial weights*, under *More on the network*, to "
        f"{MILDER:g} and play again.",
        "Open C: cross-entropy again, but a hidden unit is saturated, too.",
        "Open D for the formula, and press *Next* twice: the slope of the sigmoid stays. Choose "
        "*Binary cross-entropy* as its loss: what becomes of the slope now?",
    ),
    see="With cross-entropy all points are wrong at first, and after 5 epochs "
    f"{percent(MEASURED['entropy_5'])} are right. With squared error the same start has "
    f"{percent(MEASURED['squared_50'])} right after 50 epochs: its first gradient is {_WEAKER} "
    f"times smaller ({number(MEASURED['squared_gradient'])} against "
    f"{number(MEASURED['entropy_gradient'])}). The loss lies flat, then falls all at once, and 95 "
    f"% are right after {_LATE} epochs. From weights of scale {MILDER:g} in place of "
    f"{_WRONG.init_scale:g} it takes {_SOONER}.",
    because="The gradient of the squared error goes through the sigmoid and is multiplied by "
    "its slope, p(1 − p). Where p is nearly 0 or 1 that is nearly nothing, whether the answer "
    "is right or wrong: the unit is saturated. Cross-entropy is made of logarithms, whose slope "
    "is 1/p, and in the product p(1 − p) cancels: what is left is p − y. So loss and last "
    "activation belong together. Squared error alone is not the trouble: *Mean squared error*, "
    "without a sigmoid, compares plain sums, which do not saturate. A saturated *hidden* unit is "
    "freed by no loss.",
    variants=(ENTROPY, SQUARED, HIDDEN, FORMULA),
    measured=MEASURED,
    check=check,
)
