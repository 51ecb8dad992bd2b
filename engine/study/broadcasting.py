"""Two arrays that broadcasting makes one, and how a gradient comes back to each."""

from __future__ import annotations

import numpy as np

from engine.core.validation import Array


def joined(sign: str, one: Array, other: Array, operation: np.ufunc) -> Array:
    """The result of an operation on two arrays; ``ValueError`` if their shapes do not fit."""
    try:
        result: Array = operation(one, other)
    except ValueError:
        raise ValueError(f"{sign} cannot join the shapes {one.shape} and {other.shape}") from None
    return result


def unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum a gradient over the axes along which an operand of ``shape`` was repeated."""
    added = gradient.ndim - len(shape)
    stretched = tuple(i for i, n in enumerate(shape, start=added) if n == 1)
    axes = (*range(added), *stretched)
    return gradient.sum(axis=axes, keepdims=True).reshape(shape) if axes else gradient
