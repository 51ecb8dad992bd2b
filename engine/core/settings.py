"""The arguments of layers, optimizers and schedules: each stated once, and checked when it is set.

K replicas. A setting stands in a dataclass as its own default. It has no ``__get__``, so that a
value is read straight from the instance, which is faster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

import numpy as np
import numpy.typing as npt

from engine.core.validation import Array, number, per_replica

Read = TypeVar("Read")
Given = TypeVar("Given")


class Configured:
    """What its arguments describe, the fields of a dataclass; one that is none has no arguments."""

    @classmethod
    def arguments(cls) -> list[str]:
        """Their names, in order."""
        return list(getattr(cls, "__dataclass_fields__", ()))

    def config(self) -> dict[str, object]:
        """The arguments that make an equal one (without weights or state)."""
        values = {name: getattr(self, name) for name in self.arguments()}
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in values.items()
        }

    def keep(self, name: str, value: Any) -> None:
        """Take a setting's new value, checked."""
        self.__dict__[name] = value

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.config().items())
        return f"{type(self).__name__}({settings})"


class Registered:
    """What stands in a registry: under ``name``, with what a page shows of it."""

    name: ClassVar[str]
    label: ClassVar[str]
    latex: ClassVar[str]
    source: ClassVar[str] = ""

    @classmethod
    def registry(cls, *kinds: type[Self]) -> dict[str, type[Self]]:
        """These, by name."""
        return {kind.name: kind for kind in kinds}


class Setting(Generic[Read, Given]):
    """One argument; ``bounds`` are those of ``number``: from 0 on, if there are none."""

    def __init__(self, default: Given, **bounds: float) -> None:
        self.default, self.bounds = default, bounds or {"low": 0.0}

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    if TYPE_CHECKING:

        def __get__(self, instance: object, owner: type) -> Read: ...

    def __set__(self, instance: Configured, value: Given) -> None:
        given: Any = value
        if given is self:
            given = self.default
        instance.keep(self.name, self.check(f"{type(instance).__name__} {self.name}", given))

    def check(self, name: str, value: Given) -> Any:
        return number(name, value, **self.bounds)


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


class PerReplica(Setting["float | Array", "float | npt.ArrayLike"]):
    """A number, or one per replica.

    An optimizer's step reads the name with an underscore before it: None where the number is 0 (for
    all replicas), so that nothing is computed, else a float or a float64 column (K, 1).
    """

    def check(self, name: str, value: float | npt.ArrayLike) -> float | Array:
        return per_replica(name, value, **self.bounds)

    def __set__(self, instance: Configured, value: float | npt.ArrayLike) -> None:
        super().__set__(instance, value)
        kept = instance.__dict__[self.name]
        column = kept if isinstance(kept, float) else kept[:, np.newaxis]
        instance.__dict__[f"_{self.name}"] = column if np.any(column) else None
