"""Data sets: their formulas, their split, their randomness and their errors."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.data import datasets
from playground.data.datasets import CLASSES, DATASETS, EXTENT, Dataset, dataset, make_dataset

NAMES = sorted(DATASETS)
K_CLASS = ["three-spiral", "blobs", "rings"]
REGRESSION = ["plane", "multi-gauss", "sine-surface"]


def make(name: str, **settings: Any) -> Dataset:
    arguments: dict[str, Any] = {"samples": 400, "noise": 0.0, "train_share": 50, "seed": 0}
    return make_dataset(name, **(arguments | settings))


def everything(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    return np.vstack([data.X_train, data.X_test]), np.concatenate([data.y_train, data.y_test])


def test_the_named_data_sets_are_of_their_kind() -> None:
    assert {name for name, spec in DATASETS.items() if spec.task == "regression"} == {*REGRESSION}
    assert {name for name, spec in DATASETS.items() if spec.classes_vary} == {*K_CLASS}
    assert DATASETS["three-spiral"].default_samples == 300


def test_a_new_data_set_is_one_function_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "DATASETS", dict(DATASETS))

    @dataset("halves", "Halves")
    def _halves(samples: int, n: float, rng: np.random.Generator, classes: int) -> Any:
        X = rng.uniform(-5, 5, (samples, 2))
        return X, (X[:, 0] > n).astype(np.int64)

    data = make("halves")
    np.testing.assert_array_equal(data.y_train, data.X_train[:, 0] > 0)
    with pytest.raises(ValueError, match="halves"):
        dataset("halves", "Again")(_halves)
    dataset("lonely", "Lonely")(lambda samples, n, rng, classes: _halves(samples, 9, rng, 2))
    with pytest.raises(ValueError, match="'lonely': no draw of 400 points held every class"):
        make("lonely")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("noise", [0, 50])
def test_shapes_types_and_extent(name: str, noise: float) -> None:
    data = make(name, samples=401, noise=noise, train_share=30)
    assert (data.X_train.shape, data.X_test.shape) == ((120, 2), (281, 2))
    assert (data.y_train.shape, data.y_test.shape) == ((120,), (281,))
    X, y = everything(data)
    assert X.dtype == np.float64
    assert np.isfinite(X).all()
    # Noise may carry a few points out of the picture, never many.
    outside = np.mean(np.abs(X).max(axis=1) > EXTENT)
    assert outside <= (0.06 if noise else 0)
    assert np.abs(X).max() > 3.5, "the picture is not filled"
    if data.task == "regression":
        assert y.dtype == np.float64
        assert data.n_classes == 0
        assert np.abs(y).max() <= (2.0 if noise else 1.2)
        assert y.min() < -0.5 < 0.5 < y.max()
    else:
        assert y.dtype == np.int64
        assert set(y) == set(range(data.n_classes))
    assert not any(part.flags.writeable for part in vars(data).values() if np.ndim(part))


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides_and_the_share_only_moves_the_cut(name: str) -> None:
    small, large, other = make(name, train_share=40), make(name, train_share=60), make(name, seed=8)
    assert len(small.X_train) < len(large.X_train)
    for a, b in zip(everything(small), everything(large), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(everything(small)[0], everything(other)[0])


@pytest.mark.parametrize("name", NAMES)
def test_noise_keeps_the_draws_and_only_scales_them(name: str) -> None:
    still, half, full = (make(name, noise=noise) for noise in (0, 20, 40))
    (X0, y0), (X1, y1), (X2, y2) = map(everything, (still, half, full))
    if name in ("gauss", "blobs"):  # the width of the clouds grows, the centres stay
        np.testing.assert_array_equal(y0, y2)
        assert X2.std() > X0.std()
        return
    assert not (np.array_equal(X0, X2) and np.array_equal(y0, y2))
    np.testing.assert_allclose(X2 - X0, 2 * (X1 - X0), atol=1e-12)
    if name in ("plane", "sine-surface"):
        np.testing.assert_allclose(y2 - y0, 2 * (y1 - y0), atol=1e-12)


@pytest.mark.parametrize("name", K_CLASS)
@pytest.mark.parametrize("classes", range(2, 7))
def test_class_count_is_as_asked_and_even(name: str, classes: int) -> None:
    data = make(name, classes=classes, samples=300)
    counts = np.bincount(everything(data)[1])
    assert data.n_classes == len(counts) == classes
    assert counts.max() - counts.min() <= 1


@given(
    name=st.sampled_from(NAMES),
    samples=st.integers(20, 60),
    noise=st.floats(0, 50),
    share=st.floats(10, 90),
    seed=st.integers(0, 2**31 - 1),
    classes=st.integers(*CLASSES),
)
@settings(max_examples=150)
def test_every_class_is_trained_on(
    name: str, samples: int, noise: float, share: float, seed: int, classes: int
) -> None:
    data = make_dataset(name, samples, noise, share, seed, classes)
    assert len(data.X_train) + len(data.X_test) == samples
    assert len(data.X_test) >= 1
    wanted = max(round(samples * share / 100), data.n_classes)
    assert len(data.X_train) == wanted
    assert set(range(data.n_classes)) == (set(data.y_train) if data.n_classes else set())


# ---- the formulas, without noise


def test_circle_noise_moves_labels_near_the_edge_only() -> None:
    X, y = everything(make("circle", noise=10, samples=5000))
    radius = np.hypot(*X.T)
    reach = 0.5 * np.sqrt(2)
    assert (y[radius < 2.5 - reach] == 1).all()
    assert (y[radius > 2.5 + reach] == 0).all()
    # Just inside the edge about half of the shifts end outside the circle.
    assert 0.40 < y[(radius > 2.4) & (radius < 2.5)].mean() < 0.60


CONES = [(-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1)]
TARGETS: dict[str, Callable[[Any, Any], Any]] = {
    "xor": lambda a, b: a * b > 0,
    "circle": lambda a, b: np.hypot(a, b) < 2.5,
    "rings": lambda a, b: np.hypot(a, b) // 1.8,
    "checkerboard": lambda a, b: (a // 2.5 + b // 2.5 + 1) % 2,
    "sine": lambda a, b: b > 2.2 * np.sin(a),
    "circles": lambda a, b: np.hypot(a, b) < 3,
    "plane": lambda a, b: (a + b) / 10,
    "sine-surface": lambda a, b: np.sin(0.7 * a) * np.cos(0.7 * b),
    "multi-gauss": lambda a, b: sum(
        sign * np.maximum(0, 1 - np.hypot(a - x, b - y) / 2) for x, y, sign in CONES
    ),
}


@pytest.mark.parametrize("name", TARGETS)
def test_targets_follow_their_formula(name: str) -> None:
    X, y = everything(make(name, samples=3000))
    np.testing.assert_allclose(y, TARGETS[name](*X.T), atol=1e-12)
    # What is near a border without noise is on neither side of it.
    radius = np.hypot(*X.T)
    if name == "xor":
        assert np.abs(X).min() >= 0.3
    if name == "circle":
        assert not ((radius > 2.5) & (radius < 3.5)).any()
        assert 2 * y.sum() == len(y)
    if name == "rings":
        assert (radius % 1.8).max() <= 0.7 * 1.8
    if name == "circles":
        np.testing.assert_allclose(radius, np.where(y == 1, 2.3, 4.6))


def test_the_plane_s_noise_is_bounded() -> None:
    X, y = everything(make("plane", noise=50))
    assert 0.3 < np.abs(y - X.sum(axis=1) / 10).max() <= 0.6


@pytest.mark.parametrize(("noise", "variance"), [(0, 0.5), (50, 4.0)])
def test_gauss(noise: float, variance: float) -> None:
    X, y = everything(make("gauss", samples=5000, noise=noise))
    for label, centre in ((1, 2), (0, -2)):
        cloud = X[y == label]
        np.testing.assert_allclose(cloud.mean(axis=0), centre, atol=0.15)
        np.testing.assert_allclose(cloud.var(axis=0), variance, rtol=0.1)


def test_spiral() -> None:
    X, y = everything(make("spiral"))
    radius = np.hypot(*X.T)
    turned = 1.75 * 2 * np.pi * radius / 5 + np.where(y == 1, 0, np.pi)
    expected = np.column_stack([radius * np.sin(turned), radius * np.cos(turned)])
    np.testing.assert_allclose(X, expected, atol=1e-12)
    np.testing.assert_allclose(np.sort(radius[y == 1]), 5 * np.arange(200) / 200, atol=1e-12)
    assert 60 < np.count_nonzero(np.diff(y[:200])) < 140  # the points are shuffled


@pytest.mark.parametrize("classes", [2, 3, 6])
def test_three_spiral_arms_are_one_arm_turned(classes: int) -> None:
    X, y = everything(make("three-spiral", samples=classes * 50, classes=classes))
    arms = [X[y == arm][np.argsort(np.hypot(*X[y == arm].T))] for arm in range(classes)]
    angle = 2 * np.pi / classes
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    for arm, following in pairwise(arms):
        np.testing.assert_allclose(arm @ turn, following, atol=1e-12)


def test_moons_and_blobs_lie_in_their_places() -> None:
    X, y = everything(make("moons"))
    assert X[y == 0][:, 1].mean() > X[y == 1][:, 1].mean()
    np.testing.assert_allclose(np.abs(X[:, 0]).max(), 4.8, atol=0.01)
    X, y = everything(make("blobs", classes=6, samples=3000))
    centres = np.array([X[y == label].mean(axis=0) for label in range(6)])
    np.testing.assert_allclose(np.hypot(*centres.T), 3.6, atol=0.15)
