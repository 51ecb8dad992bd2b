"""Dense and Dropout as parts of a network."""

import numpy as np
import pytest

from engine import Dense, Dropout, Sequential


def test_weights_are_views_of_the_flat_vector() -> None:
    model = Sequential([Dense(3, 2), Dense(2, 4)])
    first, second = model.dense_layers
    model.flat[...] = np.arange(model.n_parameters)
    np.testing.assert_array_equal(first.weight, [[0, 1], [2, 3], [4, 5]])
    np.testing.assert_array_equal(first.bias, [6, 7])
    np.testing.assert_array_equal(second.weight, [[8, 9, 10, 11], [12, 13, 14, 15]])
    second.weight[0, 0] = -1.0
    assert model.flat[8] == -1.0


def test_dropout_keeps_the_expectation() -> None:
    model = Sequential([Dropout(0.3), Dense(50, 1, init="constant")])
    X = np.full((4000, 50), 2.0)
    outputs = model.forward(X, training=True)
    assert outputs.mean() == pytest.approx(100.0, rel=0.01)
    # Each value is 0 or 2 / 0.7: variance 50 · 4 · 0.3 / 0.7.
    assert outputs.var() == pytest.approx(50 * 4 * 0.3 / 0.7, rel=0.1)


def test_dropout_does_nothing_at_inference() -> None:
    X = np.random.default_rng(0).normal(size=(9, 3))
    with_it = Sequential([Dense(3, 4), Dropout(0.9), Dense(4, 2)])
    without = Sequential([Dense(3, 4), Dense(4, 2)])
    np.testing.assert_array_equal(with_it.forward(X), without.forward(X))
    assert not np.array_equal(with_it.forward(X, training=True), without.forward(X))


@pytest.mark.parametrize("rate", [-0.1, 1.0, np.nan, "half"])
def test_a_bad_dropout_rate_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="Dropout rate"):
        Dropout(rate)


@pytest.mark.parametrize("size", [0, -1, 2.5, True])
def test_a_bad_layer_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="Dense fan_out"):
        Dense(2, size)


def test_a_layer_serves_one_network() -> None:
    layer = Dense(2, 2)
    Sequential([layer])
    with pytest.raises(ValueError, match="already belongs"):
        Sequential([layer])
    with pytest.raises(ValueError, match="already belongs"):
        Sequential([Dense(2, 2), same := Dense(2, 2), same])
