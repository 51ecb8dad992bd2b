"""The settings of the gradient-flow page: checked in plain words, and true to their URL."""

import pytest

from engine.core.activations import ACTIVATIONS
from engine.core.initializers import INITIALIZERS
from playground.gradient_flow.presets import PRESETS
from playground.gradient_flow.settings import GradientFlowSettings
from playground.settings.base import Notice
from playground.settings.fields import FieldError


def test_every_name_is_the_engines() -> None:
    assert set(GradientFlowSettings.FIELDS["flow_activations"].choices) == set(ACTIVATIONS) - {
        "softmax"
    }
    inits = GradientFlowSettings.FIELDS["flow_inits"]
    assert set(inits.choices) | set(inits.aliases) == set(INITIALIZERS)


@pytest.mark.parametrize(
    "settings", [GradientFlowSettings(), *(p.settings for p in PRESETS.values())]
)
def test_a_url_gives_the_settings_back(settings: GradientFlowSettings) -> None:
    notices: list[Notice] = []
    assert GradientFlowSettings.read(settings.to_query(), notices) == settings
    assert not notices


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
    assert (networks[1].init, networks[1].scale, networks[1].learning_rate, networks[1].clip) == (
        "he", 0.5, 0.1, 1.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"flow_depth": 25}, "flow_depth", "from 1 to 24"),
        ({"flow_width": 0}, "flow_width", "from 1 to 64"),
        ({"flow_activations": ("relu",)}, "flow_activations", "2 to 4"),
        ({"flow_activations": ("relu",) * 5}, "flow_activations", "at most 4"),
        ({"flow_activations": ("relu", "tanh")}, "flow_inits", "each of the 2 networks"),
        ({"flow_inits": ("he", "he", "best")}, "flow_inits", "constant"),
        ({"flow_rates": (0.1, 0.1, 0)}, "flow_rates", "2 to 4 numbers, each from 1e-06"),
        ({"flow_rates": (0.1, 0.1, float("nan"))}, "flow_rates", "2 to 4 numbers"),
        ({"flow_rates": (0.1, 0.1)}, "flow_rates", "each of the 3 networks"),
        ({"flow_scales": (1, True, 1)}, "flow_scales", "from 0 to 10"),
        ({"flow_clips": "1"}, "flow_clips", "2 to 4 numbers"),
        ({"flow_over_epochs": "loss"}, "flow_over_epochs", "one of gradient"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    changes: dict[str, object], field: str, words: str
) -> None:
    with pytest.raises(FieldError, match=words) as caught:
        GradientFlowSettings(**changes)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_a_bad_url_falls_back_with_a_notice() -> None:
    notices: list[Notice] = []
    found = GradientFlowSettings.read({"flow_rates": "1,x,3", "flow_depth": "5"}, notices)
    assert found == GradientFlowSettings(flow_depth=5)
    assert [notice.parameter for notice in notices] == ["flow_rates"]


def test_the_lists_follow_the_number_of_networks() -> None:
    settings = GradientFlowSettings(flow_rates=(0.1, 0.2, 0.3))
    fewer = settings.fitting({"flow_activations": ("relu", "relu")})
    assert GradientFlowSettings(**fewer).flow_rates == (0.1, 0.2)
    more = settings.fitting({"flow_activations": ("relu",) * 4})
    assert GradientFlowSettings(**more).flow_rates == (0.1, 0.2, 0.3, 0.3)
    assert GradientFlowSettings(**more).flow_inits == ("normal", "glorot", "he", "he")
    assert settings.fitting({"flow_depth": 3}) == {"flow_depth": 3}
