"""One network at three learning rates: it crawls, it learns, it is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from playground.data.datasets import SAMPLES
from playground.gradient_flow.wording import number
from playground.learning_rate.settings import RateSettings
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import raced, trained
from playground.settings.config import Config

_SLOW, _RIGHT, _FAST = RATES = 0.0001, 0.02, 0.1
_HILLS: Final = replace(
    Config.for_dataset("multi-gauss"),
    samples=200,
    layers=(16, 16),
    activation="relu",
    init="he",
    batch_size=SAMPLES[1],
    epochs=500,
)
MEASURED: Final = {"slow": 0.289, "right": 0.042, "lost_after": 3.0}

SLOW: Final = Variant(
    f"Learning rate {_SLOW:g}",
    replace(_HILLS, learning_rate=_SLOW),
    good=False,
    result=f"a training loss of {number(MEASURED['slow'])}, and still falling",
    why="Nothing is wrong but the time it takes. A loss that falls so smoothly and so slowly asks "
    "for a higher rate.",
)
RIGHT: Final = Variant(
    f"Learning rate {_RIGHT:g}",
    replace(_HILLS, learning_rate=_RIGHT),
    good=True,
    result=f"a training loss of {number(MEASURED['right'])}",
    why="High enough to arrive, low enough to stay. The jolts on the way are steps that went a "
    "little too far.",
)
FAST: Final = Variant(
    f"Learning rate {_FAST:g}",
    replace(_HILLS, learning_rate=_FAST),
    good=False,
    result=f"lost after {MEASURED['lost_after']:.0f} epochs",
    why="Each step lands farther up the other wall of the valley than the last. Where the walls "
    "are steeper the next step is longer still, and the loss grows without end.",
)
RACE: Final = Variant(
    "All three side by side",
    replace(_HILLS, learning_rate=_RIGHT),
    good=True,
    result="one picture for all three",
    why="The same start, the same points in each step: whatever differs, differs by the rate.",
    settings=RateSettings(view="race", race_rates=RATES, target=0.05),
)


def check() -> Outcome:
    """Of three rates the middle one learns, the low one hardly, and the high one diverges."""
    fast = trained(FAST).trainer
    race, rows = raced(RACE)
    slow, right = rows[-1][:2]
    lost = fast.diverged_epoch
    shows = (
        lost is not None
        and race.alive.tolist() == [True, True, False]
        and slow > 4 * right
        and rows[0][0] > 1.5 * slow
    )
    numbers = {"slow": float(slow), "right": float(right)}
    return Outcome({**numbers, "lost_after": float(-1 if lost is None else lost)}, bool(shows))


LESSON: Final = Lesson(
    learns="The three fates of a run, and how to tell them from the loss.",
    minutes=5,
    question=f"The same network trains at rates of {_SLOW:g}, {_RIGHT:g} and {_FAST:g}. The middle "
    "one is right. What becomes of the one that is five times as high?",
    choices=(
        "It learns five times as fast",
        "It learns, but its loss goes up and down a lot",
        "Within a few epochs its loss is above what it began with, and then beyond all numbers",
    ),
    right=2,
    do=(
        "Open A and press Play. Is it standing still?",
        "Open B, then C. After C press *What happened?*.",
        "Open D for all three in one picture.",
    ),
    see=f"After 500 epochs A has come down to {number(MEASURED['slow'])} and is still on its "
    f"way. B has arrived at {number(MEASURED['right'])}. C was lost after "
    f"{MEASURED['lost_after']:.0f} epochs: the Playground stops it, and keeps its last finite "
    "weights.",
    because="A step goes downhill by the slope where it starts, and knows nothing of the ground "
    "between. Where the valley curves with sharpness λ, a step at rate η multiplies the distance "
    "from its floor by 1 − ηλ: below η = 1/λ it comes down on its side, up to 2/λ it swings from "
    "wall to wall and still comes down, above 2/λ every swing is wider than the last. So a rate "
    "that is a little too high is not a little worse: there is an edge. The gauge beside the "
    "status shows how far away it is.",
    variants=(SLOW, RIGHT, FAST, RACE),
    measured=MEASURED,
    check=check,
)
