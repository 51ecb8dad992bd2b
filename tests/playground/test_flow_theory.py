"""What theory predicts before training, held against real networks."""

import numpy as np
import pytest

from engine.core.activations import ACTIVATIONS
from engine.core.initializers import INITIALIZERS
from playground.gradient_flow.theory import BACKWARD, FORWARD, HOLDS_FOR, predicted
from playground.settings.config import ACTIVATION_LABELS
from tests.playground.networks import measured

INPUTS = np.random.default_rng(5).uniform(-6, 6, (8, 2))
DEEP = [  # activation, initializer, scale, depth, seeds
    ("tanh", "glorot", 1.0, 12, 24),
    ("tanh", "lecun", 1.5, 12, 24),
    ("sigmoid", "he", 1.0, 8, 24),
    ("identity", "orthogonal", 1.0, 24, 4),
]


# The spread from seed to seed grows with depth (by 5 / width a layer for ReLU), and with it the
# number of seeds that a mean needs; so the chain is short for most.
@pytest.mark.parametrize(
    ("activation", "init", "scale", "depth", "seeds"),
    [*((f, init, 1.0, 3, 48) for f in ACTIVATION_LABELS for init in HOLDS_FOR), *DEEP],
)
def test_at_width_256_theory_holds_within_5_percent(
    activation: str, init: str, scale: float, depth: int, seeds: int
) -> None:
    made = (activation, init, scale, (2,) + (256,) * depth, INPUTS)
    found, theory = measured(*made, range(seeds)), predicted(*made, np.ones(8))
    for name, value in vars(theory).items():
        np.testing.assert_allclose(getattr(found, name), value, rtol=0.05, err_msg=name)


@pytest.mark.parametrize("init", HOLDS_FOR)
@pytest.mark.parametrize("fans", [(2, 300), (300, 300), (300, 40)])
def test_the_variance_of_a_weight(init: str, fans: tuple[int, int]) -> None:
    draws = [INITIALIZERS[init](np.random.default_rng(s), *fans) for s in range(20)]
    variance = float(np.mean(np.square(draws)))
    assert variance == pytest.approx(HOLDS_FOR[init].variance(*fans), rel=0.05)


@pytest.mark.parametrize("slope", [0.0, 0.01])
def test_the_closed_forms_of_relu(slope: float) -> None:
    # He et al. 2015, section 2.2: half of q (and slope² of the other half); with their 2 it stays.
    name = "leaky_relu" if slope else "relu"
    half = (1 + slope**2) / 2
    found = predicted(name, "he", 1.0, (2, 64, 64, 64), INPUTS, np.ones(8))
    q1 = np.mean(np.sum(INPUTS**2, axis=1))
    np.testing.assert_allclose(found.preactivation, q1 * (2 * half) ** np.arange(3), rtol=1e-6)
    np.testing.assert_allclose(found.square, half * found.preactivation, rtol=1e-6)
    np.testing.assert_allclose(found.gradient, half * (2 * half) ** np.arange(2, -1, -1), rtol=1e-6)


@pytest.mark.parametrize("q", [1e-4, 1.0, 100.0, 1e4])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "elu", "gelu", "relu"])
def test_the_integrals_are_those_of_a_fine_sum(activation: str, q: float) -> None:
    # One input of 1, Gaussian weights and a scale of sqrt(q): the first layer is N(0, q) exactly.
    found = predicted(activation, "normal", q**0.5, (1, 5), np.ones((1, 1)), np.ones(1))
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
    plain = predicted("identity", "he", 1.0, (2, 8, 8), INPUTS, np.ones(8))
    fed = predicted("identity", "he", 1.0, (2, 8, 8), INPUTS, arriving)
    np.testing.assert_allclose(fed.gradient, arriving.mean() * plain.gradient)
    np.testing.assert_array_equal(fed.square, plain.square)


def test_every_derivation_and_law_has_its_words_and_its_source() -> None:
    assert INITIALIZERS.keys() - HOLDS_FOR.keys() >= {"zeros", "constant"}
    for derivation in (FORWARD, BACKWARD):
        assert derivation.words
        assert derivation.source
    assert all(law.latex.startswith(r"\sigma_w^2 =") and law.source for law in HOLDS_FOR.values())
