"""Presets for a lecture on digits. `look` says what is seen; the tests hold it to real runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from playground.digits.settings import DigitsSettings
from playground.settings.config import Config
from playground.settings.preset import Preset


def _preset(title: str, look: str, speed: str = "25", **settings: Any) -> Preset[DigitsSettings]:
    own = {f"digits_{name}": value for name, value in settings.items()}
    return Preset(title, look, DigitsSettings(**own), Config(speed=speed))


_DEEP: Final[Mapping[str, Any]] = {"layers": (128, 64), "optimizer": "adam", "rate": 0.001}

PRESETS: Final[Mapping[str, Preset[DigitsSettings]]] = {
    "taught": _preset(
        "784-10-10 as taught",
        "One hidden layer of ten, ReLU, He's weights, plain gradient descent. Each picture under "
        "*First-layer weights* is what one hidden unit looks for: noise at first, then "
        "strokes. One that stays noise has died: its sum is below zero for every picture.",
    ),
    "deep": _preset(
        "784-128-64-10 with Adam",
        "Two layers and an optimizer that adapts each step: within fifteen epochs hardly a "
        "training picture is wrong, and the loss on test pictures stops falling. What is left "
        "under *Most confident mistakes* is hard for a person, too.",
        speed="5",
        **_DEEP,
        epochs=30,
    ),
    "high": _preset(
        "Rate too high",
        "The taught network at fifteen times its rate. The first steps throw every hidden unit "
        "below zero, where ReLU has no slope: the gradient of layer 1 is nothing from then on, "
        "and every picture gets the same answer.",
        speed="5",
        rate=0.3,
        epochs=30,
    ),
    "diverges": _preset(
        "The same without ReLU",
        "The same rate with a straight line in place of ReLU: nothing can die, so errors grow from "
        "step to step until the loss passes every bound, and the run stops. *What happened?* "
        "shows the last steps.",
        speed="batch",
        activation="identity",
        rate=0.3,
        epochs=30,
    ),
    "zeros": _preset(
        "Zero weights",
        "All weights begin at zero, so all hidden units say zero, and no gradient reaches a "
        "weight. Only the ten biases of the output learn: how common each digit is.",
        speed="5",
        init="zeros",
        epochs=30,
    ),
    "small": _preset(
        "8 × 8 is enough",
        "The same digits as scikit-learn has them, 64 pixels each: a twelfth of the inputs, and "
        "they are read as well. Draw one, and look how little the network is shown.",
        source="digits8",
        layers=(32,),
        optimizer="adam",
        rate=0.003,
        epochs=60,
    ),
}
