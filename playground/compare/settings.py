"""The settings of the page that compares models: the splits, and what each model can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from playground.compare.words import settings as words
from playground.settings.base import Settings
from playground.settings.fields import (
    BoolField,
    ChoiceField,
    Choices,
    FloatField,
    IntField,
    NumbersField,
    SubsetField,
)

NETWORK: Final = "network"
OTHERS: Final = words.OTHERS
MODELS: Final[Choices] = {NETWORK: words.NETWORK, **OTHERS}
_LARGEST: Final = 1e6


@dataclass(frozen=True)
class CompareSettings(Settings):
    """What the page compares, and how. A value out of range raises FieldError."""

    compare_models: Annotated[
        tuple[str, ...], SubsetField(words.MODELS, "structure", OTHERS, len(OTHERS))
    ] = tuple(OTHERS)
    compare_splits: Annotated[int, IntField(words.SPLITS, "structure", 2, 50)] = 10
    compare_test: Annotated[float, FloatField(words.TEST, "structure", 5, 50)] = 20.0
    compare_standardize: Annotated[bool, BoolField(words.STANDARDIZE, "structure")] = False
    compare_first: Annotated[str, ChoiceField(words.FIRST, "display", MODELS)] = NETWORK
    compare_second: Annotated[str, ChoiceField(words.SECOND, "display", MODELS)] = "forest"
    linear_c: Annotated[
        float, FloatField(words.LINEAR_C, "structure", 0, _LARGEST, open_low=True)
    ] = 1.0
    knn_neighbours: Annotated[int, IntField(words.KNN_NEIGHBOURS, "structure", 1, 500)] = 5
    knn_weights: Annotated[str, ChoiceField(words.KNN_VOTES, "structure", words.KNN_WEIGHTS)] = (
        "uniform"
    )
    svm_c: Annotated[float, FloatField(words.SVM_C, "structure", 0, _LARGEST, open_low=True)] = 1.0
    svm_gamma: Annotated[float, FloatField(words.SVM_GAMMA, "structure", 0, _LARGEST)] = 0.0
    svm_platt: Annotated[bool, BoolField(words.SVM_PLATT, "structure")] = False
    forest_trees: Annotated[int, IntField(words.FOREST_TREES, "structure", 1, 500)] = 100
    forest_depth: Annotated[int, IntField(words.FOREST_DEPTH, "structure", 0, 100)] = 0
    boosting_rounds: Annotated[int, IntField(words.BOOSTING_ROUNDS, "structure", 1, 1000)] = 100
    boosting_rate: Annotated[
        float, FloatField(words.BOOSTING_RATE, "structure", 0, 10, open_low=True)
    ] = 0.1
    boosting_leaf: Annotated[int, IntField(words.BOOSTING_LEAF, "structure", 1, 500)] = 20
    gp_length: Annotated[
        float, FloatField(words.GP_LENGTH, "structure", 0, _LARGEST, open_low=True)
    ] = 1.0
    gp_fit: Annotated[str, ChoiceField(words.GP_FIT, "structure", words.GP_FITS)] = "usual"
    gp_noise: Annotated[
        float, FloatField(words.GP_NOISE, "structure", 0, _LARGEST, open_low=True)
    ] = 1e-10
    mlp_layers: Annotated[
        tuple[int, ...],
        NumbersField(words.MLP_LAYERS, "structure", 1, 500, least=1, most=5, whole=True),
    ] = (100,)
    mlp_activation: Annotated[
        str, ChoiceField(words.MLP_ACTIVATION, "structure", words.MLP_ACTIVATIONS)
    ] = "relu"
    mlp_rate: Annotated[float, FloatField(words.MLP_RATE, "structure", 0, 10, open_low=True)] = (
        0.001
    )
    mlp_epochs: Annotated[int, IntField(words.MLP_EPOCHS, "structure", 1, 10_000)] = 200
    mlp_alpha: Annotated[float, FloatField(words.MLP_ALPHA, "structure", 0, 10)] = 0.0001

    def to_query(self) -> dict[str, str]:
        # Always a word, so that an address of this page is never empty: an empty one stands for
        # the spiral with three arms, whatever the Playground begins with.
        splits = self.FIELDS["compare_splits"].text(self.compare_splits)
        return {"compare_splits": splits} | super().to_query()
