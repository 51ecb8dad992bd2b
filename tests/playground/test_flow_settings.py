"""The settings of the gradient-flow page: checked in plain words, and true to their URL."""

from typing import Any

import pytest

from engine.core.activations import ACTIVATIONS
from engine.core.initializers import INITIALIZERS
from playground.gradient_flow.settings import GradientFlowSettings
from playground.settings.fields import FieldError


def test_every_name_is_the_engines() -> None:
    assert set(GradientFlowSettings.FIELDS["flow_activations"].choices) == set(ACTIVATIONS) - {
        "softmax"
    }
    inits = GradientFlowSettings.FIELDS["flow_inits"]
    assert set(inits.choices) | set(inits.aliases) == set(INITIALIZERS)


def test_the_networks_are_labelled_by_what_they_differ_in() -> None:
    networks = GradientFlowSettings(
        flow_activations=("relu", "relu"),
        flow_inits=("kaiming", "he"),
        flow_scales=(1, 0.5),
        flow_rates=(0.1, 0.1),
        flow_clips=(0, 1),
    ).networks
    assert [network.label for network in networks] == [
        "ReLU, He (Kaiming), not clipped",
        "ReLU, He (Kaiming) × 0.5, clipped at 1",
    ]
    second = networks[1]
    own = (second.init, second.scale, second.learning_rate, second.clip)
    assert own == ("he", 0.5, 0.1, 1.0)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"flow_activations": ("relu",)}, "flow_activations", "2 to 4"),
        ({"flow_activations": ("relu",) * 5}, "flow_activations", "at most 4"),
        ({"flow_activations": ("relu", "tanh")}, "flow_inits", "each of the 2 networks"),
        ({"flow_inits": ("he", "he", "best")}, "flow_inits", "constant"),
        ({"flow_rates": (0.1, 0.1, 0)}, "flow_rates", "2 to 4 numbers, each from 1e-06"),
        ({"flow_rates": (0.1, 0.1)}, "flow_rates", "each of the 3 networks"),
    ],
)
def test_what_cannot_be_is_refused_by_name(changes: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(FieldError, match=words) as caught:
        GradientFlowSettings(**changes)
    assert caught.value.field == field


def test_the_lists_follow_the_number_of_networks() -> None:
    settings = GradientFlowSettings(flow_rates=(0.1, 0.2, 0.3))
    fewer = settings.fitting({"flow_activations": ("relu", "relu")})
    assert GradientFlowSettings(**fewer).flow_rates == (0.1, 0.2)
    more = settings.fitting({"flow_activations": ("relu",) * 4})
    assert GradientFlowSettings(**more).flow_rates == (0.1, 0.2, 0.3, 0.3)
    assert GradientFlowSettings(**more).flow_inits == ("normal", "glorot", "he", "he")
    assert settings.fitting({"flow_depth": 3}) == {"flow_depth": 3}
