"""Input features: their values, their order and the random waves."""

from __future__ import annotations

import numpy as np

from playground.data.features import FEATURES, LENGTHSCALE, MAX_FOURIER, FeatureMap

POINTS = np.random.default_rng(5).uniform(-6, 6, (50, 2))
A, B = POINTS.T
EXPECTED = {
    "x1": A,
    "x2": B,
    "x1sq": A**2,
    "x2sq": B**2,
    "x1x2": A * B,
    "sin1": np.sin(A),
    "sin2": np.sin(B),
    "cos1": np.cos(A),
    "cos2": np.cos(B),
}


def test_registry() -> None:
    assert list(FEATURES) == list(EXPECTED)
    assert len({spec.label for spec in FEATURES.values()}) == len(FEATURES)
    for name, spec in FEATURES.items():
        mapping = FeatureMap([name])
        np.testing.assert_allclose(mapping.transform(POINTS), EXPECTED[name][:, None])
        assert (mapping.labels, mapping.n_features) == ((spec.label,), 1)


def test_columns_follow_the_names_then_the_waves() -> None:
    mapping = FeatureMap(["sin2", "x1"], fourier=3, seed=1)
    features = mapping.transform(POINTS)
    assert features.shape == (50, 5) == (50, mapping.n_features)
    assert features.dtype == np.float64
    np.testing.assert_allclose(features[:, :2], np.column_stack([np.sin(B), A]))
    assert mapping.labels == ("sin x₂", "x₁", "φ₁", "φ₂", "φ₃")
    np.testing.assert_allclose(features[:, 2:], FeatureMap([], 3, seed=1).transform(POINTS))


def test_waves_are_seeded_and_more_of_them_keep_the_first() -> None:
    waves = FeatureMap([], 8, seed=3).transform(POINTS)
    np.testing.assert_array_equal(waves, FeatureMap([], 8, seed=3).transform(POINTS))
    assert np.abs(waves - FeatureMap([], 8, seed=4).transform(POINTS)).max() > 0.1
    np.testing.assert_array_equal(waves, FeatureMap([], 20, seed=3).transform(POINTS)[:, :8])


def test_waves_are_plane_waves_of_height_one() -> None:
    waves = FeatureMap([], MAX_FOURIER).transform
    steps = np.linspace(-60, 60, 4001)
    along = waves(np.column_stack([steps, 0.3 * steps]))
    assert np.abs(along).max() <= 1
    np.testing.assert_allclose(along.max(axis=0), 1, atol=0.1)
    # cos satisfies f(p + h) + f(p - h) = 2 cos(w.h) f(p): the same factor at every point p.
    shift = np.array([0.4, -0.2])
    both = waves(POINTS + shift) + waves(POINTS - shift)
    here = waves(POINTS)
    factor = (both * here).sum(axis=0) / (here**2).sum(axis=0)
    np.testing.assert_allclose(both, factor * here, atol=1e-9)


def test_waves_approximate_the_gaussian_kernel() -> None:
    """Rahimi & Recht's claim: 2 E[cos(w.x + b) cos(w.y + b)] = exp(-|x - y|^2 / (2 l^2))."""
    pair = np.array([[0.5, -1.0], [1.5, -0.2]])
    products = [
        2 * np.prod(FeatureMap([], MAX_FOURIER, seed=seed).transform(pair), axis=0)
        for seed in range(300)
    ]
    distance = np.linalg.norm(pair[0] - pair[1])
    kernel = np.exp(-(distance**2) / (2 * LENGTHSCALE**2))
    np.testing.assert_allclose(np.mean(products), kernel, atol=0.02)
