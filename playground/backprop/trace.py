"""All steps of one training step and what they wrote: the trace, and how it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from engine.core.validation import Array
from playground.backprop.latex import matrix
from playground.backprop.network import Network
from playground.backprop.rules import Rules
from playground.backprop.step import (
    Code,
    Dims,
    Filling,
    NamedArray,
    Phase,
    Step,
    in_numbers,
    in_symbols,
)


@dataclass(frozen=True)
class Trace:
    """All steps, in order, and every array by its name.

    ``gradients`` holds dL/dparameter by the parameter's name, as far as the trace came;
    ``written`` the step that writes each array. ``error`` is NumPy's message, if a bug ended it.
    """

    network: Network
    steps: tuple[Step, ...]
    arrays: Mapping[str, NamedArray]

    @property
    def error(self) -> str:
        return self.steps[-1].error

    @property
    def gradients(self) -> dict[str, Array]:
        return {
            name: self.arrays[f"d{name}"].value
            for name in self.network.parameters()
            if f"d{name}" in self.arrays
        }

    @property
    def written(self) -> dict[str, int]:
        return {name: index for index, step in enumerate(self.steps) for name in step.writes}

    def place(self, step: int) -> int:
        """The index of a step that exists: beyond the last is the last."""
        return min(max(step, 0), len(self.steps) - 1)

    def corrected(self, step: int, right: Trace) -> tuple[NamedArray, ...]:
        """What this step should have written, where a bug lets it write something else or nothing.

        ``right`` is the trace of the same network without the bug.
        """
        wanted = (right.arrays[name] for name in right.steps[step].writes)
        return tuple(
            array
            for array in wanted
            if array.name not in self.arrays or not same(self.arrays[array.name].value, array.value)
        )

    def known(self, step: int) -> frozenset[str]:
        """The names of the arrays that are written by then."""
        place = self.place(step)
        return frozenset(name for name, index in self.written.items() if index <= place)


def same(a: Array, b: Array) -> bool:
    """Whether two arrays have one shape and, but for rounding, the same numbers."""
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)


@dataclass
class Path:
    """The steps so far, and what they wrote."""

    network: Network
    rules: Rules
    steps: list[Step] = field(default_factory=list)
    arrays: dict[str, NamedArray] = field(default_factory=dict)

    @property
    def stopped(self) -> bool:
        return bool(self.steps and self.steps[-1].error)

    @property
    def B(self) -> tuple[str, int]:
        return ("B", self.network.batch)

    @property
    def logits(self) -> NamedArray:
        return self.arrays[f"Z{self.network.depth}"]

    @property
    def prediction(self) -> NamedArray:
        return self.arrays.get("P", self.logits)

    def show(self, array: Array) -> str:
        return matrix(array, self.network.by_shapes)

    def write(self, name: str, latex: str, value: Array, dims: Dims) -> NamedArray:
        kept: Array = np.array(value)
        kept.setflags(write=False)
        self.arrays[name] = NamedArray(name, latex, kept, dims)
        return self.arrays[name]

    def as_input(self, name: str) -> NamedArray:
        """An array as what the next layer is fed."""
        array = self.arrays[name]
        return replace(array, dims=(self.B, ("fan in", self.network.sizes[layer_of(name)])))

    def operate(
        self,
        result: NamedArray,
        compute: Callable[[], Array],
        formula: str,
        filling: Filling,
        *,
        phase: Phase,
        title: str,
        sentence: str,
        source: Code,
        layer: int = 0,
        numbers: str = "",
        reads: tuple[str, ...] = (),
        faulty: bool = False,
    ) -> None:
        """Add the step that computes ``result``, whose value is still to come.

        ``numbers`` takes the place of the formula in numbers, where that has terms of its own, and
        ``reads`` of the names in ``filling``, where those were made for the formula.
        """
        read = tuple(value for value in filling.values() if isinstance(value, NamedArray))
        said = numbers or in_numbers(formula, filling, self.network.by_shapes)
        error, written = "", tuple[NamedArray, ...]()
        try:
            value = compute()
        except ValueError as stop:  # shapes that do not fit, which only a bug brings about
            error = str(stop)
        else:
            found = self.write(result.name, result.latex, value, result.dims)
            said, written = f"{said} = {self.show(found.value)}", (found,)
        self.steps.append(
            Step(
                phase=phase,
                title=title,
                symbols=f"{result.latex} = {in_symbols(formula, filling)}",
                numbers=said,
                arrays=(*read, *written),
                reads=reads or tuple(dict.fromkeys(array.name for array in read)),
                writes=tuple(array.name for array in written),
                sentence=sentence,
                source=source,
                layer=layer,
                error=error,
                faulty=faulty,
            )
        )


def layer_of(name: str) -> int:
    """The layer whose output an array is: 2 of "A2", 0 of "X"."""
    return int(name[1:] or 0)


def to_come(name: str, latex: str, dims: Dims) -> NamedArray:
    return NamedArray(name, latex, np.empty(0), dims)
