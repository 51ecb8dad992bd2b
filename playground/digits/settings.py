"""The settings of the digits page: which pictures, which network, and how it is trained."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final

from playground.data.datasets import SEED
from playground.digits import words
from playground.settings.base import Settings
from playground.settings.config import (
    ACTIVATION_LABELS,
    INIT_ALIASES,
    INIT_LABELS,
    LEARNING_RATES,
    OPTIMIZER_LABELS,
)
from playground.settings.fields import ChoiceField, FloatField, IntField, NumbersField

MNIST: Final = "mnist"
OWN: Final = "own"
SMALL: Final = {"digits8": 8, "digits28": 28}  # those at hand, and their pixels a side
SOURCES: Final = words.SOURCES
MAX_LAYERS: Final = 4
MAX_UNITS: Final = 256


@dataclass(frozen=True)
class DigitsSettings(Settings):
    """What the digits page trains. A value out of range raises FieldError."""

    LETTERS = MappingProxyType({"O": "digits_optimizer", "L": "digits_rate", "B": "digits_batch"})
    EPOCHS = "digits_epochs"

    digits_source: Annotated[str, ChoiceField(words.SOURCE, "structure", SOURCES)] = "digits28"
    digits_layers: Annotated[
        tuple[int, ...],
        NumbersField(words.LAYERS, "structure", 1, MAX_UNITS, most=MAX_LAYERS, whole=True),
    ] = (10,)
    digits_activation: Annotated[
        str, ChoiceField(words.ACTIVATION, "structure", ACTIVATION_LABELS)
    ] = "relu"
    digits_init: Annotated[
        str, ChoiceField(words.INIT, "structure", INIT_LABELS, aliases=INIT_ALIASES)
    ] = "he"
    digits_optimizer: Annotated[str, ChoiceField(words.OPTIMIZER, "live", OPTIMIZER_LABELS)] = "sgd"
    digits_rate: Annotated[float, FloatField(words.RATE, "live", *LEARNING_RATES)] = 0.02
    digits_batch: Annotated[int, IntField(words.BATCH, "live", 1, 1000)] = 32
    digits_epochs: Annotated[int, IntField(words.EPOCHS, "live", 1, 10_000)] = 100
    digits_seed: Annotated[int, IntField(words.SEED, "structure", *SEED)] = 0
