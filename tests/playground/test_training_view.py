"""The runner, asked as the browser asks it: what it trains, what it sends, what it never does."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine import Trainer
from engine.study.divergence_report import divergence_report
from playground.figures import boundary, network
from playground.runs.experiment import Experiment
from playground.runs.scheduler import SCHEDULER
from playground.runs.stability import curvature
from playground.settings.config import DISPLAY_FIELDS, SPEEDS, Config
from playground.training import view as module
from playground.training.gauge import Gauge
from playground.training.view import FINE_SIDE, SIDE, TrainingView
from tests.playground.viewer import Clock, Viewer

TINY = Config(samples=60, layers=(5, 4), batch_size=7, speed="25")  # 5 steps an epoch
PLANE = Config(dataset="plane", samples=200, learning_rate=1000.0, speed="25")
BLOW_UP = Config(samples=200, learning_rate=10.0, speed="25")


@pytest.fixture(autouse=True)
def training_takes_time(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    run_steps = Trainer.run_steps

    def timed(trainer: Trainer, n: int) -> int:
        taken = run_steps(trainer, n)
        clock.now += 0.001 * taken
        return taken

    monkeypatch.setattr(Trainer, "run_steps", timed)


class Browser(Viewer):
    """The browser at the Playground."""

    def __init__(self, config: Config = TINY, *, play: bool = False) -> None:
        super().__init__(TrainingView(play=play), config)

    @property
    def experiment(self) -> Experiment:
        assert isinstance(self.view, TrainingView)
        return self.view.experiment

    def state(self, panel: str) -> Any:
        return self.header["state"][panel]

    def bits(self) -> bytes:
        return self.experiment.model.flat.tobytes()

    def assert_history_is_the_trainers(self) -> None:
        history = self.experiment.trainer.history
        columns = (history.epoch, history.loss, history.val_loss, history.learning_rate)
        expected = np.column_stack([*columns, network.log_sizes(history.gradient)]).astype(
            np.float32
        )
        np.testing.assert_array_equal(np.array(self.rows), expected)


def fresh(config: Config, steps: int) -> bytes:
    experiment = Experiment(config)
    experiment.trainer.run_steps(steps)
    return experiment.model.flat.tobytes()


# ---- the first message ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "config",
    [
        TINY,
        replace(TINY, dataset="plane"),
        replace(TINY, dataset="blobs", classes=5, fourier=2, dropout=0.2),
        replace(TINY, layers=(), loss="binary_cross_entropy"),
        replace(TINY, samples=20, train_share=90.0, loss="mse"),
    ],
)
def test_what_is_seen_is_what_the_experiment_says(config: Config) -> None:
    browser = Browser(config)
    arrays, experiment = browser.arrays, browser.experiment
    trainer = experiment.trainer
    loss = (trainer.train_loss, trainer.test_loss)
    np.testing.assert_allclose(browser.frames[:, 1:3], [loss], rtol=1e-6)
    assert browser.frames[:, [0, 3]].tolist() == [[0, config.learning_rate]]
    assert browser.frames.shape == arrays["history"].shape == (1, 4 + len(config.layers) + 1)
    for side, grid in (
        (SIDE, browser.images("boundary")),
        (FINE_SIDE, arrays["state:boundary:codes"]),
    ):
        codes = boundary.codes(experiment.answers(side), experiment.n_classes)
        np.testing.assert_array_equal(grid.reshape(side, side).ravel(), codes)
    assert arrays["state:boundary:values"].shape == (FINE_SIDE, FINE_SIDE)
    panels = browser.figures["panels"]
    switches = {s["name"] for p in panels for s in p.get("switches", ())}
    assert switches | {*browser.header["room"]} == DISPLAY_FIELDS
    assert [name for name, _ in browser.header["speeds"]] == list(SPEEDS)
    assert "measures" not in browser.header["state"]  # they lie below what is seen first
    browser.want = ["measures", "confusion", "facts"]
    browser.ask("look")
    assert browser.state("measures")["rows"][0][0] == "Loss"
    assert (browser.state("confusion") == {}) == (experiment.n_classes == 0)
    facts = dict(browser.state("facts")["facts"])
    assert facts["Parameters"] == f"{experiment.model.n_parameters:,}"
    assert browser.bits() == fresh(config, 0)


# ---- playing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", SPEEDS)
def test_play_trains_as_the_experiment_does_at_the_chosen_speed(speed: str) -> None:
    browser = Browser(replace(TINY, speed=speed, epochs=100_000))
    browser.ask("play")
    browser.ask("tick")
    before, seconds = browser.step, 0.0
    for _ in range(6):
        header = browser.ask("tick")
        seconds += len(browser.steps) * header["interval"] / 1000
        assert browser.images("boundary").shape == (len(browser.steps), 1, SIDE, SIDE)
    chosen = SPEEDS[speed]
    if chosen.one_batch_per_frame:
        assert header["interval"] == pytest.approx(1000 / 30)
        assert np.all(np.diff(browser.steps) == 1)
    elif chosen.epochs_per_second <= 60:
        epochs = (browser.step - before) / browser.experiment.steps_per_epoch
        assert epochs / seconds == pytest.approx(chosen.epochs_per_second, rel=0.02)
    assert browser.bits() == fresh(browser.config, browser.step)
    # The last frame is what the network says now, to seven bits while it moves.
    now = boundary.codes(browser.experiment.answers(SIDE), 2)
    np.testing.assert_array_equal(browser.images("boundary")[-1].ravel(), now & 0xFE)
    browser.assert_history_is_the_trainers()


# ---- pause, step, back, reset -----------------------------------------------------------------


def test_step_epoch_and_back() -> None:
    browser = Browser()
    moves = [("step", 1), ("epoch", 5), ("epoch", 10), ("step", 11), ("back", 10), ("back", 5)]
    for command, step in (*moves, ("back", 0), ("back", 0)):  # 5 steps an epoch
        assert browser.ask(command)["playing"] is False
        assert browser.steps == [step]
        assert browser.bits() == fresh(TINY, step)
        browser.assert_history_is_the_trainers()


@pytest.mark.parametrize(("command", "change"), [("epoch", 5), ("back", -5)])
def test_an_epoch_while_playing_goes_on_from_what_is_shown(command: str, change: int) -> None:
    browser = Browser()
    browser.ask("play")
    browser.ask("tick")
    browser.step = shown = next(s for s in browser.steps if s % 5 == 0)
    assert browser.ask(command)["playing"] is False
    assert browser.steps == [shown + change]
    assert browser.bits() == fresh(TINY, shown + change)


def test_a_new_start_has_a_new_seed() -> None:
    browser = Browser()
    browser.ask("play")
    header = browser.ask("new")
    assert browser.config == replace(TINY, seed=1)
    assert (header["status"], header["playing"]) == ("ready", False)
    assert browser.bits() == fresh(browser.config, 0) != fresh(TINY, 0)
    last = Browser(replace(TINY, seed=2**31 - 1))
    last.ask("new")
    assert last.config.seed == 0


# ---- changed settings -------------------------------------------------------------------------


def test_speed_and_display_change_the_config_and_nothing_else() -> None:
    browser = Browser()
    browser.ask("play")
    assert browser.ask("speed", "5")["interval"] == pytest.approx(40)  # 25 steps a second
    browser.ask("view", {"log_loss": True, "discretize": True})
    chosen = replace(TINY, speed="5", log_loss=True, discretize=True)
    for value in ({"log_loss": "yes"}, {"__class__": 1}, {"learning_rate": 5.0, "seed": 3}):
        assert browser.ask("view", value)["playing"] is True
        assert browser.config == chosen
    assert browser.bits() == fresh(TINY, browser.experiment.trainer.steps)


def test_a_history_that_thins_itself_out_stays_whole() -> None:
    browser = Browser(replace(TINY, samples=20, batch_size=20, layers=(2,), epochs=100_000))
    for command in ("play", "tick", "tick"):
        browser.ask(command)
    thinned = browser.experiment.trainer.history.generation
    browser.experiment.trainer.run_epochs(1500)  # as a long time of playing would
    browser.ask("tick")
    assert browser.experiment.trainer.history.generation > thinned
    for command in ("pause", "back", "play", "tick", "pause", "reset", "play", "tick"):
        browser.ask(command)
        browser.assert_history_is_the_trainers()


# ---- what is wanted ---------------------------------------------------------------------------


def test_the_network_and_the_gradients_come_only_when_wanted() -> None:
    browser = Browser(replace(TINY, fourier=1))
    wanted = {f"state:network:{name}" for name in ("maps", "ranges", "weights", "biases")}
    wanted.add("state:weights:sizes")
    browser.ask("step")
    assert not wanted & set(browser.arrays)
    browser.want = ["network", "weights"]
    browser.ask("step")
    assert wanted <= set(browser.arrays)
    experiment, arrays = browser.experiment, browser.arrays
    assert [c["units"] for c in browser.panel("network")["columns"]] == [3, 5, 4, 2]
    side = arrays["state:network:maps"].shape[1]
    codes, ranges = network.unit_maps(experiment.unit_answers(side))
    np.testing.assert_array_equal(arrays["state:network:maps"].reshape(codes.shape), codes)
    np.testing.assert_array_equal(arrays["state:network:ranges"], ranges)
    flat = np.concatenate([layer.weight.ravel() for layer in experiment.dense_layers])
    np.testing.assert_array_equal(arrays["state:network:weights"], flat)
    biases = np.concatenate([layer.bias for layer in experiment.dense_layers])
    np.testing.assert_array_equal(arrays["state:network:biases"], biases)
    gradients = np.concatenate([g.ravel() for g in experiment.trainer.gradient_now()])
    np.testing.assert_allclose(arrays["state:weights:sizes"], network.log_sizes(gradients))
    assert gradients.min() < 0
    wide = Browser(replace(TINY, layers=(64,) * 8))
    wide.want = ["network"]
    wide.ask("step")
    assert wide.arrays["state:network:maps"].size < 30_000


# ---- the gauge --------------------------------------------------------------------------------


def test_the_gauge_follows_the_learning_rate_and_the_weights_at_rest() -> None:
    browser = Browser(replace(TINY, batch_size=5000))
    at_first = browser.header["gauge"]
    browser.ask("epoch")
    found = curvature(browser.experiment).sharpness()
    for factor, zone in ((1, "below"), (100, "above")):
        rate = TINY.learning_rate * factor
        browser.give(learning_rate=rate)
        gauge = browser.ask("look")["gauge"]
        assert gauge["ratio"] == pytest.approx(rate * found / 2)
        assert gauge["zone"] == zone
    browser.ask("halve")
    assert browser.header["gauge"]["ratio"] == pytest.approx(rate * found / 4)
    browser.give(learning_rate=TINY.learning_rate)
    assert browser.ask("reset")["gauge"] == at_first
    assert diverged().header["gauge"] is None


def test_while_playing_the_gauge_comes_about_once_a_second(clock: Clock) -> None:
    browser = Browser(replace(TINY, epochs=100_000))
    browser.ask("play")
    times = []
    for _ in range(200):
        header = browser.ask("tick")
        assert header["playing"]
        if "gauge" in header:
            times.append(clock.now)
        clock.now += 0.1
    assert len(times) >= 5
    assert np.diff(times).min() >= module.MEASURE_EVERY
    assert "gauge" in browser.ask("pause")


def test_the_gauges_of_a_class_together_cost_little(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The more who play, the rarer; but another rate is read at once, by what is known already."""
    measured = []

    def read(gauge: Gauge, *, playing: bool, anew: bool) -> None:
        gauge.cost = 0.01
        measured.append(anew)

    monkeypatch.setattr(Gauge, "read", read)
    monkeypatch.setattr(SCHEDULER, "playing", lambda: 30)
    browser = Browser(replace(TINY, epochs=100_000))
    browser.ask("play")
    seen = 0
    for _ in range(110):
        clock.now += 0.1
        seen += "gauge" in browser.ask("tick")
    assert seen in (1, 2)
    assert sum(measured) == len(measured)
    for command in ("tick", "pause"):
        browser.give(learning_rate=browser.config.learning_rate * 2)
        assert "gauge" in browser.ask(command)
        assert measured[-1] is False
    monkeypatch.setattr(SCHEDULER, "playing", lambda: 1)
    browser.ask("look")  # alone it is measured at each word
    assert measured[-1] is True


