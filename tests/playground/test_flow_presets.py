"""Each preset on real runs: what it says is so, before training and at the end, with numbers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.study.divergence_report import divergence_report
from playground.gradient_flow.comparison import Comparison
from playground.gradient_flow.presets import BACK, PRESETS, SIGNAL, SPREAD
from playground.gradient_flow.settings import OVER_EPOCHS, GradientFlowSettings
from playground.gradient_flow.statistics import LayerStatistics
from playground.gradient_flow.wording import ending, endings, number, percent
from playground.gradient_flow.words import counted
from playground.settings.config import Config

EARLY = 20
GUESS = np.log(2)  # the loss of two equal chances
COPIES = 0.9999  # a mean cosine from which two units are copies
Lanes = tuple[LayerStatistics, ...]
Losses = NDArray[np.float64]


class Run:
    """A preset's networks before training, after 20 epochs, and at the end of the run."""

    def __init__(self, name: str) -> None:
        preset = PRESETS[name]
        self.comparison = Comparison(preset.config, preset.settings)
        self.before, self.at_start = self.comparison.statistics(), self.comparison.losses
        self.reports = [preset.report(self.comparison)]
        self.comparison.run_epochs(EARLY)
        self.early = self.comparison.losses
        self.reports.append(preset.report(self.comparison))
        self.comparison.run_epochs(preset.config.epochs - EARLY)
        self.after, self.at_end = self.comparison.statistics(), self.comparison.losses
        self.reports.append(preset.report(self.comparison))

    def ended(self) -> list[str | None]:
        return [ending(self.comparison, k) for k in range(len(self.comparison.networks))]


run = cache(Run)
back, spread, signal = BACK.read, SPREAD.read, SIGNAL.read


def zeros(r: Run) -> None:
    assert not r.before[0].gradient.any()
    assert not r.before[1].gradient.any()
    assert not r.after[0].gradient.any()
    assert 0 < r.after[1].gradient.max() < 0.1 * r.after[2].gradient.max()
    for each in (*r.before[:2], *r.after[:2]):
        np.testing.assert_allclose(each.alike, 1.0, atol=1e-6)
    assert np.abs(r.after[2].alike).max() < 0.2
    np.testing.assert_allclose(r.at_end[:2], GUESS, atol=0.01)
    assert r.at_end[2] < 0.3


def variance_one(r: Run) -> None:
    assert r.before[0].saturated.mean() > 0.5
    assert r.after[0].saturated.mean() > 0.5
    assert back(r.before[0]) > 100
    assert back(r.after[0]) < back(r.before[0]) / 3
    assert r.after[1].saturated.mean() < 0.05
    assert r.at_end[0] > 10 * r.at_end[1]


def constant(r: Run) -> None:
    for each in (r.before[0], r.after[0]):
        assert each.activation.min() > 0.01, "the signal passes"
        assert each.alike.min() > COPIES
    assert r.before[0].gradient.max() < 1e-12 < r.after[0].gradient.min()
    assert r.at_end[0] > 0.9 * r.at_start[0]
    assert r.at_end[1] < 0.3


def he_relu(r: Run) -> None:
    he, glorot, normal = map(signal, r.before)
    assert 0.5 < he < 2
    assert glorot < 0.01
    assert normal > 1e6
    assert r.early[1] == pytest.approx(GUESS, abs=0.002)
    assert r.early[0] < 0.67
    assert signal(r.after[1]) > 10 * glorot
    assert r.at_end[:2].max() < 0.4
    assert r.ended()[:2] == [None, None]
    assert str(r.ended()[2]).startswith("diverged in epoch 1 (in step ")


def glorot_tanh(r: Run) -> None:
    glorot, uniform = map(back, r.before)
    assert 1 / 3 < glorot < 3
    assert spread(r.before[0]) < 3
    assert uniform > 200
    assert back(r.after[1]) < uniform / 5
    assert r.after[1].saturated.mean() > 0.5 > 0.05 > r.after[0].saturated.mean()
    assert r.at_end[0] < 0.01
    assert r.at_end[1] > 0.2


def he_sigmoid(r: Run) -> None:
    assert back(r.before[0]) < 1e-4
    assert r.after[0].gradient[0] < 1e-6
    assert back(r.after[0]) < 0.01
    assert r.at_end[0] == pytest.approx(GUESS, abs=0.005)
    assert 0.1 < back(r.before[1]) < 10
    assert r.at_end[1] < 0.1


def too_small(r: Run) -> None:
    for small, glorot in (r.before, r.after):
        assert small.gradient[0] < 1e-5 * glorot.gradient[0]
    assert (np.diff(r.before[0].activation) < 0).all(), "it fades from layer to layer"
    assert r.at_end[0] == pytest.approx(GUESS, abs=1e-3)
    assert r.at_end[1] < 0.4


def orthogonal(r: Run) -> None:
    assert spread(r.before[0]) == pytest.approx(1, abs=1e-3)
    assert spread(r.before[1]) > 2
    assert spread(r.after[0]) < 2 < spread(r.after[1])
    assert r.at_end.max() < 0.01


