"""Presets for a lecture on initial weights, and for each what was measured of its networks.

K networks, L hidden layers. `look` says what to see, before training and at the end of the run; the
tests hold it to real runs. `report` adds the numbers of both moments, whichever has been reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from playground.gradient_flow.comparison import Comparison
from playground.gradient_flow.settings import LISTS, OVER_EPOCHS, GradientFlowSettings
from playground.gradient_flow.statistics import Floats, LayerStatistics
from playground.gradient_flow.wording import number, percent, when
from playground.settings.config import Config
from playground.settings.preset import Preset


def _config(dataset: str = "spiral") -> Config:
    return Config(dataset=dataset, batch_size=25, epochs=300)


@dataclass(frozen=True)
class Measure:
    """One number of a network: its name, how it is read from the layers, how it is written.

    In the name `{last}` stands for the number of the last hidden layer. What a map shows goes by
    the name that it has there.
    """

    name: str
    read: Callable[[LayerStatistics], float]
    write: Callable[[float], str] = number


@dataclass(frozen=True)
class FlowPreset(Preset[GradientFlowSettings]):
    """A preset, and what to measure of its networks."""

    config: Config = field(default_factory=_config)
    measures: tuple[Measure, ...] = field(kw_only=True)

    aside: ClassVar[frozenset[str]] = GradientFlowSettings.with_effect("display")

    def report(self, comparison: Comparison) -> str:
        """Its measures and the training loss, before training and now, network by network.

        The comparison is of its own networks. One that has diverged has no number now.
        """
        moments = "Before training" + ("" if comparison.steps == 0 else f" → {when(comparison)}")
        names = " | ".join(network.label for network in comparison.networks)
        said = [f"{moments}, for {names}"]
        for m in self.measures:
            name = m.name.format(last=comparison.settings.flow_depth)
            before, after = (
                [m.write(m.read(layers)) for layers in networks]
                for networks in (comparison.starts, comparison.statistics())
            )
            said.append(f"{name}: {_both(comparison, before, after)}")
        losses = (map(number, each) for each in (comparison.start_losses, comparison.losses))
        return ". ".join([*said, f"Training loss: {_both(comparison, *losses)}"]) + "."


def _both(comparison: Comparison, before: Iterable[str], after: Iterable[str]) -> str:
    """Each network's numbers of the two moments; of the first alone before training."""
    if comparison.steps == 0:
        return " | ".join(before)
    now = [
        "diverged" if status == "diverged" else text
        for status, text in zip(comparison.statuses, after, strict=True)
    ]
    return " | ".join(f"{a} → {b}" for a, b in zip(before, now, strict=True))


def _networks(
    *networks: Sequence[str | float], depth: int, over_epochs: str = "gradient"
) -> GradientFlowSettings:
    """Settings from (activation, init, scale, rate, clip), the last three left out at will."""
    usual = (1.0, 0.03, 0.0)
    full = [(*network, *usual[len(network) - 2 :]) for network in networks]
    lists: dict[str, Any] = dict(zip(LISTS, zip(*full, strict=True), strict=True))
    return GradientFlowSettings(flow_depth=depth, flow_over_epochs=over_epochs, **lists)


# ---- what is measured -------------------------------------------------------------------------


def over(size: Floats | float, other: Floats | float) -> float:
    """How many times `other` the first one is; NaN of nothing."""
    return float(size) / float(other) if other else float("nan")


_GRADIENT, _ACTIVATION = OVER_EPOCHS["gradient"], OVER_EPOCHS["activation"]
FIRST: Final = Measure(f"{_GRADIENT} of layer 1", lambda s: s.gradient[0])
LARGEST: Final = Measure(f"{_GRADIENT}, largest of the layers", lambda s: s.gradient.max())
BACK: Final = Measure(
    f"{_GRADIENT}, layer 1 over layer {{last}}", lambda s: over(s.gradient[0], s.gradient[-1])
)
SPREAD: Final = Measure(
    f"{_GRADIENT}, largest over smallest of layers 2 to {{last}}",
    lambda s: over(s.gradient[1:].max(), s.gradient[1:].min()),
)
SIGNAL: Final = Measure(
    f"{_ACTIVATION}, layer {{last}} over layer 1", lambda s: over(s.activation[-1], s.activation[0])
)
SATURATED: Final = Measure("Saturated values", lambda s: s.saturated.mean(), percent)
DEAD: Final = Measure("Dead units in the worst layer", lambda s: s.dead.max(), percent)
ALIKE: Final = Measure(
    "Mean cosine of two units of the layer least alike", lambda s: s.alike.min(), "{:.2f}".format
)

