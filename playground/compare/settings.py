"""The settings of the page that compares models: the splits, and what each model can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

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
OTHERS: Final[Choices] = {
    "linear": "Linear model",
    "knn": "k-nearest neighbours",
    "svm": "SVM (RBF)",
    "forest": "Random forest",
    "boosting": "Gradient boosting",
    "gp": "Gaussian process",
    "mlp": "scikit-learn's MLP",
}
MODELS: Final[Choices] = {NETWORK: "Our network", **OTHERS}
KNN_WEIGHTS: Final[Choices] = {"uniform": "All the same", "distance": "Nearer ones more"}
MLP_ACTIVATIONS: Final[Choices] = {
    "relu": "ReLU",
    "tanh": "Tanh",
    "logistic": "Sigmoid",
    "identity": "Identity",
}
GP_FITS: Final[Choices] = {
    "usual": "Fitted for values only",  # as scikit-learn has it
    "fixed": "As it is",
    "fit": "Fitted",
}
_LARGEST: Final = 1e6


@dataclass(frozen=True)
class CompareSettings(Settings):
    """What the page compares, and how. A value out of range raises FieldError."""

    compare_models: Annotated[
        tuple[str, ...], SubsetField("Beside our network", "structure", OTHERS, len(OTHERS))
    ] = tuple(OTHERS)
    """The models that learn the same points. Our network always takes part."""
    compare_splits: Annotated[int, IntField("Splits", "structure", 2, 50)] = 10
    """How often the points are parted anew. More splits tell smaller differences from chance."""
    compare_test: Annotated[float, FloatField("Test share (%)", "structure", 5, 50)] = 20.0
    """The share of the points that no model learns from, and on which all are measured."""
    compare_standardize: Annotated[bool, BoolField("Standardise inputs", "structure")] = False
    """Gives each model inputs of mean 0 and variance 1, measured on what it learns from."""
    compare_first: Annotated[str, ChoiceField("Curves of", "display", MODELS)] = NETWORK
    """The first model in the learning curve and the calibration plot."""
    compare_second: Annotated[str, ChoiceField("and of", "display", MODELS)] = "forest"
    """The second model in the learning curve and the calibration plot."""
    linear_c: Annotated[float, FloatField("C, or 1/α", "structure", 0, _LARGEST, open_low=True)] = (
        1.0
    )
    """Small values keep the weights small: C of logistic regression, 1/α of ridge regression."""
    knn_neighbours: Annotated[int, IntField("Neighbours", "structure", 1, 500)] = 5
    """How many of the nearest training points vote."""
    knn_weights: Annotated[str, ChoiceField("Votes", "structure", KNN_WEIGHTS)] = "uniform"
    """Whether a nearer neighbour counts for more."""
    svm_c: Annotated[float, FloatField("C", "structure", 0, _LARGEST, open_low=True)] = 1.0
    """How dear a point on the wrong side is. Small values give a smoother boundary."""
    svm_gamma: Annotated[float, FloatField("γ (0: by scale)", "structure", 0, _LARGEST)] = 0.0
    """How near a point must lie to matter, as exp(-γ d²). 0 is 1 / (inputs × variance)."""
    svm_platt: Annotated[bool, BoolField("Probabilities", "structure")] = False
    """Fits probabilities to the distances from the boundary (Platt scaling, five more fits)."""
    forest_trees: Annotated[int, IntField("Trees", "structure", 1, 500)] = 100
    """How many trees vote."""
    forest_depth: Annotated[int, IntField("Depth (0: no limit)", "structure", 0, 100)] = 0
    """How many questions a tree may ask one after the other."""
    boosting_rounds: Annotated[int, IntField("Rounds", "structure", 1, 1000)] = 100
    """How many rounds of trees are added up."""
    boosting_rate: Annotated[float, FloatField("Rate", "structure", 0, 10, open_low=True)] = 0.1
    """How much of each new tree is added."""
    boosting_leaf: Annotated[int, IntField("Points a leaf", "structure", 1, 500)] = 20
    """The fewest points that a leaf may hold. On small data the usual 20 is coarse."""
    gp_length: Annotated[
        float, FloatField("Length scale", "structure", 0, _LARGEST, open_low=True)
    ] = 1.0
    """How far one point's influence reaches."""
    gp_fit: Annotated[str, ChoiceField("Kernel", "structure", GP_FITS)] = "usual"
    """Fitted: height and length scale that make the data most likely, from the one above on."""
    gp_noise: Annotated[
        float, FloatField("Noise, for values", "structure", 0, _LARGEST, open_low=True)
    ] = 1e-10
    """The variance of the noise that a regression takes for granted; without use for classes."""
    mlp_layers: Annotated[
        tuple[int, ...],
        NumbersField("Hidden layers", "structure", 1, 500, least=1, most=5, whole=True),
    ] = (100,)
    """Units in each hidden layer, parted by commas."""
    mlp_activation: Annotated[str, ChoiceField("Activation", "structure", MLP_ACTIVATIONS)] = "relu"
    """The curve that each hidden unit bends its sum with."""
    mlp_rate: Annotated[float, FloatField("Rate", "structure", 0, 10, open_low=True)] = 0.001
    """The learning rate of Adam, its optimizer."""
    mlp_epochs: Annotated[int, IntField("Epochs", "structure", 1, 10_000)] = 200
    """The most passes over the training points; it stops before if the loss stands still."""
    mlp_alpha: Annotated[float, FloatField("L2 penalty", "structure", 0, 10)] = 0.0001
    """Pulls its weights towards zero."""

    def to_query(self) -> dict[str, str]:
        # Always a word, so that an address of this page is never empty: an empty one stands for
        # the spiral with three arms, whatever the Playground begins with.
        splits = self.FIELDS["compare_splits"].text(self.compare_splits)
        return {"compare_splits": splits} | super().to_query()
