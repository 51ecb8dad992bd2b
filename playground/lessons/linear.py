"""Two clouds that a straight line parts: hidden layers add nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from playground.gradient_flow.wording import percent
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import accuracies
from playground.settings.config import Config

_CLOUDS: Final = replace(Config.for_dataset("gauss"), noise=35.0, epochs=100, show_test=True)
MEASURED: Final = {"line": 0.948, "deep": 0.948, "line_train": 0.94, "deep_train": 0.944}

LINE: Final = Variant(
    "No hidden layer",
    replace(_CLOUDS, layers=()),
    good=True,
    result=f"{percent(MEASURED['line'])} of the test points right",
    why="Two sums of x₁ and x₂, one for each class, are compared; where they are equal lies a "
    "straight line. For clouds like these no other boundary is better.",
)
DEEP: Final = Variant(
    "Two hidden layers of 8",
    replace(_CLOUDS, layers=(8, 8)),
    good=False,
    result=f"{percent(MEASURED['deep'])} of the test points right",
    why="A hundred weights more, and the boundary bends a little around single points. That is all "
    "they bring: time, and room to learn the noise.",
)


def check() -> Outcome:
    """The line is as good on new points as the deep network is."""
    line_train, line = accuracies(LINE)
    deep_train, deep = accuracies(DEEP)
    numbers = {"line": line, "deep": deep, "line_train": line_train, "deep_train": deep_train}
    return Outcome(numbers, line > 0.9 and deep - line < 0.02 and deep_train - line_train < 0.03)


LESSON: Final = Lesson(
    learns="When a network needs no hidden layer at all.",
    minutes=3,
    question="Two clouds of points overlap a little. One network has no hidden layer, the other "
    "two. How much better is the second one on points that it has never seen?",
    choices=(
        "Much better: it gets nearly all of them right",
        "A few points in a hundred better",
        "No better",
    ),
    right=2,
    do=(
        "Open A and press Play. The run takes two seconds.",
        "Read the test loss, and look at the shape of the boundary.",
        "Come back, open B, and do the same.",
    ),
    see="A draws a straight boundary and B a slightly bent one, and both get "
    f"{percent(MEASURED['line'])} of the test points right. The points that are wrong lie in the "
    "other cloud: no boundary could save them.",
    because="A layer of weights without a bend behind it is a weighted sum, and a weighted sum "
    "parts the plane along a straight line. For two round clouds of the same width that line "
    "is the best boundary there is. Begin with the simplest network: it tells you how much there "
    "is left to gain.",
    variants=(LINE, DEEP),
    measured=MEASURED,
    check=check,
)
