"""The phase map: each cell is the run it says it is, however it was computed, stopped or shared."""

from __future__ import annotations

import gc
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from playground.learning_rate import phase_map
from playground.learning_rate.figures import phase_map as figures
from playground.learning_rate.map_spec import AXES, MapSpec, cell_config, values
from playground.learning_rate.map_workers import SCHEDULER, UNKNOWN, FileFlag, Flag, train_row
from playground.learning_rate.phase_map import PhaseMap
from playground.runs.experiment import Experiment
from playground.settings.config import Config

# ReLU and the squared error, so that the highest rate does diverge.
CONFIG = Config(
    dataset="circle", samples=40, layers=(4, 4), activation="relu", loss="mse", batch_size=20
)
RATES = (0.01, 0.1, 50.0)
SOME: dict[str, tuple[float, ...]] = {
    "init_scale": (0.5, 1.0, 4.0),
    "depth": (0, 1, 3),
    "width": (1, 4, 9),
    "batch_size": (1, 7, 20),
    "momentum": (0.0, 0.5, 0.9),
}


def spec_of(axis: str = "init_scale", epochs: int = 3, config: Config = CONFIG) -> MapSpec:
    return MapSpec(config, axis, RATES, SOME[axis], epochs)


def long_spec(rows: int = 6) -> MapSpec:
    """A map that takes minutes: only good to be stopped."""
    config = Config(samples=400, batch_size=1)
    return MapSpec(config, "momentum", RATES, values("momentum", config, rows), 4000)


