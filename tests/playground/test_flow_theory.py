"""What theory predicts before training, held against real networks."""

import numpy as np
import pytest

from engine.core.activations import ACTIVATIONS
from engine.core.initializers import INITIALIZERS
from playground.gradient_flow.theory import (
    BACKWARD,
    FORWARD,
    HOLDS_FOR,
    NO_THEORY,
    Moments,
    measured,
    predicted,
    weight_variance,
)
from playground.settings.config import ACTIVATION_LABELS

INPUTS = np.random.default_rng(5).uniform(-6, 6, (8, 2))
NAMES = ("preactivation", "square", "variance", "gradient")


def _agree(found: Moments, theory: Moments, within: float) -> None:
    for name in NAMES:
        np.testing.assert_allclose(
            getattr(found, name), getattr(theory, name), rtol=within, err_msg=name
        )


@pytest.mark.parametrize("init", HOLDS_FOR)
@pytest.mark.parametrize("activation", ACTIVATION_LABELS)
def test_at_width_256_theory_holds_within_5_percent(activation: str, init: str) -> None:
    # The spread from seed to seed grows with depth (by 5 / width a layer for ReLU), and with it the
    # number of seeds that a mean needs; so the chain is short here and long in the next test.
    widths = (2, 256, 256, 256)
    theory = predicted(activation, init, widths, INPUTS)
    _agree(measured(activation, init, widths, INPUTS, seeds=range(48)), theory, 0.05)


@pytest.mark.parametrize(
    ("activation", "init", "scale", "depth", "seeds"),
    [
        ("tanh", "glorot", 1.0, 12, 24),
        ("tanh", "lecun", 1.5, 12, 24),
        ("sigmoid", "he", 1.0, 8, 24),
        ("identity", "orthogonal", 1.0, 24, 4),
    ],
)
def test_it_holds_far_down(
    activation: str, init: str, scale: float, depth: int, seeds: int
) -> None:
    widths = (2,) + (256,) * depth
    theory = predicted(activation, init, widths, INPUTS, scale=scale)
    found = measured(activation, init, widths, INPUTS, scale=scale, seeds=range(seeds))
    _agree(found, theory, 0.05)


@pytest.mark.parametrize("init", HOLDS_FOR)
@pytest.mark.parametrize("fans", [(2, 300), (300, 300), (300, 40)])
def test_the_variance_of_a_weight(init: str, fans: tuple[int, int]) -> None:
    draws = [INITIALIZERS[init](np.random.default_rng(s), *fans) for s in range(20)]
    variance = float(np.mean(np.square(draws)))
    assert variance == pytest.approx(weight_variance(init, *fans), rel=0.05)
    assert weight_variance(init, *fans, 3.0) == pytest.approx(9 * weight_variance(init, *fans))


@pytest.mark.parametrize("slope", [0.0, 0.01])
def test_the_closed_forms_of_relu(slope: float) -> None:
    # He et al. 2015, section 2.2: half of q (and slope² of the other half); with their 2 it stays.
    name = "leaky_relu" if slope else "relu"
    half = (1 + slope**2) / 2
    found = predicted(name, "he", (2, 64, 64, 64), INPUTS)
    q1 = np.mean(np.sum(INPUTS**2, axis=1))
    np.testing.assert_allclose(found.preactivation, q1 * (2 * half) ** np.arange(3), rtol=1e-6)
    np.testing.assert_allclose(found.square, half * found.preactivation, rtol=1e-6)
    np.testing.assert_allclose(found.gradient, half * (2 * half) ** np.arange(2, -1, -1), rtol=1e-6)


@pytest.mark.parametrize("q", [1e-4, 1.0, 100.0, 1e4])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "elu", "gelu", "relu"])
def test_the_integrals_are_those_of_a_fine_sum(activation: str, q: float) -> None:
    # One input of 1, Gaussian weights and a scale of sqrt(q): the first layer is N(0, q) exactly.
    found = predicted(activation, "normal", (1, 5), np.ones((1, 1)), scale=q**0.5)
    u = np.linspace(-9, 9, 400_001)
    density = np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi) * (u[1] - u[0])
    function = ACTIVATIONS[activation]()
    assert found.square[0] == pytest.approx(
        float(np.sum(function(q**0.5 * u) ** 2 * density)), rel=1e-4
    )
    assert found.gradient[0] == pytest.approx(
        float(np.sum(function.derivative(q**0.5 * u) ** 2 * density)), rel=1e-3
    )


def test_the_gradient_starts_from_what_arrives() -> None:
    arriving = np.arange(1.0, 9.0)
    plain = predicted("identity", "he", (2, 8, 8), INPUTS)
    fed = predicted("identity", "he", (2, 8, 8), INPUTS, arriving=arriving)
    np.testing.assert_allclose(fed.gradient, arriving.mean() * plain.gradient)
    np.testing.assert_array_equal(fed.square, plain.square)


def test_where_there_is_no_theory_it_says_so() -> None:
    assert {"zeros", "constant"} == NO_THEORY
    for init in sorted(NO_THEORY):
        with pytest.raises(ValueError, match="theory speaks of random weights"):
            predicted("relu", init, (2, 8), INPUTS)
    with pytest.raises(ValueError, match="activation must be one of"):
        predicted("softmax", "he", (2, 8), INPUTS)
    with pytest.raises(ValueError, match=r"shape \(S, 3\)"):
        predicted("relu", "he", (3, 8), INPUTS)
    with pytest.raises(ValueError, match="at least one seed"):
        measured("relu", "he", (2, 8), INPUTS, seeds=[])
    with pytest.raises(ValueError, match="a hidden layer"):
        measured("relu", "he", (2,), INPUTS)


def test_the_derivations_are_two_lines_and_a_source() -> None:
    for derivation in (FORWARD, BACKWARD):
        assert len(derivation.lines) == 2
        assert derivation.words
        assert derivation.source
    assert all(law.latex.startswith(r"\sigma_w^2 =") and law.source for law in HOLDS_FOR.values())
