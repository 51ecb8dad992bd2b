"""Activations: derivatives and behaviour far out. Values: test_against_torch.py."""

import math

import numpy as np
import pytest

from engine import ACTIVATIONS, ELU, LeakyReLU, ReLU, Sigmoid, Softmax
from engine.core.activations import Activation

ALL = [cls() for _, cls in sorted(ACTIVATIONS.items())]
ELEMENTWISE = [unit for unit in ALL if unit.elementwise]


@pytest.mark.parametrize("unit", [*ELEMENTWISE, LeakyReLU(0.3), ELU(2.0)], ids=repr)
def test_derivatives(unit: Activation) -> None:
    z = np.array([[-7.0, -3.0, -0.7, -0.1], [0.1, 0.6, 2.5, 7.0]])
    slope = (unit(z + 1e-6) - unit(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(unit.derivative(z), slope, atol=1e-8)
    bend = (unit.derivative(z + 1e-5) - unit.derivative(z - 1e-5)) / 2e-5
    np.testing.assert_allclose(unit.ddf(z), bend, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("unit", "slope", "bend"),
    [(ReLU(), 0.0, 0.0), (LeakyReLU(), 0.01, 0.0), (ELU(2.0), 2.0, 2.0)],
    ids=repr,
)
def test_derivatives_at_the_kink_are_those_of_the_left(
    unit: Activation, slope: float, bend: float
) -> None:
    assert unit.derivative(0.0) == slope
    assert unit.ddf(np.zeros(1)) == bend


@pytest.mark.parametrize("unit", ALL, ids=repr)
def test_finite_far_out_and_input_untouched(unit: Activation) -> None:
    z = np.array([[-1000.0, -80.0], [80.0, 1000.0]])
    before = z.copy()
    assert np.isfinite(unit(z)).all()
    if unit.elementwise:
        assert np.isfinite(unit.derivative(z)).all()
        with np.errstate(over="ignore"):
            bend = unit.ddf(z)
        np.testing.assert_allclose(bend, 0.0, atol=1e-30)  # all are straight lines there
    np.testing.assert_array_equal(z, before)


def test_softmax_has_no_elementwise_derivatives() -> None:
    for derivative in (Softmax().derivative, Softmax().ddf):
        with pytest.raises(ValueError, match=r"Softmax\(\) has no elementwise derivative"):
            derivative(np.ones((2, 1)))


def test_sigmoid_keeps_its_relative_precision_in_the_tail() -> None:
    assert Sigmoid()(-40.0) == pytest.approx(math.exp(-40), rel=1e-12)
