"""Learning-rate schedules: a factor on the base rate as a function of the epochs passed.

Each takes ``warmup`` epochs first, over which the factor rises along a line from 0.01 to 1
(Goyal et al. 2017, section 2.2); its own curve begins after them. ``progress`` counts epochs and
their fractions, so the factor does not depend on the batch size.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from engine.core.settings import Configured, Hyperparameter, Registered

WARMUP_START = 0.01  # not 0, or the very first step would move nothing


@dataclass(frozen=True, kw_only=True)
class Schedule(Configured, Registered, ABC):
    """``factor(progress)`` multiplies the base learning rate."""

    warmup: Hyperparameter = Hyperparameter(0.0)

    def factor(self, progress: float) -> float:
        if progress < self.warmup:
            return WARMUP_START + (1.0 - WARMUP_START) * progress / self.warmup
        return self.curve(progress - self.warmup)

    @abstractmethod
    def curve(self, epochs: float) -> float:
        """The factor ``epochs`` after the end of the warm-up."""


@dataclass(frozen=True, kw_only=True)
class Constant(Schedule):
    """1, always."""

    name, label = "constant", "Constant"
    latex = r"\eta_t = \eta"

    def curve(self, epochs: float) -> float:
        return 1.0


@dataclass(frozen=True, kw_only=True)
class Step(Schedule):
    """factor^⌊t / epochs⌋: a drop every ``epochs`` epochs."""

    name, label = "step", "Step"
    latex = r"\eta_t = \eta\, f^{\lfloor t/T \rfloor}"
    source = "T epochs, factor f"
    epochs: Hyperparameter = Hyperparameter(100.0, above=0.0)
    drop: Hyperparameter = Hyperparameter(0.5, above=0.0, high=1.0)

    def curve(self, epochs: float) -> float:
        return float(self.drop ** math.floor(epochs / self.epochs))


class Exponential(Step):
    """drop^(t / epochs): the same fall as ``Step``, without its stairs."""

    name, label = "exponential", "Exponential"
    latex = r"\eta_t = \eta\, f^{t/T}"

    def curve(self, epochs: float) -> float:
        return float(self.drop ** (epochs / self.epochs))


@dataclass(frozen=True, kw_only=True)
class Cosine(Schedule):
    """floor + (1 - floor) (1 + cos(π t / epochs)) / 2, and ``floor`` from then on.

    Loshchilov & Hutter 2017, "SGDR", equation 5, without restarts.
    """

    name, label = "cosine", "Cosine"
    latex = r"\eta_t = \tfrac{\eta}{2}\left(1 + \cos(\pi t / T)\right)"
    source = "Loshchilov & Hutter 2017, without restarts"
    epochs: Hyperparameter = Hyperparameter(100.0, above=0.0)
    floor: Hyperparameter = Hyperparameter(0.0, low=0.0, high=1.0)

    def curve(self, epochs: float) -> float:
        passed = min(epochs / self.epochs, 1.0)
        return self.floor + (1.0 - self.floor) * (1.0 + math.cos(math.pi * passed)) / 2.0


SCHEDULES = Schedule.registry(Constant, Step, Exponential, Cosine)
