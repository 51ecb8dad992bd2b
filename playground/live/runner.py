"""One viewer's run: takes the browser's requests, trains for a while, answers with one message.

A message carries several frames. The browser plays them and asks for more before they run out, so
nobody trains for a tab that nobody looks at. Knows no Streamlit.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from engine.study.divergence_report import autopsy
from engine.training.snapshot import Snapshot
from engine.training.status import DIVERGED
from playground.config import DISPLAY_FIELDS, SPEEDS, Config
from playground.experiment import Experiment
from playground.fields import FieldError
from playground.figures import boundary, curves, network, palette
from playground.gate import GATE
from playground.live.gauge import Gauge
from playground.live.notices import Notice, describe
from playground.live.wire import Request, differences, pack

SIDE: Final = 60  # cells of the boundary's grid a side while playing
FINE_SIDE: Final = 100  # and at rest
FRAMES_PER_SECOND: Final = 30  # of a run at a chosen speed
FASTEST_FRAMES: Final = 60  # a second, when it goes as fast as it can
BURST: Final = 0.25  # seconds of training in one message at full speed
FIRST_BURST: Final = (
    0.05  # the first message after Play is short, so that the picture moves at once
)
PACED_SECONDS: Final = 0.5  # of play in one message at a chosen speed
MEASURE_EVERY: Final = 1.0  # seconds between two measurements, or two of the gauge, while playing
FRAME_SHARE: Final = 0.5  # of a burst that frames may cost before there are fewer of them
LAST_STEPS: Final = 24  # before a divergence, which are shown one by one
_REMEMBERED: Final = 4  # messages whose start is kept, so that Pause can go back to what was shown
_PIXELS: Final = 16_000  # that the unit maps of a diagram may have in all

_AGAIN: Final = {"look", "explain"}  # commands that change nothing


@dataclass(frozen=True)
class Frame:
    """What one picture shows, taken at one moment of training."""

    progress: float
    steps: int
    train_loss: float
    test_loss: float
    gradient: np.ndarray[Any, np.dtype[np.float32]]
    codes: np.ndarray[Any, np.dtype[np.uint8]]


class Runner:
    """Trains one viewer's experiment on request. `handle` is the only way in."""

    def __init__(self, config: Config, *, play: bool = False) -> None:
        self.experiment = Experiment(config)
        self.playing = play
        self.version = 0  # of the figures: data and architecture
        self.run = 0  # counts starts
        self._sequence = 0
        self._answered = 0
        self._have = Request(0, "look")
        self._starts: deque[tuple[Snapshot, Config]] = deque(maxlen=_REMEMBERED)
        self._carry = 0.0
        self._fresh = True
        self._frame_cost = 0.002
        self._step_cost: float | None = None  # seconds, once a step has been taken
        self._pace: float | None = None
        self._asked = 0.0
        self._cycle = BURST  # seconds from one request for frames to the next, at full speed
        self._measured = 0.0
        self._gauged, self._gauged_diverging = 0.0, False
        self._gauge = Gauge(self.experiment)
        self._autopsy: dict[str, Any] | None = None  # for the next message only
        self._climb: list[Frame] = []  # to the divergence of the run
        self._restarted: str | None = None

    # ---- requests -------------------------------------------------------------------------

    def handle(
        self, request: Request | None, config: Config, *, anew: bool = False
    ) -> tuple[bytes, Config]:
        """Bring the run to `config`, do what is asked, answer.

        `request` is None when the page was drawn anew without one. `anew` asks for a run of its
        own, even where the present one could go on with `config`. Returns the message and the
        Config, which the request may have changed (speed, display, seed, learning rate).
        """
        if request is not None and request.run < 0:
            self._answered = 0  # a new browser half, which counts from the beginning
        frames: list[Frame] = []
        with GATE.turn() as viewers:
            for due in self._due(request):
                if due is not None:
                    config = self._changed(due, config)
                self._follow(config, anew)
                anew = False
                frames = self._act(due, viewers)
            if request is not None:
                self._have = request
                self._answered = max(self._answered, request.number)
            message = self._message(frames)
        return message, config

    def _due(self, request: Request | None) -> list[Request | None]:
        """What is to be done now, one after the other; a look where all is done already."""
        if request is None:
            return [None]
        due: list[Request | None] = [*request.due(self._answered)]
        if not due and request.command in _AGAIN:
            due.append(request)
        return due or [None]

    def _changed(self, request: Request, config: Config) -> Config:
        """The Config after a request that changes settings; bad values change nothing."""
        changes: dict[str, Any] = {}
        if request.command == "speed":
            changes = {"speed": request.value}
        elif request.command == "view" and isinstance(request.value, dict):
            changes = {k: v for k, v in request.value.items() if k in DISPLAY_FIELDS}
        elif request.command == "new":
            changes = {"seed": (config.seed + 1) % 2**31}
        elif request.command == "halve":
            changes = {"learning_rate": max(config.learning_rate / 2, 1e-6)}
        try:
            return replace(config, **changes)
        except FieldError:
            return config

    def _follow(self, config: Config, anew: bool) -> None:
        """Take over changed settings: at once where the run can go on, else start anew."""
        old = self.experiment.config
        if not anew:
            if config == old:
                return
            if self.experiment.can_apply(config):
                self.experiment.apply(config)
                return
        changed = [
            spec.label.lower()
            for name, spec in Config.FIELDS.items()
            if spec.effect == "structure" and getattr(old, name) != getattr(config, name)
        ]
        self.experiment = Experiment(config)
        self._gauge = Gauge(self.experiment)
        self.version += 1
        self.playing = False
        self._begin(None if anew else ", ".join(changed))

    def _begin(self, changed: str | None = None) -> None:
        """Note that the run is at its start again."""
        self.run += 1
        self._starts.clear()
        self._climb = []
        self._fresh = True
        self._pace = None
        self._carry = 0.0
        self._step_cost = None
        self._restarted = changed

    def _act(self, request: Request | None, viewers: int) -> list[Frame]:
        trainer = self.experiment.trainer
        command = "look" if request is None else request.command
        if command == "play":
            self._restarted = None
            self._fresh = True
            if trainer.status == "finished":
                self.experiment.extend()
            self.playing = trainer.status in ("ready", "running")
        elif command == "pause" and request is not None:
            self.playing = False
            self._return_to(request.step)
        elif command in _MOVES and request is not None:
            move, from_what_is_shown = _MOVES[command]
            if self.playing and from_what_is_shown:
                self._return_to(request.step)
            self.playing = False
            self._restarted = None
            self._starts.clear()
            self._pace = None
            move(self)
            if trainer.status == DIVERGED:
                self._climb = self._last_steps()
        elif command == "explain" and trainer.status == DIVERGED:
            self._autopsy = autopsy(trainer).as_json()
        if self.playing and command in ("tick", "play", "speed", "view"):
            return self._advance(viewers)
        return [self._frame()]

    def _step(self) -> None:
        self.experiment.trainer.run_steps(1)

    def _epoch(self) -> None:
        self.experiment.trainer.run_epochs(1)

    def _back(self) -> None:
        trainer = self.experiment.trainer
        trainer.rewind(max(0, int(np.ceil(trainer.progress)) - 1))

    def _reset(self) -> None:
        self.experiment.reset()
        self._begin()

    def _rewind(self) -> None:
        if self.experiment.trainer.status == DIVERGED:
            self.experiment.trainer.rewind_before_divergence()

    def _return_to(self, step: int) -> None:
        """Go back to the step that the browser shows: what a person sees is what is kept.

        The way there is gone again under the settings of then.
        """
        trainer, now = self.experiment.trainer, self.experiment.config
        found = next((s for s in reversed(self._starts) if s[0].steps <= step), None)
        self._starts.clear()
        if found is not None and 0 <= step < trainer.steps:
            start, then = found
            self.experiment.apply(then)
            trainer.restore(start)
            trainer.run_steps(step - start.steps)
            self.experiment.apply(now)

    # ---- training -------------------------------------------------------------------------

    def _advance(self, viewers: int) -> list[Frame]:
        """Train one message's worth; its frames, the last taken at the end of it."""
        trainer = self.experiment.trainer
        self._starts.append((trainer.snapshot(), self.experiment.config))
        began, steps_before = time.perf_counter(), trainer.steps
        train = self._flat_out if self._is_flat_out() else self._paced
        frames = list(train(viewers))
        self._fresh = False
        if trainer.status == DIVERGED:
            self._climb = self._last_steps()
            frames = [f for f in frames if f.steps < self._climb[0].steps]
            frames += [f for f in self._climb if f.steps >= steps_before]
        if trainer.status not in ("ready", "running"):
            self.playing = False
        self._clock(time.perf_counter() - began, steps_before)
        return frames

    def _last_steps(self) -> list[Frame]:
        """The last steps of a run that diverged, one by one: the climb that a person came to see.

        The last one shows the weights before the fatal step.
        """
        run = self.experiment
        first = max(run.trainer.steps + 1 - LAST_STEPS, 0)
        self.experiment = run.fork()
        try:
            return [self._frame() for _ in self.experiment.trainer.retrace(first)]
        finally:
            self.experiment = run

    def _clock(self, seconds: float, steps_before: int) -> None:
        """Keep the epochs a second that training reaches, for those who ask how fast it is."""
        steps = self.experiment.trainer.steps - steps_before
        if seconds <= 0 or steps <= 0:
            return
        if not self._is_flat_out():
            seconds = self.seconds_per_message
        rate = steps / self.experiment.steps_per_epoch / seconds
        self._pace = rate if self._pace is None else 0.7 * self._pace + 0.3 * rate

    @property
    def frames_per_second(self) -> float:
        """How fast the browser plays the frames of a message."""
        speed = SPEEDS[self.experiment.config.speed]
        if speed.one_batch_per_frame:
            return FRAMES_PER_SECOND
        if self._is_flat_out():
            return FASTEST_FRAMES
        # No more frames than there are steps to show.
        return min(FRAMES_PER_SECOND, speed.epochs_per_second * self.experiment.steps_per_epoch)

    @property
    def seconds_per_message(self) -> float:
        """Seconds of play in one message at a chosen speed: at least one frame."""
        return max(PACED_SECONDS, 1 / self.frames_per_second)

    def _paced(self, viewers: int) -> Iterator[Frame]:
        """Frames at a chosen speed; fewer, when this viewer's share of the machine is used up."""
        trainer = self.experiment.trainer
        speed = SPEEDS[self.experiment.config.speed]
        rate = self.frames_per_second
        count = max(1, round(self.seconds_per_message * rate))
        if self._fresh:
            count = max(1, count // 4)
        per_frame = 1.0
        if not speed.one_batch_per_frame:
            per_frame = speed.epochs_per_second * self.experiment.steps_per_epoch / rate
        end = time.perf_counter() + 0.8 * self.seconds_per_message / viewers
        for _ in range(count):
            self._carry += per_frame
            whole = int(self._carry)
            self._carry -= whole
            self._train(whole, end)
            yield self._frame()
            if trainer.status not in ("ready", "running") or time.perf_counter() > end:
                return

    def _flat_out(self, viewers: int) -> Iterator[Frame]:
        """As fast as it goes: frames at even times, as many as their cost allows."""
        trainer = self.experiment.trainer
        burst = FIRST_BURST if self._fresh else BURST
        burst = max(burst / viewers, 0.03)
        self._time_cycle(burst)
        # The browser shows them over a whole cycle: training, the way to it and back.
        wanted = (burst if self._fresh else self._cycle) * FASTEST_FRAMES / viewers
        count = max(1, min(round(wanted), int(FRAME_SHARE * burst / self._frame_cost)))
        if self._step_cost is not None:
            count = max(1, min(count, int(burst / self._step_cost)))
        began = time.perf_counter()
        for i in range(count):
            due = began + (i + 1) * burst / count - self._frame_cost
            while True:
                self._train(100_000, due)
                if trainer.status not in ("ready", "running"):
                    break
                if time.perf_counter() + (self._step_cost or 0) >= due:
                    break
            started = time.perf_counter()
            yield self._frame()
            self._frame_cost = 0.7 * self._frame_cost + 0.3 * (time.perf_counter() - started)
            if trainer.status not in ("ready", "running"):
                return

    def _train(self, steps: int, until: float) -> None:
        """Train for `steps` steps, or for those that fit in before `until`: at least one."""
        if self._step_cost is None:  # a first step tells what the others will cost
            steps -= self._timed(min(steps, 1))
        cost = self._step_cost or 1e-6
        self._timed(min(steps, max(1, int((until - time.perf_counter()) / cost))))

    def _timed(self, steps: int) -> int:
        """Train and learn what a step costs; returns the steps taken."""
        started = time.perf_counter()
        taken = self.experiment.trainer.run_steps(steps)
        if taken:
            self._step_cost = max((time.perf_counter() - started) / taken, 1e-6)
        return taken

    def _time_cycle(self, burst: float) -> None:
        now = time.monotonic()
        since, self._asked = now - self._asked, now
        if not self._fresh and since < 4 * BURST:
            self._cycle += 0.3 * (max(since, burst) - self._cycle)

    def _frame(self) -> Frame:
        trainer, experiment = self.experiment.trainer, self.experiment
        codes = boundary.codes(experiment.answers(SIDE), experiment.n_classes)
        if self.playing and experiment.n_classes in (0, 2):
            codes &= 0xFE  # one shade in 256 coarser, which packs a fifth smaller
        return Frame(
            progress=trainer.progress,
            steps=trainer.steps,
            train_loss=trainer.train_loss,
            test_loss=trainer.test_loss,
            gradient=log_sizes(trainer.layer_gradient_rms()),
            codes=codes,
        )

    # ---- the message ----------------------------------------------------------------------

    def _message(self, frames: list[Frame]) -> bytes:
        experiment, trainer = self.experiment, self.experiment.trainer
        config, have = experiment.config, self._have
        self._sequence += 1
        header: dict[str, Any] = {
            "seq": self._sequence,
            "answers": self._answered,
            "version": self.version,
            "run": self.run,
            "playing": self.playing,
            "status": self.status,
            "diverging": bool(trainer.diverging),
            "interval": 1000 / self._played_rate(len(frames)),
            "lead": 1000 * (self._cycle + 0.15 if self._is_flat_out() else 0.25),
            "rate": float(trainer.current_learning_rate),
            "speed": config.speed,
            "speeds": [(name, speed.label) for name, speed in SPEEDS.items()],
            "notice": self._notice().as_json(),
        }
        arrays: dict[str, Any] = {
            "epochs": np.array([f.progress for f in frames]),
            "steps": np.array([float(f.steps) for f in frames]),
            "losses": np.array([(f.train_loss, f.test_loss) for f in frames], dtype=np.float32),
            "layers": np.stack([f.gradient for f in frames]),
            "codes": differences(
                np.stack([f.codes for f in frames]).reshape(len(frames), SIDE, SIDE)
            ),
        }
        if have.figures != self.version:
            header["figures"] = self._figures()
            header["options"] = {name: getattr(config, name) for name in sorted(DISPLAY_FIELDS)}
        self._add_history(header, arrays)
        if trainer.status == DIVERGED and self._climb:
            arrays["climb"] = np.array(
                [(f.progress, f.train_loss, f.test_loss, *f.gradient) for f in self._climb],
                dtype=np.float32,
            )
        if have.want_network:
            arrays |= self._network()
        if have.want_weights:
            arrays["gradients"] = network.log_magnitudes(trainer.gradient_now())
        if not self.playing:
            answers = experiment.answers(FINE_SIDE)
            n = experiment.n_classes
            shape = (FINE_SIDE, FINE_SIDE)
            arrays["fine"] = boundary.codes(answers, n).reshape(shape)
            arrays["values"] = boundary.hover_values(answers, n).reshape(shape)
        now = time.monotonic()
        if have.want_measures and (not self.playing or now - self._measured > MEASURE_EVERY):
            self._measured = now
            header["measures"] = experiment.measures()
            header["confusion"] = experiment.confusion()
        if "measures" in header or not self.playing:
            header["facts"] = self._facts()
        if (
            not self.playing
            or now - self._gauged > MEASURE_EVERY
            or (trainer.diverging and not self._gauged_diverging)  # not "safe" a second longer
        ):
            self._gauged, self._gauged_diverging = now, trainer.diverging
            found = self._gauge.read(playing=self.playing)
            header["gauge"] = None if found is None else found.as_json()
        if self._autopsy is not None:
            header["autopsy"], self._autopsy = self._autopsy, None
        return pack(header, arrays)

    def _played_rate(self, frames: int) -> float:
        if not self._is_flat_out():
            return self.frames_per_second
        return max(4.0, min(float(FASTEST_FRAMES), frames / self._cycle))

    def _is_flat_out(self) -> bool:
        return bool(np.isinf(SPEEDS[self.experiment.config.speed].epochs_per_second))

    @property
    def status(self) -> str:
        """The trainer's status, or "paused" for a run that stands still midway."""
        status = self.experiment.trainer.status
        if status in ("ready", "running"):
            if self.playing:
                return "running"
            return "paused" if self.experiment.trainer.steps else "ready"
        return status

    def _notice(self) -> Notice:
        return describe(self.experiment, self.status, self._restarted)

    def _add_history(self, header: dict[str, Any], arrays: dict[str, Any]) -> None:
        """The records that the browser has not got yet; all of them where its own are outdated."""
        history, have = self.experiment.trainer.history, self._have
        generation = self._generation()
        count = len(history.epoch)
        known = have.run == self.run and have.generation == generation and have.rows <= count
        start = have.rows if known else 0
        header["history"] = {"generation": generation, "start": start}
        arrays["history"] = np.column_stack(
            [
                history.epoch[start:],
                history.loss[start:],
                history.val_loss[start:],
                log_sizes(history.gradient[start:]),
            ]
        ).astype(np.float32)

    def _generation(self) -> int:
        # Records of two runs must never be taken for each other.
        return self.run * 1_000_000 + self.experiment.trainer.history.generation

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
        trainer, experiment = self.experiment.trainer, self.experiment
        pace = "not yet known" if self._pace is None else f"{self._pace:,.3g}"
        train, test = len(experiment.dataset.X_train), len(experiment.dataset.X_test)
        return [
            ("Epochs", f"{trainer.epoch:,} of {trainer.epochs:,}"),
            ("Steps", f"{trainer.steps:,} ({experiment.steps_per_epoch:,} an epoch)"),
            ("Epochs a second", pace),
            ("Parameters", f"{experiment.model.n_parameters:,}"),
            ("Points", f"{train:,} to train on, {test:,} to test"),
            ("Loss", experiment.loss_label),
        ]

    def _figures(self) -> dict[str, Any]:
        experiment = self.experiment
        names = experiment.layer_names
        shapes = [layer.weight.shape for layer in experiment.dense_layers]
        return {
            "version": self.version,
            "title": boundary.title(experiment.n_classes),
            "extent": experiment.dataset.extent,
            "shading": boundary.shading(experiment.n_classes),
            "legend": boundary.legend(experiment.dataset),
            "magnitude": palette.MAGNITUDE_STOPS,
            "boundary": json.loads(boundary.figure(experiment.dataset).to_json()),
            "loss": json.loads(curves.loss(experiment.loss_label).to_json()),
            "gradient": json.loads(curves.gradients(names).to_json()),
            "weights": json.loads(network.weight_gradients(shapes, names).to_json()),
            "structure": {"columns": experiment.columns()},
        }


# The moves of a run that then stands still: what to do, and whether it goes on from what is shown.
_MOVES: Final[Mapping[str, tuple[Callable[[Runner], None], bool]]] = {
    "step": (Runner._step, True),
    "epoch": (Runner._epoch, True),
    "back": (Runner._back, True),
    "reset": (Runner._reset, False),
    "rewind": (Runner._rewind, False),
    "halve": (Runner._rewind, False),
}


def log_sizes(sizes: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
    """log10 of gradient sizes; a size of zero becomes -12."""
    return np.log10(np.maximum(np.asarray(sizes, dtype=np.float64), 1e-12)).astype(np.float32)
