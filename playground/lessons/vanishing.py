"""Eight sigmoid layers: the gradient is gone before it reaches the first."""

from __future__ import annotations

from typing import Final

from playground.gradient_flow.wording import number
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import compared, networks, trained
from playground.settings.config import Config

DEPTH: Final = 8
MEASURED: Final = {
    "sigmoid": 1.25e-4,
    "tanh": 2.98,
    "sigmoid_loss": 0.693,
    "tanh_loss": 0.09,
    "relu_loss": 0.011,
}
_TIMES: Final = f"{round(1 / MEASURED['sigmoid'], -3):,.0f}"

FLOW: Final = Variant(
    "Sigmoid, tanh and ReLU, layer by layer",
    Config(batch_size=25, epochs=300),
    good=True,
    result=f"training losses of {number(MEASURED['sigmoid_loss'])}, "
    f"{number(MEASURED['tanh_loss'])} and {number(MEASURED['relu_loss'])}",
    why="Three networks from one seed, alike but for their activation, with the weights that "
    "suit it: the rows of the sigmoid's map fade towards the first layer, those of the others "
    "do not.",
    settings=networks(
        DEPTH,
        ("sigmoid", "glorot", 1.0, 0.03),
        ("tanh", "glorot", 1.0, 0.03),
        ("relu", "he", 1.0, 0.03),
    ),
)
ALONE: Final = Variant(
    "Eight sigmoid layers in the Playground",
    Config(layers=(32,) * DEPTH, activation="sigmoid", batch_size=25, epochs=300),
    good=False,
    result="the loss of a guess",
    why="Every point gets the same answer: the one layer that learns, the last, sees nearly the "
    "same numbers whatever the point is.",
)


def check() -> Outcome:
    """The sigmoid's first layer gets next to no gradient, and its network learns nothing."""
    found = compared(FLOW)
    sigmoid, tanh = (s.gradient[0] / s.gradient[-1] for s in found.starts[:2])
    found.run_epochs(FLOW.config.epochs)
    losses = dict(zip(("sigmoid_loss", "tanh_loss", "relu_loss"), found.losses, strict=True))
    numbers = {"sigmoid": sigmoid, "tanh": tanh, **losses}
    guess = float(trained(ALONE).trainer.train_loss)
    shows = guess > 0.65 and sigmoid < 1e-3 and tanh > 0.1 and losses["sigmoid_loss"] > 0.65
    return Outcome(
        {name: float(value) for name, value in numbers.items()},
        bool(shows and max(losses["tanh_loss"], losses["relu_loss"]) < 0.4),
    )


LESSON: Final = Lesson(
    learns="Why deep networks of sigmoids could not be trained for so long.",
    minutes=5,
    question=f"A network has {DEPTH} hidden layers of sigmoids. Before training, how large is the "
    f"gradient in layer 1 compared with layer {DEPTH}?",
    choices=(
        "About as large",
        "About a tenth of it",
        "About a hundredth of it",
        "Less than a thousandth of it",
    ),
    right=3,
    do=(
        "Open A. Before you press Play, look at the first column of each map, from the bottom row "
        "to the top.",
        "Press Play and read the line above the maps: whose loss is lowest?",
        "Open B and press Play: what does the whole network look like that has learned nothing?",
    ),
    see=f"Before training the gradient of layer 1 is about {_TIMES} times smaller than that of "
    f"layer {DEPTH}; with tanh it is {number(MEASURED['tanh'])} times as large. After 300 epochs "
    f"the sigmoid network's loss is {number(MEASURED['sigmoid_loss'])}, that of a guess between "
    f"two, and the others have come down to {number(MEASURED['tanh_loss'])} and "
    f"{number(MEASURED['relu_loss'])}.",
    because="On its way back the gradient is multiplied in each layer by the weights and by the "
    "slope of the activation. A sigmoid's slope is at most ¼, so with weights of ordinary size "
    "every layer takes three quarters or more: after eight layers next to nothing is left. tanh "
    "has slope 1 at 0, and a ReLU has slope 1 wherever it is on. Hochreiter described this in "
    "1991, Bengio, Simard and Frasconi in 1994; weights that suit the activation (Glorot and "
    "Bengio 2010, He and others 2015) are the other half of the cure.",
    variants=(FLOW, ALONE),
    measured=MEASURED,
    check=check,
)