def until(met: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def finished(map_: PhaseMap) -> PhaseMap:
    until(lambda: not map_.running)
    return map_


# ---- a cell is a run --------------------------------------------------------------------------


def test_map_holds_what_its_rows_give(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_of("width")
    map_ = PhaseMap(spec)
    for grid in (map_.losses, map_.diverged_epoch):  # what is read is a copy
        grid[:] = 0
    assert np.isnan(map_.losses).all()
    assert (map_.diverged_epoch == UNKNOWN).all()
    assert (map_.progress, map_.version, map_.seconds_left) == ((0, 3), 0, None)
    map_.start("local")
    finished(map_)
    assert map_.error is None
    assert map_.progress == (3, 3)
    assert map_.version >= 3
    assert map_.seconds_left is None
    for row in range(3):
        alone = train_row(row, spec.row_config(row), spec.rates, FileFlag("never there"))
        assert alone is not None
        np.testing.assert_array_equal(map_.losses[row], alone.losses)
        np.testing.assert_array_equal(map_.diverged_epoch[row], alone.diverged_epoch)
    # Rows that are known are not computed again.
    monkeypatch.setattr(MapSpec, "row_config", lambda self, row: pytest.fail("computed again"))
    map_.start("local")
    assert finished(map_).error is None


@pytest.mark.parametrize("axis", AXES)
def test_cell_opens_in_the_playground(axis: str) -> None:
    spec = spec_of(axis, epochs=7)
    for row in range(3):
        for col in range(3):
            config = cell_config(spec, row, col)
            back, play, notices = Config.from_query(config.to_query())
            assert (back, play, notices) == (config, False, [])
            assert (config.learning_rate, config.epochs) == (RATES[col], 7)


@pytest.mark.parametrize(("row", "col"), [(3, 0), (0, 3), (-1, 0), (0, -1)])
def test_there_is_no_cell_outside_the_map(row: int, col: int) -> None:
    with pytest.raises(IndexError, match=r"3 x 3.*no cell"):
        cell_config(spec_of(), row, col)


# ---- axes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("count", [2, 9, 20, 40])
def test_proposed_values_make_a_map(axis: str, count: int) -> None:
    proposed = values(axis, CONFIG, count)
    assert 2 <= len(proposed) <= count
    assert all(early < late for early, late in pairwise(proposed))
    assert MapSpec(CONFIG, axis, RATES, proposed, 3).values == proposed


def test_proposed_values_reach_both_ends() -> None:
    assert values("depth", CONFIG, 40) == tuple(range(9))
    assert values("depth", CONFIG, 5) == (0, 2, 4, 6, 8)
    assert values("width", CONFIG, 7) == (1, 2, 4, 8, 16, 32, 64)
    assert values("init_scale", CONFIG, 3) == (0.1, 1.0, 10.0)
    assert values("momentum", CONFIG, 3) == (0.0, 0.9, 0.99)
    batches = values("batch_size", CONFIG, 6)
    assert (batches[0], batches[-1]) == (1, CONFIG.training_points)
    for count in (1, 41, 2.5):
        with pytest.raises(ValueError, match="count must be a whole number from 2 to 40"):
            values("depth", CONFIG, count)  # type: ignore[arg-type]


def test_depth_keeps_width_and_activations() -> None:
    change = AXES["depth"].change
    config = replace(CONFIG, layers=(5, 3), activations=("relu", "tanh"))
    assert change(config, 0).layers == ()
    assert change(config, 1).layer_activations == ("relu",)
    deep = change(config, 4)
    assert deep.layers == (5, 5, 5, 5)
    assert deep.layer_activations == ("relu", "tanh", "tanh", "tanh")
    assert change(replace(CONFIG, layers=()), 2).layers == (8, 8)


def test_training_points_are_those_of_the_run() -> None:
    for share in (10.0, 33.0, 90.0):
        config = replace(CONFIG, train_share=share)
        assert config.training_points == len(Experiment(config).dataset.X_train)


# ---- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"axis": "noise"}, "axis must be one of init_scale, depth.*'noise'"),
        ({"rates": (0.1,)}, "rates must list 2 to 40 numbers, got 1"),
        ({"rates": tuple(0.01 * i for i in range(1, 42))}, "rates must list 2 to 40.*got 41"),
        ({"rates": (-1.0, 0.1)}, r"learning_rate must be a number from 1e-06 to 1000, got -1\.0"),
        ({"rates": (0.1, float("nan"))}, "learning_rate must be a number.*got nan"),
        ({"rates": (0.1, 0.1)}, "rates must rise"),
        ({"values": (1.0,)}, "values must list 2 to 40 numbers, got 1"),
        ({"values": (2.0, 1.0)}, "values must rise"),
        ({"values": (1.0, 101.0)}, r"init_scale must be a number from 0 to 100, got 101\.0"),
        ({"axis": "depth", "values": (1, 9)}, "depth must be a whole number from 0 to 8, got 9"),
        ({"axis": "width", "values": (1, 2.5)}, r"width must be a whole number.*got 2\.5"),
        ({"axis": "width", "values": (True, 2)}, "width must be a whole number.*got True"),
        ({"axis": "batch_size", "values": (1, 21)}, "batch_size must be.*from 1 to 20, got 21"),
        ({"axis": "momentum", "values": (0.5, 1.0)}, r"momentum must be.*to 0\.999, got 1\.0"),
        ({"epochs": 5001}, "epochs must be a whole number from 1 to 5000, got 5001"),
        ({"epochs": 1.5}, r"epochs must be a whole number.*got 1\.5"),
        ({"config": replace(CONFIG, init="zeros")}, "init_scale: weights that all start at zero"),
        (
            {"axis": "width", "values": (1, 2), "config": replace(CONFIG, layers=())},
            "width: a network without hidden layers has no width",
        ),
        (
            {"axis": "momentum", "values": (0.1, 0.2), "config": replace(CONFIG, optimizer="adam")},
            "momentum: the optimizer adam takes no momentum",
        ),
        (
            {"epochs": 5000, "config": Config(samples=5000, batch_size=1)},
            "may take 5,000,000: it needs fewer epochs",
        ),
    ],
)
def test_bad_maps_are_refused(change: dict[str, object], message: str) -> None:
    good: dict[str, object] = {
        "config": CONFIG,
        "axis": "init_scale",
        "rates": RATES,
        "values": (0.5, 1.0),
        "epochs": 3,
    }
    with pytest.raises(ValueError, match=message):
        MapSpec(**(good | change))  # type: ignore[arg-type]


