"""Named two-dimensional data sets: each is one function and one registry line.

N is the number of points, C the number of classes. Every data set fills about [-6, 6] squared.
Noise is a percentage from 0 to 50; generators see n = noise / 100. They draw the same random
numbers whatever n is and only scale them, so that moving the noise slider moves the same points.
The formulas of circle, xor, gauss, spiral, plane and multi-gauss are TensorFlow Playground's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from engine.core.validation import lookup
from playground.data import words

Task = Literal["classification", "regression"]
Floats = NDArray[np.float64]
Targets = NDArray[np.int64] | NDArray[np.float64]
Points = tuple[Floats, Targets]
# (samples, n, rng, classes) -> points (N, 2) and targets (N,): labels 0..C-1, or values in about
# [-1, 1] for regression.
Draw = Callable[[int, float, Generator, int], Points]

EXTENT: Final = 6.0
SAMPLES: Final = (20, 5000)
NOISE: Final = (0.0, 50.0)
TRAIN_SHARE: Final = (10.0, 90.0)
SEED: Final = (0, 2**31 - 1)
CLASSES: Final = (2, 6)

# The child of the seed that data draw from. The engine spawns the first few children for weights,
# batch order and dropout; a far key keeps the data apart from them under the same seed.
_DATA_STREAM: Final = 100
_ATTEMPTS: Final = 100


@dataclass(frozen=True)
class DatasetSpec:
    """What is known about a data set before it is drawn.

    `classes_vary` says whether there are as many classes as are asked for, or always two.
    """

    label: str
    draw: Draw
    task: Task
    classes_vary: bool
    default_samples: int
    default_noise: float

    def n_classes(self, classes: int) -> int:
        """Classes the data set has when `classes` are asked for; 0 for regression."""
        if self.task == "regression":
            return 0
        return classes if self.classes_vary else 2


@dataclass(frozen=True)
class Dataset:
    """Points and targets, split once into a training and a test part. The arrays are read-only.

    X is (N, 2) float64. y is (N,): int64 labels 0..C-1, or float64 values for regression, where
    `n_classes` is 0. `extent` is half the side of the square that pictures show.
    """

    task: Task
    n_classes: int
    X_train: Floats
    y_train: Targets
    X_test: Floats
    y_test: Targets
    extent: float = EXTENT

    def __post_init__(self) -> None:
        for array in (self.X_train, self.y_train, self.X_test, self.y_test):
            array.flags.writeable = False


DATASETS: Final[dict[str, DatasetSpec]] = {}


def dataset(
    name: str,
    label: str,
    *,
    task: Task = "classification",
    classes_vary: bool = False,
    samples: int = 500,
    noise: float = 0.0,
) -> Callable[[Draw], Draw]:
    """Register the decorated function under `name`; `samples` and `noise` are its defaults."""

    def register(draw: Draw) -> Draw:
        if name in DATASETS:
            raise ValueError(f"data set {name!r} is registered twice")
        DATASETS[name] = DatasetSpec(label, draw, task, classes_vary, samples, noise)
        return draw

    return register


def make_dataset(
    name: str, samples: int, noise: float, train_share: float, seed: int, classes: int = 3
) -> Dataset:
    """Draw a data set, shuffle it once and split it.

    samples 20..5000, noise and train_share in percent (0..50, 10..90), seed 0..2**31-1, classes
    2..6 (used only where the data set lets them vary). The same arguments give the same bits.
    Every class is present in the training part, which is made a little larger than `train_share`
    when it would otherwise have fewer points than there are classes. The Config checks the numbers.
    """
    spec = lookup(DATASETS, name, "data set")
    source = np.random.SeedSequence(seed, spawn_key=(_DATA_STREAM,))
    point_rng, split_rng = np.random.default_rng(source).spawn(2)
    n_classes = spec.n_classes(classes)
    for _ in range(_ATTEMPTS):
        X, y = spec.draw(samples, noise / 100, point_rng, classes)
        if not n_classes or len(np.unique(y)) == n_classes:
            break  # rarely, label noise wipes out a class
    else:
        raise ValueError(words.class_missing(name, samples))
    order = split_rng.permutation(samples)
    n_train = min(max(round(samples * train_share / 100), n_classes, 1), samples - 1)
    _bring_every_class(order, y, n_train, n_classes)
    train, test = order[:n_train], order[n_train:]
    return Dataset(spec.task, n_classes, X[train], y[train], X[test], y[test])


def _bring_every_class(order: NDArray[np.int64], y: Targets, n_train: int, n_classes: int) -> None:
    """Swap points into the training part, the first `n_train`, so that it misses no class."""
    for label in range(n_classes):
        labels = y[order]
        if label not in labels[:n_train]:
            counts = np.bincount(labels[:n_train].astype(np.int64), minlength=n_classes)
            spare = np.flatnonzero(labels[:n_train] == counts.argmax())[-1]
            wanted = n_train + np.flatnonzero(labels[n_train:] == label)[0]
            order[[spare, wanted]] = order[[wanted, spare]]


def _labels(samples: int, classes: int) -> NDArray[np.int64]:
    """Labels in blocks of nearly equal size: class 0 first, (N,)."""
    return np.arange(samples, dtype=np.int64) * classes // samples


def _along(labels: NDArray[np.int64]) -> Floats:
    """For each point its place within its class, 0 up to but not including 1, (N,)."""
    counts = np.bincount(labels)
    return np.concatenate([np.arange(count) / count for count in counts])


def _square(rng: Generator, samples: int, half: float) -> Floats:
    return rng.uniform(-half, half, (samples, 2))


def _polar(radius: Floats, angle: Floats) -> Floats:
    """Points (N, 2) at `angle` radians clockwise from the vertical axis."""
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])


@dataset("circle", words.CIRCLE)
def _circle(samples: int, n: float, rng: Generator, classes: int) -> Points:
    inside = _labels(samples, 2) == 1
    radius = np.where(inside, rng.uniform(0, 2.5, samples), rng.uniform(3.5, 5, samples))
    X = _polar(radius, rng.uniform(0, 2 * math.pi, samples))
    seen = X + n * _square(rng, samples, 5)
    return X, (np.hypot(seen[:, 0], seen[:, 1]) < 2.5).astype(np.int64)


@dataset("xor", words.XOR)
def _xor(samples: int, n: float, rng: Generator, classes: int) -> Points:
    X = _square(rng, samples, 5)
    X += np.where(X > 0, 0.3, -0.3)
    seen = X + n * _square(rng, samples, 5)
    return X, (seen[:, 0] * seen[:, 1] >= 0).astype(np.int64)


@dataset("gauss", words.GAUSS)
def _gauss(samples: int, n: float, rng: Generator, classes: int) -> Points:
    y = _labels(samples, 2)
    spread = math.sqrt(0.5 + 7 * n)
    centre = np.where(y == 1, 2.0, -2.0)[:, None]
    return centre + spread * rng.standard_normal((samples, 2)), y


@dataset("spiral", words.SPIRAL)
def _spiral(samples: int, n: float, rng: Generator, classes: int) -> Points:
    y = _labels(samples, 2)
    along = _along(y)
    angle = 1.75 * 2 * math.pi * along + np.where(y == 1, 0.0, math.pi)
    return _polar(5 * along, angle) + n * _square(rng, samples, 1), y


@dataset("moons", words.MOONS, noise=10)
def _moons(samples: int, n: float, rng: Generator, classes: int) -> Points:
    # Imported here: scikit-learn takes about a second to load, and most pages never need it.
    from sklearn.datasets import make_moons

    X, y = make_moons(samples, shuffle=False, random_state=_int_seed(rng))
    # The moons span [-1, 2] by [-0.5, 1]; stretched a little upwards to fill the square.
    X = (X - [0.5, 0.25]) * [3.2, 4.4]
    return X + 2 * n * rng.standard_normal((samples, 2)), y.astype(np.int64)


@dataset("circles", words.CIRCLES, noise=10)
def _circles(samples: int, n: float, rng: Generator, classes: int) -> Points:
    from sklearn.datasets import make_circles

    X, y = make_circles(samples, shuffle=False, factor=0.5, random_state=_int_seed(rng))
    return 4.6 * X + 1.6 * n * rng.standard_normal((samples, 2)), y.astype(np.int64)


@dataset("blobs", words.BLOBS, classes_vary=True)
def _blobs(samples: int, n: float, rng: Generator, classes: int) -> Points:
    from sklearn.datasets import make_blobs

    # Centres on a circle, turned at random: never two on top of each other.
    turn = rng.uniform(0, 2 * math.pi) + 2 * math.pi * np.arange(classes) / classes
    X, y = make_blobs(
        samples,
        centers=_polar(np.full(classes, 3.6), turn),
        cluster_std=0.6 + 1.6 * n,
        shuffle=False,
        random_state=_int_seed(rng),
    )
    return X, y.astype(np.int64)


@dataset("three-spiral", words.ARMS, classes_vary=True, samples=300)
def _three_spiral(samples: int, n: float, rng: Generator, classes: int) -> Points:
    y = _labels(samples, classes)
    along = _along(y)
    # 3/C turns for each arm: the gap between neighbouring arms is the same for every C.
    angle = 2 * math.pi * (3 / classes * along + y / classes)
    return _polar(0.3 + 4.9 * along, angle) + 1.5 * n * _square(rng, samples, 1), y


@dataset("checkerboard", words.CHECKERBOARD)
def _checkerboard(samples: int, n: float, rng: Generator, classes: int) -> Points:
    side, margin = 2.5, 0.12
    cell = rng.integers(-2, 2, (samples, 2))
    X = side * cell + rng.uniform(margin, side - margin, (samples, 2))
    seen = np.floor((X + n * _square(rng, samples, side)) / side).astype(np.int64)
    return X, (seen.sum(axis=1) + 1) % 2


@dataset("rings", words.RINGS, classes_vary=True)
def _rings(samples: int, n: float, rng: Generator, classes: int) -> Points:
    y = _labels(samples, classes)
    width = 5.4 / classes
    inner, outer = width * y, width * (y + 0.7)
    # Even over the area of each ring, not over its radius.
    radius = np.sqrt(rng.uniform(0, 1, samples) * (outer**2 - inner**2) + inner**2)
    X = _polar(radius, rng.uniform(0, 2 * math.pi, samples))
    return X + width * n * _square(rng, samples, 1), y


@dataset("sine", words.SINE)
def _sine(samples: int, n: float, rng: Generator, classes: int) -> Points:
    y = _labels(samples, 2)
    across = rng.uniform(-5.4, 5.4, samples)
    away = rng.uniform(0.35, 2.6, samples) * np.where(y == 1, 1, -1)
    X = np.column_stack([across, 2.2 * np.sin(across) + away])
    X[:, 1] += 2 * n * rng.uniform(-1, 1, samples)
    return X, y


@dataset("plane", words.PLANE, task="regression")
def _plane(samples: int, n: float, rng: Generator, classes: int) -> Points:
    X = _square(rng, samples, 6)
    seen = X + n * _square(rng, samples, 6)
    return X, seen.sum(axis=1) / 10


@dataset("multi-gauss", words.HILLS, task="regression", samples=1000)
def _multi_gauss(samples: int, n: float, rng: Generator, classes: int) -> Points:
    X = _square(rng, samples, 6)
    seen = X + n * _square(rng, samples, 6)
    centres = np.array([(x, y) for y in (2.5, -2.5) for x in (-4.0, 0.0, 4.0)])
    signs = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])
    distance = np.linalg.norm(seen[:, None, :] - centres, axis=2)  # (N, 6)
    return X, np.maximum(0, 1 - distance / 2) @ signs


@dataset("sine-surface", words.SINE_SURFACE, task="regression")
def _sine_surface(samples: int, n: float, rng: Generator, classes: int) -> Points:
    X = _square(rng, samples, 6)
    wave = np.sin(0.7 * X[:, 0]) * np.cos(0.7 * X[:, 1])
    return X, wave + n * rng.uniform(-1, 1, samples)


def _int_seed(rng: Generator) -> int:
    """An int for scikit-learn's generators, which take no Generator."""
    return int(rng.integers(2**31))
