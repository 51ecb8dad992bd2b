"""A replica is the single run to the last bit: chaotic runs would part over a rounding."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    SGD,
    Adam,
    AdamW,
    Cosine,
    Dense,
    Dropout,
    Record,
    RMSprop,
    Sequential,
    Trainer,
)

RATES = (0.003, 0.05, 0.7, 30.0)
POINTS = 165  # one more than a multiple of 2, of 4 and of 41: an epoch ends on a batch of one point
STEPS = 24
OPTIONS: dict[str, Any] = {
    "l1": 1e-3,
    "l2": 1e-3,
    "clip_norm": 0.4,
    "schedule": Cosine(epochs=5, warmup=1),
}
OUTPUTS = {
    "cross_entropy": (2, 3),
    "binary_cross_entropy": (1,),
    "mse": (1, 3),
    "softmax_mse": (2, 3),
    "sigmoid_mse": (1,),
}
MEASURES = ("start_loss", "train_loss", "test_loss", "smoothed_loss", "epoch_loss", "loss_limit")


def data(n: int, classes: int, seed: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Points of the plane with labels, or for no classes with values."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    return X, rng.integers(0, classes, n) if classes else X[:, 0] * X[:, 1]


def run(
    optimizer: Any,
    replicas: int | None = None,
    *,
    loss: str = "cross_entropy",
    outputs: int = 2,
    activation: str = "tanh",
    hidden: int = 5,
    batch_size: int = 8,
    points: int = POINTS,
    dropout: float = 0.0,
    **options: Any,
) -> Trainer:
    # A hidden layer of one unit: its products are of vectors, for which BLAS has routines apart.
    widths = (2, hidden, 1, hidden)
    layers: list[Any] = []
    for fan_in, fan_out in pairwise(widths):
        layers += [Dense(fan_in, fan_out), ACTIVATIONS[activation](), Dropout(dropout)]
    model = Sequential(
        [*layers, Dense(hidden, outputs)], seed=2, dtype=np.float32, replicas=replicas
    )
    classes = max(outputs, 2) if loss != "mse" or outputs > 1 else 0
    validation = data(30, classes, seed=1)
    return Trainer(
        model,
        LOSSES[loss](),
        optimizer,
        *data(points, classes, seed=0),
        batch_size,
        validation_data=validation,
        **options,
    )


def assert_same_bits(
    optimizer: Callable[[Any], Any],
    values: tuple[float, ...] = RATES,
    steps: int = STEPS,
    **options: Any,
) -> None:
    """``optimizer`` makes one from all the values for the replicas, and from each for a run."""
    together = run(optimizer(values), len(values), **options)
    together.run_steps(steps)
    X = np.random.default_rng(3).normal(size=(7, 2))
    for k, value in enumerate(values):
        single = run(optimizer(value), **options)
        single.run_steps(steps)
        said = f"replica {k}, at {value}"
        np.testing.assert_array_equal(together.model.flat[k], single.model.flat, said)
        assert together.replica_divergences[k] == single.divergence, said
        if single.divergence is not None:
            continue  # the others went on without it
        for measure in MEASURES:
            np.testing.assert_array_equal(
                getattr(together, measure)[k], getattr(single, measure), f"{measure} of {said}"
            )
        for column in Record._fields:
            np.testing.assert_array_equal(
                getattr(together.history, column)[:, k],
                getattr(single.history, column),
                f"{column} of {said}",
            )
        np.testing.assert_array_equal(together.model.forward(X)[k], single.model.forward(X), said)


@pytest.mark.parametrize("batch_size", [1, 2, 4, 41, POINTS])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_with_every_activation_and_size_of_batch(activation: str, batch_size: int) -> None:
    assert_same_bits(partial(SGD, momentum=0.9), activation=activation, batch_size=batch_size)


@pytest.mark.parametrize("batch_size", [1, 2, 41, POINTS])
@pytest.mark.parametrize(
    ("loss", "outputs"), [(name, count) for name in LOSSES for count in OUTPUTS[name]]
)
def test_with_every_loss_and_size_of_batch(loss: str, outputs: int, batch_size: int) -> None:
    assert_same_bits(SGD, loss=loss, outputs=outputs, batch_size=batch_size)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_with_every_optimizer_and_penalty(name: str, dropout: float) -> None:
    assert_same_bits(partial(OPTIMIZERS[name], weight_decay=0.01), dropout=dropout, **OPTIONS)


@pytest.mark.parametrize("values", [(0.0, 0.5, 0.9, 0.99), (0.0, 0.0, 0.0, 0.0)])
@pytest.mark.parametrize(
    "optimizer",
    [
        lambda momentum: SGD(0.1, momentum),
        lambda momentum: SGD(0.1, momentum, nesterov=True),
        lambda momentum: RMSprop(0.1, momentum=momentum),
        lambda weight_decay: Adam(0.1, weight_decay=weight_decay),
        lambda weight_decay: AdamW(0.1, weight_decay=weight_decay),
    ],
    ids=["sgd", "nesterov", "rmsprop", "adam", "adamw"],
)
def test_with_a_setting_for_each_replica(optimizer: Any, values: tuple[float, ...]) -> None:
    assert_same_bits(optimizer, values)


@pytest.mark.parametrize(("hidden", "points", "batch_size"), [(70, 90, 90), (40, 1500, 1100)])
def test_with_wide_layers_and_large_batches(hidden: int, points: int, batch_size: int) -> None:
    assert_same_bits(SGD, steps=5, hidden=hidden, points=points, batch_size=batch_size)
