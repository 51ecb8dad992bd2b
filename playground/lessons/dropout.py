"""Units switched off at random: worse on the points that were learned, better on new ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from playground.gradient_flow.wording import number
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import losses
from playground.settings.config import Config

_CLOUDS: Final = Config(
    dataset="gauss",
    samples=100,
    noise=40.0,
    layers=(32, 32),
    learning_rate=0.1,
    epochs=600,
    show_test=True,
)
_SMALL: Final = replace(Config.for_dataset("circle"), layers=(3,), learning_rate=0.1, epochs=300)
MEASURED: Final = {
    "none_train": 0.004,
    "none_test": 1.899,
    "half_train": 0.171,
    "half_test": 0.277,
    "small_none": 0.036,
    "small_half": 0.48,
}

NONE: Final = Variant(
    "No dropout",
    _CLOUDS,
    good=False,
    result=f"training loss {number(MEASURED['none_train'])}, test loss "
    f"{number(MEASURED['none_test'])}",
    why="Units agree on who catches which single point. Each is right only together with the "
    "others.",
)
HALF: Final = Variant(
    "Dropout 0.5",
    replace(_CLOUDS, dropout=0.5),
    good=True,
    result=f"training loss {number(MEASURED['half_train'])}, test loss "
    f"{number(MEASURED['half_test'])}",
    why="No unit can rely on any other, for that one may be off. What is left is what many of them "
    "find alone: the two clouds.",
)
SMALL: Final = Variant(
    "Dropout 0.5 on three units",
    replace(_SMALL, dropout=0.5),
    good=False,
    result=f"test loss {number(MEASURED['small_half'])}; without dropout "
    f"{number(MEASURED['small_none'])}",
    why="A network that has no unit too many cannot spare half of them. Three lines close a ring; "
    "one or two do not.",
)


def check() -> Outcome:
    """Dropout raises the training loss and lowers the test loss, but not where units are few."""
    none, half = losses(NONE), losses(HALF)
    numbers = {
        "none_train": none[0],
        "none_test": none[1],
        "half_train": half[0],
        "half_test": half[1],
        "small_none": losses(Variant("", _SMALL, True, "", ""))[1],
        "small_half": losses(SMALL)[1],
    }
    helps = half[0] > 4 * none[0] and half[1] < 0.4 * none[1] and half[1] < 0.45
    return Outcome(numbers, helps and numbers["small_half"] > 3 * numbers["small_none"])


LESSON: Final = Lesson(
    learns="Why it helps to switch half of a network off while it learns.",
    minutes=5,
    question="In every step half of the hidden units, picked at random, are switched off. What "
    "does that do to the two losses at the end of the run?",
    choices=(
        "Both become worse",
        "Both become better",
        "Training becomes worse, test better",
        "Training becomes better, test worse",
    ),
    right=2,
    do=(
        "Open A and press Play. Compare the two lines of the loss.",
        "Open B: the same network and the same points.",
        "Open C, where the network is as small as it can be.",
    ),
    see=f"Without dropout the training loss falls to {number(MEASURED['none_train'])}, and the "
    f"test loss climbs to {number(MEASURED['none_test'])}. With it they are "
    f"{number(MEASURED['half_train'])} and {number(MEASURED['half_test'])}: the boundary is "
    "nearly the straight line that is right for two clouds. The small network of C loses by it.",
    because="In each step another half of the units is trained, so what is trained is a crowd "
    "of thin networks that share their weights; the whole network answers for all of them, as "
    "an average. Kept units are made 1/(1 − p) times as loud while it learns, so that the sum "
    "is the same with all of them on. The loss line is measured with all units on. Dropout "
    "costs time and needs units to spare. Srivastava, Hinton, Krizhevsky, Sutskever and "
    "Salakhutdinov 2014.",
    variants=(NONE, HALF, SMALL),
    measured=MEASURED,
    check=check,
)
