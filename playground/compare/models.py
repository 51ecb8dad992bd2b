"""The models that are compared, as estimators with the settings of the page: a registry.

N samples, F inputs. scikit-learn is imported when a model is made, which a worker process does: the
server itself need not load it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final

from playground.compare import words
from playground.compare.settings import MODELS, NETWORK, CompareSettings
from playground.compare.words import settings as names
from playground.data.datasets import Task
from playground.runs.build import optimizer_settings
from playground.settings.config import DISPLAY_FIELDS, Config

# Of the Config what takes no part: the estimator has no argument for it, or the page its own.
UNUSED: Final = frozenset(
    {"activations", "init_scale", "loss", "l1", "clip", "schedule", "schedule_epochs"}
    | {"schedule_factor", "warmup", "train_share", "speed"}
    | DISPLAY_FIELDS
)

Make = Callable[[Task, Config, CompareSettings, int], Any]


@dataclass(frozen=True)
class Model:
    """A model: how it is made for a task from the settings and a seed, and which are its own.

    `controls` maps its settings to the step of their buttons. `most` training points are all that
    it can be given in a time that somebody waits. `least` names its setting that asks for as many
    training points, `probabilities` the one without which it gives none for classes.
    """

    label: str
    make: Make
    controls: Mapping[str, float | None] = field(default_factory=dict)
    label_of_values: str = ""
    most: float = math.inf
    least: str = ""
    probabilities: str = ""

    def refusal(self, points: int, settings: CompareSettings) -> str:
        """Why it is not fitted to so many training points; empty if it can be."""
        if points > self.most:
            return words.too_slow(self.most, points)
        asked = getattr(settings, self.least) if self.least else 0
        if asked > points:
            return words.too_many_neighbours(asked, points)
        return ""

    def sure(self, settings: CompareSettings) -> bool:
        """Whether its answers for classes are probabilities."""
        return not self.probabilities or bool(getattr(settings, self.probabilities))

    def name(self, task: Task) -> str:
        """What it is called where it learns classes, or values."""
        return self.label_of_values if task == "regression" and self.label_of_values else self.label


def _of(task: Task, module: str, classifier: str, regressor: str) -> Any:
    name = regressor if task == "regression" else classifier
    return getattr(import_module(module), name)


def _network(task: Task, config: Config, settings: CompareSettings, seed: int) -> Any:
    names = "NeuralNetworkClassifier", "NeuralNetworkRegressor"
    return _of(task, "playground.estimator", *names)(
        config.layers,
        activation=config.activation,
        init=config.init,
        dropout=config.dropout,
        optimizer=config.optimizer,
        optimizer_options=optimizer_settings(config),
        learning_rate=config.learning_rate,
        epochs=config.epochs,
        batch_size=config.batch_size,
        l2=config.l2,
        standardize=False,
        random_state=seed,
    )


def _linear(task: Task, config: Config, settings: CompareSettings, seed: int) -> Any:
    kind = _of(task, "sklearn.linear_model", "LogisticRegression", "Ridge")
    strength = settings.linear_c
    return kind(alpha=1 / strength) if task == "regression" else kind(C=strength)


def _knn(task: Task, config: Config, settings: CompareSettings, seed: int) -> Any:
    kind = _of(task, "sklearn.neighbors", "KNeighborsClassifier", "KNeighborsRegressor")
    return kind(settings.knn_neighbours, weights=settings.knn_weights)


def _svm(task: Task, config: Config, settings: CompareSettings, seed: int) -> Any:
    made = _of(task, "sklearn.svm", "SVC", "SVR")(
        C=settings.svm_c, gamma=settings.svm_gamma or "scale"
    )
    if task == "regression" or not settings.svm_platt:
        return made
    return import_module("sklearn.calibration").CalibratedClassifierCV(made, ensemble=False)


def _forest(task: Task, config: Config, settings: CompareSettings, seed: int) -> Any:
    kind = _of(task, "sklearn.ensemble", "RandomForestClassifier", "RandomForestRegressor")
    depth = settings.forest_depth or None
    return kind(settings.forest_trees, max_depth=depth, random_state=seed)


def _boosting(task: Task, config: Config, settings: CompareSettings, seed: int) -> Any:
    names = "HistGradientBoostingClassifier", "HistGradientBoostingRegressor"
    return _of(task, "sklearn.ensemble", *names)(
        max_iter=settings.boosting_rounds,
        learning_rate=settings.boosting_rate,
        min_samples_leaf=settings.boosting_leaf,
        random_state=seed,
    )


def _gp(task: Task, config: Config, settings: CompareSettings, seed: int) -> Any:
    names = "GaussianProcessClassifier", "GaussianProcessRegressor"
    kernels = import_module("sklearn.gaussian_process.kernels")
    fits = task == "regression" if settings.gp_fit == "usual" else settings.gp_fit == "fit"
    bounds = (1e-5, 1e5) if fits else "fixed"
    rbf = kernels.RBF(settings.gp_length, length_scale_bounds=bounds)
    kernel = kernels.ConstantKernel(1.0, constant_value_bounds=bounds) * rbf
    noise = {"alpha": settings.gp_noise} if task == "regression" else {}
    return _of(task, "sklearn.gaussian_process", *names)(kernel, random_state=seed, **noise)


def _mlp(task: Task, config: Config, settings: CompareSettings, seed: int) -> Any:
    return _of(task, "sklearn.neural_network", "MLPClassifier", "MLPRegressor")(
        hidden_layer_sizes=settings.mlp_layers,
        activation=settings.mlp_activation,
        alpha=settings.mlp_alpha,
        learning_rate_init=settings.mlp_rate,
        max_iter=settings.mlp_epochs,
        random_state=seed,
    )


REGISTRY: Final[Mapping[str, Model]] = {
    NETWORK: Model(MODELS[NETWORK], _network),
    "linear": Model(names.LOGISTIC, _linear, {"linear_c": 0.1}, names.RIDGE),
    "knn": Model(
        MODELS["knn"],
        _knn,
        {"knn_neighbours": 1, "knn_weights": None},
        least="knn_neighbours",
    ),
    "svm": Model(
        MODELS["svm"],
        _svm,
        {"svm_c": 0.1, "svm_gamma": 0.01, "svm_platt": None},
        probabilities="svm_platt",
    ),
    "forest": Model(MODELS["forest"], _forest, {"forest_trees": 10, "forest_depth": 1}),
    "boosting": Model(
        MODELS["boosting"],
        _boosting,
        {"boosting_rounds": 10, "boosting_rate": 0.01, "boosting_leaf": 1},
    ),
    "gp": Model(
        MODELS["gp"],
        _gp,
        {"gp_length": 0.1, "gp_fit": None, "gp_noise": 0.01},
        most=1000,  # its time grows with N³: half a second for 800 points, half a minute for 4,000
    ),
    "mlp": Model(
        MODELS["mlp"],
        _mlp,
        {
            "mlp_layers": None,
            "mlp_activation": None,
            "mlp_rate": 0.001,
            "mlp_epochs": 50,
            "mlp_alpha": 0.0001,
        },
    ),
}


def made(name: str, config: Config, settings: CompareSettings, seed: int) -> Any:
    """The estimator called `name`, not yet fitted; behind a scaler if inputs are standardised."""
    estimator = REGISTRY[name].make(config.task, config, settings, seed)
    if not settings.compare_standardize:
        return estimator
    scaler = import_module("sklearn.preprocessing").StandardScaler()
    return import_module("sklearn.pipeline").make_pipeline(scaler, estimator)
