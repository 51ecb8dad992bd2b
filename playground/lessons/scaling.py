"""He's weights against weights of variance 1, in ten layers of ReLU."""

from __future__ import annotations

from typing import Final

from playground.gradient_flow.wording import number
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import compared, networks, trained
from playground.settings.config import Config

DEPTH, WIDTH = 10, 32
MEASURED: Final = {"he": 0.875, "normal": 229447.0, "each_layer": 3.94, "he_loss": 0.00734}

BOTH: Final = Variant(
    "Both, layer by layer",
    Config(batch_size=25, epochs=300),
    good=True,
    result=f"the signal of layer {DEPTH} over that of layer 1: {number(MEASURED['he'])} with He's "
    f"weights, {MEASURED['normal']:,.0f} with variance 1",
    why="The maps show the size of the signal: one keeps its colour from row to row, the other "
    "runs through the whole scale.",
    settings=networks(
        DEPTH, ("relu", "he", 1.0, 0.03), ("relu", "normal", 1.0, 0.03), over_epochs="activation"
    ),
)
NORMAL: Final = Variant(
    "Variance 1 in the Playground",
    Config(layers=(WIDTH,) * 8, activation="relu", init="normal", batch_size=25, epochs=300),
    good=False,
    result="diverged in its first epoch",
    why="The answers are huge before training, so is the first gradient, and the first steps "
    "throw the weights out of reach.",
)


def check() -> Outcome:
    """The signal keeps its size with He's weights, and grows fourfold a layer with variance 1."""
    found = compared(BOTH)
    he, normal = (s.activation[-1] / s.activation[0] for s in found.starts)
    found.run_epochs(BOTH.config.epochs)
    lost = trained(NORMAL).trainer.diverged_epoch == 0
    numbers = {
        "he": float(he),
        "normal": float(normal),
        "each_layer": float(normal ** (1 / (DEPTH - 1))),
        "he_loss": float(found.losses[0]),
    }
    shows = 0.2 < he < 5 and 3 < numbers["each_layer"] < 5 and lost
    ended = found.divergences[1]
    at_once = ended is not None and ended.epoch == 0
    return Outcome(numbers, bool(shows and at_once and numbers["he_loss"] < 0.5))


LESSON: Final = Lesson(
    learns="Why the size of the first random weights decides whether a deep network trains.",
    minutes=5,
    question=f"Each of {WIDTH} ReLU units adds up {WIDTH} inputs, with random weights of mean 0 "
    "and variance 1. How much larger is the signal after such a layer than before it?",
    choices=("As large", "About 1.4 times", "About 4 times", f"About {WIDTH} times"),
    right=2,
    do=(
        "Open A and, before you press Play, look at the first column of each map, from the top "
        "row to the bottom. *Activations by depth*, below the maps, sets dots against the dashed "
        "lines of theory.",
        "Press Play: how long does the second network last?",
        "Open B, press Play, and press *What happened?*.",
    ),
    see=f"With variance 1 the signal grows {MEASURED['each_layer']:.1f} times in each layer: "
    f"from layer 1 to layer {DEPTH} that is {MEASURED['normal']:,.0f} times, and the run ends in "
    f"its first epoch. With He's weights it ends at {number(MEASURED['he'])} times what it was, "
    f"and the loss falls to {number(MEASURED['he_loss'])}.",
    because=f"The variance of a sum of {WIDTH} terms is {WIDTH} times that of one; a ReLU throws "
    f"half of it away. {WIDTH}/2 = {WIDTH // 2} in variance is 4 in size, in every layer. He's "
    "rule draws weights of variance 2/n for n inputs, which makes that factor exactly 1. "
    "Glorot's 1/n (for as many outputs) is the same thought for tanh, which throws nothing away "
    "near 0. Sources: Glorot and Bengio 2010; He, Zhang, Ren and Sun 2015.",
    variants=(BOTH, NORMAL),
    measured=MEASURED,
    check=check,
)
