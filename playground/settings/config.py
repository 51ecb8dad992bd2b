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
        "batch": Speed("One batch a frame", 0.0, one_batch_per_frame=True),
        "1": Speed("1 epoch a second", 1.0),
        "5": Speed("5 epochs a second", 5.0),
        "25": Speed("25 epochs a second", 25.0),
        "60": Speed("60 epochs a second", 60.0),
        "250": Speed("250 epochs a second", 250.0),
        "max": Speed("As fast as it goes", math.inf),
    }
)

LAYOUTS: Final = MappingProxyType(
    {
        "all": "All four side by side",
        "boundary": "Boundary large",
        "curves": "Curves large",
        "network": "Network large",
    }
)
# What lecture mode may leave out.
PARTS: Final = MappingProxyType(
    {
        "sidebar": "The sidebar",
        "links": "The row of pages",
        "head": "Words and choices above the picture",
        "steps": "Step, Reset and New start",
        "speed": "The speed",
        "rate": "The learning rate",
        "readouts": "The numbers",
        "words": "The line of words and the gauge",
        "switches": "Switches and hints of the charts",
        "details": "What lies below the charts",
    }
)

# Softmax works along the features: it belongs at the end of a network, not in its middle.
ACTIVATION_LABELS: Final = Labels(ACTIVATIONS, lambda _, kind: kind.elementwise)
# "constant" leaves every unit the same, as zeros does: one such choice is enough.
INIT_LABELS: Final = Labels(INITIALIZERS, lambda name, kind: name == kind.name != "constant")
INIT_ALIASES: Final = {name: kind.name for name, kind in INITIALIZERS.items() if name != kind.name}
LOSS_LABELS: Final = Labels(LOSSES, before={"auto": "The usual one"})
LOSS_ALIASES: Final = {
    "softmax_cross_entropy": "cross_entropy",
    "bce": "binary_cross_entropy",
    "mean_squared_error": "mse",
}
OPTIMIZER_LABELS: Final = Labels(OPTIMIZERS)
SCHEDULE_LABELS: Final = Labels(SCHEDULES)


