"""The four experiments of the projects that inspired this one, run with our engine and its peers.

Each is repeated over ``SEEDS``: the seed decides the data, the split and the starting weights.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
import warnings
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engine import (
    SGD,
    Adam,
    BinaryCrossEntropy,
    Dense,
    Optimizer,
    ReLU,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    Trainer,
)
from playground.data.datasets import make_dataset

SEEDS: Final = range(10)
TRAIN_SHARE: Final = 70  # percent

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


class Split(NamedTuple):
    """Points and their classes, to train on and to test on."""

    X: Floats
    y: Labels
    X_test: Floats
    y_test: Labels


class Fitted(NamedTuple):
    """One run: the share of right answers on the test points, and processor seconds of the fit."""

    accuracy: float
    seconds: float


def points(name: str, samples: int, seed: int, noise: int = 10) -> Split:
    """A data set of the playground (``noise`` of 50), coordinates scaled to a deviation near 1."""
    data = make_dataset(name, samples, noise, TRAIN_SHARE, seed)
    scale = data.X_train.std()
    y, y_test = data.y_train.astype(np.int64), data.y_test.astype(np.int64)
    return Split(data.X_train / scale, y, data.X_test / scale, y_test)


def fitted(data: Split, fit: Callable[[], Callable[[Floats], Any]]) -> Fitted:
    """Time ``fit``, which returns how to predict."""
    start = time.process_time()
    predict = fit()
    seconds = time.process_time() - start
    return Fitted(float((np.asarray(predict(data.X_test)) == data.y_test).mean()), seconds)


# ---- 1. three-class spiral, 300 samples ---------------------------------------------------------

HIDDEN: Final = (32, 32)
EPOCHS, BATCH, RATE = 300, 32, 0.01


def spiral_ours(data: Split, seed: int) -> Callable[[Floats], Any]:
    """2-32-32-3, tanh, Adam."""
    layers = [Dense(2, 32), Tanh(), Dense(32, 32), Tanh(), Dense(32, 3)]
    model = Sequential(layers, seed=seed, dtype=np.float32)
    model.compile(Adam(RATE), SoftmaxCrossEntropy())
    model.fit(data.X, data.y, epochs=EPOCHS, batch_size=BATCH)
    return model.predict


def spiral_torch(data: Split, seed: int) -> Callable[[Floats], Any]:
    """The same network, optimizer, batches and epochs in PyTorch."""
    torch: Any = importlib.import_module("torch")
    nn = torch.nn
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    model = nn.Sequential(
        nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 3)
    )
    optimizer, criterion = torch.optim.Adam(model.parameters(), RATE), nn.CrossEntropyLoss()
    X, y = torch.tensor(data.X, dtype=torch.float32), torch.tensor(data.y)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(X)).split(BATCH):
            optimizer.zero_grad()
            criterion(model(X[chosen]), y[chosen]).backward()
            optimizer.step()

    def predict(points: Floats) -> Any:
        with torch.no_grad():
            return model(torch.tensor(points, dtype=torch.float32)).argmax(1).numpy()

    return predict


def _sklearn(module: str, name: str, **options: Any) -> Callable[[Split, int], Any]:
    def fit(data: Split, seed: int) -> Any:
        kind = getattr(importlib.import_module(f"sklearn.{module}"), name)
        seeded = {"random_state": seed} if "random_state" in kind().get_params() else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the MLP warns that it stops at max_iter, as it shall
            return kind(**options, **seeded).fit(data.X, data.y).predict

    return fit


class Model(NamedTuple):
    """A learner of the spiral: its name, the package it needs, and how it is fitted."""

    name: str
    package: str
    fit: Callable[[Split, int], Callable[[Floats], Any]]


MLP: Final[dict[str, Any]] = {
    "hidden_layer_sizes": HIDDEN,
    "activation": "tanh",
    "alpha": 0.0,
    "batch_size": BATCH,
    "learning_rate_init": RATE,
    "max_iter": EPOCHS,
    "n_iter_no_change": EPOCHS,
}
LEARNERS: Final = {
    "ours": Model("our engine, 2-32-32-3", "numpy", spiral_ours),
    "torch": Model("PyTorch, the same network", "torch", spiral_torch),
    "mlp": Model(
        "scikit-learn MLPClassifier, the same",
        "sklearn",
        _sklearn("neural_network", "MLPClassifier", **MLP),
    ),
    "forest": Model(
        "RandomForest, 100 trees", "sklearn", _sklearn("ensemble", "RandomForestClassifier")
    ),
    "svm": Model("SVM, RBF kernel", "sklearn", _sklearn("svm", "SVC")),
    "knn": Model("k-NN, 5 neighbours", "sklearn", _sklearn("neighbors", "KNeighborsClassifier")),
    "logistic": Model(
        "logistic regression", "sklearn", _sklearn("linear_model", "LogisticRegression")
    ),
}


def spiral(learner: str) -> list[Fitted]:
    """One learner over all seeds; a first fit, of which no time is kept, warms the caches."""
    fit = LEARNERS[learner].fit
    fit(points("three-spiral", 300, 0), 0)
    found = []
    for seed in SEEDS:
        data = points("three-spiral", 300, seed)
        found.append(fitted(data, lambda data=data, seed=seed: fit(data, seed)))  # type: ignore[misc]
    return found


# ---- 2. two moons, three layers of tanh ----------------------------------------------------------


class Moons(NamedTuple):
    """The fit of one seed, and per parameter the largest |ours - PyTorch's| gradient (or None)."""

    fitted: Fitted
    differences: dict[str, float] | None


