"""The phase map's view: cells come in as rows are done, are picked, explained and opened."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground.learning_rate import map_view
from playground.learning_rate.map_spec import MapSpec, cell_config
from playground.learning_rate.map_view import MapView
from playground.learning_rate.map_workers import NO_DIVERGENCE, UNKNOWN
from playground.learning_rate.phase_map import PhaseMap
from playground.learning_rate.settings import RateSettings
from playground.runs.experiment import Experiment
from playground.settings.config import Config
from tests.playground.viewer import Viewer

LINEAR = Config(dataset="plane", samples=40, layers=(), batch_size=5000, speed="25")
# Three rows, four columns: the highest rate is far above the critical one.
SMALL: dict[str, Any] = {
    "map_axis": "init_scale",
    "map_low": 0.001,
    "map_high": 100.0,
    "map_rates": 4,
    "map_values": 3,
    "map_epochs": 30,
}


class FakeMap:
    """A PhaseMap whose rows are done when a test says so."""

    def __init__(self, spec: MapSpec, watched: Callable[[], bool]) -> None:
        self.spec, self.watched = spec, watched
        self.losses = np.full(spec.shape, np.nan)
        self.diverged_epoch = np.full(spec.shape, UNKNOWN, np.int64)
        self.running = self.stopping = self.cut_off = False
        self.ahead = 0
        self.seconds_left: float | None = None
        self.error: str | None = None
        self.starts = self.stops = 0

    @property
    def progress(self) -> tuple[int, int]:
        known = (self.diverged_epoch != UNKNOWN).all(axis=1)
        return int(known.sum()), len(known)

    def start(self) -> None:
        if self.running:
            raise ValueError("this map is already running")
        self.running, self.stopping, self.cut_off = True, False, False
        self.starts += 1

    def stop(self) -> None:
        self.stopping = self.running
        self.stops += 1

    def end(self, error: str | None = None) -> None:
        """The thread has ended: all is done, or Stop was heard, or something went wrong."""
        self.running, self.stopping, self.error = False, False, error

    def cut(self) -> None:
        """Its viewer has left."""
        self.end()
        self.cut_off = True

    def fill(self, row: int, *, diverged: dict[int, int] | None = None) -> None:
        columns = self.spec.shape[1]
        self.losses[row] = (row + 1) * 10.0 ** -np.arange(columns)
        self.diverged_epoch[row] = NO_DIVERGENCE
        for column, epoch in (diverged or {}).items():
            self.diverged_epoch[row, column] = epoch


@pytest.fixture
def maps(monkeypatch: pytest.MonkeyPatch) -> list[FakeMap]:
    """All maps that were made, the present one last."""
    made: list[FakeMap] = []

    def make(spec: MapSpec, watched: Callable[[], bool]) -> FakeMap:
        made.append(FakeMap(spec, watched))
        return made[-1]

    monkeypatch.setattr(map_view, "PhaseMap", make)
    return made


def viewer(config: Config = LINEAR, **settings: Any) -> Viewer:
    return Viewer(MapView(), config, RateSettings(view="map", **{**SMALL, **settings}))


def text(seen: Viewer) -> str:
    found: str = seen.header["notice"]["text"]
    return found


def actions(seen: Viewer) -> list[str]:
    return [command for command, _ in seen.header["notice"]["actions"]]


def cells(seen: Viewer) -> Any:
    """The last frame's two grids: log10 of the loss, epoch of divergence."""
    return seen.arrays["array:map"][-1]


# ---- the whole way


def test_a_real_map_fills_and_its_cells_are_runs() -> None:
    seen = viewer()
    seen.ask("play")
    pause = threading.Event()
    while seen.header["playing"]:
        pause.wait(0.05)
        seen.ask("tick")
    assert seen.header["status"] == "finished"
    assert seen.header["state"]["map"]["progress"] == 1
    logs, epochs = cells(seen)
    spec = seen.view.map.spec  # type: ignore[attr-defined]
    for row, column in np.ndindex(spec.shape):
        alone = Experiment(cell_config(spec, row, column))
        alone.trainer.run_epochs(30)
        assert (epochs[row, column] >= 0) == (alone.trainer.status == "diverged")
        if epochs[row, column] < 0:
            assert 10.0 ** logs[row, column] == pytest.approx(alone.trainer.train_loss, rel=1e-3)
        else:
            assert np.isnan(logs[row, column])
    crossed = int((epochs >= 0).sum())
    assert 3 <= crossed < 12
    assert text(seen) == f"Done. {crossed} of 12 runs diverged."


