"""What is learned: the Config's points, and the splits on which every model is measured alike.

N points, F inputs, C classes, J splits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from playground.compare import words
from playground.compare.models import UNUSED
from playground.compare.settings import CompareSettings
from playground.data.datasets import Floats, Targets, Task
from playground.data.features import FeatureMap
from playground.settings.config import Config

Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Problem:
    """Points (N, 2), what the models see of them (N, F), targets (N,), and J splits into rows."""

    task: Task
    n_classes: int
    extent: float
    points: Floats
    inputs: Floats
    y: Targets
    splits: tuple[tuple[Rows, Rows], ...]
    features: FeatureMap

    @property
    def sizes(self) -> tuple[int, int]:
        """Points to learn from and points to test on, the same on every split."""
        train, test = self.splits[0]
        return len(train), len(test)

    def balanced(self, split: int, count: int) -> Rows:
        """The first `count` training rows of a split, with the classes in turn."""
        train = self.splits[split][0]
        if not self.n_classes:
            return train[:count]
        labels = self.y[train]
        rank = np.empty(len(train), np.intp)  # the how-manieth of its class each one is
        for label in range(self.n_classes):
            rank[labels == label] = np.arange((labels == label).sum())
        return train[np.argsort(rank, kind="stable")][:count]


def counting(config: Config, settings: CompareSettings) -> tuple[Config, CompareSettings]:
    """The same settings with those at their defaults that change nothing that is computed."""
    display = settings.with_effect("display")
    return (
        replace(config, **{name: getattr(Config, name) for name in UNUSED}),
        replace(settings, **{name: getattr(CompareSettings, name) for name in display}),
    )


@lru_cache(maxsize=8)
def problem_of(config: Config, splits: int, test_share: float) -> Problem:
    """The points of a Config and `splits` shuffled splits with `test_share` % of them to test on.

    Classes have the same shares in both parts of every split. ValueError, in words for a person,
    where the points are too few for that.
    """
    # Here, for it takes a second to load.
    from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

    data = config.data
    points = np.vstack([data.X_train, data.X_test])
    y = np.concatenate([data.y_train, data.y_test])
    kind = StratifiedShuffleSplit if data.n_classes else ShuffleSplit
    parted = kind(splits, test_size=test_share / 100, random_state=config.seed)
    try:
        found = tuple(parted.split(points, y))
    except ValueError as error:
        said = words.not_parted(len(points), data.n_classes, test_share)
        raise ValueError(said) from error
    if min(len(test) for _, test in found) < 2:
        raise ValueError(words.too_few(len(points), test_share))
    features = FeatureMap(config.features, config.fourier, config.seed)
    inputs = features.transform(points)
    return Problem(data.task, data.n_classes, data.extent, points, inputs, y, found, features)
