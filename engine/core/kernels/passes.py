"""The buffers of one batch size, and the lists of calls that push signals through them.

B is the batch, F the features of a signal, K the replicas. Inside the engine arrays are
*feature-major*: a signal is ``(F, B)``, or ``(K, F, B)`` with replicas, one sample a column, as in
the textbook's ``z = Wᵀa + b``. Below each signal lies a row of ones, so that one matrix product
adds the bias on the way forward and gives the bias's gradient on the way back. All buffers are made
once for a batch size; the calls write into them with ``out=``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, Protocol

import numpy as np

from engine.core.validation import Array

Call = Callable[[], object]

UNPACKED, FEW_ROWS = 100**3, 16

# What inference works on at once: enough rows to be fast, few enough values to stay in cache.
CHUNK_ROWS, CHUNK_VALUES = 1024, 1 << 17
KEPT_PASSES = 8  # batch sizes whose buffers are kept: more than the sizes an app has in rotation


class Signal:
    """What flows between two layers at one batch size.

    ``full`` is ``(..., F + 1, B)`` with ones in its last row, ``value`` is ``full`` without that
    row, and ``grad`` is dL/dvalue, or None where no gradient is wanted (inference; the data).
    """

    def __init__(self, full: Array, grad: Array | None) -> None:
        self.full, self.grad = full, grad
        self.value: Array = full[..., :-1, :]


class Pass:
    """One way through the layers, forward and back, for one batch size.

    ``rows`` is where a batch is put: ``(B, F + 1)``, a sample a row, ones in the last column; it is
    the transpose of ``input.full``. With ``training`` dropout is active; with ``gradient`` there is
    a way back.
    """

    def __init__(
        self,
        lead: tuple[int, ...],
        features: int,
        dtype: np.dtype[np.floating[Any]],
        generator: np.random.Generator,
        batch: int,
        *,
        training: bool,
        gradient: bool,
    ) -> None:
        self.lead, self.batch, self.dtype = lead, batch, dtype
        self.generator, self.training, self.gradient = generator, training, gradient
        # np.dot is the faster of the two for small matrices, but knows no stacks of them.
        self._multiply = np.matmul if lead else np.dot
        self.rows: Array = np.zeros((batch, features + 1), dtype)
        self.rows[:, -1] = 1.0
        self.input = Signal(self.rows.T, None)
        self.output = self.input
        self.forwards: list[Call] = []
        self.backwards: list[Call] = []  # in the order of the way back
        self.signals: list[Signal] = []  # that leave the layers
        self._scratch: dict[tuple[tuple[int, ...], int], Array] = {}

    def product(self, a: Array, b: Array, out: Array) -> Call:
        """A call that writes a @ b into ``out``."""
        return partial(self._multiply, a, b, out)

    def weighted_sum(self, table: Array, x: Array, out: Array) -> list[Call]:
        """Calls that write table @ x, (..., O, I) times (..., I, B), into ``out``.

        They are several, cut along O, where that is faster. OpenBLAS multiplies straight from
        memory up to 100³ multiplications and packs its operands first beyond. For a few rows over
        long columns packing takes as long as the product.
        """
        rows, inputs = table.shape[-2:]
        height = UNPACKED // (inputs * self.batch)  # rows that go unpacked
        few = 2 <= height < rows <= FEW_ROWS and inputs >= 4 * self.batch
        parts = -(-rows // height) if few else 1
        cuts = [rows * i // parts for i in range(parts + 1)]
        return [
            self.product(table[..., start:stop, :], x, out[..., start:stop, :])
            for start, stop in itertools.pairwise(cuts)
        ]

    def add(self, forward: Iterable[Call], backward: Iterable[Call] = ()) -> None:
        """Append a layer's calls; the way back runs through the layers the other way round."""
        self.forwards += forward
        if self.gradient:
            self.backwards[:0] = backward

    def signal(self, features: int) -> Signal:
        """A new signal with a gradient of its own."""
        full = self._zeros(features + 1)
        full[..., -1, :] = 1.0
        return Signal(full, self._zeros(features) if self.gradient else None)

    def _zeros(self, rows: int) -> Array:
        """A signal's memory, replica after replica.

        Each replica so lies as the signal of a single run does. BLAS may add up in another order
        for a matrix with other strides, and a replica would round otherwise than that run.
        """
        return np.zeros((*self.lead, rows, self.batch), self.dtype)

    def beside(self, source: Signal) -> Signal:
        """A new signal of the source's shape that shares its gradient (for elementwise layers)."""
        return Signal(np.ones_like(source.full), source.grad)

    def scratch(self, like: Array, slot: int = 0) -> Array:
        """A work array shared by all calls: its content does not outlive one call."""
        key = (like.shape, slot)
        if key not in self._scratch:
            self._scratch[key] = np.empty_like(like)
        return self._scratch[key]

    def forward(self) -> None:
        for call in self.forwards:
            call()

    def backward(self) -> None:
        """Push ``output.grad`` back to every parameter."""
        for call in self.backwards:
            call()