def test_the_default_map_shows_a_coast_of_crosses() -> None:
    """With the default data and network: the more momentum, the lower the rate that diverges."""
    seen = Viewer(MapView(), Config(), RateSettings(view="map"))
    seen.ask("play")
    pause = threading.Event()
    while seen.header["playing"]:
        pause.wait(0.05)
        seen.ask("tick")
    crossed = (cells(seen)[1] >= 0).sum(axis=1)
    assert 1 <= crossed.min() < crossed.max() < 20
    assert crossed[:4].sum() < crossed[4:8].sum() < crossed[8:].sum()
    assert text(seen) == f"Done. {crossed.sum()} of 240 runs diverged."


# ---- how far it is


def test_rows_come_in_by_themselves(maps: list[FakeMap]) -> None:
    seen = viewer()
    assert text(seen) == "Press Play to train 12 networks on all cores."
    assert (seen.header["status"], seen.header["speeds"]) == ("ready", [])
    assert np.isnan(cells(seen)[0]).all()
    assert (cells(seen)[1] == UNKNOWN).all()
    seen.ask("play")
    assert (maps[-1].starts, seen.header["status"]) == (1, "running")
    assert text(seen) == "Row 0 of 3."
    maps[-1].fill(1, diverged={3: 7})
    maps[-1].seconds_left = 0.2
    seen.ask("tick")
    assert text(seen) == "Row 1 of 3, about 1 s left."
    assert seen.header["state"]["map"]["progress"] == pytest.approx(1 / 3)
    logs, epochs = cells(seen)
    np.testing.assert_allclose(logs[1, :3], np.log10([2, 0.2, 0.02]), rtol=1e-6)
    assert np.isnan(logs[1, 3])
    assert epochs[1].tolist() == [-1, -1, -1, 7]
    assert seen.steps == [1]
    maps[-1].fill(0)
    maps[-1].fill(2)
    maps[-1].end()
    seen.ask("tick")
    assert (seen.header["status"], seen.header["playing"]) == ("finished", False)
    assert text(seen) == "Done. 1 of 12 runs diverged."
    assert seen.header["notice"]["kind"] == "good"
    seen.ask("play")
    assert (maps[-1].starts, seen.header["playing"]) == (1, False)


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (1, "Waiting: another map computes first."),
        (2, "Waiting: 2 other maps compute first."),
    ],
)
def test_a_map_that_waits_says_for_whom(maps: list[FakeMap], ahead: int, words: str) -> None:
    seen = viewer()
    seen.ask("play")
    maps[-1].ahead = ahead
    seen.ask("tick")
    assert text(seen) == words
    assert (seen.header["status"], seen.header["playing"]) == ("waiting", True)
    seen.ask("pause")  # whoever does not play does not wait
    assert text(seen) == "Press Play to train 12 networks on all cores."
    assert seen.header["status"] == "ready"


def test_stop_stops_and_says_where(maps: list[FakeMap]) -> None:
    seen = viewer()
    assert seen.figures["halt"] == "Stop"
    seen.ask("play")
    maps[-1].fill(0)
    maps[-1].seconds_left = 5.0
    seen.ask("pause")
    assert maps[-1].stopping
    assert (seen.header["playing"], seen.header["status"]) == (False, "paused")
    # The rows under way have not ended yet, and the words of now stay on the page.
    assert text(seen) == "Stopped after 1 of 3 rows. Press Play to go on."
    maps[-1].end()
    seen.ask("play")
    assert (maps[-1].starts, seen.header["playing"]) == (2, True)
    assert text(seen) == "Row 1 of 3, about 5 s left."


def test_play_right_after_stop_goes_on(maps: list[FakeMap]) -> None:
    seen = viewer()
    seen.ask("play")
    seen.ask("pause")
    seen.ask("play")  # the rows under way have not ended yet
    assert (maps[-1].starts, seen.header["playing"]) == (1, True)
    maps[-1].end()
    seen.ask("tick")
    assert (maps[-1].starts, seen.header["playing"]) == (2, True)
    maps[-1].end()
    seen.ask("tick")  # and an end is an end
    assert (maps[-1].starts, seen.header["playing"]) == (2, False)


def test_a_map_that_was_cut_off_goes_on_when_its_viewer_is_back(maps: list[FakeMap]) -> None:
    seen = viewer()
    seen.ask("play")
    maps[-1].fill(0)
    maps[-1].cut()
    assert seen.ask("look")["status"] == "running"  # the page is drawn again, and then it plays
    seen.ask("tick")
    assert (maps[-1].starts, seen.header["playing"]) == (2, True)
    assert text(seen) == "Row 1 of 3."
    maps[-1].cut()
    seen.ask("pause")  # Stop is Stop, whatever came between
    seen.ask("tick")
    assert (maps[-1].starts, seen.header["status"]) == (2, "paused")


