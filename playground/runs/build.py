"""A Config's network, optimizer and schedule as the engine's objects, for one run or for replicas.

K is the number of replicas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine import Dense, Dropout, Sequential
from engine.core.activations import ACTIVATIONS
from engine.core.layers import Layer
from engine.core.optimizers import OPTIMIZERS, Optimizer
from engine.training.schedules import SCHEDULES, Schedule
from playground.settings.config import Config

# The Config's settings behind an argument of the engine's optimizers or schedules, in the order in
# which the sidebar has them. Any optimizer or schedule that takes one of these is given it.
_OPTIMIZER_ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "betas": ("beta1", "beta2"),
    "alpha": ("rho",),
    "momentum": ("momentum",),
    "nesterov": ("nesterov",),
    "decay": ("decay",),
    "lr_decay": ("decay",),
    "eps": ("eps",),
    "weight_decay": ("weight_decay",),
}
_SCHEDULE_ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "epochs": ("schedule_epochs",),
    "drop": ("schedule_factor",),
}


def optimizer_takes(name: str) -> tuple[str, ...]:
    """Which of the Config's settings this optimizer takes beside the learning rate."""
    return tuple(chain(*_taken(_OPTIMIZER_ARGUMENTS, OPTIMIZERS[name]).values()))


def schedule_takes(name: str) -> tuple[str, ...]:
    """Which of the Config's settings this schedule takes beside the warm-up."""
    return tuple(chain(*_taken(_SCHEDULE_ARGUMENTS, SCHEDULES[name]).values()))


def _taken(
    arguments: Mapping[str, tuple[str, ...]], kind: type[Optimizer | Schedule]
) -> dict[str, tuple[str, ...]]:
    own = {field.name for field in fields(kind)}
    return {argument: names for argument, names in arguments.items() if argument in own}


def _values(config: Config, taken: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """By argument, the Config's value, or values where several settings make one argument."""
    found = {a: tuple(getattr(config, name) for name in names) for a, names in taken.items()}
    return {a: values if len(values) > 1 else values[0] for a, values in found.items()}


@dataclass(frozen=True)
class Replicas:
    """What sets K runs apart that train as one: one value a replica, or None where all are alike.

    Each value given takes the place of the Config's own. `momenta` are SGD's. ValueError if
    nothing is given, if a list is empty, or if the lists differ in length; what each value may be
    is the engine's to say.
    """

    learning_rates: tuple[float, ...] | None = None
    momenta: tuple[float, ...] | None = None
    init_scales: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        lengths = {f.name: len(v) for f in fields(self) if (v := getattr(self, f.name)) is not None}
        if not lengths:
            names = ", ".join(f.name for f in fields(self))
            raise ValueError(f"replicas need one of {names}; none was given")
        if min(lengths.values()) < 1 or len(set(lengths.values())) > 1:
            found = ", ".join(f"{count} {name}" for name, count in lengths.items())
            raise ValueError(f"replicas need one value each, at least one, but there are {found}")

    @property
    def count(self) -> int:
        """K."""
        given = (self.learning_rates, self.momenta, self.init_scales)
        return next(len(values) for values in given if values is not None)


def network(
    config: Config,
    inputs: int,
    outputs: int,
    replicas: Replicas | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """The engine's network that a Config names, between so many inputs and outputs."""
    scales = None if replicas is None else replicas.init_scales
    # With a scale for each replica it is the network that scales; the layers then leave it be.
    scale = config.init_scale if scales is None else 1.0
    layers: list[Layer] = []
    width = inputs
    for units, activation in zip(config.layers, config.layer_activations, strict=True):
        layers += [Dense(width, units, init=config.init, scale=scale), ACTIVATIONS[activation]()]
        if config.dropout > 0:
            layers.append(Dropout(config.dropout))
        width = units
    layers.append(Dense(width, outputs, init=config.init, scale=scale))
    return Sequential(
        layers,
        seed=config.seed,
        dtype=dtype,
        replicas=None if replicas is None else replicas.count,
        init_scale=1.0 if scales is None else scales,
    )


def optimizer_settings(config: Config, replicas: Replicas | None = None) -> dict[str, Any]:
    """The optimizer's arguments besides the learning rate, under the engine's names.

    ValueError if there is a momentum for each replica and the optimizer is not SGD.
    """
    settings = _values(config, _taken(_OPTIMIZER_ARGUMENTS, OPTIMIZERS[config.optimizer]))
    if "nesterov" in settings:  # it looks ahead along the momentum
        settings["nesterov"] = config.nesterov and config.momentum > 0
    if replicas is None or replicas.momenta is None:
        return settings
    if config.optimizer != "sgd":
        raise ValueError(
            f"a momentum for each replica needs the optimizer sgd, got {config.optimizer}"
        )
    return settings | {"momentum": np.array(replicas.momenta), "nesterov": config.nesterov}


def learning_rate(config: Config, replicas: Replicas | None = None) -> float | tuple[float, ...]:
    """The Config's learning rate, or one for each replica."""
    if replicas is None or replicas.learning_rates is None:
        return config.learning_rate
    return replicas.learning_rates


def optimizer(config: Config, replicas: Replicas | None = None) -> Optimizer:
    """The engine's optimizer that a Config names, with its settings."""
    settings = optimizer_settings(config, replicas)
    return OPTIMIZERS[config.optimizer](learning_rate=learning_rate(config, replicas), **settings)


def schedule(config: Config) -> Schedule:
    """The engine's learning-rate schedule that a Config names."""
    kind = SCHEDULES[config.schedule]
    return kind(warmup=config.warmup, **_values(config, _taken(_SCHEDULE_ARGUMENTS, kind)))
