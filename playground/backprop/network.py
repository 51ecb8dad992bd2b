"""The network of the trace, its batch and its loss, made from the settings.

B batch, I fan_in, O fan_out, C outputs, P parameters. Arrays are row-major, a sample a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine import ACTIVATIONS, LOSSES, Activation, Dense, Layer, Loss, Sequential
from engine.core.network import DATA_STREAM, stream
from engine.core.validation import Array
from playground.backprop.settings import BackpropSettings

BIAS: Final = 0.1  # not zero, so that a bias is seen at work
INK: Final = 0.2  # the share of MNIST's pixels that are not empty, roughly


@dataclass(frozen=True)
class Network:
    """A model before its first step, and one batch: X (B, I), y as the loss takes it, Y (B, C).

    `flat` lists the targets as they come from a file: labels (B,), or all values in one row.
    """

    model: Sequential
    activation: Activation
    loss: Loss
    sizes: tuple[int, ...]
    X: Array
    y: npt.NDArray[Any]
    Y: Array
    flat: Array
    learning_rate: float
    by_shapes: bool

    @property
    def batch(self) -> int:
        return len(self.X)

    @property
    def fans(self) -> list[tuple[int, int]]:
        """Inputs and outputs of each layer with weights."""
        return list(pairwise(self.sizes))

    @property
    def depth(self) -> int:
        """The number of layers with weights."""
        return len(self.sizes) - 1

    def parameters(self) -> dict[str, Array]:
        """Copies of W1, b1, W2, ..."""
        return {p.name: p.data.copy() for p in self.model.parameters()}

    def predictions(self, z: Array) -> Array:
        """The probabilities (B, C) that a loss which contains them compares with Y."""
        shares = self.loss.probabilities(z.T).T
        return shares[:, -1:] if self.sizes[-1] == 1 else shares


def network_of(settings: BackpropSettings) -> Network:
    """The network, always the same for the same settings.

    In a small network weights and samples are rounded, so that all can be computed on paper.
    """
    sizes = settings.sizes
    activation = ACTIVATIONS[settings.walk_activation]()
    layers: list[Layer] = []
    for fan_in, fan_out in pairwise(sizes):
        if layers:
            layers.append(ACTIVATIONS[settings.walk_activation]())
        layers.append(Dense(fan_in, fan_out, bias=BIAS))
    model = Sequential(layers, seed=settings.walk_seed)
    rng = stream(settings.walk_seed, DATA_STREAM)
    batch, outputs = settings.walk_batch, sizes[-1]
    if settings.by_shapes:
        shape = (batch, sizes[0])
        X = np.where(rng.random(shape) < INK, rng.random(shape), 0.0)
    else:
        X = rng.normal(size=(batch, sizes[0])).round(1)
        model.flat[...] = model.flat.round(2)
    loss = LOSSES[settings.walk_loss]()
    y: npt.NDArray[Any]
    if loss.folds is not None or settings.by_shapes:
        labels = rng.integers(max(outputs, 2), size=batch)
        y, flat = labels, labels.astype(np.float64)
    else:
        y = rng.normal(size=(batch, outputs)).round(1)
        flat = y.ravel()
    Y = np.ascontiguousarray(loss.targets(y, outputs, np.float64).values.T)
    rate, by_shapes = settings.walk_rate, settings.by_shapes
    return Network(model, activation, loss, sizes, X, y, Y, flat, rate, by_shapes)
