"""A run as names and numbers: a frozen Config, validated when it is made, that reads as a URL.

One table, FIELDS, holds each setting's range, choices, label, help line and effect. Validation,
the URL and the controls all read it, so a setting is described once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar, Final

from playground.datasets import (
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
from playground.features import FEATURES, MAX_FOURIER
from playground.fields import (
    BoolField,
    ChoiceField,
    Choices,
    ChoicesField,
    Effect,
    FieldError,
    FieldSpec,
    FloatField,
    IntField,
    Notice,
    Settings,
    SubsetField,
    capped,
    misspelled,
    read,
    table,
    texts,
)
from playground.number_lists import NumbersField

MAX_LAYERS: Final = 8
MAX_UNITS: Final = 64


@dataclass(frozen=True)
class Speed:
    """How fast Play goes: epochs a second (infinite: as fast as it goes), or one batch a frame."""

    label: str
    epochs_per_second: float
    one_batch_per_frame: bool = False


SPEEDS: Final[Mapping[str, Speed]] = MappingProxyType(
    {
        "batch": Speed("One batch a frame", 0.0, one_batch_per_frame=True),
        "1": Speed("1 epoch a second", 1.0),
        "5": Speed("5 epochs a second", 5.0),
        "25": Speed("25 epochs a second", 25.0),
        "60": Speed("60 epochs a second", 60.0),
        "250": Speed("250 epochs a second", 250.0),
        "max": Speed("As fast as it goes", math.inf),
    }
)

ACTIVATION_LABELS: Final[Choices] = {
    "tanh": "Tanh",
    "relu": "ReLU",
    "leaky_relu": "Leaky ReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "sigmoid": "Sigmoid",
    "softplus": "Softplus",
    "identity": "Identity",
}
INIT_LABELS: Final[Choices] = {
    "glorot": "Glorot (Xavier)",
    "he": "He (Kaiming)",
    "lecun": "LeCun",
    "orthogonal": "Orthogonal",
    "uniform": "Uniform",
    "normal": "Normal, variance 1",
    "zeros": "All zero",
}
LOSS_LABELS: Final[Choices] = {
    "auto": "The usual one",
    "cross_entropy": "Cross-entropy",
    "binary_cross_entropy": "Binary cross-entropy",
    "mse": "Mean squared error",
}
OPTIMIZER_LABELS: Final[Choices] = {
    "sgd": "SGD",
    "rmsprop": "RMSprop",
    "adagrad": "Adagrad",
    "adam": "Adam",
    "adamw": "AdamW",
}
SCHEDULE_LABELS: Final[Choices] = {
    "constant": "Constant",
    "step": "Step",
    "exponential": "Exponential",
    "cosine": "Cosine",
}


# The ranges of data and features come from their modules; the others are decided here.
FIELDS: Final[Mapping[str, FieldSpec]] = table(
    ChoiceField(
        name="dataset",
        label="Data set",
        help="The points to learn. Spirals are hard, Gaussian clouds are easy.",
        effect="structure",
        choices={name: spec.label for name, spec in DATASETS.items()},
    ),
    IntField(
        name="samples",
        label="Points",
        help="How many points there are in all. More points make a smoother boundary.",
        effect="structure",
        low=SAMPLES[0],
        high=SAMPLES[1],
    ),
    FloatField(
        name="noise",
        label="Noise (%)",
        help="How far chance blurs the classes. With noise, no boundary gets every point right.",
        effect="structure",
        low=NOISE[0],
        high=NOISE[1],
    ),
    FloatField(
        name="train_share",
        label="Share for training (%)",
        help="The network learns from these points; the others only test what it has learned.",
        effect="structure",
        low=TRAIN_SHARE[0],
        high=TRAIN_SHARE[1],
    ),
    IntField(
        name="classes",
        label="Classes",
        help="How many classes there are: spiral arms, blobs or rings.",
        effect="structure",
        low=CLASSES[0],
        high=CLASSES[1],
    ),
    IntField(
        name="seed",
        label="Seed",
        help="Fixes every random choice. The same seed gives the same run; a new one, a new start.",
        effect="structure",
        low=SEED[0],
        high=SEED[1],
    ),
    SubsetField(
        name="features",
        label="Inputs",
        help="What the network is told about each point. A well-chosen input can save a layer.",
        effect="structure",
        choices={name: spec.label for name, spec in FEATURES.items()},
        high=len(FEATURES),
    ),
    IntField(
        name="fourier",
        label="Random waves",
        help="Adds this many random Fourier features, which make fine, wavy boundaries easy.",
        effect="structure",
        low=0,
        high=MAX_FOURIER,
    ),
    NumbersField(
        name="layers",
        label="Hidden layers",
        help="Units in each hidden layer. Without any, x₁ and x₂ can only draw a straight line.",
        effect="structure",
        low=1,
        high=MAX_UNITS,
        most=MAX_LAYERS,
        whole=True,
    ),
    ChoiceField(
        name="activation",
        label="Activation",
        help="The curve that each hidden unit bends its sum with. Without a bend, depth is no use.",
        effect="structure",
        choices=ACTIVATION_LABELS,
    ),
    ChoicesField(
        name="activations",
        label="Activation for each layer",
        help="A different curve for each hidden layer, from the first to the last.",
        effect="structure",
        choices=ACTIVATION_LABELS,
        high=MAX_LAYERS,
    ),
    ChoiceField(
        name="init",
        label="Initial weights",
        help="How the weights are drawn at the start. All zero leaves every unit the same forever.",
        effect="structure",
        choices=INIT_LABELS,
        aliases={"xavier": "glorot", "kaiming": "he"},
    ),
    FloatField(
        name="init_scale",
        label="Scale of initial weights",
        help="Multiplies the initial weights. Too small and signals fade; too large and they blow "
        "up.",
        effect="structure",
        low=0,
        high=100,
    ),
    ChoiceField(
        name="loss",
        label="Loss",
        help="The number that training makes small: how wrong the network is on average.",
        effect="structure",
        choices=LOSS_LABELS,
        aliases={
            "softmax_cross_entropy": "cross_entropy",
            "bce": "binary_cross_entropy",
            "mean_squared_error": "mse",
        },
    ),
    FloatField(
        name="dropout",
        label="Dropout",
        help="The share of hidden units switched off at random in each step, against overfitting.",
        effect="structure",
        low=0,
        high=0.9,
    ),
    FloatField(
        name="learning_rate",
        label="Learning rate",
        help="How far each step moves the weights. Too high and the loss climbs instead of "
        "falling.",
        effect="live",
        low=1e-6,
        high=1e3,
    ),
    ChoiceField(
        name="schedule",
        label="Schedule",
        help="How the learning rate changes as training goes on: big steps first, fine ones later.",
        effect="live",
        choices=SCHEDULE_LABELS,
    ),
    IntField(
        name="schedule_epochs",
        label="Schedule epochs",
        help="How many epochs one step, or the whole descent, of the schedule takes.",
        effect="live",
        low=1,
        high=1_000_000,
    ),
    FloatField(
        name="schedule_factor",
        label="Schedule factor",
        help="Step and exponential schedules multiply the learning rate by this, again and again.",
        effect="live",
        low=0,
        high=1,
        open_low=True,
    ),
    IntField(
        name="warmup",
        label="Warm-up epochs",
        help="The learning rate climbs from near zero over this many epochs. 0 starts at full "
        "speed.",
        effect="live",
        low=0,
        high=100_000,
    ),
    ChoiceField(
        name="optimizer",
        label="Optimizer",
        help="The rule that turns gradients into steps. Adam adapts a step size for each weight.",
        effect="live",
        choices=OPTIMIZER_LABELS,
    ),
    FloatField(
        name="momentum",
        label="Momentum",
        help="How much of the last step carries over, like a heavy ball. 0 is plain descent.",
        effect="live",
        low=0,
        high=1,
        open_high=True,
    ),
    BoolField(
        name="nesterov",
        label="Nesterov",
        help="Looks ahead along the momentum before it measures the slope. Needs momentum.",
        effect="live",
    ),
    FloatField(
        name="decay",
        label="Decay",
        help="Shrinks the learning rate a little at every step: rate / (1 + decay x steps).",
        effect="live",
        low=0,
        high=1,
    ),
    FloatField(
        name="beta1",
        label="Beta 1",
        help="How long Adam remembers past gradients: nearer to 1 is longer.",
        effect="live",
        low=0,
        high=1,
        open_high=True,
    ),
    FloatField(
        name="beta2",
        label="Beta 2",
        help="How long Adam remembers the size of past gradients: nearer to 1 is longer.",
        effect="live",
        low=0,
        high=1,
        open_high=True,
    ),
    FloatField(
        name="rho",
        label="Rho",
        help="How long RMSprop remembers the size of past gradients: nearer to 1 is longer.",
        effect="live",
        low=0,
        high=1,
        open_high=True,
    ),
    FloatField(
        name="eps",
        label="Epsilon",
        help="A tiny number that keeps the optimizer from dividing by zero.",
        effect="live",
        low=1e-16,
        high=1,
    ),
    FloatField(
        name="weight_decay",
        label="Weight decay",
        help="The optimizer's own pull towards zero. AdamW keeps it apart from the gradient.",
        effect="live",
        low=0,
        high=10,
    ),
    IntField(
        name="batch_size",
        label="Batch size",
        help="Points that each step looks at. Small batches are quick and jumpy, large ones "
        "smooth.",
        effect="live",
        low=1,
        high=SAMPLES[1],
    ),
    FloatField(
        name="l1",
        label="L1 penalty",
        help="Pulls every weight towards zero by the same amount: those that do not help fade out.",
        effect="live",
        low=0,
        high=10,
    ),
    FloatField(
        name="l2",
        label="L2 penalty",
        help="Pulls large weights towards zero the most, which makes boundaries smoother.",
        effect="live",
        low=0,
        high=10,
    ),
    FloatField(
        name="clip",
        label="Gradient clipping",
        help="Shortens any gradient longer than this, which can stop a blow-up. 0 is off.",
        effect="live",
        low=0,
        high=1e6,
    ),
    IntField(
        name="epochs",
        label="Epochs",
        help="Training stops after this many passes over the training points.",
        effect="live",
        low=1,
        high=1_000_000,
    ),
    ChoiceField(
        name="speed",
        label="Speed",
        help="How fast Play goes. It changes what you see, never what is learned.",
        effect="live",
        choices={name: speed.label for name, speed in SPEEDS.items()},
    ),
    BoolField(
        name="log_loss",
        label="Logarithmic loss axis",
        help="Each line up is ten times as much. Shows a blow-up and the last fine gains alike.",
        effect="display",
    ),
    BoolField(
        name="discretize",
        label="Hard boundary",
        help="Shows only the winning class, not how sure the network is.",
        effect="display",
    ),
    BoolField(
        name="show_test",
        label="Show test points",
        help="Also shows the points that the network never trains on.",
        effect="display",
    ),
)


def _with_effect(effect: Effect) -> frozenset[str]:
    return frozenset(name for name, spec in FIELDS.items() if spec.effect == effect)


STRUCTURE_FIELDS: Final = _with_effect("structure")  # a change starts anew
LIVE_FIELDS: Final = _with_effect("live")  # a change applies while running
DISPLAY_FIELDS: Final = _with_effect("display")  # a change never touches training


@dataclass(frozen=True)
class Config(Settings):
    """Everything that decides a run, and how it is shown.

    Values are canonical once made: aliases resolved, lists turned into tuples, features in their
    own order. A value out of range raises FieldError, a ValueError that names field and range.
    """

    FIELDS: ClassVar[Mapping[str, FieldSpec]] = FIELDS
    BASE: ClassVar[frozenset[str]] = frozenset({"dataset"})

    dataset: str = "spiral"
    samples: int = 500
    noise: float = 0.0
    train_share: float = 50.0
    classes: int = 3
    seed: int = 0
    features: tuple[str, ...] = ("x1", "x2")
    fourier: int = 0
    layers: tuple[int, ...] = (8, 8, 8)
    activation: str = "tanh"
    activations: tuple[str, ...] = ()
    init: str = "glorot"
    init_scale: float = 1.0
    loss: str = "auto"
    dropout: float = 0.0
    learning_rate: float = 0.03
    schedule: str = "constant"
    schedule_epochs: int = 100
    schedule_factor: float = 0.5
    warmup: int = 0
    optimizer: str = "sgd"
    momentum: float = 0.0
    nesterov: bool = False
    decay: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    rho: float = 0.99
    eps: float = 1e-8
    weight_decay: float = 0.0
    batch_size: int = 10
    l1: float = 0.0
    l2: float = 0.0
    clip: float = 0.0
    epochs: int = 1000
    speed: str = "60"
    log_loss: bool = False
    discretize: bool = False
    show_test: bool = False

    def agree(self) -> None:
        if not self.features and not self.fourier:
            raise FieldError("features", "must name at least one input", self.features)
        if self.activations and len(self.activations) != len(self.layers):
            raise FieldError(
                "activations",
                f"must name one activation for each of the {len(self.layers)} hidden layers",
                self.activations,
            )
        if self.resolved_loss not in _LOSSES_FOR[self.task]:
            raise FieldError("loss", f"must fit {self.task}: auto or mse", self.loss)
        if self.resolved_loss == "binary_cross_entropy" and self.n_classes != 2:
            raise FieldError("loss", f"must fit {self.n_classes} classes: not binary", self.loss)

    @classmethod
    def for_dataset(cls, name: str) -> Config:
        """The defaults of a data set: its own number of points and noise, all else as usual."""
        spec = DATASETS[FIELDS["dataset"].check(name)]
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

    @property
    def defaults(self) -> Config:
        return Config.for_dataset(self.dataset)

    def to_query(self) -> dict[str, str]:
        """URL parameters: only what differs from the data set's defaults."""
        named = {} if self.dataset == Config.dataset else {"dataset": self.dataset}
        return named | super().to_query()

    @classmethod
    def base_for(cls, given: Mapping[str, str], notices: list[Notice]) -> Config:
        # The data set comes first: it decides the defaults that bad values fall back to.
        return cls.for_dataset(read(FIELDS["dataset"], given, cls.dataset, notices))

    @classmethod
    def from_query(cls, params: Mapping[str, str]) -> tuple[Config, bool, list[Notice]]:
        """A Config from URL parameters, whether to play at once, and what was not understood.

        Never raises: a bad value falls back to its default with a notice. Unknown parameters are
        ignored, unless one is almost the name of a setting. At most MAX_NOTICES notices come
        back; a last one counts the rest.
        """
        given = texts(params)
        notices: list[Notice] = []
        config = cls.read(given, notices)
        play = read(PLAY, given, False, notices)
        notices += misspelled(given, frozenset({*FIELDS, PLAY.name}))
        return config, play, capped(notices)

    def fitting(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """`changes` and what they drag along so that the settings agree with each other.

        A new data set brings its own number of points and noise where the old ones were the old
        data set's defaults; a loss that does not fit falls back to the usual one; activations by
        layer follow the number of layers.
        """
        full = dict(changes)
        if "dataset" in changes:
            old = DATASETS[self.dataset]
            new = DATASETS[FIELDS["dataset"].check(changes["dataset"])]
            if self.samples == old.default_samples:
                full.setdefault("samples", new.default_samples)
            if self.noise == old.default_noise:
                full.setdefault("noise", new.default_noise)
        if "layers" in changes and self.activations:
            count = len(FIELDS["layers"].check(changes["layers"]))
            kept = self.activations[:count]
            more = count - len(kept)
            full.setdefault("activations", kept + (self.activation,) * more)
        try:
            replace(self, **full)
        except FieldError as error:
            if error.field == "loss" and "loss" not in changes:
                full["loss"] = "auto"
        return full


PLAY: Final = BoolField(
    name="play", label="Play", help="Starts training as soon as the page opens.", effect="display"
)
_AUTO_LOSS: Final[Mapping[Task, str]] = {"classification": "cross_entropy", "regression": "mse"}
_LOSSES_FOR: Final[Mapping[Task, frozenset[str]]] = {
    "classification": frozenset({"cross_entropy", "binary_cross_entropy", "mse"}),
    "regression": frozenset({"mse"}),
}
