"""The Playground's view: one viewer's network, its boundary, losses and gradients. No Streamlit.

A row: epoch, training loss, test loss, learning rate, then log10 of the gradient size of each of L
layers. A tick is one training step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.study.divergence_report import divergence_report
from engine.training.history import Record
from engine.training.snapshot import Snapshot
from engine.training.status import DIVERGED
from engine.training.trainer import Trainer
from playground.figures import boundary, curves, lines, network, palette
from playground.figures.terms import explained
from playground.live.history import stride
from playground.live.playable import LAST_STEPS, moving, rate_asked
from playground.live.protocol import Notice, Request
from playground.live.view import Command, Frame, Row, asking, panel
from playground.runs.recipe import Recipe
from playground.runs.scheduler import SCHEDULER
from playground.settings.config import LAYOUTS, LEARNING_RATES, Config
from playground.training.gauge import Gauge
from playground.training.notices import describe, rescued
from playground.training.shareable import Shareable

SIDE: Final = 60  # cells of the boundary's grid a side while playing
FINE_SIDE: Final = 100  # and at rest
MEASURE_EVERY: Final = 1.0  # seconds between two measurements, or two of the gauge, while playing
ASIDE: Final = 0.05  # seconds a second that each may take of all who play; else they are rarer
GRADIENTS: Final = 4  # the first of their columns in a row
_PIXELS: Final = 16_000  # that the unit maps of a diagram may have in all
_SWITCHES: Final = {
    "discretize": ("Discretise", "Show the class the network picks, without shades of certainty"),
    "show_test": ("Test points", "Show the points the network never trains on, as open diamonds"),
    "log_loss": ("Log axis", "A logarithmic axis gives each factor of ten the same height"),
}


def _rewind(view: TrainingView, request: Request) -> None:
    view.stop_at(None)
    view.rewind()
    if request.value is not None:
        view.say_why()
    view.note_end()


class TrainingView(Shareable):
    """Trains one viewer's experiment on request."""

    commands: ClassVar[Mapping[str, Command]] = {
        **Shareable.commands,
        "epoch": moving(lambda view: view.trainer.run_epochs(1), from_what_is_shown=True),
        "back": moving(lambda view: view.back(), from_what_is_shown=True),
        "new": moving(
            lambda view: None, change=lambda config, value: {"seed": (config.seed + 1) % 2**31}
        ),
        "rewind": Command(_rewind, change=rate_asked, stills=True),
        "halve": moving(
            lambda view: view.rewind(),
            change=lambda config, value: {"learning_rate": max(config.learning_rate / 2, 1e-6)},
        ),
        "explain": asking(lambda view, value: view.explain(), again=True),
    }
    buttons: ClassVar[tuple[str, ...]] = ("toggle", "batch", "epoch", "reset", "new", "share")
    label: ClassVar[str] = "The network learning"
    rated: ClassVar[bool] = True
    layouts: ClassVar[Mapping[str, str]] = LAYOUTS
    tick_by_tick: ClassVar[bool] = True

    _gauge: Gauge

    def __init__(self, *, play: bool = False, recipe: Recipe | None = None) -> None:
        """`play` lets it play from the beginning, or from where the way of `recipe` ends."""
        super().__init__(play=play, recipe=recipe)
        self._measure_at = self._gauge_at = 0.0  # when they are due again while it plays
        self._gauged: tuple[Config, bool] | None = None  # what the gauge was last read for
        self._critical: tuple[tuple[int, int, Config], float | None] | None = None  # when healthy

    @property
    def trainer(self) -> Trainer:
        """Of the run on show."""
        return self.experiment.trainer

    def build(self, config: Config, settings: Any) -> int:
        self.begin_experiment(config)
        self._gauge = Gauge(self.experiment)
        return GRADIENTS + len(self.experiment.dense_layers)

    def follow(self, config: Config, settings: Any) -> bool:
        before = self.experiment.config
        self.version += self.on_a_way or _rate_varies(before) != _rate_varies(config)
        return super().follow(config, settings)

    # ---- moving on ------------------------------------------------------------------------

    @property
    def step(self) -> int:
        return self.trainer.steps

    @property
    def place(self) -> float:
        return self.trainer.progress

    @property
    def ticks_a_unit(self) -> int:
        return self.experiment.steps_per_epoch

    @property
    def condition(self) -> str:
        return self.trainer.status

    @property
    def diverging(self) -> bool:
        return bool(self.trainer.diverging)

    @property
    def kept(self) -> tuple[int, int]:
        return self.trainer.history.generation, len(self.trainer.history)

    def kept_since(self, start: int) -> NDArray[np.float32]:
        new = self.trainer.history.since(start)
        numbers = (new["epoch"], new["loss"], new["val_loss"], new["learning_rate"])
        return np.column_stack([*numbers, network.log_sizes(new["gradient"])]).astype(np.float32)

    @property
    def trainers(self) -> list[Trainer]:
        return [self.trainer]

    def take_rows(self, rows: NDArray[np.float32]) -> None:
        history, wide = self.trainer.history, rows.astype(np.float64)
        history.cut(-1.0)
        for epoch, loss, test, rate, *sizes in wide:
            record = Record(loss, test, np.nan, np.nan, 10 ** np.array(sizes), rate)
            history.append(epoch, record)
        history.stride = stride(wide[:, 0])

    def move(self, ticks: int) -> int:
        return self.advance(ticks)  # at once: the trainer keeps the records

    def mark(self) -> object:
        return self.trainer.snapshot()

    def back_to(self, mark: object) -> None:
        if isinstance(mark, Snapshot):
            self.trainer.restore(mark)

    def restart(self) -> None:
        self.experiment.reset()

    def extend(self) -> None:
        self.experiment.extend()

    def back(self) -> None:
        """To the end of the epoch before, or to the start of one that has begun."""
        self.trainer.rewind(max(0, int(np.ceil(self.trainer.progress)) - 1))

    def rewind(self) -> None:
        """Before the divergence, if there was one."""
        if self.condition == DIVERGED:
            self.trainer.rewind_before_divergence()

    def _critical_before(self) -> float | None:
        """The critical rate where a run that diverged was last healthy; None if it is not known."""
        key = (
            self.run,
            self.step,
            replace(self._config, learning_rate=1.0),
        )  # it depends on all else
        if self._critical is None or self._critical[0] != key:
            before = self.experiment.fork()
            before.trainer.rewind_before_divergence()
            reading = Gauge(before).read(playing=False)
            ratio = None if reading is None else reading.ratio
            self._critical = key, self._config.learning_rate / ratio if ratio else None
        return self._critical[1]

    def _safe_rate(self) -> float | None:
        """Half the critical one, where that is less than the rate that spoilt the run."""
        critical = self._critical_before()
        if critical is None or critical / 2 >= self._config.learning_rate:
            return None
        return max(float(f"{critical / 2:.1e}"), LEARNING_RATES[0])

    def say_why(self) -> None:
        """Say why a run that was taken back has the rate of now."""
        if self._critical is not None and (critical := self._critical[1]) is not None:
            self.explain_restart(rescued(self.trainer.epoch, critical, self._config.learning_rate))

    def climb(self) -> list[Frame]:
        """What a person came to see; the last one shows the weights before the fatal step."""
        run, first = self.experiment, max(self.step + 1 - LAST_STEPS, 0)
        self.experiment = run.fork()
        try:
            return [self.frame() for _ in self.trainer.replay(first)]
        finally:
            self.experiment = run

    def explain(self) -> None:
        """Tell what happened to a run that diverged."""
        if self.condition == DIVERGED:
            self.tell("divergence_report", divergence_report(self.trainer).as_json())

    # ---- pictures -------------------------------------------------------------------------

    def frame_row(self) -> Row:
        trainer = self.trainer
        losses = np.array([trainer.train_loss, trainer.test_loss], np.float32)
        sizes = network.log_sizes(trainer.layer_gradient_rms())
        # float64, for float32 cannot tell late steps apart; numbers that are less exact pack well.
        return np.array([trainer.progress, *losses, trainer.current_learning_rate, *sizes])

    def frame(self) -> Frame:
        n = self.experiment.n_classes
        codes = boundary.codes(self.experiment.answers(SIDE), n)
        if self.playing and n in (0, 2):
            codes &= 0xFE  # one shade in 256 coarser, which packs a fifth smaller
        return Frame(self.step, self.frame_row(), {"boundary": codes.reshape(1, SIDE, SIDE)})

    def state(self, want: frozenset[str]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        now = time.monotonic()
        if not self.playing:
            answers, n = self.experiment.answers(FINE_SIDE), self.experiment.n_classes
            grids = boundary.codes(answers, n), boundary.hover_values(answers, n)
            codes, values = (grid.reshape(FINE_SIDE, FINE_SIDE) for grid in grids)
            found["boundary"] = {"codes": codes, "values": values}
        if "network" in want or self._have.run < 0:  # a new page has it in sight: it need not ask
            found["network"] = self._network()
        if "weights" in want:
            found["weights"] = {"sizes": network.log_magnitudes(self.trainer.gradient_now())}
        measures: dict[str, Callable[[], dict[str, Any]]] = {
            "measures": lambda: {"rows": self.experiment.measures()},
            "confusion": lambda: self.experiment.confusion() or {},
            "facts": lambda: {"facts": self._facts()},
        }
        wanted = want & measures.keys()
        if wanted and (not self.playing or now > self._measure_at):
            began = time.thread_time()
            found |= {name: measures[name]() for name in wanted}
            self._measure_at = now + _pause(time.thread_time() - began)
        # Another rate is seen at once, and a run that diverges is not "safe" a second longer. At
        # rest it is measured at each word, but not for all of a class at once.
        state, pause = (self._config, self.diverging), _pause(self._gauge.cost)
        due = now > self._gauge_at or (not self.playing and pause == MEASURE_EVERY)
        if due or not self.playing or state != self._gauged:
            reading = self._gauge.read(playing=self.playing, anew=due)
            self.tell("gauge", reading and reading.as_json())
            self.tell_critical(None if reading is None else reading.ratio)
            self._gauged = state
            if due:
                self._gauge_at = now + _pause(self._gauge.cost)
        return found

    def _network(self) -> dict[str, Any]:
        columns = sum(self.experiment.units)
        side = int(np.clip(np.sqrt(_PIXELS / columns), 6, 20))
        codes, ranges = network.unit_maps(self.experiment.unit_answers(side))
        dense = self.experiment.dense_layers
        return {
            "maps": codes.reshape(-1, side, side),
            "ranges": ranges,
            "weights": np.concatenate([layer.weight.ravel() for layer in dense]).astype(np.float32),
            "biases": np.concatenate([layer.bias.ravel() for layer in dense]).astype(np.float32),
        }

    def _facts(self) -> list[tuple[str, str]]:
        trainer, experiment = self.trainer, self.experiment
        reached = self._pacing.reached
        train, test = len(experiment.dataset.X_train), len(experiment.dataset.X_test)
        return [
            ("Epochs", f"{trainer.epoch:,} of {trainer.epochs:,}"),
            ("Steps", f"{trainer.steps:,} ({experiment.steps_per_epoch:,} an epoch)"),
            ("Epochs a second", "not yet known" if reached is None else f"{reached:,.3g}"),
            ("Parameters", f"{experiment.model.n_parameters:,}"),
            ("Points", f"{train:,} to train on, {test:,} to test"),
            ("Loss", experiment.loss_label),
        ]

    def figures(self) -> dict[str, Any]:
        experiment, config = self.experiment, self._config
        names = experiment.layer_names
        shapes = [layer.weight.shape for layer in experiment.dense_layers]
        shading = boundary.shading(experiment.n_classes)
        panels = [
            panel(
                "boundary",
                "boundary",
                boundary.title(experiment.n_classes),
                figure=boundary.figure(experiment.dataset),
                extent=experiment.dataset.extent,
                shading=shading,
                legend=boundary.legend(experiment.dataset),
                switches=[_switch(config, "discretize"), _switch(config, "show_test", dot="test")],
                box="charts",
            ),
            panel(
                "loss",
                "lines",
                "Loss",
                figure=lines.axes("epoch", experiment.loss_label),
                series=[
                    {"name": "training", "column": 1, "colour": "accent", "width": 2.2},
                    {"name": "test", "column": 2, "colour": "text", "width": 2.2, "dash": "dot"},
                ],
                legend=True,
                log="auto",
                decades=60,  # a divergence is seen from its start
                switches=[_switch(config, "log_loss")],
                box="charts",
            ),
            panel(
                "gradient",
                "layers",
                "Gradient size by layer",
                hint="typical pull on a weight, log scale",
                terms=explained("root mean square"),
                figure=curves.gradients(names),
                magnitude=palette.MAGNITUDE_STOPS,
                group="sizes",
                offset=GRADIENTS,
                layers=len(names),
                loss=1,
                box="charts",
            ),
            panel(
                "network",
                "network",
                "The network",
                hint="a square: what a unit answers over the plane · dashed: negative weight",
                columns=experiment.columns(),
                shading=shading,
                box="charts",
            ),
            panel("measures", "measures", "How good is it?", box="below"),
            panel("confusion", "confusion", "Confusion matrix", hint="test points", box="below"),
            panel("facts", "facts", "The run", box="below"),
            panel(
                "weights",
                "weights",
                "Gradient of every weight now",
                hint="|∂L/∂W| in the shape of each layer's weights",
                figure=network.weight_gradients(shapes, names),
                magnitude=palette.MAGNITUDE_STOPS,
                folded=True,
                span=12,
            ),
        ]
        return {
            "readouts": [
                {"name": "epoch", "label": "Epoch", "column": 0},
                {"name": "train", "label": "Training loss", "column": 1},
                {"name": "test", "label": "Test loss", "column": 2},
                *([{"name": "rate", "label": "Rate now", "column": 3}] * _rate_varies(config)),
            ],
            # A regression has no classes to confuse.
            "panels": [p for p in panels if experiment.n_classes or p["id"] != "confusion"],
        }

    def notice(self) -> Notice:
        if (way := self.notice_of_way()) is not None:
            return way
        safe = self._safe_rate() if self.condition == DIVERGED else None
        return describe(self.experiment, self.status, safe)


def _rate_varies(config: Config) -> bool:
    """Whether the rate of a step may be another than the one that is set."""
    return config.schedule != "constant" or config.warmup > 0 or config.decay > 0


def _pause(cost: float) -> float:
    """Seconds until something of this cost, in seconds, is due again while it plays."""
    return max(MEASURE_EVERY, SCHEDULER.playing() * cost / ASIDE)


def _switch(config: Config, name: str, **also: Any) -> dict[str, Any]:
    label, help_ = _SWITCHES[name]
    return {"name": name, "label": label, "help": help_, "on": getattr(config, name), **also}