def test_lists_become_tuples() -> None:
    spec = MapSpec(CONFIG, "depth", list(RATES), [0, 2], 3)  # type: ignore[arg-type]
    assert (spec.rates, spec.values, spec.shape) == (RATES, (0, 2), (2, 3))
    assert hash(spec) == hash(MapSpec(CONFIG, "depth", RATES, (0, 2), 3))


# ---- stopping, waiting, failing ---------------------------------------------------------------


def test_stop_ends_a_map_and_start_takes_it_up_again() -> None:
    map_ = PhaseMap(long_spec())
    map_.start("local")
    with pytest.raises(ValueError, match="already running"):
        map_.start("local")
    with pytest.raises(ValueError, match="backend must be one of local, dask, got 'cloud'"):
        PhaseMap(spec_of()).start("cloud")
    map_.stop()
    finished(map_)
    assert map_.error is None
    assert map_.progress == (0, 6)
    before = map_.version
    map_.start("local")
    assert map_.running
    assert map_.version > before
    map_.stop()
    finished(map_)


def test_one_map_at_a_time() -> None:
    first, second, third = PhaseMap(long_spec()), PhaseMap(spec_of()), PhaseMap(spec_of())
    first.start("local")
    second.start("local")
    until(lambda: second.waiting)
    third.start("local")
    until(lambda: third.ahead == 2)
    assert not first.waiting
    assert (second.ahead, second.progress, second.seconds_left) == (1, (0, 3), None)
    third.stop()
    finished(third)
    assert third.progress == (0, 3)
    first.stop()
    finished(second)
    assert not second.waiting
    assert second.progress == (3, 3)
    assert not first.running


def test_map_whose_viewer_has_left_stops_and_goes_on_when_he_is_back() -> None:
    here = threading.Event()
    here.set()
    map_ = PhaseMap(long_spec(), here.is_set)
    map_.start("local")
    assert not map_.cut_off
    here.clear()
    finished(map_)
    assert (map_.cut_off, map_.error, map_.progress) == (True, None, (0, 6))
    here.set()
    map_.start("local")
    assert (map_.running, map_.cut_off) == (True, False)
    map_.stop()
    finished(map_)
    assert not map_.cut_off  # it was stopped by a person


@pytest.mark.parametrize("how", ["left", "dropped"])
def test_nobody_waits_for_a_map_whose_viewer_has_left(how: str) -> None:
    here = threading.Event()
    here.set()
    left, waiting = PhaseMap(long_spec(), here.is_set), PhaseMap(spec_of())
    left.start("local")
    waiting.start("local")
    until(lambda: waiting.waiting)
    if how == "left":
        here.clear()
    del left
    gc.collect()
    assert finished(waiting).progress == (3, 3)


def test_map_whose_viewer_has_left_does_not_wait_for_its_turn() -> None:
    first, left = PhaseMap(long_spec()), PhaseMap(spec_of(), lambda: False)
    first.start("local")
    until(lambda: first.running)
    left.start("local")
    finished(left)
    assert (left.cut_off, left.progress, first.running) == (True, (0, 3), True)
    first.stop()
    finished(first)


def test_what_goes_wrong_in_a_worker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    map_ = PhaseMap(spec_of())
    # A Config that cannot be, made behind the checks' back: the worker is the first to meet it.
    broken = replace(CONFIG)
    object.__setattr__(broken, "dataset", "moon")
    monkeypatch.setattr(MapSpec, "row_config", lambda self, row: broken)
    map_.start("local")
    finished(map_)
    assert map_.error is not None
    assert "unknown data set 'moon'" in map_.error
    monkeypatch.undo()
    map_.start("local")
    assert finished(map_).error is None
    assert map_.progress == (3, 3)


