"""All steps of one training step and what they wrote: the trace, and how it is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from string import Template

import numpy as np

from engine.core.validation import Array
from playground.backprop.latex import matrix
from playground.backprop.network import Network
from playground.backprop.rules import Rule
from playground.backprop.step import Code, Dims, NamedArray, Phase, Step, Term
from playground.backprop.words import steps as words


@dataclass(frozen=True)
class Trace:
    """All steps, in order, and every array by its name."""

    network: Network
    steps: tuple[Step, ...]
    arrays: Mapping[str, NamedArray]

    @property
    def error(self) -> str:
        """NumPy's message, if a bug ended it."""
        return self.steps[-1].error

    @property
    def gradients(self) -> dict[str, Array]:
        """dL/dparameter by the parameter's name, as far as the trace came."""
        return {
            name: self.arrays[f"d{name}"].value
            for name in self.network.parameters()
            if f"d{name}" in self.arrays
        }

    @property
    def written(self) -> dict[str, int]:
        """The step that writes each array."""
        return {name: index for index, step in enumerate(self.steps) for name in step.writes}

    def place(self, step: int) -> int:
        """The index of a step that exists: beyond the last is the last."""
        return min(max(step, 0), len(self.steps) - 1)

    def corrected(self, step: int, right: Trace) -> tuple[NamedArray, ...]:
        """What this step should have written, where a bug lets it write something else or nothing.

        ``right`` is the trace of the same network without the bug.
        """
        return tuple(
            array
            for array in right.steps[step].written
            if array.name not in self.arrays or not same(self.arrays[array.name].value, array.value)
        )


def same(a: Array, b: Array) -> bool:
    """Whether two arrays have one shape and, but for rounding, the same numbers."""
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)


class Stopped(Exception):
    """NumPy has refused an operation: the trace ends there."""


@dataclass
class Path:
    """The steps so far, and what they wrote."""

    network: Network
    rules: Mapping[str, Rule]
    steps: list[Step] = field(default_factory=list)
    arrays: dict[str, NamedArray] = field(default_factory=dict)
    phase: Phase = "forward"

    def rows(self, axis: str, length: int) -> Dims:
        """The axes of an array with a sample a row."""
        return (("B", self.network.batch), (axis, length))

    @property
    def logits(self) -> NamedArray:
        return self.arrays[f"Z{self.network.depth}"]

    @property
    def prediction(self) -> NamedArray:
        return self.arrays.get("P", self.logits)

    def inputs(self, layer: int) -> NamedArray:
        """What layer 1, 2, ... is fed."""
        array = self.arrays["X" if layer == 1 else f"A{layer - 1}"]
        return replace(array, dims=self.rows(words.FAN_IN, self.network.sizes[layer - 1]))

    def write(self, name: str, value: Array | float, dims: Dims) -> NamedArray:
        kept: Array = np.array(value)
        kept.setflags(write=False)
        self.arrays[name] = NamedArray(name, _symbol(name), kept, dims)
        return self.arrays[name]

    def operate(
        self,
        name: str,
        dims: Dims,
        compute: Callable[..., Array | float],
        formula: str,
        filling: Mapping[str, NamedArray | Term],
        *,
        title: str,
        sentence: str,
        source: Code,
        numbers: str = "",
        faulty: bool = False,
    ) -> None:
        """Add the step that computes the array ``name``. Stopped if NumPy refuses it.

        ``filling`` is what the formula's $names stand for, or what is read without being named;
        ``compute`` is called with it. ``numbers`` takes the place of the formula in numbers, where
        that has terms of its own.
        """
        by_shapes = self.network.by_shapes
        said = numbers or Template(formula).substitute(
            {
                key: each.numbers if isinstance(each, Term) else matrix(each.value, by_shapes)
                for key, each in filling.items()
            }
        )
        error, written = "", tuple[NamedArray, ...]()
        try:
            value = compute(**{key: each.value for key, each in filling.items()})
        except ValueError as stop:  # shapes that do not fit, which only a bug brings about
            error = str(stop)
        else:
            written = (self.write(name, value, dims),)
            said = f"{said} = {matrix(written[0].value, by_shapes)}"
        symbols = Template(formula).substitute({key: each.latex for key, each in filling.items()})
        self.steps.append(
            Step(
                phase=self.phase,
                title=title,
                symbols=f"{_symbol(name)} = {symbols}",
                numbers=said,
                read=tuple(each for each in filling.values() if isinstance(each, NamedArray)),
                written=written,
                sentence=sentence,
                source=source,
                error=error,
                faulty=faulty,
            )
        )
        if error:
            raise Stopped


def _symbol(name: str) -> str:
    r"""LaTeX of a name: Z_{2} of "Z2", \mathrm{d}W_{1} of "dW1", b'_{1} of "b1'"."""
    parts = re.fullmatch(r"(d?)(\w)(\d*)('?)", name)
    assert parts is not None
    d, letter, layer, prime = parts.groups()
    index = f"_{{{layer}}}" if layer else ""
    return (r"\mathrm{d}" if d else "") + letter + prime + index
