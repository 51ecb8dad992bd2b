"""A trainer's step as single operations, to be run one by one and looked at.

L dense layers, B batch, K replicas, P parameters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.core.activations import Activation
from engine.core.kernels.passes import Call, Signal
from engine.core.layers import Dense, Layer
from engine.core.network import Network
from engine.core.validation import Array
from engine.training.divergence import Floats
from engine.training.trainer import Trainer

# What happens inside a loss and an optimizer, for the sentence.
LOSS_FORMULAS = {
    "cross_entropy": "the cross-entropy -log softmax(z)",
    "binary_cross_entropy": "the cross-entropy log(1 + eᶻ) - y z",
    "mse": "the squared error (z - y)²",
    "softmax_mse": "the squared error (softmax(z) - y)²",
    "sigmoid_mse": "the squared error (σ(z) - y)²",
}
UPDATE_FORMULAS = {
    "sgd": "w - rate * g",
    "adagrad": "w - rate * g / (√s + eps)",
    "rmsprop": "w - rate * g / (√s + eps)",
    "adam": "w - rate * m / (√v + eps)",
    "adamw": "w - rate * (m / (√v + eps) + decay * w)",
}


class Result(NamedTuple):
    """An array that the calls before it write, and what to say when it is not finite."""

    layer: int  # L stands for the loss
    text: str
    values: Array
    leaves: bool = False  # whether it is what the layer gives


class StepTrace:
    """A step on batches of one size as calls and their results, seen by one replica.

    It computes what a trainer's step computes, in buffers of its own: ``loss`` (1,), and the root
    mean squares of what the layers give, ``activations`` (L,), are NaN where it did not get so far.
    """

    def __init__(self, trainer: Trainer, replica: int, size: int, *, training: bool) -> None:
        self.trainer, self.model, self.replica = trainer, trainer.model, replica
        self.names = layer_names(trainer.model)
        self.bound = self.model.passes.empty(size, training=training, gradient=True)
        self.forward: list[Call | Result] = []
        self.backward: list[Call | Result] = []
        signal, dense = self.bound.input, -1
        for layer in self.model.layers[: self.model.logit_depth(trainer.loss)]:
            dense += isinstance(layer, Dense)
            signal = self._bind(layer, dense, signal)
        self._bind_loss(signal, size)

    def _bind(self, layer: Layer, dense: int, source: Signal) -> Signal:
        """Add what a layer does. ``dense`` is the Dense layer that it is or follows, or -1."""
        run, index = self.bound, max(dense, 0)
        name, leaves = self.names[index], dense >= 0
        back: list[Result] = []
        if isinstance(layer, Dense):
            forward = f"the weighted sum z = Wᵀa + b of {name}"
            passed = f"the gradient dL/da = W dL/dz that {name} hands back"
            gradient = self._own(self.model.flat_grad, 1)[layer.span]
            back.append(Result(index, f"the gradient dL/dW = a (dL/dz)ᵀ of {name}", gradient))
        elif isinstance(layer, Activation):
            forward = f"the activation a = {type(layer).__name__}(z) of {name}"
            passed = f"the gradient dL/dz = f'(z) dL/da of {name}"
        else:
            place = "of the inputs" if dense < 0 else f"after {name}"
            forward = f"the {type(layer).__name__.lower()} {place}"
            passed, leaves = f"the gradient through {forward}", False
        out = layer.bind(run, source)
        self.forward += [*run.forwards, Result(index, forward, self._own(out.value, 2), leaves)]
        self.backward[:0] = [*run.backwards, *back, *self._gradient(index, passed, source)]
        run.forwards, run.backwards = [], []
        return out

    def _bind_loss(self, logits: Signal, size: int) -> None:
        loss, last = self.trainer.loss, len(self.names)
        targets = self.trainer.data.targets.values
        self._targets: Array = np.zeros((len(targets), size), targets.dtype)
        value = loss.kernel(logits.value, self._targets, logits.grad, size)
        self.loss = np.zeros(1)

        def measure() -> None:
            self.loss[0] = np.atleast_1d(value())[self.replica]

        text = LOSS_FORMULAS.get(loss.name, f"the loss {type(loss).__name__}")
        gradient = self._gradient(last, "the gradient of the loss, dL/dz", logits)
        self.forward += [measure, Result(last, text, self.loss), *gradient]

    def _gradient(self, layer: int, text: str, signal: Signal) -> list[Result]:
        """That of a signal; the data has none."""
        return [] if signal.grad is None else [Result(layer, text, self._own(signal.grad, 2))]

    def _own(self, values: Array, dimensions: int) -> Array:
        """The replica's part of an array that has so many dimensions without replicas."""
        return values if values.ndim == dimensions else values[self.replica]

    def updates(self) -> Iterator[Call | Result]:
        """The penalties and the optimizer's update of the trainer's next step."""
        flat, grads, optimizer = self.model.flat, self.model.flat_grad, self.trainer.optimizer
        _, penalties, rate = self.trainer.ahead()
        if penalties.active:
            yield partial(penalties.apply, flat, grads, np.empty_like(flat))
            yield from self._parts(grads, "the gradient of {} after L1, L2 and clipping")
        yield partial(optimizer.update, flat, grads, rate)
        kind = type(optimizer).__name__
        for name, array in optimizer.state().items():
            yield from self._parts(array, f"the {name} that {kind} keeps for {{}}")
        formula = UPDATE_FORMULAS.get(optimizer.name, kind)
        yield from self._parts(flat, f"the update {formula} of {{}}")

    def _parts(self, vector: Array, text: str) -> Iterator[Result]:
        """Each layer's stretch of a flat vector; its name goes into the text."""
        for index, layer in enumerate(self.model.dense_layers):
            values = self._own(vector, 1)[layer.span]
            yield Result(index, text.format(self.names[index]), values)

    def load(self, samples: npt.NDArray[np.intp]) -> None:
        """Begin anew, with a batch of these samples."""
        data = self.trainer.data
        np.copyto(self.bound.rows, data.table[samples])
        np.copyto(self._targets, data.targets.values[:, samples])
        self.loss[0] = np.nan
        self.activations = np.full(len(self.names), np.nan)

    def first_spoilt(self, way: Iterable[Call | Result]) -> Result | None:
        """Make the calls up to the first result that is not finite."""
        for item in way:
            if not isinstance(item, Result):
                item()
            elif not np.isfinite(item.values).all():
                return item
            elif item.leaves:
                self.activations[item.layer] = rms(item.values)
        return None

    def sizes(self, vector: Array) -> Floats:
        """The root mean square of each layer's stretch of a flat vector, biases left out: (L,)."""
        row = self._own(vector, 1)
        return np.array([rms(row[layer.weight_span]) for layer in self.model.dense_layers])


def rms(values: Array) -> float:
    """The root mean square, scaled so that no square overflows."""
    wide = np.abs(values, dtype=np.float64)
    largest = float(wide.max())
    if largest == 0.0 or not math.isfinite(largest):
        return largest
    return largest * math.sqrt(float(np.mean((wide / largest) ** 2)))


def layer_names(model: Network) -> list[str]:
    count = len(model.dense_layers)
    return [*(f"layer {index}" for index in range(1, count)), "the output layer"]
