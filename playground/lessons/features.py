"""The circle: the right inputs save the hidden layer."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from playground.gradient_flow.wording import percent
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import accuracies
from playground.settings.config import Config

_CIRCLE: Final = replace(Config.for_dataset("circle"), epochs=100)
MEASURED: Final = {"plain": 0.388, "squares": 1.0, "hidden": 0.992}

PLAIN: Final = Variant(
    "x₁ and x₂, no hidden layer",
    replace(_CIRCLE, layers=()),
    good=False,
    result=f"{percent(MEASURED['plain'])} of the test points right",
    why="No line parts what is inside a circle from what is outside.",
)
SQUARES: Final = Variant(
    "x₁² and x₂², no hidden layer",
    replace(_CIRCLE, layers=(), features=("x1sq", "x2sq")),
    good=True,
    result=f"{percent(MEASURED['squares'])} of the test points right",
    why="x₁² + x₂² is the squared distance from the middle. In these inputs the circle is a "
    "straight line, and four weights with two biases find it.",
)
HIDDEN: Final = Variant(
    "x₁ and x₂, one hidden layer of 4",
    replace(_CIRCLE, layers=(4,)),
    good=True,
    result=f"{percent(MEASURED['hidden'])} of the test points right",
    why="The hidden layer makes features of its own: four slopes around the middle, which together "
    "close a ring. Nobody had to know that it is a circle.",
)


def check() -> Outcome:
    """Squares do without a layer what plain inputs need one for."""
    numbers = {
        name: accuracies(variant)[1]
        for name, variant in (("plain", PLAIN), ("squares", SQUARES), ("hidden", HIDDEN))
    }
    shows = numbers["plain"] < 0.7 and min(numbers["squares"], numbers["hidden"]) > 0.95
    return Outcome(numbers, shows)


LESSON: Final = Lesson(
    learns="That a good description of the data can take the place of a layer.",
    minutes=4,
    question="One class lies in a disc, the other in a ring around it. Without any hidden layer, "
    "which inputs let the network part them?",
    choices=("x₁ and x₂", "x₁² and x₂²", "Both pairs", "Neither: it takes a hidden layer"),
    right=1,
    do=(
        "Open A and press Play, then B. Both take two seconds.",
        "Open C: plain inputs again, but four hidden units.",
        "With C, set the units of layer 1 to 3, then to 2. How many sides does a closed ring need?",
    ),
    see=f"A stays a line and gets {percent(MEASURED['plain'])} of the test points right. B draws "
    f"an ellipse and gets {percent(MEASURED['squares'])}, without a hidden layer. C makes "
    f"{percent(MEASURED['hidden'])} of them right with its four units.",
    because="A network without a hidden layer can only add its inputs up. If one input already "
    "says “squared”, a sum of them can be a distance, and the boundary a circle. Who knows the "
    "data can give the network such a feature; a hidden layer learns one when nobody knows. "
    "Much of machine learning before deep networks was the search for features, and much of it "
    "since is leaving that to the layers.",
    variants=(PLAIN, SQUARES, HIDDEN),
    measured=MEASURED,
    check=check,
)
