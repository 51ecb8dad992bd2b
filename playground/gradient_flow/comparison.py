"""Two to four deep networks that learn the same points from one seed, watched by layer.

K networks, L hidden layers, U units in each, F inputs, C outputs, P parameters. Knows no Streamlit
and no Plotly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine import Trainer
from engine.core.losses import LOSSES
from engine.training.divergence import Divergence
from engine.training.snapshot import Snapshot
from playground.data.features import FeatureMap
from playground.gradient_flow.network import deep_network
from playground.gradient_flow.probe import Probe, Signals
from playground.gradient_flow.settings import GradientFlowSettings, NetworkSettings
from playground.gradient_flow.statistics import (
    Histograms,
    LayerStatistics,
    Weights,
    layer_histograms,
    layer_statistics,
)
from playground.gradient_flow.theory import HOLDS_FOR, Moments, moments, predicted
from playground.runs.build import optimizer, optimizer_settings, schedule
from playground.settings.config import Config

_Moment = tuple[int, bool]  # steps, and whether the network is alive

PROBE_SAMPLES: Final = 128
CHECKPOINTS: Final = 16  # that each trainer keeps, for whoever wants to look back


@dataclass(frozen=True)
class FlowSnapshot:
    """A frozen moment of a comparison, from which it goes on bit for bit."""

    trainers: tuple[Snapshot, ...]
    updates: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True)
class _Track:
    """One network's trainer and the probe that looks into it."""

    network: NetworkSettings
    trainer: Trainer
    probe: Probe
    weights: Weights
    arriving: NDArray[np.float64]  # (B,), the mean square of dL/da of the last layer at the start


