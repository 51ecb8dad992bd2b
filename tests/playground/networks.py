"""Networks for the tests of the backprop page, and of theory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.backprop.settings import LOSSES, BackpropSettings
from playground.gradient_flow.probe import Probe, deep_network
from playground.gradient_flow.theory import Moments, moments
from playground.settings.config import ACTIVATION_LABELS

OUTPUTS = {
    "cross_entropy": 3,
    "binary_cross_entropy": 1,
    "mse": 2,
    "softmax_mse": 3,
    "sigmoid_mse": 1,
}
DIGITS = BackpropSettings(walk_network="digits")


def small(
    loss: str = "cross_entropy",
    activation: str = "tanh",
    batch: int = 3,
    layers: tuple[int, ...] = (4, 3),
    bug: str = "none",
) -> BackpropSettings:
    """A network of three layers, with as many outputs as the loss wants."""
    return BackpropSettings(
        walk_layers=layers,
        walk_outputs=OUTPUTS[loss],
        walk_activation=activation,
        walk_loss=loss,
        walk_batch=batch,
        walk_bug=bug,
    )


EVERY = [
    small(loss, activation, layers=layers)
    for loss in LOSSES
    for activation in ACTIVATION_LABELS
    for layers in ((), (4, 3))
] + [DIGITS]


class Given:
    """In a loss's place: the slope at the outputs is what is given for the targets."""

    @staticmethod
    def kernel(
        value: NDArray[Any], targets: NDArray[Any], grad: NDArray[Any], rows: int
    ) -> Callable[[], object]:
        return lambda: np.copyto(grad, targets)


def measured(
    activation: str,
    init: str,
    scale: float,
    widths: Sequence[int],
    X: NDArray[Any],
    seeds: Iterable[int],
) -> Moments:
    """The moments of real networks, the mean over seeds.

    Into the last hidden layer comes a random dL/da with variance 1.
    """
    found, units = [], widths[-1]
    for seed in seeds:
        network = deep_network(activation, init, scale, widths, units, seed=seed, dtype=np.float64)
        network.dense_layers[-1].weight[...] = np.eye(units)
        slope = np.random.default_rng(seed).standard_normal((units, len(X)))
        signals = Probe(network, X, Given(), slope).read(network.flat.copy())  # type: ignore[arg-type]
        found.append(vars(moments(signals)))
    return Moments(**{name: np.mean([each[name] for each in found], axis=0) for name in found[0]})
