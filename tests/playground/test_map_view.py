"""The phase map's view: cells come in as rows are done, are picked, explained and opened."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground.learning_rate import map_view
from playground.learning_rate.map_spec import MapSpec
from playground.learning_rate.map_view import MapView
from playground.learning_rate.map_workers import NO_DIVERGENCE, UNKNOWN
from playground.learning_rate.settings import RateSettings
from playground.settings.config import Config
from tests.playground.viewer import Carrier, Viewer

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
        self.ahead = self.starts = 0
        self.seconds_left: float | None = None
        self.error: str | None = None

    @property
    def progress(self) -> tuple[int, int]:
        known = (self.diverged_epoch != UNKNOWN).all(axis=1)
        return int(known.sum()), len(known)

    @property
    def known(self) -> tuple[Any, Any]:
        return self.losses, self.diverged_epoch

    def adopt(self, losses: Any, diverged_epoch: Any) -> None:
        self.losses[:], self.diverged_epoch[:] = losses, diverged_epoch

    def start(self) -> None:
        if self.running:
            raise ValueError("this map is already running")
        self.running, self.stopping, self.cut_off = True, False, False
        self.starts += 1

    def stop(self) -> None:
        self.stopping = self.running

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


def viewer(**changes: Any) -> Viewer:
    return Viewer(MapView(), LINEAR, RateSettings(view="map", **SMALL), **changes)


def said(seen: Viewer) -> tuple[str, list[str]]:
    """The words of now, and the commands that they offer."""
    notice = seen.header["notice"]
    return notice["text"], [command for command, _ in notice["actions"]]


def cells(seen: Viewer) -> Any:
    """The last frame's two grids: log10 of the loss, epoch of divergence."""
    return seen.arrays["array:map"][-1]


# ---- the whole way


def test_the_default_map_shows_a_coast_of_crosses() -> None:
    """With the default data and network: the more momentum, the lower the rate that diverges."""
    seen = Viewer(MapView(), Config(), RateSettings(view="map"))
    seen.ask("play")
    while seen.header["playing"]:
        threading.Event().wait(0.05)
        seen.ask("tick")
    crossed = (cells(seen)[1] >= 0).sum(axis=1)
    assert 1 <= crossed.min() < crossed.max() < 20
    assert crossed[:4].sum() < crossed[4:8].sum() < crossed[8:].sum()
    assert seen.header["status"] == "finished"
    assert said(seen) == (f"Done. {crossed.sum()} of 240 runs diverged.", ["pick"])


# ---- how far it is


def test_rows_come_in_by_themselves(maps: list[FakeMap]) -> None:
    seen = viewer()
    assert "12 networks" in said(seen)[0]
    assert np.isnan(cells(seen)[0]).all()
    assert (cells(seen)[1] == UNKNOWN).all()
    seen.ask("play")
    assert (maps[-1].starts, seen.header["status"]) == (1, "running")
    for ahead, words in ((1, "another map computes"), (2, "2 other maps compute")):
        maps[-1].ahead = ahead
        assert seen.ask("tick")["status"] == "waiting"
        assert said(seen)[0] == f"Waiting: {words} first."
    maps[-1].ahead = 0
    maps[-1].fill(1, diverged={3: 7})
    maps[-1].seconds_left = 0.2
    seen.ask("tick")
    assert said(seen)[0] == "Row 1 of 3, about 1 s left."
    assert seen.header["state"]["map"]["progress"] == pytest.approx(1 / 3)
    logs, epochs = cells(seen)
    np.testing.assert_allclose(logs[1, :3], np.log10([2, 0.2, 0.02]), rtol=1e-6)
    assert np.isnan(logs[1, 3])
    assert epochs[1].tolist() == [-1, -1, -1, 7]
    assert seen.steps == [1]
    maps[-1].fill(0)
    maps[-1].fill(2)
    maps[-1].end()
    for command in ("tick", "play"):  # what is done is not begun again
        seen.ask(command)
        assert (seen.header["status"], seen.header["playing"]) == ("finished", False)
        assert said(seen)[0] == "Done. 1 of 12 runs diverged."
        assert maps[-1].starts == 1


