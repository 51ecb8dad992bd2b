"""What the gradient-flow page says."""

from __future__ import annotations

from typing import Final

from playground.runs.words import in_epoch
from playground.settings.fields import Choices, Label

# --- settings -------------------------------------------------------------------------------------

DEPTH: Final = Label(
    "Hidden layers",
    "How many hidden layers each network has. What goes wrong, goes wrong with depth.",
)
WIDTH: Final = Label(
    "Units in each layer",
    "The width of every hidden layer. The wider, the closer to what theory predicts.",
)
ACTIVATIONS: Final = Label(
    "Activations",
    "The activation of each network, 2 to 4 of them. So many networks run side by side.",
)
INITS: Final = Label(
    "Initial weights",
    "How the weights of each network are drawn at the start, in the same order.",
)
SCALES: Final = Label("Scales", "Multiplies the initial weights of each network.")
RATES: Final = Label("Learning rates", "The learning rate of each network.")
CLIPS: Final = Label(
    "Gradient clipping",
    "Shortens any gradient of each network that is longer than this. 0 is off.",
)
OVER_EPOCHS: Final = Label(
    "Over the epochs", "What the heatmaps show: one row a layer, one column an epoch."
)
SIZES: Final[Choices] = {
    "gradient": "Gradient ∂L/∂W (RMS)",
    "activation": "Activation (standard deviation)",
    "update": "Update to weight",
}
DISTRIBUTION: Final = Label("Distribution", "What the histograms show, layer by layer.")
DISTRIBUTIONS: Final[Choices] = {
    "activations": "Activations",
    "preactivations": "Pre-activations",
    "gradients": "Gradients ∂L/∂z",
    "weights": "Weights",
}


def too_few(least: int, most: int) -> str:
    return f"must name {least} to {most} activations, one for each network"


def unequal(networks: int) -> str:
    return f"must hold one entry for each of the {networks} networks"


def rate(value: float) -> str:
    return f"rate {value:g}"


def clipped(value: float) -> str:
    return f"clipped at {value:g}" if value else "not clipped"


# --- the head and the controls --------------------------------------------------------------------

LOOK: Final = (
    "Deep networks that differ in nothing but what you choose here, trained side by side from one "
    "seed. In a healthy one every row of the map keeps its colour from the first layer to the "
    "last; where rows fade towards the top, gradients vanish on their way back, and those layers "
    "learn next to nothing."
)
THEORY: Final = "Theory and sources"
THE_NETWORKS: Final = "The networks"
ADD: Final = "Add a network"
REMOVE: Final = "Remove the last"
# Of one network.
ACTIVATION: Final = "Activation"
INIT: Final = "Initial weights"
SCALE: Final = "Scale"
RATE: Final = "Learning rate"
CLIP: Final = "Clipping"


def numbered(label: str, network: int) -> str:
    return f"{label} {network}"


# --- theory: a title, what its formulas say, the source -------------------------------------------

FORWARD: Final = (
    "Forward",
    "Independent terms of mean 0: their variances add. A sum of many is Gaussian, so the next "
    "layer's variance is one integral. For ReLU it is half of q, and He's 2 makes up for it.",
    "He, Zhang, Ren & Sun 2015, section 2.2; Poole et al. 2016, equation 3",
)
BACKWARD: Final = (
    "Backward",
    "The same sum run backwards, over the outputs of the layer: its factor, to the power of the "
    "depth, decides whether gradients vanish or explode.",
    "Glorot & Bengio 2010, equations 5 to 7; Schoenholz et al. 2017, section 3",
)


# --- the panels -----------------------------------------------------------------------------------

