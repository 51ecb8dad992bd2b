"""What is held against PyTorch: networks with their data, and descents with every option.

B batch, P parameters. Everything is made from seeds, so that a case is the same wherever it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine import (
    ACTIVATIONS,
    ELU,
    LOSSES,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Cosine,
    Dense,
    Dropout,
    Exponential,
    Layer,
    LeakyReLU,
    Loss,
    Optimizer,
    RMSprop,
    Sequential,
    Sigmoid,
    SoftmaxCrossEntropy,
    Step,
    Tanh,
    Trainer,
)

Floats = npt.NDArray[np.float64]

OUTPUTS = {
    "cross_entropy": 3,
    "binary_cross_entropy": 1,
    "mse": 2,
    "softmax_mse": 3,
    "sigmoid_mse": 1,
}
FINAL = {name: kind.folds for name, kind in LOSSES.items() if kind.folds is not None}
STEPS = 200
NOTED = (1, 10, 50, STEPS)  # the steps of a descent that are written down


class Network(NamedTuple):
    """A network, a loss and a batch: what a gradient is taken of."""

    model: Sequential
    loss: Loss
    X: Floats
    y: npt.NDArray[Any]


def hidden(activations: Sequence[Layer], outputs: int, dropout: float = 0.0) -> list[Layer]:
    """2-5-4-outputs with these activations after the hidden layers."""
    first, second = activations
    return [
        Dense(2, 5, bias=0.1),
        first,
        Dropout(dropout),
        Dense(5, 4, init="normal", bias=-0.1),
        second,
        Dense(4, outputs, init="lecun"),
    ]


def with_data(layers: Sequence[Layer], loss: str, n: int = 7, seed: int = 3) -> Network:
    """The layers, and points and targets that suit the loss."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    y: npt.NDArray[Any] = rng.integers(0, max(OUTPUTS[loss], 2), n)
    if loss == "mse":
        y = rng.normal(size=(n, OUTPUTS[loss]))
    return Network(Sequential(layers, seed=seed), LOSSES[loss](), X, y)


