"""The Playground's view: one viewer's network, its boundary, losses and gradients. No Streamlit.

A row, as a TrainerView's, has no accuracies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np

from engine.training.status import DIVERGED
from playground.figures import boundary, curves, lines, network, palette
from playground.figures.terms import explained
from playground.live.playable import moving, rate_asked
from playground.live.protocol import Notice, Request
from playground.live.view import Command, Frame, panel
from playground.runs.recipe import Recipe
from playground.runs.scheduler import SCHEDULER
from playground.settings.config import LAYOUTS, LEARNING_RATES, Config
from playground.training import words
from playground.training.gauge import Gauge, Reading
from playground.training.notices import describe
from playground.training.shareable import Shareable

SIDE: Final = 60  # cells of the boundary's grid a side while playing
FINE_SIDE: Final = 100  # and at rest
MEASURE_EVERY: Final = 1.0  # seconds between two measurements, or two of the gauge, while playing
ASIDE: Final = 0.05  # seconds a second that each may take of all who play; else they are rarer
GRADIENTS: Final = 4  # the first of their columns in a row
_PIXELS: Final = 16_000  # that the unit maps of a diagram may have in all


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
        "rewind": Command(_rewind, change=rate_asked, stills=True),
        "reset": moving(lambda view: view.reset(), change=rate_asked),
    }
    buttons: ClassVar[tuple[str, ...]] = ("toggle", "batch", "epoch", "reset", "new", "share")
    label: ClassVar[str] = words.LOOK
    rate_name: ClassVar[str] = "learning_rate"
    layouts: ClassVar[Mapping[str, str]] = LAYOUTS

    _gauge: Gauge

    def __init__(self, *, play: bool = False, recipe: Recipe | None = None) -> None:
        """`play` lets it play from the beginning, or from where the way of `recipe` ends."""
        super().__init__(play=play, recipe=recipe)
        self._measure_at = self._gauge_at = 0.0  # when they are due again while it plays
        self._gauged: tuple[Config, bool] | None = None  # what the gauge was last read for
        self._marked: tuple[int, Config, float] | None = None  # run, settings, the critical rate
        self._critical: tuple[tuple[int, int, Config], float | None] | None = None  # when healthy

    def build(self, config: Config, settings: Any) -> int:
        self.begin_experiment(config)
        self._gauge = Gauge(self.experiment)
        return GRADIENTS + len(self.experiment.dense_layers)

    def follow(self, config: Config, settings: Any) -> bool:
        before = self.experiment.config
        self.version += self.on_a_way or _rate_varies(before) != _rate_varies(config)
        return super().follow(config, settings)

    # ---- moving on ------------------------------------------------------------------------

    def back(self) -> None:
        """To the end of the epoch before, or to the start of one that has begun."""
        self.trainer.rewind(max(0, int(np.ceil(self.trainer.progress)) - 1))

    def _critical_before(self) -> float | None:
        """The critical rate where a run that diverged was last healthy; None if it is not known.

        Of one that goes on, at its start.
        """
        diverged = self.condition == DIVERGED
        rest = replace(self._config, learning_rate=1.0)  # it depends on all else
        key = self.run, self.step if diverged else 0, rest
        if self._critical is None or self._critical[0] != key:
            before = self.experiment.fork()
            if diverged:
                before.trainer.rewind_before_divergence()
            else:
                before.reset()
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
            rate = self._config.learning_rate
            self.explain_restart(words.rescued(self.trainer.epoch, critical, rate))

    # ---- pictures -------------------------------------------------------------------------

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
        few = pause == MEASURE_EVERY or SCHEDULER.playing() <= 1  # itself, until a moment ago
        due = now > self._gauge_at or (not self.playing and few)
        if due or not self.playing or state != self._gauged:
            reading = self._gauge.read(playing=self.playing, anew=due)
            self.tell("gauge", reading and reading.as_json())
            self._mark_critical(reading)
            self._gauged = state
            if due:
                self._gauge_at = now + _pause(self._gauge.cost)
            elif reading is not None and reading.text == words.LATER:
                self.tell("again", self._gauge_at - now)
        return found

    def _mark_critical(self, reading: Reading | None) -> None:
        """Mark the critical rate; what is measured at rest only stays in play, as that of then."""
        rest, then = replace(self._config, learning_rate=1.0, speed="max"), self._marked
        waits = reading is not None and reading.text in (words.AT_PAUSE, words.LATER)
        if waits and then is not None and then[:2] == (self.run, rest):
            self.tell("critical", then[2])
            self.tell("critical_was", words.mark_of(self._gauge.measured_at))
            return
        ratio = None if reading is None else reading.ratio
        self.tell_critical(ratio)
        self.tell("critical_was", "")
        rate = self._config.learning_rate
        self._marked = (self.run, rest, rate / ratio) if ratio else None

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
        train, test = experiment.dataset.X_train, experiment.dataset.X_test
        return words.facts(
            (trainer.epoch, trainer.epochs or 0),
            (trainer.steps, experiment.steps_per_epoch),
            self._pacing.reached,
            experiment.model.n_parameters,
            (len(train), len(test)),
            experiment.loss_label,
        )

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
                terms=explained("discretise"),
                switches=[_switch(config, "discretize"), _switch(config, "show_test", dot="test")],
                box="charts",
            ),
            panel(
                "loss",
                "lines",
                words.LOSS,
                figure=lines.axes(words.OVER_EPOCHS, experiment.loss_label),
                series=lines.training_and_test(1),
                legend=True,
                log="auto",
                decades=60,  # a divergence is seen from its start
                terms=explained("logarithmic axis"),
                switches=[_switch(config, "log_loss")],
                box="charts",
            ),
            panel(
                "gradient",
                "layers",
                words.SIZES[0],
                hint=words.SIZES[1],
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
                words.NETWORK[0],
                hint=words.NETWORK[1],
                columns=experiment.columns(),
                shading=shading,
                box="charts",
            ),
            panel("measures", "measures", words.MEASURES, box="below"),
            panel(
                "confusion", "confusion", words.CONFUSION[0], hint=words.CONFUSION[1], box="below"
            ),
            panel("facts", "facts", words.FACTS, box="below"),
            panel(
                "weights",
                "weights",
                words.WEIGHTS[0],
                hint=words.WEIGHTS[1],
                figure=network.weight_gradients(shapes, names),
                magnitude=palette.MAGNITUDE_STOPS,
                folded=True,
                span=12,
            ),
        ]
        return {
            "readouts": [
                {"name": "epoch", "label": words.EPOCH, "column": 0},
                {"name": "train", "label": words.TRAINING_LOSS, "column": 1},
                {"name": "test", "label": words.TEST_LOSS, "column": 2},
                *([{"name": "rate", "label": words.RATE_NOW, "column": 3}] * _rate_varies(config)),
            ],
            # A regression has no classes to confuse.
            "panels": [p for p in panels if experiment.n_classes or p["id"] != "confusion"],
        }

    def notice(self) -> Notice:
        if (way := self.notice_of_way()) is not None:
            return way
        return describe(self.experiment, self.status, self._safe_rate)


def _rate_varies(config: Config) -> bool:
    """Whether the rate of a step may be another than the one that is set."""
    return config.schedule != "constant" or config.warmup > 0 or config.decay > 0


def _pause(cost: float) -> float:
    """Seconds until something of this cost, in seconds, is due again while it plays."""
    return max(MEASURE_EVERY, SCHEDULER.playing() * cost / ASIDE)


def _switch(config: Config, name: str, **also: Any) -> dict[str, Any]:
    label = words.SWITCHES[name]
    return {
        "name": name,
        "label": label,
        "help": label.help,
        "on": getattr(config, name),
        **also,
    }
