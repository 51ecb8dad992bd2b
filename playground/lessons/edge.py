"""Full-batch training drives its own sharpness up to the edge, and stays there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from playground.data.datasets import SAMPLES
from playground.learning_rate.edge import EdgeRun
from playground.learning_rate.settings import RateSettings
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.settings.config import Config

Floats = NDArray[np.floating[Any]]

# Smaller weights than usual, for a start on flat ground: the rise to the edge is then long.
_FLAT: Final = Config(
    dataset="circle",
    samples=200,
    layers=(32,),
    init_scale=0.5,
    loss="mse",
    batch_size=SAMPLES[1],
    epochs=1000,
)
_EDGE: Final = RateSettings(view="edge")
MEASURED: Final = {"start": 4.0, "low": 10.1, "high": 4.88}
EVERY: Final = 10  # epochs between two looks at the sharpness

LOW: Final = Variant(
    "Learning rate 0.2: the line lies at 10",
    replace(_FLAT, learning_rate=0.2),
    good=True,
    result=f"a sharpness of {MEASURED['low']:.0f} in the second half, where 2/η is 10",
    why="Long after the first epochs the steepest direction is right at the limit of what the rate "
    "can bear, and yet the loss keeps falling.",
    settings=_EDGE,
)
HIGH: Final = Variant(
    "Learning rate 0.4: the line lies at 5",
    replace(_FLAT, learning_rate=0.4),
    good=True,
    result=f"a sharpness of {MEASURED['high']:.0f} in the second half, where 2/η is 5",
    why="Twice the rate, half the limit, and the same network now stays on ground that is half as "
    "sharp. The rate has chosen the valley.",
    settings=_EDGE,
)


def _watched(variant: Variant) -> tuple[Floats, Floats]:
    """Sharpness every few epochs, and the loss after each."""
    run = EdgeRun(variant.config)
    sharpness, losses = [run.sharpness], [run.loss]
    while run.run_epochs(1):
        losses.append(run.loss)
        if run.epoch % EVERY == 0:
            sharpness.append(run.sharpness)
    return np.array(sharpness), np.array(losses)


def check() -> Outcome:
    """The sharpness rises to 2/rate and hovers there, while the loss falls, but not always."""
    low, losses = _watched(LOW)
    high, _ = _watched(HIGH)
    rises = float((np.diff(losses) > 0).mean())
    numbers = {
        "start": float(low[0]),
        "low": float(low[len(low) // 2 :].mean()),
        "high": float(high[len(high) // 2 :].mean()),
    }
    at_edge = abs(numbers["low"] / 10 - 1) < 0.1 and abs(numbers["high"] / 5 - 1) < 0.1
    early, late = np.array_split(losses, 2)
    falls = late.min() < early.min() < losses[0] / 5
    return Outcome(numbers, bool(at_edge and low[0] < 6 and falls and 0.01 < rises < 0.5))


LESSON: Final = Lesson(
    learns="Why a network that trains is nearly unstable, and why that does no harm.",
    minutes=6,
    question="The sharpness is the largest curvature of the loss. At rate η steps swing ever wider "
    f"where it is above 2/η. At a rate of 0.2 that is 10, and this network starts at "
    f"{MEASURED['start']:.0f}. What does the sharpness do while it trains?",
    choices=(
        "It falls: training seeks flat ground",
        "It stays about where it is",
        "It climbs to about 10 and stays there",
        "It climbs past 10, and the run diverges",
    ),
    right=2,
    do=(
        "Open A and press Play. Follow the sharpness and the dashed line.",
        "When the sharpness has reached the line, look at the loss.",
        "Open B: twice the rate. Before you press Play, say where the sharpness will stop.",
    ),
    see=f"With A the sharpness rises from {MEASURED['start']:.0f} by itself and then hovers around "
    f"the line; over the second half of the run its mean is {MEASURED['low']:.0f}. With B it is "
    f"{MEASURED['high']:.0f}. At the edge the loss leaps up now and then, and falls all the same.",
    because="As long as the ground is flatter than 2/η, training moves on to sharper ground; "
    "this is called progressive sharpening. Beyond 2/η steps along the steepest direction swing "
    "wider and wider, and that swing itself pushes the weights back to flatter ground. So the "
    "sharpness is held at 2/η, the edge of stability: from outside by the rate that you chose. "
    "Described by Cohen, Kaur, Li, Kolter and Talwalkar (2021); why the swing pushes back, "
    "Damian, Nichani and Lee (2023) explain.",
    variants=(LOW, HIGH),
    measured=MEASURED,
    check=check,
)