def test_alone_the_gauge_comes_at_rest_at_once_however_slow_the_machine(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []

    def read(gauge: Gauge, *, playing: bool, anew: bool) -> None:
        gauge.cost = 0.2
        measured.append(anew)

    monkeypatch.setattr(Gauge, "read", read)
    monkeypatch.setattr(SCHEDULER, "playing", lambda: 1)
    browser = Browser(replace(TINY, epochs=100_000))
    for command in ("play", "tick", "pause"):
        clock.now += 0.1
        browser.ask(command)
    assert measured[-1] is True


def test_in_a_class_the_gauge_comes_at_rest_in_its_turn(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SCHEDULER, "playing", lambda: 30)
    browser = Browser(replace(TINY, epochs=100_000))
    browser.ask("play")
    for _ in range(5):
        clock.now += 0.1
        browser.ask("tick")
    header = browser.ask("pause")
    assert header["gauge"]["ratio"] is None
    assert header["again"] > 0
    clock.now += header["again"] + 0.1
    header = browser.ask("look")
    assert header["gauge"]["ratio"] > 0
    assert "again" not in header


def test_what_is_not_measured_anew_is_what_was_known(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment, found = Experiment(TINY), iter((2.0, 3.0))
    monkeypatch.setattr(Gauge, "_critical", lambda gauge, near: next(found))
    gauge = Gauge(experiment)
    first = gauge.read(playing=False)
    experiment.trainer.run_epochs(20)
    assert gauge.read(playing=True, anew=False) == first
    assert gauge.read(playing=True) != first


def test_a_mark_that_is_measured_at_rest_only_stays_in_play_as_that_of_then(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("playground.training.gauge.BRIEF", -1.0)
    browser = Browser(replace(TINY, epochs=100_000))
    known, was = browser.header["critical"], browser.header["critical_was"]
    assert known > 0
    assert was == ""

    def in_play(**changes: Any) -> tuple[float | None, str]:
        browser.ask("play")
        browser.give(**changes)
        header = browser.ask("tick")
        while "critical" not in header or not browser.step:
            header = browser.ask("tick")
        assert header["gauge"]["text"] == "shown at Pause"
        return header["critical"], header["critical_was"]

    critical, was = in_play(learning_rate=0.02)
    assert critical == known
    assert "the critical rate of epoch 0," in was
    clock.now += 100.0
    header = browser.ask("pause")
    assert header["critical"] > 0
    assert header["critical_was"] == ""  # it was measured
    assert in_play(momentum=0.5) == (None, "")  # another limit, that was never measured


def test_the_gauge_is_not_green_a_second_longer_than_the_run_is_sound(clock: Clock) -> None:
    browser = Browser(replace(TINY, epochs=100_000))
    shown = browser.header["gauge"]
    assert shown["zone"] == "below"
    browser.ask("play")
    browser.give(learning_rate=30.0)
    diverging = 0
    for _ in range(30):
        header = browser.ask("tick")
        shown = header.get("gauge", shown)
        if header["diverging"] or header["status"] == "diverged":
            diverging += 1
            assert shown is None or shown["zone"] != "below"
    assert diverging > 20


# ---- divergence -------------------------------------------------------------------------------


def diverged() -> Browser:
    browser = Browser(PLANE)
    browser.play()
    assert browser.header["status"] == "diverged"
    return browser


def test_a_regression_at_rate_1000_diverges_and_says_so() -> None:
    browser = diverged()
    notice, trainer = browser.header["notice"], browser.experiment.trainer
    assert notice["text"].startswith("Diverged in epoch 1 (in step 2): ")
    assert browser.ask("share")["share"]["words"].startswith(
        "This link opens the run in epoch 1 (in step 2), where it diverged"
    )
    assert [action[0] for action in notice["actions"]] == ["explain", "rewind", "rewind", "reset"]
    assert np.isfinite(browser.experiment.model.flat).all()
    assert np.isfinite(browser.frames[:, 1:]).all()
    assert np.isfinite(np.array(browser.rows)).all()
    browser.assert_history_is_the_trainers()
    assert browser.ask("explain")["divergence_report"] == divergence_report(trainer).as_json()
    browser.give(learning_rate=0.1)  # has nothing to do with what happened
    assert browser.ask("explain")["divergence_report"] == divergence_report(trainer).as_json()


@pytest.mark.parametrize(("command", "rate"), [("rewind", 1000.0), ("halve", 500.0)])
def test_a_healthy_state_comes_back(command: str, rate: float) -> None:
    browser = diverged()
    header = browser.ask(command)
    assert header["status"] in {"ready", "paused"}
    assert header["diverging"] is False
    assert browser.config == browser.experiment.config == replace(PLANE, learning_rate=rate)
    assert browser.frames[-1, 3] == rate
    trainer = browser.experiment.trainer
    assert trainer.train_loss <= trainer.start_loss
    assert browser.bits() == fresh(PLANE, trainer.steps)
    browser.assert_history_is_the_trainers()


def test_it_can_go_on_with_a_rate_below_the_critical_one_and_the_page_says_why() -> None:
    browser = diverged()
    (_, label, value) = browser.header["notice"]["actions"][2]
    assert label == f"Rewind, with rate {value['rate']:g}"
    header = browser.ask("rewind", value)
    assert browser.config.learning_rate == header["rate"] == value["rate"]
    ratio = header["gauge"]["ratio"]
    assert ratio == pytest.approx(0.5, rel=0.05)
    critical = f"{value['rate'] / ratio:.2g}"
    words = header["notice"]["text"]
    assert f"above a learning rate of about {critical}, so it is {value['rate']:g} now" in words
    browser.play(until=30 * browser.experiment.steps_per_epoch)
    assert browser.header["status"] == "running"
    # A hand that has found a lower rate itself needs no other one.
    again = diverged()
    header = again.ask("steer", {"rate": value["rate"] / 2})
    assert [action[0] for action in header["notice"]["actions"]] == [
        *("explain", "rewind", "halve", "reset"),
    ]


def test_halved_often_enough_it_learns_and_it_stops_at_the_smallest_rate() -> None:
    browser = diverged()
    for _ in range(30):
        browser.ask("halve")
        browser.play(until=30 * browser.experiment.steps_per_epoch)
        if browser.header["status"] != "diverged":
            break
    assert browser.header["status"] == "running"
    score = {row[0]: row[3] for row in browser.experiment.measures()}["R²"]
    assert score is not None
    assert score > 0.3
    browser.give(learning_rate=1.5e-6)
    for _ in range(2):
        browser.ask("halve")
    assert browser.config.learning_rate == 1e-6


def test_a_classification_that_blows_up_is_diverging_and_goes_on() -> None:
    browser = Browser(BLOW_UP)
    browser.ask("play")
    seen = next(h for _ in range(40) if (h := browser.ask("tick"))["diverging"])
    assert (seen["playing"], seen["status"]) == (True, "running")
    assert seen["notice"]["kind"] == "warn"
    assert [command for command, _ in seen["notice"]["actions"]] == ["halve", "reset"]
    assert np.isfinite(browser.frames[:, 1:3]).all()


# ---- what it costs ----------------------------------------------------------------------------


def test_a_frame_does_not_grow_with_the_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEASURE_EVERY", 1e9)  # so that each message has the same parts
    config = Config(samples=100, layers=(4,), batch_size=50, epochs=1_000_000, speed="60")
    browser = Browser(config)
    browser.ask("play")

    def size_at(epochs: int) -> float:
        trainer = browser.experiment.trainer
        trainer.run_epochs(epochs - trainer.epoch)
        browser.ask("tick")
        browser.ask("tick")
        return len(browser.answer.message) / len(browser.steps)

    early, late = size_at(100), size_at(20_000)
    assert browser.experiment.trainer.epoch >= 20_000
    assert late <= 1.1 * early
    assert len(browser.rows) <= 512


def test_a_long_run_needs_no_more_memory() -> None:
    browser = Browser(replace(TINY, samples=20, batch_size=20, layers=(2,), epochs=1_000_000))
    browser.ask("play")
    used = []
    tracemalloc.start()
    try:
        for epochs in (600, 2400):
            browser.experiment.trainer.run_epochs(epochs)
            browser.ask("tick")
            browser.rows = []  # those are the browser's
            used.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert used[1] - used[0] < 100_000