def test_stop_says_where_and_play_goes_on(maps: list[FakeMap]) -> None:
    seen = viewer()
    assert seen.figures["halt"] == "Stop"
    seen.ask("play")
    maps[-1].fill(0)
    seen.ask("pause")
    assert maps[-1].stopping
    assert (seen.header["playing"], seen.header["status"]) == (False, "paused")
    # The rows under way have not ended yet, and the words of now stay on the page.
    assert said(seen)[0] == "Stopped after 1 of 3 rows. Press Play to go on."
    seen.ask("play")
    assert (maps[-1].starts, seen.header["playing"]) == (1, True)
    for starts, playing in ((2, True), (2, False)):  # and then an end is an end
        maps[-1].end()
        seen.ask("tick")
        assert (maps[-1].starts, seen.header["playing"]) == (starts, playing)
    seen.ask("play")
    assert (maps[-1].starts, seen.header["playing"]) == (3, True)


def test_a_map_that_was_cut_off_goes_on_when_its_viewer_is_back(maps: list[FakeMap]) -> None:
    seen = viewer()
    seen.ask("play")
    maps[-1].fill(0)
    maps[-1].cut()
    assert seen.ask("look")["status"] == "running"  # the page is drawn again, and then it plays
    seen.ask("tick")
    assert (maps[-1].starts, seen.header["playing"]) == (2, True)
    maps[-1].cut()
    seen.ask("pause")  # Stop is Stop, whatever came between
    seen.ask("tick")
    assert (maps[-1].starts, seen.header["status"]) == (2, "paused")
    seen.ask("play")
    maps[-1].fill(1)
    maps[-1].fill(2)
    maps[-1].cut()
    seen.ask("tick")  # done as its viewer left, it stays done
    assert (maps[-1].starts, seen.header["status"]) == (3, "finished")


def test_every_map_of_a_view_watches_its_viewer_and_stops_with_him(maps: list[FakeMap]) -> None:
    here = threading.Event()
    seen = Viewer(MapView(here.is_set), LINEAR, RateSettings(view="map", **SMALL))
    for again in (lambda: seen.ask("reset"), lambda: seen.change(map_rates=5), seen.view.close):
        seen.ask("play")
        maps[-1].fill(0)
        seen.ask("pick", [0, 0])
        playing = maps[-1]
        again()
        assert playing.stopping
        if maps[-1] is not playing:  # an empty one
            assert seen.header["state"]["map"] == {"progress": 0, "picked": None}
            assert seen.header["status"] == "ready"
            assert np.isnan(cells(seen)[0]).all()
    assert len(maps) == 3
    assert (seen.panel("map")["rows"], seen.panel("map")["columns"]) == maps[-1].spec.shape
    assert not any(each.watched() for each in maps)
    here.set()
    assert all(each.watched() for each in maps)
    MapView().close()  # one that has never shown anything
    with pytest.raises(ValueError, match="there is no map yet"):
        _ = MapView().map


def test_another_server_goes_on_with_the_rows_that_are_done(maps: list[FakeMap]) -> None:
    old = Carrier(MapView(), LINEAR, RateSettings(view="map", **SMALL))
    old.ask("play")
    maps[-1].fill(0, diverged={1: 7})
    old.ask("pause")
    old.ask("pick", [0, 1])
    shown, words = cells(old), said(old)
    new = old.under_another_server()
    assert said(new) == words
    new = old.under_another_server(playing=True)
    np.testing.assert_array_equal(cells(new), shown)
    assert (new.header["status"], maps[-1].starts) == ("running", 1)
    maps[-1].fill(1)
    maps[-1].fill(2)
    maps[-1].end()
    assert new.ask("tick")["status"] == "finished"
    old.packed = b"no map"
    other = old.under_another_server()
    assert (other.header["status"], maps[-1].starts) == ("ready", 0)
    assert "could not be brought back" in said(other)[0]


