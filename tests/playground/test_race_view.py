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
from playground.live import pacing as module
from playground.runs.experiment import Experiment
from playground.settings.config import OPTIMIZER_LABELS, Config
from tests.playground.viewer import Clock, Viewer

# A linear model and a full batch: the low rates converge, the high ones leave the finite numbers.
LINEAR = Config(dataset="plane", samples=60, layers=(), batch_size=5000, epochs=60, speed="25")
RATES = (0.005, 0.02, 20.0, 30.0)
SPIRAL = Config(samples=60, layers=(4,), batch_size=20, epochs=40, speed="25")
VERDICT, FIRST_BAD, TO_TARGET, TRAIN, TEST, ACTIONS = 1, 2, 3, 4, 5, 6


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def race(config: Config = LINEAR, **settings: Any) -> Viewer:
    given: dict[str, Any] = {"view": "race", "race_rates": RATES, **settings}
    return Viewer(RaceView(), config, RateSettings(**given))


def play(viewer: Viewer, until: int | None = None) -> None:
    """Play to the end, or until the view is at `until` at least."""
    viewer.ask("play")
    while viewer.header["playing"] and (until is None or viewer.view.step < until):
        viewer.ask("tick")


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


# ---- frames and rows


def test_a_row_is_the_epoch_and_each_ones_training_loss() -> None:
    viewer = race()
    play(viewer)
    np.testing.assert_array_equal(np.array(viewer.rows), straight(LINEAR, RATES, 60))
    assert viewer.header["status"] == "finished"
    lost = np.isnan(np.array(viewer.rows)[:, 1:])
    assert lost.any(axis=0).tolist() == [False, False, True, True]
    # Once gone, gone: a line that has ended has no further point.
    assert all((np.diff(column.astype(int)) >= 0).all() for column in lost.T)


def test_a_run_is_the_single_run_at_its_rate() -> None:
    viewer = race(SPIRAL, race_rates=(0.03, 0.3))
    for _ in range(5):
        viewer.ask("step")
    for k, rate in enumerate((0.03, 0.3)):
        alone = Experiment(replace(SPIRAL, learning_rate=rate))
        alone.trainer.run_epochs(5)
        assert viewer.frames[-1][1 + k] == pytest.approx(alone.trainer.train_loss, rel=1e-4)


def test_pictures_are_the_runs_answers_in_bytes() -> None:
    viewer = race(SPIRAL, race_rates=(0.03, 0.3, 3.0))
    viewer.ask("step")
    viewer.ask("step")
    run = Race(SPIRAL, "rates", (0.03, 0.3, 3.0))
    run.run_epochs(2)
    side = SIDES[0]
    wanted = [boundary.codes(each, 2).reshape(side, side) for each in run.answers(side)]
    np.testing.assert_array_equal(viewer.images("boundaries")[-1], wanted)


def test_a_diverged_run_keeps_its_last_finite_picture() -> None:
    viewer = race()
    play(viewer, until=6)
    pictures = viewer.images("boundaries")
    viewer.ask("tick")
    assert table(viewer)[3][VERDICT]["text"] == "diverged"
    np.testing.assert_array_equal(viewer.images("boundaries")[-1][3], pictures[-1][3])
    assert (viewer.images("boundaries")[-1][0] != pictures[0][0]).any()  # the others go on


@pytest.mark.parametrize("runs", [2, FEW, FEW + 1, 16])
def test_many_runs_have_coarser_pictures_and_colours_of_their_own(runs: int) -> None:
    viewer = race(SPIRAL, race_rates=(), race_low=0.01, race_high=1.0, race_count=runs)
    side = SIDES[runs > FEW]
    assert viewer.images("boundaries").shape == (1, runs, side, side)
    series = viewer.panel("losses")["series"]
    assert [s["column"] for s in series] == list(range(1, runs + 1))
    assert len({s["colour"] for s in series}) == runs
    assert [t["colour"] for t in viewer.panel("boundaries")["tiles"]] == [
        s["colour"] for s in series
    ]
    assert [row[0]["colour"] for row in table(viewer)] == [s["colour"] for s in series]
    assert (series[0]["name"], series[-1]["name"]) == ("0.01", "1")


# ---- Pause


@pytest.mark.parametrize("back", [1, 2, 4, 7])
def test_pause_returns_to_what_was_shown_bit_for_bit(back: int) -> None:
    viewer = race()
    play(viewer, until=24)
    step = viewer.steps[-back]
    viewer.ask("pause", step=step)
    assert viewer.step == step
    np.testing.assert_array_equal(np.array(viewer.rows), straight(LINEAR, RATES, step))
    play(viewer)
    np.testing.assert_array_equal(np.array(viewer.rows), straight(LINEAR, RATES, 60))


