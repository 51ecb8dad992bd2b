"""The phase map: each cell is the run it says it is, however it was computed, stopped or shared."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pytest

from playground.learning_rate import phase_map
from playground.learning_rate.figures import phase_map as figures
from playground.learning_rate.map_spec import AXES, MapSpec
from playground.learning_rate.map_workers import (
    NO_DIVERGENCE,
    SCHEDULER,
    UNKNOWN,
    FileFlag,
    Flag,
    train_row,
)
from playground.learning_rate.phase_map import PhaseMap
from playground.runs.experiment import Experiment
from playground.settings.config import Config
from tests.playground.test_descent_figures import assert_plain

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


ROOT = Path(__file__).resolve().parents[2]
# A process that computes a map for minutes and says which workers it has.
SERVER = """
import multiprocessing, threading, time
from playground.learning_rate.phase_map import PhaseMap
from tests.playground.test_phase_map import long_spec

map_ = PhaseMap(long_spec())
map_.start("local")
while not multiprocessing.active_children():
    time.sleep(0.05)
print(*[worker.pid for worker in multiprocessing.active_children()], flush=True)
threading.Event().wait()
"""


def alive(pid: int) -> bool:
    """Whether the process is there; one that has ended and waits to be noticed is not."""
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc").exists()


def spec_of(axis: str = "init_scale") -> MapSpec:
    return MapSpec(CONFIG, axis, RATES, SOME[axis], 3)


def proposed(axis: str, config: Config, count: int) -> tuple[float, ...]:
    return tuple(AXES[axis].values(config, count))


def long_spec(rows: int = 6) -> MapSpec:
    """A map that takes minutes: only good to be stopped."""
    config = Config(samples=400, batch_size=1)
    return MapSpec(config, "momentum", RATES, proposed("momentum", config, rows), 4000)


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
    assert (map_.progress, map_.seconds_left) == ((0, 3), None)
    row_config, begun = MapSpec.row_config, MagicMock(return_value=None)
    with monkeypatch.context() as patch:
        patch.setattr(MapSpec, "row_config", lambda self, row: begun(row) or row_config(self, row))
        map_.start("local")
        finished(map_)
    assert [each.args for each in begun.call_args_list] == [(2,), (1,), (0,)]  # the costliest first
    assert map_.error is None
    assert map_.progress == (3, 3)
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


# ---- axes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("count", [2, 9, 20, 40])
def test_proposed_values_rise(axis: str, count: int) -> None:
    found = AXES[axis].values(CONFIG, count)
    assert 2 <= len(found) <= count
    assert all(early < late for early, late in pairwise(found))


def test_proposed_values_reach_both_ends() -> None:
    assert proposed("depth", CONFIG, 40) == tuple(range(9))
    assert proposed("depth", CONFIG, 5) == (0, 2, 4, 6, 8)
    assert proposed("width", CONFIG, 7) == (1, 2, 4, 8, 16, 32, 64)
    assert proposed("init_scale", CONFIG, 3) == (0.1, 1.0, 10.0)
    assert proposed("momentum", CONFIG, 3) == (0.0, 0.9, 0.99)
    batches = proposed("batch_size", CONFIG, 6)
    assert (batches[0], batches[-1]) == (1, CONFIG.training_points)


def test_depth_keeps_width_and_activations() -> None:
    change = AXES["depth"].change
    config = replace(CONFIG, layers=(5, 3), activations=("relu", "tanh"))
    assert change(config, 0).layers == ()
    assert change(config, 1).layer_activations == ("relu",)
    deep = change(config, 4)
    assert deep.layers == (5, 5, 5, 5)
    assert deep.layer_activations == ("relu", "tanh", "tanh", "tanh")
    assert change(replace(CONFIG, layers=()), 2).layers == (8, 8)


# ---- stopping, waiting, failing ---------------------------------------------------------------


def test_stop_ends_a_map_and_start_takes_it_up_again() -> None:
    map_ = PhaseMap(long_spec())
    for _ in range(2):
        map_.start("local")
        assert map_.running
        with pytest.raises(ValueError, match="already running"):
            map_.start("local")
        map_.stop()
        finished(map_)
        assert (map_.error, map_.progress) == (None, (0, 6))
    with pytest.raises(ValueError, match="backend must be one of local, dask, got 'cloud'"):
        map_.start("cloud")


def test_one_map_at_a_time() -> None:
    first, second, third = PhaseMap(long_spec()), PhaseMap(spec_of()), PhaseMap(spec_of())
    first.start("local")
    second.start("local")
    until(lambda: second.ahead == 1)
    third.start("local")
    until(lambda: third.ahead == 2)
    assert first.ahead == 0
    assert (second.progress, second.seconds_left) == ((0, 3), None)
    third.stop()
    finished(third)
    assert third.progress == (0, 3)
    first.stop()
    finished(second)
    assert second.progress == (3, 3)
    assert not first.running


def test_map_whose_viewer_has_left_stops_and_goes_on_when_he_is_back() -> None:
    here = threading.Event()
    here.set()
    map_, waiting = PhaseMap(long_spec(), here.is_set), PhaseMap(spec_of())
    map_.start("local")
    waiting.start("local")
    assert not map_.cut_off
    here.clear()
    assert finished(waiting).progress == (3, 3)  # nobody waits for it
    finished(map_)
    assert (map_.cut_off, map_.error, map_.progress) == (True, None, (0, 6))
    here.set()
    map_.start("local")
    assert (map_.running, map_.cut_off) == (True, False)
    map_.stop()
    finished(map_)
    assert not map_.cut_off  # it was stopped by a person


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
    map_ = PhaseMap(MapSpec(config, "momentum", RATES, proposed("momentum", config, 12), 300))
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


# ---- a row


@pytest.mark.parametrize("axis", AXES)
def test_each_cell_of_a_row_is_the_single_run_of_its_config(axis: str) -> None:
    spec = spec_of(axis)
    diverged = 0
    for row in range(len(spec.values)):
        found = train_row(row, spec.row_config(row), spec.rates, FileFlag("never there"))
        assert found is not None
        assert found.number == row
        for col in range(len(spec.rates)):
            config = spec.cell_config(row, col)
            trainer = Experiment(config).trainer
            trainer.run_epochs(config.epochs)
            epoch = trainer.diverged_epoch
            assert found.diverged_epoch[col] == (NO_DIVERGENCE if epoch is None else epoch)
            if epoch is None:
                assert found.losses[col] == trainer.train_loss
            diverged += epoch is not None
    assert diverged > 0


@pytest.mark.parametrize("looks", [1, 3])
def test_row_looks_at_the_flag_while_it_trains(looks: int) -> None:
    spec, flag = long_spec(), MagicMock()
    flag.is_up.side_effect = lambda: flag.is_up.call_count >= looks
    assert train_row(0, spec.row_config(0), spec.rates, flag) is None
    assert flag.is_up.call_count == looks


# ---- a worker's end


@pytest.mark.skipif(sys.platform == "win32", reason="a process there never learns of this")
def test_workers_end_with_a_server_that_is_killed() -> None:
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        workers = [int(pid) for pid in server.stdout.readline().split()]
        assert workers
        assert all(alive(worker) for worker in workers)
        server.kill()
        until(lambda: not any(alive(worker) for worker in workers), seconds=20)


# ---- the figure -------------------------------------------------------------------------------


def test_figure_has_the_two_traces_and_the_labels_of_the_axes() -> None:
    content = assert_plain(lambda: figures.figure(spec_of("depth")))
    map_, crosses = content["data"]
    assert (map_["meta"]["role"], map_["type"]) == ("map", "heatmap")
    assert (crosses["meta"]["role"], crosses["type"]) == ("diverged", "scatter")
    x, y = content["layout"]["xaxis"], content["layout"]["yaxis"]
    assert (x["title"]["text"], x["ticktext"]) == ("learning rate", ["0.01", "0.1", "50"])
    assert (y["title"]["text"], y["ticktext"]) == ("hidden layers", ["0", "1", "3"])
    bar = content["layout"]["coloraxis"]["colorbar"]
    assert (bar["title"]["text"], bar["tickprefix"]) == ("final training loss", "10<sup>")
    assert (map_["x"], map_["y"]) == ([0, 1, 2], [0, 1, 2])
    assert map_["text"][2][0] == "hidden layers 3<br>learning rate 0.01"


def test_many_values_get_few_labels_and_those_that_look_alike_are_written_in_full() -> None:
    rates = tuple(0.01 * i for i in range(1, 41))
    axis = figures.figure(MapSpec(CONFIG, "depth", rates, (0, 1), 3)).layout.xaxis
    assert len(axis.ticktext) == len(axis.tickvals) <= 9
    assert list(axis.range) == [-0.5, 39.5]
    assert figures.labels([0.001, 10.0, 1]) == ["0.001", "10", "1"]
    assert figures.labels([1.0001, 1.0002]) == ["1.0001", "1.0002"]


def test_a_frame_holds_the_logarithms_and_the_epochs() -> None:
    losses = np.array([[0.1, 0.01, 1e9], [0.0, 0.5, np.nan]])
    epochs = [[-1, -1, 4], [-1, -1, -2]]
    grids = figures.frame(losses, np.array(epochs))
    assert grids.shape == (2, 2, 3)
    assert grids.dtype == np.float32
    expected = np.log10([[0.1, 0.01, 1], [figures.FLOOR, 0.5, 1]])
    expected[:, 2] = np.nan
    np.testing.assert_allclose(grids[0], expected, rtol=1e-6)
    np.testing.assert_array_equal(grids[1], epochs)
