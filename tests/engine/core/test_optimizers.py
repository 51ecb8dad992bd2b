"""Optimizers: their settings. What they compute is held to torch.optim: test_against_torch.py."""

import math
from typing import Any

import numpy as np
import pytest

from engine import SGD, Adagrad, Adam, AdamW, RMSprop


def test_defaults_are_those_of_torch() -> None:
    assert AdamW().weight_decay == 0.01
    assert Adam().weight_decay == 0.0
    assert Adam().betas == (0.9, 0.999)
    assert Adam().eps == 1e-8
    assert RMSprop().alpha == 0.99
    assert RMSprop().eps == 1e-8
    assert Adagrad().eps == 1e-10
    assert SGD().momentum == SGD().weight_decay == 0.0


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


def test_one_momentum_per_replica_is_frozen_and_in_the_config() -> None:
    optimizer = SGD(0.1, momentum=(0.0, 0.5), weight_decay=np.array([0.1, 0.2]))
    settings: dict[str, Any] = optimizer.config()
    assert (settings["momentum"], settings["weight_decay"]) == ([0.0, 0.5], [0.1, 0.2])
    assert SGD(**settings).config() == settings
    assert isinstance(optimizer.momentum, np.ndarray)
    with pytest.raises(ValueError, match="read-only"):
        optimizer.momentum[0] = 2.0
