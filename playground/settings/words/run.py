"""What the settings of a run are called, and what they are for."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from playground.settings.fields import Choices, Label

SPEEDS: Final[Choices] = {
    "batch": "One batch a frame",
    "1": "1 epoch a second",
    "5": "5 epochs a second",
    "25": "25 epochs a second",
    "60": "60 epochs a second",
    "250": "250 epochs a second",
    "max": "As fast as it goes",
}
LAYOUTS: Final[Choices] = MappingProxyType(
    {
        "all": "All four side by side",
        "boundary": "Boundary large",
        "curves": "Curves large",
        "network": "Network large",
    }
)
# What lecture mode may leave out.
PARTS: Final[Choices] = MappingProxyType(
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
USUAL_LOSS: Final = "The usual one"

DATASET: Final = Label(
    "Data set", "The points to learn. Spirals are hard, Gaussian clouds are easy."
)
SAMPLES: Final = Label(
    "Points", "How many points there are in all. More points make a smoother boundary."
)
NOISE: Final = Label(
    "Noise (%)", "How far chance blurs the classes. With noise, no boundary gets every point right."
)
TRAIN_SHARE: Final = Label(
    "Share for training (%)",
    "The network learns from these points; the others only test what it has learned.",
)
CLASSES: Final = Label("Classes", "How many classes there are: spiral arms, blobs or rings.")
SEED: Final = Label(
    "Seed", "Fixes every random choice. The same seed gives the same run; a new one, a new start."
)
FEATURES: Final = Label(
    "Inputs", "What the network is told about each point. A well-chosen input can save a layer."
)
FOURIER: Final = Label(
    "Random waves",
    "Adds this many random Fourier features: cosine waves over the plane, drawn by chance. Fine, "
    "wavy boundaries become easy.",
)
LAYERS: Final = Label(
    "Hidden layers",
    "Units in each hidden layer. Without any, x₁ and x₂ can only draw a straight line.",
)
ACTIVATION: Final = Label(
    "Activation",
    "The curve that each hidden unit bends its sum with. Without a bend, depth is no use.",
)
ACTIVATIONS: Final = Label(
    "Activation for each layer",
    "A different curve for each hidden layer, from the first to the last.",
)
INIT: Final = Label(
    "Initial weights",
    "How the weights are drawn at the start. All zero leaves every unit the same forever.",
)
INIT_SCALE: Final = Label(
    "Scale of initial weights",
    "Multiplies the initial weights. Too small and signals fade; too large and they blow up.",
)
LOSS: Final = Label(
    "Loss",
    "How wrong the network is on average: training makes it small. After "
    "softmax or sigmoid, a squared error is a Brier score.",
)
DROPOUT: Final = Label(
    "Dropout", "The share of hidden units switched off at random in each step, against overfitting."
)
LEARNING_RATE: Final = Label(
    "Learning rate",
    "How far each step moves the weights. Too high and the loss climbs instead of falling.",
)
SCHEDULE: Final = Label(
    "Schedule",
    "How the learning rate changes as training goes on: big steps first, fine ones later.",
)
SCHEDULE_EPOCHS: Final = Label(
    "Schedule epochs", "How many epochs one step, or the whole descent, of the schedule takes."
)
SCHEDULE_FACTOR: Final = Label(
    "Schedule factor",
    "Step and exponential schedules multiply the learning rate by this, again and again.",
)
WARMUP: Final = Label(
    "Warm-up epochs",
    "The learning rate climbs from near zero over this many epochs. 0 starts at full speed.",
)
OPTIMIZER: Final = Label(
    "Optimizer",
    "The rule that turns gradients into steps. Adam adapts a step size for each weight.",
)
MOMENTUM: Final = Label(
    "Momentum", "How much of the last step carries over, like a heavy ball. 0 is plain descent."
)
NESTEROV: Final = Label(
    "Nesterov", "Looks ahead along the momentum before it measures the slope. Needs momentum."
)
DECAY: Final = Label(
    "Decay", "Shrinks the learning rate a little at every step: rate / (1 + decay x steps)."
)
BETA1: Final = Label("Beta 1", "How long Adam remembers past gradients: nearer to 1 is longer.")
BETA2: Final = Label(
    "Beta 2", "How long Adam remembers the size of past gradients: nearer to 1 is longer."
)
RHO: Final = Label(
    "Rho", "How long RMSprop remembers the size of past gradients: nearer to 1 is longer."
)
EPS: Final = Label("Epsilon", "A tiny number that keeps the optimizer from dividing by zero.")
WEIGHT_DECAY: Final = Label(
    "Weight decay", "The optimizer's own pull towards zero. AdamW keeps it apart from the gradient."
)
BATCH_SIZE: Final = Label(
    "Batch size",
    "A batch is the points that one step looks at, and this is how many they are. Small "
    "batches are quick and jumpy, large ones smooth.",
)
L1: Final = Label(
    "L1 penalty",
    "Pulls every weight towards zero by the same amount: those that do not help fade out.",
)
L2: Final = Label(
    "L2 penalty", "Pulls large weights towards zero the most, which makes boundaries smoother."
)
CLIP: Final = Label(
    "Gradient clipping",
    "Shortens any gradient longer than this, which can stop a blow-up. 0 is off.",
)
EPOCHS: Final = Label("Epochs", "Training stops after this many passes over the training points.")
SPEED: Final = Label("Speed", "How fast Play goes. It changes what you see, never what is learned.")
LOG_LOSS: Final = Label(
    "Logarithmic loss axis",
    "Each line up is ten times as much. Shows a blow-up and the last fine gains alike.",
)
DISCRETIZE: Final = Label(
    "Hard boundary", "Shows only the winning class, not how sure the network is."
)
SHOW_TEST: Final = Label(
    "Show test points", "Also shows the points that the network never trains on."
)
LAYOUT: Final = Label("Layout", "Which of the charts has most of the room.")
LECTURE: Final = Label("Lecture mode", "Large type and thick lines, for a projector.")
HIDE: Final = Label("Hidden in a lecture", "What lecture mode leaves out of the screen.")
PLAY: Final = Label("Play", "Starts training as soon as the page opens.")

# --- values that do not fit each other ------------------------------------------------------------

NO_INPUT: Final = "must name at least one input"


def one_activation_each(layers: int) -> str:
    return f"must name one activation for each of the {layers} hidden layers"


def fit_task(task: str) -> str:
    return f"must fit {task}: auto or mse"


def fit_classes(count: int) -> str:
    return f"must fit {count} classes: one sigmoid tells two apart"
