"""Every gradient by hand, by autograd, by differences and by PyTorch, in one table.

P parameters, E entries of one of them that are compared, K shifted networks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.core.validation import Array
from engine.study.autograd_network import MLP
from engine.study.gradcheck import differences
from engine.training.dataset import DataSet
from playground.backprop import words
from playground.backprop.network import Network
from playground.backprop.trace import Trace

Gradients = dict[str, Array]
Entries = dict[str, npt.NDArray[Any]]  # per parameter, places in its flattened array, or answers

STEP: Final = 1e-5  # of the difference quotient, near the bottom of the V in float64
TOLERANCE: Final = 1e-5  # a relative difference above this is a bug, not the quotient's own error
WHOLE: Final = 200  # up to so many entries a parameter is compared whole
SAMPLED: Final = 24  # and of a larger one so many
_BLOCK: Final = 1 << 18  # numbers of shifted weights that are laid out at once


# --- the four derivations -----------------------------------------------------------------------


def by_layers(network: Network) -> Gradients:
    """dL/dparameter from the engine's hand-written layers."""
    data = DataSet(network.model, network.loss, network.X, network.y, "batch")
    return unpacked(network, data.measure_with_gradient()[2])


def by_autograd(network: Network) -> Gradients:
    """dL/dparameter from the computational graph."""
    twin = MLP(network.model)
    twin.loss(network.loss, network.X, network.y).backward()
    return {p.name: p.data * 0.0 if p.grad is None else p.grad for p in twin.parameters()}


def by_torch(network: Network) -> Gradients | str:
    """dL/dparameter from PyTorch in float64, or why there is none."""
    if find_spec("torch") is None:
        return words.NO_TORCH
    if network.activation.name not in _TORCH_FUNCTIONS or network.loss.name not in _TORCH_LOSSES:
        return words.NOT_IN_TORCH
    torch = import_module("torch")
    functional = torch.nn.functional
    parameters = {
        name: torch.tensor(value, requires_grad=True)
        for name, value in network.parameters().items()
    }
    a = torch.tensor(network.X)
    for layer in range(1, network.depth + 1):
        z = a @ parameters[f"W{layer}"] + parameters[f"b{layer}"]
        a = _TORCH_FUNCTIONS[network.activation.name](functional, z)
    _TORCH_LOSSES[network.loss.name](functional, z, torch.tensor(network.Y)).backward()
    return {name: np.asarray(tensor.grad.numpy()) for name, tensor in parameters.items()}


_TORCH_FUNCTIONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "identity": lambda f, z: z,
    "relu": lambda f, z: f.relu(z),
    "leaky_relu": lambda f, z: f.leaky_relu(z, 0.01),
    "elu": lambda f, z: f.elu(z),
    "gelu": lambda f, z: f.gelu(z, approximate="tanh"),
    "silu": lambda f, z: f.silu(z),
    "sigmoid": lambda f, z: z.sigmoid(),
    "tanh": lambda f, z: z.tanh(),
    "softplus": lambda f, z: f.softplus(z, threshold=1e9),  # beyond it torch rounds to z
}
_TORCH_LOSSES: Final[Mapping[str, Callable[[Any, Any, Any], Any]]] = {
    "cross_entropy": lambda f, z, y: f.cross_entropy(z, y),  # it takes one-hot rows as well
    "binary_cross_entropy": lambda f, z, y: f.binary_cross_entropy_with_logits(z, y),
    "mse": lambda f, z, y: f.mse_loss(z, y),
    "softmax_mse": lambda f, z, y: f.mse_loss(z.softmax(dim=-1), y),
    "sigmoid_mse": lambda f, z, y: f.mse_loss(z.sigmoid(), y),
}


