"""A run as names and numbers: a frozen Config, validated when it is made, that reads as a URL.

One table, FIELDS, holds each setting's range, choices, label, help line and effect. Validation,
the URL and the controls all read it, so a setting is described once.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any, Final, Literal

from playground.datasets import CLASSES, DATASETS, NOISE, SAMPLES, SEED, TRAIN_SHARE, Task
from playground.features import FEATURES, MAX_FOURIER

Effect = Literal["structure", "live", "display"]
Choices = Mapping[str, str]

MAX_LAYERS: Final = 8
MAX_UNITS: Final = 64
MAX_NOTICES: Final = 5

_GIVEN_LENGTH: Final = 40
_TEXT_LENGTH: Final = 400
_UNKNOWN_CHECKED: Final = 20
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.I)
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off", ""})


class FieldError(ValueError):
    """A setting that cannot be: which field, what it must be, what was given."""

    def __init__(self, field: str, requirement: str, given: object) -> None:
        super().__init__(f"{field} {requirement}, got {_brief(given)}")
        self.field = field
        self.requirement = requirement


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


@dataclass(frozen=True, kw_only=True)
class FieldSpec(ABC):
    """What is known about one setting. Subclasses add how a kind of value is checked and written.

    `low` and `high` bound a number (or each entry, or the length of what is listed); `open_low`
    and `open_high` leave the bound itself out. `choices` maps allowed names to human labels.
    """

    name: str
    label: str
    help: str
    effect: Effect
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    choices: Choices = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    @abstractmethod
    def check(self, value: object) -> Any:
        """The value in its canonical form, or FieldError."""

    @abstractmethod
    def parse(self, text: str) -> Any:
        """The value that a URL's text stands for, checked, or FieldError."""

    def text(self, value: Any) -> str:
        """The URL's text for a checked value; `parse` gives the same value back exactly."""
        return str(value)

    @property
    @abstractmethod
    def requirement(self) -> str:
        """What a value must be, in words that follow the field's name."""

    def error(self, given: object) -> FieldError:
        return FieldError(self.name, self.requirement, given)

    def _within(self, number: float) -> bool:
        # A NaN fails both comparisons.
        above = number > self.low if self.open_low else number >= self.low
        below = number < self.high if self.open_high else number <= self.high
        return above and below

    def _range(self) -> str:
        start = f"above {self.low:.10g}, up" if self.open_low else f"from {self.low:.10g}"
        end = f"to below {self.high:.10g}" if self.open_high else f"to {self.high:.10g}"
        return f"{start} {end}"


class IntField(FieldSpec):
    """A whole number from `low` to `high`."""

    @property
    def requirement(self) -> str:
        return f"must be a whole number {self._range()}"

    def check(self, value: object) -> int:
        whole = _as_int(value)
        if whole is None or not self._within(whole):
            raise self.error(value)
        return whole

    def parse(self, text: str) -> int:
        number = _as_number(text)
        if number is None or not number.is_integer():
            raise self.error(text)
        return self.check(int(number))


class FloatField(FieldSpec):
    """A finite number from `low` to `high`, kept as a float."""

    @property
    def requirement(self) -> str:
        return f"must be a number {self._range()}"

    def check(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, Real):
            raise self.error(value)
        try:
            number = float(value)
        except OverflowError:  # an int too large for a float
            raise self.error(value) from None
        if not self._within(number):
            raise self.error(value)
        return number + 0.0  # a negative zero becomes zero

    def parse(self, text: str) -> float:
        number = _as_number(text)
        if number is None:
            raise self.error(text)
        return self.check(number)

    def text(self, value: float) -> str:
        # repr is exact; "15.0" reads better as "15" and means the same float.
        return repr(value).removesuffix(".0")


