"""Batches of 1, of 10, of all points: the noise of a step, and what it is good for."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from playground.data.datasets import SAMPLES
from playground.gradient_flow.wording import number, percent
from playground.learning_rate.settings import RateSettings
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import losses, raced
from playground.settings.config import Config

_NOISY: Final = replace(
    Config.for_dataset("circle"), noise=20.0, layers=(8,), learning_rate=0.3, epochs=100
)
_LOW: Final = 0.03
MEASURED: Final = {
    "one": 0.195,
    "ten": 0.127,
    "all": 0.279,
    "one_rises": 0.5,
    "all_rises": 0.0,
    "one_low": 0.13,
    "one_low_rises": 0.44,
}
_RACE: Final = RateSettings(view="race", race="batch_sizes", race_batches=(1, 10, 250))

RACE: Final = Variant(
    "Batches of 1, 10 and all 250",
    _NOISY,
    good=True,
    result=f"losses of {number(MEASURED['one'])}, {number(MEASURED['ten'])} and "
    f"{number(MEASURED['all'])} after 100 epochs",
    why="An epoch is 250 steps with batches of 1, 25 with batches of 10, and a single one with all "
    "points. The middle way ends lowest.",
    settings=_RACE,
)
LOWER: Final = Variant(
    f"The same at a tenth of the rate, {_LOW:g}",
    replace(_NOISY, learning_rate=_LOW),
    good=True,
    result=f"batches of 1 end at {number(MEASURED['one_low'])}",
    why="A lower rate averages over more steps, so the noise of single points cancels. The full "
    "batch has no noise to lose, and is only slower.",
    settings=_RACE,
)
FULL: Final = Variant(
    "All points in each step, in the Playground",
    replace(_NOISY, batch_size=SAMPLES[1]),
    good=False,
    result=f"a loss of {number(MEASURED['all'])} after 100 epochs, smooth all the way",
    why="A perfect gradient, and one step an epoch to use it.",
)


def check() -> Outcome:
    """Batches of 1 are restless and end above batches of 10; all points are smooth and slow."""
    _, rows = raced(RACE)
    _, low = raced(LOWER)
    rises, low_rises = ((np.diff(r, axis=0) > 0).mean(axis=0) for r in (rows, low))
    one, ten, full = map(float, rows[-1])
    numbers = {
        "one": one,
        "ten": ten,
        "all": full,
        "one_rises": float(rises[0]),
        "all_rises": float(rises[-1]),
        "one_low": float(low[-1][0]),
        "one_low_rises": float(low_rises[0]),
    }
    alone = losses(FULL)[0]
    shows = (
        abs(alone / full - 1) < 0.01 and rises[0] > 0.3 and rises[-1] < 0.03 and ten < one < full
    )
    return Outcome(numbers, bool(shows and numbers["one_low"] < one))


LESSON: Final = Lesson(
    learns="What the batch size trades: the cost of a step against its noise.",
    minutes=6,
    question="Three networks learn the same noisy points at the same rate for 100 epochs: with one "
    "point in each step, with ten, and with all 250. Whose loss is lowest at the end?",
    choices=(
        "One point: it takes the most steps",
        "Ten points",
        "All points: its gradient is exact",
    ),
    right=1,
    do=(
        "Open A and press Play. Which line is smooth, which is torn?",
        "Open B: the rate is ten times lower. What becomes of the torn line?",
        "Open C. When it is done set the batch size to 10 (*More on the training*) and press Play "
        "again: it goes on from there.",
    ),
    see=f"Batches of 10 end at {number(MEASURED['ten'])}, of 1 at {number(MEASURED['one'])}, of "
    f"all points at {number(MEASURED['all'])}. With batches of 1 the loss rises in "
    f"{percent(MEASURED['one_rises'])} of the epochs, with all points in "
    f"{percent(MEASURED['all_rises'])}. At a tenth of the rate batches of 1 end at "
    f"{number(MEASURED['one_low'])}.",
    because="The gradient of a few points is that of all of them plus chance, and the chance "
    "shrinks with the square root of their number: ten points cost ten times as much and are "
    "only three times as exact. Far from the minimum many rough steps beat a few exact ones. "
    "Near it the gradient is small and the chance is not, so the weights wander in a cloud "
    "around the minimum, the wider the higher the rate and the smaller the batch. Hence the two "
    "cures: larger batches, or a rate that falls (Robbins and Monro 1951).",
    variants=(RACE, LOWER, FULL),
    measured=MEASURED,
    check=check,
)
