"""The formula behind every name that the controls offer, with its source: the engine's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine import ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES
from playground import guide_words as words
from playground.settings import config

_TABLES: Final[Mapping[str, tuple[Mapping[str, str], Mapping[str, Any]]]] = {
    words.ACTIVATIONS: (config.ACTIVATION_LABELS, ACTIVATIONS),
    words.LOSSES: (config.LOSS_LABELS, LOSSES),
    words.INITS: (config.INIT_LABELS, INITIALIZERS),
    words.OPTIMIZERS: (config.OPTIMIZER_LABELS, OPTIMIZERS),
    words.SCHEDULES: (config.SCHEDULE_LABELS, SCHEDULES),
}


def tables() -> dict[str, list[Any]]:
    """By title, what can be chosen: each with its label, formula (LaTeX) and source."""
    return {
        title: [registry[name] for name in choices if name in registry]  # "auto" is no loss
        for title, (choices, registry) in _TABLES.items()
    }
