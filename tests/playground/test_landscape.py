"""The landscape: which path is kept, which plane is cut, and that each height is a real loss."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.learning_rate import landscape, landscape_path, settings
from playground.learning_rate.landscape import DataLoss, Slice, slice_
from playground.learning_rate.landscape_path import Recorder, Trajectory
from playground.learning_rate.landscape_plane import PLANES, Plane, percent
from playground.runs.experiment import Experiment
from playground.settings.config import Config

Floats = NDArray[np.floating[Any]]

SMALL = Config(samples=60, layers=(4, 3), epochs=40, batch_size=60, learning_rate=0.3)
REGRESSION = Config(dataset="plane", samples=60, layers=(), epochs=30, batch_size=60)
ONE_HOT = replace(SMALL, dataset="blobs", classes=3, loss="mse")
BINARY = replace(SMALL, loss="binary_cross_entropy")
# The linear regression above its critical rate, which the bowl's curvature sets at about 0.17.
DIVERGING = replace(REGRESSION, learning_rate=0.3, epochs=500)


def record(config: Config) -> Trajectory:
    """The path of the Config's run over all its epochs, or until it diverges."""
    recorder = Recorder(config)
    while recorder.run_steps(1000):
        pass
    return recorder.trajectory


def plane(kind: str, path: Trajectory, seed: int = 0) -> Plane:
    return PLANES[kind](path, seed)


def loss_of(config: Config, weights: Floats) -> float:
    """The training loss of one network in float64, the plain way."""
    experiment = Experiment(config, dtype=np.float64)
    experiment.model.flat[...] = weights
    experiment.trainer.forget_measures()
    return float(experiment.trainer.train_loss)


def path_of(weights: Floats, config: Config = SMALL) -> Trajectory:
    steps = np.arange(len(weights))
    return Trajectory(config, weights, steps, steps.astype(np.float64), "finished")


def known_path(size: int, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """A path in a plane that is known: long in its first direction, short in its second."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.normal(size=(size, 2)))[0].T
    turn = np.linspace(0, 3, 30)[:, np.newaxis]
    coordinates = np.hstack([5 * (3 - turn), np.sin(2 * turn)])
    return coordinates @ basis + rng.normal(size=size), basis, coordinates


# ---- the path ---------------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path has at most 20 points."""
    monkeypatch.setattr(landscape_path, "SNAPSHOTS", 20)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("config", [SMALL, replace(SMALL, batch_size=7), REGRESSION])
def test_each_point_is_where_the_real_run_was_at_that_step(config: Config) -> None:
    path, trainer = record(config), Experiment(config).trainer
    assert len(path.weights) > 10
    for step, epoch, weights in zip(path.steps, path.epochs, path.weights, strict=True):
        trainer.run_steps(int(step) - trainer.steps)
        assert trainer.progress == epoch
        np.testing.assert_array_equal(trainer.model.flat, weights)
    assert path.status == trainer.status == "finished"
    assert path.epochs[-1] == config.epochs
    assert not path.diverged


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("epochs", [3, 19, 20, 21, 100, 1000])
def test_a_path_of_any_length_has_few_points_evenly_in_steps(epochs: int) -> None:
    path = record(replace(SMALL, epochs=epochs))
    gaps = np.diff(path.steps)
    assert min(epochs + 1, 11) <= len(path.steps) <= 21
    assert len(set(gaps[:-1].tolist())) <= 1
    assert gaps[-1] <= gaps[0]
    assert path.steps[0] == 0
    assert path.steps[-1] == epochs


def test_a_large_network_keeps_fewer_points() -> None:
    wide = replace(SMALL, layers=(64,) * 8, epochs=60)
    path = record(wide)
    assert 16 <= len(path.steps) <= 1 + landscape_path.PATH_BYTES // path.weights[0].nbytes


@pytest.mark.usefixtures("few")
def test_recording_may_be_cut_into_pieces() -> None:
    config = replace(SMALL, epochs=100)
    whole, recorder = record(config), Recorder(config)
    shares = [recorder.progress]
    while recorder.run_steps(7):
        shares.append(recorder.progress)
        middle = recorder.trajectory
        np.testing.assert_array_equal(middle.weights[-1], recorder.experiment.model.flat)
        assert middle.steps[-1] == recorder.experiment.trainer.steps
    assert (shares[0], shares[-1], len(shares)) == (0, 1, 16)
    assert all(a < b for a, b in pairwise(shares))
    np.testing.assert_array_equal(recorder.trajectory.weights, whole.weights)
    np.testing.assert_array_equal(recorder.trajectory.steps, whole.steps)


@pytest.mark.parametrize(
    "config",
    [
        DIVERGING,
        replace(SMALL, learning_rate=1000.0, loss="mse", activation="relu"),
        replace(REGRESSION, learning_rate=1000.0),
    ],
    ids=["slowly", "at a network", "at once"],
)
def test_a_diverged_path_ends_with_its_last_finite_weights(config: Config) -> None:
    path = record(config)
    experiment = Experiment(config)
    experiment.trainer.run_epochs(config.epochs)
    assert path.status == experiment.trainer.status == "diverged"
    assert path.diverged
    np.testing.assert_array_equal(path.weights[-1], experiment.model.flat)
    assert np.isfinite(path.weights).all()
    assert path.steps[-1] <= experiment.trainer.steps
    assert (np.diff(path.steps) > 0).all()
    assert np.isfinite(DataLoss(config)(path.weights)[-1])


# ---- the loss of many -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "config",
    [SMALL, BINARY, ONE_HOT, REGRESSION, replace(SMALL, dropout=0.5, l2=0.1, l1=0.1)],
    ids=["cross-entropy", "binary", "one-hot", "regression", "with penalties"],
)
def test_many_losses_are_the_single_ones(config: Config) -> None:
    size = Experiment(config).model.n_parameters
    weights = np.random.default_rng(0).normal(size=(150, size))
    losses = DataLoss(config)(weights)
    assert losses.shape == (150,)
    for i in (0, 63, 64, 127, 149):
        assert losses[i] == pytest.approx(loss_of(config, weights[i]), rel=1e-12)


