"""Presets for a lecture on digits. `look` says what is seen; the tests hold it to real runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from playground.digits import words
from playground.digits.settings import DigitsSettings
from playground.settings.config import Config
from playground.settings.preset import Preset


def _preset(name: str, speed: str = "25", **settings: Any) -> Preset[DigitsSettings]:
    own = {f"digits_{key}": value for key, value in settings.items()}
    return Preset(*words.PRESETS[name], DigitsSettings(**own), Config(speed=speed))


_DEEP: Final[Mapping[str, Any]] = {"layers": (128, 64), "optimizer": "adam", "rate": 0.001}

PRESETS: Final[Mapping[str, Preset[DigitsSettings]]] = {
    "taught": _preset("taught"),
    "deep": _preset("deep", speed="5", **_DEEP, epochs=30),
    "high": _preset("high", speed="5", rate=0.3, epochs=30),
    "diverges": _preset("diverges", speed="batch", activation="identity", rate=0.3, epochs=30),
    "zeros": _preset("zeros", speed="5", init="zeros", epochs=30),
    "small": _preset(
        "small", source="digits8", layers=(32,), optimizer="adam", rate=0.003, epochs=60
    ),
}