DEAD: Final = "dead units"
SATURATED: Final = "saturated"
ALIKE: Final = "alike"
NOW: Final = "now, by layer"
SHARES: Final = "share of each layer; alike: mean cosine of two units' weights"
EPOCH: Final = "Epoch"
DOTS: Final = "dots: measured before training · dashed: theory"
ACTIVATIONS_BY_DEPTH: Final = ("Activations by depth", "variance of a")
GRADIENTS_BY_DEPTH: Final = ("Gradients ∂L/∂z by depth", "mean square of ∂L/∂z")
HIDDEN_LAYER: Final = "hidden layer"
ROLES: Final = {"measured": "measured", "theory": "theory"}
TRAINING_LOSS: Final = "Training loss"
LOG_AXIS: Final = "log axis"
LOSS_AXES: Final = ("epoch", "loss")
STATUSES: Final = {
    "ready": "ready",
    "running": "running",
    "finished": "finished",
    "diverged": "diverged",
}
COLUMNS: Final = ("Network", "Status", "Training loss", "Test loss", "")
OPEN: Final = "Open in Playground"
NOT_FINITE: Final = "not finite"


def in_a_sentence(label: str) -> str:
    return label[0].lower() + label[1:]  # RMS and ∂L/∂W stay as they are


def log_scale(what: str) -> str:
    return f"{in_a_sentence(what)}, log scale"


def spread(network: str, what: str) -> str:
    return f"{network}: {in_a_sentence(what)}"


def units(network: str) -> str:
    return f"{network}: units"


def size(network: str, role: str) -> str:
    return f"{network}<br>{ROLES[role]}, layer %{{x}}: %{{y:.3g}}"


def happened_to(network: str) -> str:
    return f"What happened to {network}?"


# --- where a run stands ---------------------------------------------------------------------------

NONE_LEFT: Final = "None is left."
BEFORE_TRAINING: Final = "Before training"
LESS_THAN_1: Final = "less than 1 %"
MORE_THAN_99: Final = "more than 99 %"


def ready(networks: int, depth: int) -> str:
    return f"{networks} networks of {counted(depth, 'hidden layer')} each. Press Play."


def leads(network: str, loss: str) -> str:
    return f"{network} has the lowest loss: {loss}."


def after_epochs(count: int) -> str:
    return f"after {counted(count, 'epoch')}"


def after_steps(count: int) -> str:
    return f"after {counted(count, 'step')}"


def diverged(epoch: int, step: int) -> str:
    return f"diverged {in_epoch(epoch, step)}"


def last_values(ending: str) -> str:
    return f"{ending}: its last finite values"