# Those that PyTorch has as well.
TWINNED = {
    name: ACTIVATIONS[name]
    for name in (
        *("tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "softplus", "identity"),
        "softmax",
    )
}


def _networks() -> dict[str, Callable[[], Network]]:
    def plain(activation: type[Layer], loss: str) -> Callable[[], Network]:
        return lambda: with_data(hidden((activation(), activation()), OUTPUTS[loss]), loss)

    def ending(final: type[Layer], loss: str) -> Callable[[], Network]:
        return lambda: with_data([*hidden((Tanh(), Tanh()), OUTPUTS[loss]), final()], loss)

    found = {
        f"{name}, {loss}": plain(activation, loss)
        for name, activation in TWINNED.items()
        for loss in LOSSES
    }
    found |= {f"{loss} after its own layer": ending(FINAL[loss], loss) for loss in FINAL}
    found |= {
        f"{name} at the end, mse": ending(activation, "mse") for name, activation in TWINNED.items()
    }
    found |= {
        "settings of leaky_relu and elu": lambda: with_data(
            hidden((LeakyReLU(0.3), ELU(1.7)), 3), "cross_entropy"
        ),
        "dropout": lambda: with_data(hidden((Tanh(), Sigmoid()), 3, dropout=0.4), "cross_entropy"),
        "no hidden layer": lambda: with_data([Dense(2, 3)], "cross_entropy"),
    }
    return found


NETWORKS = _networks()


def classroom() -> Network:
    """2-4-3 with tanh and 24 points in three classes: what the descents train."""
    return with_data([Dense(2, 4), Tanh(), Dense(4, 3)], "cross_entropy", n=24)


def moons() -> Network:
    """2-8-8-2 with tanh on two moons: the seed's experiment, as large as a record should be."""
    rng = np.random.default_rng(0)
    angle, y = rng.uniform(0.0, np.pi, 100), np.arange(100) % 2
    x1 = np.where(y == 0, np.cos(angle), 1.0 - np.cos(angle))
    x2 = np.where(y == 0, np.sin(angle), 0.5 - np.sin(angle))
    X = np.column_stack([x1, x2]) + rng.normal(scale=0.1, size=(100, 2))
    layers = [Dense(2, 8), Tanh(), Dense(8, 8), Tanh(), Dense(8, 2)]
    return Network(Sequential(layers, seed=1), SoftmaxCrossEntropy(), X, y)


class Descent(NamedTuple):
    """How a network is trained: the optimizer, and what the trainer adds to it."""

    optimizer: Callable[[], Optimizer]
    options: dict[str, Any] = {}  # noqa: RUF012 - nobody writes into it
    batch: int = 8
    case: Callable[[], Network] = classroom


DESCENTS: dict[str, Descent] = {
    "sgd": Descent(lambda: SGD(0.2)),
    "sgd momentum": Descent(lambda: SGD(0.1, momentum=0.9)),
    "sgd nesterov": Descent(lambda: SGD(0.1, momentum=0.8, nesterov=True)),
    "sgd weight_decay": Descent(lambda: SGD(0.2, weight_decay=0.03)),
    "sgd decay": Descent(lambda: SGD(0.3, decay=0.02)),
    "sgd all": Descent(lambda: SGD(0.1, 0.7, True, weight_decay=0.01, decay=0.01)),
    "adagrad": Descent(lambda: Adagrad(0.1)),
    "adagrad lr_decay": Descent(lambda: Adagrad(0.1, lr_decay=0.05)),
    "adagrad initial_accumulator_value": Descent(
        lambda: Adagrad(0.1, initial_accumulator_value=0.5)
    ),
    "adagrad eps": Descent(lambda: Adagrad(0.1, eps=0.1)),
    "adagrad weight_decay": Descent(lambda: Adagrad(0.1, weight_decay=0.03)),
    "rmsprop": Descent(lambda: RMSprop(0.01)),
    "rmsprop alpha": Descent(lambda: RMSprop(0.01, alpha=0.8)),
    "rmsprop eps": Descent(lambda: RMSprop(0.01, eps=1e-2)),
    "rmsprop weight_decay": Descent(lambda: RMSprop(0.01, weight_decay=0.03)),
    "rmsprop momentum": Descent(lambda: RMSprop(0.003, momentum=0.8)),
    "rmsprop centered": Descent(lambda: RMSprop(0.01, centered=True)),
    "rmsprop all": Descent(lambda: RMSprop(0.003, 0.9, 1e-6, 0.01, 0.7, centered=True)),
    "adam": Descent(lambda: Adam(0.02)),
    "adam betas": Descent(lambda: Adam(0.02, betas=(0.7, 0.95))),
    "adam eps": Descent(lambda: Adam(0.02, eps=1e-3)),
    "adam weight_decay": Descent(lambda: Adam(0.02, weight_decay=0.03)),
    "adamw": Descent(lambda: AdamW(0.02)),
    "adamw weight_decay": Descent(lambda: AdamW(0.02, betas=(0.8, 0.99), weight_decay=0.3)),
    "l2": Descent(lambda: SGD(0.2), {"l2": 0.05}),
    "l1": Descent(lambda: SGD(0.2), {"l1": 0.01}),
    "clip_norm": Descent(lambda: SGD(0.2, momentum=0.9), {"clip_norm": 0.2}),
    "l1, l2 and clip_norm": Descent(lambda: Adam(0.02), {"l1": 0.01, "l2": 0.02, "clip_norm": 0.3}),
    "step schedule": Descent(lambda: SGD(0.5), {"schedule": Step(epochs=20, drop=0.5)}, 24),
    "exponential schedule": Descent(
        lambda: Adam(0.05), {"schedule": Exponential(epochs=50, drop=0.3)}, 24
    ),
    "cosine schedule": Descent(
        lambda: SGD(0.5, 0.5), {"schedule": Cosine(epochs=STEPS, floor=0.1)}, 24
    ),
    "moons": Descent(lambda: SGD(0.3, momentum=0.9), {}, 100, moons),
}


def path(descent: Descent) -> Floats:
    """Where our trainer has the flat parameter vector after each step: (STEPS, P)."""
    model, loss, X, y = descent.case()
    trainer = Trainer(
        model, loss, descent.optimizer(), X, y, descent.batch, shuffle=False, **descent.options
    )
    places = []
    for _ in range(STEPS):
        assert trainer.step() == 1
        places.append(model.flat.copy())
    return np.array(places)


def loss_and_gradient(case: Network) -> tuple[float, Floats]:
    """What the trainer's own forward and backward pass give on the whole batch, as one step."""
    model, loss, X, y = case
    trainer = Trainer(model, loss, SGD(1e-6), X, y, len(X), shuffle=False)
    assert trainer.step() == 1
    return trainer.epoch_loss, model.flat_grad.astype(np.float64)


def fingerprint(case: Network) -> float:
    """A number that changes when weights, points or targets of a case do."""
    parts = np.concatenate([case.model.flat, case.X.ravel(), np.ravel(case.y).astype(np.float64)])
    return float(parts @ np.cos(np.arange(len(parts))))
