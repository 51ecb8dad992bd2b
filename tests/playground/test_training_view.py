"""The runner, asked as the browser asks it: what it trains, what it sends, what it never does."""

from __future__ import annotations

import tracemalloc
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import Trainer
from engine.study.divergence_report import divergence_report
from playground.figures import boundary, network
from playground.live import pacing, playable
from playground.live import view as live
from playground.live.protocol import COMMANDS, Request, read_request, unpack
from playground.runs.experiment import Experiment
from playground.runs.stability import curvature
from playground.settings.config import DISPLAY_FIELDS, SPEEDS, Config
from playground.training import view as module
from playground.training.view import FINE_SIDE, SIDE, TrainingView, log_sizes
from tests.playground.viewer import Viewer

TINY = Config(samples=60, layers=(5, 4), batch_size=7, speed="25")  # 5 steps an epoch
PLANE = Config(dataset="plane", samples=200, learning_rate=1000.0, speed="25")
BLOW_UP = Config(samples=200, learning_rate=10.0, speed="25")


class Clock:
    """Time as the runner sees it: it passes when it is read and when training takes a step.

    So no test waits, and none depends on the machine.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self.tick = 0.0001
        self.step = 0.001

    def perf_counter(self) -> float:
        self.now += self.tick
        return self.now

    monotonic = perf_counter


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    run_steps = Trainer.run_steps

    def timed(trainer: Trainer, n: int) -> int:
        taken = run_steps(trainer, n)
        made.now += made.step * taken
        return taken

    for clocked in (module, pacing, playable):
        monkeypatch.setattr(clocked, "time", made)
    monkeypatch.setattr(Trainer, "run_steps", timed)
    return made


class Browser(Viewer):
    """The browser at the Playground."""

    def __init__(self, config: Config = TINY, *, play: bool = False) -> None:
        super().__init__(TrainingView(play=play), config)

    def choose(self, **settings: Any) -> None:
        """Settings changed in the sidebar; the next request brings them to the view."""
        self.config = replace(self.config, **settings)

    @property
    def runner(self) -> TrainingView:
        assert isinstance(self.view, TrainingView)
        return self.view

    @property
    def codes(self) -> np.ndarray[Any, Any]:
        return self.images("boundary")[:, 0]

    @property
    def losses(self) -> np.ndarray[Any, Any]:
        return self.frames[:, 1:3]

    @property
    def experiment(self) -> Experiment:
        return self.runner.experiment

    def state(self, panel: str) -> Any:
        return self.header["state"][panel]

    def bits(self) -> bytes:
        return self.experiment.model.flat.tobytes()

    def assert_history_is_the_trainers(self) -> None:
        history = self.experiment.trainer.history
        columns = (history.epoch, history.loss, history.val_loss, history.learning_rate)
        expected = np.column_stack([*columns, log_sizes(history.gradient)]).astype(np.float32)
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
def test_the_first_message_has_all_that_a_page_needs(config: Config) -> None:
    browser = Browser(config)
    header, arrays, experiment = browser.header, browser.arrays, browser.experiment
    assert (header["status"], header["playing"], header["diverging"]) == ("ready", False, False)
    assert browser.steps == [0]
    assert arrays["rows"][:, 0].tolist() == [0]
    loss = (experiment.trainer.train_loss, experiment.trainer.test_loss)
    np.testing.assert_allclose(arrays["rows"][:, 1:3], [loss], rtol=1e-6)
    layers = len(config.layers) + 1
    assert arrays["rows"].shape == (1, 4 + layers)
    assert browser.codes.shape == (1, SIDE, SIDE)
    assert (
        arrays["state:boundary:codes"].shape
        == arrays["state:boundary:values"].shape
        == (FINE_SIDE, FINE_SIDE)
    )
    assert arrays["history"].shape == (1, 4 + layers)
    names = {panel["id"] for panel in browser.figures["panels"]}
    assert {"boundary", "loss", "gradient", "network", "weights"} <= names
    assert {
        s["name"] for p in browser.figures["panels"] for s in p.get("switches", ())
    } == DISPLAY_FIELDS
    assert [name for name, _ in header["speeds"]] == list(SPEEDS)
    assert "measures" not in header["state"]  # they lie below what is seen first
    browser.want = ["measures", "confusion", "facts"]
    browser.ask("look")
    assert browser.state("measures")["rows"][0][0] == "Loss"
    assert (browser.state("confusion") == {}) == (experiment.n_classes == 0)
    assert (
        dict(browser.state("facts")["facts"])["Parameters"] == f"{experiment.model.n_parameters:,}"
    )
    assert browser.frames[-1, 3] == config.learning_rate
    codes = boundary.codes(experiment.answers(SIDE), experiment.n_classes)
    np.testing.assert_array_equal(browser.codes[0].ravel(), codes)
    fine = boundary.codes(experiment.answers(FINE_SIDE), experiment.n_classes)
    np.testing.assert_array_equal(arrays["state:boundary:codes"].ravel(), fine)
    assert browser.bits() == Experiment(config).model.flat.tobytes()


def test_play_in_the_address_starts_at_once() -> None:
    browser = Browser(TINY, play=True)
    assert browser.header["playing"] is True
    assert browser.header["status"] == "running"
    browser.ask("tick")
    assert browser.steps[-1] > 0


# ---- playing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", SPEEDS)
def test_play_trains_and_sends_frames_with_rising_steps(speed: str) -> None:
    browser = Browser(replace(TINY, speed=speed))
    shown = [0]
    for command in ("play", "tick", "tick"):
        header = browser.ask(command)
        assert header["playing"] is True
        assert header["status"] == "running"
        assert header["interval"] > 0
        shown += browser.steps
        count = len(browser.steps)
        assert browser.codes.shape == (count, SIDE, SIDE)
        assert browser.losses.shape == (count, 2)
        assert len(browser.frames) == count
    assert shown == sorted(set(shown)), "a frame that shows nothing new"
    epochs = np.array(shown[-count:]) / browser.experiment.steps_per_epoch
    np.testing.assert_allclose(browser.frames[:, 0], epochs, atol=0.2)
    assert browser.bits() == fresh(browser.config, shown[-1])
    # The last frame is what the network says now, to seven bits while it moves.
    now = boundary.codes(browser.experiment.answers(SIDE), 2)
    np.testing.assert_array_equal(browser.codes[-1].ravel(), now & 0xFE)
    browser.assert_history_is_the_trainers()


@pytest.mark.parametrize(
    ("speed", "samples", "batch"),
    [
        ("1", 60, 7),
        ("5", 60, 7),
        ("25", 60, 30),
        ("25", 60, 7),  # not a whole number of steps a frame
        ("60", 200, 10),
        ("250", 60, 7),
        ("batch", 60, 7),
        ("1", 60, 30),
    ],
)
def test_a_chosen_speed_is_kept(clock: Clock, speed: str, samples: int, batch: int) -> None:
    """Epochs in each message, over the seconds that its frames take to play, are the speed."""
    clock.step = 0.0001
    browser = Browser(replace(TINY, speed=speed, samples=samples, batch_size=batch))
    browser.ask("play")
    browser.ask("tick")
    before = browser.step
    seconds = 0.0
    for _ in range(6):
        header = browser.ask("tick")
        seconds += len(browser.steps) * header["interval"] / 1000
    steps = browser.step - before
    chosen = SPEEDS[speed]
    if chosen.one_batch_per_frame:
        assert header["interval"] == pytest.approx(1000 / 30)
        assert np.all(np.diff(browser.steps) == 1)
        return
    rate = steps / browser.experiment.steps_per_epoch / seconds
    assert rate == pytest.approx(chosen.epochs_per_second, rel=0.02)


def test_slow_training_ends_a_message_early_instead_of_late(clock: Clock) -> None:
    browser = Browser(replace(TINY, speed="60"))
    browser.ask("play")
    browser.ask("tick")
    whole = len(browser.steps)
    clock.tick = 0.2  # each look at the clock costs as much as many frames
    browser.ask("tick")
    assert 1 <= len(browser.steps) < whole


@pytest.mark.parametrize("speed", ["25", "250", "max"])
@pytest.mark.parametrize("cost", [0.001, 0.02, 0.1])
def test_slow_steps_never_hold_the_gate_for_long(clock: Clock, speed: str, cost: float) -> None:
    """Not even in the first message, when nobody knows yet what a step costs."""
    clock.step = cost
    browser = Browser(replace(TINY, speed=speed, samples=1000, batch_size=1))
    for command in ("play", "tick", "tick"):
        before, step = clock.now, browser.step
        browser.ask(command)
        # A second is far too long, but a step that costs a tenth of one can only be taken whole.
        assert browser.step > step
        assert clock.now - before < 0.6 + 10 * cost


def test_a_busy_gate_makes_bursts_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    def steps_among(viewers: int) -> int:
        class Busy:
            def turn(self) -> nullcontext[int]:
                return nullcontext(viewers)

        monkeypatch.setattr(live, "SCHEDULER", Busy())
        browser = Browser(replace(TINY, speed="max"))
        browser.ask("play")
        browser.ask("tick")
        before = browser.step
        browser.ask("tick")
        return browser.step - before

    alone, crowded = steps_among(1), steps_among(5)
    assert 0 < crowded < alone / 2


def test_the_first_burst_is_short() -> None:
    for speed in ("25", "max"):
        browser = Browser(replace(TINY, speed=speed))
        browser.ask("play")
        first = browser.step
        browser.ask("tick")
        assert 0 < first < (browser.step - first) / 2


def test_a_look_trains_nothing() -> None:
    browser = Browser()
    browser.ask("play")
    browser.ask("tick")
    step, bits = browser.step, browser.bits()
    browser.ask("look")
    assert (browser.step, browser.bits()) == (step, bits)
    assert browser.header["playing"] is True
    browser.take(browser.view.handle(None, browser.config))  # the page drawn anew
    assert (browser.step, browser.bits()) == (step, bits)


@pytest.mark.parametrize("command", ["tick", "step", "epoch", "play", "back", "reset", "halve"])
def test_a_request_that_comes_twice_is_done_once(command: str) -> None:
    browser = Browser()
    browser.ask("play")
    browser.ask("tick")
    browser.ask(command)
    bits, config, run = browser.bits(), browser.config, browser.run
    again = browser.request(command)
    browser.take(browser.view.handle(again, browser.config))
    assert browser.bits() == bits
    assert browser.config == config
    assert browser.run == run


def test_presses_that_were_merged_on_their_way_are_all_made() -> None:
    browser = Browser()
    asked = [(1, "step"), (2, "step"), (3, "epoch"), (4, "new"), (5, "step"), (6, "step")]
    earlier = [{"cmd": command, "n": n, "step": 0} for n, command in asked]
    browser.number = 7
    last = read_request(browser.payload("step") | {"earlier": earlier})
    browser.take(browser.view.handle(last, browser.config))
    assert browser.config.seed == TINY.seed + 1
    assert browser.step == 3
    browser.number = 8  # the answer was lost: all of them come once more, and one that is new
    done = {"cmd": "step", "n": 7, "step": 0}
    again = read_request(browser.payload("step") | {"earlier": [*earlier, done]})
    browser.take(browser.view.handle(again, browser.config))
    assert browser.config.seed == TINY.seed + 1
    assert browser.step == 4


def test_ticks_of_a_run_that_stands_still_train_nothing() -> None:
    browser = Browser()
    browser.ask("tick")
    assert browser.step == 0
    browser.ask("play")
    browser.ask("pause")
    bits = browser.bits()
    browser.ask("tick")
    assert browser.bits() == bits


@pytest.mark.parametrize("rate", [TINY.learning_rate, 0.5])
def test_a_run_of_its_own_starts_even_where_the_present_one_could_go_on(rate: float) -> None:
    browser = Browser()
    run = browser.ask("step")["run"]
    browser.choose(learning_rate=rate)
    header, _ = unpack(browser.view.handle(None, browser.config, anew=True).message)
    assert header["run"] > run
    assert header["status"] == "ready"
    assert browser.runner.experiment.trainer.steps == 0
    assert browser.runner.experiment.config.learning_rate == rate


def test_a_page_that_was_left_and_opened_again_can_go_on() -> None:
    browser = Browser()
    browser.ask("play")
    for _ in range(3):
        browser.ask("tick")
    step = browser.step
    browser.mount()  # counts its requests from 1 again and holds nothing
    assert browser.step == step
    browser.assert_history_is_the_trainers()
    browser.ask("tick")
    assert browser.step > step
    browser.ask("pause")
    assert browser.header["playing"] is False


# ---- pause, step, back, reset -----------------------------------------------------------------

KINDS = [
    TINY,
    replace(TINY, optimizer="adam", dropout=0.3, schedule="cosine", warmup=2),
    replace(TINY, dataset="plane", optimizer="rmsprop", momentum=0.5, speed="60"),
    replace(TINY, speed="max", momentum=0.9, nesterov=True),
    replace(TINY, speed="batch", l1=0.001, clip=0.3),
]


@pytest.mark.parametrize("config", KINDS)
@pytest.mark.parametrize("behind", [0, 1])
def test_pause_returns_exactly_to_the_step_shown(config: Config, behind: int) -> None:
    browser = Browser(config)
    browser.ask("play")
    messages = []
    for _ in range(4):
        browser.ask("tick")
        messages.append(browser.steps)
    shown = messages[-1 - behind]
    browser.step = step = shown[len(shown) // 2]
    header = browser.ask("pause")
    assert header["playing"] is False
    assert header["status"] == "paused"
    assert browser.steps == [step]
    assert browser.experiment.trainer.steps == step
    assert browser.bits() == fresh(config, step)
    browser.assert_history_is_the_trainers()
    # And the way on is the one that would have been.
    browser.ask("play")
    assert browser.bits() == fresh(config, browser.step)


@pytest.mark.parametrize(
    "settings", [{"learning_rate": 0.5}, {"optimizer": "adam"}, {"batch_size": 30, "l2": 0.01}]
)
def test_pause_returns_under_the_settings_of_then(settings: dict[str, Any]) -> None:
    browser = Browser()
    browser.ask("play")
    browser.ask("tick")
    step = browser.steps[3]
    browser.choose(**settings)
    browser.ask("tick")
    browser.step = step  # a frame from before the change is still on show
    browser.ask("pause")
    assert browser.experiment.trainer.steps == step
    assert browser.bits() == fresh(TINY, step)
    # From here on the new settings hold.
    expected = Experiment(TINY)
    expected.trainer.run_steps(step)
    expected.apply(browser.config)
    expected.trainer.run_steps(1)
    browser.ask("step")
    assert browser.bits() == expected.model.flat.tobytes()


@pytest.mark.parametrize("step", [-5, 10**9, 10**30])
def test_pause_at_a_step_that_never_was_keeps_the_run(step: int) -> None:
    browser = Browser()
    browser.ask("play")
    browser.ask("tick")
    kept = browser.experiment.trainer.steps
    browser.step = step
    browser.ask("pause")
    assert browser.experiment.trainer.steps == kept
    assert browser.bits() == fresh(TINY, kept)


def test_step_epoch_and_back() -> None:
    browser = Browser()
    browser.ask("step")
    assert browser.steps == [1]
    assert browser.header["status"] == "paused"
    browser.ask("epoch")
    assert browser.steps == [5]  # to the end of the epoch that had begun
    browser.ask("epoch")
    browser.ask("step")
    assert browser.steps == [11]
    browser.ask("back")
    assert browser.steps == [10]
    assert browser.bits() == fresh(TINY, 10)
    browser.assert_history_is_the_trainers()
    browser.ask("back")
    browser.ask("back")
    assert browser.steps == [0]
    browser.ask("back")
    assert browser.steps == [0]
    assert browser.bits() == fresh(TINY, 0)
    browser.assert_history_is_the_trainers()


@pytest.mark.parametrize(("command", "change"), [("step", 1), ("epoch", 5), ("back", -5)])
def test_a_step_while_playing_goes_on_from_what_is_shown(command: str, change: int) -> None:
    browser = Browser()
    browser.ask("play")
    browser.ask("tick")
    browser.step = shown = next(s for s in browser.steps if s % 5 == 0)
    header = browser.ask(command)
    assert header["playing"] is False
    assert browser.steps == [shown + change]
    assert browser.bits() == fresh(TINY, shown + change)


@pytest.mark.parametrize("config", KINDS)
def test_reset_gives_the_same_start(config: Config) -> None:
    browser = Browser(config)
    start, figures = browser.bits(), browser.figures
    first = browser.codes.copy()
    browser.ask("play")
    browser.ask("tick")
    bits, step, run = browser.bits(), browser.step, browser.run
    header = browser.ask("reset")
    assert (header["status"], header["playing"]) == ("ready", False)
    assert browser.run != run
    assert "figures" not in header
    assert browser.figures == figures
    assert browser.bits() == start
    np.testing.assert_array_equal(browser.codes, first)
    assert len(browser.rows) == 1
    browser.assert_history_is_the_trainers()
    browser.experiment.trainer.run_steps(step)
    assert browser.bits() == bits


def test_a_new_start_has_a_new_seed() -> None:
    browser = Browser()
    browser.ask("play")
    old = browser.experiment
    header = browser.ask("new")
    assert browser.config == replace(TINY, seed=1)
    assert (header["status"], header["playing"]) == ("ready", False)
    assert "figures" in header
    assert browser.bits() == fresh(browser.config, 0)
    assert browser.bits() != old.model.flat.tobytes()
    last = Browser(replace(TINY, seed=2**31 - 1))
    last.ask("new")
    assert last.config.seed == 0


# ---- the end ----------------------------------------------------------------------------------


def test_a_run_finishes_and_play_goes_on_for_as_many_epochs() -> None:
    browser = Browser(replace(TINY, epochs=4))
    browser.ask("play")
    while browser.header["playing"]:
        browser.ask("tick")
    assert browser.header["status"] == "finished"
    assert browser.step == 20
    assert browser.header["notice"]["kind"] == "good"
    assert "4 epochs" in browser.header["notice"]["text"]
    browser.assert_history_is_the_trainers()
    browser.ask("play")
    assert browser.header["playing"] or browser.step > 20
    while browser.header["playing"]:
        browser.ask("tick")
    assert (browser.header["status"], browser.step) == ("finished", 40)
    assert browser.bits() == fresh(replace(TINY, epochs=100), 40)
    browser.want = ["measures", "confusion", "facts"]
    browser.ask("reset")
    assert dict(browser.state("facts")["facts"])["Epochs"] == "0 of 4"


# ---- changed settings -------------------------------------------------------------------------


def test_a_new_learning_rate_while_playing_keeps_the_run() -> None:
    browser = Browser()
    browser.ask("play")
    browser.ask("tick")
    step, run, figures = browser.step, browser.run, browser.figures
    expected = Experiment(TINY)
    expected.trainer.run_steps(step)
    browser.choose(learning_rate=0.2)
    header = browser.ask("tick")
    assert header["playing"] is True
    assert browser.frames[-1, 3] == pytest.approx(0.2)
    assert (browser.run, browser.figures) == (run, figures)
    assert "figures" not in header
    assert browser.steps[0] > step
    expected.apply(browser.config)
    expected.trainer.run_steps(browser.step - step)
    assert browser.bits() == expected.model.flat.tobytes()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"layers": (3,)}, ["hidden layers"]),
        ({"dataset": "moons", "noise": 10.0}, ["data set", "noise"]),
        ({"activation": "relu"}, ["activation"]),
        ({"seed": 9}, ["seed"]),
    ],
)
def test_a_new_structure_starts_anew_says_so_and_pauses(
    settings: dict[str, Any], named: list[str]
) -> None:
    browser = Browser()
    browser.ask("play")
    browser.ask("tick")
    run, version = browser.run, browser.figures
    browser.choose(**settings)
    header = browser.ask("tick")
    assert (header["playing"], header["status"]) == (False, "ready")
    assert browser.steps == [0]
    assert browser.run != run
    assert browser.figures != version
    assert browser.bits() == fresh(browser.config, 0)
    text = header["notice"]["text"].lower()
    assert "anew" in text
    assert all(name in text for name in named)
    browser.assert_history_is_the_trainers()
    browser.ask("play")
    assert "anew" not in browser.header["notice"]["text"]


def test_figures_are_sent_once_and_again_only_when_they_differ() -> None:
    browser = Browser()
    assert "figures" in browser.header
    for command in ("play", "tick", "pause", "step", "epoch", "back", "reset", "look"):
        assert "figures" not in browser.ask(command), command
    browser.choose(learning_rate=0.5, batch_size=30)
    assert "figures" not in browser.ask("play")
    browser.choose(layers=(4, 4, 4))
    browser.ask("tick")
    assert [c["units"] for c in browser.panel("network")["columns"]] == [2, 4, 4, 4, 2]
    assert "figures" not in browser.ask("look")


def test_speed_and_display_change_the_config_and_nothing_else() -> None:
    browser = Browser()
    browser.ask("play")
    browser.ask("speed", "60")
    assert browser.config == replace(TINY, speed="60")
    assert browser.header["playing"] is True
    browser.ask("view", {"log_loss": True, "discretize": True})
    assert browser.config == replace(TINY, speed="60", log_loss=True, discretize=True)
    assert browser.header["playing"] is True
    assert browser.bits() == fresh(TINY, browser.experiment.trainer.steps)


@pytest.mark.parametrize(
    ("command", "value"),
    [
        ("speed", "warp"),
        ("speed", None),
        ("speed", ["60"]),
        ("speed", {"60": 1}),
        ("view", None),
        ("view", "log_loss"),
        ("view", {"log_loss": "yes"}),
        ("view", {"learning_rate": 5.0, "seed": 3}),
        ("view", {"__class__": 1}),
    ],
)
def test_bad_values_change_nothing(command: str, value: Any) -> None:
    browser = Browser()
    browser.ask(command, value)
    assert browser.config == TINY
    assert browser.bits() == fresh(TINY, 0)


SHARED = TrainingView()
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(sorted(COMMANDS - {"new", "rewind"})),
    VALUES | st.lists(VALUES) | st.dictionaries(st.text(max_size=5), VALUES),
    st.lists(st.integers(), min_size=6, max_size=6),
)
def test_no_request_can_break_the_run(command: str, value: Any, numbers: list[int]) -> None:
    number, step, figures, run, generation, rows = numbers
    have = {"figures": figures, "run": run, "generation": generation, "rows": rows}
    payload = {"cmd": command, "n": number, "value": value, "step": step, "have": have}
    answer = SHARED.handle(read_request(payload), TINY)
    header, arrays = unpack(answer.message)
    assert header["status"] in {"ready", "running", "paused", "finished"}
    assert answer.config.dataset == TINY.dataset
    assert np.isfinite(arrays["rows"][:, 1:3]).all()


# ---- history ----------------------------------------------------------------------------------


def test_history_comes_in_pieces_and_stays_whole() -> None:
    browser = Browser(replace(TINY, samples=20, batch_size=20, layers=(2,), epochs=100_000))
    sent = 0
    browser.ask("play")
    for _ in range(4):
        browser.ask("tick")
        sent += len(browser.arrays["history"])
        browser.assert_history_is_the_trainers()
    assert sent <= len(browser.rows), "rows that the browser had were sent again"
    thinned = browser.experiment.trainer.history.generation
    browser.experiment.trainer.run_epochs(1500)  # as a long time of playing would
    browser.ask("tick")
    assert browser.experiment.trainer.history.generation > thinned
    browser.assert_history_is_the_trainers()
    browser.ask("pause")
    browser.ask("back")
    browser.assert_history_is_the_trainers()
    for command in ("play", "tick", "pause", "reset", "play", "tick"):
        browser.ask(command)
        browser.assert_history_is_the_trainers()


def test_a_browser_with_rows_of_another_run_gets_all() -> None:
    browser = Browser()
    browser.ask("play")
    browser.ask("tick")
    held = len(browser.rows)
    assert held > 2
    browser.run, browser.generation = 77, browser.generation + 5
    browser.ask("look")
    assert browser.header["history"]["start"] == 0
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
    units = sum(experiment.units)
    side = arrays["state:network:maps"].shape[1]
    codes, ranges = network.unit_maps(experiment.unit_answers(side))
    np.testing.assert_array_equal(arrays["state:network:maps"].reshape(units, -1), codes)
    np.testing.assert_array_equal(arrays["state:network:ranges"], ranges)
    flat = np.concatenate([layer.weight.ravel() for layer in experiment.dense_layers])
    np.testing.assert_array_equal(arrays["state:network:weights"], flat)
    biases = np.concatenate([layer.bias for layer in experiment.dense_layers])
    np.testing.assert_array_equal(arrays["state:network:biases"], biases)
    assert len(flat) + len(biases) == experiment.model.n_parameters
    gradients = network.log_magnitudes(experiment.trainer.gradient_now())
    np.testing.assert_array_equal(arrays["state:weights:sizes"], gradients)


def test_the_fine_grid_comes_at_rest_only() -> None:
    browser = Browser()
    browser.ask("play")
    browser.ask("tick")
    assert not {"state:boundary:codes", "state:boundary:values"} & set(browser.arrays)
    browser.ask("pause")
    assert {"state:boundary:codes", "state:boundary:values"} <= set(browser.arrays)


def test_a_wide_network_sends_small_maps() -> None:
    browser = Browser(replace(TINY, layers=(64,) * 8))
    browser.want = ["network"]
    browser.ask("step")
    assert browser.arrays["state:network:maps"].size < 30_000


# ---- the gauge --------------------------------------------------------------------------------


def test_the_gauge_follows_the_learning_rate_at_once_at_rest() -> None:
    browser = Browser()
    ratio = browser.header["gauge"]["ratio"]
    assert 0 < ratio < 0.9
    assert browser.header["gauge"]["zone"] == "below"
    browser.choose(learning_rate=TINY.learning_rate * 100)
    gauge = browser.ask("look")["gauge"]
    assert gauge["ratio"] == pytest.approx(100 * ratio)
    assert gauge["zone"] == "above"
    browser.ask("halve")
    assert browser.header["gauge"]["ratio"] == pytest.approx(50 * ratio)


def test_the_gauge_reads_the_weights_on_show() -> None:
    browser = Browser(replace(TINY, batch_size=5000))
    at_first = browser.header["gauge"]
    browser.ask("epoch")
    assert browser.header["gauge"] != at_first
    found = curvature(browser.experiment).sharpness()
    assert browser.header["gauge"]["ratio"] == pytest.approx(TINY.learning_rate * found / 2)
    browser.ask("reset")
    assert browser.header["gauge"] == at_first
    browser.choose(layers=(3,))
    assert browser.ask("look")["gauge"] != at_first


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


def test_the_gauge_is_not_green_a_second_longer_than_the_run_is_sound(clock: Clock) -> None:
    browser = Browser(replace(TINY, epochs=100_000))
    shown = browser.header["gauge"]
    assert shown["zone"] == "below"
    browser.ask("play")
    browser.choose(learning_rate=30.0)
    diverging = 0
    for _ in range(30):
        header = browser.ask("tick")
        shown = header.get("gauge", shown)
        if header["diverging"] or header["status"] == "diverged":
            diverging += 1
            assert shown is None or shown["zone"] != "below"
    assert diverging > 20


def test_where_there_is_no_critical_rate_the_gauge_says_so() -> None:
    gauge = Browser(replace(TINY, optimizer="adam")).header["gauge"]
    assert (gauge["ratio"], gauge["zone"]) == (None, "none")
    assert "Adam" in gauge["title"]
    assert diverged().header["gauge"] is None


# ---- divergence -------------------------------------------------------------------------------


def diverged() -> Browser:
    browser = Browser(PLANE)
    browser.ask("play")
    for _ in range(50):
        if not browser.header["playing"]:
            break
        browser.ask("tick")
    assert browser.header["status"] == "diverged"
    return browser


def test_a_regression_at_rate_1000_diverges_and_says_so() -> None:
    browser = diverged()
    notice, trainer = browser.header["notice"], browser.experiment.trainer
    assert notice["kind"] == "bad"
    assert notice["text"].lower().startswith("diverged at epoch")
    offered = [command for command, _ in notice["actions"]]
    assert offered == ["explain", "rewind", "halve", "reset"]
    assert np.isfinite(browser.experiment.model.flat).all()
    assert np.isfinite(browser.losses).all()
    assert np.isfinite(browser.frames[:, 4:]).all()
    assert np.isfinite(np.array(browser.rows)).all()
    assert trainer.diverged_epoch is not None
    browser.assert_history_is_the_trainers()


@pytest.mark.parametrize("command", ["tick", "play", "step", "epoch"])
def test_what_diverged_stays_so_until_something_is_done(command: str) -> None:
    browser = diverged()
    bits = browser.bits()
    header = browser.ask(command)
    assert (header["status"], header["playing"]) == ("diverged", False)
    assert browser.bits() == bits


def test_what_happened_brings_the_autopsy_and_leaves_the_run_as_it_is() -> None:
    browser = diverged()
    bits, step, run, rows = browser.bits(), browser.step, browser.run, len(browser.rows)
    notice = browser.header["notice"]
    found = browser.ask("explain")["divergence_report"]
    trainer = browser.experiment.trainer
    assert found == divergence_report(trainer).as_json()
    assert len(found["layers"]) == len(browser.experiment.dense_layers)
    assert found["rows"]
    assert found["failed"]["step"] == found["rows"][-1]["step"] + 1
    header = browser.header
    assert (header["status"], header["playing"], header["notice"]) == ("diverged", False, notice)
    assert (browser.bits(), browser.step, browser.run) == (bits, step, run)
    assert len(browser.rows) == rows
    browser.assert_history_is_the_trainers()
    assert "divergence_report" not in browser.ask("look")
    # A setting that could be in force from now on has nothing to do with what happened.
    browser.choose(learning_rate=0.1)
    assert browser.ask("explain")["divergence_report"] == found
    browser.ask("rewind")
    assert browser.bits() == fresh(PLANE, browser.step)


def test_what_happened_is_answered_again_when_it_is_asked_again() -> None:
    browser = diverged()
    first = browser.ask("explain")["divergence_report"]
    browser.number -= 1
    assert browser.ask("explain")["divergence_report"] == first


@pytest.mark.parametrize("playing", [True, False])
def test_a_run_that_has_not_diverged_has_nothing_to_explain(playing: bool) -> None:
    browser = Browser()
    browser.ask("play")
    browser.ask("tick" if playing else "pause")
    assert "divergence_report" not in browser.ask("explain")
    assert browser.header["playing"] is playing
    assert browser.bits() == fresh(TINY, browser.experiment.trainer.steps)


def test_rewind_brings_back_a_healthy_state() -> None:
    browser = diverged()
    at = browser.experiment.trainer.steps
    header = browser.ask("rewind")
    assert header["status"] in {"ready", "paused"}
    assert header["diverging"] is False
    trainer = browser.experiment.trainer
    assert trainer.steps < at or at == 0
    assert trainer.train_loss <= trainer.start_loss
    assert browser.bits() == fresh(PLANE, trainer.steps)
    browser.assert_history_is_the_trainers()


def test_halving_rewinds_and_halves_the_learning_rate() -> None:
    browser = diverged()
    header = browser.ask("halve")
    assert browser.config == replace(PLANE, learning_rate=500.0)
    assert browser.experiment.config == browser.config
    assert browser.frames[-1, 3] == 500.0
    assert header["status"] in {"ready", "paused"}
    browser.assert_history_is_the_trainers()


def test_halved_often_enough_it_learns() -> None:
    browser = diverged()
    for _ in range(30):
        browser.ask("halve")
        browser.ask("play")
        while browser.header["playing"] and browser.experiment.trainer.epoch < 30:
            browser.ask("tick")
        if browser.header["status"] != "diverged":
            break
    measures = {row[0]: row[3] for row in browser.experiment.measures()}
    assert browser.header["status"] == "running"
    score = measures["R²"]
    assert score is not None
    assert score > 0.3


def test_halving_stops_at_the_smallest_rate() -> None:
    browser = Browser(replace(TINY, learning_rate=1.5e-6))
    browser.ask("halve")
    browser.ask("halve")
    assert browser.config.learning_rate == 1e-6


def test_reset_after_divergence() -> None:
    browser = diverged()
    header = browser.ask("reset")
    assert header["status"] == "ready"
    assert browser.bits() == fresh(PLANE, 0)
    browser.assert_history_is_the_trainers()


def test_a_classification_that_blows_up_is_diverging_and_goes_on() -> None:
    browser = Browser(BLOW_UP)
    browser.ask("play")
    seen = None
    for _ in range(40):
        browser.ask("tick")
        if browser.header["diverging"]:
            seen = browser.header
            break
    assert seen is not None
    assert seen["playing"] is True
    assert seen["status"] == "running"
    assert seen["notice"]["kind"] == "warn"
    assert seen["notice"]["text"].lower().startswith("diverging")
    assert [command for command, _ in seen["notice"]["actions"]] == ["halve", "reset"]
    assert np.isfinite(browser.losses).all()


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
    tracemalloc.start()
    try:
        browser = Browser(replace(TINY, samples=20, batch_size=20, layers=(2,), epochs=1_000_000))
        browser.ask("play")
        used = []
        for epochs in (600, 4800):
            browser.experiment.trainer.run_epochs(epochs)
            browser.ask("tick")
            browser.rows = []  # those are the browser's
            used.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert used[1] - used[0] < 100_000


def test_log_sizes() -> None:
    sizes = log_sizes(np.array([[1.0, 0.0], [1e-3, 1e300]]))
    assert sizes.dtype == np.float32
    np.testing.assert_allclose(sizes, [[0, -12], [-3, 300]])


def test_a_request_without_a_number_looks() -> None:
    answer = TrainingView().handle(Request(0, "step", run=0), TINY)
    assert unpack(answer.message)[1]["steps"].tolist() == [0]
