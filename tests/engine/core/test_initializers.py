"""Initializers: their variances and shapes."""

import numpy as np
import pytest

from engine import INITIALIZERS, Dense, Sequential

SHAPES = [(300, 200), (200, 300)]


@pytest.mark.parametrize(("fan_in", "fan_out"), SHAPES)
@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("normal", lambda i, o: 1.0),
        ("uniform", lambda i, o: 1 / 12),
        ("lecun", lambda i, o: 1 / i),
        ("glorot", lambda i, o: 2 / (i + o)),
        ("he", lambda i, o: 2 / i),
    ],
)
def test_variance(name: str, variance, fan_in: int, fan_out: int) -> None:  # type: ignore[no-untyped-def]
    weights = INITIALIZERS[name](np.random.default_rng(0), fan_in, fan_out)
    assert weights.shape == (fan_in, fan_out)
    assert weights.var() == pytest.approx(variance(fan_in, fan_out), rel=0.03)
    assert abs(weights.mean()) < 4 * weights.std() / np.sqrt(weights.size)


@pytest.mark.parametrize(("fan_in", "fan_out"), [(6, 4), (4, 6), (5, 5), (1, 3)])
def test_orthogonal(fan_in: int, fan_out: int) -> None:
    w = INITIALIZERS["orthogonal"](np.random.default_rng(0), fan_in, fan_out)
    gram = w.T @ w if fan_in >= fan_out else w @ w.T
    np.testing.assert_allclose(gram, np.eye(min(fan_in, fan_out)), atol=1e-14)


def test_orthogonal_is_uniform_in_sign() -> None:
    rng = np.random.default_rng(0)
    corners = [INITIALIZERS["orthogonal"](rng, 2, 2)[0, 0] for _ in range(400)]
    assert abs(np.mean(corners)) < 0.12


def test_aliases_are_the_same_function() -> None:
    assert INITIALIZERS["xavier"] is INITIALIZERS["glorot"]
    assert INITIALIZERS["kaiming"] is INITIALIZERS["he"]


def test_scale_and_bias() -> None:
    plain = Sequential([Dense(3, 2, init="he")], seed=1)
    scaled = Sequential([Dense(3, 2, init="he", scale=2.5, bias=0.5)], seed=1)
    np.testing.assert_allclose(scaled.parameters()[0].data, 2.5 * plain.parameters()[0].data)
    assert (scaled.parameters()[1].data == 0.5).all()
    assert (plain.parameters()[1].data == 0.0).all()
    constant = Sequential([Dense(3, 2, init="constant", scale=0.1)])
    assert (constant.parameters()[0].data == 0.1).all()
