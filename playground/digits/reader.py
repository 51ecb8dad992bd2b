"""A network that learns to read digits: its data, its trainer, and what it makes of test pictures.

N is the number of test pictures, L of layers with weights, U of units.
"""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from engine import Dense, Sequential, Trainer
from engine.core.activations import ACTIVATIONS
from engine.core.layers import Layer
from engine.core.losses import SoftmaxCrossEntropy
from engine.core.optimizers import OPTIMIZERS, Optimizer
from playground.data.digits import CLASSES
from playground.digits.pictures import Pictures
from playground.digits.settings import DigitsSettings
from playground.runs import words

MEASURED: Final = 1000  # pictures of each set that losses, accuracies and gradients are read from
_AT_ONCE: Final = 1000  # pictures that are read together

# As everywhere: more threads only get in each other's way, and in other viewers'.
threadpool_limits(1)


class Reading(NamedTuple):
    """What is said of test pictures: which they are, the digits, and how sure (0 to 1)."""

    rows: NDArray[np.intp]
    said: NDArray[np.intp]
    sure: NDArray[np.float32]


class Reader:
    """One network on one set of pictures."""

    def __init__(self, settings: DigitsSettings, pictures: Pictures) -> None:
        self.settings, self.pictures = settings, pictures
        self.trainer = Trainer(
            network(settings, pictures.side**2),
            SoftmaxCrossEntropy(),
            optimizer(settings),
            pictures.train,
            pictures.train_labels,
            batch_size=settings.digits_batch,
            seed=settings.digits_seed,
            validation_data=(pictures.test, pictures.test_labels),
            epochs=settings.digits_epochs,
            measured_rows=MEASURED,
        )
        count = len(pictures.test_labels)
        self._all = np.arange(count)
        rng = np.random.default_rng(settings.digits_seed)
        self._few = np.sort(rng.permutation(count)[:MEASURED])
        self._reading = lru_cache(maxsize=1)(self._read)

    def apply(self, settings: DigitsSettings) -> None:
        """Go on under settings that differ in live ones only."""
        old, trainer, own = self.settings, self.trainer, optimizer(settings)
        if settings.digits_optimizer != old.digits_optimizer:
            trainer.set_optimizer(own)
        trainer.learning_rate = own.learning_rate
        trainer.batch_size = settings.digits_batch
        if settings.digits_epochs != old.digits_epochs:
            trainer.end_after(settings.digits_epochs)
        self.settings = settings

    def reset(self) -> None:
        """Back to the same start, with as many epochs to go as the settings say."""
        self.trainer.reset()
        self.trainer.epochs = self.settings.digits_epochs

    def extend(self) -> None:
        """Let a finished run go on for as many epochs again."""
        self.trainer.epochs = self.trainer.epoch + self.settings.digits_epochs

    def fork(self) -> Reader:
        """The same run as one of its own, which can go elsewhere."""
        twin = copy.copy(self)
        twin.trainer = self.trainer.fork()
        twin._reading = lru_cache(maxsize=1)(twin._read)
        return twin

    # ---- the network ----------------------------------------------------------------------

    @property
    def model(self) -> Sequential:
        """The network as it is now."""
        model = self.trainer.model
        assert isinstance(model, Sequential)
        return model

    @property
    def dense_layers(self) -> tuple[Dense, ...]:
        """The L layers with weights, from first to last."""
        return self.model.dense_layers

    @property
    def units(self) -> list[int]:
        """Units from the pixels to the ten outputs."""
        return [self.pictures.side**2, *(layer.weight.shape[-1] for layer in self.dense_layers)]

    @property
    def layer_names(self) -> list[str]:
        """Short names of the layers with weights."""
        return [*(words.layer(i + 1) for i in range(len(self.units) - 2)), words.OUTPUT]

    @property
    def steps_per_epoch(self) -> int:
        """Steps in one pass over the training pictures."""
        return -(-len(self.pictures.train_labels) // self.trainer.batch_size)

    # ---- what it makes of pictures --------------------------------------------------------

    def signals(self, index: int) -> NDArray[np.float32]:
        """What a test picture becomes: hidden units' answers, then ten probabilities, (U,)."""
        picture = self.pictures.inputs(slice(index, index + 1))
        with np.errstate(all="ignore"):
            every = self.model.activations(picture)
            # Two layers of the engine make one of ours: the sums, then their activation.
            parts = [*every[1:-1:2], self.model.predict_proba(picture)]
        joined = np.concatenate([part[0] for part in parts])
        finite: NDArray[np.float32] = np.nan_to_num(joined, posinf=0, neginf=0).astype(np.float32)
        return finite

    def reading(self, *, whole: bool) -> Reading:
        """Of all test pictures if `whole`, else of a fixed sample of MEASURED. Once a step."""
        return self._reading(self.trainer.steps, whole or len(self._all) <= MEASURED)

    def _read(self, steps: int, whole: bool) -> Reading:
        rows = self._all if whole else self._few
        said, sure = np.empty(len(rows), np.intp), np.empty(len(rows), np.float32)
        for start in range(0, len(rows), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            found = np.nan_to_num(self.model.predict_proba(self.pictures.inputs(rows[part])))
            said[part], sure[part] = found.argmax(axis=1), found.max(axis=1)
        return Reading(rows, said, sure)

    def confusion(self, reading: Reading) -> NDArray[np.intp]:
        """How often each digit (row) was called each (column), (10, 10)."""
        pairs = self.pictures.test_labels[reading.rows] * CLASSES + reading.said
        return np.bincount(pairs, minlength=CLASSES**2).reshape(CLASSES, CLASSES)

    def mistakes(self, reading: Reading, most: int) -> NDArray[np.intp]:
        """Places in the reading of the wrong answers, the surest first."""
        (wrong,) = np.nonzero(reading.said != self.pictures.test_labels[reading.rows])
        return wrong[np.argsort(-reading.sure[wrong], kind="stable")][:most]


def network(settings: DigitsSettings, inputs: int) -> Sequential:
    """The untrained network that the settings name, float32."""
    layers: list[Layer] = []
    width = inputs
    for units in settings.digits_layers:
        layers.append(Dense(width, units, init=settings.digits_init))
        layers.append(ACTIVATIONS[settings.digits_activation]())
        width = units
    layers.append(Dense(width, CLASSES, init=settings.digits_init))
    return Sequential(layers, seed=settings.digits_seed, dtype=np.float32)


def optimizer(settings: DigitsSettings) -> Optimizer:
    """The optimizer that they name, with the engine's usual arguments."""
    return OPTIMIZERS[settings.digits_optimizer](learning_rate=settings.digits_rate)
