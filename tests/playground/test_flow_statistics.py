"""The numbers of a layer, each against a second way to compute it."""

from itertools import pairwise

import numpy as np
import pytest

from engine import SoftmaxCrossEntropy
from engine.core.activations import ACTIVATIONS
from engine.core.validation import Array
from playground.gradient_flow.probe import Probe, Signals, deep_network
from playground.gradient_flow.settings import DISTRIBUTIONS
from playground.gradient_flow.statistics import (
    BINS,
    HISTOGRAMS,
    LayerStatistics,
    Weights,
    histograms,
    layer_statistics,
)
from playground.settings.config import ACTIVATION_LABELS

WIDTHS = (2, 6, 6, 6)
X = np.random.default_rng(1).uniform(-6, 6, (20, 2))
Y = np.arange(20) % 3


def _probe(activation: str, init: str = "he", dtype: type = np.float64) -> Probe:
    network = deep_network(activation, init, 1.0, WIDTHS, 3, seed=3, dtype=dtype)
    loss = SoftmaxCrossEntropy()
    return Probe(network, X, loss, loss.targets(Y, 3, dtype).values)


def _loss(activation: str, tables: list[Array], z: Array | None, layer: int) -> float:
    """The loss, with the pre-activations of one layer given if `z` is."""
    a: Array = X
    for index, table in enumerate(tables):
        here = a @ table[:-1] + table[-1]
        if index == layer and z is not None:
            here = z
        a = here if index == len(tables) - 1 else ACTIVATIONS[activation]()(here)
    return SoftmaxCrossEntropy().value(a, Y)


def _tables(flat: Array) -> list[Array]:
    sizes, tables, start = [*WIDTHS, 3], [], 0
    for i, o in pairwise(sizes):
        tables.append(flat[start : start + (i + 1) * o].reshape(i + 1, o))
        start += (i + 1) * o
    return tables


@pytest.mark.parametrize("activation", ACTIVATION_LABELS)
def test_a_probe_reads_what_the_formulas_say(activation: str) -> None:
    probe = _probe(activation)
    flat = probe.network.flat.copy()
    found, tables = probe.read(flat), _tables(flat)
    a: Array = X
    for layer in range(3):
        z = a @ tables[layer][:-1] + tables[layer][-1]
        a = ACTIVATIONS[activation]()(z)
        np.testing.assert_allclose(found.preactivations[layer], z.T, atol=1e-12)
        np.testing.assert_allclose(found.activations[layer], a.T, atol=1e-12)
    for layer in range(3):  # dL/dz by central differences, one direction at a time
        z = found.preactivations[layer].T
        for unit, sample in ((0, 0), (4, 7)):
            h = np.zeros_like(z)
            h[sample, unit] = 1e-5
            up, down = (_loss(activation, tables, z + sign * h, layer) for sign in (1, -1))
            assert found.deltas[layer, unit, sample] == pytest.approx(
                (up - down) / 2e-5, rel=1e-5, abs=1e-10
            )
    slope = ACTIVATIONS[activation]().derivative(found.preactivations[-1])
    np.testing.assert_allclose(found.arriving * slope, found.deltas[-1], atol=1e-15)


def test_a_probe_takes_weights_of_any_moment() -> None:
    probe = _probe("tanh")
    flat = probe.network.flat.copy()
    first = probe.read(flat).deltas.copy()
    probe.read(2 * flat)
    np.testing.assert_array_equal(probe.read(flat.astype(np.float64)).deltas, first)


def _statistics(activation: str, init: str = "he") -> tuple[LayerStatistics, Signals, Array]:
    probe = _probe(activation, init=init)
    flat = probe.network.flat.copy()
    flat += np.random.default_rng(4).normal(0, 0.1, flat.shape) * (init != "zeros")
    signals = probe.read(flat)
    weights = Weights(probe.network, 3)
    found = layer_statistics(signals, flat, weights, np.full(3, 0.5), activation)
    return found, signals, flat


@pytest.mark.parametrize("activation", ACTIVATION_LABELS)
def test_sizes(activation: str) -> None:
    found, signals, _ = _statistics(activation)
    for layer, table in enumerate(_tables(signals.gradient)[:3]):
        assert found.gradient[layer] == pytest.approx(np.sqrt(np.mean(table[:-1] ** 2)))
        assert found.activation[layer] == pytest.approx(signals.activations[layer].std())


def test_alike_is_the_mean_cosine_of_all_pairs() -> None:
    found, _, flat = _statistics("tanh")
    for layer, table in enumerate(_tables(flat)[:3]):
        unit = table / np.linalg.norm(table, axis=0)
        cosines = (unit.T @ unit)[np.triu_indices(6, 1)]
        assert found.alike[layer] == pytest.approx(cosines.mean())


