"""The digits page's view: one viewer's network, what it looks for, and what it gets wrong.

A row: epoch, training and test loss, training and test accuracy in %, learning rate, then log10 of
the gradient size of each of L layers. A tick is one training step, since an epoch may be long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.study.divergence_report import divergence_report
from engine.training.history import Record
from engine.training.snapshot import Snapshot
from engine.training.trainer import Trainer
from playground.data.digits import CLASSES
from playground.digits import drawing
from playground.digits.figures import panels
from playground.digits.pictures import Pictures
from playground.digits.reader import MEASURED, Reader
from playground.digits.settings import DigitsSettings
from playground.digits.sources import pictures_of
from playground.digits.words import describe, mistake
from playground.figures import network
from playground.live.history import stride
from playground.live.playable import LAST_STEPS, Playable
from playground.live.protocol import Notice, is_index
from playground.live.resumable import CARRIED_BYTES, Resumable
from playground.live.view import Command, Frame, Row, asking
from playground.runs.scheduler import SCHEDULER
from playground.settings.config import Config

GRADIENTS: Final = 6  # the first of their columns in a row
MISTAKES: Final = 12  # that are shown
LONGEST_WAY: Final = 2_000  # steps that are taken again to show how a run diverged
MEASURE_EVERY: Final = 1.0  # seconds between two looks at all test pictures while playing
ASIDE: Final = 0.05  # seconds a second that these may take of all who play; else they are rarer
SLOWEST: Final = 5.0  # seconds between two times that the weights are sent while playing

# The pictures that settings name, or a ValueError that says why there are none yet.
Source = Callable[[DigitsSettings], Pictures]


class DigitsView(Playable):
    """Trains one viewer's reader on the pictures that `source` has for its settings."""

    commands: ClassVar[Mapping[str, Command]] = {
        **Playable.commands,
        "go": asking(lambda view, value: view.look_at(value)),
        "explain": asking(lambda view, value: view.explain(), again=True),
    }
    buttons: ClassVar[tuple[str, ...]] = ("toggle", "batch", "reset")
    label: ClassVar[str] = "The network learning to read"
    tick_by_tick: ClassVar[bool] = True

    _run: Reader

    def __init__(self, source: Source = pictures_of) -> None:
        super().__init__()
        self._source = source
        self._looked_at = 0  # which test picture
        self._measure_at = self._weights_at = 0.0  # when they are due again while it plays

    def build(self, config: Config, settings: DigitsSettings) -> int:
        self._run = Reader(settings, self._source(settings))
        self._looked_at = 0
        self._measure_at = self._weights_at = 0.0
        return GRADIENTS + len(self._run.dense_layers)

    def follow(self, config: Config, settings: DigitsSettings) -> bool:
        if settings.differing(self._run.settings) & settings.with_effect("structure"):
            return False
        self._run.apply(settings)
        return True

    # ---- moving on ------------------------------------------------------------------------

    @property
    def _trainer(self) -> Trainer:
        return self._run.trainer

    @property
    def trainers(self) -> list[Trainer]:
        return [self._trainer]

    @property
    def step(self) -> int:
        return self._trainer.steps

    @property
    def place(self) -> float:
        return self._trainer.progress

    @property
    def ticks_a_unit(self) -> int:
        return self._run.steps_per_epoch

    @property
    def condition(self) -> str:
        return self._trainer.status

    @property
    def diverging(self) -> bool:
        return bool(self._trainer.diverging)

    def advance(self, ticks: int) -> int:
        return self._trainer.run_steps(ticks)

    def move(self, ticks: int) -> int:
        return self.advance(ticks)  # at once: the trainer keeps the records

    def mark(self) -> object:
        return self._trainer.snapshot()

    def back_to(self, mark: object) -> None:
        if isinstance(mark, Snapshot):
            self._trainer.restore(mark)

    def restart(self) -> None:
        self._run.reset()

    def extend(self) -> None:
        self._run.extend()

    @property
    def can_be_brought_back(self) -> bool:
        # Nothing here goes back but to what was shown: it needs no checkpoints.
        return bool(Resumable.can_be_brought_back.__get__(self))

    # ---- its rows -------------------------------------------------------------------------

    @property
    def kept(self) -> tuple[int, int]:
        return self._trainer.history.generation, len(self._trainer.history)

    def kept_since(self, start: int) -> NDArray[np.float32]:
        new = self._trainer.history.since(start)
        shares = np.column_stack([new["accuracy"], new["val_accuracy"]]).astype(np.float32) * 100
        losses = new["epoch"], new["loss"], new["val_loss"]
        sizes = new["learning_rate"], network.log_sizes(new["gradient"])
        return np.column_stack([*losses, shares, *sizes]).astype(np.float32)

    def take_rows(self, rows: NDArray[np.float32]) -> None:
        history, wide = self._trainer.history, rows.astype(np.float64)
        history.cut(-1.0)
        for epoch, loss, test, right, tested, rate, *sizes in wide:
            gradient = 10 ** np.array(sizes)
            history.append(epoch, Record(loss, test, right / 100, tested / 100, gradient, rate))
        history.stride = stride(wide[:, 0])

    def frame_row(self) -> Row:
        trainer = self._trainer
        sizes = network.log_sizes(trainer.layer_gradient_rms())
        losses = np.array([trainer.train_loss, trainer.test_loss], np.float32)
        shares = np.array([trainer.train_accuracy, trainer.test_accuracy], np.float32) * 100
        # float64, for float32 cannot tell late steps apart; numbers that are less exact pack well.
        numbers = trainer.progress, *losses, *shares, trainer.current_learning_rate
        return np.array([*numbers, *sizes])

    # ---- how it ended ---------------------------------------------------------------------

    @property
    def _way(self) -> int:
        """Steps from the last checkpoint to the end, where its last steps are taken again."""
        first = self.step + 1 - LAST_STEPS
        before = [each.steps for each in self._trainer.checkpoints.entries if each.steps <= first]
        return self.step - max(before, default=0)

    def climb(self) -> list[Frame]:
        if self._way > LONGEST_WAY:
            return []
        run = self._run
        self._run = run.fork()
        try:
            return [self.frame() for _ in self._trainer.replay(max(self.step + 1 - LAST_STEPS, 0))]
        finally:
            self._run = run

    def explain(self) -> None:
        """Tell what happened to a run that diverged."""
        if self.condition == "diverged" and self._way <= LONGEST_WAY:
            self.tell("divergence_report", divergence_report(self._trainer).as_json())

    def look_at(self, index: Any) -> None:
        """Let this test picture go through the layers, if there is one of this number."""
        if is_index(index, len(self._run.pictures.test_labels)):
            self._looked_at = index

    # ---- pictures -------------------------------------------------------------------------

    def frame(self) -> Frame:
        run = self._run
        images = {"weights": drawing.weights(run.dense_layers[0], run.pictures.side)}
        signals = {"through": run.signals(self._looked_at)}
        return Frame(self.step, self.frame_row(), images, signals)

    def figures(self) -> dict[str, Any]:
        return {
            "readouts": [
                {"name": "epoch", "label": "Epoch", "column": 0},
                {"name": "loss", "label": "Test loss", "column": 2},
                {"name": "training", "label": "Training right, %", "column": 3},
                {"name": "right", "label": "Test right, %", "column": 4},
            ],
            "panels": panels(self._run, GRADIENTS),
        }

    def state(self, want: frozenset[str]) -> dict[str, dict[str, Any]]:
        run, index, now = self._run, self._looked_at, time.monotonic()
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
        counts = self._run.confusion(self._run.reading(whole=not self.playing))
        return {"labels": [str(digit) for digit in range(CLASSES)], "counts": counts.tolist()}

    def _mistakes(self) -> dict[str, Any]:
        run, reading = self._run, self._run.reading(whole=not self.playing)
        places = run.mistakes(reading, MISTAKES)
        rows = [int(row) for row in reading.rows[places]]
        side = run.pictures.side
        shown = [run.pictures.picture(row) for row in rows]
        stack = np.array(shown, np.uint8).reshape(-1, side, side)
        truth = run.pictures.test_labels[rows]
        captions = [
            mistake(*each)
            for each in zip(truth, reading.said[places], reading.sure[places], strict=True)
        ]
        return {"pictures": drawing.upright(stack), "captions": captions, "values": rows}

    def _facts(self) -> list[tuple[str, str]]:
        run, trainer, reached = self._run, self._trainer, self._pacing.reached
        train, test = len(run.pictures.train_labels), len(run.pictures.test_labels)
        few = [f"{MEASURED:,} of {count:,}" for count in (train, test) if count > MEASURED]
        return [
            ("Epochs", f"{trainer.epoch:,} of {trainer.epochs:,}"),
            ("Steps", f"{trainer.steps:,} ({run.steps_per_epoch:,} an epoch)"),
            ("Epochs a second", "not yet known" if reached is None else f"{reached:,.3g}"),
            ("Weights and biases", f"{run.model.n_parameters:,}"),
            ("Pictures", f"{train:,} to train on, {test:,} to test"),
            ("Charts are measured on", f"{' and '.join(few)}, drawn once" if few else "all"),
        ]

    def notice(self) -> Notice:
        return describe(self._run, self.status, told=self._way <= LONGEST_WAY)
