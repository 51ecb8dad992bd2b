"""The trace: every array equals the engine's, every formula is whole, every step shows its code."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine import ACTIVATIONS, SGD
from playground.backprop.bugs import BUGS
from playground.backprop.checks import by_layers
from playground.backprop.latex import digits, matrix, number
from playground.backprop.settings import BUG_LABELS, LOSSES, BackpropSettings
from playground.backprop.step import PHASES, place_of, source_of
from playground.backprop.steps import trace_of
from playground.backprop.trace import Trace
from playground.settings.config import ACTIVATION_LABELS
from tests.playground.networks import DIGITS, small


def value(path: Trace, name: str) -> np.ndarray:
    return path.arrays[name].value


@pytest.mark.parametrize("batch", [1, 3, 8])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATION_LABELS)
def test_the_walk_is_what_the_engine_computes(activation: str, loss: str, batch: int) -> None:
    path = trace_of(small(loss, activation, batch))
    network = path.network
    model = network.model
    outputs = model.activations(network.X)
    names = ["Z1", "A1", "Z2", "A2", "Z3"]
    for name, expected in zip(names, outputs, strict=True):
        np.testing.assert_allclose(value(path, name), expected, rtol=1e-12, atol=1e-12)
    logits = model.forward(network.X)
    slope = network.loss.gradient(logits, network.y)
    np.testing.assert_allclose(value(path, "dZ3"), slope, rtol=1e-12, atol=1e-12)
    assert float(value(path, "L")) == pytest.approx(network.loss.value(logits, network.y))
    model.backward(slope)
    for parameter in model.parameters():
        found = path.gradients[parameter.name]
        assert found.shape == parameter.grad.shape
        np.testing.assert_allclose(found, parameter.grad, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("settings", [*map(small, LOSSES), replace(DIGITS, walk_rate=0.37)])
def test_the_update_is_a_step_of_sgd(settings: BackpropSettings) -> None:
    path = trace_of(settings)
    network = path.network
    before = network.model.flat.copy()
    gradient = np.concatenate([g.ravel() for g in by_layers(network).values()])
    optimizer = SGD(settings.walk_rate)
    after = before.copy()
    optimizer.prepare(after)
    optimizer.update(after, gradient, settings.walk_rate)
    new = np.concatenate([value(path, f"{name}'").ravel() for name in network.parameters()])
    np.testing.assert_allclose(new, after, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(network.model.flat, before)  # the trace changes nothing
    updates = [step.numbers for step in path.steps if step.title.startswith("Update of ")]
    assert len(updates) == len(network.parameters())
    assert all(number(settings.walk_rate) in numbers for numbers in updates)
    network.model.flat[...] = after
    expected = network.loss.value(network.model.forward(network.X), network.y)
    assert float(value(path, "L'")) == pytest.approx(expected, rel=1e-12)


# --- the derivation -----------------------------------------------------------------------------


def test_softmax_derivation() -> None:
    path = trace_of(small("cross_entropy"))
    p, z, y = value(path, "P")[0], value(path, "Z3")[0], value(path, "Y")[0]
    h = 1e-6
    softmax = ACTIVATIONS["softmax"]()
    shifted = [(softmax(z + h * e) - softmax(z - h * e)) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(value(path, "dp/dz"), np.array(shifted).T, atol=1e-9)
    label = int(y.argmax())
    expected = np.zeros(3)
    expected[label] = -1.0 / p[label]
    np.testing.assert_allclose(value(path, "dl/dp"), expected, rtol=1e-12)
    product = value(path, "dl/dp") @ value(path, "dp/dz")
    np.testing.assert_allclose(product, p - y, atol=1e-12)
    np.testing.assert_allclose(value(path, "dl/dz"), product, atol=1e-15)


def test_sigmoid_derivation() -> None:
    path = trace_of(small("binary_cross_entropy"))
    p, y, z = value(path, "P")[0], value(path, "Y")[0], value(path, "Z3")[0]
    slope = ACTIVATIONS["sigmoid"]().derivative(z)
    np.testing.assert_allclose(value(path, "dp/dz"), slope, rtol=1e-12)
    np.testing.assert_allclose(value(path, "dl/dp"), -y / p + (1 - y) / (1 - p), rtol=1e-12)
    np.testing.assert_allclose(value(path, "dl/dz"), p - y, rtol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_derivation_is_the_first_row_of_dz(loss: str) -> None:
    path = trace_of(small(loss))
    share = path.network.batch * (path.network.sizes[-1] if loss.endswith("mse") else 1)
    found, expected = value(path, "dl/dz") / share, value(path, "dZ3")[0]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


# --- what a step says -----------------------------------------------------------------------------

ALL = [
    *(small(loss, activation) for loss in LOSSES for activation in ("tanh", "silu")),
    *(small(loss, bug=bug) for loss in LOSSES for bug in BUG_LABELS),
    replace(DIGITS, walk_batch=8),
    BackpropSettings(walk_layers=()),
]


@pytest.mark.parametrize("settings", ALL)
def test_every_step_is_whole(settings: BackpropSettings) -> None:
    path = trace_of(settings)
    phases = [list(PHASES).index(step.phase) for step in path.steps]
    assert phases == sorted(phases)
    seen: set[str] = set()
    for step in path.steps:
        for text in (step.symbols, step.numbers):
            assert text
            assert text.count("{") == text.count("}")
            assert text.count(r"\left") == text.count(r"\right") + text.count(r"\leftarrow")
            assert text.count(r"\begin") == text.count(r"\end")
            assert "$" not in text
        assert set(step.reads) <= seen
        seen |= set(step.writes)
        assert bool(step.writes) != bool(step.error)
        assert step.title
        assert step.sentence.endswith((".", ","))
        assert {array.name for array in step.arrays} >= set(step.writes)
        assert "def " in source_of(step)
        assert place_of(step).startswith("engine.")
    assert seen == set(path.arrays)
    assert path.written.keys() == seen
    if settings.walk_bug == "none":
        assert path.error == ""
        assert all(array.fits for array in path.arrays.values())


BUGGY = [
    BackpropSettings(walk_bug=name, walk_activation=activation, **more)
    for name, bug in BUGS.items()
    for activation in ("tanh", "identity")
    for more in ({}, bug.quiet)
]


@pytest.mark.parametrize("settings", BUGGY)
def test_a_step_with_a_bug_says_so_and_what_would_be_right(settings: BackpropSettings) -> None:
    path, right = trace_of(settings), trace_of(replace(settings, walk_bug="none"))
    assert any(step.faulty for step in path.steps)
    for index, (step, twin) in enumerate(zip(path.steps, right.steps, strict=False)):
        corrected = {array.name: array.value for array in path.corrected(index, right)}
        for name in twin.writes:
            expected = value(right, name)
            differs = name not in path.arrays or not (
                value(path, name).shape == expected.shape
                and np.allclose(value(path, name), expected, rtol=1e-9, atol=1e-12)
            )
            assert (name in corrected) == differs
            if differs:
                np.testing.assert_array_equal(corrected[name], expected)
        assert step.faulty == (step.symbols != twin.symbols)
        assert step.faulty == step.sentence.startswith("Wrong: ")
        assert not twin.faulty
        if step.error:
            assert step.faulty or corrected
        # The numbers in the formula are those of the arrays that stand below it.
        for array in step.arrays:
            if array.name in step.writes and array.name in corrected:
                assert matrix(array.value) in step.numbers
                assert matrix(corrected[array.name]) != matrix(array.value)


def test_numbers_of_a_step() -> None:
    path = trace_of(BackpropSettings(walk_inputs=1, walk_layers=(), walk_outputs=2, walk_batch=1))
    step = path.steps[1]
    x, w, b, z = (matrix(path.arrays[name].value) for name in ("X", "W1", "b1", "Z1"))
    assert step.symbols == "Z_{1} = X W_{1} + b_{1}"
    assert step.numbers == f"{x} {w} + {b} = {z}"
    assert (step.reads, step.writes) == (("X", "W1", "b1"), ("Z1",))
    assert [array.shape for array in step.arrays] == [
        "(B = 1, fan in = 1)",
        "(fan in = 1, fan out = 2)",
        "(fan out = 2)",
        "(B = 1, fan out = 2)",
    ]
    path = trace_of(small("cross_entropy"))
    (step,) = [step for step in path.steps if step.writes == ("L",)]
    logs = [
        float(part.split("+")[0].split(r"\right")[0]) for part in step.numbers.split(r"\ln")[1:]
    ]
    assert -np.log(logs).mean() == pytest.approx(float(value(path, "L")), abs=5e-3)


def test_the_large_network_shows_shapes_only() -> None:
    path = trace_of(replace(DIGITS, walk_batch=8))
    assert path.arrays["W1"].shape == "(fan in = 784, fan out = 10)"
    assert path.arrays["X"].value.shape == (8, 784)
    assert 0.0 <= path.arrays["X"].value.min() < path.arrays["X"].value.max() <= 1.0
    assert not any("bmatrix" in step.numbers for step in path.steps)
    assert r"\left[\cdots\right]_{8 \times 784}" in path.steps[1].numbers


def test_beyond_the_last_step_is_the_last() -> None:
    path = trace_of(BackpropSettings())
    assert (path.place(99), path.place(-1)) == (len(path.steps) - 1, 0)
    assert not any(array.value.flags.writeable for array in path.arrays.values())


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (100.0, "100"),
        (-0.12345, "-0.123"),
        (12.34567, "12.3"),
        (99_999.0, "100000"),
        (-4e9, r"-4.00 \cdot 10^{9}"),
        (4.1234e-5, r"4.12 \cdot 10^{-5}"),
        (np.nan, r"\text{NaN}"),
        (-np.inf, r"-\infty"),
    ],
)
def test_a_number_is_rounded_in_one_way(given: float, text: str) -> None:
    """In formulas as in tables, and as static/live/network.js does in the graph."""
    assert number(given) == text
    if np.isfinite(given):
        assert text.replace(r" \cdot 10^{", "e").rstrip("}") == digits(given)
        assert float(digits(given)) == float(f"{given:.2e}")


def test_matrices_in_latex() -> None:
    # Side by side, two of them may stand in two lines.
    assert matrix(np.array([1.0, 2.0])) == r"\allowbreak \begin{bmatrix} 1 & 2 \end{bmatrix}"
    assert matrix(np.eye(2)) == r"\allowbreak \begin{bmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix}"
    assert matrix(np.zeros((9, 2))) == r"\left[\cdots\right]_{9 \times 2}"
    assert matrix(np.array(0.5), by_shape=True) == "0.5"
