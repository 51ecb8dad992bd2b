"""What the digits page says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from playground.runs.words import in_epoch
from playground.settings.fields import Choices, Label

# --- settings -------------------------------------------------------------------------------------

SOURCE: Final = Label(
    "Pictures",
    "1,797 digits that are at hand, a fifth of them kept for testing, or MNIST's 70,000.",
)
SOURCES: Final[Choices] = {
    "digits28": "Digits, 28 × 28",
    "digits8": "Digits, 8 × 8",
    "mnist": "Full MNIST",
    "own": "My own file",
}
LAYERS: Final = Label(
    "Hidden layers",
    "Units in each hidden layer, parted by commas. Pixels are the inputs, digits the outputs.",
)
ACTIVATION: Final = Label(
    "Activation",
    "The curve that each hidden unit bends its sum with. Softmax comes after the last layer.",
)
INIT: Final = Label(
    "Initial weights", "How the weights are drawn at the start. He's are meant for ReLU."
)
OPTIMIZER: Final = Label(
    "Optimizer", "The rule that turns gradients into steps. SGD is plain gradient descent."
)
RATE: Final = Label(
    "Learning rate",
    "How far each step moves the weights. Adam wants far less than plain gradient descent.",
)
BATCH: Final = Label("Batch size", "Pictures that each step looks at.")
EPOCHS: Final = Label("Epochs", "Training stops after this many passes over the training pictures.")
SEED: Final = Label(
    "Seed",
    "Fixes the pictures kept for testing, the first weights and the order. The same gives the same"
    " run.",
)
GROUPS: Final = {"data": "Data", "network": "Network", "training": "Training"}
ADDRESS: Final = "The address of this page holds every setting. Copy it to share this run."

# --- presets: a title, and what is seen -----------------------------------------------------------

LOOK: Final = (
    "A network that sees nothing but pixels learns to read digits. Press Play, and draw one for it "
    "at any time: before it has learned anything, while it learns, and after."
)
PRESETS: Final[Mapping[str, tuple[str, str]]] = {
    "taught": (
        "784-10-10 as taught",
        "One hidden layer of ten, ReLU, He's weights, plain gradient descent. Each picture under "
        "*First-layer weights* is what one hidden unit looks for: noise at first, then "
        "strokes. One that stays noise has died: its sum is below zero for every picture.",
    ),
    "deep": (
        "784-128-64-10 with Adam",
        "Two layers and an optimizer that adapts each step: within fifteen epochs hardly a "
        "training picture is wrong, and the loss on test pictures stops falling. What is left "
        "under *Most confident mistakes* is hard for a person, too.",
    ),
    "high": (
        "Rate too high",
        "The taught network at fifteen times its rate. The first steps throw every hidden unit "
        "below zero, where ReLU has no slope: the gradient of layer 1 is nothing from then on, "
        "and every picture gets the same answer.",
    ),
    "diverges": (
        "The same without ReLU",
        "The same rate with a straight line in place of ReLU: nothing can die, so errors grow from "
        "step to step until the loss passes every bound, and the run stops. *What happened?* "
        "shows the last steps.",
    ),
    "zeros": (
        "Zero weights",
        "All weights begin at zero, so all hidden units say zero, and no gradient reaches a "
        "weight. Only the ten biases of the output learn: how common each digit is.",
    ),
    "small": (
        "8 × 8 is enough",
        "The same digits as scikit-learn has them, 64 pixels each: a twelfth of the inputs, and "
        "they are read as well. Draw one, and look how little the network is shown.",
    ),
}

# --- pictures that are not at hand ----------------------------------------------------------------

NOT_YET: Final = (
    "MNIST is not here yet. Press Fetch MNIST above: it comes from openml.org, once, about 15 MB."
)
NO_FILE: Final = "Choose your file above: mnist.npz, or MNIST's four IDX files, gzipped or not."
FETCH: Final = "Fetch MNIST"
FETCH_AGAIN: Final = "Try again"
FETCH_HELP: Final = "70,000 pictures of 28 × 28, from openml.org, about 15 MB. Kept on disk."
FETCHING: Final = "Fetching MNIST from openml.org"
READING: Final = "Reading MNIST from disk"
DROP: Final = "mnist.npz, or MNIST's four IDX files (gzipped or not), up to 50 MB each"
WITHOUT_A_WORD: Final = "it ended without a word"
NOT_IN_A_LINK: Final = (
    "its pictures are a file of your own, which no link can hold, and whoever opens it is asked for"
    " theirs"
)


def awaited(why: object) -> str:
    """Why there are no pictures yet, where a moment that was shared is shown once they are here."""
    return f"{why} The network is then trained to the moment that was shared."


def no_answer(seconds: float) -> str:
    return f"no answer within {seconds / 60:.0f} minutes"


def for_so_long(doing: str, seconds: float) -> str:
    return f"{doing}: {seconds:.0f} s. It usually takes less than a minute."


def not_fetched(error: Exception) -> str:
    return (
        f"MNIST could not be fetched from openml.org ({error}). The 1,797 digits need no"
        " network, and a file of your own can be read: mnist.npz or the four IDX files."
    )


def yours(train: int, test: int) -> str:
    return f"Yours: {train:,} pictures to train on and {test:,} to test."


# --- the panels -----------------------------------------------------------------------------------

VIEW: Final = "The network learning to read"  # for those who do not see it
READOUTS: Final = {
    "epoch": "Epoch",
    "loss": "Test loss",
    "training": "Training right, %",
    "right": "Test right, %",
}
# Titles, and what is said beside some of them.
DRAW: Final = ("Draw a digit", "mouse, finger or pen")
WEIGHTS: Final = "First-layer weights"
WEIGHTS_OF_DIGITS: Final = "Weights of each digit"
LOSS: Final = "Loss"
ACCURACY: Final = "Accuracy"
GRADIENT: Final = ("Gradient size by layer", "RMS of ∂L/∂W, log scale")
THROUGH: Final = (
    "A test picture through the layers",
    "each square is a unit's answer, on the scale of its layer · blue: positive, orange: negative",
)
CONFUSION: Final = (
    "Confusion matrix",
    "test pictures · rows: what they are, columns: what is read",
)
MISTAKES: Final = (
    "Most confident mistakes",
    "what it is, what is read, and how surely · press one to send it through the layers",
)
NO_MISTAKES: Final = "None: every test picture is read right."
RUN: Final = "The run"
LOSS_AXES: Final = ("epoch", "cross-entropy")
ACCURACY_AXES: Final = ("epoch", "read right, %")


def unit(number: int) -> str:
    return f"unit {number}"


def activated(layer_name: str, activation: str) -> str:
    return f"{layer_name}: {activation}"


def looked_for(shown: int, units: int) -> str:
    """Beside the weights, of which so many units' are shown."""
    of_all = "" if shown == units else f" · {shown} of {units}"
    return f"what each unit looks for · blue: ink adds, orange: ink takes away{of_all}"


