"""A Config brought to life: its data, model and trainer, and the answers that pictures need.

G is the number of points of a grid, C the number of classes, K the number of replicas.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from threadpoolctl import threadpool_limits

from engine import Dense, Dropout, Sequential, Sigmoid, Trainer
from engine.core.losses import LOSSES
from playground.data.features import FeatureMap
from playground.runs import words
from playground.runs.build import Replicas, network, optimizer, optimizer_settings, schedule
from playground.settings.config import LOSS_LABELS, STRUCTURE_FIELDS, Config

__all__ = ["Experiment", "Replicas", "centres"]

Floats = NDArray[np.floating[Any]]

# The matrices here are small: more threads only get in each other's way, and in other viewers'.
threadpool_limits(1)


class Experiment:
    """Data, model and trainer of one Config, as a single run or as K replicas that train as one.

    Each replica is the run of the Config with that replica's values in it. `history_size` and
    `checkpoints` go to the trainer.
    """

    def __init__(
        self,
        config: Config,
        replicas: Replicas | None = None,
        *,
        dtype: DTypeLike = np.float32,
        history_size: int = 512,
        checkpoints: int = 32,
    ) -> None:
        self.config = config
        self.replicas = replicas
        self.dataset = config.data
        self.n_classes = self.dataset.n_classes
        self.features = FeatureMap(config.features, config.fourier, config.seed)
        loss = LOSSES[config.resolved_loss]()
        outputs = 1 if self.n_classes == 0 or loss.folds is Sigmoid else self.n_classes
        self.model = self.build(self.features.n_features, outputs, dtype)
        self._one_hot = config.resolved_loss == "mse" and self.n_classes > 0
        self.trainer = Trainer(
            self.model,
            loss,
            optimizer(config, replicas),
            self.features.transform(self.dataset.X_train),
            self.targets(self.dataset.y_train),
            batch_size=config.effective_batch_size(len(self.dataset.X_train)),
            seed=config.seed,
            validation_data=(
                self.features.transform(self.dataset.X_test),
                self.targets(self.dataset.y_test),
            ),
            epochs=config.epochs,
            schedule=schedule(config),
            l1=config.l1,
            l2=config.l2,
            clip_norm=config.clip or None,
            history_size=history_size,
            checkpoints=checkpoints,
        )
        self._grids: dict[int, Floats] = {}

    def build(self, inputs: int, outputs: int, dtype: DTypeLike) -> Sequential:
        """The network, untrained."""
        return network(self.config, inputs, outputs, self.replicas, dtype)

    def targets(self, y: NDArray[Any]) -> NDArray[Any]:
        """Targets as the loss wants them: labels, values (N, 1), or one-hot rows for mse."""
        if self._one_hot:
            return np.asarray(np.eye(self.n_classes)[y])
        return y if self.n_classes else y.reshape(-1, 1)

    # ---- settings -------------------------------------------------------------------------

    def can_apply(self, config: Config) -> bool:
        """Whether the run can go on under `config`: it differs in live or display settings only."""
        return STRUCTURE_FIELDS.isdisjoint(config.differing(self.config))

    def apply(self, config: Config) -> None:
        """Change live settings without a reset. ValueError if the data or network would differ.

        What replicas have each for themselves, they keep.
        """
        if not self.can_apply(config):
            raise ValueError("this change needs a new experiment: the data or network would differ")
        old, trainer, own = self.config, self.trainer, optimizer(config, self.replicas)
        if config.optimizer != old.optimizer:
            trainer.set_optimizer(own)
        else:
            for name in optimizer_settings(config):
                setattr(trainer.optimizer, name, getattr(own, name))
            trainer.learning_rate = own.learning_rate
        self.config = config
        trainer.schedule = schedule(config)
        trainer.l1, trainer.l2 = config.l1, config.l2
        trainer.clip_norm = config.clip or None
        trainer.batch_size = config.effective_batch_size(len(self.dataset.X_train))
        if config.epochs != old.epochs:
            trainer.end_after(config.epochs)

    def reset(self) -> None:
        """Back to the same start, with as many epochs to go as the Config says."""
        self.trainer.reset()
        self.trainer.epochs = self.config.epochs

    def fork(self) -> Experiment:
        """The same run as one of its own, which can go elsewhere."""
        twin = copy.copy(self)
        twin.trainer = self.trainer.fork()
        assert isinstance(twin.trainer.model, Sequential)
        twin.model = twin.trainer.model
        return twin

    def extend(self) -> None:
        """Let a finished run go on for as many epochs again."""
        self.trainer.epochs = self.trainer.epoch + self.config.epochs

    @property
    def batch_size(self) -> int:
        """Points in a step."""
        return self.trainer.batch_size

    @property
    def steps_per_epoch(self) -> int:
        """Steps in one pass over the training points."""
        return -(-len(self.dataset.X_train) // self.trainer.batch_size)

    # ---- the network as a picture needs it ------------------------------------------------

    @property
    def loss_label(self) -> str:
        """The loss in words."""
        return LOSS_LABELS[self.config.resolved_loss].lower()

    @property
    def dense_layers(self) -> tuple[Dense, ...]:
        """The layers with weights, from first to last."""
        return self.model.dense_layers

    @property
    def units(self) -> list[int]:
        """Units in each column of the diagram: inputs, hidden layers, outputs."""
        dense = self.dense_layers
        return [self.features.n_features, *(layer.weight.shape[-1] for layer in dense)]

    @property
    def layer_names(self) -> list[str]:
        """Short names of the layers with weights."""
        hidden = [words.layer(i + 1) for i in range(len(self.config.layers))]
        return [*hidden, words.OUTPUT]

    def columns(self) -> list[dict[str, Any]]:
        """The diagram's columns: title, short title, note, units and the units' own labels."""
        titles = [words.INPUTS, *(name.capitalize() for name in self.layer_names)]
        shorts = [words.IN, *map(str, range(1, len(titles) - 1)), words.OUT]
        notes = ["", *self.config.layer_activations, self.loss_label]
        classes = [words.class_(c) for c in range(self.n_classes)] or [words.VALUE]
        labels: list[list[str] | None] = [None] * len(titles)
        labels[0] = list(self.features.labels)
        labels[-1] = classes if self.units[-1] == len(classes) else [words.class_(1)]
        keys = ("title", "short", "note", "units", "labels")
        found = zip(titles, shorts, notes, self.units, labels, strict=True)
        return [dict(zip(keys, column, strict=True)) for column in found]

    def answers(self, side: int) -> Floats:
        """What the network answers at the centres of a side x side grid, bottom row first.

        (G, C) probabilities for classes, (G,) values for regression; G = side squared. With
        replicas (K, G, C) and (K, G).
        """
        return self._answers(self._grid(side))

    def _grid(self, side: int) -> Floats:
        if side in self._grids:
            return self._grids[side]
        found = self._seen(centres(self.dataset.extent, side))
        # Only the grid that is drawn many times a second is worth its memory.
        if len(found) <= 3600:
            self._grids[side] = found
        return found

    def _seen(self, points: NDArray[np.float64]) -> Floats:
        """Points (N, 2) as the network takes them, (N, F)."""
        return self.features.transform(points).astype(self.model.dtype)

    def _answers(self, inputs: Floats) -> Floats:
        with np.errstate(all="ignore"):  # weights on the way out may be large; what is drawn is cut
            if self.n_classes == 0:
                return np.nan_to_num(self.model.forward(inputs)[..., 0])
            if not self._one_hot:
                return np.nan_to_num(self.model.predict_proba(inputs), nan=1 / self.n_classes)
            # Fitted to one-hot rows, an output is near 0 or 1 and read as a share of certainty.
            shares = np.clip(np.nan_to_num(self.model.forward(inputs)), 1e-6, 1)
            return np.asarray(shares / shares.sum(axis=-1, keepdims=True))

    def unit_answers(self, side: int) -> list[Floats]:
        """Answers over a grid of every unit, by column from inputs to outputs: (G, units) each.

        With replicas (K, G, units), except for the inputs, which all see alike.
        A hidden unit's answer is taken behind its activation.
        """
        inputs = self._grid(side)
        with np.errstate(all="ignore"):
            outputs = self.model.activations(inputs)
        columns = [inputs]
        for layer, output in zip(self.model.layers, outputs, strict=True):
            if isinstance(layer, Dense):
                columns.append(np.nan_to_num(output))
            elif not isinstance(layer, Dropout):
                columns[-1] = np.nan_to_num(output)
        return columns

    # ---- measures -------------------------------------------------------------------------

    def measures(self) -> list[tuple[str, str, float | None, float | None]]:
        """Rows (label, help, on training points, on test points) of how good the network is."""
        # scikit-learn takes a second to load: not before somebody wants to see a measure.
        from playground.runs.measures import MEASURES

        data, trainer = self.dataset, self.trainer
        train, test = (self._answers(self._seen(X)) for X in (data.X_train, data.X_test))
        return [
            (*words.LOSS, _finite(trainer.train_loss), _finite(trainer.test_loss)),
            *(
                (label, help_, measure(data.y_train, train), measure(data.y_test, test))
                for label, help_, measure in MEASURES[data.task]
            ),
        ]

    def confusion(self) -> dict[str, Any] | None:
        """Confusion matrix of the test points, rows the true classes; None for regression."""
        if self.n_classes == 0:
            return None
        from sklearn.metrics import confusion_matrix

        classes = range(self.n_classes)
        called = self._answers(self._seen(self.dataset.X_test)).argmax(axis=1)
        counts = confusion_matrix(self.dataset.y_test, called, labels=classes)
        return {"labels": [str(c) for c in classes], "counts": counts.tolist()}


def centres(extent: float, side: int) -> NDArray[np.float64]:
    """Centres of a side x side grid over [-extent, extent] squared, (side * side, 2).

    Row by row from the bottom, each row from left to right.
    """
    along = (np.arange(side) + 0.5) * (2 * extent / side) - extent
    x1, x2 = np.meshgrid(along, along)
    return np.column_stack([x1.ravel(), x2.ravel()])


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
