"""Callbacks of ``fit``: early stopping keeps the best, the bar is seen when it should be."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import engine.training.callbacks as callbacks
from engine import (
    SGD,
    Adam,
    Callback,
    Dense,
    EarlyStopping,
    FitHistory,
    MeanSquaredError,
    ProgressBar,
    Sequential,
    SoftmaxCrossEntropy,
    Trainer,
)
from tests.engine.helpers import network, quadrants, trainer

X, Y = quadrants(80)
Clock = Callable[[Sequence[float]], None]
REST: dict[str, Any] = {"batch_size": 16, "validation_data": (X[60:], Y[60:])}


def compiled(rate: float = 0.3, **options: Any) -> Sequential:
    model = network(**options)
    model.compile(SGD(rate), SoftmaxCrossEntropy())
    return model


def diverging_line(watching: list[Any]) -> tuple[Sequential, FitHistory]:
    line = Sequential([Dense(2, 1)])
    line.compile(SGD(3.0), MeanSquaredError())
    history = line.fit(X, X @ [1.0, -2.0], epochs=300, batch_size=80, callbacks=watching)
    assert history.divergence is not None
    return line, history


class Watch(Callback):
    """Notes what it is told, and the weights of each epoch; may break a run off."""

    def __init__(self, broken_at: int | None = None) -> None:
        self.calls: list[str] = []
        self.weights: list[Any] = []
        self.broken_at = broken_at

    def start(self, trainer: Trainer) -> None:
        self.calls.append(f"start {trainer.epochs}")

    def __call__(self, epoch: int, trainer: Trainer, history: FitHistory) -> None:
        self.calls.append(f"epoch {epoch}")
        self.weights.append(trainer.model.flat.copy())
        if epoch == self.broken_at:
            raise RuntimeError("broken off")

    def finish(self, trainer: Trainer, history: FitHistory) -> None:
        self.calls.append(f"finish {len(history.loss)}")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the times that a bar sees, one after the other; the last stands still."""

    def set_times(times: Sequence[float]) -> None:
        left = list(times)
        monkeypatch.setattr(callbacks, "monotonic", lambda: left.pop(0) if left[1:] else left[0])

    return set_times


# --- early stopping -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "patience", "min_delta", "stopped", "best"),
    [
        ([3.0, 2.0, 2.5, 2.5, 1.0], 2, 0.0, 4, 2),
        ([3.0, 2.0, 2.5, 1.9, 2.0, 2.0, 2.0], 3, 0.0, 7, 4),
        ([3.0, 2.0, 1.0, 0.5], 1, 0.0, None, 4),
        ([3.0, 2.0, 2.0, 1.0], 1, 0.0, 3, 2),  # no worse is no better
        ([3.0, 2.9, 2.8, 2.7], 3, 0.5, 4, 1),  # small gains do not count,
        ([3.0, 2.7, 2.4, 2.1], 2, 0.5, None, 3),  # but they add up against the best
        ([np.inf, np.nan, 2.0, 1.0], 3, 0.0, None, 4),
        ([np.nan, np.nan, 2.0], 2, 0.0, 2, 0),
    ],
)
def test_patience_counts_epochs_without_improvement(
    monkeypatch: pytest.MonkeyPatch,
    values: list[float],
    patience: int,
    min_delta: float,
    stopped: int | None,
    best: int,
) -> None:
    stopping = EarlyStopping("loss", patience, min_delta)
    run, history = trainer(), FitHistory()
    stopping.start(run)
    answers = []
    for epoch, value in enumerate(values, start=1):
        monkeypatch.setattr(Trainer, "epoch_loss", value)
        answers.append(stopping(epoch, run, history))
        if answers[-1]:
            break
    assert answers.index(True) + 1 == stopped if stopped else True not in answers
    assert (stopping.stopped_epoch, stopping.best_epoch) == (stopped, best)


def test_what_should_rise_is_followed_upwards() -> None:
    stopping = EarlyStopping("val_accuracy", patience=15)
    history = compiled(1.0).fit(X[:60], Y[:60], epochs=300, callbacks=[stopping], **REST)
    assert stopping.stopped_epoch == len(history.val_accuracy) == stopping.best_epoch + 15
    assert stopping.best == max(history.val_accuracy) > history.val_accuracy[0]
    assert history.val_accuracy.index(stopping.best) == stopping.best_epoch - 1


@pytest.mark.parametrize("restore", [True, False])
def test_the_best_weights_come_back_if_asked(restore: bool) -> None:
    stopping, watch = EarlyStopping(patience=5, restore_best=restore), Watch()
    for _ in range(2):  # one instance serves several runs
        model = compiled(3.0)
        history = model.fit(X[:60], Y[:60], epochs=300, callbacks=[watch, stopping], **REST)
        assert stopping.stopped_epoch == len(history.loss) == stopping.best_epoch + 5
        assert stopping.best == min(history.val_loss) < history.val_loss[-1]
        kept = watch.weights[stopping.best_epoch - 1 if restore else -1]
        np.testing.assert_array_equal(model.flat, kept)
        measured = model.evaluate(X[60:], Y[60:]).loss
        assert measured == (stopping.best if restore else history.val_loss[-1])


