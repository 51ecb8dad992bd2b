"""A high rate pushes ReLUs to where no point reaches them; a leaky one comes back."""

from __future__ import annotations

from typing import Final

from playground.gradient_flow.wording import number, percent
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import compared, losses, networks
from playground.settings.config import Config

MEASURED: Final = {
    "low_dead": 0.125,
    "high_dead": 1.0,
    "leaky_dead": 0.0,
    "high_loss": 0.695,
    "low_loss": 0.497,
}
_HIGH: Final = 0.7

SIDE_BY_SIDE: Final = Variant(
    f"ReLU at 0.03, ReLU at {_HIGH:g}, leaky ReLU at {_HIGH:g}",
    Config(batch_size=25, epochs=300),
    good=True,
    result=f"dead units in the worst layer: {percent(MEASURED['low_dead'])}, "
    f"{percent(MEASURED['high_dead'])}, {percent(MEASURED['leaky_dead'])}",
    why="One seed for all three, and the same batches. The first two differ only in the rate, "
    "the last two only in what happens below zero.",
    settings=networks(
        3,
        ("relu", "he", 1.0, 0.03),
        ("relu", "he", 1.0, _HIGH),
        ("leaky_relu", "he", 1.0, _HIGH),
    ),
)
DEAD: Final = Variant(
    f"ReLU at {_HIGH:g} in the Playground",
    Config(
        layers=(32, 32, 32),
        activation="relu",
        init="he",
        learning_rate=_HIGH,
        batch_size=25,
        epochs=300,
    ),
    good=False,
    result="the same answer at every place of the plane",
    why="All squares of a hidden layer are one flat colour: they answer 0 everywhere, and no "
    "gradient goes through them any more.",
)


def check() -> Outcome:
    """A whole layer dies at the high rate, and none of a leaky one."""
    found = compared(SIDE_BY_SIDE)
    found.run_epochs(SIDE_BY_SIDE.config.epochs)
    low, high, leaky = (float(layers.dead.max()) for layers in found.statistics())
    low_loss, high_loss, leaky_loss = map(float, found.losses)
    deaf = not found.statistics()[1].gradient.any()
    alone = losses(DEAD)[0]
    numbers = {
        "low_dead": low,
        "high_dead": high,
        "leaky_dead": leaky,
        "low_loss": low_loss,
        "high_loss": high_loss,
    }
    learn = max(low_loss, leaky_loss) < 0.6
    return Outcome(
        numbers,
        deaf and learn and high == 1 and max(low, leaky) < 0.5 and min(alone, high_loss) > 0.65,
    )


LESSON: Final = Lesson(
    learns="How a ReLU network can stop learning for good without any number exploding.",
    minutes=5,
    question=f"A ReLU network trains at a rate of {_HIGH:g}, which is far too high for it. Nothing "
    "overflows. Where does its loss end?",
    choices=(
        "It goes up and down, and slowly falls",
        "It stops at the loss of a guess and never moves again",
        "It grows and grows",
    ),
    right=1,
    do=(
        "Open A and press Play: whose map turns pale for good? *Units*, below the maps, says what "
        "share of each layer is dead.",
        "When it has died, set the second network's rate down to 0.03 (under *The networks*). "
        "Does it come back to life?",
        "Open B and see in the network what dead units look like.",
    ),
    see=f"At {_HIGH:g} a few steps kill a whole layer ({percent(MEASURED['high_dead'])} dead), "
    f"and the loss stays at {number(MEASURED['high_loss'])}; a low rate does not bring it back. "
    f"At 0.03 {percent(MEASURED['low_dead'])} of the worst layer is dead and the loss falls to "
    f"{number(MEASURED['low_loss'])}. The leaky ReLU takes the high rate and learns.",
    because="A ReLU passes on what is above zero, and its slope below is 0. One long step can "
    "move the weights so far that the unit's sum is below zero for every point. Then its slope "
    "is 0 for every point, its gradient is 0, and no further step moves it: it is dead. When "
    "all units of a layer are, nothing reaches the layers before it either. A leaky ReLU keeps "
    "a slope of 1/100 below zero, so there is a way back (Maas, Hannun and Ng 2013).",
    variants=(SIDE_BY_SIDE, DEAD),
    measured=MEASURED,
    check=check,
)
