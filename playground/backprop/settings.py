"""The settings of the backprop page: the small network, its batch, the step, a bug."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from engine import LOSSES as ENGINE_LOSSES
from playground.settings.base import Settings
from playground.settings.config import ACTIVATION_LABELS
from playground.settings.fields import (
    ChoiceField,
    Choices,
    FieldError,
    FloatField,
    IntField,
    NumbersField,
)
from playground.settings.labels import Labels

NETWORKS: Final[Choices] = {
    "small": "Small, in full",
    "digits": "784-10-10, by its shapes",
}
LOSSES: Final = Labels(ENGINE_LOSSES)
NO_BUG: Final = "none"
BUG_LABELS: Final[Choices] = {
    NO_BUG: "None: all is right",
    "weight_transpose": "W not transposed",
    "input_transpose": "A not transposed",
    "sum_for_mean": "Sum in place of mean",
    "missing_derivative": "Derivative of the activation left out",
    "bias_not_summed": "Bias gradient not summed",
    "mixed_layouts": "Layouts mixed: (10, 32) by (32, 10)",
    "flat_targets": "Targets as a flat list",
}
DIGITS: Final = (784, 10, 10)


@dataclass(frozen=True)
class BackpropSettings(Settings):
    """What the backprop page shows. A value out of range raises FieldError."""

    walk_network: Annotated[str, ChoiceField("Network", "structure", NETWORKS)] = "small"
    """A small one with every number on the table, or one for MNIST's digits, whose arrays are
    too large to print: there the shapes tell the story."""
    walk_inputs: Annotated[int, IntField("Inputs", "structure", 1, 2)] = 2
    """Numbers that describe one sample."""
    walk_layers: Annotated[
        tuple[int, ...], NumbersField("Hidden layers", "structure", 1, 4, most=3, whole=True)
    ] = (3,)
    """Units of each hidden layer, parted by commas. Empty: no hidden layer."""
    walk_outputs: Annotated[int, IntField("Outputs", "structure", 1, 4)] = 2
    """One for binary cross-entropy, a class each for cross-entropy, any for the mean
    squared error."""
    walk_activation: Annotated[str, ChoiceField("Activation", "structure", ACTIVATION_LABELS)] = (
        "tanh"
    )
    """The function of the hidden units."""
    walk_loss: Annotated[str, ChoiceField("Loss", "structure", LOSSES)] = "cross_entropy"
    """What the network is told to make small."""
    walk_batch: Annotated[int, IntField("Samples B", "structure", 1, 8)] = 3
    """Samples that go through together, a row each."""
    walk_seed: Annotated[int, IntField("Seed", "structure", 0, 999_999)] = 0
    """Decides the weights and the samples."""
    walk_rate: Annotated[float, FloatField("Learning rate η", "structure", 1e-4, 100)] = 0.5
    """How far the update goes against the gradient."""
    walk_step: Annotated[int, IntField("Step", "display", 0, 99)] = 0
    """Where the trace stands. Beyond the last step means the last step."""
    walk_bug: Annotated[str, ChoiceField("Break it", "structure", BUG_LABELS)] = NO_BUG
    """A classical bug in the backward pass, and the check that catches it."""
    walk_h: Annotated[
        float, FloatField("Step of the difference quotient, h = 10^-k", "display", 1, 12)
    ] = 5.0
    """The exponent k. Too large a step and the curve bends away; too small and rounding is all
    that is left."""

    @property
    def by_shapes(self) -> bool:
        """Whether the arrays are too large to print."""
        return self.walk_network == "digits"

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units from the inputs to the outputs."""
        return (
            DIGITS if self.by_shapes else (self.walk_inputs, *self.walk_layers, self.walk_outputs)
        )

    @property
    def h(self) -> float:
        """The step of the difference quotient."""
        return float(10.0**-self.walk_h)

    def agree(self) -> None:
        outputs = self.sizes[-1]
        if self.walk_loss == "cross_entropy" and outputs < 2:
            raise FieldError("walk_outputs", "must be 2 or more for cross-entropy", outputs)
        if self.walk_loss == "binary_cross_entropy" and outputs != 1:
            # The loss is at fault, not the outputs: its default fits any number but one.
            raise FieldError(
                "walk_loss", f"must be cross_entropy or mse for {outputs} outputs", self.walk_loss
            )

    def fitting(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """`changes`, and the loss or the number of outputs where the one needs another."""
        full = dict(changes)
        try:
            replace(self, **full)
        except FieldError as error:
            if error.field not in {"walk_loss", "walk_outputs"}:
                return full
            if "walk_loss" not in changes:
                outputs = changes.get("walk_outputs", self.walk_outputs)
                single = outputs == 1 and changes.get("walk_network") != "digits"
                full["walk_loss"] = "binary_cross_entropy" if single else "cross_entropy"
            elif "walk_outputs" not in changes:
                single = changes["walk_loss"] == "binary_cross_entropy"
                full |= {"walk_outputs": 1 if single else 2, "walk_network": "small"}
        return full
