"""The settings of the gradient-flow page: checked in plain words, and true to their URL."""

from engine.core.activations import ACTIVATIONS
from engine.core.initializers import INITIALIZERS
from playground.gradient_flow.settings import GradientFlowSettings


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


def test_the_lists_follow_the_number_of_networks() -> None:
    settings = GradientFlowSettings(flow_rates=(0.1, 0.2, 0.3))
    fewer = settings.fitting({"flow_activations": ("relu", "relu")})
    assert GradientFlowSettings(**fewer).flow_rates == (0.1, 0.2)
    more = settings.fitting({"flow_activations": ("relu",) * 4})
    assert GradientFlowSettings(**more).flow_rates == (0.1, 0.2, 0.3, 0.3)
    assert GradientFlowSettings(**more).flow_inits == ("normal", "glorot", "he", "he")
    assert settings.fitting({"flow_depth": 3}) == {"flow_depth": 3}
