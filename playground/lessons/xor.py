"""Exclusive or: no straight line will do, one small hidden layer does."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from playground.gradient_flow.wording import percent
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import accuracies
from playground.settings.config import Config

_XOR: Final = replace(Config.for_dataset("xor"), epochs=200)
MEASURED: Final = {"none": 0.62, "two": 0.804, "four": 0.96, "identity": 0.62}

NONE: Final = Variant(
    "No hidden layer",
    replace(_XOR, layers=()),
    good=False,
    result=f"{percent(MEASURED['none'])} of the training points right",
    why="One line can have three of the four corners on their right sides at the very most, "
    "whatever the learning rate and however long it trains.",
)
TWO: Final = Variant(
    "One hidden layer of 2",
    replace(_XOR, layers=(2,)),
    good=False,
    result=f"{percent(MEASURED['two'])} of the training points right",
    why="Two units are two lines. On paper they are enough, but training must find just those two, "
    "and from this start it does not.",
)
FOUR: Final = Variant(
    "One hidden layer of 4",
    replace(_XOR, layers=(4,)),
    good=True,
    result=f"{percent(MEASURED['four'])} of the training points right",
    why="Four lines, two more than needed: there are many ways to put them well, and training "
    "finds one of them.",
)


def check() -> Outcome:
    """No line does it, four units do."""
    numbers = {
        name: accuracies(variant)[0]
        for name, variant in (("none", NONE), ("two", TWO), ("four", FOUR))
    }
    numbers["identity"] = accuracies(
        replace(FOUR, config=replace(FOUR.config, activation="identity"))
    )[0]
    shows = (
        max(numbers["none"], numbers["identity"]) < 0.77
        and numbers["two"] < 0.9
        and numbers["four"] > 0.95
    )
    return Outcome(numbers, shows)


LESSON: Final = Lesson(
    learns="What a hidden layer can do that a line cannot.",
    minutes=4,
    question="Points in opposite corners belong together, as in “one or the other, but not both”. "
    "What share of them can a network without a hidden layer get right at best?",
    choices=("About half, as by guessing", "About three quarters", "All, if it trains long enough"),
    right=1,
    do=(
        "Open A and press Play. Look where the white seam of the boundary comes to rest.",
        "Open B, then C. In the picture of the network, look what each hidden unit answers.",
        "With C, choose *Identity* as the activation and play again.",
    ),
    see=f"A turns its one line to and fro and gets {percent(MEASURED['none'])} of the points "
    f"right, B {percent(MEASURED['two'])} and C {percent(MEASURED['four'])}. With the identity "
    f"in place of tanh C gets {percent(MEASURED['identity'])}.",
    because="Each hidden unit draws one line and bends its answer along it; the output adds "
    "these answers up, and sums of bent surfaces can be low in two opposite corners and high in "
    "the others. Without the bend a sum of sums is one sum, and depth is no use. A does not "
    "even reach three quarters: the loss counts how wrong a point is and not how many are, and "
    "by that measure hardly any line is worth it. That a line cannot do this was a reason to "
    "give up neural networks in 1969 (Minsky and Papert, *Perceptrons*), and that a hidden "
    "layer can be trained to was a reason to come back in 1986 (Rumelhart, Hinton and "
    "Williams).",
    variants=(NONE, TWO, FOUR),
    measured=MEASURED,
    check=check,
)
