"""Presets for a lecture on initial weights, and for each what was measured of its networks.

K networks, L hidden layers. `look` says what to see, before training and at the end of the run; the
tests hold it to real runs. `report` adds the numbers of both moments, whichever has been reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from playground.gradient_flow import words
from playground.gradient_flow.comparison import Comparison
from playground.gradient_flow.settings import LISTS, GradientFlowSettings
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
        now = "" if comparison.steps == 0 else when(comparison)
        names = " | ".join(network.label for network in comparison.networks)
        said = [words.moments(now, names)]
        for m in self.measures:
            name = m.name.format(last=comparison.settings.flow_depth)
            before, after = (
                [m.write(m.read(layers)) for layers in networks]
                for networks in (comparison.starts, comparison.statistics())
            )
            said.append(f"{name}: {_both(comparison, before, after)}")
        losses = (map(number, each) for each in (comparison.start_losses, comparison.losses))
        return ". ".join([*said, f"{words.TRAINING_LOSS}: {_both(comparison, *losses)}"]) + "."


def _both(comparison: Comparison, before: Iterable[str], after: Iterable[str]) -> str:
    """Each network's numbers of the two moments; of the first alone before training."""
    if comparison.steps == 0:
        return " | ".join(before)
    now = [
        words.STATUSES[status] if status == "diverged" else text
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


FIRST: Final = Measure(words.FIRST, lambda s: s.gradient[0])
LARGEST: Final = Measure(words.LARGEST, lambda s: s.gradient.max())
BACK: Final = Measure(words.BACK, lambda s: over(s.gradient[0], s.gradient[-1]))
SPREAD: Final = Measure(words.SPREAD, lambda s: over(s.gradient[1:].max(), s.gradient[1:].min()))
SIGNAL: Final = Measure(words.SIGNAL, lambda s: over(s.activation[-1], s.activation[0]))
SATURATED: Final = Measure(words.SATURATED_VALUES, lambda s: s.saturated.mean(), percent)
DEAD: Final = Measure(words.DEAD_UNITS, lambda s: s.dead.max(), percent)
ALIKE: Final = Measure(words.COSINE, lambda s: s.alike.min(), "{:.2f}".format)

PRESETS: Final[Mapping[str, FlowPreset]] = {
    "zeros": FlowPreset(
        *words.PRESETS["zeros"],
        _networks(
            ("tanh", "zeros", 1, 0.1),
            ("sigmoid", "zeros", 1, 0.1),
            ("tanh", "glorot", 1, 0.1),
            depth=3,
        ),
        measures=(LARGEST, ALIKE),
    ),
    "variance_one": FlowPreset(
        *words.PRESETS["variance_one"],
        _networks(("tanh", "normal"), ("tanh", "glorot"), depth=10),
        _config("circle"),
        measures=(BACK, SATURATED),
    ),
    "constant": FlowPreset(
        *words.PRESETS["constant"],
        _networks(("tanh", "constant", 0.1, 0.1), ("tanh", "glorot", 1, 0.1), depth=3),
        measures=(FIRST, ALIKE),
    ),
    "he_relu": FlowPreset(
        *words.PRESETS["he_relu"],
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
        *words.PRESETS["glorot_tanh"],
        _networks(("tanh", "glorot"), ("tanh", "uniform", 2), depth=16),
        _config("circle"),
        measures=(BACK, SATURATED),
    ),
    "he_sigmoid": FlowPreset(
        *words.PRESETS["he_sigmoid"],
        _networks(("sigmoid", "he"), ("relu", "he"), depth=10),
        measures=(BACK,),
    ),
    "too_small": FlowPreset(
        *words.PRESETS["too_small"],
        _networks(("tanh", "glorot", 0.1), ("tanh", "glorot"), depth=6),
        measures=(FIRST,),
    ),
    "orthogonal": FlowPreset(
        *words.PRESETS["orthogonal"],
        _networks(("identity", "orthogonal", 1, 0.003), ("identity", "glorot", 1, 0.003), depth=24),
        _config("gauss"),
        measures=(SPREAD,),
    ),
    "dying": FlowPreset(
        *words.PRESETS["dying"],
        _networks(("relu", "he", 1, 0.03), ("relu", "he", 1, 0.7), depth=3),
        measures=(FIRST, DEAD),
    ),
    "leaky": FlowPreset(
        *words.PRESETS["leaky"],
        _networks(("relu", "he", 1, 0.7), ("leaky_relu", "he", 1, 0.7), depth=3),
        measures=(FIRST, DEAD),
    ),
    "clipping": FlowPreset(
        *words.PRESETS["clipping"],
        _networks(("relu", "he", 1.3), ("relu", "he", 1.3, 0.03, 1.0), depth=12),
        measures=(FIRST,),
    ),
}
