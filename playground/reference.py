"""The formula behind every name that the controls offer, with its source: the engine's own."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

from engine import ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES
from playground.settings import config
from playground.settings.fields import Choices


class Formula(Protocol):
    """What an entry of one of the engine's registries says of itself."""

    @property
    def label(self) -> str: ...
    @property
    def latex(self) -> str: ...
    @property
    def source(self) -> str: ...


_TABLES: Final[Mapping[str, tuple[Choices, Mapping[str, Formula]]]] = MappingProxyType(
    {
        "Activations": (config.ACTIVATION_LABELS, ACTIVATIONS),
        "Losses": (config.LOSS_LABELS, LOSSES),
        "Initial weights": (config.INIT_LABELS, INITIALIZERS),
        "Optimizers": (config.OPTIMIZER_LABELS, OPTIMIZERS),
        "Learning-rate schedules": (config.SCHEDULE_LABELS, SCHEDULES),
    }
)


def tables() -> dict[str, list[Formula]]:
    """By title, the formulas of what can be chosen."""
    return {
        title: [registry[name] for name in choices if name in registry]  # "auto" is no loss
        for title, (choices, registry) in _TABLES.items()
    }
