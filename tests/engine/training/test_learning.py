"""The engine learns: the sets that the project began with."""

import numpy as np
import pytest

from engine import (
    SGD,
    Adam,
    BinaryCrossEntropy,
    Dense,
    Dropout,
    MeanSquaredError,
    ReLU,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
)
from tests.engine.helpers import Floats, Ints, spiral


def moons(n: int = 200) -> tuple[Floats, Ints]:
    """Two half circles that reach into each other."""
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, np.pi, n)
    y = np.arange(n) % 2
    x1 = np.where(y == 0, np.cos(angle), 1 - np.cos(angle))
    x2 = np.where(y == 0, np.sin(angle), 0.5 - np.sin(angle))
    return np.column_stack([x1, x2]) + rng.normal(scale=0.1, size=(n, 2)), y


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_three_class_spiral(dtype: type) -> None:
    X, y = spiral()
    model = Sequential([Dense(2, 64, init="he"), ReLU(), Dense(64, 3)], dtype=dtype)
    model.compile(SGD(0.3, momentum=0.9), SoftmaxCrossEntropy())
    history = model.fit(X, y, epochs=250, batch_size=32)
    assert history.accuracy[-1] > 0.95
    assert history.loss[-1] < 0.2 * history.loss[0]
    assert (model.predict(X) == y).mean() == history.accuracy[-1]


def test_moons_with_one_logit() -> None:
    X, y = moons()
    model = Sequential([Dense(2, 8), Tanh(), Dense(8, 8), Tanh(), Dense(8, 1)])
    model.compile(Adam(0.02), BinaryCrossEntropy())
    history = model.fit(X[:140], y[:140], epochs=150, validation_data=(X[140:], y[140:]))
    assert history.accuracy[-1] > 0.97
    assert history.val_accuracy[-1] > 0.93


def test_moons_with_dropout() -> None:
    X, y = moons()
    model = Sequential([Dense(2, 32), ReLU(), Dropout(0.2), Dense(32, 2)])
    model.compile(Adam(0.02), SoftmaxCrossEntropy())
    assert model.fit(X, y, epochs=150).accuracy[-1] > 0.95


def test_a_sine() -> None:
    X = np.linspace(-3, 3, 100)[:, np.newaxis]
    y = np.sin(X[:, 0])
    model = Sequential([Dense(1, 16), Tanh(), Dense(16, 1)])
    model.compile(Adam(0.02), MeanSquaredError())
    model.fit(X, y, epochs=300, batch_size=20)
    assert model.evaluate(X, y).loss < 0.01 * y.var()
