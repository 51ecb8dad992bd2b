"""Two to four deep networks that learn the same points from one seed, watched by layer.

K networks, L hidden layers, U units in each, B samples of the probe.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from engine import Sequential
from engine.training.divergence import Divergence
from engine.training.snapshot import Snapshot
from playground.gradient_flow.probe import Probe, Signals, deep_network
from playground.gradient_flow.settings import GradientFlowSettings, NetworkSettings
from playground.gradient_flow.statistics import (
    HISTOGRAMS,
    Histograms,
    LayerStatistics,
    Weights,
    layer_statistics,
)
from playground.gradient_flow.theory import HOLDS_FOR, Moments, moments, predicted
from playground.runs.experiment import Experiment
from playground.runs.group import RunGroup
from playground.settings.config import Config

Floats = NDArray[np.float64]

PROBE_SAMPLES: Final = 128
CHECKPOINTS: Final = 16  # that each trainer keeps, for whoever wants to look back
# Of the Config what each network has of its own.
OWN_TO_EACH: Final = frozenset(
    {"layers", "activation", "activations", "init", "init_scale", "dropout"}
    | {"learning_rate", "clip"}
)


class Track(Experiment):
    """One network's run of the Config, and the probe that looks into it.

    The probe has a fixed batch, the first 128 training points at most.
    """

    def __init__(
        self, config: Config, settings: GradientFlowSettings, network: NetworkSettings
    ) -> None:
        self.settings, self.network = settings, network
        super().__init__(_own(config, network), history_size=0, checkpoints=CHECKPOINTS)
        loss, outputs = self.trainer.loss, self.model.n_outputs
        y = self.targets(self.dataset.y_train)[:PROBE_SAMPLES]
        self.inputs = self.features.transform(self.dataset.X_train)[:PROBE_SAMPLES]
        twin = self.build(self.features.n_features, outputs, np.float64)
        self.probe = Probe(twin, self.inputs, loss, loss.targets(y, outputs, np.float64).values)
        self.weights = Weights(twin, settings.flow_depth)
        self.update: Floats = np.full(settings.flow_depth, np.nan)
        self.forget()
        arriving = self.look().arriving
        self.arriving: Floats = np.mean(arriving * arriving, axis=0)  # (B,), of dL/da at the start

    @property
    def widths(self) -> tuple[int, ...]:
        """F inputs and the units of the hidden layers."""
        settings = self.settings
        return (self.features.n_features, *(settings.flow_width,) * settings.flow_depth)

    def build(self, inputs: int, outputs: int, dtype: DTypeLike) -> Sequential:
        made = (self.network.activation, self.network.init, self.network.scale)
        return deep_network(*made, self.widths, outputs, seed=self.config.seed, dtype=dtype)

    def train(self, steps: int) -> int:
        """Up to so many steps, and how many were made. What the last one changes is kept."""
        flat = self.model.flat
        done = self.trainer.run_steps(steps - 1)
        before = flat.copy()
        if done == steps - 1 and self.trainer.run_steps(1):
            done += 1
            change, size = self.weights.rms(flat - before), self.weights.rms(flat)
            self.update = change / np.where(size > 0, size, 1.0)
        return done

    def reset(self) -> None:
        super().reset()
        self.update = np.full_like(self.update, np.nan)
        self.forget()

    def forget(self) -> None:
        """Look anew when asked."""
        self._moment: tuple[int, bool] | None = None
        self._statistics: LayerStatistics | None = None

    def look(self) -> Signals:
        """What the probe sees with the weights of now, of the last pass if it holds."""
        # A network that diverges goes back to older weights without a step.
        moment = self.trainer.steps, self.trainer.divergence is None
        if self._moment != moment:
            self._signals = self.probe.read(self.model.flat)
            self._moment, self._statistics = moment, None
        return self._signals

    def statistics(self) -> LayerStatistics:
        """What every hidden layer is like now."""
        signals = self.look()
        if self._statistics is None:
            own = (self.model.flat, self.weights, self.update, self.network.activation)
            self._statistics = layer_statistics(signals, *own)
        return self._statistics

    def histograms(self, name: str) -> Histograms:
        """Of the values of this name in `HISTOGRAMS`, layer by layer."""
        return HISTOGRAMS[name](self.look(), self.model.flat, self.weights)

    def expected(self) -> Moments | None:
        """What theory predicts before training; None where it does not apply.

        The inputs and the gradient that arrives at the last hidden layer at the start are taken as
        they are; all else is theory.
        """
        if self.network.init not in HOLDS_FOR:
            return None
        made = (self.network.activation, self.network.init, self.network.scale)
        return predicted(*made, self.widths, self.inputs, self.arriving)


def _own(config: Config, network: NetworkSettings) -> Config:
    usual = {name: getattr(Config, name) for name in OWN_TO_EACH}
    return replace(config, **usual | {"learning_rate": network.learning_rate, "clip": network.clip})


class Comparison(RunGroup):
    """Trains each network of `settings`, all of them on the Config's data in one batch order.

    From the Config come data, inputs, seed, loss, optimizer and its settings, schedule, penalties,
    batch size and epochs; layers, activation, initial weights, learning rate and clipping are the
    networks' (dropout does not take part). One that diverges keeps its last finite statistics.
    """

    def __init__(self, config: Config, settings: GradientFlowSettings) -> None:
        self.config, self.settings, self.networks = config, settings, settings.networks
        self.tracks = tuple(Track(config, settings, network) for network in self.networks)
        self.experiments = self.tracks
        self.starts = self.statistics()

    # ---- running ----------------------------------------------------------------------------

    def run_epochs(self, n: int) -> int:
        """Train up to `n` epochs. Returns those made: not one in which all have ended."""
        for made in range(n):
            steps = self.steps_per_epoch
            if self.status not in ("ready", "running"):
                return made
            if max([track.train(steps) for track in self.tracks]) < steps:
                return made
        return n

    def apply(self, config: Config, settings: GradientFlowSettings) -> None:
        """Take over the Config's live settings and the networks' rates and clips, without a reset.

        All else must be as it was.
        """
        self.config, self.settings, self.networks = config, settings, settings.networks
        for track, network in zip(self.tracks, self.networks, strict=True):
            track.apply(_own(config, network))

    def snapshot(self) -> list[tuple[Snapshot, Floats]]:
        """A moment, from which it goes on bit for bit."""
        return [(track.trainer.snapshot(), track.update) for track in self.tracks]

    def restore(self, snapshot: list[tuple[Snapshot, Floats]]) -> None:
        """Go to the moment of a snapshot of this comparison."""
        for track, (state, update) in zip(self.tracks, snapshot, strict=True):
            track.trainer.restore(state)
            track.update = update
            track.forget()

    # ---- where it stands --------------------------------------------------------------------

    @property
    def progress(self) -> float:
        """Epochs, including the part of the current one that is done."""
        return max(trainer.progress for trainer in self.trainers)

    @property
    def steps(self) -> int:
        """Completed steps, of the networks that got furthest."""
        return max(trainer.steps for trainer in self.trainers)

    @property
    def steps_per_epoch(self) -> int:
        """Steps in one pass over the training points."""
        return self.tracks[0].steps_per_epoch

    @property
    def statuses(self) -> tuple[str, ...]:
        """Of each network "ready", "running", "finished" or "diverged"."""
        return tuple(trainer.status for trainer in self.trainers)

    @property
    def divergences(self) -> tuple[Divergence | None, ...]:
        """Where and why each network diverged, or None."""
        return tuple(trainer.divergence for trainer in self.trainers)

    @property
    def losses(self) -> Floats:
        """The training loss of each network, (K,); a diverged one has its last finite one."""
        return np.array([trainer.train_loss for trainer in self.trainers])

    @property
    def start_losses(self) -> Floats:
        """The training loss of each network before training, (K,)."""
        return np.array([trainer.start_loss for trainer in self.trainers])

    @property
    def test_losses(self) -> Floats:
        """The same for the test points."""
        return np.array([trainer.test_loss for trainer in self.trainers])

    def statistics(self) -> tuple[LayerStatistics, ...]:
        """What every hidden layer of each network is like now."""
        return tuple(track.statistics() for track in self.tracks)

    def measured(self) -> tuple[Moments, ...]:
        """Second moments by depth with the weights of now: what `expected` is held against."""
        return tuple(moments(track.look()) for track in self.tracks)

    def expected(self) -> tuple[Moments | None, ...]:
        """What theory predicts for each network before training; None where it does not apply."""
        return tuple(track.expected() for track in self.tracks)
