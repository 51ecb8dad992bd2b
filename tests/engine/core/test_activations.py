"""Activations: derivatives and behaviour far out. Values: test_against_torch.py."""

import math

import numpy as np
import pytest

from engine import ACTIVATIONS, ELU, LeakyReLU, ReLU, Sigmoid, Softmax
from engine.core.activations import Activation


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"softmax"}))
def test_derivatives(name: str) -> None:
    activation = ACTIVATIONS[name]()
    z = np.array([-3.0, -0.7, -0.1, 0.1, 0.6, 2.5])
    numeric = (activation(z + 1e-6) - activation(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(activation.derivative(z), numeric, atol=1e-8)


ELEMENTWISE = [cls() for _, cls in sorted(ACTIVATIONS.items()) if cls.elementwise]


@pytest.mark.parametrize("activation", [*ELEMENTWISE, LeakyReLU(0.3), ELU(2.0)], ids=repr)
def test_second_derivatives(activation: Activation) -> None:
    z = np.array([[-7.0, -3.0, -0.7, -0.1], [0.1, 0.6, 2.5, 7.0]])
    numeric = (activation.derivative(z + 1e-5) - activation.derivative(z - 1e-5)) / 2e-5
    np.testing.assert_allclose(activation.ddf(z), numeric, rtol=0, atol=1e-9)


@pytest.mark.parametrize("activation", ELEMENTWISE, ids=repr)
def test_second_derivative_is_finite_far_out_and_leaves_its_input(activation: Activation) -> None:
    z = np.array([-1000.0, -80.0, 80.0, 1000.0])
    before = z.copy()
    with np.errstate(over="ignore"):
        bend = activation.ddf(z)
    np.testing.assert_allclose(bend, 0.0, atol=1e-30)  # all are straight lines there
    np.testing.assert_array_equal(z, before)


def test_second_derivative_at_the_kink_is_that_of_the_left() -> None:
    assert ReLU().ddf(np.zeros(1)) == 0.0
    assert ELU(2.0).ddf(np.zeros(1)) == 2.0


def test_softmax_has_no_elementwise_derivatives() -> None:
    with pytest.raises(ValueError, match=r"Softmax\(\) has no elementwise derivative"):
        Softmax().derivative([[1.0], [2.0]])
    with pytest.raises(ValueError, match=r"Softmax\(\) has no elementwise derivative"):
        Softmax().ddf(np.ones((2, 1)))


@pytest.mark.parametrize(
    ("activation", "at_zero"), [(ReLU(), 0.0), (LeakyReLU(), 0.01), (ELU(2.0), 2.0)]
)
def test_derivative_at_the_kink_is_that_of_the_left(activation: Activation, at_zero: float) -> None:
    assert activation.derivative(0.0) == at_zero


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_finite_far_out_and_input_untouched(name: str) -> None:
    z = np.array([[-1000.0, -80.0], [80.0, 1000.0]])
    before = z.copy()
    activation = ACTIVATIONS[name]()
    assert np.isfinite(activation(z)).all()
    if activation.elementwise:
        assert np.isfinite(activation.derivative(z)).all()
    np.testing.assert_array_equal(z, before)


def test_sigmoid_keeps_its_relative_precision_in_the_tail() -> None:
    assert Sigmoid()(-40.0) == pytest.approx(math.exp(-40), rel=1e-12)


def test_softmax_sums_to_one_over_features() -> None:
    soft = Softmax()(np.array([[1.0, 500.0], [2.0, 500.0], [3.0, 500.0]]))
    np.testing.assert_allclose(soft.sum(axis=0), 1.0)
    np.testing.assert_allclose(soft[:, 1], 1 / 3)


@pytest.mark.parametrize("slope", [-0.1, 1.5, math.nan])
def test_a_bad_slope_is_refused(slope: float) -> None:
    with pytest.raises(ValueError, match="LeakyReLU slope"):
        LeakyReLU(slope)


def test_a_bad_alpha_is_refused() -> None:
    with pytest.raises(ValueError, match="ELU alpha"):
        ELU(-1.0)
