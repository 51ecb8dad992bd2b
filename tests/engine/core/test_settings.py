"""Arguments of layers, optimizers and schedules: what is refused is refused by name."""

import math
from typing import Any

import numpy as np
import pytest

from engine import (
    ELU,
    OPTIMIZERS,
    SCHEDULES,
    SGD,
    Adam,
    AdamW,
    Cosine,
    Dense,
    Dropout,
    Exponential,
    LeakyReLU,
    RMSprop,
    Step,
)

KINDS: list[Any] = [*OPTIMIZERS.values(), *SCHEDULES.values(), LeakyReLU, ELU, Dropout]
NO_NUMBERS = ("betas", "nesterov", "centered")
NUMBERS = [(kind, name) for kind in KINDS for name in kind.arguments() if name not in NO_NUMBERS]


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf, "half", None])
@pytest.mark.parametrize(("kind", "name"), NUMBERS)
def test_each_number_is_finite_and_not_negative(kind: Any, name: str, bad: Any) -> None:
    with pytest.raises(ValueError, match=f"{kind.__name__} {name} must be"):
        kind(**{name: bad})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(0), "SGD learning_rate must be > 0, not 0"),
        (lambda: SGD([0.1, -0.1]), "SGD learning_rate must be > 0, not -0.1"),
        (lambda: SGD([]), "SGD learning_rate must be a number or one number per replica"),
        (lambda: SGD(momentum=1.0), "SGD momentum must be >= 0 and < 1, not 1"),
        (lambda: SGD(momentum=[0.5, 1.0]), "SGD momentum must be >= 0 and < 1, not 1"),
        (lambda: RMSprop(momentum=[[0.5]]), "RMSprop momentum must be a number or one number"),
        (lambda: RMSprop(alpha=1.0), "RMSprop alpha"),
        (lambda: Adam(betas=(0.9, 1.0)), "Adam beta2"),
        (lambda: AdamW(betas=0.9), "AdamW betas"),  # type: ignore[arg-type]
        (lambda: Step(epochs=0), "Step epochs"),
        (lambda: Exponential(drop=0), "Exponential drop"),
        (lambda: Exponential(drop=1.5), "Exponential drop"),
        (lambda: Cosine(floor=2), "Cosine floor"),
        (lambda: LeakyReLU(1.5), "LeakyReLU slope"),
        (lambda: Dropout(1.0), "Dropout rate"),
        (lambda: Dense(2, 0), "Dense fan_out must be >= 1, not 0"),
        (lambda: Dense(2.5, 2), "Dense fan_in must be a whole number"),  # type: ignore[arg-type]
        (lambda: Dense(2, True), "Dense fan_out must be a whole number"),
        (lambda: Dense(2, 2, "hee"), "unknown initializer 'hee'; known: .*glorot.*he"),
    ],
)
def test_beyond_its_limits_it_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_refused_setting_leaves_the_old_one() -> None:
    optimizer = SGD(0.1, momentum=0.5)
    with pytest.raises(ValueError, match="momentum"):
        optimizer.momentum = 2.0
    assert optimizer.momentum == 0.5


def test_one_momentum_per_replica_is_frozen_and_in_the_config() -> None:
    optimizer = SGD(0.1, momentum=(0.0, 0.5), weight_decay=np.array([0.1, 0.2]))
    settings: dict[str, Any] = optimizer.config()
    assert (settings["momentum"], settings["weight_decay"]) == ([0.0, 0.5], [0.1, 0.2])
    assert SGD(**settings).config() == settings
    assert isinstance(optimizer.momentum, np.ndarray)
    with pytest.raises(ValueError, match="read-only"):
        optimizer.momentum[0] = 2.0


def test_an_optimizers_defaults_are_those_of_torch() -> None:
    defaults = {name: kind().config() for name, kind in OPTIMIZERS.items()}
    assert defaults["adam"]["weight_decay"] == 0.0
    assert defaults["adamw"]["weight_decay"] == 0.01
    assert defaults["adam"]["betas"] == defaults["adamw"]["betas"] == (0.9, 0.999)
    assert defaults["adam"]["eps"] == defaults["rmsprop"]["eps"] == 1e-8
    assert defaults["rmsprop"]["alpha"] == 0.99
    assert defaults["adagrad"]["eps"] == 1e-10
    assert defaults["sgd"]["momentum"] == defaults["sgd"]["weight_decay"] == 0.0
