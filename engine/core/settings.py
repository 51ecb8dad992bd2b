"""The arguments of an optimizer: they may be changed between steps, and are checked when set.

K replicas. A setting stands in a dataclass as its own default. It has no ``__get__``, so that a
value is read straight from the instance, which is faster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from engine.core.validation import Array, number

Read = TypeVar("Read")
Given = TypeVar("Given")


class Setting(Generic[Read, Given]):
    """One argument; ``bounds`` are those of ``number``, from 0 on unless they say otherwise."""

    def __init__(self, default: Given, **bounds: float) -> None:
        self.default, self.bounds = default, {"low": 0.0, **bounds}

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    if TYPE_CHECKING:

        def __get__(self, instance: object, owner: type) -> Read: ...

    def __set__(self, instance: Any, value: Given) -> None:
        name, default = f"{type(instance).__name__} {self.name}", self.default
        given = default if value is self else value
        instance.__dict__ |= self.entries(name, self.check(name, given), instance.served)
        instance.changes += 1

    def check(self, name: str, value: Given) -> Any:
        return number(name, value, **self.bounds)

    def entries(self, name: str, value: Any, params: Array | None) -> dict[str, Any]:
        """What the optimizer holds while it serves these parameters, by name."""
        return {self.name: value}

    def __repr__(self) -> str:
        return repr(self.default)


class Hyperparameter(Setting[float, float]):
    """A number."""


class Switch(Setting[bool, bool]):
    """A yes or no."""

    def check(self, name: str, value: bool) -> bool:
        return bool(value)


class Betas(Setting[tuple[float, float], tuple[float, float]]):
    """Two numbers from 0 to below 1."""

    def check(self, name: str, value: tuple[float, float]) -> tuple[float, float]:
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise ValueError(f"{name} must be two numbers, not {value!r}")
        first = number(f"{name[:-1]}1", value[0], low=0.0, below=1.0)
        return first, number(f"{name[:-1]}2", value[1], low=0.0, below=1.0)


class LearningRate(Setting["float | Array", "float | npt.ArrayLike"]):
    """A positive number, or one per replica: then a read-only array (K,)."""

    def check(self, name: str, value: float | npt.ArrayLike) -> float | Array:
        return per_replica("learning_rate", value, above=0.0)


class PerReplica(Setting["float | Array", "float | npt.ArrayLike"]):
    """A number, or one per replica.

    ``update`` reads the name with an underscore before it: None where the number is 0 (for all
    replicas), so that nothing is computed, else a float or a column (K, 1) of the parameters' type.
    """

    def check(self, name: str, value: float | npt.ArrayLike) -> float | Array:
        return per_replica(name, value, **self.bounds)

    def entries(self, name: str, value: Any, params: Array | None) -> dict[str, Any]:
        ready = None
        if isinstance(value, float):
            ready = value or None
        elif params is not None:  # before that nothing is updated
            replicas = params.shape[0] if params.ndim == 2 else None
            if value.shape != (replicas,):
                raise ValueError(
                    f"{name} has shape {value.shape}, but the network has {replicas} replicas"
                )
            ready = value.astype(params.dtype)[:, np.newaxis] if value.any() else None
        return {self.name: value, f"_{self.name}": ready}


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
