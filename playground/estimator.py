"""Scikit-learn estimators over the engine: a classifier and a regressor that go into pipelines.

N samples, F features, C classes or outputs.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from numbers import Integral
from threading import Lock
from typing import Any, ClassVar, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from engine import (
    ACTIVATIONS,
    INITIALIZERS,
    OPTIMIZERS,
    Callback,
    Dense,
    Dropout,
    EarlyStopping,
    Layer,
    Loss,
    MeanSquaredError,
    Optimizer,
    ProgressBar,
    Sequential,
    SoftmaxCrossEntropy,
    SoftmaxSquaredError,
)
from engine.core.validation import lookup, number, whole

Floats = NDArray[np.floating[Any]]

CONSTANT: Final = 1e-13  # a column that varies by less than this share of its size is constant


class Scale(NamedTuple):
    """z = (x - mean) / spread, one of each a column."""

    mean: Floats
    spread: Floats


class NeuralNetwork(BaseEstimator):  # type: ignore[misc]
    """What classifier and regressor share.

    ``hidden_layer_sizes`` are the units of each hidden layer (empty: a linear model), each followed
    by ``activation`` and ``dropout``; ``init=None`` takes He's starting weights before units like
    ReLU and Glorot's otherwise. ``loss=None`` takes cross-entropy for classes and the mean squared
    error for values; for classes there is also ``"softmax_mse"``, Brier's score over the number of
    classes. ``optimizer`` is one of the engine's by name,
    ``optimizer_options`` its arguments besides the learning rate, such as ``{"momentum": 0.9}``;
    ``l2`` is added to the gradient as l2 W. A ``batch_size`` beyond N means all samples.
    ``early_stopping`` holds ``validation_fraction`` of the samples back, stops when their loss has
    not improved for ``patience`` epochs, and keeps the best weights. ``verbose`` shows a progress
    bar.

    Unless ``standardize`` is False, the network learns on columns of mean 0 and variance 1 (a
    regressor's targets too), measured on all samples that ``fit`` is given; a column of X that is
    constant there is ignored. After that the scales are folded into its first and last layer, so
    that ``network_`` takes X and gives y as they are.

    Fitted: ``network_`` (an ``engine.Sequential``, which can be saved alone), ``history_`` (losses
    and accuracies by epochs; a regressor's losses are in units of its targets' variance if these
    are standardized), ``n_iter_`` (epochs made), ``n_features_in_``, ``feature_names_in_``.

    Bad parameters and bad data are a ``ValueError``, and a fit that fails in any way leaves the
    estimator as it was. A run that diverges keeps its last finite weights and warns with
    ``ConvergenceWarning``.
    """

    network_: Sequential
    losses: ClassVar[tuple[type[Loss], ...]]  # which it takes, the usual one first

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] | int = (32, 32),
        *,
        activation: str = "relu",
        init: str | None = None,
        dropout: float = 0.0,
        loss: str | None = None,
        optimizer: str = "adam",
        optimizer_options: Mapping[str, Any] | None = None,
        learning_rate: float = 0.01,
        epochs: int = 200,
        batch_size: int = 32,
        l2: float = 1e-3,
        standardize: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        verbose: bool = False,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.init = init
        self.dropout = dropout
        self.loss = loss
        self.optimizer = optimizer
        self.optimizer_options = optimizer_options
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.l2 = l2
        self.standardize = standardize
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.verbose = verbose
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Train on X (N, F) and y (N,), a regressor's also (N, C), from new starting weights."""
        before = dict(self.__dict__)
        try:
            self._fit(X, y)
        except BaseException:
            self.__dict__.clear()
            self.__dict__.update(before)
            raise
        return self

    def _train(self, X: Floats, y: NDArray[Any], outputs: int, labels: Any) -> None:
        """Train a new network on checked samples; ``labels`` are to be alike in both parts."""
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        epochs = whole("epochs", self.epochs, low=1)
        network = Sequential(self._layers(X.shape[1], outputs), seed=seed)
        network.compile(self._optimizer(), self._loss())
        callbacks: list[Callback] = [ProgressBar(show=True)] if self.verbose else []
        held_back = None
        if self.early_stopping:
            callbacks.append(EarlyStopping("val_loss", self.patience))
            share = number("validation_fraction", self.validation_fraction, above=0.0, below=1.0)
            try:
                X, X_held, y, y_held = train_test_split(
                    X, y, test_size=share, random_state=seed, stratify=labels
                )
            except ValueError as error:
                raise ValueError(
                    f"validation_fraction {share:g} of {len(X)} samples cannot be held back:"
                    f" {error}"
                ) from error
            held_back = X_held, y_held
        self.history_ = network.fit(
            X,
            y,
            epochs=epochs,
            batch_size=self.batch_size,
            validation_data=held_back,
            callbacks=callbacks,
            l2=self.l2,
        )
        if self.history_.divergence is not None:
            warnings.warn(
                f"training diverged in epoch {self.history_.divergence.epoch + 1}:"
                f" {self.history_.divergence.reason}; the last finite weights are kept."
                f" Try a learning_rate below {self.learning_rate:g}",
                ConvergenceWarning,
                stacklevel=4,
            )
        self.network_ = network
        self.n_iter_ = len(self.history_.loss)
        self._lock = Lock()

    def _layers(self, inputs: int, outputs: int) -> list[Layer]:
        given = self.hidden_layer_sizes
        if isinstance(given, str) or not isinstance(given, (Integral, Sequence, np.ndarray)):
            raise ValueError(f"hidden_layer_sizes must be whole numbers, not {given!r}")
        hidden = [
            whole("hidden_layer_sizes", size, low=1)
            for size in ([given] if isinstance(given, Integral) else given)
        ]
        activation = lookup(ACTIVATIONS, self.activation, "activation")
        init, last = activation.init, "glorot"
        if self.init is not None:
            lookup(INITIALIZERS, self.init, "init")
            init = last = self.init
        dropout = number("dropout", self.dropout, low=0.0, below=1.0)
        layers: list[Layer] = []
        for fan_in, fan_out in pairwise([inputs, *hidden]):
            layers += [Dense(fan_in, fan_out, init=init), activation(), Dropout(dropout)]
        return [*layers, Dense([inputs, *hidden][-1], outputs, init=last)]

    def _loss(self) -> Loss:
        if self.loss is None:
            return self.losses[0]()
        return lookup({kind.name: kind for kind in self.losses}, self.loss, "loss")()

    def _optimizer(self) -> Optimizer:
        kind = lookup(OPTIMIZERS, self.optimizer, "optimizer")
        options = {} if self.optimizer_options is None else dict(self.optimizer_options)
        known = [name for name in kind.arguments() if name != "learning_rate"]
        if unknown := sorted(set(options) - set(known)):
            raise ValueError(
                f"optimizer {self.optimizer!r} takes no option {', '.join(map(repr, unknown))};"
                f" it takes {', '.join(known)}"
            )
        number("learning_rate", self.learning_rate, above=0.0)
        return kind(self.learning_rate, **options)

    def _scale(self, name: str, table: Floats, constant: float) -> Scale:
        """Mean and spread of each column; a constant column gets the spread ``constant``."""
        if not self.standardize:
            return Scale(np.zeros(table.shape[1]), np.ones(table.shape[1]))
        with np.errstate(over="ignore", invalid="ignore"):
            mean, spread = table.mean(axis=0), table.std(axis=0)
        if not np.isfinite(spread).all():
            raise ValueError(f"{name} holds values too large to be standardized")
        still = np.ptp(table, axis=0) <= CONSTANT * np.abs(table).max(axis=0)
        if (spread[~still] == 0.0).any():
            raise ValueError(f"{name} holds values too small to be standardized")
        return Scale(mean, np.where(still, constant, spread))

    def _fold(self, inputs: Scale, outputs: Scale | None = None) -> None:
        """Make the network take and give raw values, where it learnt on standardized ones.

        W (x - m) / s + b = (W / s) x + (b - (W / s) m) in the first layer, and likewise in the last
        for (y - m) / s = W a + b.
        """
        first, last = self.network_.dense_layers[0], self.network_.dense_layers[-1]
        with np.errstate(over="ignore", invalid="ignore"):
            first.weight /= inputs.spread[:, np.newaxis]
            first.bias -= inputs.mean @ first.weight
            if outputs is not None:
                last.weight *= outputs.spread
                last.bias *= outputs.spread
                last.bias += outputs.mean
        if not np.isfinite(self.network_.flat).all():
            raise ValueError("X and y are too far apart in size to be standardized")

    def _ask(self, answer: Callable[[Sequential, Floats], NDArray[Any]], X: Any) -> NDArray[Any]:
        check_is_fitted(self, "network_")
        rows = validate_data(self, X, reset=False, dtype=np.float64)
        with self._lock:
            return answer(self.network_, rows)

    # A network's buffers are closures over arrays and serve one thread at a time: a copy of the
    # estimator carries the network as the file that it saves, and calls into it wait in a row.

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "network_" in state:
            file = io.BytesIO()
            self.network_.save(file)
            state["network_"] = file.getvalue()
            del state["_lock"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "network_" in state:
            network = Sequential.load(io.BytesIO(state["network_"]))
            state = {**state, "network_": network, "_lock": Lock()}
        super().__setstate__(state)


class NeuralNetworkClassifier(ClassifierMixin, NeuralNetwork):  # type: ignore[misc]
    """A classifier by softmax cross-entropy, for labels of two or more kinds, numbers or strings.

    Arguments and attributes are those of ``NeuralNetwork``; also ``classes_``, the labels in the
    order of ``predict_proba``'s columns.
    """

    losses = SoftmaxCrossEntropy, SoftmaxSquaredError

    def _fit(self, X: Any, y: Any) -> None:
        rows, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y holds one class only, {self.classes_[0]!r}: a classifier needs two or more"
            )
        scale = self._scale("X", rows, np.inf)
        table = (rows - scale.mean) / scale.spread
        self._train(table, codes, len(self.classes_), codes)
        self._fold(scale)

    def predict_proba(self, X: Any) -> Floats:
        """The probability of each class, (N, C)."""
        return self._ask(Sequential.predict_proba, X)

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable label of each sample, (N,)."""
        codes = self._ask(Sequential.predict, X)
        return np.asarray(self.classes_[codes])


class NeuralNetworkRegressor(RegressorMixin, NeuralNetwork):  # type: ignore[misc]
    """A regressor by the mean squared error, of one value or several.

    Arguments and attributes are those of ``NeuralNetwork``.
    """

    losses = (MeanSquaredError,)

    def _fit(self, X: Any, y: Any) -> None:
        rows, values = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True
        )
        values = check_array(values, dtype=np.float64, ensure_2d=False, input_name="y")
        values = values.reshape(len(values), -1)
        inputs, outputs = self._scale("X", rows, np.inf), self._scale("y", values, 1.0)
        table = (rows - inputs.mean) / inputs.spread
        targets = (values - outputs.mean) / outputs.spread
        self._train(table, targets, values.shape[1], None)
        self._fold(inputs, outputs)

    def predict(self, X: Any) -> Floats:
        """The values, (N,) if there is one a sample, else (N, C)."""
        return self._ask(Sequential.predict, X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