@dataclass(frozen=True)
class Config(Settings):
    """Everything that decides a run, and how it is shown.

    Values are canonical once made: aliases resolved, lists turned into tuples, features in their
    own order. A value out of range raises FieldError, a ValueError that names field and range.
    """

    dataset: Annotated[str, ChoiceField("Data set", "structure", Labels(DATASETS))] = "spiral"
    """The points to learn. Spirals are hard, Gaussian clouds are easy."""
    samples: Annotated[int, IntField("Points", "structure", *SAMPLES)] = 500
    """How many points there are in all. More points make a smoother boundary."""
    noise: Annotated[float, FloatField("Noise (%)", "structure", *NOISE)] = 0.0
    """How far chance blurs the classes. With noise, no boundary gets every point right."""
    train_share: Annotated[
        float, FloatField("Share for training (%)", "structure", *TRAIN_SHARE)
    ] = 50.0
    """The network learns from these points; the others only test what it has learned."""
    classes: Annotated[int, IntField("Classes", "structure", *CLASSES)] = 3
    """How many classes there are: spiral arms, blobs or rings."""
    seed: Annotated[int, IntField("Seed", "structure", *SEED)] = 0
    """Fixes every random choice. The same seed gives the same run; a new one, a new start."""
    features: Annotated[
        tuple[str, ...], SubsetField("Inputs", "structure", Labels(FEATURES), len(FEATURES))
    ] = ("x1", "x2")
    """What the network is told about each point. A well-chosen input can save a layer."""
    fourier: Annotated[int, IntField("Random waves", "structure", 0, MAX_FOURIER)] = 0
    """Adds this many random Fourier features, which make fine, wavy boundaries easy."""
    layers: Annotated[
        tuple[int, ...],
        NumbersField("Hidden layers", "structure", 1, MAX_UNITS, most=MAX_LAYERS, whole=True),
    ] = (8, 8, 8)
    """Units in each hidden layer. Without any, x₁ and x₂ can only draw a straight line."""
    activation: Annotated[str, ChoiceField("Activation", "structure", ACTIVATION_LABELS)] = "tanh"
    """The curve that each hidden unit bends its sum with. Without a bend, depth is no use."""
    activations: Annotated[
        tuple[str, ...],
        ChoicesField("Activation for each layer", "structure", ACTIVATION_LABELS, MAX_LAYERS),
    ] = ()
    """A different curve for each hidden layer, from the first to the last."""
    init: Annotated[
        str,
        ChoiceField("Initial weights", "structure", INIT_LABELS, aliases=INIT_ALIASES),
    ] = "glorot"
    """How the weights are drawn at the start. All zero leaves every unit the same forever."""
    init_scale: Annotated[float, FloatField("Scale of initial weights", "structure", 0, 100)] = 1.0
    """Multiplies the initial weights. Too small and signals fade; too large and they blow up."""
    loss: Annotated[
        str,
        ChoiceField("Loss", "structure", LOSS_LABELS, aliases=LOSS_ALIASES),
    ] = "auto"
    """The number that training makes small: how wrong the network is on average."""
    dropout: Annotated[float, FloatField("Dropout", "structure", 0, 0.9)] = 0.0
    """The share of hidden units switched off at random in each step, against overfitting."""
    learning_rate: Annotated[float, FloatField("Learning rate", "live", *LEARNING_RATES)] = 0.03
    """How far each step moves the weights. Too high and the loss climbs instead of falling."""
    schedule: Annotated[str, ChoiceField("Schedule", "live", SCHEDULE_LABELS)] = "constant"
    """How the learning rate changes as training goes on: big steps first, fine ones later."""
    schedule_epochs: Annotated[int, IntField("Schedule epochs", "live", 1, 1_000_000)] = 100
    """How many epochs one step, or the whole descent, of the schedule takes."""
    schedule_factor: Annotated[
        float, FloatField("Schedule factor", "live", 0, 1, open_low=True)
    ] = 0.5
    """Step and exponential schedules multiply the learning rate by this, again and again."""
    warmup: Annotated[int, IntField("Warm-up epochs", "live", 0, 100_000)] = 0
    """The learning rate climbs from near zero over this many epochs. 0 starts at full speed."""
    optimizer: Annotated[str, ChoiceField("Optimizer", "live", OPTIMIZER_LABELS)] = "sgd"
    """The rule that turns gradients into steps. Adam adapts a step size for each weight."""
    momentum: Annotated[float, FloatField("Momentum", "live", 0, 1, open_high=True)] = 0.0
    """How much of the last step carries over, like a heavy ball. 0 is plain descent."""
    nesterov: Annotated[bool, BoolField("Nesterov", "live")] = False
    """Looks ahead along the momentum before it measures the slope. Needs momentum."""
    decay: Annotated[float, FloatField("Decay", "live", 0, 1)] = 0.0
    """Shrinks the learning rate a little at every step: rate / (1 + decay x steps)."""
    beta1: Annotated[float, FloatField("Beta 1", "live", 0, 1, open_high=True)] = 0.9
    """How long Adam remembers past gradients: nearer to 1 is longer."""
    beta2: Annotated[float, FloatField("Beta 2", "live", 0, 1, open_high=True)] = 0.999
    """How long Adam remembers the size of past gradients: nearer to 1 is longer."""
    rho: Annotated[float, FloatField("Rho", "live", 0, 1, open_high=True)] = 0.99
    """How long RMSprop remembers the size of past gradients: nearer to 1 is longer."""
    eps: Annotated[float, FloatField("Epsilon", "live", 1e-16, 1)] = 1e-8
    """A tiny number that keeps the optimizer from dividing by zero."""
    weight_decay: Annotated[float, FloatField("Weight decay", "live", 0, 10)] = 0.0
    """The optimizer's own pull towards zero. AdamW keeps it apart from the gradient."""
    batch_size: Annotated[int, IntField("Batch size", "live", 1, SAMPLES[1])] = 10
    """Points that each step looks at. Small batches are quick and jumpy, large ones smooth."""
    l1: Annotated[float, FloatField("L1 penalty", "live", 0, 10)] = 0.0
    """Pulls every weight towards zero by the same amount: those that do not help fade out."""
    l2: Annotated[float, FloatField("L2 penalty", "live", 0, 10)] = 0.0
    """Pulls large weights towards zero the most, which makes boundaries smoother."""
    clip: Annotated[float, FloatField("Gradient clipping", "live", *CLIPS)] = 0.0
    """Shortens any gradient longer than this, which can stop a blow-up. 0 is off."""
    epochs: Annotated[int, IntField("Epochs", "live", 1, 1_000_000)] = 1000
    """Training stops after this many passes over the training points."""
    speed: Annotated[str, ChoiceField("Speed", "live", Labels(SPEEDS))] = "60"
    """How fast Play goes. It changes what you see, never what is learned."""
    log_loss: Annotated[bool, BoolField("Logarithmic loss axis", "display")] = False
    """Each line up is ten times as much. Shows a blow-up and the last fine gains alike."""
    discretize: Annotated[bool, BoolField("Hard boundary", "display")] = False
    """Shows only the winning class, not how sure the network is."""
    show_test: Annotated[bool, BoolField("Show test points", "display")] = False
    """Also shows the points that the network never trains on."""

    layout: Annotated[str, ChoiceField("Layout", "display", LAYOUTS)] = "all"
    """Which of the charts has most of the room."""
    lecture: Annotated[bool, BoolField("Lecture mode", "display")] = False
    """Large type and thick lines, for a projector."""
    hide: Annotated[
        tuple[str, ...], SubsetField("Hidden in a lecture", "display", PARTS, len(PARTS))
    ] = ("sidebar", "links", "head", "switches", "details")
    """What lecture mode leaves out of the screen."""

    def agree(self) -> None:
        if not self.features and not self.fourier:
            raise FieldError("features", "must name at least one input", self.features)
        if self.activations and len(self.activations) != len(self.layers):
            raise FieldError(
                "activations",
                f"must name one activation for each of the {len(self.layers)} hidden layers",
                self.activations,
            )
        folds = LOSSES[self.resolved_loss].folds  # a loss that folds in probabilities is of classes
        if self.task == "regression" and folds is not None:
            raise FieldError("loss", f"must fit {self.task}: auto or mse", self.loss)
        if folds is Sigmoid and self.n_classes != 2:
            raise FieldError("loss", f"must fit {self.n_classes} classes: not binary", self.loss)

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
PLAY: Final = BoolField(
    "Play", "display", name="play", help="Starts training as soon as the page opens."
)
_AUTO_LOSS: Final[Mapping[Task, str]] = {"classification": "cross_entropy", "regression": "mse"}
