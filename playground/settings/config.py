"""A run as names and numbers: a frozen Config, validated when it is made, that reads as a URL.

Ranges of data and features come from their modules; the others are decided here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated, Any, Final

from engine import ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES, Sigmoid
from playground.data.datasets import (
    CLASSES,
    DATASETS,
    NOISE,
    SAMPLES,
    SEED,
    TRAIN_SHARE,
    Dataset,
    Task,
    make_dataset,
)
from playground.data.features import FEATURES, MAX_FOURIER
from playground.settings.base import Notice, Settings, capped, misspelled, read
from playground.settings.fields import (
    BoolField,
    ChoiceField,
    ChoicesField,
    FieldError,
    FloatField,
    IntField,
    NumbersField,
    SubsetField,
)
from playground.settings.labels import Labels
from playground.settings.words import run as words

MAX_LAYERS: Final = 8
MAX_UNITS: Final = 64
LEARNING_RATES: Final = 1e-6, 1e3
CLIPS: Final = 0, 1e6


@dataclass(frozen=True)
class Speed:
    """How fast Play goes: epochs a second (infinite: as fast as it goes), or one batch a frame."""

    label: str
    epochs_per_second: float
    one_batch_per_frame: bool = False


SPEEDS: Final[Mapping[str, Speed]] = MappingProxyType(
    {
        "batch": Speed(words.SPEEDS["batch"], 0.0, one_batch_per_frame=True),
        "1": Speed(words.SPEEDS["1"], 1.0),
        "5": Speed(words.SPEEDS["5"], 5.0),
        "25": Speed(words.SPEEDS["25"], 25.0),
        "60": Speed(words.SPEEDS["60"], 60.0),
        "250": Speed(words.SPEEDS["250"], 250.0),
        "max": Speed(words.SPEEDS["max"], math.inf),
    }
)

LAYOUTS: Final = words.LAYOUTS
PARTS: Final = words.PARTS

# Softmax works along the features: it belongs at the end of a network, not in its middle.
ACTIVATION_LABELS: Final = Labels(ACTIVATIONS, lambda _, kind: kind.elementwise)
# "constant" leaves every unit the same, as zeros does: one such choice is enough.
INIT_LABELS: Final = Labels(INITIALIZERS, lambda name, kind: name == kind.name != "constant")
INIT_ALIASES: Final = {name: kind.name for name, kind in INITIALIZERS.items() if name != kind.name}
LOSS_LABELS: Final = Labels(LOSSES, before={"auto": words.USUAL_LOSS})
LOSS_ALIASES: Final = {
    "softmax_cross_entropy": "cross_entropy",
    "bce": "binary_cross_entropy",
    "mean_squared_error": "mse",
    "brier": "softmax_mse",
}
OPTIMIZER_LABELS: Final = Labels(OPTIMIZERS)
SCHEDULE_LABELS: Final = Labels(SCHEDULES)


@dataclass(frozen=True)
class Config(Settings):
    """Everything that decides a run, and how it is shown.

    Values are canonical once made: aliases resolved, lists turned into tuples, features in their
    own order. A value out of range raises FieldError, a ValueError that names field and range.
    """

    dataset: Annotated[str, ChoiceField(words.DATASET, "structure", Labels(DATASETS))] = "spiral"
    samples: Annotated[int, IntField(words.SAMPLES, "structure", *SAMPLES)] = 500
    noise: Annotated[float, FloatField(words.NOISE, "structure", *NOISE)] = 0.0
    train_share: Annotated[float, FloatField(words.TRAIN_SHARE, "structure", *TRAIN_SHARE)] = 50.0
    classes: Annotated[int, IntField(words.CLASSES, "structure", *CLASSES)] = 3
    seed: Annotated[int, IntField(words.SEED, "structure", *SEED)] = 0
    features: Annotated[
        tuple[str, ...], SubsetField(words.FEATURES, "structure", Labels(FEATURES), len(FEATURES))
    ] = ("x1", "x2")
    fourier: Annotated[int, IntField(words.FOURIER, "structure", 0, MAX_FOURIER)] = 0
    layers: Annotated[
        tuple[int, ...],
        NumbersField(words.LAYERS, "structure", 1, MAX_UNITS, most=MAX_LAYERS, whole=True),
    ] = (8, 8, 8)
    activation: Annotated[str, ChoiceField(words.ACTIVATION, "structure", ACTIVATION_LABELS)] = (
        "tanh"
    )
    activations: Annotated[
        tuple[str, ...],
        ChoicesField(words.ACTIVATIONS, "structure", ACTIVATION_LABELS, MAX_LAYERS),
    ] = ()
    init: Annotated[
        str,
        ChoiceField(words.INIT, "structure", INIT_LABELS, aliases=INIT_ALIASES),
    ] = "glorot"
    init_scale: Annotated[float, FloatField(words.INIT_SCALE, "structure", 0, 100)] = 1.0
    loss: Annotated[
        str,
        ChoiceField(words.LOSS, "structure", LOSS_LABELS, aliases=LOSS_ALIASES),
    ] = "auto"
    dropout: Annotated[float, FloatField(words.DROPOUT, "structure", 0, 0.9)] = 0.0
    learning_rate: Annotated[float, FloatField(words.LEARNING_RATE, "live", *LEARNING_RATES)] = 0.03
    schedule: Annotated[str, ChoiceField(words.SCHEDULE, "live", SCHEDULE_LABELS)] = "constant"
    schedule_epochs: Annotated[int, IntField(words.SCHEDULE_EPOCHS, "live", 1, 1_000_000)] = 100
    schedule_factor: Annotated[
        float, FloatField(words.SCHEDULE_FACTOR, "live", 0, 1, open_low=True)
    ] = 0.5
    warmup: Annotated[int, IntField(words.WARMUP, "live", 0, 100_000)] = 0
    optimizer: Annotated[str, ChoiceField(words.OPTIMIZER, "live", OPTIMIZER_LABELS)] = "sgd"
    momentum: Annotated[float, FloatField(words.MOMENTUM, "live", 0, 1, open_high=True)] = 0.0
    nesterov: Annotated[bool, BoolField(words.NESTEROV, "live")] = False
    decay: Annotated[float, FloatField(words.DECAY, "live", 0, 1)] = 0.0
    beta1: Annotated[float, FloatField(words.BETA1, "live", 0, 1, open_high=True)] = 0.9
    beta2: Annotated[float, FloatField(words.BETA2, "live", 0, 1, open_high=True)] = 0.999
    rho: Annotated[float, FloatField(words.RHO, "live", 0, 1, open_high=True)] = 0.99
    eps: Annotated[float, FloatField(words.EPS, "live", 1e-16, 1)] = 1e-8
    weight_decay: Annotated[float, FloatField(words.WEIGHT_DECAY, "live", 0, 10)] = 0.0
    batch_size: Annotated[int, IntField(words.BATCH_SIZE, "live", 1, SAMPLES[1])] = 10
    l1: Annotated[float, FloatField(words.L1, "live", 0, 10)] = 0.0
    l2: Annotated[float, FloatField(words.L2, "live", 0, 10)] = 0.0
    clip: Annotated[float, FloatField(words.CLIP, "live", *CLIPS)] = 0.0
    epochs: Annotated[int, IntField(words.EPOCHS, "live", 1, 1_000_000)] = 1000
    speed: Annotated[str, ChoiceField(words.SPEED, "live", Labels(SPEEDS))] = "60"
    log_loss: Annotated[bool, BoolField(words.LOG_LOSS, "display")] = False
    discretize: Annotated[bool, BoolField(words.DISCRETIZE, "display")] = False
    show_test: Annotated[bool, BoolField(words.SHOW_TEST, "display")] = False

    layout: Annotated[str, ChoiceField(words.LAYOUT, "display", LAYOUTS)] = "all"
    lecture: Annotated[bool, BoolField(words.LECTURE, "display")] = False
    hide: Annotated[tuple[str, ...], SubsetField(words.HIDE, "display", PARTS, len(PARTS))] = (
        "sidebar",
        "links",
        "head",
        "switches",
        "details",
    )

    def agree(self) -> None:
        if not self.features and not self.fourier:
            raise FieldError("features", words.NO_INPUT, self.features)
        if self.activations and len(self.activations) != len(self.layers):
            raise FieldError(
                "activations",
                words.one_activation_each(len(self.layers)),
                self.activations,
            )
        folds = LOSSES[self.resolved_loss].folds  # a loss that folds in probabilities is of classes
        if self.task == "regression" and folds is not None:
            raise FieldError("loss", words.fit_task(self.task), self.loss)
        if folds is Sigmoid and self.n_classes != 2:
            raise FieldError("loss", words.fit_classes(self.n_classes), self.loss)

    @classmethod
    def for_dataset(cls, name: str) -> Config:
        """The defaults of a data set: its own number of points and noise, all else as usual."""
        spec = DATASETS[Config.FIELDS["dataset"].check(name)]
        return cls(dataset=name, samples=spec.default_samples, noise=spec.default_noise)

    @property
    def task(self) -> Task:
        return DATASETS[self.dataset].task

    @property
    def n_classes(self) -> int:
        """Classes of the data set with these settings; 0 for regression."""
        return DATASETS[self.dataset].n_classes(self.classes)

    @property
    def resolved_loss(self) -> str:
        """The loss by name: "auto" is cross-entropy for classes and mse for values."""
        return _AUTO_LOSS[self.task] if self.loss == "auto" else self.loss

    @property
    def layer_activations(self) -> tuple[str, ...]:
        """One activation for each hidden layer."""
        return self.activations or (self.activation,) * len(self.layers)

    @property
    def data(self) -> Dataset:
        """The points, to train on and to test."""
        return make_dataset(
            self.dataset, self.samples, self.noise, self.train_share, self.seed, self.classes
        )

    @property
    def training_points(self) -> int:
        """How many points there are to train on."""
        return len(self.data.X_train)

    def effective_batch_size(self, n_train: int) -> int:
        """The batch size, capped at the training set."""
        return min(self.batch_size, n_train)

    def in_room_of(self, other: Config) -> Config:
        """This one, on a page laid out as that of the other is."""
        return replace(self, **{name: getattr(other, name) for name in ROOM_FIELDS})

    @property
    def defaults(self) -> Config:
        return Config.for_dataset(self.dataset)

    def to_query(self) -> dict[str, str]:
        """URL parameters: only what differs from the data set's defaults."""
        named = {} if self.dataset == Config.dataset else {"dataset": self.dataset}
        return named | super().to_query()

    @classmethod
    def read(
        cls, given: Mapping[str, str], notices: list[Notice], base: Config | None = None
    ) -> Config:
        # The data set comes first: it decides the defaults that bad values fall back to.
        name = read(cls.FIELDS["dataset"], given, cls.dataset, notices)
        return super().read({**given, "dataset": name}, notices, base or cls.for_dataset(name))

    @classmethod
    def from_query(cls, given: Mapping[str, str]) -> tuple[Config, bool, list[Notice]]:
        """A Config from URL parameters, whether to play at once, and what was not understood.

        Never raises: a bad value falls back to its default with a notice. Unknown parameters are
        ignored, unless one is almost the name of a setting. At most MAX_NOTICES notices come
        back; a last one counts the rest.
        """
        notices: list[Notice] = []
        config = cls.read(given, notices)
        play = read(PLAY, given, False, notices)
        notices += misspelled(given, frozenset({*cls.FIELDS, PLAY.name}))
        return config, play, capped(notices)

    def fitting(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """A new data set brings its own number of points and noise where the old ones were the old
        data set's defaults; a loss that does not fit falls back to the usual one; activations by
        layer follow the number of layers.
        """
        full = dict(changes)
        if "dataset" in changes:
            old = DATASETS[self.dataset]
            new = DATASETS[Config.FIELDS["dataset"].check(changes["dataset"])]
            if self.samples == old.default_samples:
                full.setdefault("samples", new.default_samples)
            if self.noise == old.default_noise:
                full.setdefault("noise", new.default_noise)
        if "layers" in changes and self.activations:
            count = len(Config.FIELDS["layers"].check(changes["layers"]))
            each = self.activations + (self.activation,) * count
            full.setdefault("activations", each[:count])
        try:
            replace(self, **full)
        except FieldError as error:
            if error.field == "loss" and "loss" not in changes:
                full["loss"] = "auto"
        return full


STRUCTURE_FIELDS: Final = Config.with_effect("structure")  # a change starts anew
DISPLAY_FIELDS: Final = Config.with_effect("display")  # a change never touches training
SHOWN_FIELDS: Final = DISPLAY_FIELDS | {"speed"}  # how a run is shown, and how fast
LECTURE_FIELDS: Final = frozenset({"lecture", "hide"})  # what only the projector shows
ROOM_FIELDS: Final = LECTURE_FIELDS | {"layout"}  # how the page is laid out
PLAY: Final = BoolField(words.PLAY, "display", name="play", help=words.PLAY.help)
_AUTO_LOSS: Final[Mapping[Task, str]] = {"classification": "cross_entropy", "regression": "mse"}
