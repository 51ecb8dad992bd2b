"""Small networks for the tests of the backprop page."""

from __future__ import annotations

from playground.backprop.settings import LOSSES, BackpropSettings
from playground.settings.config import ACTIVATION_LABELS

OUTPUTS = {"cross_entropy": 3, "binary_cross_entropy": 1, "mse": 2}
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
