"""The state of every hidden layer in numbers: sizes, shares, histograms.

L hidden layers, U units in each, B samples of the probe, P parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine import Sequential
from engine.core.activations import ACTIVATIONS
from engine.core.validation import Array
from playground.gradient_flow.probe import Signals

Floats = NDArray[np.float64]

QUANTITIES: Final = ("gradient", "activation", "update")  # the sizes by layer that are drawn
BINS: Final = 32
SATURATED_SLOPE: Final = 0.05  # of the largest slope: a value with less counts as saturated
_LARGEST: Final = float(np.finfo(np.float64).max)

# The slope as a share of its largest, read from a = f(z), for activations between two bounds.
SHARE_OF_SLOPE: Final[Mapping[str, Callable[[Floats], Floats]]] = {
    "sigmoid": lambda a: 4.0 * a * (1.0 - a),
    "tanh": lambda a: 1.0 - a * a,
}


@dataclass(frozen=True)
class Histograms:
    """One histogram a layer. Bin j of layer l runs from low[l] + j w to low[l] + (j + 1) w.

    w = (high[l] - low[l]) / BINS. `counts` (L, BINS) is scaled so that the fullest bin of each
    layer is 255. `low` and `high` (L,) are the layer's smallest and largest value; where all are
    equal, that value minus and plus half of max(|value|, 1).
    """

    low: Floats
    high: Floats
    counts: NDArray[np.uint8]


@dataclass(frozen=True)
class LayerStatistics:
    """What each hidden layer is like at one moment, arrays (L,) each; always finite or NaN.

    `gradient` is the RMS of dL/dW over the probe batch, `activation` the standard deviation of a
    over units and samples, `update` the RMS of the last step's change of W over the RMS of W after
    it; NaN before the first step.

    `dead` is the share of units whose slope f'(z) is exactly zero on every sample of the probe, in
    float32 as in the run, so that no sample can teach them: not only a ReLU's, every slope but
    those of Leaky ReLU and identity is rounded to zero far enough out. `saturated` is the share of
    values (unit and sample) with a slope below 5 % of the largest: |a| > 0.975 for tanh, a < 0.0127
    or a > 0.9873 for sigmoid; NaN for activations that are not bounded on both sides.

    `alike` is the mean cosine of the incoming weights, bias included, of two units of the layer: 1
    if all units are copies of each other (two of all zeros are), about 0 for random ones; NaN for
    one unit.
    """

    gradient: Floats
    activation: Floats
    update: Floats
    dead: Floats
    saturated: Floats
    alike: Floats


class Weights:
    """Where the hidden layers' weights lie in a flat vector (P,) of a `deep_network`."""

    def __init__(self, network: Sequential, depth: int) -> None:
        dense = network.dense_layers
        self._shapes = [(layer.fan_in + 1, layer.fan_out) for layer in dense[:depth]]
        sizes = [layer.n_parameters for layer in dense]
        starts = np.cumsum([0, *sizes])[:depth]
        weights = np.array([layer.fan_in * layer.fan_out for layer in dense[:depth]])
        self._counts = weights
        # Weights and biases in turn; what comes after the hidden layers is one last stretch.
        self._cuts = np.column_stack([starts, starts + weights]).ravel()
        self._stop = int(starts[-1] + sizes[depth - 1])
        self._first = sizes[0]

    def rms(self, vector: Array) -> Floats:
        """The root mean square of each layer's weights, without biases, (L,)."""
        wide = vector[: self._stop].astype(np.float64)
        with np.errstate(over="ignore"):
            sums = np.add.reduceat(wide * wide, self._cuts)[::2]
            return _bounded(np.sqrt(sums / self._counts))

    def tables(self, vector: Array) -> list[Floats]:
        """[W; b] of the layers, stacked by equal shape: (1, F + 1, U), and (L - 1, U + 1, U)."""
        wide = vector[: self._stop].astype(np.float64)
        parts = [wide[: self._first].reshape(1, *self._shapes[0])]
        if len(self._shapes) > 1:
            parts.append(wide[self._first :].reshape(-1, *self._shapes[1]))
        return parts


