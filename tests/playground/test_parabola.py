"""Descents on the parabola and the bowl: closed forms, every regime, both sides of each border."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import SGD
from playground.learning_rate.parabola import (
    ESCAPE,
    TARGET,
    Verdict,
    descend,
    descend_bowl,
)
from playground.learning_rate.parabola_sentence import sentence

CURVATURES = (0.3, 1.0, 3.0, 7.7, 250.0)
MOMENTA = (0.0, 0.1, 0.5, 0.9, 0.99)
CONDITIONS = (1.0, 4.0, 25.0, 100.0, 1000.0)


def companion(eta_lambda: float, momentum: float) -> np.ndarray:
    """The matrix that takes (x now, x before) one step on."""
    return np.array([[1 + momentum - eta_lambda, -momentum], [1.0, 0.0]])


def radius(eta_lambda: float, momentum: float) -> float:
    return float(np.abs(np.linalg.eigvals(companion(eta_lambda, momentum))).max())


# ---- the path ---------------------------------------------------------------------------------


@pytest.mark.parametrize("curvature", CURVATURES)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 1.2, 1.7, 1.99, 2.0, 2.01])
def test_without_momentum_the_path_is_a_power(curvature: float, share: float) -> None:
    run = descend(curvature, share / curvature, start=-1.5, steps=40)
    t = np.arange(41)
    np.testing.assert_allclose(run.xs, -1.5 * (1 - share) ** t, rtol=1e-8)
    np.testing.assert_allclose(run.losses, curvature / 2 * run.xs**2, rtol=1e-12)
    np.testing.assert_array_equal(run.distances, np.abs(run.xs))
    assert run.factor == pytest.approx(abs(1 - share), abs=1e-9)
    assert run.steps == 40
    assert not run.escaped


@pytest.mark.parametrize("momentum", MOMENTA)
@pytest.mark.parametrize("share", [0.1, 0.8, 1.05])
def test_the_path_is_that_of_the_engine(momentum: float, share: float) -> None:
    steep, kappa = 4.0, 10.0
    rate = share * 2 * (1 + momentum) / steep
    run = descend_bowl(steep, kappa, rate, momentum, start=(1.0, -0.5), steps=30)
    optimizer = SGD(rate, momentum)
    params = np.array([1.0, -0.5])
    optimizer.prepare(params)
    assert len(run.points) == 31
    for point in run.points:
        np.testing.assert_allclose(point, params, rtol=1e-9, atol=1e-9)
        optimizer.update(params, np.array(run.curvatures) * params, rate)


@given(
    rate=st.floats(1e-6, 1e6),
    curvature=st.floats(1e-6, 1e6),
    momentum=st.floats(0, 1, exclude_max=True),
    start=st.floats(1e-3, 1e3),
)
def test_whatever_happens_the_numbers_are_finite_and_theory_agrees(
    rate: float, curvature: float, momentum: float, start: float
) -> None:
    run = descend(curvature, rate, momentum, start)
    for values in (run.xs, run.losses, run.distances, run.factors):
        assert np.isfinite(values).all()
    assert (run.verdict is Verdict.DIVERGES) == (
        rate * curvature > 2 * (1 + momentum) * (1 + 1e-10)
    )
    if run.verdict is Verdict.DIVERGES:
        assert run.factor > 1
    assert sentence(run).endswith(".")


def test_a_path_ends_with_the_first_iterate_out_of_bounds() -> None:
    run = descend(1.0, 4.0, steps=60)  # x = (-3)^t
    assert run.escaped
    assert run.escaped_at == 13 == run.steps  # 3^12 is 531,441
    assert abs(run.xs[-2]) <= ESCAPE < abs(run.xs[-1])
    assert run.xs[-1] == -(3.0**13)
    inside = descend(1.0, 4.0, steps=12)
    assert inside.escaped_at is None
    assert not inside.escaped
    assert inside.verdict is Verdict.DIVERGES  # theory need not wait for it
    bowl = descend_bowl(1.0, 10.0, 4.0, steps=60)  # in all directions at once
    assert (bowl.points.shape, bowl.escaped_at) == ((14, 2), 13)


def test_a_descent_is_read_only() -> None:
    run = descend(1.0, 0.5)
    for array in (run.points, run.losses):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0


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
    assert (lands.limit, lands.one_step, lands.factor) == (two, one, 0)
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
    (direction,) = run.directions
    roots = np.linalg.eigvals(companion(eta_lambda, momentum))
    assert np.abs(roots - direction.root).min() < 1e-9
    assert direction.swings == bool(np.iscomplexobj(roots))


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
    assert swinging.directions[0].swings
    assert swinging.factor == math.sqrt(momentum)
    jumping = descend(1.0, 0.5 * (high + 2 * (1 + momentum)), momentum)
    assert jumping.verdict is Verdict.OSCILLATES
    assert not jumping.directions[0].swings
    assert (jumping.xs[1:] * jumping.xs[:-1] < 0).all()


# ---- how many steps ---------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 0.999, 1.0, 1.1, 1.5, 1.95])
def test_predicted_steps_are_measured_without_momentum(share: float) -> None:
    run = descend(2.0, share / 2.0, steps=1_000)
    assert run.condition == 1
    assert run.predicted_steps == run.measured_steps
    assert run.measured_steps == int(np.argmax(run.distances <= TARGET * (1 + 1e-9)))


def test_a_swing_through_the_minimum_is_no_arrival() -> None:
    run = descend(1.0, 0.1, 0.9, steps=1_000)
    arrived = run.measured_steps
    assert arrived is not None
    assert (run.distances[arrived:] <= TARGET).all()
    assert run.distances[arrived - 1] > TARGET


# ---- the bowl ---------------------------------------------------------------------------------


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("momentum", [0.0, 0.8])
@pytest.mark.parametrize("share", [0.1, 0.7, 1.0])
def test_a_bowl_is_two_parabolas(condition: float, momentum: float, share: float) -> None:
    steep = 6.0
    flat = steep / condition
    rate = share * 2 * (1 + momentum) / steep
    run = descend_bowl(steep, condition, rate, momentum, start=(0.8, -1.1), steps=50)
    parts = [descend(steep, rate, momentum, 0.8, 50), descend(flat, rate, momentum, -1.1, 50)]
    np.testing.assert_array_equal(run.points, np.stack([p.xs for p in parts], axis=1))
    np.testing.assert_allclose(run.losses, parts[0].losses + parts[1].losses, rtol=1e-12)
    np.testing.assert_allclose(run.distances, np.hypot(parts[0].xs, parts[1].xs), rtol=1e-12)
    assert run.factors == tuple(p.factor for p in parts)
    assert run.factor == max(run.factors)
    assert run.condition == pytest.approx(condition, rel=1e-12)
    assert run.curvatures == (steep, flat)
    assert run.limit == parts[0].limit
    assert [d.verdict for d in run.directions] == [p.verdict for p in parts]
    assert run.verdict is parts[0].verdict  # the steep direction is the worst


def test_the_worst_direction_is_the_verdict() -> None:
    for rate, flat in (
        (3.0, Verdict.CONVERGES),
        (6.0, Verdict.OSCILLATES),
        (9.0, Verdict.DIVERGES),
    ):
        run = descend_bowl(1.0, 4.0, rate)
        assert [d.verdict for d in run.directions] == [Verdict.DIVERGES, flat]
        assert run.verdict is Verdict.DIVERGES


@pytest.mark.parametrize("condition", CONDITIONS)
def test_no_rate_is_faster_than_the_best(condition: float) -> None:
    steep = 3.0
    best = descend_bowl(steep, condition, 1.0).best_rate
    run = descend_bowl(steep, condition, best)
    assert best == pytest.approx(2 / (steep + steep / condition))
    assert run.factors == pytest.approx([(condition - 1) / (condition + 1)] * 2, abs=1e-12)
    assert run.best_factor == pytest.approx(run.factor, abs=1e-12)
    rates = np.linspace(0.01, 1.0, 400) * run.limit
    assert min(descend_bowl(steep, condition, r).factor for r in rates) >= run.factor - 1e-12


@pytest.mark.parametrize("condition", CONDITIONS)
def test_no_momentum_is_faster_than_the_best(condition: float) -> None:
    steep = 3.0
    plan = descend_bowl(steep, condition, 1.0)
    root = math.sqrt(condition)
    assert plan.best_momentum == pytest.approx(((root - 1) / (root + 1)) ** 2, abs=1e-15)
    run = descend_bowl(steep, condition, plan.best_momentum_rate, plan.best_momentum)
    assert run.factors == pytest.approx([(root - 1) / (root + 1)] * 2, abs=1e-12)
    assert run.best_momentum_factor == pytest.approx(run.factor, abs=1e-12)
    for momentum in np.linspace(0, 0.98, 15):
        for share in np.linspace(0.02, 1.0, 25):
            rate = share * 2 * (1 + momentum) / steep
            factor = descend_bowl(steep, condition, rate, float(momentum), steps=1).factor
            assert factor >= run.factor - 1e-12


def test_momentum_needs_the_root_of_the_steps() -> None:
    plain = descend_bowl(1.0, 400.0, 1.0)
    slow = descend_bowl(1.0, 400.0, plain.best_rate)
    fast = descend_bowl(1.0, 400.0, plain.best_momentum_rate, plain.best_momentum)
    assert slow.predicted_steps == slow.measured_steps == 1382
    assert fast.predicted_steps == 70
    assert fast.measured_steps is not None
    assert 70 <= fast.measured_steps <= 140  # t rᵗ, not rᵗ: a double root


# ---- arguments --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"curvature": 0.0}, "curvature must be >= 1e-06 and <= 1e\\+06, not 0"),
        ({"curvature": math.nan}, "curvature must be finite, not nan"),
        ({"curvature": "1"}, "curvature must be a number, not '1'"),
        ({"rate": -0.1}, "rate must be >= 1e-06"),
        ({"rate": math.inf}, "rate must be finite"),
        ({"momentum": 1.0}, "momentum must be >= 0 and < 1, not 1"),
        ({"momentum": -0.1}, "momentum must be >= 0 and < 1"),
        ({"start": 0.0}, "the size of start must be >= 0.001"),
        ({"start": -2e3}, "the size of start must be .* <= 1000, not 2000"),
        ({"steps": 0}, "steps must be >= 1 and <= 10000, not 0"),
        ({"steps": 2.5}, "steps must be a whole number"),
        ({"condition": 0.5}, "condition must be >= 1 and <= 1e\\+06, not 0.5"),
        ({"condition": 4.0, "curvature": 0.0}, "curvature must be"),
        ({"condition": 4.0, "start": (1.0, 0.0)}, "the size of start y must be"),
        ({"condition": 4.0, "start": (math.nan, 1.0)}, "start x must be finite"),
        ({"condition": 4.0, "start": (1.0,)}, "start must hold two numbers, x and y, not"),
    ],
)
def test_bad_arguments_are_named(change: dict[str, Any], message: str) -> None:
    make: Any = descend_bowl if "condition" in change else descend
    with pytest.raises(ValueError, match=message):
        make(**({"curvature": 1.0, "rate": 0.5} | change))


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