def test_the_best_weights_come_back_from_a_full_run_and_a_divergence() -> None:
    stopping, watch = EarlyStopping(patience=1000), Watch()
    model = compiled(3.0)
    model.fit(X[:60], Y[:60], epochs=40, callbacks=[watch, stopping], **REST)
    assert stopping.stopped_epoch is None
    assert 0 < stopping.best_epoch < 40
    np.testing.assert_array_equal(model.flat, watch.weights[stopping.best_epoch - 1])

    watch, stopping = Watch(), EarlyStopping("loss", patience=1000)
    line, history = diverging_line([watch, stopping])
    assert (stopping.best_epoch, stopping.stopped_epoch) == (1, None)
    assert len(history.loss) > 1
    np.testing.assert_array_equal(line.flat, watch.weights[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"monitor": "val_los"}, "unknown monitor 'val_los'; known: accuracy, loss"),
        ({"patience": 0}, "patience must be >= 1"),
        ({"patience": 1.5}, "patience must be a whole number"),
        ({"min_delta": -0.1}, "min_delta must be >= 0"),
    ],
)
def test_bad_settings_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EarlyStopping(**options)


@pytest.mark.parametrize(
    ("monitor", "targets", "replicas", "message"),
    [
        ("val_loss", Y, None, "'val_loss' needs validation_data"),
        ("val_accuracy", Y, None, "needs validation_data with class labels"),
        ("accuracy", X, None, "'accuracy' needs class labels"),
        ("loss", Y, 3, "this one has 3 replicas"),
    ],
)
def test_what_is_not_measured_cannot_stop_a_run(
    monitor: str, targets: Any, replicas: int | None, message: str
) -> None:
    model = network(replicas=replicas)
    model.compile(SGD(0.1), SoftmaxCrossEntropy() if targets is Y else MeanSquaredError())
    before = model.flat.copy()
    with pytest.raises(ValueError, match=message):
        model.fit(X, targets, epochs=3, callbacks=[EarlyStopping(monitor)])
    np.testing.assert_array_equal(model.flat, before)


# --- the bar --------------------------------------------------------------------------------------


def pictures(out: io.StringIO) -> list[str]:
    """What a bar has drawn into ``out``."""
    return [line for line in out.getvalue().replace("\n", "").split("\r") if line]


def test_a_long_run_draws_a_bar(clock: Clock) -> None:
    out = io.StringIO()
    clock([0.0, 1.0, 1.01, 1.02, 90.0])  # the start, three epochs, then all that follow
    bar = ProgressBar(out, show=True)
    history = compiled().fit(X[:60], Y[:60], epochs=8, callbacks=[bar], **REST)
    assert out.getvalue().endswith("\n")
    first, fourth, last = pictures(out)  # the second and third came too soon
    assert first.startswith("1/8 [##..................]  0:01, 0:07 left  loss ")
    assert fourth.startswith("4/8 [##########..........]  1:30, 1:30 left  loss ")
    assert last.startswith("8/8 [####################]  1:30  loss ")
    assert len(last) == len(fourth) > len(last.rstrip())  # a shorter line covers the longer one
    for name, column in history.columns().items():
        assert f"  {name} {column[0]:.4g}  " in f"{first}  "
        assert f"  {name} {column[-1]:.4g}  " in f"{last}  "


@pytest.mark.parametrize(
    ("stream", "options", "seen"),
    [
        (io.StringIO, {}, False),
        (io.StringIO, {"show": True}, True),
        (Terminal, {}, True),
        (Terminal, {"show": False}, False),
        (Terminal, {"after": 5.0}, False),
    ],
)
def test_where_the_bar_is_seen(
    clock: Clock, stream: type[io.StringIO], options: dict[str, Any], seen: bool
) -> None:
    clock([0.0, 1.0])
    compiled().fit(X, Y, epochs=2, callbacks=[ProgressBar(out := stream(), **options)])
    assert bool(pictures(out)) == seen


