"""Shapes that fit, and the gradient of an operand that was repeated so that they do."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from engine.core.validation import Array

Axis: TypeAlias = int | tuple[int, ...] | None


def unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum a gradient over the axes along which an operand of ``shape`` was repeated."""
    added = gradient.ndim - len(shape)
    stretched = tuple(i for i, n in enumerate(shape, start=added) if n == 1)
    axes = (*range(added), *stretched)
    return gradient.sum(axis=axes, keepdims=True).reshape(shape) if axes else gradient


def restored(gradient: Array, axis: Axis, keepdims: bool) -> Array:
    """Put back, with length 1, the axes that a reduction has dropped."""
    return gradient if keepdims or axis is None else np.expand_dims(gradient, axis)


def joined(sign: str, one: Array, other: Array, operation: np.ufunc) -> Array:
    """The result of an operation on two arrays; ``ValueError`` if their shapes do not fit."""
    try:
        result: Array = operation(one, other)
    except ValueError:
        raise ValueError(f"{sign} cannot join the shapes {one.shape} and {other.shape}") from None
    return result


def same_shape(first: str, one: Array, second: str, two: Array) -> None:
    """Refuse two arrays of different shapes, naming both."""
    # Broadcasting (B,) against (B, 1) would quietly compare every row with every other.
    if one.shape != two.shape:
        raise ValueError(f"{first} have shape {one.shape}, but {second} have {two.shape}")