def counted(count: int, thing: str) -> str:
    """So many things, in the singular for one."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


# --- presets: a title, and what to see ------------------------------------------------------------

PRESETS: Final = {
    "zeros": (
        "Zero weights",
        "From zero weights no hidden layer has a gradient before training, and with tanh none ever "
        "gets one. Sigmoid gets a tiny one after the first step, the same for every unit: the "
        "cosine stays 1. Neither loss falls.",
    ),
    "variance_one": (
        "Variance 1",
        "With weights of variance 1 most tanh values sit at a bound before training, and the "
        "gradient of layer 1 is more than 100 times that of layer 10. Training brings the gradient "
        "down but leaves the units at their bounds: the loss stays far above Glorot's.",
    ),
    "constant": (
        "One constant",
        "All weights the same: the signal passes, but before training the gradients of the two "
        "outputs cancel. Later each unit of a layer gets the same one: all stay copies of each "
        "other, and the loss hardly falls.",
    ),
    "he_relu": (
        "He on ReLU",
        "Before training only He's weights keep the signal through 16 layers. Glorot's lose it: "
        "that network learns nothing for some 20 epochs, until training itself has made its signal "
        "grow. With variance 1 it explodes, and the run ends in its first epoch.",
    ),
    "glorot_tanh": (
        "Glorot on tanh",
        "Before training Glorot's weights give 16 layers gradients of about one size; uniform ones "
        "from -1 to 1 make that of layer 1 hundreds of times that of layer 16. Training brings it "
        "down but saturates most units: only Glorot's network learns the circle.",
    ),
    "he_sigmoid": (
        "He on sigmoid",
        "A sigmoid's slope is at most 1/4, and no weights of this size make up for it: before "
        "training the gradient of layer 1 is less than 1/10,000 of that of layer 10. At the end it "
        "still has not reached the first layers, and the loss is that of a guess.",
    ),
    "too_small": (
        "Too small by 10",
        "Before training the signal of weights a tenth of Glorot's fades from layer to layer, and "
        "the gradient of layer 1 is less than 1/100,000 of what Glorot's weights give. At the end "
        "it still is, and the loss is that of a guess.",
    ),
    "orthogonal": (
        "Orthogonal",
        "24 linear layers: before training an orthogonal start gives layers 2 to 24 a gradient of "
        "one size; with Glorot's random weights it differs from layer to layer. Training spreads "
        "the orthogonal ones only a little. Both networks learn.",
    ),
    "dying": (
        "A dying ReLU",
        "The same network twice. At a rate of 0.7 a few steps push all units of a layer below zero "
        "for every point: their slope is 0, no gradient comes through any more, and the loss stays "
        "that of a guess. At 0.03 nearly all live, and it falls.",
    ),
    "leaky": (
        "Leaky ReLU survives",
        "Before training the two are nearly alike. At a rate of 0.7 a layer of ReLUs dies within a "
        "few epochs; with a slope of 1/100 below zero a unit that is pushed there still learns, "
        "and the loss falls.",
    ),
    "clipping": (
        "Explosion, clipped",
        "The same network twice, with weights that are too large. Not clipped, the first gradients "
        "throw it out in its first epoch; shortened to a length of 1 they do not, and it learns.",
    ),
}

# --- what is measured of them ---------------------------------------------------------------------

FIRST: Final = f"{SIZES['gradient']} of layer 1"
LARGEST: Final = f"{SIZES['gradient']}, largest of the layers"
BACK: Final = f"{SIZES['gradient']}, layer 1 over layer {{last}}"
SPREAD: Final = f"{SIZES['gradient']}, largest over smallest of layers 2 to {{last}}"
SIGNAL: Final = f"{SIZES['activation']}, layer {{last}} over layer 1"
SATURATED_VALUES: Final = "Saturated values"
DEAD_UNITS: Final = "Dead units in the worst layer"
COSINE: Final = "Mean cosine of two units of the layer least alike"


def moments(now: str, networks: str) -> str:
    """`now` is empty before training."""
    return f"{BEFORE_TRAINING}{f' → {now}' if now else ''}, for {networks}"


# --- the Guide ------------------------------------------------------------------------------------

GUIDE: Final = {
    "What it shows": """
- **The maps on top**, one for each network: a row is a hidden layer, an epoch is a column, and a
  strong colour is a large value. The scale is logarithmic and the same for all networks. The
  choice above the maps says what they show: the gradient ∂L/∂W (root mean square), the
  activations (standard deviation), or the last step's change of the weights as a share of the
  weights.
- **The histograms**: how the values of each layer are spread now. *Distribution* chooses which:
  activations, pre-activations, gradients or weights.
- **By depth**: the variance of the activations on the way forward, and the mean square of ∂L/∂z
  on the way back, both before training. Dots are measured, dashed lines are what theory predicts.
- **Units**: the share of each layer that is *dead* (its slope is zero on every sample, so nothing
  teaches it) or *saturated* (its slope is below 5 % of the largest). *Alike* is the mean cosine
  of two units' weights: at 1 all units of the layer are copies of each other.
- **Training loss** and **The networks**: who learns, who diverged, and a button that opens a
  network in the Playground.
""",
    "How to drive it": """
`Space` plays and pauses, `→` steps one epoch, `R` resets. All networks have the same data, seed
and batches; they differ in what you choose under *The networks*: activation, initial weights and
their scale, learning rate, clipping. Depth and width are the same for all. While all have one
learning rate, it is in the bar: drag it, or press `+` and `-`, and all change together.

The presets in the row *For the lecture* are best taken in order; the words under them say what to
look for, and the line under the buttons says what was measured.
""",
    "What to try": """
- *Zero weights*: look at *Units*. In the first two networks all units of a layer are alike before
  training. Play: they stay so.
- *He on ReLU*: compare the dots of *Activations by depth* with the dashed lines. Then halve the
  scale of the first network.
- *A dying ReLU*, then *Leaky ReLU survives*: the same large rate, once with dead units and once
  without.
""",
}