def dying(r: Run) -> None:
    np.testing.assert_array_equal(r.before[0].gradient, r.before[1].gradient)
    assert max(each.dead.max() for each in r.before) < 0.2
    gentle, harsh = r.after
    assert harsh.dead.max() == 1.0
    assert not harsh.gradient.any()
    assert gentle.dead.max() < 0.2
    assert r.at_end[1] == pytest.approx(GUESS, abs=0.01)
    assert r.at_end[0] < 0.6


def leaky(r: Run) -> None:
    relu, leaky = r.before
    np.testing.assert_allclose(relu.gradient, leaky.gradient, rtol=0.05)
    relu, leaky = r.after
    assert relu.dead.max() == 1.0
    assert not relu.gradient.any()
    assert not leaky.dead.any()
    assert leaky.gradient.min() > 0
    assert r.early[1] < r.early[0] - 0.05
    assert r.at_end[1] < r.at_end[0] / 2


def clipping(r: Run) -> None:
    np.testing.assert_array_equal(r.before[0].gradient, r.before[1].gradient)
    how, clipped = r.ended()
    assert clipped is None
    assert how is not None
    assert how.startswith("diverged in epoch 1 (in step ")
    assert r.at_end[1] < 0.05 * r.at_start[1]
    assert r.at_end[1] < GUESS


CLAIMS: Mapping[str, Callable[[Run], None]] = {
    claim.__name__: claim
    for claim in (
        *(zeros, variance_one, constant, he_relu, glorot_tanh, he_sigmoid),
        *(too_small, orthogonal, dying, leaky, clipping),
    )
}


def test_every_preset_is_tested_and_measures_what_its_map_shows() -> None:
    assert set(CLAIMS) == set(PRESETS)
    for preset in PRESETS.values():
        assert len(preset.title) <= 28
        assert preset.measures[0].name.startswith(OVER_EPOCHS[preset.settings.flow_over_epochs])


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_shows_what_it_says_before_training_and_at_the_end(name: str) -> None:
    CLAIMS[name](run(name))


@pytest.mark.parametrize("name", PRESETS)
def test_a_report_has_the_numbers_of_both_moments_and_the_losses(name: str) -> None:
    r, preset = run(name), PRESETS[name]
    first, early, last = r.reports
    networks = " | ".join(network.label for network in preset.settings.networks)
    moments = ("", " → after 20 epochs", f" → after {preset.config.epochs} epochs")
    for report, moment in zip((first, early, last), moments, strict=True):
        assert report.startswith(f"Before training{moment}, for {networks}. ")

    def now(values: list[str]) -> list[str]:
        ended = zip(values, r.ended(), strict=True)
        return [value if how is None else "diverged" for value, how in ended]

    def pairs(before: list[str], after: list[str]) -> str:
        return " | ".join(f"{a} → {b}" for a, b in zip(before, after, strict=True))

    for m in preset.measures:
        title = m.name.format(last=preset.settings.flow_depth)
        before, after = ([m.write(m.read(each)) for each in ends] for ends in (r.before, r.after))
        assert f". {title}: {' | '.join(before)}. " in first
        assert f". {title}: {pairs(before, now(after))}. " in last
    losses = pairs([*map(number, r.at_start)], now([*map(number, r.at_end)]))
    assert last.endswith(f". Training loss: {losses}.")


BURSTING = GradientFlowSettings(
    flow_depth=3,
    flow_activations=("identity", "tanh"),
    flow_inits=("normal", "glorot"),
    flow_scales=(10.0, 1.0),
    flow_rates=(5.0, 0.03),
    flow_clips=(0.0, 0.0),
)


def test_the_epoch_and_the_step_of_an_end_are_counted_from_one() -> None:
    comparison = Comparison(Config(samples=40, batch_size=5), BURSTING)
    assert endings(comparison) == ""
    comparison.run_epochs(3)
    divergence = comparison.divergences[0]
    assert divergence is not None
    epoch = divergence.step // comparison.steps_per_epoch + 1  # in which the fatal step lay
    how = f"diverged in epoch {epoch} (in step {divergence.step + 1})"
    assert (ending(comparison, 0), ending(comparison, 1)) == (how, None)
    assert endings(comparison) == f"“{comparison.networks[0].label}” {how}."
    # The same step as in the report on what happened.
    assert divergence_report(comparison.tracks[0].trainer).failed.step == divergence.step + 1


def test_a_preset_speaks_of_its_own_settings_only_whatever_is_shown_of_them() -> None:
    preset = PRESETS["dying"]
    assert preset.fits(replace(preset.config, speed="max", log_loss=True), preset.settings)
    assert not preset.fits(Config(batch_size=10), preset.settings)
    assert not preset.fits(preset.config, GradientFlowSettings())


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
        (float("nan"), "–"),
    ],
)
def test_numbers_in_words(value: float, text: str) -> None:
    assert number(value) == text


def test_shares_and_counts_in_words() -> None:
    shares = [percent(share) for share in (0, 0.001, 0.5, 0.999, 1)]
    assert shares == ["0 %", "less than 1 %", "50 %", "more than 99 %", "100 %"]
    assert (counted(1, "step"), counted(1200, "step")) == ("1 step", "1,200 steps")
