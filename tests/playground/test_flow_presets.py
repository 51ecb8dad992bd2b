"""Each preset on a real run: it shows what it says, and its sentence carries the numbers."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from playground.config import Config
from playground.flow.lab import FlowLab
from playground.flow.presets import COPIES, PRESETS
from playground.flow.settings import FlowSettings
from playground.flow.wording import counted, number, percent, through

EPOCHS = 20


def _zeros(lab: FlowLab, text: str) -> None:
    tanh, sigmoid, glorot = lab.statistics()
    assert not tanh.gradient.any()
    assert sigmoid.gradient.max() < 0.1 * glorot.gradient.max()
    for each in (tanh, sigmoid):
        np.testing.assert_allclose(each.alike, 1.0, atol=1e-6)
    assert np.abs(glorot.alike).max() < 0.2
    assert "is 0 (tanh)" in text
    assert "is 1.00, so all 32 act as one" in text


def _variance_one(lab: FlowLab, text: str) -> None:
    one, glorot = lab.statistics()
    assert one.saturated.mean() > 0.5 > 0.05 > glorot.saturated.mean()
    assert one.delta[0] > 2 * one.delta[-1]
    if lab.steps == 0:
        assert one.delta[0] > 1e4 * one.delta[-1]
    assert f"{percent(one.saturated.mean())} of the activations" in text
    assert f"grows {number(one.delta[0] / one.delta[-1])} times" in text


def _constant(lab: FlowLab, text: str) -> None:
    same, glorot = lab.statistics()
    assert same.alike.min() >= COPIES
    assert np.abs(glorot.alike).max() < 0.2
    assert same.activation.min() > 0.1, "the signal passes"
    assert "is 1.00, so all 32 act as one" in text


def _he_relu(lab: FlowLab, text: str) -> None:
    he, glorot, normal = (lane.activation for lane in lab.statistics())
    assert 0.1 < he[-1] / he[0] < 10
    assert glorot[-1] < glorot[0] / 20
    assert normal[-1] > 1e6 * normal[0]
    assert f"grows {number(normal[-1] / normal[0])} times with weights of variance 1" in text
    assert f"{through(glorot)} with Glorot's" in text


def _glorot_tanh(lab: FlowLab, text: str) -> None:
    glorot, uniform = lab.statistics()
    assert 1 / 5 < glorot.delta[0] / glorot.delta[-1] < 5
    assert uniform.delta[0] > 2 * uniform.delta[-1]
    if lab.steps == 0:
        assert uniform.delta[0] > 50 * uniform.delta[-1]
    assert f"{through(uniform.delta[::-1])} with uniform ones" in text


def _he_sigmoid(lab: FlowLab, text: str) -> None:
    sigmoid, relu = lab.statistics()
    assert sigmoid.delta[0] < 1e-3 * sigmoid.delta[-1]
    assert relu.delta[0] > relu.delta[-1] / 10
    assert f"shrinks {number(sigmoid.delta[-1] / sigmoid.delta[0])} times through sigmoids" in text


def _too_small(lab: FlowLab, text: str) -> None:
    small, glorot = lab.statistics()
    assert small.gradient[0] < 1e-4 * glorot.gradient[0]
    assert lab.losses[0] == pytest.approx(np.log(2), abs=1e-3)  # that of a guess: it stands still
    assert f"is {number(small.gradient[0])} with weights a tenth" in text


def _orthogonal(lab: FlowLab, text: str) -> None:
    orthogonal, glorot = lab.statistics()
    if lab.steps == 0:
        np.testing.assert_allclose(orthogonal.delta, orthogonal.delta[-1], rtol=1e-6)
        np.testing.assert_allclose(orthogonal.activation[1:], orthogonal.activation[1], rtol=1e-2)
        assert "keeps its size (× 1.00) with orthogonal weights" in text
        assert abs(np.log(glorot.delta[0] / glorot.delta[-1])) > 0.5
    assert f"{through(glorot.delta[::-1])} with Glorot's" in text


def _dying(lab: FlowLab, text: str) -> None:
    gentle, harsh = lab.statistics()
    if lab.steps:
        assert harsh.dead.max() == 1.0
        assert not harsh.gradient.any()
        assert gentle.dead.max() < 0.5
        assert "(100 % in the worst layer)" in text
        assert text.endswith("no gradient reaches any hidden layer any more.")
    assert f"{percent(harsh.dead.mean())} of the units are dead" in text


def _leaky(lab: FlowLab, text: str) -> None:
    relu, leaky = lab.statistics()
    assert not leaky.dead.any()
    if lab.steps:
        assert lab.statuses == ("running", "running")
        assert relu.dead.max() == 1.0
        assert leaky.gradient.min() > 0
        assert lab.losses[1] < lab.losses[0]
    assert f"{percent(relu.dead.max())} of the worst layer's ReLUs" in text
    assert "0 % of the Leaky ReLUs" in text


def _clipping(lab: FlowLab, text: str) -> None:
    free, clipped = lab.statistics()
    if lab.steps == 0:
        np.testing.assert_array_equal(free.gradient, clipped.gradient)
    else:
        assert lab.statuses == ("diverged", "running")
        assert free.gradient[0] > 1e6 * clipped.gradient[0]
        assert lab.losses[1] < 0.1 * lab.trainer_of(1).start_loss
        divergence = lab.divergences[0]
        assert divergence is not None
        assert f"not clipped” diverged after {counted(divergence.step, 'step')}" in text
    assert f"{number(clipped.gradient[0])} before it is clipped" in text


CLAIMS: Mapping[str, Callable[[FlowLab, str], None]] = {
    "zeros": _zeros,
    "variance_one": _variance_one,
    "constant": _constant,
    "he_relu": _he_relu,
    "glorot_tanh": _glorot_tanh,
    "he_sigmoid": _he_sigmoid,
    "too_small": _too_small,
    "orthogonal": _orthogonal,
    "dying": _dying,
    "leaky": _leaky,
    "clipping": _clipping,
}


def test_every_preset_is_tested() -> None:
    assert set(CLAIMS) == set(PRESETS)
    assert all(len(preset.title) <= 28 for preset in PRESETS.values())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_shows_what_it_says_before_and_after_training(name: str) -> None:
    preset = PRESETS[name]
    lab = FlowLab(preset.config, preset.settings)
    before = preset.sentence(lab)
    assert before.startswith("Before training, ")
    CLAIMS[name](lab, before)
    assert lab.run_epochs(EPOCHS) == EPOCHS
    after = preset.sentence(lab)
    assert after.startswith(f"After {EPOCHS} epochs, ")
    assert after.endswith(".")
    assert after.count(". ") == 0, "one sentence"
    CLAIMS[name](lab, after)


def test_a_preset_speaks_of_its_own_networks_only() -> None:
    lab = FlowLab(Config(samples=40), FlowSettings(flow_depth=1))
    with pytest.raises(ValueError, match="'Zero weights' speaks of other networks"):
        PRESETS["zeros"].sentence(lab)


def test_a_preset_fits_whatever_is_shown_of_it() -> None:
    preset = PRESETS["dying"]
    assert preset.fits(preset.config, preset.settings)
    watched = Config(batch_size=25, speed="max", log_loss=True)
    assert preset.fits(watched, preset.settings)
    assert not preset.fits(Config(batch_size=10), preset.settings)
    assert not preset.fits(preset.config, FlowSettings())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0123, "0.012"),
        (1.25e-3, "0.0013"),
        (0.996, "1.0"),
        (1.26, "1.3"),
        (99.6, "100"),
        (341, "340"),
        (9960, "10,000"),
        (5.12e-8, "5.1 × 10⁻⁸"),
        (7.5e12, "7.5 × 10¹²"),
        (-3.2, "-3.2"),
    ],
)
def test_numbers_in_words(value: float, text: str) -> None:
    assert number(value) == text


def test_shares_and_ways_in_words() -> None:
    shares = [percent(share) for share in (0, 0.001, 0.5, 0.999, 1)]
    assert shares == ["0 %", "less than 1 %", "50 %", "more than 99 %", "100 %"]
    ways = [(1, 1.05), (1, 3), (3, 1), (0, 0), (0, 2), (2, 0)]
    assert [through(np.array(way, dtype=float)) for way in ways] == [
        "keeps its size (× 1.05)",
        "grows 3.0 times",
        "shrinks 3.0 times",
        "is 0 from the start",
        "grows from 0 to 2.0",
        "falls to 0",
    ]
    assert (counted(1, "step"), counted(1200, "step")) == ("1 step", "1,200 steps")
