"""What the page of lessons says around them; the words of a lesson stand in its own module."""

from __future__ import annotations

from typing import Final

from playground.settings.fields import Choices, Label

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
LESSON: Final = Label("Lesson", "The lesson on show, or the list of all.")
LESSONS: Final = "Lessons"
ALL: Final = "All lessons"
INTRO: Final = (
    "Fifteen short experiments. Each asks you what will happen, opens the settings that show it, "
    "and then says why. Take them in order or pick one; what you predict stays in this browser."
)
KEYS: Final = (
    "Keys: `1` to `4` predict · `R` reveals, and turns back in a lecture · `A` to `D` open · "
    "`→` and `←` go to the next lesson and the one before · `Esc` shows all. In lecture mode `L` "
    "brings back what it hides."
)
PREVIOUS: Final = "Previous"
NEXT: Final = "Next"
PREDICT: Final = "Predict first"
TRY: Final = "Then try it"
SEE: Final = "What you see"
WHY: Final = "Why"
# The pages that a lesson opens.
PLAYGROUND: Final = "Playground"
LEARNING_RATE: Final = "Learning rate"
GRADIENT_FLOW: Final = "Gradient flow"
BACKPROP: Final = "Backprop"


def minutes(count: int) -> str:
    return f"{count} minutes"


def place(number: int, lessons: int, minutes: int) -> str:
    return f"Lesson {number} of {lessons} · {minutes} minutes"


def opens(page: str) -> str:
    return f"Opens it on the page {page}, at its start. Press Play there; Back leads here."


GUIDE: Final = {
    "What they are": """
Fifteen short experiments, each about one thing: what a hidden layer is for, why a learning rate
diverges, how weights begin, when a network learns the noise. A lesson asks what will happen and
opens the settings that answer it. What you see, what was measured and why it is so come after
that. The numbers are those of the very settings that it opens: a test trains them anew with every
change of this program and holds the text to what it finds.
""",
    "How to drive them": """
Pick an answer, press one of the buttons **A**, **B**, **C**, and press Play on the page that opens.
Back in the browser (or **Lessons** in the row on top) leads to the lesson as you left it.
**Reveal** shows the explanation, with or without an answer. Answers are kept in this browser and
nowhere else; *Forget my answers* above the list deletes them.

| key | what it does |
|---|---|
| `1` to `4` | picks an answer |
| `R` | reveals the explanation |
| `A` to `D` | opens the settings |
| `→`, `←` | the next lesson, the one before |
| `Esc` | all lessons |
""",
    "In a lecture": """
The address of a lesson opens it. Read the question aloud and let the room vote by hands; press the
number that most have chosen, then **A**, and Play. Back, **R**, and the explanation stands on the
wall beside the room's own prediction. Two to three lessons fill a quarter of an hour. Lecture mode
goes along to the page that a button opens; `L` there brings back what it hides, such as the
controls and the charts below the maps.
""",
}
