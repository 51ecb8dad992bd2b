"""Passes: a product in pieces."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Dense, Sequential


@pytest.mark.parametrize(
    ("batch", "fan_out", "parts"),
    [(128, 10, 2), (200, 16, 4), (200, 17, 1), (250, 10, 4), (251, 10, 1), (250, 1, 1)],
)
@pytest.mark.parametrize("replicas", [None, 2])
def test_a_product_in_pieces_is_the_product(
    batch: int, fan_out: int, parts: int, replicas: int | None
) -> None:
    X = np.random.default_rng(0).normal(size=(batch, 1000))
    model = Sequential([Dense(1000, fan_out, bias=0.5)], replicas=replicas)
    run = model.passes.bind(batch, training=False, gradient=False)
    pieces = run.weighted_sum(
        np.zeros((*run.lead, fan_out, 1001)), run.input.full, run.output.value
    )
    assert len(pieces) == parts
    run.rows[:, :-1] = X
    run.forward()
    layer = model.dense_layers[0]
    expected = X @ layer.weight + layer.bias[..., np.newaxis, :]
    np.testing.assert_allclose(run.output.value.swapaxes(-1, -2), expected, rtol=0, atol=1e-12)
