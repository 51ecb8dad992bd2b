"""Plain descent, momentum and Adam at one low rate, and Adam at a rate that is too high for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from playground.gradient_flow.wording import number
from playground.learning_rate.settings import RateSettings
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import losses, raced
from playground.settings.config import Config

_LOW, _HIGH = 0.003, 0.1
_SPIRAL: Final = Config(learning_rate=_LOW, epochs=300)
MEASURED: Final = {
    "sgd": 0.648,
    "momentum": 0.35,
    "adam": 0.11,
    "adam_high": 0.704,
}

MOMENTA: Final = Variant(
    "SGD without momentum, and with 0.9",
    _SPIRAL,
    good=True,
    result=f"losses of {number(MEASURED['sgd'])} and {number(MEASURED['momentum'])}",
    why="Steps that agree add up: on a slope that stays the same, 0.9 makes them ten times as "
    "long.",
    settings=RateSettings(view="race", race="momenta", race_momenta=(0.0, 0.9)),
)
ADAPTIVE: Final = Variant(
    "SGD and Adam",
    _SPIRAL,
    good=True,
    result=f"losses of {number(MEASURED['sgd'])} and {number(MEASURED['adam'])}",
    why="Adam makes the step of each weight about as long as the rate, whether its gradient is "
    "large or tiny. Weights that plain descent hardly moves get going at once.",
    settings=RateSettings(view="race", race="optimizers", race_optimizers=("sgd", "adam")),
)
TOO_HIGH: Final = Variant(
    f"Adam at {_HIGH:g}",
    replace(_SPIRAL, optimizer="adam", learning_rate=_HIGH),
    good=False,
    result=f"a loss of {number(MEASURED['adam_high'])}, that of a guess",
    why="Every weight moves by about 0.1 in every step, however flat the ground. The network "
    "is shaken and cannot settle. A rate that suits SGD need not suit Adam.",
)


def check() -> Outcome:
    """At a low rate momentum beats plain SGD, Adam beats both; at a high one Adam fails."""
    _, momenta = raced(MOMENTA)
    _, adaptive = raced(ADAPTIVE)
    numbers = {
        "sgd": float(momenta[-1][0]),
        "momentum": float(momenta[-1][1]),
        "adam": float(adaptive[-1][1]),
        "adam_high": losses(TOO_HIGH)[0],
    }
    ordered = numbers["sgd"] > 1.3 * numbers["momentum"] and numbers["adam"] < 0.3
    return Outcome(numbers, ordered and numbers["adam_high"] > 0.55)


LESSON: Final = Lesson(
    learns="What momentum and Adam add to plain descent, and what they cannot do.",
    minutes=6,
    question=f"Three networks learn the spiral for 300 epochs at the low rate of {_LOW:g}: by "
    "plain SGD, by SGD with momentum 0.9, and by Adam. In which order do they end, the best "
    "first?",
    choices=(
        "SGD, momentum, Adam",
        "Momentum, Adam, SGD",
        "Adam, momentum, SGD",
        "All about the same",
    ),
    right=2,
    do=(
        "Open A and press Play: two networks, one of them with momentum.",
        "Open B: the same start by SGD and by Adam.",
        f"Open C: Adam at {_HIGH:g}. When it is done set the rate to {_LOW:g} and press Play "
        "again.",
    ),
    see=f"After 300 epochs plain SGD stands at {number(MEASURED['sgd'])}, momentum at "
    f"{number(MEASURED['momentum'])}, Adam at {number(MEASURED['adam'])}. At a rate of {_HIGH:g} "
    f"Adam ends at {number(MEASURED['adam_high'])}.",
    because="Momentum keeps a share β of the last step. Where slopes agree the steps add up to "
    "1/(1 − β) times the length, here 10; where they point to and fro they cancel. Adam also "
    "divides each weight's step by the usual size of its own gradient, so steep and flat "
    "directions are walked at one pace. Neither sees farther than the slope under its feet, and "
    "each has a highest rate of its own. Polyak 1964; Kingma and Ba 2015.",
    variants=(MOMENTA, ADAPTIVE, TOO_HIGH),
    measured=MEASURED,
    check=check,
)
