"""The settings of the digits page: which pictures, which network, and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from playground.data.datasets import SEED
from playground.settings.base import Settings
from playground.settings.config import (
    ACTIVATION_LABELS,
    INIT_ALIASES,
    INIT_LABELS,
    LEARNING_RATES,
    OPTIMIZER_LABELS,
)
from playground.settings.fields import ChoiceField, Choices, FloatField, IntField, NumbersField

MNIST: Final = "mnist"
OWN: Final = "own"
SMALL: Final = {"digits8": 8, "digits28": 28}  # those at hand, and their pixels a side
SOURCES: Final[Choices] = {
    "digits28": "Digits, 28 × 28",
    "digits8": "Digits, 8 × 8",
    MNIST: "Full MNIST",
    OWN: "My own file",
}
MAX_LAYERS: Final = 4
MAX_UNITS: Final = 256


@dataclass(frozen=True)
class DigitsSettings(Settings):
    """What the digits page trains. A value out of range raises FieldError."""

    digits_source: Annotated[str, ChoiceField("Pictures", "structure", SOURCES)] = "digits28"
    """1,797 digits that are at hand, a fifth of them kept for testing, or MNIST's 70,000."""
    digits_layers: Annotated[
        tuple[int, ...],
        NumbersField("Hidden layers", "structure", 1, MAX_UNITS, most=MAX_LAYERS, whole=True),
    ] = (10,)
    """Units in each hidden layer, parted by commas. Pixels are the inputs, digits the outputs."""
    digits_activation: Annotated[str, ChoiceField("Activation", "structure", ACTIVATION_LABELS)] = (
        "relu"
    )
    """The curve that each hidden unit bends its sum with. Softmax comes after the last layer."""
    digits_init: Annotated[
        str, ChoiceField("Initial weights", "structure", INIT_LABELS, aliases=INIT_ALIASES)
    ] = "he"
    """How the weights are drawn at the start. He's are meant for ReLU."""
    digits_optimizer: Annotated[str, ChoiceField("Optimizer", "live", OPTIMIZER_LABELS)] = "sgd"
    """The rule that turns gradients into steps. SGD is plain gradient descent."""
    digits_rate: Annotated[float, FloatField("Learning rate", "live", *LEARNING_RATES)] = 0.02
    """How far each step moves the weights. Adam wants far less than plain gradient descent."""
    digits_batch: Annotated[int, IntField("Batch size", "live", 1, 1000)] = 32
    """Pictures that each step looks at."""
    digits_epochs: Annotated[int, IntField("Epochs", "live", 1, 10_000)] = 100
    """Training stops after this many passes over the training pictures."""
    digits_seed: Annotated[int, IntField("Seed", "structure", *SEED)] = 0
    """Fixes the pictures kept for testing, the first weights and the order. The same gives the
    same run."""
