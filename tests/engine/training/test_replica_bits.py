"""A replica is the single run to the last bit: chaotic runs would part over a rounding."""

from __future__ import annotations

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
OUTPUTS = {"cross_entropy": (2, 3), "binary_cross_entropy": (1,), "mse": (1, 3)}
MEASURES = ("start_loss", "train_loss", "test_loss", "smoothed_loss", "epoch_loss", "loss_limit")
COLUMNS = ("loss", "val_loss", "accuracy", "val_accuracy", "gradient", "learning_rate")


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
    together: Trainer, alone: list[Trainer], steps: int = STEPS, rates: tuple[float, ...] = RATES
) -> None:
    together.run_steps(steps)
    X = np.random.default_rng(3).normal(size=(7, 2))
    for k, single in enumerate(alone):
        single.run_steps(steps)
        said = f"replica {k}, at the rate {rates[k]}"
        np.testing.assert_array_equal(together.model.flat[k], single.model.flat, said)
        assert together.replica_divergences[k] == single.divergence, said
        if single.divergence is not None:
            continue  # the others went on without it
        for measure in MEASURES:
            np.testing.assert_array_equal(
                getattr(together, measure)[k], getattr(single, measure), f"{measure} of {said}"
            )
        for column in COLUMNS:
            np.testing.assert_array_equal(
                getattr(together.history, column)[:, k],
                getattr(single.history, column),
                f"{column} of {said}",
            )
        np.testing.assert_array_equal(together.model.forward(X)[k], single.model.forward(X), said)


@pytest.mark.parametrize("batch_size", [1, 2, 4, 41, POINTS])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_with_every_activation_and_size_of_batch(activation: str, batch_size: int) -> None:
    options: dict[str, Any] = {"activation": activation, "batch_size": batch_size}
    together = run(SGD(RATES, momentum=0.9), len(RATES), **options)
    assert_same_bits(together, [run(SGD(rate, momentum=0.9), **options) for rate in RATES])


@pytest.mark.parametrize("batch_size", [1, 2, 41, POINTS])
@pytest.mark.parametrize(
    ("loss", "outputs"), [(name, count) for name in LOSSES for count in OUTPUTS[name]]
)
def test_with_every_loss_and_size_of_batch(loss: str, outputs: int, batch_size: int) -> None:
    options: dict[str, Any] = {"loss": loss, "outputs": outputs, "batch_size": batch_size}
    together = run(SGD(RATES), len(RATES), **options)
    assert_same_bits(together, [run(SGD(rate), **options) for rate in RATES])


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_with_every_optimizer_and_penalty(name: str, dropout: float) -> None:
    kind: Any = OPTIMIZERS[name]
    options = OPTIONS | {"dropout": dropout}
    together = run(kind(RATES, weight_decay=0.01), len(RATES), **options)
    alone = [run(kind(rate, weight_decay=0.01), **options) for rate in RATES]
    assert_same_bits(together, alone)


@pytest.mark.parametrize(
    ("kind", "setting", "values"),
    [
        (SGD, "momentum", (0.0, 0.5, 0.9, 0.99)),
        (partial(SGD, nesterov=True), "momentum", (0.0, 0.5, 0.9, 0.99)),
        (SGD, "momentum", (0.0, 0.0, 0.0, 0.0)),
        (RMSprop, "momentum", (0.0, 0.5, 0.9, 0.99)),
        (Adam, "weight_decay", (0.0, 0.1, 0.3, 0.7)),
        (AdamW, "weight_decay", (0.0, 0.1, 0.3, 0.7)),
    ],
)
def test_with_a_setting_for_each_replica(
    kind: Any, setting: str, values: tuple[float, ...]
) -> None:
    together = run(kind(0.1, **{setting: values}), len(values))
    assert_same_bits(together, [run(kind(0.1, **{setting: value})) for value in values])


@pytest.mark.parametrize(("hidden", "points", "batch_size"), [(70, 90, 90), (40, 1500, 1100)])
def test_with_wide_layers_and_large_batches(hidden: int, points: int, batch_size: int) -> None:
    options: dict[str, Any] = {"hidden": hidden, "points": points, "batch_size": batch_size}
    together = run(SGD(RATES), len(RATES), **options)
    assert_same_bits(together, [run(SGD(rate), **options) for rate in RATES], steps=5)