class Comparison:
    """Trains each network of `settings`, all of them on the Config's data in one batch order.

    From the Config come data, inputs, seed, loss, optimizer and its settings, schedule, penalties,
    batch size and epochs; layers, activation, initial weights, learning rate and clipping are the
    networks' (dropout does not take part). One that diverges keeps its last finite weights, and
    with them its last finite statistics, while the others go on. Statistics are those of a fixed
    batch, the first 128 training points at most, in float64.
    """

    def __init__(self, config: Config, settings: GradientFlowSettings) -> None:
        self.config, self.settings, self.networks = config, settings, settings.networks
        self.dataset = config.data
        features = FeatureMap(config.features, config.fourier, config.seed)
        self._X = features.transform(self.dataset.X_train)
        self._X_test = features.transform(self.dataset.X_test)
        classes = self.dataset.n_classes
        one_output = classes == 0 or config.resolved_loss == "binary_cross_entropy"
        self._outputs = 1 if one_output else classes
        self._one_hot = config.resolved_loss == "mse" and classes > 0
        self.widths = (features.n_features, *(settings.flow_width,) * settings.flow_depth)
        self._tracks = [self._track(network) for network in self.networks]
        self._begin()
        self.starts: tuple[LayerStatistics, ...] = self.statistics()

    def _targets(self, y: NDArray[Any]) -> NDArray[Any]:
        """Targets as the loss wants them: labels, values (N, 1), or one-hot rows for mse."""
        if self._one_hot:
            return np.asarray(np.eye(self.dataset.n_classes)[y])
        return y if self.dataset.n_classes else y.reshape(-1, 1)

    def _track(self, network: NetworkSettings) -> _Track:
        config = replace(self.config, learning_rate=network.learning_rate)
        made = (network.activation, network.init, network.scale, self.widths, self._outputs)
        loss = LOSSES[config.resolved_loss]()
        y, y_test = self._targets(self.dataset.y_train), self._targets(self.dataset.y_test)
        trainer = Trainer(
            deep_network(*made, seed=config.seed, dtype=np.float32),
            loss,
            optimizer(config),
            self._X,
            y,
            batch_size=config.effective_batch_size(len(self._X)),
            seed=config.seed,
            validation_data=(self._X_test, y_test),
            epochs=config.epochs,
            schedule=schedule(config),
            l1=config.l1,
            l2=config.l2,
            clip_norm=network.clip or None,
            history_size=0,
            checkpoints=CHECKPOINTS,
        )
        own = deep_network(*made, seed=config.seed, dtype=np.float64)
        probed = slice(0, PROBE_SAMPLES)
        targets = loss.targets(y[probed], self._outputs, np.float64).values
        probe = Probe(own, self._X[probed], Probe.of_loss(loss, targets))
        arriving = probe.read(trainer.model.flat).arriving
        return _Track(
            network,
            trainer,
            probe,
            Weights(own, self.settings.flow_depth),
            np.mean(arriving * arriving, axis=0),
        )

    def _begin(self) -> None:
        self._updates = [np.full(self.settings.flow_depth, np.nan) for _ in self.networks]
        self._forget()

    def _forget(self) -> None:
        """Look anew when asked."""
        self._seen: list[tuple[_Moment, LayerStatistics] | None] = [None] * len(self.networks)
        self._looks: list[Signals | None] = [None] * len(self.networks)
        self._looked: list[_Moment | None] = [None] * len(self.networks)

    # ---- running ----------------------------------------------------------------------------

    def run_steps(self, n: int) -> int:
        """Train the networks that are alive on up to `n` more batches. Returns the steps made."""
        if n < 0:
            raise ValueError(f"the number of steps must be 0 or more, got {n}")
        made = 0
        while made < n and self.status in ("ready", "running"):
            done = self._advance(min(n - made, self._steps_left()))
            if done == 0:
                break
            made += done
        return made

    def run_epochs(self, n: int) -> int:
        """Train up to `n` epochs to their end; one under way counts. Returns the epochs made."""
        if n < 0:
            raise ValueError(f"the number of epochs must be 0 or more, got {n}")
        made = 0
        while made < n and self.status in ("ready", "running"):
            left = self._steps_left()
            if self._advance(left) < left:
                break  # the last of the networks diverged within the epoch
            made += 1
        return made

    def _advance(self, steps: int) -> int:
        """Train so many steps, at most to the end of the epoch; the last one's size is kept."""
        made = 0
        for k, track in enumerate(self._tracks):
            trainer, flat = track.trainer, track.trainer.model.flat
            done = trainer.run_steps(steps - 1)
            before = flat.copy()
            if done == steps - 1 and trainer.run_steps(1):
                done += 1
                change = track.weights.rms(flat - before)
                size = track.weights.rms(flat)
                self._updates[k] = change / np.where(size > 0, size, 1.0)
            made = max(made, done)
        return made

    def _steps_left(self) -> int:
        """Steps to the end of the epoch under way, or of the next."""
        size, trainer = len(self._X), self._furthest
        used = round((trainer.progress - trainer.epoch) * size)
        return -(-(size - used) // trainer.batch_size)

    def apply(self, config: Config, settings: GradientFlowSettings) -> None:
        """Take over the Config's live settings and the networks' rates and clips, without a reset.

        All else must be as it was.
        """
        old, self.config, self.settings = self.config, config, settings
        self.networks = settings.networks
        for k, network in enumerate(self.networks):
            self._tracks[k] = replace(self._tracks[k], network=network)
            trainer, own = (
                self._tracks[k].trainer,
                replace(config, learning_rate=network.learning_rate),
            )
            if config.optimizer != old.optimizer:
                trainer.set_optimizer(optimizer(own))
            else:
                for name, value in optimizer_settings(own).items():
                    setattr(trainer.optimizer, name, value)
                trainer.learning_rate = network.learning_rate
            trainer.schedule = schedule(own)
            trainer.l1, trainer.l2 = config.l1, config.l2
            trainer.clip_norm = network.clip or None
            trainer.batch_size = config.effective_batch_size(len(self._X))
            if config.epochs != old.epochs:
                trainer.epochs = max(config.epochs, trainer.epoch)

    def extend(self) -> None:
        """Let a finished comparison go on for as many epochs again."""
        for track in self._tracks:
            track.trainer.epochs = self.epoch + self.config.epochs

    def reset(self) -> None:
        """Back to the same start, with as many epochs to go as the Config says."""
        for track in self._tracks:
            track.trainer.reset()
            track.trainer.epochs = self.config.epochs
        self._begin()

    def snapshot(self) -> FlowSnapshot:
        """All that running changes, copied."""
        trainers = tuple(track.trainer.snapshot() for track in self._tracks)
        return FlowSnapshot(trainers, tuple(self._updates))

    def restore(self, snapshot: FlowSnapshot) -> None:
        """Go to the moment of a snapshot of this comparison."""
        for track, state in zip(self._tracks, snapshot.trainers, strict=True):
            track.trainer.restore(state)
        self._updates = list(snapshot.updates)
        self._forget()

    # ---- where it stands --------------------------------------------------------------------

    @property
    def _furthest(self) -> Trainer:
        return max((track.trainer for track in self._tracks), key=lambda t: t.steps)

    @property
    def trainers(self) -> list[Trainer]:
        """One for each network."""
        return [track.trainer for track in self._tracks]

    def trainer_of(self, k: int) -> Trainer:
        """The trainer of network `k`."""
        return self._tracks[k].trainer

    @property
    def epoch(self) -> int:
        """Completed epochs, of the networks that got furthest."""
        return self._furthest.epoch

    @property
    def progress(self) -> float:
        """Epochs, including the part of the current one that is done."""
        return self._furthest.progress

    @property
    def steps(self) -> int:
        """Completed steps, of the networks that got furthest."""
        return self._furthest.steps

    @property
    def steps_per_epoch(self) -> int:
        """Steps in one pass over the training points."""
        return -(-len(self._X) // self._tracks[0].trainer.batch_size)

    @property
    def statuses(self) -> tuple[str, ...]:
        """Of each network "ready", "running", "finished" or "diverged"."""
        return tuple(track.trainer.status for track in self._tracks)

    @property
    def status(self) -> str:
        """The status of the networks that are alive; "diverged" when none is."""
        found = set(self.statuses)
        return next((s for s in ("running", "ready", "finished") if s in found), "diverged")

    @property
    def divergences(self) -> tuple[Divergence | None, ...]:
        """Where and why each network diverged, or None."""
        return tuple(track.trainer.divergence for track in self._tracks)

    @property
    def losses(self) -> NDArray[np.float64]:
        """The training loss of each network, (K,); a diverged one has its last finite one."""
        return np.array([track.trainer.train_loss for track in self._tracks])

    @property
    def start_losses(self) -> NDArray[np.float64]:
        """The training loss of each network before training, (K,)."""
        return np.array([track.trainer.start_loss for track in self._tracks])

    @property
    def test_losses(self) -> NDArray[np.float64]:
        """The same for the test points."""
        return np.array([track.trainer.test_loss for track in self._tracks])

    # ---- looking inside ---------------------------------------------------------------------

    def statistics(self) -> tuple[LayerStatistics, ...]:
        """What every hidden layer of each network is like now."""
        return tuple(self._statistics(k) for k in range(len(self.networks)))

    def frame(
        self, names: Sequence[str] | None = None
    ) -> tuple[tuple[LayerStatistics, dict[str, Histograms]], ...]:
        """For each network the statistics and the histograms by name, from one pass.

        The histograms are those of `names`, or all (see `layer_histograms`): each costs as much as
        a third of the statistics.
        """
        return tuple(
            (
                self._statistics(k),
                layer_histograms(self._look(k), track.trainer.model.flat, track.weights, names),
            )
            for k, track in enumerate(self._tracks)
        )

    def _moment(self, k: int) -> _Moment:
        # A network that diverges goes back to older weights without a step.
        trainer = self._tracks[k].trainer
        return trainer.steps, trainer.divergence is None

    def _look(self, k: int) -> Signals:
        """The signals of network `k` with the weights of now, of the last pass if it holds."""
        signals, moment = self._looks[k], self._moment(k)
        if signals is None or self._looked[k] != moment:
            track = self._tracks[k]
            signals = self._looks[k] = track.probe.read(track.trainer.model.flat)
            self._looked[k] = moment
        return signals

    def _statistics(self, k: int) -> LayerStatistics:
        track, moment, seen = self._tracks[k], self._moment(k), self._seen[k]
        if seen is None or seen[0] != moment:
            signals, flat = self._look(k), track.trainer.model.flat
            found = layer_statistics(
                signals, flat, track.weights, self._updates[k], track.network.activation
            )
            seen = self._seen[k] = (moment, found)
        return seen[1]

    def measured(self) -> tuple[Moments, ...]:
        """Second moments by depth with the weights of now: what `expected` is held against."""
        return tuple(moments(self._look(k)) for k in range(len(self.networks)))

    def expected(self) -> tuple[Moments | None, ...]:
        """What theory predicts for each network before training; None where it does not apply.

        The inputs and the gradient that arrives at the last hidden layer at the start are taken as
        they are; all else is theory.
        """
        inputs = self._X[:PROBE_SAMPLES]
        return tuple(
            predicted(
                track.network.activation,
                track.network.init,
                self.widths,
                inputs,
                scale=track.network.scale,
                arriving=track.arriving,
            )
            if track.network.init in HOLDS_FOR
            else None
            for track in self._tracks
        )
