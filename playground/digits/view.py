"""The digits page's view: one viewer's network, what it looks for, and what it gets wrong.

A row, as a TrainerView's, has accuracies. A tick is one training step, since an epoch may be long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import numpy as np

from engine.training.status import DIVERGED
from playground.data.digits import CLASSES
from playground.digits import drawing, words
from playground.digits.figures import panels
from playground.digits.notices import describe
from playground.digits.pictures import Pictures
from playground.digits.reader import MEASURED, Reader
from playground.digits.settings import OWN, DigitsSettings
from playground.digits.sources import pictures_of
from playground.live.protocol import Notice, is_index
from playground.live.resumable import CARRIED_BYTES, Resumable
from playground.live.shareable import Logged
from playground.live.trainer_view import TrainerView
from playground.live.view import Command, Frame, asking
from playground.runs.recipe import Recipe
from playground.runs.scheduler import SCHEDULER
from playground.settings.config import Config

GRADIENTS: Final = 6  # the first of their columns in a row
READOUTS: Final = {"epoch": 0, "loss": 2, "training": 3, "right": 4}  # their columns
MISTAKES: Final = 12  # that are shown
MEASURE_EVERY: Final = 1.0  # seconds between two looks at all test pictures while playing
ASIDE: Final = 0.05  # seconds a second that these may take of all who play; else they are rarer
SLOWEST: Final = 5.0  # seconds between two times that the weights are sent while playing

# The pictures that settings name, or a ValueError that says why there are none yet.
Source = Callable[[DigitsSettings], Pictures]


class DigitsView(Logged, TrainerView[Reader]):
    """Trains one viewer's reader on the pictures that `source` has for its settings."""

    commands: ClassVar[Mapping[str, Command]] = {
        **TrainerView.commands,
        **Logged.commands,
        "go": asking(lambda view, value: view.look_at(value)),
    }
    buttons: ClassVar[tuple[str, ...]] = ("toggle", "batch", "reset", "new", "share")
    label: ClassVar[str] = words.VIEW
    rate_name: ClassVar[str] = "digits_rate"
    seed_name: ClassVar[str] = "digits_seed"
    accuracies: ClassVar[bool] = True
    longest_way: ClassVar[float] = 2_000

    def __init__(self, source: Source = pictures_of, *, recipe: Recipe | None = None) -> None:
        super().__init__(recipe=recipe)
        self._source = source
        self._looked_at = 0  # which test picture
        self._measure_at = self._weights_at = 0.0  # when they are due again while it plays

    def build(self, config: Config, settings: DigitsSettings) -> int:
        try:
            pictures = self._source(settings)
        except ValueError as error:
            if self._recipe is None:
                raise
            raise ValueError(words.awaited(error)) from None
        self.experiment = Reader(settings, pictures)
        self._looked_at = 0
        self._measure_at = self._weights_at = 0.0
        return GRADIENTS + len(self.experiment.dense_layers)

    def follow(self, config: Config, settings: DigitsSettings) -> bool:
        if settings.differing(self.experiment.settings) & settings.with_effect("structure"):
            return False
        self.experiment.apply(settings)
        return True

    def go(self, ticks: int) -> int:
        return self.trainer.run_steps(ticks)

    def rewind(self) -> None:
        diverged = self.condition == DIVERGED
        super().rewind()
        if diverged:
            self.rewound()

    def recipe_of_now(self) -> Recipe:
        if self.experiment.settings.digits_source == OWN:
            raise ValueError(words.NOT_IN_A_LINK)
        return super().recipe_of_now()

    @property
    def can_be_brought_back(self) -> bool:
        # Nothing here takes a long way once more: without checkpoints it goes back to its start.
        return bool(Resumable.can_be_brought_back.__get__(self))

    def look_at(self, index: Any) -> None:
        """Let this test picture go through the layers, if there is one of this number."""
        if is_index(index, len(self.experiment.pictures.test_labels)):
            self._looked_at = index

    # ---- pictures -------------------------------------------------------------------------

    def frame(self) -> Frame:
        run = self.experiment
        images = {"weights": drawing.weights(run.dense_layers[0], run.pictures.side)}
        signals = {"through": run.signals(self._looked_at)}
        return Frame(self.step, self.frame_row(), images, signals)

    def figures(self) -> dict[str, Any]:
        return {
            "readouts": [
                {"name": name, "label": words.READOUTS[name], "column": column}
                for name, column in READOUTS.items()
            ],
            "panels": panels(self.experiment, GRADIENTS),
        }

    def state(self, want: frozenset[str]) -> dict[str, dict[str, Any]]:
        run, index, now = self.experiment, self._looked_at, time.monotonic()
        pictures = run.pictures
        found: dict[str, dict[str, Any]] = {
            "through": {
                "picture": drawing.upright(pictures.picture(index)),
                "label": int(pictures.test_labels[index]),
                "index": index,
            }
        }
        if "draw" in want and (not self.playing or now > self._weights_at):
            sent = drawing.parameters(run.dense_layers)
            found["draw"] = {"weights": sent}
            self._weights_at = now + min(max(1.0, len(sent) / CARRIED_BYTES), SLOWEST)
        measures: dict[str, Callable[[], dict[str, Any]]] = {
            "confusion": self._confusion,
            "mistakes": self._mistakes,
            "facts": lambda: {"facts": self._facts()},
        }
        wanted = want & measures.keys()
        if wanted and (not self.playing or now > self._measure_at):
            began = time.thread_time()
            found |= {name: measures[name]() for name in sorted(wanted)}
            cost = time.thread_time() - began
            self._measure_at = now + max(MEASURE_EVERY, SCHEDULER.playing() * cost / ASIDE)
        return found

    def _confusion(self) -> dict[str, Any]:
        counts = self.experiment.confusion(self.experiment.reading(whole=not self.playing))
        return {"labels": [str(digit) for digit in range(CLASSES)], "counts": counts.tolist()}

    def _mistakes(self) -> dict[str, Any]:
        run, reading = self.experiment, self.experiment.reading(whole=not self.playing)
        places = run.mistakes(reading, MISTAKES)
        rows = [int(row) for row in reading.rows[places]]
        side = run.pictures.side
        shown = [run.pictures.picture(row) for row in rows]
        stack = np.array(shown, np.uint8).reshape(-1, side, side)
        truth = run.pictures.test_labels[rows]
        captions = [
            words.mistake(*each)
            for each in zip(truth, reading.said[places], reading.sure[places], strict=True)
        ]
        return {"pictures": drawing.upright(stack), "captions": captions, "values": rows}

    def _facts(self) -> list[tuple[str, str]]:
        run, trainer, reached = self.experiment, self.trainer, self._pacing.reached
        train, test = len(run.pictures.train_labels), len(run.pictures.test_labels)
        few = [words.part_of(MEASURED, count) for count in (train, test) if count > MEASURED]
        pace = words.NOT_YET_KNOWN if reached is None else words.pace(reached)
        facts = {
            "epochs": words.part_of(trainer.epoch, trainer.epochs),
            "steps": words.steps(trainer.steps, run.steps_per_epoch),
            "pace": pace,
            "parameters": f"{run.model.n_parameters:,}",
            "pictures": words.pictures(train, test),
            "measured": words.drawn_once(few) if few else words.ALL,
        }
        return [(words.FACTS[name], fact) for name, fact in facts.items()]

    def notice(self) -> Notice:
        return describe(self.experiment, self.status, told=self.told)