def test_the_bar_goes_to_stderr_if_there_is_one(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock([0.0, 1.0])
    for show, seen in ((True, "2/2"), (None, "")):
        compiled().fit(X, Y, epochs=2, callbacks=[ProgressBar(show=show)])
        printed = capsys.readouterr()
        assert printed.out == ""
        assert seen in printed.err
        assert bool(printed.err) == bool(seen)
    monkeypatch.setattr("sys.stderr", None)  # as under pythonw
    assert len(compiled().fit(X, Y, epochs=2, callbacks=[ProgressBar(after=0.0)]).loss) == 2


@pytest.mark.parametrize(("columns", "fits"), [(200, 4), (80, 4), (50, 3), (20, 1)])
def test_the_bar_fits_a_terminal(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, columns: int, fits: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    clock([0.0, 1.0])
    history = compiled().fit(X, Y, epochs=1, callbacks=[ProgressBar(out := Terminal())])
    parts = [
        "1/1 [####################]",
        "0:01",
        f"loss {history.loss[0]:.4g}",
        f"accuracy {history.accuracy[0]:.4g}",
    ]
    assert pictures(out)[-1].rstrip() == "  ".join(parts[:fits])[: columns - 1]


def test_the_bar_of_a_run_that_diverged_and_of_replicas(clock: Clock) -> None:
    clock([0.0, 1.0])
    bar = ProgressBar(out := io.StringIO(), show=True)
    _, history = diverging_line([bar])
    assert history.divergence is not None
    assert f"]  0:01  diverged: {history.divergence.reason}  loss " in pictures(out)[-1]
    clock([0.0, 1.0])
    model = compiled(replicas=2, replica_seeds=[1, 2])
    losses = model.fit(X, Y, epochs=1, callbacks=[bar]).loss[0]
    assert f"loss {min(losses):.4g} to {max(losses):.4g}" in pictures(out)[-1]


# --- fit ------------------------------------------------------------------------------------------


def test_a_callback_sees_beginning_and_end_of_a_broken_run_too() -> None:
    watch = Watch()
    compiled().fit(X, Y, epochs=2, callbacks=[watch, lambda epoch, trainer, history: None])
    assert watch.calls == ["start 2", "epoch 1", "epoch 2", "finish 2"]
    watch = Watch(broken_at=2)
    with pytest.raises(RuntimeError, match="broken off"):
        compiled().fit(X, Y, epochs=5, callbacks=[watch])
    assert watch.calls == ["start 5", "epoch 1", "epoch 2", "finish 2"]


def test_callbacks_that_only_watch_change_no_bit() -> None:
    watched, alone = compiled(dropout=0.2), compiled(dropout=0.2)
    bar = ProgressBar(io.StringIO(), show=True, after=0.0)
    for model, watching in (
        (watched, [bar, EarlyStopping(patience=99, restore_best=False)]),
        (alone, []),
    ):
        model.fit(X[:60], Y[:60], epochs=5, callbacks=watching, **REST)
    np.testing.assert_array_equal(watched.flat, alone.flat)


BAD_FITS: list[tuple[Any, Any, dict[str, Any], str]] = [
    (X, np.zeros(80, int), {}, "y holds one class only, 0"),
    (X, np.ones(80, bool), {}, "y holds one class only, 1"),
    (X[:1], Y[:1], {}, "one class only"),
    (X[:0], Y[:0], {}, "X is empty"),
    (X, Y[:0], {}, "y is empty"),
    (np.where(X > 2, np.nan, X), Y, {}, "X holds NaN"),
    (X, np.where(Y, "yes", "no"), {}, "y must hold numbers, not <U3"),
    (X, Y + 0.5, {}, "whole class labels"),
    (X[:, 0], Y, {}, r"X has shape \(80,\), but layer 1 \(Dense 2->6\) takes \(N, 2\)"),
    ([[1.0, 2.0], [3.0]], [0, 1], {}, "X is not a regular array"),
    (X, Y, {"validation_data": X}, r"validation_data must be a pair"),
    (X, Y, {"validation_data": (X, Y, Y)}, r"validation_data must be a pair"),
    (X, Y, {"validation_data": (X, Y[:3])}, r"validation .* \(80, 2\) and \(3, 2\)"),
    (X, Y, {"callbacks": ["early"]}, "a callback must be callable, not 'early'"),
    (X, Y, {"callbacks": [EarlyStopping()]}, "needs validation_data"),
    (X, np.eye(2)[Y], {"callbacks": [EarlyStopping()]}, r"needs validation_data|shape \(80, 2\)"),
    (X, Y, {"l2": -1.0}, "l2 must be >= 0"),
]


@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy(), MeanSquaredError()])
@pytest.mark.parametrize(("inputs", "targets", "options", "message"), BAD_FITS)
def test_a_refused_fit_leaves_no_trace(
    loss: Any, inputs: Any, targets: Any, options: dict[str, Any], message: str
) -> None:
    model = network()
    model.compile(Adam(0.02), loss)
    model.fit(X, Y, epochs=2)
    weights, answers = model.flat.copy(), model.predict(X)
    if isinstance(loss, MeanSquaredError) and "whole" in message:
        message = r"shape \(80, 1\)|shape \(80,\)"  # values, then, and too few of them
    with pytest.raises(ValueError, match=message):
        model.fit(inputs, targets, **options)
    np.testing.assert_array_equal(model.flat, weights)
    np.testing.assert_array_equal(model.predict(X), answers)


def test_one_class_is_enough_to_evaluate_and_for_values() -> None:
    model = compiled()
    assert np.isfinite(model.evaluate(X, np.zeros(80, int)).loss)
    line = Sequential([Dense(2, 1)])
    line.compile(SGD(0.1), MeanSquaredError())
    assert line.fit(X, np.zeros(80), epochs=30).loss[-1] < 0.1
