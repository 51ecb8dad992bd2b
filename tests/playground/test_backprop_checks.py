"""Four derivations agree; the V has its bottom where theory puts it; each bug is caught."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from playground.backprop import checks
from playground.backprop.bug_report import examine
from playground.backprop.bugs import BUGS
from playground.backprop.checks import (
    by_layers,
    by_torch,
    central_differences,
    check,
    entries_of,
    losses_of,
)
from playground.backprop.network import network_of
from playground.backprop.settings import LOSSES, BackpropSettings
from playground.backprop.steps import trace, trace_of
from playground.backprop.v_curve import v_curve
from playground.settings.config import ACTIVATION_LABELS
from tests.playground.networks import DIGITS, small


@pytest.mark.parametrize("batch", [1, 8])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATION_LABELS)
def test_all_derivations_agree(activation: str, loss: str, batch: int) -> None:
    found = check(trace_of(small(loss, activation, batch)))
    assert [row.name for row in found.parameters] == ["W1", "b1", "W2", "b2", "W3", "b3"]
    assert found.largest["trace"] < 1e-12
    assert found.largest["autograd"] < 1e-12
    assert found.largest["central"] < 1e-6
    compared = sum(int(row.smooth.sum()) for row in found.parameters)
    assert compared > 0.9 * sum(row.smooth.size for row in found.parameters)


def test_the_large_network_is_checked_in_part() -> None:
    found = check(trace_of(DIGITS))
    compared = [row.columns["layers"].size for row in found.parameters]
    assert compared == [checks.SAMPLED, 10, 100, 10]
    assert found.largest["trace"] < 1e-12
    assert found.largest["central"] < 1e-6


@pytest.mark.parametrize("loss", LOSSES)
def test_many_networks_at_once_have_the_losses_of_each(loss: str) -> None:
    network = network_of(small(loss, "relu"))
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(5, network.model.n_parameters))
    found, sides = losses_of(network, rows)
    assert sides.shape == (5, 7 * network.batch)
    kept = network.model.flat.copy()
    for row, one in zip(rows, found, strict=True):
        network.model.flat[...] = row
        expected = network.loss.value(network.model.forward(network.X), network.y)
        assert one == pytest.approx(expected, rel=1e-12)
    network.model.flat[...] = kept


def test_a_step_over_a_kink_is_left_out() -> None:
    network = network_of(small("mse", "relu"))
    _, near = central_differences(network, entries_of(network), 1e-7)
    _, far = central_differences(network, entries_of(network), 1.0)
    kinks = {name: crossed.sum() for name, crossed in far.items()}
    assert not any(crossed.any() for crossed in near.values())
    assert sum(kinks.values()) > 0
    table = check(trace(network), step=1.0)
    assert {row.name: row.kinks for row in table.parameters} == kinks


# --- PyTorch --------------------------------------------------------------------------------------


def test_without_torch_the_table_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    path = trace_of(BackpropSettings())
    assert by_torch(path.network) == "PyTorch is not installed here"
    for row in check(path).parameters:
        assert row.missing == {"torch": "PyTorch is not installed here"}
        assert "torch" not in row.differences


@pytest.mark.parametrize("loss", checks._TORCH_LOSSES)
@pytest.mark.parametrize("activation", checks._TORCH_FUNCTIONS)
def test_torch_agrees(activation: str, loss: str) -> None:
    pytest.importorskip("torch")
    found = check(trace_of(small(loss, activation)))
    assert found.largest["torch"] < 1e-12


# --- the V ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [*map(small, LOSSES), DIGITS])
def test_the_v(settings: BackpropSettings) -> None:
    curve = v_curve(network_of(settings))
    assert len(curve.h) == len(curve.double) == len(curve.single)
    for errors, best, predicted in zip(
        (curve.double, curve.single), curve.best, curve.predicted, strict=True
    ):
        assert predicted / 30 < best < predicted * 30
        bottom = errors.min()
        assert errors[0] > 10 * bottom  # truncation
        assert errors[-1] > 100 * bottom  # rounding
    assert curve.double.min() < 1e-8
    assert curve.single.min() > 1e-6
    # On the left branch of the V the error grows as h²: two decades of h, four of error.
    large = v_curve(network_of(settings), [1e-1, 1e-3])
    assert math.log10(large.double[0] / large.double[1]) == pytest.approx(4.0, abs=0.3)


# --- the bugs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", BUGS)
def test_each_bug_is_caught(name: str, loss: str) -> None:
    report = examine(network_of(small(loss)), name)
    assert report.bug is BUGS[name]
    assert report.outcome != "invisible"
    right, wrong = trace_of(small(loss)), trace_of(small(loss, bug=name))
    assert right.steps[report.step].symbols != wrong.steps[report.step].symbols
    before = zip(right.steps[: report.step], wrong.steps, strict=False)
    assert all(one.numbers == other.numbers for one, other in before)
    if report.outcome == "wrong numbers":
        worst, off = re.fullmatch(r"d(\w+) is off by (\S+) of its size", report.message).groups()  # type: ignore[union-attr]
        ours, theirs = wrong.gradients[worst], by_layers(right.network)[worst]
        apart = np.abs(ours - theirs).max() / max(np.abs(ours).max(), np.abs(theirs).max())
        assert float(off) == pytest.approx(apart, rel=0.06)
        assert apart > 1e-3
    if report.outcome == "stopped":
        assert wrong.error == report.message
        assert "shape" in wrong.error or "mismatch" in wrong.error


@pytest.mark.parametrize("name", BUGS)
def test_where_numpy_does_not_object_only_the_check_does(name: str) -> None:
    path = trace_of(BackpropSettings(**BUGS[name].quiet, walk_bug=name))
    assert set(path.gradients) == set(path.network.parameters())  # the backward pass ran through
    report = examine(path.network, name)
    assert report.outcome == ("wrong shape" if name == "bias_not_summed" else "wrong numbers")


def test_the_sum_is_b_times_the_mean() -> None:
    settings = small("mse", bug="sum_for_mean")
    wrong, right = trace_of(settings).gradients, by_layers(network_of(settings))
    for name in right:
        np.testing.assert_allclose(wrong[name], 3 * right[name], rtol=1e-12)


COLUMN = small("binary_cross_entropy", layers=())


@pytest.mark.parametrize(
    ("name", "settings", "outcome"),
    [
        ("weight_transpose", BackpropSettings(walk_layers=(2,), walk_outputs=2), "wrong numbers"),
        ("weight_transpose", BackpropSettings(walk_layers=(3,), walk_outputs=2), "stopped"),
        ("flat_targets", COLUMN, "wrong shape"),  # broadcasting makes a matrix of a column
        ("flat_targets", replace(COLUMN, walk_batch=1), "invisible"),
        ("sum_for_mean", BackpropSettings(walk_batch=1), "invisible"),
        ("missing_derivative", BackpropSettings(walk_activation="identity"), "invisible"),
        ("missing_derivative", BackpropSettings(walk_layers=()), "invisible"),
        ("weight_transpose", BackpropSettings(walk_layers=()), "invisible"),
        ("mixed_layouts", BackpropSettings(walk_layers=()), "invisible"),
    ],
)
def test_what_a_bug_does_depends_on_the_network(
    name: str, settings: BackpropSettings, outcome: str
) -> None:
    report = examine(network_of(settings), name)
    assert report.outcome == outcome
    assert (report.message == BUGS[name].invisible) == (outcome == "invisible")


def test_the_update_refuses_a_gradient_of_another_shape() -> None:
    path = trace_of(BackpropSettings(walk_bug="bias_not_summed"))
    assert path.steps[-1].title == "Update of b1"
    assert "shape (3,)" in path.error
    reasons = [row.missing.get("trace") for row in check(path).parameters if row.name[0] == "b"]
    assert reasons == ["has shape (3, 3), but b1 has (3,)", "has shape (3, 2), but b2 has (2,)"]
    # Of these the report names the one that the way back meets first.
    assert examine(path.network, "bias_not_summed").message == f"db2 {reasons[1]}"
