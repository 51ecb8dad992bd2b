"""The in-place kernels against the formulas that they stand for, over the registries."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine import ACTIVATIONS, GELU, LOSSES, Activation, Sigmoid, SoftmaxCrossEntropy
from engine.core.kernels import losses
from engine.core.validation import Array

UNITS = [kind() for kind in ACTIVATIONS.values()]
TYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def signals(seed: int, dtype: npt.DTypeLike, samples: int) -> Array:
    """From tiny to far out, (3, samples)."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((3, samples)) * 10.0 ** rng.uniform(-3, 2, (3, samples))
    return np.asarray(z.astype(dtype))


def close(found: Any, expected: Any, scale: Any = 1.0) -> None:
    """Within rounding: some units in the last place of the value, or of a number of this size."""
    eps = float(np.finfo(found.dtype).eps)
    slack = eps * (64 * np.abs(expected) + 8 * scale)
    assert (np.abs(found - expected) <= slack).all(), (found, expected)


@TYPES
@pytest.mark.parametrize("unit", UNITS, ids=repr)
@settings(max_examples=40, deadline=None)
@given(z=arrays(np.float64, (3, 4), elements=st.floats(-20.0, 20.0)), seed=st.integers(0, 99))
def test_an_activations_kernel_is_its_formula(
    unit: Activation, dtype: npt.DTypeLike, z: Array, seed: int
) -> None:
    z = z.astype(dtype)
    g = np.asarray(np.random.default_rng(seed).standard_normal(z.shape).astype(dtype))
    a, slope = z.copy(), g.copy()
    with np.errstate(all="ignore"):
        forward, backward = unit.kernel(z, a, slope, lambda like, _: np.empty_like(like))
        for call in forward:
            call()
        # 1 + tanh and 1 - tanh² lose digits, which GELU multiplies by up to z³.
        scale = 1.0 + np.abs(z) ** 3 if isinstance(unit, GELU) else 1.0
        close(a, unit.f(z), scale)
        for call in backward:
            call()
        if unit.elementwise:
            close(slope, g * unit.df(z), scale * (1.0 + np.abs(g)))
        else:
            close(slope, a * (g - (g * a).sum(axis=-2)))


@TYPES
@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("samples", [8, losses.FEW, losses.FEW + 1])
@pytest.mark.parametrize("seed", range(3))
def test_a_losss_kernel_is_its_formula(
    name: str, classes: int, dtype: npt.DTypeLike, samples: int, seed: int
) -> None:
    loss = LOSSES[name]()
    outputs = 1 if loss.folds is Sigmoid else classes
    z = signals(seed, dtype, samples)[:outputs]
    y = np.random.default_rng(seed).integers(0, max(outputs, 2), z.shape[1])
    t = loss.targets(y.astype(float)[:, None] if outputs == 1 else y, outputs, dtype).values
    g = np.empty_like(z)
    with np.errstate(all="ignore"):
        close(loss.kernel(z, t, g, z.shape[1])(), loss.f(z, t))
        close(g, loss.df(z, t))
        half = loss.kernel(z, t, None, 2 * z.shape[1])()  # as a chunk of twice as many samples
        close(half, loss.f(z, t) / 2)


def test_a_loss_of_nothing_is_zero_without_a_sign() -> None:
    z, t = np.array([[1000.0], [-1000.0]]), np.array([[1.0], [0.0]])
    value = SoftmaxCrossEntropy().kernel(z, t, None, 1)()
    assert value == 0.0
    assert not np.signbit(value)
