"""Dense and Dropout as parts of a network."""

import numpy as np
import pytest

from engine import Dense, Dropout, Sequential


def test_dropout_keeps_the_expectation() -> None:
    model = Sequential([Dropout(0.3), Dense(50, 1, init="constant")])
    X = np.full((4000, 50), 2.0)
    outputs = model.forward(X, training=True)
    assert outputs.mean() == pytest.approx(100.0, rel=0.01)
    # Each value is 0 or 2 / 0.7: variance 50 · 4 · 0.3 / 0.7.
    assert outputs.var() == pytest.approx(50 * 4 * 0.3 / 0.7, rel=0.1)


def test_a_layer_serves_one_network() -> None:
    layer = Dense(2, 2)
    Sequential([layer])
    with pytest.raises(ValueError, match="already belongs"):
        Sequential([layer])
    with pytest.raises(ValueError, match="already belongs"):
        Sequential([Dense(2, 2), same := Dense(2, 2), same])
