"""Presets for a lecture on initial weights, and for each a sentence with what was measured.

K lanes, L hidden layers. The sentences say nothing but what they read from the lab, so they hold at
any moment, before training and after; what follows from a number is only said where it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from playground.config import DISPLAY_FIELDS, Config
from playground.flow.lab import FlowLab
from playground.flow.settings import FlowSettings
from playground.flow.statistics import Floats
from playground.flow.wording import counted, number, percent, through, when

COPIES: Final = 0.9999  # a mean cosine from which the units of a layer are called copies

_DISPLAY: Final = tuple(n for n, spec in FlowSettings.FIELDS.items() if spec.effect == "display")


@dataclass(frozen=True)
class Preset:
    """A title, what to look for, the settings that show it, and what to say of the numbers."""

    title: str
    look: str
    settings: FlowSettings
    words: Callable[[FlowLab], str]
    config: Config = field(default_factory=lambda: Config(batch_size=25))

    def fits(self, config: Config, settings: FlowSettings) -> bool:
        """Whether these are its settings; what is shown of a run, and how fast, does not count."""
        shown = {name: getattr(config, name) for name in (*DISPLAY_FIELDS, "speed")}
        views = {name: getattr(settings, name) for name in _DISPLAY}
        return config == replace(self.config, **shown) and settings == replace(
            self.settings, **views
        )

    def sentence(self, lab: FlowLab) -> str:
        """One sentence that is true of the lab now. ValueError for a lab of other networks."""
        if lab.lanes != self.settings.lanes:
            found = "; ".join(lane.label for lane in lab.lanes)
            raise ValueError(f"{self.title!r} speaks of other networks than those given: {found}")
        return f"{when(lab)}, {self.words(lab)}{_diverged(lab)}."


def _diverged(lab: FlowLab) -> str:
    """What has to be said of lanes whose numbers are those of their last finite weights."""
    parts = [
        f"“{lane.label}” diverged after {counted(divergence.step, 'step')}"
        for lane, divergence in zip(lab.lanes, lab.divergences, strict=True)
        if divergence is not None
    ]
    if not parts:
        return ""
    whose = "its" if len(parts) == 1 else "their"
    return f" ({' and '.join(parts)}: {whose} numbers are the last finite ones)"


def _lanes(*lanes: Sequence[str | float], depth: int) -> FlowSettings:
    """Settings from (activation, init, scale, rate, clip), the last three left out at will."""
    usual = (1.0, 0.03, 0.0)
    full = [(*lane, *usual[len(lane) - 2 :]) for lane in lanes]
    return FlowSettings(
        flow_depth=depth,
        flow_activations=tuple(str(lane[0]) for lane in full),
        flow_inits=tuple(str(lane[1]) for lane in full),
        flow_scales=tuple(float(lane[2]) for lane in full),
        flow_rates=tuple(float(lane[3]) for lane in full),
        flow_clips=tuple(float(lane[4]) for lane in full),
    )


def _alike(values: Floats) -> str:
    """The mean cosine of the layer whose units are least alike, and what it means."""
    least = float(values.min())
    text = f"the mean cosine of two units of a layer is {least:.2f}"
    return f"{text}, so all {{units}} act as one" if least >= COPIES else text


# ---- what each says ---------------------------------------------------------------------------


def _zeros(lab: FlowLab) -> str:
    tanh, sigmoid, glorot = lab.statistics()
    alike = _alike(np.concatenate([tanh.alike, sigmoid.alike])).format(units=lab.widths[1])
    return (
        f"the largest gradient (RMS) of a hidden layer is {number(tanh.gradient.max())} (tanh) and"
        f" {number(sigmoid.gradient.max())} (sigmoid) from zero weights, against"
        f" {number(glorot.gradient.max())} from Glorot's: from zero weights {alike}"
    )


def _variance_one(lab: FlowLab) -> str:
    one, glorot = lab.statistics()
    return (
        f"{percent(one.saturated.mean())} of the activations are saturated with weights of"
        f" variance 1, and on its way back to layer 1 the gradient {through(one.delta[::-1])};"
        f" with Glorot's weights {percent(glorot.saturated.mean())} are, and it"
        f" {through(glorot.delta[::-1])}"
    )


def _constant(lab: FlowLab) -> str:
    same, glorot = lab.statistics()
    alike = _alike(same.alike).format(units=lab.widths[1])
    return (
        f"when all weights start the same {alike}; with Glorot's it is at most"
        f" {glorot.alike.max():.2f}, and the training losses are {number(lab.losses[0])} and"
        f" {number(lab.losses[1])}"
    )


def _he_relu(lab: FlowLab) -> str:
    he, glorot, normal = lab.statistics()
    return (
        f"the spread of the activations from layer 1 to layer {_depth(lab)}"
        f" {through(he.activation)} with He's weights, {through(glorot.activation)} with Glorot's"
        f" and {through(normal.activation)} with weights of variance 1"
    )


def _glorot_tanh(lab: FlowLab) -> str:
    glorot, uniform = lab.statistics()
    return (
        f"the gradient on its way from layer {_depth(lab)} back to layer 1"
        f" {through(glorot.delta[::-1])} with Glorot's weights and {through(uniform.delta[::-1])}"
        f" with uniform ones, where the spread of the activations {through(glorot.activation)} and"
        f" {through(uniform.activation)}"
    )


def _he_sigmoid(lab: FlowLab) -> str:
    sigmoid, relu = lab.statistics()
    return (
        f"the gradient on its way from layer {_depth(lab)} back to layer 1"
        f" {through(sigmoid.delta[::-1])} through sigmoids and {through(relu.delta[::-1])} through"
        f" ReLUs, both with He's weights, and the training losses are {number(lab.losses[0])} and"
        f" {number(lab.losses[1])}"
    )


def _too_small(lab: FlowLab) -> str:
    small, glorot = lab.statistics()
    return (
        f"the gradient (RMS) of the weights of layer 1 is {number(small.gradient[0])} with weights"
        f" a tenth of Glorot's and {number(glorot.gradient[0])} with Glorot's, and the training"
        f" losses are {number(lab.losses[0])} and {number(lab.losses[1])}"
    )


def _orthogonal(lab: FlowLab) -> str:
    orthogonal, glorot = lab.statistics()
    return (
        f"the gradient on its way through {_depth(lab)} linear layers back to layer 1"
        f" {through(orthogonal.delta[::-1])} with orthogonal weights and"
        f" {through(glorot.delta[::-1])} with Glorot's"
    )


def _dying(lab: FlowLab) -> str:
    gentle, harsh = lab.statistics()
    return (
        f"{percent(harsh.dead.mean())} of the units are dead at a learning rate of"
        f" {lab.lanes[1].learning_rate:g} ({percent(harsh.dead.max())} in the worst layer) and"
        f" {percent(gentle.dead.mean())} at {lab.lanes[0].learning_rate:g}{_deaf(harsh.gradient)}"
    )


def _leaky(lab: FlowLab) -> str:
    relu, leaky = lab.statistics()
    return (
        f"at a learning rate of {lab.lanes[0].learning_rate:g} {percent(relu.dead.max())} of the"
        f" worst layer's ReLUs are dead and {percent(leaky.dead.max())} of the Leaky ReLUs, the"
        f" gradients (RMS) of layer 1 are {number(relu.gradient[0])} and"
        f" {number(leaky.gradient[0])}, and the training losses {number(lab.losses[0])} and"
        f" {number(lab.losses[1])}"
    )


def _clipping(lab: FlowLab) -> str:
    free, clipped = lab.statistics()
    return (
        f"the gradient (RMS) of the weights of layer 1 is {number(free.gradient[0])} without"
        f" clipping and {number(clipped.gradient[0])} before it is clipped, and the training losses"
        f" are {number(lab.losses[0])} and {number(lab.losses[1])}"
    )


def _depth(lab: FlowLab) -> int:
    return len(lab.widths) - 1


def _deaf(gradient: Floats) -> str:
    return "; no gradient reaches any hidden layer any more" if not gradient.any() else ""


PRESETS: Final[Mapping[str, Preset]] = {
    "zeros": Preset(
        "Zero weights",
        "Tanh from zero never gets a gradient. Sigmoid gets a tiny one after the first step, the "
        "same for every unit: the cosine stays 1 for ever.",
        _lanes(
            ("tanh", "zeros", 1, 0.1),
            ("sigmoid", "zeros", 1, 0.1),
            ("tanh", "glorot", 1, 0.1),
            depth=3,
        ),
        _zeros,
    ),
    "variance_one": Preset(
        "Variance 1",
        "With weights of variance 1 most tanh units sit at a bound, and at the start the gradient "
        "explodes on its way back.",
        _lanes(("tanh", "normal"), ("tanh", "glorot"), depth=10),
        _variance_one,
    ),
    "constant": Preset(
        "One constant",
        "All weights the same: the signal passes, yet all units of a layer stay copies of each "
        "other.",
        _lanes(("tanh", "constant", 0.1, 0.1), ("tanh", "glorot", 1, 0.1), depth=3),
        _constant,
    ),
    "he_relu": Preset(
        "He on ReLU",
        "He's weights keep the size of the signal on average, Glorot's lose half of its square in "
        "each layer, and variance 1 makes it explode.",
        _lanes(("relu", "he"), ("relu", "glorot"), ("relu", "normal"), depth=16),
        _he_relu,
    ),
    "glorot_tanh": Preset(
        "Glorot on tanh",
        "Glorot's weights carry the gradient back through 16 layers; at the start uniform ones, of "
        "a larger variance, blow it up.",
        _lanes(("tanh", "glorot"), ("tanh", "uniform"), depth=16),
        _glorot_tanh,
    ),
    "he_sigmoid": Preset(
        "He on sigmoid",
        "A sigmoid's slope is at most 1/4, and no weights of this size make up for it: the "
        "gradient vanishes layer by layer.",
        _lanes(("sigmoid", "he"), ("relu", "he"), depth=10),
        _he_sigmoid,
    ),
    "too_small": Preset(
        "Too small by 10",
        "A tenth of Glorot's weights: the signal fades to nothing, the gradient with it, and the "
        "loss stays where it is.",
        _lanes(("tanh", "glorot", 0.1), ("tanh", "glorot"), depth=6),
        _too_small,
    ),
    "orthogonal": Preset(
        "Orthogonal",
        "Through 24 linear layers an orthogonal start keeps the length of every gradient; random "
        "weights keep it on average only.",
        _lanes(("identity", "orthogonal", 1, 0.003), ("identity", "glorot", 1, 0.003), depth=24),
        _orthogonal,
        Config(dataset="gauss", batch_size=25),
    ),
    "dying": Preset(
        "A dying ReLU",
        "One large step can push a unit below zero for every point: then its slope is 0, and no "
        "point teaches it any more.",
        _lanes(("relu", "he", 1, 0.03), ("relu", "he", 1, 0.7), depth=3),
        _dying,
    ),
    "leaky": Preset(
        "Leaky ReLU survives",
        "The same rate, but a slope of 1/100 below zero: a unit that is pushed there still learns.",
        _lanes(("relu", "he", 1, 0.7), ("leaky_relu", "he", 1, 0.7), depth=3),
        _leaky,
    ),
    "clipping": Preset(
        "Explosion, clipped",
        "The same network twice, with weights that are too large. Clipping shortens the first "
        "gradients, and the run survives.",
        _lanes(("relu", "he", 1.3), ("relu", "he", 1.3, 0.03, 1.0), depth=12),
        _clipping,
    ),
}
