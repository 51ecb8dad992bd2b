"""The experiments that the project grew from, in quick form.

The full table, over ten seeds and beside other libraries, is made by benchmarks/. Two moons are
held against PyTorch in test_against_torch.py.
"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits, make_circles
from sklearn.metrics import roc_auc_score

from engine import (
    SGD,
    BinaryCrossEntropy,
    Dense,
    ReLU,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    Trainer,
)
from tests.engine.helpers import Floats, Ints, spiral

SEEDS = range(5)


def split(X: Floats, y: Ints, train: int, seed: int) -> tuple[Floats, Ints, Floats, Ints]:
    order = np.random.default_rng(seed).permutation(len(X))
    chosen, rest = order[:train], order[train:]
    return X[chosen], y[chosen], X[rest], y[rest]


def test_three_class_spiral_of_300() -> None:
    scores = []
    for seed in SEEDS:
        X, y, X_test, y_test = split(*spiral(300), 225, seed)
        model = Sequential([Dense(2, 64, init="he"), ReLU(), Dense(64, 3)], seed, np.float32)
        model.compile(SGD(0.3, momentum=0.9), SoftmaxCrossEntropy())
        model.fit(X, y, epochs=200)
        scores.append((model.predict(X_test) == y_test).mean())
    assert np.mean(scores) > 0.93  # no straight line gets above 0.7


def test_784_10_10_on_digits_scaled_to_28x28() -> None:
    digits = load_digits()
    nearest = np.arange(28) * 8 // 28
    X = digits.images[:, nearest][:, :, nearest].reshape(-1, 784) / 16.0
    scores = []
    for seed in SEEDS:
        X_train, y_train, X_test, y_test = split(X, digits.target, 1297, seed)
        model = Sequential([Dense(784, 10), ReLU(), Dense(10, 10)], seed, np.float32)
        assert model.n_parameters == 7960
        model.compile(SGD(0.05), SoftmaxCrossEntropy())
        history = model.fit(X_train, y_train, epochs=30)
        assert history.loss[-1] < 0.2 * history.loss[0]
        scores.append((model.predict(X_test) == y_test).mean())
    assert np.mean(scores) > 0.93


def test_circles_with_2_5_2_1_need_few_epochs_for_an_auc_of_0_99() -> None:
    epochs = []
    for seed in SEEDS:
        X, y = make_circles(400, noise=0.1, factor=0.5, random_state=seed)
        model = Sequential([Dense(2, 5), Tanh(), Dense(5, 2), Tanh(), Dense(2, 1)], seed)
        loss, optimizer = BinaryCrossEntropy(), SGD(0.1, momentum=0.9)
        run = Trainer(model, loss, optimizer, X[:300], y[:300], 32, seed, epochs=300)
        while roc_auc_score(y[300:], model.forward(X[300:])[:, 0]) < 0.99:
            assert run.run_epochs(1) > 0, "no AUC of 0.99 within 300 epochs"
        epochs.append(run.epoch)
    assert np.median(epochs) < 40  # the article gives 0.81 after 9,000