PRESETS: Final[Mapping[str, FlowPreset]] = {
    "zeros": FlowPreset(
        "Zero weights",
        "From zero weights no hidden layer has a gradient before training, and with tanh none ever "
        "gets one. Sigmoid gets a tiny one after the first step, the same for every unit: the "
        "cosine stays 1. Neither loss falls.",
        _networks(
            ("tanh", "zeros", 1, 0.1),
            ("sigmoid", "zeros", 1, 0.1),
            ("tanh", "glorot", 1, 0.1),
            depth=3,
        ),
        measures=(LARGEST, ALIKE),
    ),
    "variance_one": FlowPreset(
        "Variance 1",
        "With weights of variance 1 most tanh values sit at a bound before training, and the "
        "gradient of layer 1 is more than 100 times that of layer 10. Training brings the gradient "
        "down but leaves the units at their bounds: the loss stays far above Glorot's.",
        _networks(("tanh", "normal"), ("tanh", "glorot"), depth=10),
        _config("circle"),
        measures=(BACK, SATURATED),
    ),
    "constant": FlowPreset(
        "One constant",
        "All weights the same: the signal passes, but before training the gradients of the two "
        "outputs cancel. Later each unit of a layer gets the same one: all stay copies of each "
        "other, and the loss hardly falls.",
        _networks(("tanh", "constant", 0.1, 0.1), ("tanh", "glorot", 1, 0.1), depth=3),
        measures=(FIRST, ALIKE),
    ),
    "he_relu": FlowPreset(
        "He on ReLU",
        "Before training only He's weights keep the signal through 16 layers. Glorot's lose it: "
        "that network learns nothing for some 20 epochs, until training itself has made its signal "
        "grow. With variance 1 it explodes, and the run ends in its first epoch.",
        _networks(
            ("relu", "he"),
            ("relu", "glorot"),
            ("relu", "normal"),
            depth=16,
            over_epochs="activation",
        ),
        measures=(SIGNAL,),
    ),
    "glorot_tanh": FlowPreset(
        "Glorot on tanh",
        "Before training Glorot's weights give 16 layers gradients of about one size; uniform ones "
        "from -1 to 1 make that of layer 1 hundreds of times that of layer 16. Training brings it "
        "down but saturates most units: only Glorot's network learns the circle.",
        _networks(("tanh", "glorot"), ("tanh", "uniform", 2), depth=16),
        _config("circle"),
        measures=(BACK, SATURATED),
    ),
    "he_sigmoid": FlowPreset(
        "He on sigmoid",
        "A sigmoid's slope is at most 1/4, and no weights of this size make up for it: before "
        "training the gradient of layer 1 is less than 1/10,000 of that of layer 10. At the end it "
        "still has not reached the first layers, and the loss is that of a guess.",
        _networks(("sigmoid", "he"), ("relu", "he"), depth=10),
        measures=(BACK,),
    ),
    "too_small": FlowPreset(
        "Too small by 10",
        "Before training the signal of weights a tenth of Glorot's fades from layer to layer, and "
        "the gradient of layer 1 is less than 1/100,000 of what Glorot's weights give. At the end "
        "it still is, and the loss is that of a guess.",
        _networks(("tanh", "glorot", 0.1), ("tanh", "glorot"), depth=6),
        measures=(FIRST,),
    ),
    "orthogonal": FlowPreset(
        "Orthogonal",
        "24 linear layers: before training an orthogonal start gives layers 2 to 24 a gradient of "
        "one size; with Glorot's random weights it differs from layer to layer. Training spreads "
        "the orthogonal ones only a little. Both networks learn.",
        _networks(("identity", "orthogonal", 1, 0.003), ("identity", "glorot", 1, 0.003), depth=24),
        _config("gauss"),
        measures=(SPREAD,),
    ),
    "dying": FlowPreset(
        "A dying ReLU",
        "The same network twice. At a rate of 0.7 a few steps push all units of a layer below zero "
        "for every point: their slope is 0, no gradient comes through any more, and the loss stays "
        "that of a guess. At 0.03 nearly all live, and it falls.",
        _networks(("relu", "he", 1, 0.03), ("relu", "he", 1, 0.7), depth=3),
        measures=(FIRST, DEAD),
    ),
    "leaky": FlowPreset(
        "Leaky ReLU survives",
        "Before training the two are nearly alike. At a rate of 0.7 a layer of ReLUs dies within a "
        "few epochs; with a slope of 1/100 below zero a unit that is pushed there still learns, "
        "and the loss falls.",
        _networks(("relu", "he", 1, 0.7), ("leaky_relu", "he", 1, 0.7), depth=3),
        measures=(FIRST, DEAD),
    ),
    "clipping": FlowPreset(
        "Explosion, clipped",
        "The same network twice, with weights that are too large. Not clipped, the first gradients "
        "throw it out in its first epoch; shortened to a length of 1 they do not, and it learns.",
        _networks(("relu", "he", 1.3), ("relu", "he", 1.3, 0.03, 1.0), depth=12),
        measures=(FIRST,),
    ),
}
