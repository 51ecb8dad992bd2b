"""What the Guide says of the lessons: what they are, how to drive them, how to teach with them."""

from __future__ import annotations

from typing import Final

WORDS: Final = {
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
wall beside the room's own prediction. Two to three lessons fill a quarter of an hour.
""",
}
