"""Network: a chain of layers over one flat parameter vector.

N samples, C outputs of the last layer, P parameters, K replicas. The public arrays are row-major,
``(N, features)``, or ``(K, N, features)`` with replicas; inside, signals are feature-major.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.core.kernels.passes import Pass, Passes
from engine.core.layers import Dense, Layer
from engine.core.losses import Loss
from engine.core.optimizers import Optimizer
from engine.core.validation import (
    Array,
    check_replicas,
    check_type,
    float_type,
    matrix,
    per_replica,
    whole,
)

# Independent streams from one seed. The first is left to whoever makes the data.
DATA_STREAM, WEIGHT_STREAM, ORDER_STREAM, DROPOUT_STREAM, SAMPLE_STREAM = range(5)


def stream(seed: int, which: int) -> np.random.Generator:
    """One of the independent generators that a seed stands for."""
    return np.random.default_rng(seed).spawn(which + 1)[which]


class Parameter(NamedTuple):
    """Views of one weight matrix or bias vector and of its gradient."""

    name: str
    data: Array
    grad: Array


class Network:
    """Layers in a row. ``seed`` decides weights and dropout; ``dtype`` is float32 or float64.

    With ``replicas=K`` the network holds K sets of weights that are trained at once on the same
    data. All start alike, unless ``replica_seeds`` gives each a seed; ``init_scale`` multiplies the
    starting weights, one number for all or one per replica.

    ``flat`` holds all parameters, ``flat_grad`` their gradient: ``(P,)`` or ``(K, P)``, in the
    order of the layers, weights before biases. ``dense_layers`` are those that have weights.
    """

    def __init__(
        self,
        layers: Iterable[Layer] = (),
        seed: int = 0,
        dtype: npt.DTypeLike = np.float64,
        replicas: int | None = None,
        replica_seeds: Sequence[int] | None = None,
        init_scale: float | npt.ArrayLike = 1.0,
    ) -> None:
        self.seed = whole("seed", seed, low=0)
        self.dtype = float_type(dtype)
        self.replicas = None if replicas is None else whole("replicas", replicas, low=1)
        self.lead = () if self.replicas is None else (self.replicas,)
        scale = per_replica("init_scale", init_scale, low=0.0)
        check_replicas("init_scale", scale, self.lead)
        seeds = [self.seed] * (self.replicas or 1)
        if replica_seeds is not None:
            check_replicas("replica_seeds", np.array(replica_seeds), self.lead)
            seeds = [whole("replica seed", one, low=0) for one in replica_seeds]
        self.loss: Loss | None = None
        self.optimizer: Optimizer | None = None
        self.classifies: bool | None = None  # None until a loss has met its targets
        self.dropout_generator = stream(self.seed, DROPOUT_STREAM)
        self._seeds, self._scales = seeds, np.broadcast_to(scale, self.lead or 1)
        self._lay_out(_checked(layers))
        self._draw()

    def add(self, layer: Layer) -> None:
        """Append a layer, with the weights that it would have had from the beginning.

        A network that has met a loss is complete: what trains holds its parameters.
        """
        if self.loss is not None:
            raise ValueError(f"cannot add {layer!r}: the network has its loss already")
        before = self.flat
        self._lay_out(_checked([*self.layers, layer], own=self.layers))
        self._draw()
        self.flat[..., : before.shape[-1]] = before

    def _lay_out(self, layers: Iterable[Layer]) -> None:
        """Make the flat vectors, of which each layer's parameters become views."""
        self.layers = tuple(layers)
        self.dense_layers = tuple(layer for layer in self.layers if isinstance(layer, Dense))
        self._last: Pass | Array | None = None
        shape = (*self.lead, sum(layer.n_parameters for layer in self.dense_layers))
        self.flat: Array = np.zeros(shape, self.dtype)
        self.flat_grad: Array = np.zeros(shape, self.dtype)
        start = 0
        for layer in self.dense_layers:
            layer.attach(self.flat, self.flat_grad, start)
            start = layer.span.stop
        self._passes: Passes | None = None

    @property
    def passes(self) -> Passes:
        """The ways through the layers, with buffers of one batch size each."""
        if self._passes is None:
            generator = self.dropout_generator
            self._passes = Passes(self.layers, self.lead, self.n_inputs, self.dtype, generator)
        return self._passes

    def _draw(self) -> None:
        """The starting weights of each replica."""
        rows = self.flat.reshape(self.replicas or 1, -1)  # (K, P), K = 1 without replicas
        for row, seed, scale in zip(rows, self._seeds, self._scales, strict=True):
            # A stream per layer: a layer more or less does not change the weights of those before.
            streams = stream(seed, WEIGHT_STREAM).spawn(len(self.dense_layers))
            for layer, rng in zip(self.dense_layers, streams, strict=True):
                row[layer.span] = layer.draw(rng, scale).ravel()
        if not np.isfinite(self.flat).all():
            raise ValueError(f"the starting weights are too large for {self.dtype}")

    @property
    def n_inputs(self) -> int:
        return self._ends()[0].fan_in

    @property
    def n_outputs(self) -> int:
        return self._ends()[1].fan_out

    def _ends(self) -> tuple[Dense, Dense]:
        """The first and the last layer with weights."""
        if not self.dense_layers:
            raise ValueError("a network needs at least one Dense layer")
        return self.dense_layers[0], self.dense_layers[-1]

    @property
    def n_parameters(self) -> int:
        """P, the weights and biases of one replica."""
        return int(self.flat.shape[-1])

    def __deepcopy__(self, memo: dict[int, Any]) -> Network:
        """A network of its own, with the same weights, gradients and dropout to come."""
        twin = memo[id(self)] = copy.copy(self)
        twin.dropout_generator = copy.deepcopy(self.dropout_generator, memo)
        twin._lay_out(copy.copy(layer) for layer in self.layers)
        twin.flat[...], twin.flat_grad[...] = self.flat, self.flat_grad
        twin.optimizer = copy.deepcopy(self.optimizer, memo)
        return twin

    def parameters(self) -> list[Parameter]:
        """[W1, b1, W2, b2, ...]: live views, each with ``.data`` and ``.grad``."""
        found: list[Parameter] = []
        for index, layer in enumerate(self.dense_layers, start=1):
            found.append(Parameter(f"W{index}", layer.weight, layer.weight_grad))
            found.append(Parameter(f"b{index}", layer.bias, layer.bias_grad))
        return found

    # --- forward and back ---------------------------------------------------------------------

    def logit_depth(self, loss: Loss | None) -> int:
        """How many layers come before what the loss takes: all but a last one that it folds in."""
        folds = None if loss is None else loss.folds
        return len(self.layers) - (folds is not None and isinstance(self.layers[-1], folds))

    def checked(self, X: npt.ArrayLike, name: str = "X") -> Array:
        """Inputs (N, features) in the network's type; a ``ValueError`` for any others."""
        first, _ = self._ends()
        return matrix(name, X, first.fan_in, self.dtype, f"layer 1 ({first.label})")

    def forward(self, X: npt.ArrayLike, training: bool = False) -> Array:
        """The last layer's output (logits, if it is a Dense), (N, C) or (K, N, C), as a copy."""
        rows = self._last = self.checked(X)
        if not training:
            return rows_of(self.passes.outputs(rows, len(self.layers)))
        run = self._last = self._run(rows, training=True)
        return rows_of(run.output.value)

    def _run(self, rows: Array, training: bool) -> Pass:
        """Forward with all rows at once, so that there is a way back."""
        run = self.passes.kept(len(rows), training=training, gradient=True)
        run.rows[:, :-1] = rows
        with np.errstate(all="ignore"):
            run.forward()
        return run

    def backward(self, dlogits: npt.ArrayLike) -> None:
        """From dL/doutput of the last ``forward``, assign dL/dparameter to every ``.grad``."""
        if self._last is None:
            raise ValueError("backward needs a forward pass before it")
        run = self._last if isinstance(self._last, Pass) else self._run(self._last, training=False)
        target, given = run.output.grad, np.asarray(dlogits)
        if target is None or given.shape != rows_of(target).shape:
            shape = rows_of(run.output.value).shape
            raise ValueError(f"dlogits has shape {given.shape}, but the output's is {shape}")
        target[...] = given.swapaxes(-1, -2)
        with np.errstate(all="ignore"):
            run.backward()

    def activations(self, X: npt.ArrayLike) -> list[Array]:
        """Each layer's output, (N, F) or (K, N, F), in inference mode, as copies."""
        return [rows_of(signal) for signal in self.passes.all_outputs(self.checked(X))]

    def __repr__(self) -> str:
        inside = ", ".join(repr(layer) for layer in self.layers)
        replicas = "" if self.replicas is None else f", replicas={self.replicas}"
        return f"{type(self).__name__}([{inside}], seed={self.seed}, dtype={self.dtype}{replicas})"


def _checked(layers: Iterable[Layer], own: Sequence[Layer] = ()) -> list[Layer]:
    """Layers of which each takes as many inputs as the one before has outputs; ``own`` are ours."""
    found = list(layers)
    for layer in found:
        check_type("a layer", layer, Layer)
    dense = [layer for layer in found if isinstance(layer, Dense)]
    for count, (last, layer) in enumerate(pairwise(dense), start=1):
        if layer.fan_in != last.fan_out:
            raise ValueError(
                f"layer {count + 1} ({layer.label}) takes {layer.fan_in} inputs, but"
                f" layer {count} ({last.label}) gives {last.fan_out} outputs"
            )
    for layer in dense:
        if (layer.attached and layer not in own) or dense.count(layer) > 1:
            raise ValueError(f"{layer!r} already belongs to a network; make a new one")
    return found


def rows_of(signal: Array) -> Array:
    """A feature-major signal as rows, in a copy of its own."""
    return signal.swapaxes(-1, -2).copy()