class Bindable(Protocol):
    """A layer."""

    def bind(self, run: Pass, source: Signal) -> Signal: ...


class Passes:
    """The passes through the layers of one network: for a batch, or in chunks for many rows.

    ``empty(batch, training=, gradient=)`` makes a pass through no layer yet, ``bind`` one through
    the first ``depth=`` layers (all, if None); ``kept`` gives the same, made once for each of the
    sizes that were used last. N rows, C outputs.
    """

    def __init__(
        self,
        layers: Sequence[Bindable],
        lead: tuple[int, ...],
        features: int,
        dtype: np.dtype[np.floating[Any]],
        generator: np.random.Generator,
    ) -> None:
        self._lead, self._layers = lead, layers
        self.empty = partial(Pass, lead, features, dtype, generator)
        # No bound methods: buffers must not wait for the garbage collector in a cycle.
        self.bind = partial(_bind, layers, self.empty)
        self.kept = lru_cache(KEPT_PASSES)(self.bind)

    def sweep(self, X: Array, depth: int) -> Iterator[Pass]:
        """Push checked rows in chunks through the first ``depth`` layers, in inference mode."""
        with np.errstate(all="ignore"):
            for rows in chunks(X):
                run = self.kept(rows.stop - rows.start, training=False, gradient=False, depth=depth)
                run.rows[:, :-1] = X[rows]
                run.forward()
                yield run

    def outputs(self, X: Array, depth: int) -> Array:
        """What leaves the first ``depth`` layers, feature-major (..., C, N), for checked rows."""
        return self._joined([run.output.value.copy() for run in self.sweep(X, depth)])

    def all_outputs(self, X: Array) -> list[Array]:
        """What leaves each of the layers, feature-major, for checked rows."""
        chunked = self.sweep(X, len(self._layers))
        found = [[signal.value.copy() for signal in run.signals] for run in chunked]
        return [self._joined(parts) for parts in zip(*found, strict=True)]

    def _joined(self, parts: Sequence[Array]) -> Array:
        signal = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
        # One that has not met a Dense layer yet is still the same for all replicas.
        alike = bool(self._lead) and signal.ndim == 2
        return np.repeat(signal[np.newaxis], self._lead[0], axis=0) if alike else signal


def _bind(
    layers: Sequence[Bindable],
    empty: Callable[..., Pass],
    batch: int,
    *,
    training: bool,
    gradient: bool,
    depth: int | None = None,
) -> Pass:
    run = empty(batch, training=training, gradient=gradient)
    for layer in layers[:depth]:
        run.output = layer.bind(run, run.output)
        run.signals.append(run.output)
    return run


def chunks(X: Array) -> list[slice]:
    """Even stretches of the rows of X (N, F), small enough to stay in cache."""
    most = min(CHUNK_ROWS, max(CHUNK_VALUES // X.shape[1], 1))
    size = -(-len(X) // -(-len(X) // most))
    return [slice(start, min(start + size, len(X))) for start in range(0, len(X), size)]