def mistake(truth: Any, said: Any, sure: Any) -> str:
    """A wrong answer, as "3, not 8 (99 %)": it is a 3, and the network was so sure of the 8."""
    return f"{truth}, not {said} ({100 * sure:.0f} %)"


# --- the facts of a run ---------------------------------------------------------------------------

NOT_YET_KNOWN: Final = "not yet known"
ALL: Final = "all"
FACTS: Final = {
    "epochs": "Epochs",
    "steps": "Steps",
    "pace": "Epochs a second",
    "parameters": "Weights and biases",
    "pictures": "Pictures",
    "measured": "Charts are measured on",
}


def part_of(few: int, count: int | None) -> str:
    return f"{few:,} of {count:,}"


def pace(epochs: float) -> str:
    return f"{epochs:,.3g}"


def steps(count: int, an_epoch: int) -> str:
    return f"{count:,} ({an_epoch:,} an epoch)"


def pictures(train: int, test: int) -> str:
    return f"{train:,} to train on, {test:,} to test"


def drawn_once(parts: Sequence[str]) -> str:
    return f"{' and '.join(parts)}, drawn once"


# --- what is said of the run ----------------------------------------------------------------------

SILENT: Final = "No gradient reaches layer 1: its weights stay as they are."
DIVERGING: Final = "Diverging: the loss is above its start and far above its best."


def diverged(epoch: int, step: int, reason: str) -> str:
    return f"Diverged {in_epoch(epoch, step)}: {reason}."


def ready(count: int) -> str:
    return (
        f"{count:,} pictures to learn from. Press Play, or draw a digit for a network that has"
        " learned nothing yet."
    )


def running(count: int, batch: int) -> str:
    return f"Learning from {count:,} pictures, {batch:,} at a time."


def score(right: int, count: int) -> str:
    return f"{right:,} of {count:,} test pictures are read right."


def finished(epochs: int, said: str) -> str:
    return f"Done: {epochs:,} epochs. {said} Press Play to train as many again."


# --- the Guide ------------------------------------------------------------------------------------

GUIDE: Final = {
    "What it shows": """
- **Draw a digit**: what you draw is centred and scaled as the training pictures were, and becomes
  the network's input, shown pixel by pixel. The bars are its ten probabilities. They are computed
  in your browser, from weights that arrive about once a second, so they move with your hand, and
  with the training.
- **First-layer weights**: one picture for each hidden unit. Ink on blue raises its sum, ink on
  orange lowers it. Each picture has a scale of its own.
- **Loss** and **Accuracy** of training pictures (solid) and test pictures (dotted), and the
  **gradient size** of each layer, one row a layer, one column an epoch. Of larger sets these are
  measured on 1,000 pictures, drawn once; *The run* says so.
- **A test picture through the layers**: its pixels, what each hidden unit answers, and the ten
  probabilities. The green frame is the digit that it is.
- **Confusion matrix** and **Most confident mistakes**: "3, not 8 (99 %)" is a 3 that is read as an
  8, with a probability of 99 %. Press a mistake to send it through the layers. At rest all test
  pictures are read, in motion 1,000 of them at most.
""",
    "How to drive it": """
`Space` plays and pauses, `→` steps one batch, `R` resets, `Shift + R` starts with another seed.
The learning rate in the bar changes the run while you drag it, and by a third with `+` and `-`. On
the pad the arrows move a pen, `Space` lowers and lifts it, and `Delete` clears. The
sidebar chooses pictures, network and training: optimizer, learning rate, batch and epochs
change a run while it goes on, the others start it anew.

The 1,797 digits come with scikit-learn (8 × 8 pixels, or enlarged to 28 × 28). **Full MNIST** is
fetched from openml.org when you press the button, and kept on disk. **My own file** takes
`mnist.npz` or MNIST's four IDX files, up to 50 MB each; it is read by this server, for you alone,
and not kept.
""",
    "What to try": """
- Draw a 7 before you press Play, and leave it there: the bars find their way as the network learns.
- *784-10-10 as taught*: which units stay noise? They have died. Take *Leaky ReLU* and look again.
- *Rate too high*, then *The same without ReLU*: the one falls silent, the other explodes.
- Draw a 1 lying down, or a digit in a corner: what does centring and scaling help against, and what
  not?
""",
}