def test_backend_that_cannot_be_had_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def none() -> Iterator[Flag]:
        raise ValueError("no cluster today")
        yield

    monkeypatch.setattr(phase_map, "BACKENDS", {"dask": none})
    monkeypatch.setenv(SCHEDULER, "tcp://nowhere:1")
    map_ = PhaseMap(spec_of())
    map_.start()
    finished(map_)
    assert map_.error == "no cluster today"


def test_time_left_is_guessed_from_the_rows_done() -> None:
    config = Config(samples=200, batch_size=10)
    map_ = PhaseMap(MapSpec(config, "momentum", RATES, values("momentum", config, 12), 300))
    map_.start("local")
    until(lambda: map_.progress[0] > 0 or not map_.running)
    left = map_.seconds_left
    assert left is not None
    assert 0 <= left < 60
    map_.stop()
    finished(map_)
    assert map_.seconds_left is None


def test_costly_rows_cost_more() -> None:
    for axis in ("depth", "width"):
        spec = spec_of(axis)
        assert spec.cost(0) < spec.cost(1) < spec.cost(2)
    batches = spec_of("batch_size")
    assert batches.cost(0) > batches.cost(1) > batches.cost(2)


# ---- the figure -------------------------------------------------------------------------------


def test_figure_has_the_two_traces_and_the_labels_of_the_axes() -> None:
    figure = figures.figure(spec_of("depth"))
    assert [trace.meta["role"] for trace in figure.data] == ["map", "diverged"]
    assert [trace.type for trace in figure.data] == ["heatmap", "scatter"]
    assert figure.layout.xaxis.title.text == "learning rate"
    assert list(figure.layout.xaxis.ticktext) == ["0.01", "0.1", "50"]
    assert figure.layout.yaxis.title.text == "hidden layers"
    assert list(figure.layout.yaxis.ticktext) == ["0", "1", "3"]
    bar = figure.layout.coloraxis.colorbar
    assert (bar.title.text, bar.tickprefix) == ("final training loss", "10<sup>")
    data = json.loads(figure.to_json())["data"]
    assert (data[0]["x"], data[0]["y"]) == ([0, 1, 2], [0, 1, 2])
    assert data[0]["text"][2][0] == "hidden layers 3<br>learning rate 0.01"


def test_many_values_get_few_labels_and_those_that_look_alike_are_written_in_full() -> None:
    rates = tuple(0.01 * i for i in range(1, 41))
    axis = figures.figure(MapSpec(CONFIG, "depth", rates, (0, 1), 3)).layout.xaxis
    assert len(axis.ticktext) == len(axis.tickvals) <= 9
    assert list(axis.range) == [-0.5, 39.5]
    assert figures.labels([0.001, 10.0, 1]) == ["0.001", "10", "1"]
    assert figures.labels([1.0001, 1.0002]) == ["1.0001", "1.0002"]


def test_a_frame_holds_the_logarithms_and_the_epochs() -> None:
    spec = MapSpec(CONFIG, "depth", RATES, (0, 2), 3)
    losses = np.array([[0.1, 0.01, 1e9], [0.0, 0.5, np.nan]])
    epochs = [[-1, -1, 4], [-1, -1, -2]]
    grids = figures.frame(spec, losses, epochs)
    assert grids.shape == (2, 2, 3)
    assert grids.dtype == np.float32
    expected = np.log10([[0.1, 0.01, 1], [figures.FLOOR, 0.5, 1]])
    expected[:, 2] = np.nan
    np.testing.assert_allclose(grids[0], expected, rtol=1e-6)
    np.testing.assert_array_equal(grids[1], epochs)


def test_grids_of_another_shape_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"losses must have the map's shape \(3, 3\), got \(2, 2\)"
    ):
        figures.frame(spec_of(), np.zeros((2, 2)), np.zeros((3, 3)))
    with pytest.raises(ValueError, match="diverged must have the map's shape"):
        figures.frame(spec_of(), np.zeros((3, 3)), np.zeros(3))
