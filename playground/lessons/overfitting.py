"""Fifty noisy points and a thousand weights: the test loss climbs, and an L2 penalty stops it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from playground.gradient_flow.wording import number
from playground.lessons.lesson import Lesson, Outcome, Variant
from playground.lessons.trials import losses
from playground.runs.experiment import Experiment
from playground.settings.config import Config

_FEW: Final = Config(
    dataset="xor",
    samples=100,
    noise=25.0,
    layers=(32, 32),
    learning_rate=0.1,
    epochs=600,
    show_test=True,
)
MEASURED: Final = {
    "free_train": 0.094,
    "free_test": 1.459,
    "free_lowest": 0.449,
    "some_train": 0.287,
    "some_test": 0.36,
    "much_train": 0.641,
    "much_test": 0.746,
}

FREE: Final = Variant(
    "No penalty",
    _FEW,
    good=False,
    result=f"training loss {number(MEASURED['free_train'])}, test loss "
    f"{number(MEASURED['free_test'])}",
    why="The network has more than twenty weights for each point. It draws islands around "
    "points that only noise has put there, and is sure of them.",
)
SOME: Final = Variant(
    "L2 penalty 0.03",
    replace(_FEW, l2=0.03),
    good=True,
    result=f"training loss {number(MEASURED['some_train'])}, test loss "
    f"{number(MEASURED['some_test'])}",
    why="Islands take large weights, and large weights now cost something. It gives up some of the "
    "training points and keeps the shape.",
)
MUCH: Final = Variant(
    "L2 penalty 0.1",
    replace(_FEW, l2=0.1),
    good=False,
    result=f"training loss {number(MEASURED['much_train'])}, test loss "
    f"{number(MEASURED['much_test'])}",
    why="The penalty outweighs the data: the cheapest weights are near 0, and the network answers "
    "nearly the same everywhere. That is underfitting.",
)


def check() -> Outcome:
    """Without penalty the test loss climbs while the training loss falls; some L2 stops that."""
    free = Experiment(FREE.config, history_size=0, checkpoints=1)
    lowest = float(free.trainer.test_loss)
    while free.trainer.epoch < FREE.config.epochs:
        free.trainer.run_epochs(10)
        lowest = min(lowest, float(free.trainer.test_loss))
    some, much = losses(SOME), losses(MUCH)
    numbers = {
        "free_train": float(free.trainer.train_loss),
        "free_test": float(free.trainer.test_loss),
        "free_lowest": lowest,
        "some_train": some[0],
        "some_test": some[1],
        "much_train": much[0],
        "much_test": much[1],
    }
    climbs = numbers["free_test"] > 2 * lowest and numbers["free_test"] > 4 * numbers["free_train"]
    return Outcome(
        numbers, climbs and some[1] < 0.55 and some[1] < 1.7 * some[0] and much[0] > 0.55
    )


LESSON: Final = Lesson(
    learns="How to see that a network learns the noise, and what a penalty does about it.",
    minutes=6,
    question="Fifty points to learn from, blurred by noise, and a network of more "
    "than a thousand weights. While its training loss falls and falls, what does its loss on new "
    "points do?",
    choices=(
        "It falls along with it",
        "It falls at first, and then stays where it is",
        "It falls at first, and then climbs higher and higher",
    ),
    right=2,
    do=(
        "Open A and press Play. Watch the dotted line: where is it lowest?",
        "At the end look for islands in the boundary. Filled points were learned, diamonds are "
        "new.",
        "Open B and C: the same points, with a penalty on large weights.",
    ),
    see=f"In A the training loss falls to {number(MEASURED['free_train'])}. The test loss comes "
    f"down to {number(MEASURED['free_lowest'])}, turns, and ends at "
    f"{number(MEASURED['free_test'])}. With the penalty of B both end near each other, at "
    f"{number(MEASURED['some_train'])} and {number(MEASURED['some_test'])}. C learns hardly "
    f"anything: {number(MEASURED['much_train'])}.",
    because="A network with more weights than points can have them all right, those that only "
    "chance has put there too, and it becomes ever surer of them; on new points that is "
    "confidently wrong, which cross-entropy punishes hard. An L2 penalty adds half its rate "
    "times the squared weights to what is made small, so every step also shrinks each weight a "
    "little, and only what many points ask for outlasts that. How strong it should be nobody "
    "knows beforehand: the test loss says it. More points would help as well; so does stopping "
    "at the lowest test loss.",
    variants=(FREE, SOME, MUCH),
    measured=MEASURED,
    check=check,
)
