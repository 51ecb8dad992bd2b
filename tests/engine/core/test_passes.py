"""Passes: a product in pieces, and how the signals of replicas lie in memory."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Dense, Sequential, Tanh
from engine.core.kernels.passes import Signal


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


def test_a_replicas_signal_lies_in_memory_as_a_single_runs_does() -> None:
    def signals(replicas: int | None) -> list[Signal]:
        model = Sequential([Dense(2, 3), Tanh(), Dense(3, 2)], replicas=replicas)
        return model.passes.bind(5, training=True, gradient=True).signals

    together, alone = signals(4), signals(None)
    assert len(together) == len(alone) == 3
    for stack, single in zip(together, alone, strict=True):
        assert stack.grad is not None
        assert single.grad is not None
        assert stack.full[2].strides == single.full.strides
        assert stack.grad[2].strides == single.grad.strides
        assert (stack.full[..., -1, :] == 1.0).all()