def test_losses_do_not_depend_on_how_many_fit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    size = Experiment(SMALL).model.n_parameters
    weights = np.random.default_rng(0).normal(size=(10, size))
    together = DataLoss(SMALL)(weights)
    monkeypatch.setattr(landscape, "_VALUES", 1)
    alone = DataLoss(SMALL)
    assert alone.together == 1
    np.testing.assert_allclose(alone(weights), together, rtol=1e-13)


# ---- the plane --------------------------------------------------------------------------------


def test_the_kinds_are_those_that_the_page_offers() -> None:
    assert list(PLANES) == list(settings.PLANES)


def test_a_known_plane_is_found_again() -> None:
    weights, basis, coordinates = known_path(35)
    found = plane("path", path_of(weights))
    assert found.explained == pytest.approx(1)
    np.testing.assert_array_equal(found.origin, weights[-1])
    np.testing.assert_allclose(found.directions @ found.directions.T, np.eye(2), atol=1e-12)
    # The two planes are one: what is left of either's directions beside the other's is nothing.
    np.testing.assert_allclose(found.directions @ basis.T @ basis, found.directions, atol=1e-12)
    offsets = coordinates - coordinates[-1]
    first = np.linalg.svd(offsets)[2][0]
    assert abs(found.directions[0] @ (first @ basis)) == pytest.approx(1)
    share = (offsets @ first) @ (offsets @ first) / np.vdot(offsets, offsets)
    assert f"({percent(float(share))} of its variance)" in found.titles[0]
    projected = found.project(weights)
    assert (projected[0] >= 0).all()
    np.testing.assert_array_equal(projected[-1], [0, 0])
    np.testing.assert_allclose(found.weights(projected), weights, atol=1e-12)