def test_pause_before_a_divergence_takes_it_back() -> None:
    viewer = race()
    viewer.ask("play")
    first = viewer.steps[0]
    while not viewer.header["state"]["losses"]["marks"]:
        viewer.ask("tick")
    viewer.ask("pause", step=first)
    assert viewer.header["state"]["losses"]["marks"] == []
    assert "diverged" not in [row[VERDICT]["text"] for row in table(viewer)]
    assert np.isfinite(viewer.frames).all()
    play(viewer)
    assert len(viewer.header["state"]["losses"]["marks"]) == 2


def test_reset_forgets_who_diverged() -> None:
    viewer = race()
    play(viewer)
    header = viewer.ask("reset")
    assert header["state"]["losses"]["marks"] == []
    assert {row[VERDICT]["text"] for row in table(viewer)} == {"ready"}
    assert header["notice"]["text"].startswith("4 networks")
    assert len(viewer.rows) == 1


# ---- verdicts, marks, words


def test_the_table_is_the_races_own_report() -> None:
    viewer = race(target=0.05)
    play(viewer)
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
        offers = [label for _, _, label in actions["actions"]]
        gone = report.verdict == "diverged"
        assert offers == ["What happened?"] * gone + ["Open in Playground"]
    assert [row[VERDICT]["text"] for row in rows[2:]] == ["diverged"] * 2
    assert rows[1][TO_TARGET] != "–"
    tiles = viewer.header["state"]["boundaries"]["verdicts"]
    assert [tile["text"] for tile in tiles] == [row[VERDICT]["text"] for row in rows]
    assert [tile["kind"] for tile in tiles[2:]] == ["bad", "bad"]


@pytest.mark.parametrize(
    ("rates", "lost"),
    [
        (RATES, [2, 3]),
        ((20.0, 30.0), [0, 1]),
    ],
)
def test_a_mark_stands_on_the_last_point_of_its_line(
    rates: tuple[float, ...], lost: list[int]
) -> None:
    viewer = race(race_rates=rates)
    play(viewer)
    rows = np.array(viewer.rows)
    marks = viewer.header["state"]["losses"]["marks"]
    assert sorted(k for _, _, k in marks) == lost
    for x, y, k in marks:
        last = rows[np.isfinite(rows[:, 1 + k])][-1]
        assert (x, np.float32(y)) == (last[0], last[1 + k])


def test_the_words_name_who_leads_and_who_is_lost() -> None:
    viewer = race()
    play(viewer)
    notice = viewer.header["notice"]
    assert notice["kind"] == "warn"
    assert notice["text"].startswith("0.02 leads")
    assert notice["text"].endswith("Diverged: 20, 30.")


def test_when_all_have_diverged_the_race_is_over() -> None:
    viewer = race(race_rates=(20.0, 30.0))
    play(viewer)
    assert viewer.header["status"] == "diverged"
    assert viewer.header["notice"]["kind"] == "bad"
    assert "All 2" in viewer.header["notice"]["text"]
    for row in table(viewer):
        assert np.isfinite(float(row[TRAIN]))
        assert np.isfinite(float(row[TEST]))
    assert viewer.ask("play")["playing"] is False


# ---- commands


def test_what_happened_brings_an_autopsy_of_that_run() -> None:
    viewer = race()
    play(viewer)
    found = viewer.ask("explain", 3)["divergence_report"]
    assert found["title"] == "What happened at 30?"
    assert found["sentence"]
    assert found["rows"]
    assert all(len(row["weights"]) == len(found["layers"]) for row in found["rows"])
    assert "divergence_report" not in viewer.ask("look")
    # Asking changes nothing: the runs and their table are as before.
    np.testing.assert_array_equal(np.array(viewer.rows), straight(LINEAR, RATES, 60))


@pytest.mark.parametrize("value", [0, 1, -1, 4, None, "3", 2.0, [3], {}])
def test_a_run_that_lives_or_is_none_has_nothing_to_explain(value: object) -> None:
    viewer = race()
    play(viewer)
    assert "divergence_report" not in viewer.ask("explain", value)


@pytest.mark.parametrize("k", range(4))
def test_open_takes_the_runs_own_config(k: int) -> None:
    viewer = race()
    viewer.ask("step")
    viewer.ask("open", k)
    assert viewer.answer.opens
    assert viewer.answer.config == replace(LINEAR, learning_rate=RATES[k])


@pytest.mark.parametrize("value", [-1, 4, None, "0", 1.5, [0]])
def test_a_run_that_is_none_cannot_be_opened(value: object) -> None:
    viewer = race()
    viewer.ask("open", value)
    assert not viewer.answer.opens
    assert viewer.answer.config == LINEAR


