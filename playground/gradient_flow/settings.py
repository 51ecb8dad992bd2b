"""The settings of the gradient-flow page: how deep and wide, and what each network is made of.

K networks (2 to 4). Data set, inputs, seed, loss, optimizer and batch size are the Config's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from engine import INITIALIZERS
from playground.settings.base import Settings
from playground.settings.config import ACTIVATION_LABELS, CLIPS, INIT_ALIASES, LEARNING_RATES
from playground.settings.fields import (
    ChoiceField,
    Choices,
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
OVER_EPOCHS: Final[Choices] = {
    "gradient": "Gradient ∂L/∂W (RMS)",
    "activation": "Activation (standard deviation)",
    "update": "Update to weight",
}
DISTRIBUTIONS: Final[Choices] = {
    "activations": "Activations",
    "preactivations": "Pre-activations",
    "gradients": "Gradients ∂L/∂z",
    "weights": "Weights",
}

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

    flow_depth: Annotated[int, IntField("Hidden layers", "structure", 1, MAX_DEPTH)] = 10
    """How many hidden layers each network has. What goes wrong, goes wrong with depth."""
    flow_width: Annotated[int, IntField("Units in each layer", "structure", 1, MAX_WIDTH)] = 32
    """The width of every hidden layer. The wider, the closer to what theory predicts."""
    flow_activations: Annotated[
        tuple[str, ...], ChoicesField("Activations", "structure", ACTIVATION_LABELS, NETWORKS[1])
    ] = ("sigmoid", "tanh", "relu")
    """The activation of each network, 2 to 4 of them. So many networks run side by side."""
    flow_inits: Annotated[
        tuple[str, ...],
        ChoicesField(
            "Initial weights", "structure", FLOW_INIT_LABELS, NETWORKS[1], aliases=INIT_ALIASES
        ),
    ] = ("normal", "glorot", "he")
    """How the weights of each network are drawn at the start, in the same order."""
    flow_scales: Annotated[
        tuple[float, ...],
        NumbersField("Scales", "structure", 0, MAX_SCALE, least=NETWORKS[0], most=NETWORKS[1]),
    ] = (1.0, 1.0, 1.0)
    """Multiplies the initial weights of each network."""
    flow_rates: Annotated[
        tuple[float, ...],
        NumbersField(
            "Learning rates", "live", *LEARNING_RATES, least=NETWORKS[0], most=NETWORKS[1]
        ),
    ] = (0.03, 0.03, 0.03)
    """The learning rate of each network."""
    flow_clips: Annotated[
        tuple[float, ...],
        NumbersField("Gradient clipping", "live", *CLIPS, least=NETWORKS[0], most=NETWORKS[1]),
    ] = (0.0, 0.0, 0.0)
    """Shortens any gradient of each network that is longer than this. 0 is off."""
    flow_over_epochs: Annotated[str, ChoiceField("Over the epochs", "display", OVER_EPOCHS)] = (
        "gradient"
    )
    """What the heatmaps show: one row a layer, one column an epoch."""
    flow_distribution: Annotated[str, ChoiceField("Distribution", "display", DISTRIBUTIONS)] = (
        "activations"
    )
    """What the histograms show, layer by layer."""

    def agree(self) -> None:
        networks = len(self.flow_activations)
        if networks < NETWORKS[0]:
            raise FieldError(
                "flow_activations",
                f"must name {NETWORKS[0]} to {NETWORKS[1]} activations, one for each network",
                self.flow_activations,
            )
        for name in LISTS[1:]:
            values = getattr(self, name)
            if len(values) != networks:
                raise FieldError(
                    name, f"must hold one entry for each of the {networks} networks", values
                )

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
                parts.append(f"rate {rate:g}")
            if clips_differ:
                parts.append(f"clipped at {clip:g}" if clip else "not clipped")
            networks.append(NetworkSettings(", ".join(parts), activation, init, scale, rate, clip))
        return tuple(networks)
