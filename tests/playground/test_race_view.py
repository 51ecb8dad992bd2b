"""The race's view: what its frames, table and marks say is what the race itself says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.figures import boundary
from playground.learning_rate.race import Race
from playground.learning_rate.race_view import FEW, SIDES, RaceView
from playground.learning_rate.settings import RateSettings
from playground.runs.experiment import Experiment
from playground.settings.config import Config
from tests.playground.viewer import Viewer

pytestmark = pytest.mark.usefixtures("clock")
# A linear model and a full batch: the low rates converge, the high ones leave the finite numbers.
LINEAR = Config(dataset="plane", samples=60, layers=(), batch_size=5000, epochs=60, speed="25")
RATES = (0.005, 0.02, 20.0, 30.0)
SPIRAL = Config(samples=60, layers=(4,), batch_size=20, epochs=40, speed="25")
VERDICT, TO_TARGET = 1, 3


def race(config: Config = LINEAR, **settings: Any) -> Viewer:
    given: dict[str, Any] = {"view": "race", "race_rates": RATES, **settings}
    return Viewer(RaceView(), config, RateSettings(**given))


def table(viewer: Viewer) -> list[list[Any]]:
    rows: list[list[Any]] = viewer.header["state"]["table"]["rows"]
    return rows


def straight(config: Config, rates: tuple[float, ...], epochs: int) -> NDArray[np.float32]:
    """The rows of the same race run in one go."""
    run = Race(config, "rates", rates)
    rows = [[0.0, *run.losses]]
    while run.epoch < epochs and run.run_epochs(1):
        rows.append([run.epoch, *np.where(run.alive, run.losses, np.nan)])
    return np.array(rows, np.float32)


def test_rows_and_pictures_are_the_races() -> None:
    viewer = race(SPIRAL, race_rates=(0.03, 0.3, 3.0))
    viewer.play(until=20)
    np.testing.assert_array_equal(
        np.array(viewer.rows), straight(SPIRAL, viewer.settings.race_rates, viewer.step)
    )
    run = Race(SPIRAL, "rates", (0.03, 0.3, 3.0))
    run.run_epochs(viewer.step)
    side = SIDES[0]
    wanted = [boundary.codes(each, 2).reshape(side, side) for each in run.answers(side)]
    np.testing.assert_array_equal(viewer.images("boundaries")[-1], wanted)
    alone = Experiment(replace(SPIRAL, learning_rate=0.3))
    alone.trainer.run_epochs(viewer.step)
    assert viewer.frames[-1][2] == pytest.approx(alone.trainer.train_loss, rel=1e-4)


def test_who_is_lost_ends_and_keeps_its_last_finite_picture() -> None:
    viewer = race()
    viewer.play(until=6)
    pictures = viewer.images("boundaries")
    viewer.ask("tick")
    assert table(viewer)[3][VERDICT]["text"] == "diverged"
    np.testing.assert_array_equal(viewer.images("boundaries")[-1][3], pictures[-1][3])
    assert (viewer.images("boundaries")[-1][0] != pictures[0][0]).any()  # the others go on
    viewer.play()
    assert viewer.header["status"] == "finished"
    rows = np.array(viewer.rows)
    np.testing.assert_array_equal(rows, straight(LINEAR, RATES, 60))
    # Once gone, gone: a line that has ended has no further point. Its mark is on the last one.
    assert np.isnan(rows[-1, 1:]).tolist() == [False, False, True, True]
    assert (np.diff(np.isnan(rows).astype(int), axis=0) >= 0).all()
    marks = viewer.header["state"]["losses"]["marks"]
    assert sorted(k for _, _, k in marks) == [2, 3]
    for x, y, k in marks:
        last = rows[np.isfinite(rows[:, 1 + k])][-1]
        assert (x, np.float32(y)) == (last[0], last[1 + k])
    notice = viewer.header["notice"]
    assert notice["kind"] == "warn"
    assert notice["text"].startswith("0.02 leads")
    assert notice["text"].endswith("Diverged: 20, 30.")


def test_pause_or_reset_before_a_divergence_takes_it_back() -> None:
    viewer = race(race_rates=(0.15, 0.3))
    viewer.ask("play")
    first = viewer.steps[0]
    viewer.play()
    assert len(viewer.header["state"]["losses"]["marks"]) == 2
    assert "All 2" in viewer.header["notice"]["text"]
    for command in ("pause", "reset"):
        viewer.ask(command, step=first)
        assert viewer.header["state"]["losses"]["marks"] == []
        assert "diverged" not in [row[VERDICT]["text"] for row in table(viewer)]
        assert np.isfinite(viewer.frames).all()


@pytest.mark.parametrize("runs", [2, FEW, FEW + 1, 16])
def test_many_runs_have_coarser_pictures_and_colours_of_their_own(runs: int) -> None:
    viewer = race(SPIRAL, race_rates=(), race_low=0.01, race_high=1.0, race_count=runs)
    side = SIDES[runs > FEW]
    assert viewer.images("boundaries").shape == (1, runs, side, side)
    series = viewer.panel("losses")["series"]
    colours = [line["colour"] for line in series]
    assert len(set(colours)) == runs
    assert [line["column"] for line in series] == list(range(1, runs + 1))
    assert [tile["colour"] for tile in viewer.panel("boundaries")["tiles"]] == colours
    assert [row[0]["colour"] for row in table(viewer)] == colours
    assert (series[0]["name"], series[-1]["name"]) == ("0.01", "1")


def test_the_table_is_the_races_own_report() -> None:
    viewer = race(target=0.05)
    viewer.play()
    run = Race(LINEAR, "rates", RATES)
    run.run_epochs(60)
    rows = table(viewer)
    assert len(viewer.panel("table")["columns"]) == len(rows[0])
    for k, report in enumerate(run.reports(0.05)):
        label, verdict, bad, reached, train, test, actions = rows[k]
        assert label["text"] == report.label
        assert (verdict["text"], verdict["title"]) == (report.verdict, report.why)
        assert bad == ("–" if report.first_bad_epoch is None else str(report.first_bad_epoch))
        assert reached == ("–" if report.epochs_to_target is None else str(report.epochs_to_target))
        assert float(train) == pytest.approx(report.train_loss, rel=5e-3)
        assert float(test) == pytest.approx(report.test_loss, rel=5e-3)
        offers = [[command, at] for command, at, _ in actions["actions"]]
        assert offers == [["explain", k]] * (report.verdict == "diverged") + [["open", k]]
    tiles = viewer.header["state"]["boundaries"]["verdicts"]
    assert [tile["text"] for tile in tiles] == [row[VERDICT]["text"] for row in rows]
    assert [tile["kind"] for tile in tiles[2:]] == ["bad", "bad"]
    assert viewer.ask("explain", 3)["divergence_report"]["title"] == "What happened at 30?"
    assert "divergence_report" not in viewer.ask("explain", 0)  # which lives


def test_another_target_changes_the_table_and_lets_the_race_go_on() -> None:
    viewer = race(target=0.5)
    viewer.play(until=30)
    before = table(viewer)[1][TO_TARGET]
    viewer.change(target=0.01)
    assert viewer.panel("table")["columns"][TO_TARGET][0] == "Epochs to 0.01"
    viewer.ask("tick")
    reached = int(np.flatnonzero(np.array(viewer.rows)[:, 2] <= 0.01)[0])
    assert table(viewer)[1][TO_TARGET] == str(reached) != before


@pytest.mark.parametrize(
    ("settings", "change", "entries", "names"),
    [
        ({"race_rates": (0.03, 0.3)}, "learning_rate", (0.03, 0.3), ["0.03", "0.3"]),
        ({"race_momenta": (0.0, 0.9)}, "momentum", (0.0, 0.9), ["0", "0.9"]),
        ({"race_optimizers": ("sgd", "adam")}, "optimizer", ("sgd", "adam"), ["SGD", "Adam"]),
        # A batch size above the points means all of them.
        ({"race_batches": (1, 4000)}, "batch_size", (1, 30), ["1", "30"]),
    ],
)
def test_each_kind_of_race(
    settings: dict[str, Any], change: str, entries: tuple[Any, ...], names: list[str]
) -> None:
    kind = next(iter(settings)).removeprefix("race_").replace("batches", "batch_sizes")
    viewer = race(SPIRAL, race=kind, **settings)
    assert [line["name"] for line in viewer.panel("losses")["series"]] == names
    viewer.ask("step")
    for k, entry in enumerate(entries):
        viewer.ask("open", k)
        assert viewer.answer.opens
        assert viewer.answer.config == replace(SPIRAL, **{change: entry})
        viewer.config = SPIRAL
    np.testing.assert_allclose(viewer.rows[0][1:], viewer.rows[0][1])  # one start for all
    assert len(set(viewer.rows[1][1:])) == len(entries)


@pytest.mark.parametrize(
    ("settings", "culprit"),
    [
        ({"race": "momenta", "optimizer": "adam"}, "SGD"),
        ({"race": "batch_sizes", "race_batches": (1000, 2000)}, "Batch sizes"),  # both: all
    ],
)
def test_what_makes_no_race_is_said(settings: dict[str, Any], culprit: str) -> None:
    viewer = race(SPIRAL)
    assert culprit in viewer.change(**settings)["notice"]["text"]