# ---- the other races


@pytest.mark.parametrize(
    ("settings", "change", "entries"),
    [
        ({"race": "momenta", "race_momenta": (0.0, 0.5, 0.9)}, "momentum", (0.0, 0.5, 0.9)),
        (
            {"race": "optimizers", "race_optimizers": ("sgd", "adam")},
            "optimizer",
            ("sgd", "adam"),
        ),
        ({"race": "batch_sizes", "race_batches": (1, 10, 30)}, "batch_size", (1, 10, 30)),
    ],
)
def test_a_race_of_something_else(
    settings: dict[str, Any], change: str, entries: tuple[Any, ...]
) -> None:
    viewer = race(SPIRAL, **settings)
    assert len(viewer.panel("losses")["series"]) == len(entries)
    viewer.ask("step")
    assert viewer.step == 1
    for k, entry in enumerate(entries):
        viewer.ask("open", k)
        assert viewer.answer.config == replace(SPIRAL, **{change: entry})
        viewer.config = SPIRAL
    np.testing.assert_allclose(viewer.rows[0][1:], viewer.rows[0][1])  # one start for all
    assert len(set(viewer.rows[1][1:])) == len(entries)


def test_a_race_of_optimizers_is_named_in_words() -> None:
    viewer = race(SPIRAL, race="optimizers", race_optimizers=("sgd", "adam"))
    names = [s["name"] for s in viewer.panel("losses")["series"]]
    assert names == [OPTIMIZER_LABELS["sgd"], OPTIMIZER_LABELS["adam"]]


def test_a_batch_size_above_the_points_means_all_of_them() -> None:
    viewer = race(SPIRAL, race="batch_sizes", race_batches=(5, 4000))
    names = [s["name"] for s in viewer.panel("losses")["series"]]
    assert names == ["5", str(SPIRAL.training_points)]


def test_what_makes_no_race_is_said_and_the_page_goes_on() -> None:
    adam = replace(SPIRAL, optimizer="adam")
    viewer = race(adam, race="momenta")
    assert viewer.header["status"] == "empty"
    assert "SGD" in viewer.header["notice"]["text"]
    assert viewer.figures["panels"] == []
    viewer.change(race="batch_sizes", race_batches=(1000, 2000))  # both mean: all points
    assert viewer.header["status"] == "empty"
    assert "Batch sizes" in viewer.header["notice"]["text"]
    viewer.change(race="rates")
    assert viewer.header["status"] == "ready"
    viewer.ask("step")
    assert viewer.step == 1


# ---- settings that change under way


def test_settings_of_other_views_and_of_the_picture_do_not_touch_the_race() -> None:
    viewer = race(replace(LINEAR, epochs=1000))
    viewer.ask("play")
    run, step = viewer.run, viewer.step
    viewer.change(curvature=3.0, map_epochs=77, range_low=0.01)
    viewer.config = replace(viewer.config, speed="60", log_loss=True, show_test=True)
    viewer.ask("tick")
    # The runs bring their own learning rates.
    viewer.config = replace(viewer.config, learning_rate=0.5)
    viewer.ask("tick")
    assert viewer.run == run
    assert viewer.view.playing
    assert viewer.step > step


@pytest.mark.parametrize("change", [{"race_rates": (0.1, 0.2)}, {"race": "optimizers"}])
def test_other_runs_are_another_race(change: dict[str, Any]) -> None:
    viewer = race()
    viewer.ask("play")
    run = viewer.run
    viewer.change(**change)
    assert viewer.run == run + 1
    assert viewer.header["status"] == "ready"
    assert "Started anew" in viewer.header["notice"]["text"]


def test_other_data_is_another_race() -> None:
    viewer = race()
    viewer.ask("step")
    viewer.config = replace(LINEAR, samples=80)
    viewer.ask("look")
    assert viewer.step == 0
    assert "Started anew" in viewer.header["notice"]["text"]


def test_another_target_changes_the_table_and_lets_the_race_go_on() -> None:
    viewer = race(target=0.5)
    play(viewer, until=30)
    run, step = viewer.run, viewer.view.step
    before = table(viewer)[1][TO_TARGET]
    viewer.change(target=0.01)
    assert (viewer.run, viewer.view.step) == (run, step)
    assert viewer.view.playing
    assert viewer.panel("table")["columns"][TO_TARGET][0] == "Epochs to 0.01"
    viewer.ask("tick")
    losses = np.array(viewer.rows)[:, 2]
    reached = int(np.flatnonzero(losses <= 0.01)[0])
    assert table(viewer)[1][TO_TARGET] == str(reached) != before
