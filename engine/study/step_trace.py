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
from engine.core.layers import Dense
from engine.core.network import Network
from engine.core.validation import Array
from engine.training.trainer import Trainer

Floats = npt.NDArray[np.float64]

# What happens inside a loss and an optimizer, for the sentence.
LOSS_FORMULAS = {
    "cross_entropy": "the cross-entropy -log softmax(z)",
    "binary_cross_entropy": "the cross-entropy log(1 + eᶻ) - y z",
    "mse": "the squared error (z - y)²",
}
UPDATE_FORMULAS = {
    "sgd": "w - rate * g",
    "adagrad": "w - rate * g / (√s + eps)",
    "rmsprop": "w - rate * g / (√s + eps)",
    "adam": "w - rate * m / (√v + eps)",
    "adamw": "w - rate * (m / (√v + eps) + decay * w)",
}


class Result(NamedTuple):
    """An array that an operation writes, and what to say when it is not finite."""

    layer: int  # L stands for the loss
    text: str
    values: Array


class Operation(NamedTuple):
    calls: list[Call]
    results: list[Result]


class StepTrace:
    """A step on batches of one size as single operations, seen by one replica.

    It computes what a trainer's step computes, in buffers of its own.
    """

    def __init__(self, trainer: Trainer, replica: int, size: int, *, training: bool) -> None:
        model = trainer.model
        self.trainer, self.model, self.replica = trainer, model, replica
        self.bound = model.passes.empty(size, training=training, gradient=True)
        self.names = layer_names(model)
        self.forward: list[Operation] = []
        self.backward: list[Operation] = []
        self.outputs: dict[int, tuple[int, Array]] = {}  # operation -> its layer, what leaves it
        self._bind_layers()
        self._bind_loss(size)

    def _bind_layers(self) -> None:
        run, model = self.bound, self.model
        signal, dense = run.input, -1
        for layer in model.layers[: model.logit_depth(self.trainer.loss)]:
            source, done, returned = signal, len(run.forwards), len(run.backwards)
            signal = layer.bind(run, source)
            dense += isinstance(layer, Dense)
            name = self.names[max(dense, 0)]
            if isinstance(layer, Dense):
                forward = f"the weighted sum z = Wᵀa + b of {name}"
                back = self._dense_gradients(dense, source)
            elif isinstance(layer, Activation):
                forward = f"the activation a = {type(layer).__name__}(z) of {name}"
                back = self._passed_on(dense, f"the gradient dL/dz = f'(z) dL/da of {name}", source)
            else:
                place = "of the inputs" if dense < 0 else f"after {name}"
                forward = f"the {type(layer).__name__.lower()} {place}"
                back = self._passed_on(dense, f"the gradient through {forward}", source)
            if calls := run.forwards[done:]:
                result = Result(max(dense, 0), forward, self._own(signal.value))
                self.forward.append(Operation(calls, [result]))
                if dense >= 0 and isinstance(layer, (Dense, Activation)):
                    self.outputs[len(self.forward) - 1] = dense, result.values
            if calls := run.backwards[: len(run.backwards) - returned]:
                self.backward.insert(0, Operation(calls, back))
        run.output = signal

    def _dense_gradients(self, dense: int, source: Signal) -> list[Result]:
        name = self.names[dense]
        gradient = self._row(self.model.flat_grad)[self.model.dense_layers[dense].span]
        results = [Result(dense, f"the gradient dL/dW = a (dL/dz)ᵀ of {name}", gradient)]
        return results + self._passed_on(
            dense, f"the gradient dL/da = W dL/dz that {name} hands back", source
        )

    def _passed_on(self, dense: int, text: str, source: Signal) -> list[Result]:
        if source.grad is None:
            return []
        return [Result(max(dense, 0), text, self._own(source.grad))]

    def _bind_loss(self, size: int) -> None:
        run, loss = self.bound, self.trainer.loss
        targets = self.trainer.data.targets.values
        self._targets: Array = np.zeros((len(targets), size), run.dtype)
        value = loss.kernel(run.output.value, self._targets, run.output.grad, size)
        self._loss = np.zeros(1)

        def measure() -> None:
            self._loss[0] = np.atleast_1d(value())[self.replica]

        last = len(self.names)
        text = LOSS_FORMULAS.get(loss.name, f"the loss {type(loss).__name__}")
        results = [Result(last, text, self._loss)]
        if run.output.grad is not None:
            gradient = self._own(run.output.grad)
            results.append(Result(last, "the gradient of the loss, dL/dz", gradient))
        self.forward.append(Operation([measure], results))

    def _own(self, values: Array) -> Array:
        return values[self.replica] if values.ndim == 3 else values

    def _row(self, vector: Array) -> Array:
        return vector if vector.ndim == 1 else vector[self.replica]

    def updates(self) -> Iterator[Operation]:
        """The penalties and the optimizer's update of the trainer's next step."""
        trainer, model = self.trainer, self.model
        optimizer, (_, penalties, rate) = trainer.optimizer, trainer.ahead()
        flat, grads = model.flat, model.flat_grad

        def parts(vector: Array, text: str) -> list[Result]:
            row = self._row(vector)
            return [
                Result(index, text.format(self.names[index]), row[layer.span])
                for index, layer in enumerate(model.dense_layers)
            ]

        if penalties.active:
            text = "the gradient of {} after L1, L2 and clipping"
            scratch = np.empty_like(flat)
            yield Operation([partial(penalties.apply, flat, grads, scratch)], parts(grads, text))
        formula = UPDATE_FORMULAS.get(optimizer.name, type(optimizer).__name__)
        results: list[Result] = []
        for name, array in optimizer.state().items():
            results += parts(array, f"the {name} that {type(optimizer).__name__} keeps for {{}}")
        results += parts(flat, f"the update {formula} of {{}}")
        yield Operation([partial(optimizer.update, flat, grads, rate)], results)

    def load(self, samples: npt.NDArray[np.intp]) -> None:
        data = self.trainer.data
        np.copyto(self.bound.rows, data.table[samples])
        np.copyto(self._targets, data.targets.values[:, samples])

    @property
    def loss(self) -> float:
        return float(self._loss[0])

    def go_forward(self, sizes: Floats) -> Result | None:
        """Up to the loss, or to the first result that is not finite; fills ``sizes`` (L,)."""
        self._loss[0] = np.nan
        for index, operation in enumerate(self.forward):
            found = first_spoilt([operation])
            if found is not None:
                return found
            if index in self.outputs:
                layer, values = self.outputs[index]
                sizes[layer] = rms(values)
        return None

    def sizes(self, vector: Array) -> Floats:
        """The root mean square of each layer's stretch of a flat vector, biases left out: (L,)."""
        row = self._row(vector)
        return np.array([rms(row[layer.weight_span]) for layer in self.model.dense_layers])


def first_spoilt(operations: Iterable[Operation]) -> Result | None:
    """Run the operations up to the first result that is not finite."""
    for operation in operations:
        for call in operation.calls:
            call()
        for result in operation.results:
            if not np.isfinite(result.values).all():
                return result
    return None


def rms(values: Array) -> float:
    """The root mean square, scaled so that no square overflows."""
    wide = np.abs(values, dtype=np.float64)
    largest = float(wide.max())
    if largest == 0.0 or not math.isfinite(largest):
        return largest
    wide /= largest
    return largest * math.sqrt(float(np.mean(wide * wide)))


def layer_names(model: Network) -> list[str]:
    count = len(model.dense_layers)
    return [*(f"layer {index}" for index in range(1, count)), "the output layer"]
