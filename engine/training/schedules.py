"""Learning-rate schedules: a factor on the base rate as a function of the epochs passed.

Each takes ``warmup`` epochs first, over which the factor rises along a line from 0.01 to 1
(Goyal et al. 2017, section 2.2); its own curve begins after them. ``progress`` counts epochs and
their fractions, so the factor does not depend on the batch size.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import ClassVar

from engine.core.validation import number

WARMUP_START = 0.01  # not 0, or the very first step would move nothing


@dataclass(frozen=True, kw_only=True)
class Schedule(ABC):
    """``factor(progress)`` multiplies the base learning rate."""

    name: ClassVar[str]
    label: ClassVar[str]
    latex: ClassVar[str]
    source: ClassVar[str] = ""
    warmup: float = 0.0

    def __post_init__(self) -> None:
        number("schedule warmup", self.warmup, low=0.0)

    def factor(self, progress: float) -> float:
        if progress < self.warmup:
            return WARMUP_START + (1.0 - WARMUP_START) * progress / self.warmup
        return self.curve(progress - self.warmup)

    @abstractmethod
    def curve(self, epochs: float) -> float:
        """The factor ``epochs`` after the end of the warm-up."""

    def config(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, kw_only=True)
class Constant(Schedule):
    """1, always."""

    name = "constant"
    label = "Constant"
    latex = r"\eta_t = \eta"

    def curve(self, epochs: float) -> float:
        return 1.0


@dataclass(frozen=True, kw_only=True)
class Step(Schedule):
    """factor^⌊t / epochs⌋: a drop every ``epochs`` epochs."""

    name = "step"
    label = "Step"
    latex = r"\eta_t = \eta\, f^{\lfloor t/T \rfloor}"
    source = "T epochs, factor f"
    epochs: float = 100.0
    drop: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        number("step schedule epochs", self.epochs, above=0.0)
        number("step schedule drop", self.drop, above=0.0, high=1.0)

    def curve(self, epochs: float) -> float:
        return float(self.drop ** math.floor(epochs / self.epochs))


@dataclass(frozen=True, kw_only=True)
class Exponential(Schedule):
    """drop^(t / epochs): the same fall as ``Step``, without its stairs."""

    name = "exponential"
    label = "Exponential"
    latex = r"\eta_t = \eta\, f^{t/T}"
    source = "T epochs, factor f"
    epochs: float = 100.0
    drop: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        number("exponential schedule epochs", self.epochs, above=0.0)
        number("exponential schedule drop", self.drop, above=0.0, high=1.0)

    def curve(self, epochs: float) -> float:
        return float(self.drop ** (epochs / self.epochs))


@dataclass(frozen=True, kw_only=True)
class Cosine(Schedule):
    """floor + (1 - floor) (1 + cos(π t / epochs)) / 2, and ``floor`` from then on.

    Loshchilov & Hutter 2017, "SGDR", equation 5, without restarts.
    """

    name = "cosine"
    label = "Cosine"
    latex = r"\eta_t = \tfrac{\eta}{2}\left(1 + \cos(\pi t / T)\right)"
    source = "Loshchilov & Hutter 2017, without restarts"
    epochs: float = 100.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        number("cosine schedule epochs", self.epochs, above=0.0)
        number("cosine schedule floor", self.floor, low=0.0, high=1.0)

    def curve(self, epochs: float) -> float:
        passed = min(epochs / self.epochs, 1.0)
        return self.floor + (1.0 - self.floor) * (1.0 + math.cos(math.pi * passed)) / 2.0


SCHEDULES: dict[str, type[Schedule]] = {
    cls.name: cls for cls in (Constant, Step, Exponential, Cosine)
}
