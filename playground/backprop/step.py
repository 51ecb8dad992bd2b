"""One step of the trace: an operation, its formula and numbers, its arrays, the engine's code."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Template
from types import MappingProxyType
from typing import Any, Final, Literal

from engine.core.validation import Array
from playground.backprop.latex import matrix

Phase = Literal["forward", "loss", "backward", "update"]
Dims = tuple[tuple[str, int], ...]
Code = Callable[..., Any]

PHASES: Final[Mapping[Phase, str]] = MappingProxyType(
    {
        "forward": "Forward pass",
        "loss": "Loss",
        "backward": "Backward pass",
        "update": "Update",
    }
)


@dataclass(frozen=True)
class NamedArray:
    """An array under its name, with the names and lengths that its axes should have."""

    name: str
    latex: str
    value: Array
    dims: Dims = ()

    @property
    def fits(self) -> bool:
        """Whether it has the shape that it should have; with a bug it may not."""
        return self.value.shape == tuple(length for _, length in self.dims)

    @property
    def shape(self) -> str:
        """ "(B = 3, fan in = 2)", or "one number"."""
        named = ", ".join(f"{name} = {length}" for name, length in self.dims)
        wanted = f"({named})" if self.dims else "one number"
        return wanted if self.fits else f"{self.value.shape}, but {wanted} is needed"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One operation. ``symbols`` and ``numbers`` are LaTeX; ``arrays`` those read, then written.

    ``error`` is NumPy's message where a bug stops it; then nothing is written. ``faulty`` says
    that the step follows a wrong rule. ``layer`` counts from 1, and is 0 where a step belongs to
    none. ``source`` is the engine's code that does it.
    """

    phase: Phase
    title: str
    symbols: str
    numbers: str
    arrays: tuple[NamedArray, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    sentence: str
    source: Code
    layer: int = 0
    error: str = ""
    faulty: bool = False


@dataclass(frozen=True)
class Term:
    """What a formula says that is no array: in symbols, and with this step's numbers."""

    symbols: str
    numbers: str


Filling = Mapping[str, NamedArray | Term]


def in_symbols(formula: str, filling: Filling) -> str:
    """The formula with the names in place of its ``$placeholders``."""
    return Template(formula).substitute(
        {
            key: value.latex if isinstance(value, NamedArray) else value.symbols
            for key, value in filling.items()
        }
    )


def in_numbers(formula: str, filling: Filling, by_shape: bool) -> str:
    """The formula with numbers in place of its ``$placeholders``, or with shapes alone."""
    return Template(formula).substitute(
        {
            key: matrix(value.value, by_shape) if isinstance(value, NamedArray) else value.numbers
            for key, value in filling.items()
        }
    )


def source_of(step: Step) -> str:
    """The engine's own code of this step, set to the left margin."""
    return _source(step.source)


def place_of(step: Step) -> str:
    """Where that code stands: "engine.core.layers: Dense.bind"."""
    return f"{step.source.__module__}: {step.source.__qualname__}"


@lru_cache(maxsize=64)
def _source(code: Any) -> str:
    return textwrap.dedent(inspect.getsource(code)).rstrip()
