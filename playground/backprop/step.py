"""One step of the trace: an operation, its formula and numbers, its arrays, the engine's code."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from engine.core.validation import Array
from playground.backprop.words import steps as words

Phase = Literal["forward", "loss", "backward", "update"]
Dims = tuple[tuple[str, int], ...]
Code = Callable[..., Any]

PHASES: Final[Mapping[Phase, str]] = {
    "forward": words.FORWARD,
    "loss": words.LOSS,
    "backward": words.BACKWARD,
    "update": words.UPDATE,
}


@dataclass(frozen=True)
class NamedArray:
    """An array under its name, with the names and lengths that its axes should have.

    ``of`` names the array of the trace that one of a formula alone was made from.
    """

    name: str
    latex: str
    value: Array
    dims: Dims = ()
    of: str = ""

    @property
    def fits(self) -> bool:
        """Whether it has the shape that it should have; with a bug it may not."""
        return self.value.shape == tuple(length for _, length in self.dims)

    @property
    def shape(self) -> str:
        """ "(B = 3, fan in = 2)", or "one number"."""
        named = ", ".join(f"{name} = {length}" for name, length in self.dims)
        wanted = f"({named})" if self.dims else words.ONE_NUMBER
        return wanted if self.fits else words.misfit(self.value.shape, wanted)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One operation. ``symbols`` and ``numbers`` are LaTeX.

    ``error`` is NumPy's message where a bug stops it; then nothing is written. ``faulty`` says
    that the step follows a wrong rule. ``source`` is the engine's code that does it.
    """

    phase: Phase
    title: str
    symbols: str
    numbers: str
    read: tuple[NamedArray, ...]
    written: tuple[NamedArray, ...]
    sentence: str
    source: Code
    error: str = ""
    faulty: bool = False

    @property
    def arrays(self) -> tuple[NamedArray, ...]:
        return (*self.read, *self.written)

    @property
    def reads(self) -> tuple[str, ...]:
        """Names in the trace, each once."""
        return tuple(dict.fromkeys(array.of or array.name for array in self.read))

    @property
    def writes(self) -> tuple[str, ...]:
        return tuple(array.name for array in self.written)


@dataclass(frozen=True)
class Term:
    """What a formula says that is no array: in symbols, and with this step's numbers."""

    latex: str
    numbers: str
    value: float


def source_of(step: Step) -> str:
    """The engine's own code of this step, set to the left margin."""
    return textwrap.dedent(inspect.getsource(step.source)).rstrip()


def place_of(step: Step) -> str:
    """Where that code stands: "engine.core.layers: Dense.bind"."""
    return f"{step.source.__module__}: {step.source.__qualname__}"
