"""The settings of the gradient-flow page: how deep and wide, and what each network is made of.

K lanes (2 to 4). Data set, inputs, seed, loss, optimizer and batch size are the Config's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from playground.config import ACTIVATION_LABELS, INIT_LABELS
from playground.config import FIELDS as CONFIG_FIELDS
from playground.fields import (
    ChoiceField,
    Choices,
    ChoicesField,
    FieldError,
    FieldSpec,
    IntField,
    Settings,
    table,
)
from playground.number_lists import NumbersField

LANES: Final = (2, 4)
MAX_DEPTH: Final = 24
MAX_WIDTH: Final = 64
MAX_SCALE: Final = 10.0

FLOW_INIT_LABELS: Final[Choices] = {**INIT_LABELS, "constant": "All the same"}
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


FIELDS: Final[Mapping[str, FieldSpec]] = table(
    IntField(
        name="flow_depth",
        label="Hidden layers",
        help="How many hidden layers each network has. What goes wrong, goes wrong with depth.",
        effect="structure",
        low=1,
        high=MAX_DEPTH,
    ),
    IntField(
        name="flow_width",
        label="Units in each layer",
        help="The width of every hidden layer. The wider, the closer to what theory predicts.",
        effect="structure",
        low=1,
        high=MAX_WIDTH,
    ),
    ChoicesField(
        name="flow_activations",
        label="Activations",
        help="The activation of each network, 2 to 4 of them. So many networks run side by side.",
        effect="structure",
        choices=ACTIVATION_LABELS,
        high=LANES[1],
    ),
    ChoicesField(
        name="flow_inits",
        label="Initial weights",
        help="How the weights of each network are drawn at the start, in the same order.",
        effect="structure",
        choices=FLOW_INIT_LABELS,
        aliases=CONFIG_FIELDS["init"].aliases,
        high=LANES[1],
    ),
    NumbersField(
        name="flow_scales",
        label="Scales",
        help="Multiplies the initial weights of each network.",
        effect="structure",
        low=0,
        high=MAX_SCALE,
        least=LANES[0],
        most=LANES[1],
    ),
    NumbersField(
        name="flow_rates",
        label="Learning rates",
        help="The learning rate of each network.",
        effect="live",
        low=CONFIG_FIELDS["learning_rate"].low,
        high=CONFIG_FIELDS["learning_rate"].high,
        least=LANES[0],
        most=LANES[1],
    ),
    NumbersField(
        name="flow_clips",
        label="Gradient clipping",
        help="Shortens any gradient of each network that is longer than this. 0 is off.",
        effect="live",
        low=CONFIG_FIELDS["clip"].low,
        high=CONFIG_FIELDS["clip"].high,
        least=LANES[0],
        most=LANES[1],
    ),
    ChoiceField(
        name="flow_over_epochs",
        label="Over the epochs",
        help="What the heatmaps show: one row a layer, one column an epoch.",
        effect="display",
        choices=OVER_EPOCHS,
    ),
    ChoiceField(
        name="flow_distribution",
        label="Distribution",
        help="What the histograms show, layer by layer.",
        effect="display",
        choices=DISTRIBUTIONS,
    ),
)

_LISTS: Final = ("flow_inits", "flow_scales", "flow_rates", "flow_clips")


@dataclass(frozen=True)
class Lane:
    """What one network is made of, and what it is called beside the others."""

    label: str
    activation: str
    init: str
    scale: float
    learning_rate: float
    clip: float


@dataclass(frozen=True)
class FlowSettings(Settings):
    """What the gradient-flow page compares and shows. A value out of range raises FieldError."""

    FIELDS: ClassVar[Mapping[str, FieldSpec]] = FIELDS

    flow_depth: int = 10
    flow_width: int = 32
    flow_activations: tuple[str, ...] = ("sigmoid", "tanh", "relu")
    flow_inits: tuple[str, ...] = ("normal", "glorot", "he")
    flow_scales: tuple[float, ...] = (1.0, 1.0, 1.0)
    flow_rates: tuple[float, ...] = (0.03, 0.03, 0.03)
    flow_clips: tuple[float, ...] = (0.0, 0.0, 0.0)
    flow_over_epochs: str = "gradient"
    flow_distribution: str = "activations"

    def agree(self) -> None:
        lanes = len(self.flow_activations)
        if lanes < LANES[0]:
            raise FieldError(
                "flow_activations",
                f"must name {LANES[0]} to {LANES[1]} activations, one for each network",
                self.flow_activations,
            )
        for name in _LISTS:
            values = getattr(self, name)
            if len(values) != lanes:
                raise FieldError(
                    name, f"must hold one entry for each of the {lanes} networks", values
                )

    def fitting(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """`changes`, and the other lists cut or filled to the number of networks.

        A new network takes over the last one's entries.
        """
        full = dict(changes)
        if "flow_activations" in changes:
            lanes = len(FIELDS["flow_activations"].check(changes["flow_activations"]))
            for name in _LISTS:
                kept = getattr(self, name)[:lanes]
                full.setdefault(name, kept + kept[-1:] * (lanes - len(kept)))
        return full

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The networks, labelled by what they are and by the settings in which they differ."""
        entries = list(
            zip(
                self.flow_activations,
                self.flow_inits,
                self.flow_scales,
                self.flow_rates,
                self.flow_clips,
                strict=True,
            )
        )
        rates_differ, clips_differ = len(set(self.flow_rates)) > 1, len(set(self.flow_clips)) > 1
        lanes = []
        for activation, init, scale, rate, clip in entries:
            parts = [ACTIVATION_LABELS[activation], FLOW_INIT_LABELS[init]]
            if scale != 1.0:
                parts[-1] += f" × {scale:g}"
            if rates_differ:
                parts.append(f"rate {rate:g}")
            if clips_differ:
                parts.append(f"clipped at {clip:g}" if clip else "not clipped")
            lanes.append(Lane(", ".join(parts), activation, init, scale, rate, clip))
        return tuple(lanes)