def test_what_went_wrong_is_told(maps: list[FakeMap]) -> None:
    seen = viewer()
    seen.ask("play")
    maps[-1].end("there is no Dask cluster")
    assert seen.ask("tick")["notice"]["kind"] == "bad"
    assert said(seen)[0] == "The map stopped early: there is no Dask cluster."
    assert not seen.header["playing"]


# ---- cells


def test_a_cell_is_picked_said_and_opened(maps: list[FakeMap]) -> None:
    seen = viewer()
    assert not seen.ask("open").get("opens")
    maps[-1].fill(1, diverged={3: 7})
    spec = maps[-1].spec
    for row, column, what, offers in (
        (1, 0, "0.001: final training loss 2.", ["open"]),
        (1, 3, "100: diverged in epoch 8.", ["explain", "open"]),
        (0, 0, "0.001: not computed yet.", ["open"]),
    ):
        seen.ask("pick", [row, column])
        assert seen.header["state"]["map"]["picked"] == [row, column]
        where = f"scale of initial weights {spec.values[row]:.4g}, learning rate"
        assert said(seen) == (f"{where} {what}", offers)
        seen.ask("open")
        assert seen.answer.opens
        scale, rate = spec.values[row], spec.rates[column]
        wanted = replace(LINEAR, init_scale=scale, learning_rate=rate, epochs=30)
        assert seen.answer.config == wanted
        seen.config = LINEAR


@pytest.mark.parametrize("value", [None, [3, 0], [0, 4], [-1, 0], [0], ["0", 0], "best", {"a": 1}])
def test_what_is_no_cell_picks_the_best(maps: list[FakeMap], value: Any) -> None:
    seen = viewer()
    seen.ask("pick", value)
    assert seen.header["state"]["map"]["picked"] is None  # there is none yet
    for row in range(3):
        maps[-1].fill(row, diverged=dict.fromkeys(range(4), 1))
    seen.ask("look")
    assert said(seen) == ("Done. 12 of 12 runs diverged.", [])
    for row in range(3):
        maps[-1].fill(row, diverged={3: 2})
    seen.ask("pick", value)
    assert seen.header["state"]["map"]["picked"] == [0, 2]


def test_a_cell_that_diverged_is_run_again_to_explain_it(
    maps: list[FakeMap], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = viewer()
    maps[-1].fill(2, diverged={0: 29, 3: 1})
    seen.ask("pick", [2, 3])
    found = seen.ask("explain")["divergence_report"]
    assert found["layers"] == ["output"]
    json.dumps(found, allow_nan=False)
    assert "diverged in epoch 2" in said(seen)[0]
    monkeypatch.setattr(map_view, "_PATIENCE", 0.0)
    seen.ask("pick", [2, 0])
    assert "divergence_report" not in seen.ask("explain")
    assert "takes too long" in said(seen)[0]
    seen.ask("pick", [2, 1])
    assert "final training loss" in said(seen)[0]


# ---- settings


@pytest.mark.parametrize(
    ("changes", "culprit"),
    [
        ({"optimizer": "adam", "map_axis": "momentum"}, "takes no momentum"),
        ({"map_axis": "width"}, "no width"),
        ({"init": "zeros"}, "no scale"),
        ({"samples": 500, "batch_size": 1, "map_epochs": 5000, "map_values": 40}, "fewer epochs"),
    ],
)
def test_a_map_that_cannot_be_says_why(changes: dict[str, Any], culprit: str) -> None:
    words = said(viewer(**changes))[0]
    assert culprit in words
    assert re.fullmatch(r"[A-Z].*\.", words)


def test_rates_are_short_numbers_unless_they_would_meet(maps: list[FakeMap]) -> None:
    viewer(map_low=0.001, map_high=1.0, map_rates=5)
    assert maps[-1].spec.rates == (0.001, 0.00562, 0.0316, 0.178, 1.0)
    viewer(map_low=0.1, map_high=0.10001, map_rates=20)
    assert len(set(maps[-1].spec.rates)) == 20
