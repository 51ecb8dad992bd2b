"""Presets for a lecture on the learning rate: each a Config and the settings of the page.

What `look` says of a run is proved by a run of it in tests/playground/test_presets.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from playground.data.datasets import SAMPLES
from playground.learning_rate.settings import RateSettings
from playground.learning_rate.words import presets as words
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
        *words.PRESETS["oscillate"],
        RateSettings(view="parabola", step_size=1.5),
    ),
    "below": Preset(
        *words.PRESETS["below"],
        RateSettings(view="parabola", step_size=1.9),
    ),
    "above": Preset(
        *words.PRESETS["above"],
        RateSettings(view="parabola", step_size=2.1),
    ),
    "swing": Preset(
        *words.PRESETS["swing"],
        RateSettings(view="parabola", step_size=3.0, heavy_ball=0.8),
    ),
    "linear-below": Preset(
        *words.PRESETS["linear-below"],
        RateSettings(view="edge"),
        replace(_LINEAR, learning_rate=0.077),
    ),
    "linear-above": Preset(
        *words.PRESETS["linear-above"],
        RateSettings(view="edge"),
        replace(_LINEAR, learning_rate=0.081),
    ),
    "bowl": Preset(
        *words.PRESETS["bowl"],
        RateSettings(view="landscape", plane="hessian"),
        replace(_LINEAR, learning_rate=0.077, epochs=60),
    ),
    "rescue": Preset(
        *words.PRESETS["rescue"],
        RateSettings(view="race", race="momenta", race_momenta=(0.0, 0.3, 0.45, 0.55, 0.7, 0.9)),
        replace(_LINEAR, learning_rate=0.118),
    ),
    "destroy": Preset(
        *words.PRESETS["destroy"],
        RateSettings(view="race", race="momenta", race_momenta=(0.0, 0.5, 0.9, 0.99)),
        replace(_LINEAR, learning_rate=0.05, batch_size=10, epochs=100),
    ),
    "sixteen": Preset(
        *words.PRESETS["sixteen"],
        RateSettings(view="race", race_low=0.01, race_high=30.0, race_count=16),
        Config(activation="relu", init="he", seed=5, batch_size=_ALL, epochs=1000),
    ),
    "batch": Preset(
        *words.PRESETS["batch"],
        RateSettings(view="race", race="batch_sizes", race_batches=(1, 10, 250)),
        Config(learning_rate=0.03, epochs=100),
    ),
    "adam": Preset(
        *words.PRESETS["adam"],
        RateSettings(
            view="race",
            race="optimizers",
            race_optimizers=("sgd", "adagrad", "adam"),
            target=0.05,
        ),
        replace(_STEEP, epochs=300),
    ),
    "cold": Preset(
        *words.PRESETS["cold"],
        RateSettings(view="edge"),
        _STEEP,
    ),
    "warm": Preset(
        *words.PRESETS["warm"],
        RateSettings(view="edge"),
        replace(_STEEP, warmup=200),
    ),
    "edge": Preset(
        *words.PRESETS["edge"],
        RateSettings(view="edge"),
        _RISING,
    ),
    "cliff": Preset(
        *words.PRESETS["cliff"],
        RateSettings(view="edge"),
        _CLIFF,
    ),
    "decay": Preset(
        *words.PRESETS["decay"],
        RateSettings(
            view="race",
            race_rates=(0.05, 0.1, 0.15, 0.18, 0.19, 0.205, 0.21, 0.22, 0.25, 0.3),
        ),
        Config(weight_decay=10.0, batch_size=_ALL, epochs=200),
    ),
    "range": Preset(
        *words.PRESETS["range"],
        RateSettings(view="range", range_low=0.001, range_high=30.0),
        replace(Config.for_dataset("circle"), layers=(8, 8), epochs=100),
    ),
    "path": Preset(
        *words.PRESETS["path"],
        RateSettings(view="landscape", plane="path"),
        _RISING,
    ),
    "map": Preset(
        *words.PRESETS["map"],
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
