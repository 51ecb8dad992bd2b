"""The settings of the backprop page: the small network, its batch, the step, a bug."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from engine import LOSSES as ENGINE_LOSSES
from engine import Sigmoid, Softmax
from playground.backprop import words
from playground.backprop.words import rules
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

LOSSES: Final = Labels(ENGINE_LOSSES)
NO_BUG: Final = "none"
BUG_LABELS: Final[Choices] = {
    NO_BUG: rules.NO_BUG,
    **{name: bug.label for name, bug in rules.BUGS.items()},
}
DIGITS: Final = (784, 10, 10)
# The loss after softmax, and its kin of one output after a sigmoid.
_OF_ONE: Final = {"cross_entropy": "binary_cross_entropy", "softmax_mse": "sigmoid_mse"}


@dataclass(frozen=True)
class BackpropSettings(Settings):
    """What the backprop page shows. A value out of range raises FieldError."""

    walk_network: Annotated[str, ChoiceField(words.NETWORK, "structure", words.NETWORKS)] = "small"
    walk_inputs: Annotated[int, IntField(words.INPUTS, "structure", 1, 2)] = 2
    walk_layers: Annotated[
        tuple[int, ...], NumbersField(words.LAYERS, "structure", 1, 4, most=3, whole=True)
    ] = (3,)
    walk_outputs: Annotated[int, IntField(words.OUTPUTS, "structure", 1, 4)] = 2
    walk_activation: Annotated[
        str, ChoiceField(words.ACTIVATION, "structure", ACTIVATION_LABELS)
    ] = "tanh"
    walk_loss: Annotated[str, ChoiceField(words.LOSS, "structure", LOSSES)] = "cross_entropy"
    walk_batch: Annotated[int, IntField(words.BATCH, "structure", 1, 8)] = 3
    walk_seed: Annotated[int, IntField(words.SEED, "structure", 0, 999_999)] = 0
    walk_rate: Annotated[float, FloatField(words.RATE, "structure", 1e-4, 100)] = 0.5
    walk_step: Annotated[int, IntField(words.STEP, "display", 0, 99)] = 0
    walk_bug: Annotated[str, ChoiceField(words.BUG, "structure", BUG_LABELS)] = NO_BUG
    walk_h: Annotated[float, FloatField(words.H, "display", 1, 12)] = 5.0

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
        outputs, loss = self.sizes[-1], ENGINE_LOSSES[self.walk_loss]
        if loss.folds is Softmax and outputs < 2:
            said = words.too_few_outputs(LOSSES[self.walk_loss])
            raise FieldError("walk_outputs", said, outputs)
        if loss.folds is Sigmoid and outputs != 1:
            # The loss is at fault, not the outputs: its default fits any number but one.
            raise FieldError("walk_loss", words.unfit_loss(_OF_ONE, outputs), self.walk_loss)

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
                pairs = _OF_ONE if single else {one: many for many, one in _OF_ONE.items()}
                full["walk_loss"] = pairs[self.walk_loss]
            elif "walk_outputs" not in changes:
                single = changes["walk_loss"] in _OF_ONE.values()
                full |= {"walk_outputs": 1 if single else 2, "walk_network": "small"}
        return full
