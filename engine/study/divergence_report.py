"""Which layer and operation of a diverged run left the finite numbers first, and how.

L dense layers, B batch, K replicas, P parameters. The last steps are not remembered but taken once
more: from a checkpoint on a run repeats itself bit for bit. The fatal step is then walked operation
by operation, in the order in which a step computes: forward, loss, backward, update.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.core.activations import Activation
from engine.core.kernels.passes import CHUNK_ROWS
from engine.core.layers import Dense
from engine.core.network import Network
from engine.core.validation import whole
from engine.study.step_trace import Result, StepTrace, layer_names
from engine.training.divergence import Divergence, Floats
from engine.training.trainer import Trainer

MOST_STEPS = 1000  # that are shown before the fatal one
BEYOND = 300  # steps beyond the limit of the loss, to see whether a number would overflow
OVERFLOWED = " overflowed"
GREW = 2.0  # times its first value: from here on a size is said to have grown


@dataclass(frozen=True)
class Step:
    """One step of the run: sizes are root mean squares over all entries, one a layer.

    ``step`` counts from 1 (0: before the first), ``epoch`` the complete epochs before it. ``loss``
    is that of its batch, ``weights`` the size of W before the step, ``activations`` that of what
    the layer gives for the batch, ``gradients`` that of dL/dW of the batch without penalties. NaN
    where the step did not get that far, or left the finite.
    """

    step: int
    epoch: int
    loss: float
    weights: Floats  # (L,)
    activations: Floats  # (L,)
    gradients: Floats  # (L,)


@dataclass(frozen=True)
class Culprit:
    """The layer and the operation, in plain words, at which something went wrong in ``step``."""

    layer: str
    operation: str
    step: int  # counted from 1


@dataclass(frozen=True)
class DivergenceReport:
    """How a run ended. See ``divergence_report``."""

    divergence: Divergence
    layers: tuple[str, ...]  # (L,)
    rows: tuple[Step, ...]  # the last finite steps, oldest first
    failed: Step  # the step in which the run diverged, as far as it got
    limit: float | None  # of the loss, if the run ended there with all numbers finite
    culprit: Culprit
    overflow: Culprit | None  # beyond the limit of the loss: what would have overflowed first
    sentence: str

    def as_json(self) -> Any:
        """The same as plain lists and numbers, None in place of NaN and infinity."""
        text = json.dumps(asdict(self), default=np.ndarray.tolist)
        return json.loads(text, parse_constant=lambda _: None)


def divergence_report(trainer: Trainer, replica: int = 0, steps: int = 6) -> DivergenceReport:
    """The last ``steps`` finite steps of a diverged run (or replica) and what ended it.

    The run is left as it is. If it ended because its loss, still finite, passed the limit, the
    culprit is the layer whose weights or activations grew by the largest factor over those steps,
    and the run is followed up to 300 steps further to see which operation would overflow.
    ``ValueError`` if the run has not diverged.
    """
    whole("replica", replica, low=0, high=len(trainer.replica_divergences) - 1)
    whole("steps", steps, low=1, high=MOST_STEPS)
    divergence = trainer.replica_divergences[replica]
    if divergence is None:
        which = "the run" if trainer.model.replicas is None else f"replica {replica}"
        raise ValueError(f"{which} has not diverged: there is nothing to explain")
    with np.errstate(all="ignore"):
        return _Examination(trainer.fork(), replica, divergence).report(steps)


class _Growth(NamedTuple):
    """By how much the size of ``what`` in a layer grew, and that in ``words``."""

    factor: float
    layer: int
    what: str
    words: str


class _Examination:
    """Takes the last steps of one diverged replica again, in a fork of its run."""

    def __init__(self, trainer: Trainer, replica: int, divergence: Divergence) -> None:
        self.trainer, self.replica, self.divergence = trainer, replica, divergence
        self.labels, self.names = _labels(trainer.model), layer_names(trainer.model)
        self.limit = float(trainer.judge.limit[replica])
        self.start = float(trainer.judge.start[replica])
        dtype = trainer.model.dtype
        self.range = f"the range of {dtype.name} (largest {_short(float(np.finfo(dtype).max))})"
        training = math.isfinite(self.start)
        self.trace = cache(lambda size: StepTrace(trainer, replica, size, training=training))

    def report(self, steps: int) -> DivergenceReport:
        rows: list[Step] = []
        if math.isfinite(self.start):
            failed, found = self._retake(steps, rows)
        else:
            failed, found = self._walk_start()
        growths = _growths([*rows, failed])
        limit = overflow = None
        if found is not None:
            culprit = self._culprit(found, failed.step)
            sentence = self._overflowed(rows, failed, found, growths)
        elif failed.loss > self.limit:
            limit, overflow = self.limit, self._beyond()
            culprit, sentence = self._stopped(failed, overflow, growths)
        else:
            reason = self.divergence.reason
            culprit = Culprit("", reason, failed.step)
            sentence = (
                f"In step {failed.step} {reason}. Taken once more, the steps do not end there: the"
                " weights were changed by hand on the way."
            )
        return DivergenceReport(
            self.divergence, self.labels, tuple(rows), failed, limit, culprit, overflow, sentence
        )

    def _retake(self, steps: int, rows: list[Step]) -> tuple[Step, Result | None]:
        """Fill ``rows`` with the steps before the fatal one, and trace that one."""
        fatal = self.divergence.step
        for step in self.trainer.replay(max(fatal - steps, 0)):
            if self.trainer.replica_divergences[self.replica] is not None:
                break
            if step == fatal:
                return self._look(self.limit)
            rows.append(self._look()[0])
        unknown = np.full(len(self.labels), np.nan)
        epoch = self.divergence.epoch
        return Step(fatal + 1, epoch, math.nan, unknown, unknown, unknown), None

    def _walk_start(self) -> tuple[Step, Result | None]:
        """Trace the training set, whose loss is not finite before the first step."""
        self.trainer.reset()
        everything = np.arange(len(self.trainer.data))
        for first in range(0, len(everything), CHUNK_ROWS):
            step, found = self._look(samples=everything[first : first + CHUNK_ROWS])
            if found is not None:
                break
        return replace(step, step=0), found

    def _look(
        self, limit: float | None = None, samples: npt.NDArray[np.intp] | None = None
    ) -> tuple[Step, Result | None]:
        """Look at the trainer's next step, which the trainer can then take itself.

        With a ``limit`` the step is the fatal one: it is walked to the first result that is not
        finite, update included, unless its loss passes the limit, which ends it.
        """
        trainer = self.trainer
        samples = trainer.ahead().samples if samples is None else samples
        stream = trainer.model.dropout_generator.bit_generator
        masks, trace = stream.state, self.trace(len(samples))
        trace.load(samples)
        weights, gradients = trace.sizes(trainer.model.flat), np.full(len(self.labels), np.nan)
        found = trace.first_spoilt(trace.forward)
        loss = float(trace.loss[0])
        if found is None:
            spoilt = trace.first_spoilt(trace.backward)
            gradients = trace.sizes(trainer.model.flat_grad)
            if limit is not None and not loss > limit:
                found = spoilt or trace.first_spoilt(trace.updates())
        stream.state = masks
        step = Step(trainer.steps + 1, trainer.epoch, loss, weights, trace.activations, gradients)
        return step, found

    def _beyond(self) -> Culprit | None:
        """What would overflow if the limit of the loss did not end the run in the fatal step.

        Each step is walked: what overflows in one may leave the loss and the weights finite, as the
        squares do that Adam divides by, and the run would go on.
        """
        trainer = self.trainer
        trainer.judge.lift_limit()
        for _ in range(BEYOND + 1):  # the fatal step itself, and those after it
            moment = trainer.snapshot()
            found = self._look(math.inf)[1]
            if found is not None:
                return self._culprit(found, trainer.steps + 1)
            trainer.restore(moment)  # the trace has made the update
            if trainer.run_steps(1) == 0:
                return None
        return None

    def _culprit(self, found: Result, step: int) -> Culprit:
        return Culprit((*self.labels, "loss")[found.layer], found.text + OVERFLOWED, step)

    def _stopped(
        self, failed: Step, overflow: Culprit | None, growths: list[_Growth]
    ) -> tuple[Culprit, str]:
        """For a run that was stopped at the limit of its loss."""
        if growths:
            _, layer, what, words = growths[-1]
            fact = f"grew most, {words}"
        else:
            layer, what = int(np.argmax(failed.activations)), "activations"
            fact = f"are the largest, {_short(failed.activations[layer])}"
        multiple = self.trainer.judge.limit_in_words(self.replica)
        text = (
            f"In step {failed.step} the loss, {_short(failed.loss)}, passed its limit of"
            f" {_short(self.limit)}, {multiple}; the {what} of {self.names[layer]}"
            f" {fact}"
        )
        heavier = [growth for growth in growths if growth.what == "weights"]
        if what == "activations" and heavier:
            name, words = self.names[heavier[-1].layer], heavier[-1].words
            text += f", and of the weights those of {name}, {words}"
        if overflow is None:
            text += f". No number would have left {self.range} in the next {BEYOND} steps."
        else:
            later = overflow.step - failed.step
            when = "in the same step" if later == 0 else f"{_count(later)} later"
            cause = overflow.operation.removesuffix(OVERFLOWED)
            text += f". Had it gone on, {cause} would have left {self.range} {when}."
        return Culprit(self.labels[layer], f"its {what} {fact}", failed.step), text

    def _overflowed(
        self, rows: list[Step], failed: Step, found: Result, growths: list[_Growth]
    ) -> str:
        """For a run in which a number left the finite."""
        left = f"{found.text} left {self.range}"
        layer = min(found.layer, len(self.labels) - 1)
        own = [growth for growth in growths if growth.what == "weights" and growth.layer == layer]
        if failed.step == 0:
            text = f"Before the first step {left}: the run starts with numbers that are too large."
        elif not growths:
            text = f"In step {failed.step} {left}."
        else:
            _, layer, what, words = (own or growths)[-1]
            text = (
                f"The {what} of {self.names[layer]} grew {words};"
                f" then {left} in step {failed.step}."
            )
        before = rows[-1].loss if rows else self.start
        return f"{text} The loss before was {_short(before)}." if math.isfinite(before) else text


def _growths(steps: list[Step]) -> list[_Growth]:
    """Which sizes grew over these steps, to 2 times their first at least; most of all the last."""
    found: list[_Growth] = []
    for what, layer in product(("weights", "activations"), range(len(steps[-1].weights))):
        sizes = [(step.step, float(getattr(step, what)[layer])) for step in steps]
        start, first = sizes[0]
        end, last = next((pair for pair in reversed(sizes) if math.isfinite(pair[1])), sizes[0])
        if first > 0.0 and last / first >= GREW:
            words = f"from {_short(first)} to {_short(last)} in {_count(end - start)}"
            found.append(_Growth(last / first, layer, what, words))
    return sorted(found, key=lambda growth: growth.factor)


def _labels(model: Network) -> tuple[str, ...]:
    """One for each Dense layer, with the activation that follows it."""
    names = iter([*layer_names(model)[:-1], "output"])
    labels: list[str] = []
    for layer in model.layers:
        if isinstance(layer, Dense):
            labels.append(next(names))
        elif isinstance(layer, Activation) and labels and "·" not in labels[-1]:
            labels[-1] += f" · {type(layer).__name__}"
    return tuple(labels)


def _short(value: float) -> str:
    """Two digits: 0.69, 1.2, 340, 3.4e+18."""
    return f"{value:.0f}" if 100.0 <= abs(value) < 10_000.0 else f"{value:.2g}"


def _count(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"