def test_copies_are_alike_and_zeros_are_copies() -> None:
    np.testing.assert_array_equal(_statistics("sigmoid", "zeros")[0].alike, 1.0)
    network = deep_network("tanh", "constant", 1e-200, WIDTHS, 3, seed=0, dtype=np.float64)
    weights = Weights(network, 3)
    signals = _probe("tanh").read(network.flat)
    found = layer_statistics(signals, network.flat, weights, np.ones(3), "tanh")
    np.testing.assert_allclose(found.alike, 1.0, atol=1e-12)


def test_dead_units_are_those_that_no_sample_wakes() -> None:
    probe = _probe("relu")
    flat = probe.network.flat.copy()
    tables = _tables(flat)
    tables[1][:-1, :2], tables[1][-1, :2] = 0.0, -1.0  # two of six, switched off by their bias
    signals = probe.read(flat)
    found = layer_statistics(signals, flat, Weights(probe.network, 3), np.ones(3), "relu")
    quiet = (signals.activations == 0).all(axis=2)
    np.testing.assert_array_equal(found.dead, quiet.mean(axis=1))
    assert quiet[1, :2].all()
    assert np.isnan(found.saturated).all()


# Where each slope is exactly zero in float32: below the first number, above the second.
NO_SLOPE = {
    "identity": (None, None),
    "relu": (-1e-30, None),
    "leaky_relu": (None, None),
    "elu": (-17.5, None),
    "gelu": (-5.5, None),
    "silu": (-89.0, None),
    "sigmoid": (-89.0, 16.7),
    "tanh": (-10.1, 10.1),
    "softplus": (-104.0, None),
}


@pytest.mark.parametrize("activation", NO_SLOPE)
def test_a_unit_of_any_activation_is_dead_where_its_slope_is_exactly_zero(activation: str) -> None:
    probe = _probe(activation)
    flat = probe.network.flat.copy()
    biases, ends = _tables(flat)[1], NO_SLOPE[activation]
    biases[:-1, :3], biases[-1, :3] = 0.0, 1.0  # three of six units get the same z of every sample
    for unit, end in enumerate(ends):
        if end is not None:
            biases[-1, unit] = end
    signals = probe.read(flat)
    found = layer_statistics(signals, flat, Weights(probe.network, 3), np.ones(3), activation)
    expected = sum(end is not None for end in ends) / 6
    assert found.dead[1] == pytest.approx(expected)
    # A float32 network of the same weights has no gradient there, and has one where it is not dead.
    gradient = _tables(_probe(activation, dtype=np.float32).read(flat).gradient)[1][-1]
    for unit, end in enumerate((*ends, None)):
        assert (gradient[unit] == 0) == (end is not None), unit


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_saturated_values_have_a_slope_below_a_twentieth(activation: str) -> None:
    found, signals, _ = _statistics(activation)
    slopes = ACTIVATIONS[activation]().derivative(signals.preactivations)
    largest = ACTIVATIONS[activation]().derivative(0.0)
    np.testing.assert_allclose(found.saturated, (slopes < 0.05 * largest).mean(axis=(1, 2)))
    assert found.saturated.max() > 0.1


def test_histograms_count_what_numpy_counts() -> None:
    values = np.random.default_rng(5).normal(0, [[1.0], [1e-60], [1e60]], (3, 5000))
    found = histograms(values)
    for layer, row in enumerate(values):
        assert (found.low[layer], found.high[layer]) == (row.min(), row.max())
        counts = np.histogram(row, BINS)[0]
        expected = 255 * counts / counts.max()
        # A value on an edge may fall to either side.
        np.testing.assert_allclose(found.counts[layer], expected, atol=2.0 + 255 / counts.max())
        assert found.counts[layer].max() == 255


@pytest.mark.parametrize("value", [0.0, 3.0, -1e30, 1e-320])
def test_a_layer_of_equal_values_is_one_full_bin_with_its_value_inside(value: float) -> None:
    found = histograms(np.full((1, 7), value))
    assert np.isfinite([found.low, found.high]).all()
    assert found.low[0] < value < found.high[0]
    assert sorted(found.counts[0]) == [0] * (BINS - 1) + [255]


def test_histograms_survive_what_is_not_finite() -> None:
    found = histograms(np.array([[np.inf, -np.inf, np.nan, 0.0], [1.0, 2.0, 3.0, 4.0]]))
    assert np.isfinite([found.low, found.high]).all()
    assert (found.counts.max(axis=1) == 255).all()


def test_the_four_histograms_have_a_row_for_each_layer() -> None:
    _, signals, flat = _statistics("tanh")
    weights = Weights(_probe("tanh").network, 3)
    found = {name: read(signals, flat, weights) for name, read in HISTOGRAMS.items()}
    assert found.keys() == DISTRIBUTIONS.keys()
    for one in found.values():
        assert one.low.shape == one.high.shape == (3,)
        assert one.counts.shape == (3, BINS)
    for layer, table in enumerate(_tables(flat)[:3]):
        assert found["weights"].low[layer] == table[:-1].min()
        assert found["weights"].high[layer] == table[:-1].max()
