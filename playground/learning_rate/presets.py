"""Presets for a lecture on the learning rate: each a Config and the settings of the page.

What `look` says of a run is proved by a run of it in tests/playground/test_presets.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from playground.data.datasets import SAMPLES
from playground.learning_rate.settings import RateSettings
from playground.settings.config import Config
from playground.settings.preset import Preset

_ALL: Final = SAMPLES[1]  # a batch size that means all points

# A linear model with squared error: its loss is a quadratic, so its critical rate, 0.0788, is one
# number for the whole run.
_LINEAR: Final = replace(Config.for_dataset("plane"), layers=(), batch_size=_ALL, epochs=200)

# 203 is the sharpness of this network at its start, so at rate 0.1 it begins ten times above 2/η.
_STEEP: Final = replace(
    Config.for_dataset("multi-gauss"),
    samples=200,
    layers=(16, 16),
    activation="relu",
    init="he",
    learning_rate=0.1,
    batch_size=_ALL,
    epochs=500,
)

# Smaller weights than usual, for a start on flat ground: the rise to the edge is then long.
_RISING: Final = Config(
    dataset="circle",
    samples=200,
    layers=(32,),
    init_scale=0.5,
    loss="mse",
    learning_rate=0.2,
    batch_size=_ALL,
    epochs=1000,
)

# Chosen out of many for a fate that does not hang on rounding: every rate within 1 % ends alike.
_CLIFF: Final = Config(
    samples=200,
    seed=2,
    layers=(32,),
    activation="silu",
    init="he",
    init_scale=0.5,
    loss="mse",
    learning_rate=0.25,
    momentum=0.9,
    batch_size=_ALL,
    epochs=800,
)

PRESETS: Final[Mapping[str, Preset[RateSettings]]] = {
    "oscillate": Preset(
        "Oscillation",
        "At 1.5/λ every step lands on the other side of the minimum, at half the distance: it "
        "swings to and fro and still converges.",
        RateSettings(view="parabola", step_size=1.5),
    ),
    "below": Preset(
        "Just below critical",
        "At 1.9/λ each step overshoots to nine tenths of the distance: it converges, slowly.",
        RateSettings(view="parabola", step_size=1.9),
    ),
    "above": Preset(
        "Just above critical",
        "At 2.1/λ each step lands a tenth farther out than the last: it diverges.",
        RateSettings(view="parabola", step_size=2.1),
    ),
    "swing": Preset(
        "Momentum moves the limit",
        "At 3/λ plain descent would double the distance with every step. Momentum 0.8 moves the "
        "limit to 3.6/λ, and the swing dies down.",
        RateSettings(view="parabola", step_size=3.0, heavy_ball=0.8),
    ),
    "linear-below": Preset(
        "Linear model, just below",
        "The critical rate of this linear model is 0.0788. At 0.077 its sharpness lies just below "
        "the dashed line, and the loss falls with every step.",
        RateSettings(view="edge"),
        replace(_LINEAR, learning_rate=0.077),
    ),
    "linear-above": Preset(
        "Linear model, just above",
        "The same model at 0.081, which is 3 % above its critical rate: the sharpness lies just "
        "above the dashed line, and the loss grows on and on.",
        RateSettings(view="edge"),
        replace(_LINEAR, learning_rate=0.081),
    ),
    "bowl": Preset(
        "From wall to wall",
        "The loss of a linear model is a bowl. Just below the critical rate the path leaps from "
        "one wall to the other along the steepest direction, a little lower each time.",
        RateSettings(view="landscape", plane="hessian"),
        replace(_LINEAR, learning_rate=0.077, epochs=60),
    ),
    "rescue": Preset(
        "Momentum rescues",
        "The rate is 1.5 times the critical one of plain descent, and momentum β raises that "
        "1 + β times. So the runs with less than 0.5 diverge, and those with more converge.",
        RateSettings(view="race", race="momenta", race_momenta=(0.0, 0.3, 0.45, 0.55, 0.7, 0.9)),
        replace(_LINEAR, learning_rate=0.118),
    ),
    "destroy": Preset(
        "Momentum destroys",
        "Full batches would bear momentum 0.9 at nearly three times this rate. In batches of 10 "
        "the runs with 0 and 0.5 converge, and those with 0.9 and 0.99 diverge.",
        RateSettings(view="race", race="momenta", race_momenta=(0.0, 0.5, 0.9, 0.99)),
        replace(_LINEAR, learning_rate=0.05, batch_size=10, epochs=100),
    ),
    "sixteen": Preset(
        "Sixteen rates, one spiral",
        "Sixteen networks, alike but for their learning rate. The slowest have hardly moved after "
        "1,000 epochs, the best lies in the middle, and the fastest of all is soon lost.",
        RateSettings(view="race", race_low=0.01, race_high=30.0, race_count=16),
        Config(activation="relu", init="he", seed=5, batch_size=_ALL, epochs=1000),
    ),
    "batch": Preset(
        "Batch 1 against full batch",
        "In each epoch batch size 1 takes 250 steps and goes up and down; the full batch takes one "
        "and falls smoothly. After 100 epochs the full batch has the highest loss of the three.",
        RateSettings(view="race", race="batch_sizes", race_batches=(1, 10, 250)),
        Config(learning_rate=0.03, epochs=100),
    ),
    "adam": Preset(
        "Adam where SGD dies",
        "At this rate SGD is lost after three epochs. Adam and Adagrad divide each step by the "
        "size of past gradients: their loss leaps up as well, but comes down and they learn.",
        RateSettings(
            view="race",
            race="optimizers",
            race_optimizers=("sgd", "adagrad", "adam"),
            target=0.05,
        ),
        replace(_STEEP, epochs=300),
    ),
    "cold": Preset(
        "Without warm-up",
        "This network starts with a sharpness ten times above the dashed line: it is lost after "
        "three epochs. The next preset changes nothing but the warm-up.",
        RateSettings(view="edge"),
        _STEEP,
    ),
    "warm": Preset(
        "Warm-up saves the run",
        "The rate climbs over 200 epochs, so the dashed line comes down slowly. The short first "
        "steps lead to ground that is 20 times flatter, and later the full rate holds.",
        RateSettings(view="edge"),
        replace(_STEEP, warmup=200),
    ),
    "edge": Preset(
        "Edge of stability",
        "The sharpness starts at less than half of the dashed line, rises to it by itself within "
        "300 epochs, and then hovers there. The loss goes up and down and still falls.",
        RateSettings(view="edge"),
        _RISING,
    ),
    "cliff": Preset(
        "A cliff met late",
        "For 400 epochs the loss falls smoothly and the sharpness lies far below the dashed line. "
        "Then it climbs, crosses the line near epoch 520, and within 30 epochs the run is lost.",
        RateSettings(view="edge"),
        _CLIFF,
    ),
    "decay": Preset(
        "Rate × decay above 2",
        "Weight decay 10 multiplies each weight by 1 − 10η in every step. Below a rate of 0.2 that "
        "shrinks them all, and the network only guesses; above 0.2 they grow and it diverges.",
        RateSettings(
            view="race",
            race_rates=(0.05, 0.1, 0.15, 0.18, 0.19, 0.205, 0.21, 0.22, 0.25, 0.3),
        ),
        Config(weight_decay=10.0, batch_size=_ALL, epochs=200),
    ),
    "range": Preset(
        "Range test",
        "The loss falls fastest near 0.6, is least near 0.8, and has blown up at 3.4. The "
        "suggested rate, 0.21, keeps its distance from both.",
        RateSettings(view="range", range_low=0.001, range_high=30.0),
        replace(Config.for_dataset("circle"), layers=(8, 8), epochs=100),
    ),
    "path": Preset(
        "A path in a plane",
        "This network has 162 weights, yet the two directions shown hold almost all of its path. "
        "By half the way the loss has fallen by nine tenths; the rest is the valley's floor.",
        RateSettings(view="landscape", plane="path"),
        _RISING,
    ),
    "map": Preset(
        "Rate against initial scale",
        "Networks that start with smaller weights bear higher rates: up to a scale of 0.4 even a "
        "rate of 0.7 holds, from 1.8 upwards every rate of 0.2 or more diverges.",
        RateSettings(
            view="map",
            map_axis="init_scale",
            map_low=0.001,
            map_high=10.0,
            map_rates=30,
            map_values=20,
            map_epochs=200,
        ),
        replace(_STEEP, activation="tanh", init="glorot"),
    ),
}
