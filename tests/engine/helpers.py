"""Small networks and data that several engine tests share."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine import (
    SGD,
    Cosine,
    Dense,
    Dropout,
    Sequential,
    Snapshot,
    SoftmaxCrossEntropy,
    Tanh,
    Trainer,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def quadrants(n: int = 60, seed: int = 0) -> tuple[Floats, Ints]:
    """Points of the plane; the class says whether both coordinates have the same sign."""
    X = np.random.default_rng(seed).normal(size=(n, 2))
    return X, (X[:, 0] * X[:, 1] > 0).astype(np.int64)


def spiral(n: int = 300, arms: int = 3) -> tuple[Floats, Ints]:
    """Interleaved spiral arms with a little noise."""
    each = n // arms
    rng = np.random.default_rng(0)
    radius = np.tile(np.linspace(0.05, 1.0, each), arms)
    labels = np.repeat(np.arange(arms), each)
    angle = labels * 2 * np.pi / arms + 4.0 * radius + rng.normal(scale=0.15, size=n)
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)]), labels


def network(
    dropout: float = 0.0, dtype: npt.DTypeLike = np.float64, seed: int = 0, **options: Any
) -> Sequential:
    """2-6-5-2 with tanh."""
    return Sequential(
        [Dense(2, 6), Tanh(), Dropout(dropout), Dense(6, 5), Tanh(), Dense(5, 2)],
        seed=seed,
        dtype=dtype,
        **options,
    )


def trainer(
    model: Sequential | None = None, optimizer: Any = None, n: int = 60, **options: Any
) -> Trainer:
    """A trainer of ``network()`` on ``quadrants()``."""
    X, y = quadrants(n)
    return Trainer(
        network() if model is None else model,
        SoftmaxCrossEntropy(),
        SGD(0.3, momentum=0.9) if optimizer is None else optimizer,
        X,
        y,
        **{"batch_size": 8, **options},
    )


# What a run may be given.
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "all": {
        "l1": 1e-3,
        "l2": 1e-3,
        "clip_norm": 0.5,
        "schedule": Cosine(epochs=4, warmup=1),
        "validation_data": quadrants(30, seed=1),
    },
    "no shuffle": {"shuffle": False},
}


def assert_equal_snapshots(one: Snapshot, other: Snapshot) -> None:
    ours, theirs = ({**vars(kept), **vars(kept.judge), "judge": None} for kept in (one, other))
    for name, value in ours.items():
        np.testing.assert_equal(value, theirs[name], name)