def central_differences(
    network: Network, entries: Entries, step: float, dtype: npt.DTypeLike = np.float64
) -> tuple[Gradients, Entries]:
    """(L(w + step) - L(w - step)) / (2 step) for the entries of each parameter, (E,) each.

    And, (E,) too, whether the step carries a unit over the kink of its activation, where the
    quotient is no derivative. All in ``dtype``, the loss included.
    """
    flat = network.model.flat.astype(dtype)
    where = unpacked(network, np.arange(flat.size))
    places = np.concatenate([where[name].ravel()[chosen] for name, chosen in entries.items()])
    block = max(_BLOCK // (2 * flat.size), 1)
    starts = range(block, len(places), block)
    blocks = [_quotients(network, flat, part, step) for part in np.split(places, starts)]
    cuts = np.cumsum([len(chosen) for chosen in entries.values()])[:-1]
    values, kinks = (np.split(np.concatenate(parts), cuts) for parts in zip(*blocks, strict=True))
    return dict(zip(entries, values, strict=True)), dict(zip(entries, kinks, strict=True))


def _quotients(
    network: Network, flat: Array, places: npt.NDArray[np.intp], step: float
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """The quotients (E,) at these places of the weights (P,), and whether a kink lies between."""
    own = np.arange(len(places))
    rows = np.broadcast_to(flat, (2, len(places), flat.size)).copy()
    rows[0, own, places] += flat.dtype.type(step)
    rows[1, own, places] -= flat.dtype.type(step)
    losses, sides = losses_of(network, rows.reshape(-1, flat.size))
    above, below = losses.reshape(2, -1)
    one, other = sides.reshape(2, len(places), -1)
    return (above - below).astype(np.float64) / (2.0 * step), (one != other).any(axis=-1)


def losses_of(network: Network, rows: Array) -> tuple[Array, npt.NDArray[np.bool_]]:
    """The batch's loss, (K,), for K sets of weights (K, P), in their own precision.

    And for activations with a kink, which units are on, (K, units B).
    """
    dtype, activation = rows.dtype, network.activation
    count, start = len(rows), 0
    a: Array = network.X.astype(dtype)  # (B, I), then (K, B, O)
    sides = []
    with np.errstate(all="ignore"):
        for layer, (fan_in, fan_out) in enumerate(network.fans, start=1):
            table = rows[:, start : start + (fan_in + 1) * fan_out].reshape(count, -1, fan_out)
            start += (fan_in + 1) * fan_out
            z = a @ table[:, :-1] + table[:, -1:]
            if layer == network.depth:
                break
            a = activation.f(z)
            if activation.kinked:
                sides.append((z > 0.0).reshape(count, -1))
        # The kernel takes (K, C, B) whose memory runs over C first.
        logits = np.moveaxis(np.ascontiguousarray(np.moveaxis(z, 2, 0)), 0, 1)
        targets = np.ascontiguousarray(network.Y.T.astype(dtype))
        values = np.asarray(network.loss.kernel(logits, targets, None, network.batch)())
    on = np.concatenate(sides, axis=1) if sides else np.empty((count, 0), np.bool_)
    return values, on


def unpacked(network: Network, flat: npt.NDArray[Any]) -> Gradients:
    """The parts of a flat vector (P,) by their parameters' names."""
    found: Gradients = {}
    start = 0
    for name, value in network.parameters().items():
        found[name] = flat[start : start + value.size].reshape(value.shape)
        start += value.size
    return found


def entries_of(network: Network, whole: int = WHOLE, most: int = SAMPLED) -> Entries:
    """All entries of parameters up to ``whole``; of larger ones ``most``, drawn from the seed."""
    rng = np.random.default_rng(network.model.seed)
    return {
        name: np.arange(value.size)
        if value.size <= whole
        else np.sort(rng.choice(value.size, most, replace=False))
        for name, value in network.parameters().items()
    }


# --- the table ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ParameterCheck:
    """One parameter's gradient by every column, (E,) each: at all its entries, or at some.

    A column that is missing has its reason in ``missing``. The central quotient is compared where
    it is ``smooth``.
    """

    name: str
    shape: tuple[int, ...]
    columns: Mapping[str, Array]
    missing: Mapping[str, str]
    smooth: npt.NDArray[np.bool_]

    @property
    def kinks(self) -> int:
        return int(np.count_nonzero(~self.smooth))

    @property
    def differences(self) -> dict[str, float]:
        """Each column's largest relative difference from the hand-written layers.

        NaN for the central differences, if no entry could be compared.
        """
        ours = self.columns["layers"]
        return {
            column: relative_difference(ours[self.smooth], values[self.smooth])
            if column == "central"
            else relative_difference(ours, values)
            for column, values in self.columns.items()
            if column != "layers"
        }


@dataclass(frozen=True)
class Check:
    """The table: a row for each parameter."""

    parameters: tuple[ParameterCheck, ...]

    @property
    def largest(self) -> dict[str, float]:
        """The largest relative difference of each column, where some parameter has it."""
        found: dict[str, float] = {}
        for row in self.parameters:
            for column, value in row.differences.items():
                if not math.isnan(value):
                    found[column] = max(found.get(column, 0.0), value)
        return found


def check(path: Trace, step: float = STEP) -> Check:
    """The gradients of a trace, right or wrong, beside those of the engine and of PyTorch."""
    network = path.network
    entries = entries_of(network)
    central, kinked = central_differences(network, entries, step)
    others: dict[str, Gradients | str] = {
        "trace": path.gradients,
        "layers": by_layers(network),
        "autograd": by_autograd(network),
        "torch": by_torch(network),
    }
    rows = []
    for name, value in network.parameters().items():
        columns, missing = {"central": central[name]}, {}
        for column, found in others.items():
            if isinstance(found, str):
                missing[column] = found
            elif name not in found:
                missing[column] = words.not_reached(path.error)
            elif found[name].shape != value.shape:
                missing[column] = words.other_shape(found[name].shape, name, value.shape)
            else:
                columns[column] = found[name].ravel()[entries[name]]
        rows.append(ParameterCheck(name, value.shape, columns, missing, ~kinked[name]))
    return Check(tuple(rows))


def relative_difference(a: Array, b: Array) -> float:
    """As the engine's check measures it."""
    return differences(a, b)[1]
