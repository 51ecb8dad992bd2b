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
from engine.training.tuning import Hyperparameters
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
    """What sets K runs apart that train as one: a learning rate each, or a momentum (of SGD).

    Each value takes the place of the Config's own.
    """

    learning_rates: tuple[float, ...] = ()
    momenta: tuple[float, ...] = ()

    @property
    def count(self) -> int:
        """K."""
        return len(self.learning_rates or self.momenta)


def network(
    config: Config,
    inputs: int,
    outputs: int,
    replicas: Replicas | None = None,
    dtype: npt.DTypeLike = np.float32,
) -> Sequential:
    """The engine's network that a Config names, between so many inputs and outputs."""
    start: dict[str, Any] = {"init": config.init, "scale": config.init_scale}
    layers: list[Layer] = []
    width = inputs
    for units, activation in zip(config.layers, config.layer_activations, strict=True):
        layers += [Dense(width, units, **start), ACTIVATIONS[activation]()]
        if config.dropout > 0:
            layers.append(Dropout(config.dropout))
        width = units
    layers.append(Dense(width, outputs, **start))
    return Sequential(
        layers,
        seed=config.seed,
        dtype=dtype,
        replicas=None if replicas is None else replicas.count,
    )


def optimizer_settings(config: Config) -> dict[str, Any]:
    """The optimizer's arguments, under the engine's names."""
    settings = _values(config, _taken(_OPTIMIZER_ARGUMENTS, OPTIMIZERS[config.optimizer]))
    if "nesterov" in settings:  # it looks ahead along the momentum
        settings["nesterov"] = config.nesterov and config.momentum > 0
    return settings


def optimizer(config: Config, replicas: Replicas | None = None) -> Optimizer:
    """The engine's optimizer that a Config names, with its settings."""
    settings = {"learning_rate": config.learning_rate, **optimizer_settings(config)}
    if replicas is not None and replicas.learning_rates:
        settings["learning_rate"] = replicas.learning_rates
    if replicas is not None and replicas.momenta:
        settings |= {"momentum": np.array(replicas.momenta), "nesterov": config.nesterov}
    return OPTIMIZERS[config.optimizer](**settings)


def schedule(config: Config) -> Schedule:
    """The engine's learning-rate schedule that a Config names."""
    kind = SCHEDULES[config.schedule]
    return kind(warmup=config.warmup, **_values(config, _taken(_SCHEDULE_ARGUMENTS, kind)))


def settings_of(value: Hyperparameters) -> dict[str, Any]:
    """The Config's settings that these hyperparameters were made of, by name.

    Those that optimizer and schedule do not take are not among them, and batches are as large as
    they are used.
    """
    plan = value.schedule
    assert plan is not None  # a Config always names one
    found = {
        "optimizer": value.optimizer.name,
        "learning_rate": value.options["learning_rate"],
        "schedule": plan.name,
        "warmup": plan.warmup,
        "batch_size": value.batch_size,
        "l1": value.l1,
        "l2": value.l2,
        "clip": value.clip_norm or 0.0,
    }
    of_optimizer = _taken(_OPTIMIZER_ARGUMENTS, value.optimizer)
    of_schedule = _taken(_SCHEDULE_ARGUMENTS, type(plan))
    given = {**plan.config(), **value.options}
    for argument, names in chain(of_optimizer.items(), of_schedule.items()):
        parts = given[argument] if len(names) > 1 else (given[argument],)
        found |= zip(names, parts, strict=True)
    return {name: _whole(name, each) for name, each in found.items()}


def _whole(name: str, value: Any) -> Any:
    return int(value) if Config.FIELDS[name].whole else value