@pytest.mark.parametrize("kind", PLANES)
def test_a_projection_is_the_nearest_point_of_the_plane(kind: str) -> None:
    path = record(SMALL)
    found = plane(kind, path)
    nearest = found.project(path.weights)
    beside = path.weights - found.weights(nearest)
    np.testing.assert_allclose(beside @ found.directions.T, 0, atol=1e-6)
    assert 0 <= found.explained <= 1
    offsets = path.weights.astype(np.float64) - path.weights[-1]
    expected = 1 - np.vdot(beside, beside) / np.vdot(offsets, offsets)
    assert found.explained == pytest.approx(expected, abs=1e-6)
    own = plane("path", path).explained
    assert own > 0.9
    assert own >= found.explained
    if kind != "random":
        np.testing.assert_allclose(np.linalg.norm(found.directions, axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("moves", [0, 1])
def test_a_path_in_fewer_than_two_directions_has_a_plane(moves: int) -> None:
    weights = np.zeros((5, 35))
    weights[:, 3] = moves * np.arange(5)
    found = plane("path", path_of(weights))
    np.testing.assert_allclose(found.directions @ found.directions.T, np.eye(2), atol=1e-12)
    assert found.explained == pytest.approx(1)
    assert abs(found.directions[0, 3]) == pytest.approx(1) or not moves
    picture = slice_(path_of(weights), found, 9)
    assert np.ptp(picture.first) > 0
    assert np.ptp(picture.second) > 0
    start = Recorder(SMALL).trajectory  # a run of no steps
    for kind in PLANES:
        assert np.isfinite(slice_(start, plane(kind, start), 9).capped).all()


@pytest.mark.parametrize("config", [SMALL, BINARY, ONE_HOT, REGRESSION])
def test_directions_of_curvature_are_the_hessians(config: Config) -> None:
    path = record(config)
    found = plane("hessian", path)
    size = len(found.origin)
    # The Hessian by central differences of the loss alone, a second derivation.
    loss, h = DataLoss(config), 1e-4
    unit = h * np.eye(size)

    def at(one: int, other: int) -> Floats:
        """The loss at w + one h e_i + other h e_j, for all i and j."""
        steps = one * unit[:, np.newaxis] + other * unit
        return loss((found.origin + steps).reshape(-1, size)).reshape(size, size)

    dense = (at(1, 1) + at(-1, -1) - at(1, -1) - at(-1, 1)) / (4 * h * h)
    values, vectors = np.linalg.eigh(dense)
    for i, direction in enumerate(found.directions):
        value = values[-1 - i]
        assert direction @ dense @ direction == pytest.approx(value, rel=1e-4, abs=1e-5)
        assert f"(curvature {value:.3g})" in found.titles[i] or value < 1e-2
    if values[-2] - values[-3] > 0.01 * values[-1]:
        within = found.directions @ vectors[:, -2:]
        assert np.vdot(within, within) == pytest.approx(2, abs=1e-3)


def test_random_directions_are_as_long_as_each_units_weights() -> None:
    path = record(SMALL)
    found = plane("random", path)
    assert found.reach == 1
    start = 0
    for layer in Experiment(SMALL).dense_layers:
        stop = start + layer.n_parameters
        shape = layer.fan_in + 1, layer.fan_out
        own = found.origin[start:stop].reshape(shape)
        for direction in found.directions:
            table = direction[start:stop].reshape(shape)
            np.testing.assert_array_equal(table[-1], 0)
            np.testing.assert_allclose(
                np.linalg.norm(table[:-1], axis=0), np.linalg.norm(own[:-1], axis=0)
            )
        start = stop
    again, other = plane("random", path), plane("random", path, seed=1)
    np.testing.assert_array_equal(again.directions, found.directions)
    assert not np.allclose(other.directions, found.directions)


def test_a_plane_that_cannot_be_says_so() -> None:
    with pytest.raises(ValueError, match="weights that are not zero"):
        plane("random", Recorder(replace(REGRESSION, init="zeros")).trajectory)


# ---- the slice --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def path() -> Trajectory:
    return record(SMALL)


@pytest.fixture(scope="module", params=list(PLANES))
def picture(request: pytest.FixtureRequest, path: Trajectory) -> Slice:
    return slice_(path, plane(request.param, path), 21)


def test_each_height_is_the_loss_of_a_single_network(picture: Slice, path: Trajectory) -> None:
    p, before = picture.plane, path.weights.copy()
    column, row = np.abs(picture.first).argmin(), np.abs(picture.second).argmin()
    assert picture.first[column] == picture.second[row] == 0
    for r, c in ((row, column), (0, 0), (0, 20), (20, 0), (7, 13), (20, 20)):
        weights = p.origin + picture.first[c] * p.directions[0]
        weights = weights + picture.second[r] * p.directions[1]
        assert picture.losses[r, c] == pytest.approx(loss_of(SMALL, weights), rel=1e-9)
    for i in (0, 5, -1):
        assert picture.path_losses[i] == pytest.approx(loss_of(SMALL, path.weights[i]), rel=1e-9)
    assert picture.path_losses[-1] == pytest.approx(picture.losses[row, column], rel=1e-9)
    np.testing.assert_array_equal(picture.epochs, path.epochs)
    np.testing.assert_array_equal(path.weights, before)


def test_the_rectangle_holds_the_path_with_room_around(picture: Slice) -> None:
    for axis, along in ((picture.first, picture.path[:, 0]), (picture.second, picture.path[:, 1])):
        assert np.allclose(np.diff(axis), axis[1] - axis[0])
        room = 0.05 * (along.max() - along.min())
        assert axis[0] <= along.min() - room
        assert axis[-1] >= along.max() + room
    sides = np.ptp(picture.first), np.ptp(picture.second)
    assert min(sides) >= 0.24 * max(sides)
    if picture.plane.kind == "random":  # as far as the weights are long
        assert picture.first[0] <= -0.9
        assert picture.first[-1] >= 0.9


def test_high_ground_is_cut_at_the_level() -> None:
    path = record(DIVERGING)
    picture = slice_(path, plane("path", path), 21)
    assert picture.diverged
    assert picture.level == 4 * picture.path_losses.max()
    cut = picture.cut(np.array([0.0, picture.level * 2, np.inf, np.nan]))
    np.testing.assert_array_equal(cut, [0.0, *[picture.level] * 3])
    assert picture.capped.max() <= picture.level
    low = picture.losses < picture.level
    np.testing.assert_array_equal(picture.capped[low], picture.losses[low])
    assert "diverged" in picture.sentence


def test_the_sentence_tells_how_much_is_shown(path: Trajectory) -> None:
    flat = slice_(path, plane("hessian", path), 7)
    assert f"{percent(flat.plane.explained)} of the path's variance" in flat.sentence
    assert "above or below the surface" in flat.sentence
    weights, _, _ = known_path(35)
    inside = path_of(0.1 * weights)
    exact = slice_(inside, plane("path", inside), 7)
    assert exact.sentence.startswith("This plane holds 100 % of the path's variance.")
    assert "lies on the surface" in exact.sentence
    on_it = DataLoss(SMALL)(exact.plane.weights(exact.path))
    np.testing.assert_allclose(on_it, exact.path_losses, rtol=1e-9)
    # A share that is not all or nothing does not read as such.
    shares = [percent(share) for share in (0.0, 0.001, 0.724, 0.999, 1.0)]
    assert shares == ["0 %", "less than 1 %", "72 %", "more than 99 %", "100 %"]
