"""The settings of the gradient-flow page: how deep and wide, and what each network is made of.

K networks (2 to 4). Data set, inputs, seed, loss, optimizer and batch size are the Config's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final

from engine import INITIALIZERS
from playground.gradient_flow import words
from playground.settings.base import Settings
from playground.settings.config import ACTIVATION_LABELS, CLIPS, INIT_ALIASES, LEARNING_RATES
from playground.settings.fields import (
    ChoiceField,
    ChoicesField,
    FieldError,
    IntField,
    NumbersField,
)
from playground.settings.labels import Labels

NETWORKS: Final = (2, 4)
MAX_DEPTH: Final = 24
MAX_WIDTH: Final = 64
MAX_SCALE: Final = 10.0

FLOW_INIT_LABELS: Final = Labels(INITIALIZERS, lambda name, kind: name == kind.name)
OVER_EPOCHS: Final = words.SIZES
DISTRIBUTIONS: Final = words.DISTRIBUTIONS

# One entry for each network.
LISTS: Final = ("flow_activations", "flow_inits", "flow_scales", "flow_rates", "flow_clips")


@dataclass(frozen=True)
class NetworkSettings:
    """What one network is made of, and what it is called beside the others."""

    label: str
    activation: str
    init: str
    scale: float
    learning_rate: float
    clip: float


@dataclass(frozen=True)
class GradientFlowSettings(Settings):
    """What the gradient-flow page compares and shows. A value out of range raises FieldError."""

    LETTERS = MappingProxyType({"U": "flow_rates", "V": "flow_clips"})

    flow_depth: Annotated[int, IntField(words.DEPTH, "structure", 1, MAX_DEPTH)] = 10
    flow_width: Annotated[int, IntField(words.WIDTH, "structure", 1, MAX_WIDTH)] = 32
    flow_activations: Annotated[
        tuple[str, ...],
        ChoicesField(words.ACTIVATIONS, "structure", ACTIVATION_LABELS, NETWORKS[1]),
    ] = ("sigmoid", "tanh", "relu")
    flow_inits: Annotated[
        tuple[str, ...],
        ChoicesField(words.INITS, "structure", FLOW_INIT_LABELS, NETWORKS[1], aliases=INIT_ALIASES),
    ] = ("normal", "glorot", "he")
    flow_scales: Annotated[
        tuple[float, ...],
        NumbersField(words.SCALES, "structure", 0, MAX_SCALE, least=NETWORKS[0], most=NETWORKS[1]),
    ] = (1.0, 1.0, 1.0)
    flow_rates: Annotated[
        tuple[float, ...],
        NumbersField(words.RATES, "live", *LEARNING_RATES, least=NETWORKS[0], most=NETWORKS[1]),
    ] = (0.03, 0.03, 0.03)
    flow_clips: Annotated[
        tuple[float, ...],
        NumbersField(words.CLIPS, "live", *CLIPS, least=NETWORKS[0], most=NETWORKS[1]),
    ] = (0.0, 0.0, 0.0)
    flow_over_epochs: Annotated[str, ChoiceField(words.OVER_EPOCHS, "display", OVER_EPOCHS)] = (
        "gradient"
    )
    flow_distribution: Annotated[str, ChoiceField(words.DISTRIBUTION, "display", DISTRIBUTIONS)] = (
        "activations"
    )

    def agree(self) -> None:
        networks = len(self.flow_activations)
        if networks < NETWORKS[0]:
            raise FieldError(
                "flow_activations",
                words.too_few(*NETWORKS),
                self.flow_activations,
            )
        for name in LISTS[1:]:
            values = getattr(self, name)
            if len(values) != networks:
                raise FieldError(name, words.unequal(networks), values)

    def fitting(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """`changes`, and the other lists cut or filled to the number of networks.

        A new network takes over the last one's entries.
        """
        full = dict(changes)
        if "flow_activations" in changes:
            networks = len(self.FIELDS["flow_activations"].check(changes["flow_activations"]))
            for name in LISTS[1:]:
                kept = getattr(self, name)[:networks]
                full.setdefault(name, kept + kept[-1:] * (networks - len(kept)))
        return full

    @property
    def networks(self) -> tuple[NetworkSettings, ...]:
        """The networks, labelled by what they are and by the settings in which they differ."""
        rates_differ, clips_differ = len(set(self.flow_rates)) > 1, len(set(self.flow_clips)) > 1
        networks = []
        lists = (getattr(self, name) for name in LISTS)
        for activation, init, scale, rate, clip in zip(*lists, strict=True):
            parts = [ACTIVATION_LABELS[activation], FLOW_INIT_LABELS[init]]
            if scale != 1.0:
                parts[-1] += f" × {scale:g}"
            if rates_differ:
                parts.append(words.rate(rate))
            if clips_differ:
                parts.append(words.clipped(clip))
            networks.append(NetworkSettings(", ".join(parts), activation, init, scale, rate, clip))
        return tuple(networks)
