"""The formulas behind every name that the controls offer, with their sources: the engine's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from engine import ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES
from playground.config import (
    ACTIVATION_LABELS,
    INIT_LABELS,
    LOSS_LABELS,
    OPTIMIZER_LABELS,
    SCHEDULE_LABELS,
)


@dataclass(frozen=True)
class Formula:
    """A choice's label, its formula in LaTeX, and where it comes from."""

    name: str
    latex: str
    source: str = ""


class Described(Protocol):
    """What an entry of one of the engine's registries says of itself."""

    @property
    def label(self) -> str: ...
    @property
    def latex(self) -> str: ...
    @property
    def source(self) -> str: ...


def _formulas(choices: Iterable[str], registry: Mapping[str, Described]) -> tuple[Formula, ...]:
    found = (registry[name] for name in choices if name in registry)  # "auto" is no loss
    return tuple(Formula(entry.label, entry.latex, entry.source) for entry in found)


ACTIVATION_FORMULAS: Final = _formulas(ACTIVATION_LABELS, ACTIVATIONS)
LOSS_FORMULAS: Final = _formulas(LOSS_LABELS, LOSSES)
INIT_FORMULAS: Final = _formulas(INIT_LABELS, INITIALIZERS)
OPTIMIZER_FORMULAS: Final = _formulas(OPTIMIZER_LABELS, OPTIMIZERS)
SCHEDULE_FORMULAS: Final = _formulas(SCHEDULE_LABELS, SCHEDULES)
