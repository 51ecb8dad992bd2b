"""Four derivations agree; the V has its bottom where theory puts it; each bug is caught."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from playground.backprop import checks
from playground.backprop.bug_report import examine
from playground.backprop.bugs import BUGS, rules_of
from playground.backprop.checks import (
    STEP,
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

OUTPUTS = {"cross_entropy": 3, "binary_cross_entropy": 1, "mse": 2}
DIGITS = BackpropSettings(walk_network="digits")


def settings_of(loss: str, activation: str = "tanh", batch: int = 3) -> BackpropSettings:
    return BackpropSettings(
        walk_layers=(4, 3),
        walk_outputs=OUTPUTS[loss],
        walk_activation=activation,
        walk_loss=loss,
        walk_batch=batch,
    )


@pytest.mark.parametrize("batch", [1, 3, 8])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATION_LABELS)
def test_all_derivations_agree(activation: str, loss: str, batch: int) -> None:
    found = check(trace_of(settings_of(loss, activation, batch)))
    assert [row.name for row in found.parameters] == ["W1", "b1", "W2", "b2", "W3", "b3"]
    assert found.largest["trace"] < 1e-12
    assert found.largest["autograd"] < 1e-12
    assert found.largest["central"] < 1e-6
    compared = sum(int(row.smooth.sum()) for row in found.parameters)
    assert compared > 0.9 * sum(row.smooth.size for row in found.parameters)


def test_the_large_network_is_checked_in_part() -> None:
    found = check(trace_of(DIGITS))
    assert [len(row.entries) for row in found.parameters] == [checks.SAMPLED, 10, 100, 10]
    assert found.largest["trace"] < 1e-12
    assert found.largest["central"] < 1e-6


@pytest.mark.parametrize("loss", LOSSES)
def test_many_networks_at_once_have_the_losses_of_each(loss: str) -> None:
    network = network_of(settings_of(loss, "relu"))
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
    network = network_of(settings_of("mse", "relu"))
    _, near = central_differences(network, entries_of(network), 1e-7)
    _, far = central_differences(network, entries_of(network), 1.0)
    assert sum(map(len, near.values())) == 0
    assert sum(map(len, far.values())) > 0
    table = check(trace(network), step=1.0)
    assert {row.name: row.kinks for row in table.parameters} == {
        name: len(places) for name, places in far.items()
    }


@pytest.mark.parametrize("step", [0.0, -1e-5, math.nan, math.inf])
def test_a_step_that_is_none_is_refused(step: float) -> None:
    with pytest.raises(ValueError, match="step"):
        check(trace_of(BackpropSettings()), step)


# --- PyTorch --------------------------------------------------------------------------------------


def test_torch_knows_only_what_can_be_chosen() -> None:
    assert set(checks._TORCH_FUNCTIONS) <= set(ACTIVATION_LABELS)
    assert set(checks._TORCH_LOSSES) <= set(LOSSES)


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
    found = check(trace_of(settings_of(loss, activation)))
    assert found.largest["torch"] < 1e-12


# --- the V ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [*map(settings_of, LOSSES), DIGITS])
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
    report = examine(network_of(settings_of(loss)), name)
    assert report.bug is BUGS[name]
    assert report.caught
    assert report.message
    right, wrong = trace_of(settings_of(loss)), trace_of(replace(settings_of(loss), walk_bug=name))
    assert right.steps[report.step].symbols != wrong.steps[report.step].symbols
    before = zip(right.steps[: report.step], wrong.steps, strict=False)
    assert all(one.numbers == other.numbers for one, other in before)
    if report.outcome == "wrong numbers":
        assert report.relative > 1e-3
        ours = wrong.gradients[report.parameter]
        theirs = by_layers(right.network)[report.parameter]
        assert np.abs(ours - theirs).max() > 1e-3 * np.abs(theirs).max()
    if report.outcome == "stopped":
        assert wrong.error == report.message
        assert "shape" in wrong.error or "mismatch" in wrong.error


@pytest.mark.parametrize("name", BUGS)
def test_where_numpy_does_not_object_only_the_check_does(name: str) -> None:
    settings = replace(BackpropSettings(), **dict(BUGS[name].quiet), walk_bug=name)  # type: ignore[arg-type]
    path = trace_of(settings)
    assert set(path.gradients) == set(path.network.parameters())  # the backward pass ran through
    report = examine(path.network, name)
    assert report.outcome == ("wrong shape" if name == "bias_not_summed" else "wrong numbers")


def test_the_sum_is_b_times_the_mean() -> None:
    settings = replace(settings_of("mse"), walk_bug="sum_for_mean")
    wrong, right = trace_of(settings).gradients, by_layers(network_of(settings))
    for name in right:
        np.testing.assert_allclose(wrong[name], 3 * right[name], rtol=1e-12)
    report = examine(network_of(settings), "sum_for_mean")
    assert report.relative == pytest.approx(2 / 3, rel=1e-6)


def test_a_square_layer_hides_the_transpose_from_numpy() -> None:
    square = network_of(BackpropSettings(walk_layers=(2,), walk_outputs=2))
    oblong = network_of(BackpropSettings(walk_layers=(3,), walk_outputs=2))
    assert examine(square, "weight_transpose").outcome == "wrong numbers"
    assert examine(oblong, "weight_transpose").outcome == "stopped"


def test_broadcasting_makes_a_matrix_of_a_column() -> None:
    settings = BackpropSettings(
        walk_layers=(), walk_outputs=1, walk_loss="binary_cross_entropy", walk_bug="flat_targets"
    )
    path = trace_of(settings)
    assert path.arrays["dZ1"].value.shape == (3, 3)
    assert not path.arrays["dZ1"].fits
    assert examine(path.network, "flat_targets").outcome == "wrong shape"
    one = replace(settings, walk_batch=1)
    assert examine(network_of(one), "flat_targets").outcome == "invisible"


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("sum_for_mean", {"walk_batch": 1}),
        ("missing_derivative", {"walk_activation": "identity"}),
        ("missing_derivative", {"walk_layers": ()}),
        ("weight_transpose", {"walk_layers": ()}),
        ("mixed_layouts", {"walk_layers": ()}),
    ],
)
def test_where_a_bug_changes_nothing_that_is_said(name: str, changes: dict[str, object]) -> None:
    report = examine(network_of(replace(BackpropSettings(), **changes)), name)  # type: ignore[arg-type]
    assert report.outcome == "invisible"
    assert not report.caught
    assert report.message == BUGS[name].invisible


def test_the_update_refuses_a_gradient_of_another_shape() -> None:
    path = trace_of(BackpropSettings(walk_bug="bias_not_summed"))
    assert path.steps[-1].title == "Update of b1"
    assert "shape (3,)" in path.error
    table = check(path, STEP)
    reasons = [row.missing["trace"] for row in table.parameters if "trace" in row.missing]
    assert reasons == [
        "has shape (3, 3), but b1 has (3,)",
        "has shape (3, 2), but b2 has (2,)",
    ]


def test_an_unknown_bug_is_refused() -> None:
    with pytest.raises(ValueError, match="bug must be one of"):
        rules_of("typo")
    with pytest.raises(ValueError, match="bug must be one of"):
        examine(network_of(BackpropSettings()), "none")
