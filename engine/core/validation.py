"""Checks of what comes in from outside: numbers, arrays and labels, each refused by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from operator import ge, gt, le, lt
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
Labels = npt.NDArray[np.int64]
T = TypeVar("T")

BOUNDS = {"low": (">=", ge), "above": (">", gt), "high": ("<=", le), "below": ("<", lt)}


def lookup(registry: Mapping[str, T], name: object, kind: str) -> T:
    """``registry[name]``; a ``ValueError`` that lists the known names if there is no such entry."""
    if not isinstance(name, str) or name not in registry:
        known = ", ".join(sorted(registry))
        raise ValueError(f"unknown {kind} {name!r}; known: {known}")
    return registry[name]


def check_type(name: str, value: object, kind: type[Any]) -> None:
    """Refuse what is not of this kind."""
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be of type {kind.__name__}, not {value!r}")


def number(name: str, value: object, **bounds: float) -> float:
    """A finite float with ``low <= value <= high`` and ``above < value < below``, where given."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ValueError(f"{name} must be a number, not {value!r}")
    result = float(value)
    if not math.isfinite(result):
        raise ValueError(f"{name} must be finite, not {result}")
    if not all(BOUNDS[kind][1](result, bound) for kind, bound in bounds.items()):
        wanted = " and ".join(f"{BOUNDS[kind][0]} {bound:g}" for kind, bound in bounds.items())
        raise ValueError(f"{name} must be {wanted}, not {result:g}")
    return result


def per_replica(name: str, value: float | npt.ArrayLike, **bounds: float) -> float | Array:
    """A float within the bounds of ``number``, or a read-only float64 array (K,) of such."""
    if np.ndim(value) == 0:
        return number(name, value.item() if isinstance(value, np.ndarray) else value, **bounds)
    values = np.array(value)
    if values.ndim != 1 or values.size == 0 or values.dtype.kind not in "iuf":
        raise ValueError(f"{name} must be a number or one number per replica, not {value!r}")
    for one in values:
        number(name, one, **bounds)
    values = values.astype(np.float64)
    values.setflags(write=False)  # a changed number must pass through this check
    return values


def check_replicas(name: str, value: object, lead: tuple[int, ...]) -> None:
    """Refuse an array of other than one number per replica; ``lead`` is (K,), or () without."""
    if isinstance(value, np.ndarray) and value.shape != lead:
        replicas = f"{lead[0]} replicas" if lead else "no replicas"
        raise ValueError(f"{name} has shape {value.shape}, but the network has {replicas}")


def whole(name: str, value: object, **bounds: float) -> int:
    """An integer within bounds as ``number``'s."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    number(name, value, **bounds)
    return int(value)


def float_type(dtype: object) -> np.dtype[np.floating[Any]]:
    """``float32`` or ``float64`` as a dtype."""
    with suppress(TypeError):
        result: np.dtype[Any] = np.dtype(dtype)  # type: ignore[call-overload]
        if result.name in ("float32", "float64"):
            return result
    raise ValueError(f"dtype must be float32 or float64, not {dtype!r}")


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


def matrix(name: str, values: object, columns: int, dtype: npt.DTypeLike, owner: str) -> Array:
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
    bad = labels[(labels < 0) | (labels >= classes)]
    if bad.size:
        raise ValueError(f"{name} holds the label {bad[0]}, outside the classes 0 to {classes - 1}")
    return labels


def same_length(first: str, one: npt.NDArray[Any], second: str, two: npt.NDArray[Any]) -> None:
    """Refuse arrays of different numbers of samples, naming both shapes."""
    if len(one) != len(two):
        raise ValueError(f"{first} and {second} differ in samples: {one.shape} and {two.shape}")
