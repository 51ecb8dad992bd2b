"""The settings of the page of lessons: which one is on show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from playground.settings.base import Settings
from playground.settings.fields import ChoiceField, Choices

ALL: Final = "all"
# In the order of a course; the name of each is that of its module and of its link.
TITLES: Final[Choices] = {
    "linear": "A line is enough",
    "xor": "XOR needs a hidden layer",
    "depth": "Depth on the spiral",
    "features": "Features in place of layers",
    "rates": "Too slow, right, too fast",
    "edge": "The edge of stability",
    "vanishing": "Vanishing gradients",
    "scaling": "How large weights begin",
    "symmetry": "All weights zero",
    "dying": "A ReLU that dies",
    "overfitting": "Learning the noise",
    "dropout": "Dropout",
    "batches": "Small batches, large batches",
    "optimizers": "Momentum and Adam",
    "losses": "Sure, and wrong",
}


@dataclass(frozen=True)
class LessonSettings(Settings):
    """What the page of lessons shows. A value out of range raises FieldError."""

    lesson: Annotated[str, ChoiceField("Lesson", "display", {ALL: "All lessons", **TITLES})] = ALL
    """The lesson on show, or the list of all."""
