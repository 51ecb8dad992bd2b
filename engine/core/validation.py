"""Checks of what comes in from outside: numbers, arrays and labels, each refused by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
Labels = npt.NDArray[np.int64]
T = TypeVar("T")


def lookup(registry: Mapping[str, T], name: object, kind: str) -> T:
    """``registry[name]``; a ``ValueError`` that lists the known names if there is no such entry."""
    if not isinstance(name, str) or name not in registry:
        known = ", ".join(sorted(registry))
        raise ValueError(f"unknown {kind} {name!r}; known: {known}")
    return registry[name]


def number(
    name: str,
    value: object,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    above: float = -math.inf,
    below: float = math.inf,
) -> float:
    """A finite float within ``low <= value <= high`` and ``above < value < below``."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ValueError(f"{name} must be a number, not {value!r}")
    result = float(value)
    if not math.isfinite(result):
        raise ValueError(f"{name} must be finite, not {result}")
    if not (low <= result <= high and above < result < below):
        bounds = [
            f"{sign} {bound:g}"
            for sign, bound in ((">=", low), (">", above), ("<=", high), ("<", below))
            if math.isfinite(bound)
        ]
        raise ValueError(f"{name} must be {' and '.join(bounds)}, not {result:g}")
    return result


def whole(name: str, value: object, *, low: int, high: int | None = None) -> int:
    """An integer within ``low <= value <= high``."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    result = int(value)
    if result < low or (high is not None and result > high):
        bounds = f">= {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} must be {bounds}, not {result}")
    return result


def float_type(dtype: object) -> np.dtype[np.floating[Any]]:
    """``float32`` or ``float64`` as a dtype."""
    try:
        result: np.dtype[Any] = np.dtype(dtype)  # type: ignore[call-overload]
    except TypeError:
        raise ValueError(f"dtype must be float32 or float64, not {dtype!r}") from None
    if result.name not in ("float32", "float64"):
        raise ValueError(f"dtype must be float32 or float64, not {dtype!r}")
    return result


def _numeric(name: str, values: object) -> npt.NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} is not a regular array: {error}") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold numbers, not {array.dtype}")
    if array.size == 0:
        raise ValueError(f"{name} is empty: its shape is {array.shape}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinite values")
    return array


def matrix(
    name: str, values: object, columns: int, dtype: npt.DTypeLike, owner: str = "the network"
) -> Array:
    """A finite ``(N, columns)`` array of ``dtype``, N at least 1."""
    array = _numeric(name, values)
    if array.ndim != 2 or array.shape[1] != columns:
        raise ValueError(f"{name} has shape {array.shape}, but {owner} takes (N, {columns})")
    with np.errstate(over="ignore"):
        result: Array = array.astype(dtype, copy=False)
    if not np.isfinite(result).all():
        raise ValueError(f"{name} holds values too large for {np.dtype(dtype)}")
    return result


def column(name: str, values: object) -> npt.NDArray[Any]:
    """A finite 1-D array; a single column ``(N, 1)`` is taken as one."""
    array = _numeric(name, values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {array.shape}, but one value a sample, (N,), is needed")
    return array


def class_labels(name: str, values: object, classes: int) -> Labels:
    """Integer labels ``(N,)``, each from 0 to ``classes - 1``."""
    array = column(name, values)
    labels: Labels = array.astype(np.int64)
    if array.dtype.kind == "f" and not np.array_equal(labels, array):
        raise ValueError(f"{name} must hold whole class labels, not fractions")
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= classes:
        wrong = lowest if lowest < 0 else highest
        raise ValueError(f"{name} holds the label {wrong}, outside the classes 0 to {classes - 1}")
    return labels


def same_length(first: str, one: npt.NDArray[Any], second: str, two: npt.NDArray[Any]) -> None:
    """Refuse arrays of different numbers of samples, naming both shapes."""
    if len(one) != len(two):
        raise ValueError(
            f"{first} and {second} differ in samples: shapes {one.shape} and {two.shape}"
        )