def test_a_map_that_was_done_as_its_viewer_left_stays_done(maps: list[FakeMap]) -> None:
    seen = viewer()
    seen.ask("play")
    for row in range(3):
        maps[-1].fill(row)
    maps[-1].cut()
    seen.ask("tick")
    assert (maps[-1].starts, seen.header["status"]) == (1, "finished")


def test_every_map_of_a_view_watches_its_viewer(maps: list[FakeMap]) -> None:
    here = threading.Event()
    seen = Viewer(MapView(here.is_set), LINEAR, RateSettings(view="map", **SMALL))
    seen.ask("reset")
    seen.change(map_rates=5)
    assert len(maps) == 3
    assert not any(map_.watched() for map_ in maps)
    here.set()
    assert all(map_.watched() for map_ in maps)


def test_reset_is_an_empty_map(maps: list[FakeMap]) -> None:
    seen = viewer()
    seen.ask("play")
    maps[-1].fill(0)
    seen.ask("pick", [0, 0])
    seen.ask("reset")
    assert len(maps) == 2
    assert maps[0].stopping
    assert seen.header["state"]["map"] == {"progress": 0, "picked": None}
    assert seen.header["status"] == "ready"
    assert np.isnan(cells(seen)[0]).all()
    seen.ask("play")
    assert (maps[1].starts, maps[1].stopping) == (1, False)


def test_what_went_wrong_is_told(maps: list[FakeMap]) -> None:
    seen = viewer()
    seen.ask("play")
    maps[-1].end("there is no Dask cluster")
    seen.ask("tick")
    assert seen.header["notice"]["kind"] == "bad"
    assert text(seen) == "The map stopped early: there is no Dask cluster."
    assert not seen.header["playing"]


# ---- cells


def test_a_cell_is_picked_and_said(maps: list[FakeMap]) -> None:
    seen = viewer()
    seen.ask("play")
    maps[-1].fill(1, diverged={3: 7})
    value = f"{seen.view.map.spec.values[1]:.4g}"  # type: ignore[attr-defined]
    place = f"scale of initial weights {value}, learning rate"
    for cell, what, offers in (
        ([1, 0], "0.001: final training loss 2.", ["open"]),
        ([1, 3], "100: diverged at epoch 7.", ["explain", "open"]),
        ([0, 0], "0.001: not computed yet.", ["open"]),
    ):
        seen.ask("pick", cell)
        assert seen.header["state"]["map"]["picked"] == cell
        where = place if cell[0] else "scale of initial weights 0.1, learning rate"
        assert text(seen) == f"{where} {what}"
        assert actions(seen) == offers


@pytest.mark.parametrize("value", [None, [3, 0], [0, 4], [-1, 0], [0], ["0", 0], "best", {"a": 1}])
def test_what_is_no_cell_picks_the_best(maps: list[FakeMap], value: Any) -> None:
    seen = viewer()
    seen.ask("pick", value)
    assert seen.header["state"]["map"]["picked"] is None  # there is none yet
    for row in range(3):
        maps[-1].fill(row, diverged={3: 2})
    seen.ask("pick", value)
    assert seen.header["state"]["map"]["picked"] == [0, 2]


def test_a_done_map_offers_its_best_cell_if_there_is_one(maps: list[FakeMap]) -> None:
    seen = viewer()
    for row in range(3):
        maps[-1].fill(row)
    seen.ask("look")
    assert actions(seen) == ["pick"]
    for row in range(3):
        maps[-1].fill(row, diverged=dict.fromkeys(range(4), 1))
    seen.ask("look")
    assert actions(seen) == []
    assert text(seen) == "Done. 12 of 12 runs diverged."


def test_a_cell_opens_in_the_playground(maps: list[FakeMap]) -> None:
    seen = viewer()
    seen.ask("open")
    assert not seen.answer.opens  # which one?
    seen.ask("pick", [2, 1])
    seen.ask("open")
    assert seen.answer.opens
    spec = maps[-1].spec
    wanted = replace(
        LINEAR, init_scale=spec.values[2], learning_rate=spec.rates[1], epochs=30, speed="25"
    )
    assert seen.answer.config == wanted