class BoolField(FieldSpec):
    """On or off."""

    @property
    def requirement(self) -> str:
        return "must be true or false"

    def check(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise self.error(value)
        return value

    def parse(self, text: str) -> bool:
        word = text.strip().lower()
        if word not in _TRUE | _FALSE:
            raise self.error(text)
        return word in _TRUE

    def text(self, value: bool) -> str:
        return "true" if value else "false"


class ChoiceField(FieldSpec):
    """One of `choices`; an alias stands for its canonical name."""

    @property
    def requirement(self) -> str:
        return f"must be one of {', '.join(self.choices)}"

    def check(self, value: object) -> str:
        if not isinstance(value, str):
            raise self.error(value)
        name = self.aliases.get(value, value)
        if name not in self.choices:
            raise self.error(value)
        return name

    def parse(self, text: str) -> str:
        return self.check(text.strip().lower())


class ChoicesField(FieldSpec):
    """A list of `choices`, at most `high` of them; in a URL parted by commas."""

    @property
    def requirement(self) -> str:
        return f"must be at most {self.high:g} of {', '.join(self.choices)}"

    def check(self, value: object) -> tuple[str, ...]:
        entries = _as_tuple(value)
        if entries is None or len(entries) > self.high:
            raise self.error(value)
        names = tuple(self.aliases.get(e, e) for e in entries if isinstance(e, str))
        if len(names) != len(entries) or any(name not in self.choices for name in names):
            raise self.error(value)
        return names

    def parse(self, text: str) -> tuple[str, ...]:
        try:
            return self.check(_split(text.lower()))
        except FieldError:
            raise self.error(text) from None

    def text(self, value: Sequence[str]) -> str:
        return ",".join(value)


class SubsetField(ChoicesField):
    """A set of `choices`, kept in their own order whatever order they were picked in."""

    @property
    def requirement(self) -> str:
        return f"must be some of {', '.join(self.choices)}, each once"

    def check(self, value: object) -> tuple[str, ...]:
        names = super().check(value)
        if len(set(names)) != len(names):
            raise self.error(value)
        return tuple(name for name in self.choices if name in names)


@dataclass(frozen=True, kw_only=True)
class IntsField(FieldSpec):
    """At most `most` whole numbers, each from `low` to `high`; in a URL parted by commas."""

    most: int

    @property
    def requirement(self) -> str:
        return f"must be at most {self.most} whole numbers, each {self._range()}"

    def check(self, value: object) -> tuple[int, ...]:
        entries = _as_tuple(value)
        if entries is None or len(entries) > self.most:
            raise self.error(value)
        numbers = tuple(number for entry in entries if (number := _as_int(entry)) is not None)
        if len(numbers) != len(entries) or not all(map(self._within, numbers)):
            raise self.error(value)
        return numbers

    def parse(self, text: str) -> tuple[int, ...]:
        numbers = [_as_number(entry) for entry in _split(text)]
        whole = [int(n) for n in numbers if n is not None and n.is_integer()]
        if len(whole) != len(numbers):
            raise self.error(text)
        try:
            return self.check(whole)
        except FieldError:
            raise self.error(text) from None

    def text(self, value: Sequence[int]) -> str:
        return ",".join(map(str, value))


def _table(*specs: FieldSpec) -> Mapping[str, FieldSpec]:
    return MappingProxyType({spec.name: spec for spec in specs})


# The ranges of data and features come from their modules; the others are decided here.
FIELDS: Final[Mapping[str, FieldSpec]] = _table(
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
    IntsField(
        name="layers",
        label="Hidden layers",
        help="Units in each hidden layer. Without any, x₁ and x₂ can only draw a straight line.",
        effect="structure",
        low=1,
        high=MAX_UNITS,
        most=MAX_LAYERS,
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
class Notice:
    """A URL parameter that was not taken as it stood.

    `parameter` and `given` come from outside and are cut and stripped of unprintable characters;
    they are still hostile text. `markdown` is safe to show.
    """

    parameter: str
    given: str
    reason: str
    used: str = ""

    @property
    def text(self) -> str:
        """One plain sentence, for places that interpret nothing."""
        return self._sentence(lambda outside: f"“{outside}”")

    @property
    def markdown(self) -> str:
        """The same sentence with the foreign text in code spans, where nothing is interpreted."""
        return self._sentence(lambda outside: f"`{outside.replace('`', chr(39)) or ' '}`")

    def _sentence(self, quote: Callable[[str], str]) -> str:
        if not self.parameter:
            return self.reason
        instead = f" Using {quote(self.used)} instead." if self.used else ""
        given = f" ({quote(self.given)} was given)" if self.given else ""
        return f"{quote(self.parameter)} {self.reason}{given}.{instead}"


@dataclass(frozen=True)
class Config:
    """Everything that decides a run, and how it is shown.

    Values are canonical once made: aliases resolved, lists turned into tuples, features in their
    own order. A value out of range raises FieldError, a ValueError that names field and range.
    """

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

    def __post_init__(self) -> None:
        for name, spec in FIELDS.items():
            object.__setattr__(self, name, spec.check(getattr(self, name)))
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

    def effective_batch_size(self, n_train: int) -> int:
        """The batch size, capped at the training set."""
        return min(self.batch_size, n_train)

    def to_query(self) -> dict[str, str]:
        """URL parameters: only what differs from the data set's defaults."""
        base = Config.for_dataset(self.dataset)
        query = {
            name: spec.text(value)
            for name, spec in FIELDS.items()
            if (value := getattr(self, name)) != getattr(base, name)
        }
        named = {} if self.dataset == Config.dataset else {"dataset": self.dataset}
        return named | query

    @classmethod
    def from_query(cls, params: Mapping[str, str]) -> tuple[Config, bool, list[Notice]]:
        """A Config from URL parameters, whether to play at once, and what was not understood.

        Never raises: a bad value falls back to its default with a notice. Unknown parameters are
        ignored, unless one is almost the name of a setting. At most MAX_NOTICES notices come
        back; a last one counts the rest.
        """
        given = {_text(name): _text(value) for name, value in params.items()}
        notices: list[Notice] = []
        values: dict[str, Any] = {}
        # The data set comes first: it decides the defaults that bad values fall back to.
        dataset = _read(FIELDS["dataset"], given, Config(), notices)
        base = cls.for_dataset(dataset)
        for name, spec in FIELDS.items():
            if name != "dataset":
                values[name] = _read(spec, given, base, notices)
        config = _agreeing(base, values, given, notices)
        play = _read(_PLAY, given, None, notices)
        notices += _misspelled(given)
        return config, play, _capped(notices)


_PLAY: Final = BoolField(
    name="play", label="Play", help="Starts training as soon as the page opens.", effect="display"
)
_AUTO_LOSS: Final[Mapping[Task, str]] = {"classification": "cross_entropy", "regression": "mse"}
_LOSSES_FOR: Final[Mapping[Task, frozenset[str]]] = {
    "classification": frozenset({"cross_entropy", "binary_cross_entropy", "mse"}),
    "regression": frozenset({"mse"}),
}


def _read(
    spec: FieldSpec, given: Mapping[str, str], base: Config | None, notices: list[Notice]
) -> Any:
    """The parameter's value, or the default in `base` (False without one), noting a bad text."""
    default = False if base is None else getattr(base, spec.name)
    if spec.name not in given:
        return default
    text = given[spec.name]
    try:
        if len(text) > _TEXT_LENGTH:
            raise spec.error(text)
        return spec.parse(text)
    except FieldError as error:
        notices.append(_notice(error, text, spec.text(default)))
        return default


def _agreeing(
    base: Config, values: dict[str, Any], given: Mapping[str, str], notices: list[Notice]
) -> Config:
    """A Config from values that are each valid; those that do not fit the others fall back."""
    try:
        return replace(base, **values)
    except FieldError as error:
        default = getattr(base, error.field)
        used = FIELDS[error.field].text(default)
        notices.append(_notice(error, given.get(error.field, ""), used))
        # The defaults agree with everything, so each round mends one field for good.
        return _agreeing(base, values | {error.field: default}, given, notices)


def _notice(error: FieldError, text: str, used: str) -> Notice:
    return Notice(error.field, _clean(text), error.requirement, used)


def _misspelled(given: Mapping[str, str]) -> Iterator[Notice]:
    known = {*FIELDS, _PLAY.name}
    unknown = [name for name in given if name not in known and len(name) <= _GIVEN_LENGTH]
    for name in unknown[:_UNKNOWN_CHECKED]:
        close = get_close_matches(name.lower(), known, n=1, cutoff=0.84)
        if close:
            yield Notice(_clean(name), "", f"is not a setting; perhaps {close[0]} was meant")


def _capped(notices: list[Notice]) -> list[Notice]:
    more = len(notices) - MAX_NOTICES
    if more <= 0:
        return notices
    return [*notices[:MAX_NOTICES], Notice("", "", f"And {more} more like this.")]


def _text(value: object) -> str:
    """A parameter's text; of repeated values the last, as browsers' forms and Streamlit do."""
    if isinstance(value, list | tuple):
        return _text(value[-1]) if value else ""
    return value if isinstance(value, str) else str(value)


def _clean(text: str) -> str:
    """Foreign text made short and printable: no control, direction or null characters."""
    cut = text[:_GIVEN_LENGTH] + ("…" if len(text) > _GIVEN_LENGTH else "")
    return "".join(letter if letter.isprintable() else "·" for letter in cut)


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 2 * _GIVEN_LENGTH else text[: 2 * _GIVEN_LENGTH] + "…"


def _as_number(text: str) -> float | None:
    """A finite number in plain ASCII digits, or None: float() alone takes "nan" and "1_0"."""
    stripped = text.strip()
    if len(stripped) > _GIVEN_LENGTH or not _NUMBER.fullmatch(stripped):
        return None
    number = float(stripped)
    return number if math.isfinite(number) else None


def _as_int(value: object) -> int | None:
    """A Python or NumPy integer as an int; None for anything else, a bool included."""
    return None if isinstance(value, bool) or not isinstance(value, Integral) else int(value)


def _as_tuple(value: object) -> tuple[object, ...] | None:
    return tuple(value) if isinstance(value, list | tuple) else None


def _split(text: str) -> list[str]:
    """The entries of a comma-separated list; none for an empty text."""
    return [entry.strip() for entry in text.split(",")] if text.strip() else []