def moons(seed: int) -> Moons:
    """2-16-16-2 in float64: the gradient of all training points is compared, before and after."""
    data = points("moons", 400, seed, noise=25)
    model = Sequential(
        [Dense(2, 16), Tanh(), Dense(16, 16), Tanh(), Dense(16, 2)], seed=seed, dtype=np.float64
    )
    before = _differences(model, data)

    def fit() -> Callable[[Floats], Any]:
        trainer = Trainer(model, SoftmaxCrossEntropy(), Adam(0.01), data.X, data.y, 32, seed)
        trainer.run_epochs(200)
        return model.predict

    run, after = fitted(data, fit), _differences(model, data)
    if before is None or after is None:
        return Moons(run, None)
    return Moons(run, {name: max(before[name], after[name]) for name in before})


def _differences(model: Sequential, data: Split) -> dict[str, float] | None:
    """Largest absolute difference of each parameter's gradient to PyTorch's autograd."""
    if importlib.util.find_spec("torch") is None:
        return None
    torch: Any = importlib.import_module("torch")
    loss = SoftmaxCrossEntropy()
    model.backward(loss.gradient(model.forward(data.X), data.y))
    ours = model.parameters()
    theirs = [torch.tensor(p.data.copy(), requires_grad=True) for p in ours]
    signal = torch.tensor(data.X)
    for index in range(0, len(theirs), 2):
        signal = signal @ theirs[index] + theirs[index + 1]
        signal = torch.tanh(signal) if index + 2 < len(theirs) else signal
    torch.nn.functional.cross_entropy(signal, torch.tensor(data.y)).backward()
    return {
        mine.name: float(np.abs(mine.grad - other.grad.numpy()).max())
        for mine, other in zip(ours, theirs, strict=True)
    }


# ---- 3. 784-10-10 on digits ----------------------------------------------------------------------


DIGIT_EPOCHS: Final = 30


def digits(seed: int) -> Fitted:
    """scikit-learn's 1,797 digits, 8x8 scaled to 28x28; ReLU, softmax, plain SGD."""
    images, labels = importlib.import_module("sklearn.datasets").load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(images))
    train, test = order[: len(order) * 4 // 5], order[len(order) * 4 // 5 :]
    X = enlarged(images.reshape(-1, 8, 8) / 16.0, 28).reshape(-1, 784)
    data = Split(X[train], labels[train], X[test], labels[test])
    layers = [Dense(784, 10, init="he"), ReLU(), Dense(10, 10)]
    model = Sequential(layers, seed=seed, dtype=np.float32)

    def fit() -> Callable[[Floats], Any]:
        trainer = Trainer(model, SoftmaxCrossEntropy(), SGD(0.1), data.X, data.y, 32, seed)
        trainer.run_epochs(DIGIT_EPOCHS)
        return model.predict

    return fitted(data, fit)


def enlarged(images: Floats, size: int) -> Floats:
    """Square images (N, s, s) as (N, size, size), bilinear between the centres of pixels."""
    old = images.shape[1]
    places = np.clip((np.arange(size) + 0.5) * old / size - 0.5, 0, old - 1)
    low = np.minimum(places.astype(np.int64), old - 2)
    share = (places - low)[:, np.newaxis]
    blend: Floats = np.zeros((size, old))
    blend[np.arange(size), low] = 1.0 - share[:, 0]
    blend[np.arange(size), low + 1] = share[:, 0]
    return np.asarray(blend @ images @ blend.T, dtype=np.float64)


# ---- 4. circles with 2-5-2-1 ---------------------------------------------------------------------

AUC_GOAL: Final = 0.99
MOST_EPOCHS: Final = 9000
CIRCLES: Final[dict[str, tuple[Callable[[], Optimizer], int]]] = {
    "Adam, rate 0.03, batch 32": (lambda: Adam(0.03), 32),
    "Adam, rate 0.03, all points at once": (lambda: Adam(0.03), 350),
    "SGD, rate 0.3, all points at once": (lambda: SGD(0.3), 350),
}


class Climb(NamedTuple):
    """Epochs until the test ROC AUC reached the goal (None: not within the most), and the AUC."""

    epochs: int | None
    auc: float


def circles(how: str, seed: int) -> Climb:
    """500 points, 350 to train on; tanh, tanh, one logit."""
    area = importlib.import_module("sklearn.metrics").roc_auc_score
    optimizer, batch = CIRCLES[how]
    data = points("circles", 500, seed)
    layers = [Dense(2, 5), Tanh(), Dense(5, 2), Tanh(), Dense(2, 1)]
    model = Sequential(layers, seed=seed)
    trainer = Trainer(
        model, BinaryCrossEntropy(), optimizer(), data.X, data.y, batch, seed, history_size=0
    )
    auc = 0.0
    while trainer.epoch < MOST_EPOCHS and trainer.run_epochs(1):
        if trainer.epoch > 200 and trainer.epoch % 20:
            continue  # a slow climb is looked at less often
        auc = float(area(data.y_test, model.predict_proba(data.X_test)[:, 1]))
        if auc >= AUC_GOAL:
            return Climb(trainer.epoch, auc)
    return Climb(None, auc)
