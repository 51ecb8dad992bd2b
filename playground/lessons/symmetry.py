"""Zero weights, and weights that are all alike: units that stay copies of each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from playground.gradient_flow.wording import number, percent
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import compared, networks, trained
from playground.settings.config import Config

_XOR: Final = replace(Config.for_dataset("xor"), layers=(8,), learning_rate=0.1, epochs=200)
MEASURED: Final = {
    "zeros": 0.54,
    "zeros_loss": 0.69,
    "random": 1.0,
    "alike": 1.0,
    "alike_loss": 0.514,
    "random_loss": 0.0021,
}

ZEROS: Final = Variant(
    "All weights 0",
    replace(_XOR, init="zeros"),
    good=False,
    result=f"{percent(MEASURED['zeros'])} of the training points right",
    why="Each hidden unit answers 0, so the output weights get no gradient; these are 0, so the "
    "hidden units get none. Only the outputs' biases move.",
)
RANDOM: Final = Variant(
    "Small random weights (Glorot)",
    replace(_XOR, init="glorot"),
    good=True,
    result=f"{percent(MEASURED['random'])} of the training points right",
    why="Chance makes the eight units different, and from then on each is taught something else.",
)
ALIKE: Final = Variant(
    "All weights 0, all 0.1, random",
    replace(_XOR, batch_size=25),
    good=False,
    result=f"training losses of {number(MEASURED['zeros_loss'])}, "
    f"{number(MEASURED['alike_loss'])} and {number(MEASURED['random_loss'])}",
    why="A start of 0.1 everywhere has gradients, and learns what one single unit can learn: the "
    "others follow its every move.",
    settings=networks(
        2,
        ("tanh", "zeros", 1.0, 0.1),
        ("tanh", "constant", 0.1, 0.1),
        ("tanh", "glorot", 1.0, 0.1),
    ),
)


def check() -> Outcome:
    """From zeros nothing is learned; units that begin alike stay alike; random ones part."""
    zeros, random = (float(trained(v).trainer.train_accuracy) for v in (ZEROS, RANDOM))
    found = compared(ALIKE)
    found.run_epochs(ALIKE.config.epochs)
    of_zeros, of_one, of_random = found.losses
    alike = min(layers.alike.min() for layers in found.statistics()[:2])
    numbers = {
        "zeros": zeros,
        "zeros_loss": float(of_zeros),
        "random": random,
        "alike": float(alike),
        "alike_loss": float(of_one),
        "random_loss": float(of_random),
    }
    parted = abs(found.statistics()[2].alike).max() < 0.5
    shows = zeros < 0.6 and random > 0.95 and alike > 0.999 and parted
    return Outcome(numbers, bool(shows and of_one > 0.3 > 0.1 > of_random))


LESSON: Final = Lesson(
    learns="Why weights begin at random.",
    minutes=5,
    question="All weights of a network begin at 0. What does training make of it?",
    choices=(
        "It learns as usual: the gradient puts the weights right",
        "It learns, only more slowly",
        "It never learns more than a guess",
        "It diverges",
    ),
    right=2,
    do=(
        "Open A, press Play, and look at the picture of the network: which lines grow?",
        "Open B: nothing has changed but the start.",
        "Open C and press Play: whose map stays pale? In *Units*, below the maps, *alike* is 1 "
        "where all units of a layer are copies.",
    ),
    see=f"From zeros the network gets {percent(MEASURED['zeros'])} of the points right, from "
    f"random weights {percent(MEASURED['random'])}. In C both zeros and 0.1 everywhere stay at a "
    f"cosine of {MEASURED['alike']:.0f} to the end: the first learns nothing, the second comes "
    f"down to {number(MEASURED['alike_loss'])}, the random one to "
    f"{number(MEASURED['random_loss'])}.",
    because="Two units with the same weights answer the same, so they are given the same "
    "gradient, take the same step, and have the same weights again. Backpropagation has nothing "
    "in it that could part them: a layer of copies is one unit, however wide it is. With tanh "
    "zeros are worse still: the answers are 0, so all gradients of weights are 0. Random "
    "weights break the symmetry; biases may begin at 0.",
    variants=(ZEROS, RANDOM, ALIKE),
    measured=MEASURED,
    check=check,
)
