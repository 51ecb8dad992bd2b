"""The presets of the lecture: each does what its words say, in the float32 that the app runs in."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.study.range_test import range_test
from playground.learning_rate.edge import EdgeRun
from playground.learning_rate.landscape import slice_
from playground.learning_rate.map_spec import map_of
from playground.learning_rate.map_workers import FileFlag, train_row
from playground.learning_rate.parabola import Verdict, descend
from playground.learning_rate.presets import PRESETS
from playground.learning_rate.race import RACES, Race, RunReport
from playground.learning_rate.settings import RateSettings
from playground.runs.experiment import Experiment
from playground.settings.preset import Preset
from tests.playground.test_landscape import plane, record

Floats = NDArray[np.float64]
RatePreset = Preset[RateSettings]
Claim = Callable[[RatePreset], None]

# What the words of a preset say, by its key: a preset without a proof fails.
CLAIMS: dict[str, Claim] = {}


def claim(name: str) -> Callable[[Claim], Claim]:
    def register(function: Claim) -> Claim:
        CLAIMS[name] = function
        return function

    return register


def race_of(preset: RatePreset) -> Race:
    assert preset.settings.view == "race"
    kind = preset.settings.race
    return Race(preset.config, kind, RACES[kind].entries(preset.config, preset.settings))


def losses_of(race: Race) -> Floats:
    """The losses after each epoch of a whole race, (epochs + 1, K)."""
    rows = [race.losses]
    while race.run_epochs(1):
        rows.append(race.losses)
    return np.array(rows)


def verdicts_of(race: Race, preset: RatePreset) -> dict[str, str]:
    return {report.label: report.verdict for report in reports_of(race, preset)}


def reports_of(race: Race, preset: RatePreset) -> list[RunReport]:
    return race.reports(preset.settings.target)


def watched(preset: RatePreset) -> tuple[EdgeRun, Floats, Floats]:
    """A whole edge run, and sharpness / limit and loss at the start and after each epoch."""
    assert preset.settings.view == "edge"
    run = EdgeRun(preset.config)
    assert run.note == ""  # nothing weakens the theory
    rows = [(run.ratio, run.loss)]
    while run.run_epochs(1):
        rows.append((run.ratio, run.loss))
    ratio, loss = np.array(rows).T
    return run, ratio, loss


# ---- all of them ------------------------------------------------------------------------------


def test_titles_and_words_fit_the_page() -> None:
    for preset in PRESETS.values():
        assert 0 < len(preset.title) <= 28
        assert preset.look.endswith(".")
        assert preset.look.count(". ") <= 1  # one or two sentences


@pytest.mark.parametrize("name", PRESETS)
def test_it_does_what_its_words_say(name: str) -> None:
    CLAIMS[name](PRESETS[name])


# ---- the parabola -----------------------------------------------------------------------------


def parabola_of(preset: RatePreset) -> Floats:
    """The iterates, from 1."""
    settings = preset.settings
    assert settings.view == "parabola"
    assert settings.curvature == 1  # so that rates are multiples of 1/λ
    return descend(settings.curvature, settings.step_size, settings.heavy_ball).xs


@claim("oscillate")
@claim("below")
@claim("above")
def each_step_multiplies_the_distance_by_what_is_said(preset: RatePreset) -> None:
    xs = parabola_of(preset)
    factors = {1.5: -0.5, 1.9: -0.9, 2.1: -1.1}
    np.testing.assert_allclose(xs[1:], factors[preset.settings.step_size] * xs[:-1], rtol=1e-12)


@claim("swing")
def momentum_tames_a_rate_that_doubles_the_distance(preset: RatePreset) -> None:
    xs = parabola_of(preset)
    assert preset.settings.step_size == 3
    plain = descend(1, 3).xs
    np.testing.assert_allclose(plain[1:], -2 * plain[:-1], rtol=1e-12)
    path = descend(1, 3, 0.8)
    assert path.limit == pytest.approx(3.6)
    assert path.verdict is Verdict.OSCILLATES
    assert np.abs(xs[-10:]).max() < 0.02


# ---- a linear model ---------------------------------------------------------------------------


@claim("linear-below")
def below_the_line_the_loss_falls_with_every_step(preset: RatePreset) -> None:
    run, ratio, loss = watched(preset)
    assert run.critical_rate == pytest.approx(0.0788, abs=5e-5)
    assert preset.config.learning_rate == 0.077
    np.testing.assert_allclose(ratio, 0.077 / 0.0788, rtol=2e-3)
    assert run.status == "finished"
    assert (np.diff(loss) < 0).all()
    assert loss[-1] < 1e-6 * loss[0]


@claim("linear-above")
def above_the_line_the_loss_grows(preset: RatePreset) -> None:
    run, ratio, loss = watched(preset)
    assert replace(preset.config, learning_rate=0.077) == PRESETS["linear-below"].config
    np.testing.assert_allclose(ratio, 1.03, atol=5e-3)
    assert run.status == "diverged"
    assert run.epoch < preset.config.epochs
    assert (np.diff(loss)[1:] > 0).all()  # the first step still gains in the flat directions
    assert loss[-1] > 1000 * loss[0]


@claim("bowl")
def the_path_leaps_from_wall_to_wall(preset: RatePreset) -> None:
    assert preset.settings.view == "landscape"
    assert preset.config.learning_rate == PRESETS["linear-below"].config.learning_rate
    path = record(preset.config)
    found = slice_(path, plane(preset.settings.plane, path), 41)
    leaps = np.diff(found.path[:, 0])  # along the steepest direction
    assert (leaps[1:] * leaps[:-1] < 0).all()
    assert (np.abs(leaps[1:]) < np.abs(leaps[:-1])).all()
    other = np.abs(np.diff(found.path[:, 1]))
    assert (np.abs(leaps[5:]) > 10 * other[5:]).all()
    assert (np.diff(found.path_losses) < 0).all()


@claim("rescue")
def enough_momentum_lifts_the_limit_over_the_rate(preset: RatePreset) -> None:
    plain = EdgeRun(preset.config)
    assert preset.config.learning_rate == pytest.approx(1.5 * plain.critical_rate, rel=5e-3)
    race = race_of(preset)
    losses = losses_of(race)
    for report, run in zip(reports_of(race, preset), race.runs, strict=True):
        expected = "diverged" if run.config.momentum < 0.5 else "converging"
        assert report.verdict == expected
    assert losses[-1][race.alive].max() < 1e-4


@claim("destroy")
def momentum_destroys_with_small_batches(preset: RatePreset) -> None:
    race = race_of(preset)
    losses = losses_of(race)
    assert verdicts_of(race, preset) == {
        "0": "converging",
        "0.5": "converging",
        "0.9": "diverged",
        "0.99": "diverged",
    }
    assert losses[-1][:2].max() < 1e-6
    assert preset.config.batch_size == 10
    full = EdgeRun(replace(preset.config, momentum=0.9))  # takes all points in each step
    assert 2.9 < full.critical_rate / preset.config.learning_rate < 3
    start = full.loss
    full.run_epochs(100)
    assert full.loss < 0.01 * start


# ---- races ------------------------------------------------------------------------------------


@claim("sixteen")
def the_best_rate_lies_in_the_middle(preset: RatePreset) -> None:
    race = race_of(preset)
    assert len(race.runs) == 16
    start = race.losses
    race.run_epochs(10)
    assert verdicts_of(race, preset)["30"] == "diverged"
    race.run_epochs(990)
    assert race.epoch == 1000
    losses = race.losses
    assert 0.1 < race.runs[int(np.argmin(losses))].config.learning_rate < 1
    assert losses.min() < 0.2
    assert losses[:3].min() > 0.5 * start[0]


@claim("batch")
def many_small_steps_get_farther_than_one(preset: RatePreset) -> None:
    race = race_of(preset)
    losses = losses_of(race)
    assert preset.config.training_points == 250
    assert len(losses) == 101
    rises = (np.diff(losses, axis=0) > 0).sum(axis=0)
    assert rises[0] > 20  # up and down
    assert rises[2] == 0  # smooth
    assert losses[-1][2] == losses[-1].max()
    assert losses[-1][0] < 0.9 * losses[-1][2]
    assert race.trainer_of(0)[0].steps == 250 * 100
    assert race.trainer_of(2)[0].steps == 100


@claim("adam")
def adam_learns_at_a_rate_that_kills_sgd(preset: RatePreset) -> None:
    race = race_of(preset)
    losses = losses_of(race)
    reports = {report.label: report for report in reports_of(race, preset)}
    assert reports["SGD"].verdict == "diverged"
    assert race.trainer_of(0)[0].diverged_epoch == 3
    for k, name in ((1, "Adagrad"), (2, "Adam")):
        assert losses[:, k].max() > losses[0, k]  # leaps up as well
        assert reports[name].verdict == "converging"
        assert reports[name].epochs_to_target is not None
        assert reports[name].train_loss < preset.settings.target


@claim("decay")
def decay_diverges_exactly_above_two_by_its_strength(preset: RatePreset) -> None:
    race = race_of(preset)
    race.run_epochs(preset.config.epochs)
    assert preset.config.weight_decay == 10
    for k, report in enumerate(reports_of(race, preset)):
        trainer, replica = race.trainer_of(k)
        if race.runs[k].config.learning_rate * 10 > 2:
            assert report.verdict == "diverged"
        else:
            assert report.verdict == "stalled"
            assert report.train_loss == pytest.approx(math.log(2), abs=1e-3)  # a guess
            assert np.abs(trainer.model.flat[replica]).max() < 0.02


# ---- the edge of stability --------------------------------------------------------------------


@claim("cold")
def without_warm_up_it_is_lost_at_once(preset: RatePreset) -> None:
    run, ratio, _ = watched(preset)
    assert ratio[0] == pytest.approx(10, rel=0.05)
    assert run.status == "diverged"
    assert run.epoch == 3
    names = list(PRESETS)
    assert names[names.index("cold") + 1] == "warm"
    assert replace(PRESETS["warm"].config, warmup=0) == preset.config


@claim("warm")
def warm_up_leads_to_flatter_ground(preset: RatePreset) -> None:
    run = EdgeRun(preset.config)
    first = run.sharpness
    sharpness, ratio = [], []
    while run.run_epochs(1):
        sharpness.append(run.sharpness)
        ratio.append(run.ratio)
    assert run.status == "finished"
    assert min(sharpness[:60]) < first / 20
    assert max(ratio[100:]) < 1.2
    assert run.learning_rate == preset.config.learning_rate == 0.1
    assert run.loss < 0.1


@claim("edge")
def sharpness_rises_to_the_line_and_hovers(preset: RatePreset) -> None:
    run, ratio, loss = watched(preset)
    assert run.status == "finished"
    assert ratio[0] < 0.5
    assert 200 < np.argmax(ratio > 1) <= 300
    late = ratio[400:]
    assert late.mean() == pytest.approx(1, abs=0.05)
    assert 0.8 < late.min() < late.max() < 1.25
    assert (np.diff(loss[400:]) > 0).any()
    assert loss[800:].mean() < 0.95 * loss[300:500].mean()


@claim("cliff")
def a_smooth_descent_ends_at_the_line(preset: RatePreset) -> None:
    run, ratio, loss = watched(preset)
    assert run.status == "diverged"
    assert (np.diff(loss[60:521]) < 0).all()
    assert loss[400] < 0.4 * loss[0]
    assert ratio[40:401].max() < 0.3
    crossing = 40 + int(np.argmax(ratio[40:] > 1))
    assert crossing == pytest.approx(520, abs=15)
    assert (np.diff(ratio[420:crossing]) > 0).all()
    leap = crossing + int(np.argmax(loss[crossing:] > loss[0]))
    assert crossing < leap <= run.epoch <= crossing + 30


# ---- range test, landscape, map ---------------------------------------------------------------


@claim("range")
def the_suggested_rate_keeps_its_distance(preset: RatePreset) -> None:
    settings, config = preset.settings, preset.config
    assert settings.view == "range"
    trainer = Experiment(config).trainer
    found = range_test(
        trainer,
        settings.range_low,
        settings.range_high,
        settings.range_count,
        settings.range_steps,
    )
    assert found.steepest == pytest.approx(0.6, rel=0.1)
    assert found.minimum == pytest.approx(0.8, rel=0.1)
    assert found.blow_up == pytest.approx(3.4, rel=0.1)
    assert found.suggestion == pytest.approx(0.21, rel=0.1)
    assert found.suggestion is not None
    assert found.blow_up is not None
    race = Race(config, "rates", (found.suggestion, found.blow_up))
    race.run_epochs(config.epochs)
    assert race.losses[0] < 0.01 < 0.5 < race.losses[1]


@claim("path")
def nearly_all_of_the_path_lies_in_the_plane(preset: RatePreset) -> None:
    assert preset.settings.view == "landscape"
    path = record(preset.config)
    assert path.weights.shape[1] == 162
    across = plane(preset.settings.plane, path)
    assert across.explained > 0.95
    found = slice_(path, across, 41)
    way = np.linalg.norm(np.diff(found.path, axis=0), axis=1).cumsum()
    half = 1 + int(np.argmax(way >= way[-1] / 2))
    assert found.path_losses[half] < 0.1 * found.path_losses[0]
    assert found.path_losses[-1] > 0.02 * found.path_losses[0]


@claim("map")
def larger_weights_bear_lower_rates_only(preset: RatePreset) -> None:
    settings = preset.settings
    assert settings.view == "map"
    spec = map_of(preset.config, settings)
    rates = np.array(spec.rates)
    assert spec.shape == (20, 30)
    for number, scale in enumerate(spec.values):
        if 0.15 < scale < 0.4 or 0.45 < scale < 1.8 or 2 < scale < 9:
            continue  # those left stand for the rows between them
        row = train_row(number, spec.row_config(number), spec.rates, FileFlag("never there"))
        assert row is not None
        diverged = row.diverged_epoch >= 0
        if scale < 0.45:
            assert not diverged[rates <= 0.7].any()
        else:
            assert diverged[rates >= 0.2].all()
        assert diverged[-1]
        assert not diverged[0]
