"""In-place kernels of the activations: the calls that write a = f(z), and those that make dL/dz.

``z``, ``a`` and ``g`` have one shape. The backward calls turn ``g`` = dL/da into dL/dz. The first
argument is the activation.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine.core.kernels.passes import Call
from engine.core.validation import Array

Scratch = Callable[[Array, int], Array]  # a work array like the one given, by number
Kernel = tuple[list[Call], list[Call]]  # forward, backward


def plain(unit: Any, z: Array, a: Array, g: Array, scratch: Scratch) -> Kernel:
    """For an activation without a kernel of its own: f and f' as they stand."""

    def forward() -> None:
        np.copyto(a, unit.f(z))

    def backward() -> None:
        np.multiply(g, unit.df(z), out=g)

    return [forward], [backward]


def relu(unit: Any, z: Array, a: Array, g: Array, scratch: Scratch) -> Kernel:
    zero, s = np.array(0.0, z.dtype), scratch(z, 0)
    return [partial(np.maximum, z, zero, out=a)], [
        partial(np.sign, a, s),  # 1 where the unit is on, 0 where it is off: a is never negative
        partial(np.multiply, g, s, g),
    ]


def leaky_relu(unit: Any, z: Array, a: Array, g: Array, scratch: Scratch) -> Kernel:
    slope, s = np.array(unit.slope, z.dtype), scratch(z, 0)
    return [partial(np.multiply, z, slope, s), partial(np.maximum, z, s, out=a)], [
        partial(np.sign, a, s),
        partial(np.maximum, s, slope, out=s),  # 1 where a > 0, else the slope
        partial(np.multiply, g, s, g),
    ]


def elu(unit: Any, z: Array, a: Array, g: Array, scratch: Scratch) -> Kernel:
    zero, one, alpha = (np.array(x, z.dtype) for x in (0.0, 1.0, unit.alpha))
    s, on = scratch(z, 0), np.empty(z.shape, np.bool_)
    return [
        partial(np.greater, z, zero, on),
        partial(np.minimum, z, zero, out=s),
        partial(np.expm1, s, s),
        partial(np.multiply, s, alpha, s),
        partial(np.maximum, z, zero, out=a),
        partial(np.add, a, s, a),
    ], [
        partial(np.add, a, alpha, s),  # alpha eᶻ = a + alpha on the negative side
        partial(np.copyto, s, one, where=on),
        partial(np.multiply, g, s, g),
    ]


def gelu(unit: Any, z: Array, a: Array, g: Array, scratch: Scratch) -> Kernel:
    c = np.sqrt(2.0 / np.pi)
    linear, cubic, cubic3, half, one = (
        np.array(x, z.dtype) for x in (c, 0.044715 * c, 3 * 0.044715 * c, 0.5, 1.0)
    )
    s, r, t = scratch(z, 0), scratch(z, 1), np.empty_like(z)
    return [
        partial(np.multiply, z, z, s),
        partial(np.multiply, s, cubic, s),
        partial(np.add, s, linear, s),
        partial(np.multiply, s, z, t),
        partial(np.tanh, t, t),  # t = tanh(c z + 0.044715 c z³)
        partial(np.add, t, one, s),
        partial(np.multiply, s, z, s),
        partial(np.multiply, s, half, a),
    ], [
        partial(np.multiply, z, z, s),
        partial(np.multiply, s, cubic3, s),
        partial(np.add, s, linear, s),  # the derivative of the tanh's argument
        partial(np.multiply, s, z, s),
        partial(np.multiply, t, t, r),
        partial(np.subtract, one, r, r),
        partial(np.multiply, s, r, s),
        partial(np.add, s, t, s),
        partial(np.add, s, one, s),
        partial(np.multiply, s, half, s),  # ½ (1 + t + z (1 - t²) (c + 3 · 0.044715 c z²))
        partial(np.multiply, g, s, g),
    ]


def silu(unit: Any, z: Array, a: Array, g: Array, scratch: Scratch) -> Kernel:
    s, gate = scratch(z, 0), np.empty_like(z)
    return [*write_sigmoid(z, gate), partial(np.multiply, z, gate, a)], [
        partial(np.multiply, a, gate, s),
        partial(np.subtract, a, s, s),
        partial(np.add, gate, s, s),  # σ + a (1 - σ)
        partial(np.multiply, g, s, g),
    ]


def sigmoid(unit: Any, z: Array, a: Array, g: Array, scratch: Scratch) -> Kernel:
    s = scratch(z, 0)
    return write_sigmoid(z, a), [
        partial(np.multiply, g, a, s),
        partial(np.subtract, g, s, s),
        partial(np.multiply, s, a, g),  # g (1 - a) a
    ]


def tanh(unit: Any, z: Array, a: Array, g: Array, scratch: Scratch) -> Kernel:
    s = scratch(z, 0)
    return [partial(np.tanh, z, a)], [
        partial(np.multiply, g, a, s),
        partial(np.multiply, s, a, s),
        partial(np.subtract, g, s, g),  # g - g a² = g (1 - a²)
    ]


def softplus(unit: Any, z: Array, a: Array, g: Array, scratch: Scratch) -> Kernel:
    zero, s = np.array(0.0, z.dtype), scratch(z, 0)
    return [partial(np.logaddexp, z, zero, a)], [
        partial(np.negative, a, s),
        partial(np.expm1, s, s),  # e⁻ᵃ - 1 = -σ(z)
        partial(np.multiply, g, s, s),
        partial(np.negative, s, g),
    ]


def softmax(unit: Any, z: Array, a: Array, g: Array, scratch: Scratch) -> Kernel:
    s, row = scratch(z, 0), np.empty_like(z[..., :1, :])
    return [
        partial(np.amax, z, -2, row, True),
        partial(np.subtract, z, row, a),
        partial(np.exp, a, a),
        partial(np.sum, a, -2, None, row, True),
        partial(np.divide, a, row, a),
    ], [
        partial(np.multiply, g, a, s),
        partial(np.sum, s, -2, None, row, True),
        partial(np.subtract, g, row, g),
        partial(np.multiply, g, a, g),  # a (g - Σ g a)
    ]


def write_sigmoid(z: Array, a: Array) -> list[Call]:
    """σ(z) into ``a``. e⁻ᶻ may overflow to inf, whose σ is the right 0."""
    one = np.array(1.0, z.dtype)
    return [
        partial(np.negative, z, a),
        partial(np.exp, a, a),
        partial(np.add, a, one, a),
        partial(np.reciprocal, a, a),
    ]
