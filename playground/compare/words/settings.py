"""What the settings of the page Compare and its models are called, and their helps."""

from __future__ import annotations

from typing import Final

from playground.settings.fields import Choices, Label

NETWORK: Final = "Our network"
OTHERS: Final[Choices] = {
    "linear": "Linear model",
    "knn": "k-nearest neighbours",
    "svm": "SVM (RBF)",
    "forest": "Random forest",
    "boosting": "Gradient boosting",
    "gp": "Gaussian process",
    "mlp": "scikit-learn's MLP",
}
LOGISTIC: Final = "Logistic regression"
RIDGE: Final = "Ridge regression"
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
MODELS: Final = Label(
    "Beside our network", "The models that learn the same points. Our network always takes part."
)
SPLITS: Final = Label(
    "Splits",
    "How often the points are parted anew. More splits tell smaller differences from chance.",
)
TEST: Final = Label(
    "Test share (%)",
    "The share of the points that no model learns from, and on which all are measured.",
)
STANDARDIZE: Final = Label(
    "Standardise inputs",
    "Gives each model inputs of mean 0 and variance 1, measured on what it learns from.",
)
FIRST: Final = Label("Curves of", "The first model in the learning curve and the calibration plot.")
SECOND: Final = Label("and of", "The second model in the learning curve and the calibration plot.")
LINEAR_C: Final = Label(
    "C, or 1/α",
    "Small values keep the weights small: C of logistic regression, 1/α of ridge regression.",
)
KNN_NEIGHBOURS: Final = Label("Neighbours", "How many of the nearest training points vote.")
KNN_VOTES: Final = Label("Votes", "Whether a nearer neighbour counts for more.")
SVM_C: Final = Label(
    "C", "How dear a point on the wrong side is. Small values give a smoother boundary."
)
SVM_GAMMA: Final = Label(
    "γ (0: by scale)",
    "How near a point must lie to matter, as exp(-γ d²). 0 is 1 / (inputs × variance).",
)
SVM_PLATT: Final = Label(
    "Probabilities",
    "Fits probabilities to the distances from the boundary (Platt scaling, five more fits).",
)
FOREST_TREES: Final = Label("Trees", "How many trees vote.")
FOREST_DEPTH: Final = Label(
    "Depth (0: no limit)", "How many questions a tree may ask one after the other."
)
BOOSTING_ROUNDS: Final = Label("Rounds", "How many rounds of trees are added up.")
BOOSTING_RATE: Final = Label("Rate", "How much of each new tree is added.")
BOOSTING_LEAF: Final = Label(
    "Points a leaf",
    "The fewest points that a leaf may hold. On small data the usual 20 is coarse.",
)
GP_LENGTH: Final = Label("Length scale", "How far one point's influence reaches.")
GP_FIT: Final = Label(
    "Kernel",
    "Fitted: height and length scale that make the data most likely, from the one above on.",
)
GP_NOISE: Final = Label(
    "Noise, for values",
    "The variance of the noise that a regression takes for granted; without use for classes.",
)
MLP_LAYERS: Final = Label("Hidden layers", "Units in each hidden layer, parted by commas.")
MLP_ACTIVATION: Final = Label("Activation", "The curve that each hidden unit bends its sum with.")
MLP_RATE: Final = Label("Rate", "The learning rate of Adam, its optimizer.")
MLP_EPOCHS: Final = Label(
    "Epochs",
    "The most passes over the training points; it stops before if the loss stands still.",
)
MLP_ALPHA: Final = Label("L2 penalty", "Pulls its weights towards zero.")