def test_a_cell_that_diverged_is_run_again_to_explain_it(maps: list[FakeMap]) -> None:
    seen = viewer()
    maps[-1].fill(2, diverged={3: 1})
    seen.ask("explain")
    assert "divergence_report" not in seen.header
    seen.ask("pick", [2, 3])
    seen.ask("explain")
    found = seen.header["divergence_report"]
    assert found["layers"] == ["output"]
    assert "NaN" not in json.dumps(found)
    assert "diverged at epoch 1" in text(seen)


def test_a_cell_that_takes_too_long_to_repeat_says_so(
    maps: list[FakeMap], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = viewer(map_epochs=5000)
    maps[-1].fill(2, diverged={0: 4999})
    seen.ask("pick", [2, 0])
    monkeypatch.setattr(map_view, "_PATIENCE", 0.0)
    seen.ask("explain")
    assert "divergence_report" not in seen.header
    assert "takes too long to repeat here" in text(seen)
    seen.ask("pick", [2, 1])
    assert "final training loss" in text(seen)


# ---- settings


@pytest.mark.parametrize("change", [{"speed": "5"}, {"learning_rate": 0.7}, {"epochs": 77}])
def test_what_no_cell_depends_on_leaves_the_map(maps: list[FakeMap], change: Any) -> None:
    seen = viewer()
    seen.ask("play")
    maps[-1].fill(0)
    seen.config = replace(seen.config, **change)
    seen.ask("tick")
    assert len(maps) == 1
    assert seen.header["playing"]


def test_other_settings_are_another_map(maps: list[FakeMap]) -> None:
    seen = viewer()
    seen.ask("play")
    seen.ask("pick", [0, 0])
    changes: tuple[dict[str, Any], ...] = ({"map_rates": 5}, {"map_axis": "momentum"})
    for number, change in enumerate(changes, start=2):
        seen.change(**change)
        assert len(maps) == number
        assert maps[-2].stops >= 1
        assert text(seen).startswith("Started anew")
        assert seen.header["state"]["map"] == {"progress": 0, "picked": None}
        assert (seen.panel("map")["rows"], seen.panel("map")["columns"]) == maps[-1].spec.shape
    # A cell may be picked before Play, and then it is the cell that is spoken of.
    seen.ask("pick", [1, 1])
    assert "not computed yet" in text(seen)
    assert actions(seen) == ["open"]


def test_a_viewer_who_leaves_stops_the_map(maps: list[FakeMap]) -> None:
    seen = viewer()
    seen.ask("play")
    seen.view.close()
    assert maps[-1].stopping
    MapView().close()  # one that has never shown anything


@pytest.mark.parametrize(
    ("config", "settings", "words"),
    [
        (
            {"optimizer": "adam"},
            {"map_axis": "momentum"},
            "The optimizer adam takes no momentum. Choose another setting under “Against”.",
        ),
        (
            {},
            {"map_axis": "width"},
            "A network without hidden layers has no width. Choose another setting under “Against”.",
        ),
        (
            {"init": "zeros"},
            {},
            "Weights that all start at zero have no scale. Choose another setting under “Against”.",
        ),
        (
            {"samples": 500, "batch_size": 1},
            {"map_epochs": 5000, "map_values": 40},
            "it needs fewer epochs, fewer values or larger batches.",
        ),
    ],
)
def test_a_map_that_cannot_be_says_why(
    config: dict[str, Any], settings: dict[str, Any], words: str
) -> None:
    seen = viewer(replace(LINEAR, **config), **settings)
    assert seen.header["status"] == "empty"
    assert text(seen).endswith(words)
    assert text(seen)[0].isupper()
    assert seen.figures["panels"] == []
    seen.ask("play")
    assert seen.header["status"] == "empty"
    seen.config = replace(LINEAR, layers=(3,))
    seen.change(**SMALL)
    assert (seen.header["status"], seen.view.problem) == ("ready", None)


def test_rates_are_short_numbers_unless_they_would_meet(maps: list[FakeMap]) -> None:
    viewer(map_low=0.001, map_high=1.0, map_rates=5)
    assert maps[-1].spec.rates == (0.001, 0.00562, 0.0316, 0.178, 1.0)
    viewer(map_low=0.1, map_high=0.10001, map_rates=20)
    rates = maps[-1].spec.rates
    assert len(set(rates)) == 20
    assert (rates[0], rates[-1]) == (0.1, 0.10001)


def test_there_is_no_map_before_there_are_settings() -> None:
    with pytest.raises(ValueError, match="there is no map yet"):
        _ = MapView().map


def test_the_real_map_is_what_a_view_makes() -> None:
    seen = viewer()
    assert isinstance(seen.view.map, PhaseMap)  # type: ignore[attr-defined]
