"""The spiral: as many weights in three layers do what one wide layer does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from playground.gradient_flow.wording import percent
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import trained
from playground.settings.config import Config

# Adam in batches of 25: with these the outcome does not hang on rounding.
_SPIRAL: Final = Config(optimizer="adam", learning_rate=0.005, batch_size=25, epochs=450)
MEASURED: Final = {
    "wide": 0.636,
    "deep": 0.992,
    "wide_parameters": 187.0,
    "deep_parameters": 186.0,
}
_WIDE, _DEEP = (f"{MEASURED[name]:.0f}" for name in ("wide_parameters", "deep_parameters"))

WIDE: Final = Variant(
    "One hidden layer of 37",
    replace(_SPIRAL, layers=(37,)),
    good=False,
    result=f"{percent(MEASURED['wide'])} of the training points right",
    why="Thirty-seven lines through the plane, added up once. In principle enough of them can "
    "draw anything; in these epochs they only begin to.",
)
DEEP: Final = Variant(
    "Three hidden layers of 8",
    replace(_SPIRAL, layers=(8, 8, 8)),
    good=True,
    result=f"{percent(MEASURED['deep'])} of the training points right",
    why="The second layer bends what the first has bent already, and the third once more: a spiral "
    "is a line that was bent often.",
)


def check() -> Outcome:
    """With as many parameters, the deep network learns the spiral and the wide one does not."""
    wide, deep = trained(WIDE), trained(DEEP)
    numbers = {
        "wide": float(wide.trainer.train_accuracy),
        "deep": float(deep.trainer.train_accuracy),
        "wide_parameters": float(wide.model.n_parameters),
        "deep_parameters": float(deep.model.n_parameters),
    }
    return Outcome(numbers, numbers["deep"] > 0.93 and numbers["wide"] < 0.8)


LESSON: Final = Lesson(
    learns="What layers upon layers give that width alone does not.",
    minutes=4,
    question=f"Two networks with as many numbers to learn: one wide hidden layer ({_WIDE} of "
    f"them), or three narrow ones ({_DEEP}). After 450 epochs at the same rate, which has "
    "learned the spiral?",
    choices=("The wide one", "The deep one", "Both", "Neither"),
    right=1,
    do=(
        "Open A and press Play. The 450 epochs take eight seconds.",
        "Open B and do the same.",
        "In the picture of the network, go from layer to layer: what do single units answer?",
    ),
    see=f"The wide network gets {percent(MEASURED['wide'])} of the points right, the deep one "
    f"{percent(MEASURED['deep'])}. In the deep one the first layer's units are plain slopes, and "
    "those of the third already have curls.",
    because="A unit of the first layer is a slope along one direction. A unit of the second "
    "adds up bent slopes, and one of the third adds up those: each layer works on what the last "
    "has made of the plane, so shapes are built out of shapes. One wide layer can draw the same "
    "in principle, with enough units (Cybenko 1989, Hornik 1991); what is possible and what "
    "gradient descent finds soon are two things.",
    variants=(WIDE, DEEP),
    measured=MEASURED,
    check=check,
)
