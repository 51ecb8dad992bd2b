"""Optimizers: the first steps by hand, in plain Python arithmetic, and scikit-learn's descents.

Every option against torch.optim: test_against_torch.py.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from engine import (
    OPTIMIZERS,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    BinaryCrossEntropy,
    Dense,
    Loss,
    Optimizer,
    RMSprop,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    Trainer,
)
from tests.engine.helpers import network, quadrants, trainer

GRADIENTS = (1.0, -2.0, 0.5)


def walk(optimizer: Optimizer, start: float = 3.0, gradients: Iterable[float] = GRADIENTS) -> Any:
    """Where a single parameter is after each of these gradients."""
    params = np.array([start])
    optimizer.prepare(params)
    places = []
    for gradient in gradients:
        optimizer.update(params, np.array([gradient]), optimizer.rate())
        places.append(params[0])
    return pytest.approx(places, rel=1e-12)


def test_sgd() -> None:
    assert walk(SGD(0.1)) == [2.9, 3.1, 3.05]


def test_sgd_momentum() -> None:
    # v: 1, 0.9 - 2 = -1.1, -0.99 + 0.5 = -0.49
    assert walk(SGD(0.1, momentum=0.9)) == [2.9, 3.01, 3.059]


def test_sgd_nesterov() -> None:
    # g + 0.9 v: 1.9, -2 - 0.99 = -2.99, 0.5 - 0.441 = 0.059
    assert walk(SGD(0.1, momentum=0.9, nesterov=True)) == [2.81, 3.109, 3.1031]


def test_sgd_weight_decay() -> None:
    assert walk(SGD(0.1, weight_decay=0.5), gradients=(1.0, 1.0)) == [2.75, 2.5125]


def test_sgd_decay() -> None:
    assert walk(SGD(0.1, decay=1.0)) == [2.9, 2.9 + 0.2 / 2, 3.0 - 0.05 / 3]


def test_adagrad() -> None:
    places, w, s = [], 3.0, 0.5
    for t, g in enumerate(GRADIENTS):
        s += g * g
        w -= 0.1 / (1 + 0.2 * t) * g / (math.sqrt(s) + 1e-10)
        places.append(w)
    assert walk(Adagrad(0.1, lr_decay=0.2, initial_accumulator_value=0.5)) == places


def test_rmsprop() -> None:
    places, w, s = [], 3.0, 0.0
    for g in GRADIENTS:
        s = 0.9 * s + 0.1 * g * g
        w -= 0.01 * g / (math.sqrt(s) + 1e-8)
        places.append(w)
    assert walk(RMSprop(0.01, alpha=0.9)) == places


def test_rmsprop_centered_with_momentum_and_weight_decay() -> None:
    places, w, s, mean, v = [], 3.0, 0.0, 0.0, 0.0
    for gradient in GRADIENTS:
        g = gradient + 0.1 * w
        s = 0.9 * s + 0.1 * g * g
        mean = 0.9 * mean + 0.1 * g
        v = 0.5 * v + g / (math.sqrt(s - mean * mean) + 1e-6)
        w -= 0.01 * v
        places.append(w)
    optimizer = RMSprop(0.01, alpha=0.9, eps=1e-6, weight_decay=0.1, momentum=0.5, centered=True)
    assert walk(optimizer) == places


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_adam(decay: float) -> None:
    places, w, m, v = [], 3.0, 0.0, 0.0
    for t, gradient in enumerate(GRADIENTS, start=1):
        g = gradient + decay * w
        m = 0.8 * m + 0.2 * g
        v = 0.95 * v + 0.05 * g * g
        w -= 0.1 * (m / (1 - 0.8**t)) / (math.sqrt(v / (1 - 0.95**t)) + 1e-8)
        places.append(w)
    assert walk(Adam(0.1, betas=(0.8, 0.95), weight_decay=decay)) == places


def test_adamw_decays_the_weight_itself() -> None:
    places, w, m, v = [], 3.0, 0.0, 0.0
    for t, g in enumerate(GRADIENTS, start=1):
        w *= 1 - 0.1 * 0.3
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        w -= 0.1 * (m / (1 - 0.9**t)) / (math.sqrt(v / (1 - 0.999**t)) + 1e-8)
        places.append(w)
    assert walk(AdamW(0.1, weight_decay=0.3)) == places


def test_defaults_are_those_of_torch() -> None:
    assert AdamW().weight_decay == 0.01
    assert Adam().weight_decay == 0.0
    assert Adam().betas == (0.9, 0.999)
    assert Adam().eps == 1e-8
    assert RMSprop().alpha == 0.99
    assert RMSprop().eps == 1e-8
    assert Adagrad().eps == 1e-10
    assert SGD().momentum == SGD().weight_decay == 0.0


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_every_optimizer_learns_and_has_a_config(name: str) -> None:
    optimizer = OPTIMIZERS[name](0.02)
    run = trainer(optimizer=optimizer)
    start = run.train_loss
    run.run_epochs(40)
    assert run.train_loss < 0.8 * start
    settings: dict[str, Any] = optimizer.config()
    assert OPTIMIZERS[name](**settings).config() == settings


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_replica_rates_are_those_of_single_runs(name: str) -> None:
    params = np.array([[1.0, 2.0], [1.0, 2.0]])
    stacked = OPTIMIZERS[name]([0.1, 0.3])
    stacked.prepare(params)
    for k, rate in enumerate((0.1, 0.3)):
        alone = np.array([1.0, 2.0])
        optimizer = OPTIMIZERS[name](rate)
        optimizer.prepare(alone)
        for g in (0.3, -0.2):
            optimizer.update(alone, np.full(2, g), rate)
            if k == 0:
                stacked.update(params, np.full((2, 2), g), stacked.rate())
        np.testing.assert_allclose(params[k], alone, rtol=1e-13)


@pytest.mark.parametrize("rate", [0, -1.0, math.nan, math.inf, "fast", None, [0.1, -0.1], []])
def test_a_bad_learning_rate_is_refused(rate: Any) -> None:
    with pytest.raises(ValueError, match="learning_rate"):
        SGD(rate)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(momentum=1.0), "SGD momentum"),
        (lambda: SGD(momentum=[0.5, 1.0]), "SGD momentum must be >= 0 and < 1, not 1"),
        (lambda: SGD(momentum=[]), "SGD momentum must be a number or one number per replica"),
        (lambda: RMSprop(momentum=[[0.5]]), "RMSprop momentum must be a number or one number"),
        (lambda: SGD(weight_decay=-1), "SGD weight_decay"),
        (lambda: SGD(decay=math.nan), "SGD decay"),
        (lambda: RMSprop(alpha=1.0), "RMSprop alpha"),
        (lambda: Adam(betas=(0.9, 1.0)), "Adam beta2"),
        (lambda: AdamW(betas=0.9), "AdamW betas"),  # type: ignore[arg-type]
        (lambda: Adagrad(eps=-1e-8), "Adagrad eps"),
    ],
)
def test_bad_settings_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_refused_setting_leaves_the_old_one() -> None:
    optimizer = SGD(0.1, momentum=0.5)
    with pytest.raises(ValueError, match="momentum"):
        optimizer.momentum = 2.0
    assert optimizer.momentum == 0.5


def test_one_rate_per_replica_needs_replicas() -> None:
    X, y = quadrants()
    with pytest.raises(ValueError, match=r"learning_rate has shape \(2,\).*no replicas"):
        Trainer(network(), SoftmaxCrossEntropy(), SGD([0.1, 0.2]), X, y)


def test_one_momentum_per_replica_is_frozen_and_in_the_config() -> None:
    optimizer = SGD(0.1, momentum=(0.0, 0.5), weight_decay=np.array([0.1, 0.2]))
    settings: dict[str, Any] = optimizer.config()
    assert (settings["momentum"], settings["weight_decay"]) == ([0.0, 0.5], [0.1, 0.2])
    assert SGD(**settings).config() == settings
    assert isinstance(optimizer.momentum, np.ndarray)
    with pytest.raises(ValueError, match="read-only"):
        optimizer.momentum[0] = 2.0


def sklearn_weights(X: Any, y: Any, **options: Any) -> tuple[Any, Any]:
    """Where scikit-learn's MLP starts, and where 60 full-batch steps bring it."""

    def fitted(**more: Any) -> Any:
        settings = {
            "hidden_layer_sizes": (6, 5),
            "activation": "tanh",
            "solver": "sgd",
            "shuffle": False,
            "batch_size": len(X),
            "n_iter_no_change": 1000,
            "random_state": 3,
        }
        classifier = MLPClassifier(**{**settings, **options, **more})
        with pytest.warns(ConvergenceWarning):
            classifier.fit(X, y)
        pairs = zip(classifier.coefs_, classifier.intercepts_, strict=True)
        return np.concatenate([np.vstack([w, b]).ravel() for w, b in pairs])

    # One step that is too short to be seen in a float leaves the start.
    start = fitted(max_iter=1, learning_rate_init=1e-300, alpha=0.0)
    return start, fitted(max_iter=60)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_full_batch_sgd_is_scikit_learns(
    classes: int, momentum: float, nesterov: bool, alpha: float
) -> None:
    X, _ = quadrants(40)
    y = np.digitize(X[:, 0] * X[:, 1], [0.0, 0.7][: classes - 1])
    start, end = sklearn_weights(
        X,
        y,
        learning_rate_init=0.1,
        momentum=momentum,
        nesterovs_momentum=nesterov,
        alpha=alpha,
    )
    outputs = 1 if classes == 2 else classes
    loss: Loss = BinaryCrossEntropy() if classes == 2 else SoftmaxCrossEntropy()
    model = Sequential([Dense(2, 6), Tanh(), Dense(6, 5), Tanh(), Dense(5, outputs)])
    model.flat[...] = start
    # scikit-learn divides its penalty by the number of samples.
    optimizer = SGD(0.1, momentum=momentum, nesterov=nesterov)
    run = Trainer(model, loss, optimizer, X, y, len(X), l2=alpha / len(X))
    assert run.run_epochs(60) == 60
    assert np.abs(end - start).max() > 0.1
    np.testing.assert_allclose(model.flat, end, rtol=0.0, atol=1e-12)
