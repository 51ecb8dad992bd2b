"""Descents on the parabola: closed forms, every regime, both sides of each border."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import SGD
from playground.learning_rate.parabola import ESCAPE, TARGET, Verdict, descend
from playground.learning_rate.parabola_sentence import sentence

CURVATURES = (0.3, 1.0, 3.0, 7.7, 250.0)
MOMENTA = (0.0, 0.1, 0.5, 0.9, 0.99)


def companion(eta_lambda: float, momentum: float) -> np.ndarray:
    """The matrix that takes (x now, x before) one step on."""
    return np.array([[1 + momentum - eta_lambda, -momentum], [1.0, 0.0]])


def radius(eta_lambda: float, momentum: float) -> float:
    return float(np.abs(np.linalg.eigvals(companion(eta_lambda, momentum))).max())


# ---- the path ---------------------------------------------------------------------------------


@pytest.mark.parametrize("curvature", CURVATURES)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 1.2, 1.7, 1.99, 2.0, 2.01])
def test_without_momentum_the_path_is_a_power(curvature: float, share: float) -> None:
    run = descend(curvature, share / curvature, steps=40)
    np.testing.assert_allclose(run.xs, (1 - share) ** np.arange(41), rtol=1e-8)
    np.testing.assert_allclose(run.losses, curvature / 2 * run.xs**2, rtol=1e-12)
    np.testing.assert_array_equal(run.distances, np.abs(run.xs))
    assert run.factor == pytest.approx(abs(1 - share), abs=1e-9)
    assert run.steps == 40
    assert not run.escaped


@pytest.mark.parametrize("momentum", MOMENTA)
@pytest.mark.parametrize("share", [0.01, 0.1, 0.8, 1.05])
def test_the_path_is_that_of_the_engine(momentum: float, share: float) -> None:
    rate = share * 2 * (1 + momentum) / 4.0
    optimizer, params = SGD(rate, momentum), np.ones(1)
    optimizer.prepare(params)
    for x in descend(4.0, rate, momentum, steps=30).xs:
        np.testing.assert_allclose(x, params[0], rtol=1e-9, atol=1e-9)
        optimizer.update(params, 4.0 * params, rate)


@given(
    rate=st.floats(1e-6, 1e6),
    curvature=st.floats(1e-6, 1e6),
    momentum=st.floats(0, 1, exclude_max=True),
)
def test_whatever_happens_the_numbers_are_finite_and_theory_agrees(
    rate: float, curvature: float, momentum: float
) -> None:
    run = descend(curvature, rate, momentum)
    for values in (run.xs, run.losses, run.distances, run.factor):
        assert np.isfinite(values).all()
    assert (run.verdict is Verdict.DIVERGES) == (
        rate * curvature > 2 * (1 + momentum) * (1 + 1e-10)
    )
    if run.verdict is Verdict.DIVERGES:
        assert run.factor > 1
    assert sentence(run).endswith(".")


def test_a_path_ends_with_the_first_iterate_out_of_bounds() -> None:
    run = descend(1.0, 4.0)  # x = (-3)^t
    assert run.escaped
    assert run.steps == 13  # 3^12 is 531,441
    assert abs(run.xs[-2]) <= ESCAPE < abs(run.xs[-1])
    assert run.xs[-1] == -(3.0**13)
    inside = descend(1.0, 4.0, steps=12)
    assert not inside.escaped
    assert inside.verdict is Verdict.DIVERGES  # theory need not wait for it


# ---- regimes and their borders ----------------------------------------------------------------


@pytest.mark.parametrize("curvature", CURVATURES)
def test_borders_without_momentum(curvature: float) -> None:
    one, two = 1 / curvature, 2 / curvature

    def verdict(rate: float) -> Verdict:
        return descend(curvature, rate).verdict

    assert verdict(0.01 * one) is Verdict.CONVERGES
    assert verdict(one * (1 - 1e-6)) is Verdict.CONVERGES
    assert verdict(one) is Verdict.CONVERGES
    assert verdict(one * (1 + 1e-6)) is Verdict.OSCILLATES
    assert verdict(two * (1 - 1e-6)) is Verdict.OSCILLATES
    assert verdict(two) is Verdict.EDGE
    assert verdict(two * (1 + 1e-6)) is Verdict.DIVERGES
    lands, jumps = descend(curvature, one), descend(curvature, two, steps=500)
    assert (lands.limit, lands.factor) == (two, 0)
    np.testing.assert_array_equal(lands.xs[1:], 0)
    assert lands.predicted_steps == lands.measured_steps == 1
    assert jumps.factor == 1
    np.testing.assert_array_equal(jumps.xs, np.resize([1.0, -1.0], 501))
    for never in (jumps, descend(curvature, 1.25 * two)):
        assert never.predicted_steps is None
        assert never.measured_steps is None


@pytest.mark.parametrize("curvature", CURVATURES)
@pytest.mark.parametrize("momentum", MOMENTA)
def test_the_limit_with_momentum(momentum: float, curvature: float) -> None:
    limit = descend(curvature, 1e-3, momentum).limit
    assert limit == pytest.approx(2 * (1 + momentum) / curvature, rel=1e-15)
    below = descend(curvature, limit * 0.999, momentum, steps=10_000)
    assert below.verdict is Verdict.OSCILLATES
    assert below.factor < 1
    assert below.distances[-1] < 1e-3
    at = descend(curvature, limit, momentum, steps=2_000)
    assert at.verdict is Verdict.EDGE
    assert at.factor == 1
    swing = (1 + momentum) / (1 - momentum)
    np.testing.assert_allclose(at.distances[-100:], swing, rtol=1e-6)
    above = descend(curvature, limit * 1.001, momentum, steps=10_000)
    assert above.verdict is Verdict.DIVERGES
    assert above.factor > 1
    assert above.escaped


@pytest.mark.parametrize("momentum", MOMENTA)
@pytest.mark.parametrize("share", [1e-4, 0.01, 0.2, 0.5, 0.9, 0.99, 1.01, 3.0])
def test_the_factor_is_the_spectral_radius(momentum: float, share: float) -> None:
    eta_lambda = share * 2 * (1 + momentum)
    run = descend(5.0, eta_lambda / 5.0, momentum)
    assert run.factor == pytest.approx(radius(eta_lambda, momentum), rel=1e-9)
    roots = np.linalg.eigvals(companion(eta_lambda, momentum))
    assert np.abs(roots - run.root).min() < 1e-9
    assert run.swings == bool(np.iscomplexobj(roots))


@pytest.mark.parametrize("momentum", [0.1, 0.5, 0.9])
def test_with_momentum_the_regimes_are_those_of_the_roots(momentum: float) -> None:
    low, high = (1 - math.sqrt(momentum)) ** 2, (1 + math.sqrt(momentum)) ** 2
    slow = descend(1.0, low, momentum, steps=400)  # a double root: still from one side
    assert slow.verdict is Verdict.CONVERGES
    assert slow.factor == pytest.approx(math.sqrt(momentum), rel=1e-12)
    assert (slow.xs > 0).all()
    assert (np.diff(slow.xs) < 0).all()
    swinging = descend(1.0, 0.5 * (low + high), momentum)
    assert swinging.verdict is Verdict.OSCILLATES
    assert swinging.swings
    assert swinging.factor == math.sqrt(momentum)
    jumping = descend(1.0, 0.5 * (high + 2 * (1 + momentum)), momentum)
    assert jumping.verdict is Verdict.OSCILLATES
    assert not jumping.swings
    assert (jumping.xs[1:] * jumping.xs[:-1] < 0).all()


# ---- how many steps ---------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 0.999, 1.0, 1.1, 1.5, 1.95])
def test_predicted_steps_are_measured_without_momentum(share: float) -> None:
    run = descend(2.0, share / 2.0, steps=1_000)
    assert run.predicted_steps == run.measured_steps
    assert run.measured_steps == int(np.argmax(run.distances <= TARGET * (1 + 1e-9)))


def test_a_swing_through_the_minimum_is_no_arrival() -> None:
    run = descend(1.0, 0.1, 0.9, steps=1_000)
    arrived = run.measured_steps
    assert arrived is not None
    assert (run.distances[arrived:] <= TARGET).all()
    assert run.distances[arrived - 1] > TARGET


# ---- the sentence -----------------------------------------------------------------------------


@pytest.mark.parametrize("momentum", MOMENTA)
@pytest.mark.parametrize("share", [1e-5, 0.1, 0.5, 0.999999, 1.000001, 2.0])
def test_the_sentence_never_rounds_a_factor_to_one(momentum: float, share: float) -> None:
    run = descend(1.0, share * 2 * (1 + momentum), momentum)
    found = re.search(r"(?:by|β =) (−?[\d.]+)", sentence(run))
    assert found
    said = float(found[1].replace("−", "-"))
    assert (abs(said) > 1) == (run.verdict is Verdict.DIVERGES)
    assert abs(said) == pytest.approx(run.factor, rel=0.02)


@pytest.mark.parametrize("rate", [2 + 1e-9, 2 + 1e-6, 2.0001, 2.01])
def test_just_above_the_limit_it_is_farther_away_than_at_the_start(rate: float) -> None:
    run = descend(1.0, rate, 0.0)
    found = re.search(r"it is ([\d.]+) times as far away as at the start", sentence(run))
    assert found
    assert float(found[1]) > 1
    assert float(found[1]) == pytest.approx(run.distances[-1] / run.distances[0], rel=5e-3)