def layer_statistics(
    signals: Signals, flat: Array, weights: Weights, update: Floats, activation: str
) -> LayerStatistics:
    """All but the histograms, from a pass with the parameters `flat` (P,)."""
    a = signals.activations
    depth, units, _ = a.shape
    saturated = np.full(depth, np.nan)
    if activation in SHARE_OF_SLOPE:
        saturated = (SHARE_OF_SLOPE[activation](a) < SATURATED_SLOPE).mean(axis=(1, 2))
    with np.errstate(all="ignore"):
        return LayerStatistics(
            gradient=weights.rms(signals.gradient),
            activation=_spread(a),
            update=update,
            dead=no_slope(activation, signals.preactivations).all(axis=2).mean(axis=1),
            saturated=saturated,
            alike=np.concatenate([_alike(table) for table in weights.tables(flat)])
            if units > 1
            else np.full(depth, np.nan),
        )


def no_slope(activation: str, z: Floats) -> NDArray[np.bool_]:
    """Where a float32 network computes a slope f'(z) of exactly zero."""
    with np.errstate(all="ignore"):
        narrow = z.astype(np.float32)
        slope = np.ones_like(narrow)
        kernel = ACTIVATIONS[activation]().kernel
        calls = kernel(narrow, narrow.copy(), slope, lambda like, _: np.empty_like(like))
        for call in (*calls[0], *calls[1]):
            call()
    return np.asarray(slope == 0)


def histograms(values: Floats) -> Histograms:
    """One histogram for each of the arrays stacked along the first axis."""
    rows = values.reshape(len(values), -1)  # (L, N)
    low, high = rows.min(axis=1), rows.max(axis=1)
    if not ((low > -_LARGEST / 4).all() and (high < _LARGEST / 4).all()):
        rows = np.clip(np.nan_to_num(rows), -_LARGEST / 4, _LARGEST / 4)  # so that it has a width
        low, high = rows.min(axis=1), rows.max(axis=1)
    flat = high - low < np.finfo(np.float64).tiny * BINS
    half = np.maximum(np.abs(low), 1.0) / 2
    low, high = np.where(flat, low - half, low), np.where(flat, high + half, high)
    place = rows - low[:, None]
    place *= (BINS / (high - low))[:, None]
    index = place.astype(np.int32)
    np.clip(index, 0, BINS - 1, out=index)
    index += (np.arange(len(rows), dtype=np.int32) * BINS)[:, None]
    counts = np.bincount(index.ravel(), minlength=len(rows) * BINS).reshape(len(rows), BINS)
    scaled = -(-255 * counts // counts.max(axis=1, keepdims=True))  # rounded up: one still shows
    return Histograms(low, high, scaled.astype(np.uint8))


def _of_weights(flat: Array, weights: Weights) -> Histograms:
    parts = [vars(histograms(table[:, :-1])) for table in weights.tables(flat)]
    return Histograms(**{n: np.concatenate([part[n] for part in parts]) for n in parts[0]})


# By name; "gradients" are dL/dz, "weights" are without the biases.
HISTOGRAMS: Final[Mapping[str, Callable[[Signals, Array, Weights], Histograms]]] = {
    "activations": lambda signals, flat, weights: histograms(signals.activations),
    "preactivations": lambda signals, flat, weights: histograms(signals.preactivations),
    "gradients": lambda signals, flat, weights: histograms(signals.deltas),
    "weights": lambda signals, flat, weights: _of_weights(flat, weights),
}


def _spread(values: Floats) -> Floats:
    """The standard deviation over all but the first axis.

    Taken about the first value, so that a layer of equal values has a spread of exactly zero.
    """
    rows = values.reshape(len(values), -1)
    apart = rows - rows[:, :1]
    mean = apart.mean(axis=1)
    square = np.vecdot(apart, apart) / rows.shape[1]
    return _bounded(np.sqrt(np.maximum(square - mean * mean, 0.0)))


def _alike(tables: Floats) -> Floats:
    """The mean cosine over pairs of columns of each table: (n, I + 1, U) -> (n,)."""
    units = tables.shape[2]
    largest = np.abs(tables).max(axis=1, keepdims=True)  # squares of tiny weights would vanish
    scaled = tables / np.where(largest > 0, largest, 1.0)
    norms = np.sqrt(np.einsum("niu,niu->nu", scaled, scaled))
    zeros = (norms == 0).sum(axis=1)
    total = np.einsum("niu,nu->ni", scaled, 1.0 / np.where(norms > 0, norms, 1.0))
    pairs = np.vecdot(total, total) - (units - zeros) + zeros * (zeros - 1)
    return np.asarray(pairs / (units * (units - 1)))


def _bounded(values: Floats) -> Floats:
    """The values, with the largest float where they are not finite: they can always be drawn."""
    return np.where(values <= _LARGEST, values, _LARGEST)
