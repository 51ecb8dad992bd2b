"""Trainer: its steps, settings that change while running, what it measures and refuses."""

import functools
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import (
    OPTIMIZERS,
    SGD,
    Adam,
    Exponential,
    History,
    Sequential,
    SoftmaxCrossEntropy,
    Step,
    Trainer,
)
from tests.engine.helpers import OPTIONS, assert_equal_snapshots, network, quadrants, trainer

LAST = 60  # steps, of which an epoch has 8


def fresh(optimizer: str, options: str, **more: Any) -> Trainer:
    model = network(dropout=0.2, dtype=np.float32)
    return trainer(model, OPTIMIZERS[optimizer](0.02), **OPTIONS[options], **more)


def moment(run: Trainer) -> tuple[Any, ...]:
    return run.epoch, run.model.flat.copy(), run.smoothed_loss, run.epoch_loss


@functools.cache
def path(optimizer: str, options: str) -> tuple[list[tuple[Any, ...]], History]:
    """What a run passes through, step by step, and its record."""
    run = fresh(optimizer, options)
    found = [moment(run)]
    for _ in range(LAST):
        assert run.step() == 1
        found.append(moment(run))
    return found, run.history


def look(run: Trainer) -> None:
    assert run.train_loss > 0
    run.layer_gradient_rms()
    run.gradient_now()
    cast(Sequential, run.model).predict_proba(quadrants(100)[0])


@pytest.mark.parametrize("options", sorted(OPTIONS))
@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
@settings(max_examples=12, deadline=None)
@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(("steps", "epochs", "look", "mark", "back", "rewind", "reset", "fork")),
            st.integers(0, 30),
        ),
        max_size=12,
    ),
    recorded=st.sampled_from(
        ({}, {"checkpoints": 4}, {"checkpoints": 0}, {"history_size": 0, "checkpoints": 0})
    ),
)
@example(acts=[("steps", 13), ("mark", 0), ("back", 1), ("epochs", 1)], recorded={})
def test_wherever_a_run_stands_its_bits_are_those_of_that_step(
    optimizer: str, options: str, acts: list[tuple[str, int]], recorded: dict[str, int]
) -> None:
    expected, history = path(optimizer, options)
    run = fresh(optimizer, options, **recorded)
    marks = [run.snapshot()]
    for act, n in acts:
        if act == "steps":
            n = min(n, LAST - run.steps)
            assert run.run_steps(n) == n
        elif act == "epochs" and run.steps <= LAST - 16:
            goal = run.epoch + n % 2
            run.run_epochs(n % 2)
            assert run.epoch == goal
        elif act == "look":
            look(run)
        elif act == "mark":
            marks.append(run.snapshot())
        elif act == "back":
            run.run_steps(min(9, LAST - run.steps))  # into another epoch
            run.restore(marks[n % len(marks)])
            run.run_steps(min(2, LAST - run.steps))
        elif act == "rewind":
            run.rewind(n % (run.epoch + 1))
        elif act == "reset":
            run.reset()
            assert (run.epoch, run.steps, run.status) == (0, 0, "ready")
        elif act == "fork":
            run = run.fork()
        np.testing.assert_equal(moment(run), expected[run.steps])
    for epoch, loss in zip(run.history.epoch, run.history.loss, strict=True):
        assert loss == history.loss[int(epoch)]
    assert len(run.history) <= run.epoch + 1


def test_a_step_is_gradient_descent_on_its_batch() -> None:
    X, y = quadrants(20)
    model, by_hand = network(), network()
    run = Trainer(model, SoftmaxCrossEntropy(), SGD(0.5), X, y, 6, shuffle=False)
    for rows in (slice(0, 6), slice(6, 12), slice(12, 18), slice(18, 20), slice(0, 6)):
        run.step()
        logits = by_hand.forward(X[rows], training=True)
        by_hand.backward(SoftmaxCrossEntropy().gradient(logits, y[rows]))
        by_hand.flat[...] -= 0.5 * by_hand.flat_grad
        np.testing.assert_allclose(model.flat, by_hand.flat, rtol=1e-12, atol=1e-15)


@functools.cache
def visited(batch_size: int) -> list[int]:
    """Which samples of 24 two epochs train on, one after the other."""
    run = Trainer(network(), SoftmaxCrossEntropy(), SGD(0.1), *quadrants(24), batch_size, seed=3)
    samples: list[int] = []
    while run.epoch < 2:
        samples += run.ahead().samples.tolist()
        run.step()
    return samples


@pytest.mark.parametrize("batch_size", [1, 5, 24])
def test_each_epoch_has_every_sample_once_in_an_order_that_the_batch_size_leaves(
    batch_size: int,
) -> None:
    order = visited(batch_size)
    assert order == visited(24)
    assert sorted(order[:24]) == sorted(order[24:]) == list(range(24))
    assert order[:24] != order[24:]


def test_progress_counts_the_parts_of_an_epoch() -> None:
    X, y = quadrants(23)
    run = Trainer(network(), SoftmaxCrossEntropy(), SGD(0.1), X, y, 5)
    run.run_epochs(1)
    assert run.steps == 5
    assert run.progress == run.epoch == 1
    run.run_steps(2)
    assert run.progress == pytest.approx(1 + 10 / 23)
    run.batch_size = 13  # the rest of the permutation, at once
    run.step()
    assert run.epoch == 2


def test_status_and_epochs() -> None:
    run = trainer(epochs=3)
    assert run.status == "ready"
    run.step()
    assert run.status == "running"
    assert run.run_steps(1000) == 23
    assert run.status == "finished"
    assert run.step() == run.run_epochs(2) == 0
    run.epochs = 5
    assert run.status == "running"
    run.run_epochs(100)
    assert run.epoch == 5
    run.epochs = None
    assert run.status == "running"
    assert trainer(epochs=0).status == "finished"
    run = trainer(epochs=5)
    run.run_steps(9)
    run.end_after(1)  # the second has begun
    assert run.epochs == 2
    run.end_after(7)
    assert run.epochs == 7


def test_settings_change_while_running_without_a_reset() -> None:
    run = trainer(optimizer=SGD(0.1))
    run.run_steps(5)
    weights = run.model.flat.copy()
    run.learning_rate, run.l1, run.l2, run.clip_norm = 0.2, 0.01, 0.02, 1.0
    run.batch_size, run.schedule, run.epochs = 4, Step(epochs=2), 50
    run.optimizer.momentum = 0.5  # type: ignore[attr-defined]
    np.testing.assert_array_equal(run.model.flat, weights)
    assert run.steps == 5
    assert run.learning_rate == run.optimizer.learning_rate == 0.2
    run.run_epochs(1)
    assert run.steps == 5 + 5
    run.run_epochs(1)
    assert run.current_learning_rate == pytest.approx(0.1)


def test_the_schedule_follows_parts_of_epochs_too() -> None:
    run = trainer(optimizer=SGD(1.0), schedule=Exponential(epochs=1, drop=0.5))
    run.run_steps(4)
    before = run.model.flat.copy()
    assert run.current_learning_rate == pytest.approx(0.5 ** (32 / 60))
    run.step()
    moved = np.linalg.norm(run.model.flat - before) / np.linalg.norm(run.model.flat_grad)
    assert moved == pytest.approx(0.5 ** (32 / 60), rel=1e-9)


def test_another_optimizer_takes_over_with_fresh_state() -> None:
    run = trainer(optimizer=SGD(0.1, momentum=0.9))
    run.run_steps(5)
    at = run.model.flat.copy()
    adam = Adam(0.01)
    run.set_optimizer(adam)
    assert run.optimizer is run.model.optimizer is adam
    run.step()
    # Adam's first step moves every weight by the rate, whatever the gradient.
    moved = np.abs(run.model.flat - at)
    np.testing.assert_allclose(moved, 0.01, rtol=1e-3)
    assert run.steps == 6


@pytest.mark.parametrize("n", [60, 2500])  # one chunk, and several
def test_measures_are_those_of_the_current_weights_without_penalties(n: int) -> None:
    X, y = quadrants(n)
    Xv, yv = quadrants(40, seed=8)
    run, loss = trainer(n=n, validation_data=(Xv, yv), l2=5.0), SoftmaxCrossEntropy()
    model = cast(Sequential, run.model)
    for _ in range(3):
        run.step()
        kept, logits = model.flat_grad.copy(), model.forward(X)
        assert run.train_loss == pytest.approx(loss.value(logits, y), rel=1e-12)
        assert run.train_accuracy == (logits.argmax(axis=1) == y).mean()
        assert run.test_loss == pytest.approx(loss.value(model.forward(Xv), yv), rel=1e-12)
        assert run.test_accuracy == (model.predict(Xv) == yv).mean()
        gradients = run.gradient_now()
        np.testing.assert_array_equal(model.flat_grad, kept)
        model.forward(X)
        model.backward(loss.gradient(logits, y))
        for gradient, layer in zip(gradients, model.dense_layers, strict=True):
            np.testing.assert_allclose(gradient, layer.weight_grad, rtol=1e-9, atol=1e-15)
        rms = [np.sqrt(np.mean(gradient**2)) for gradient in gradients]
        np.testing.assert_allclose(run.layer_gradient_rms(), rms, rtol=1e-12)
    run.reset()
    before = run.train_loss
    assert before == run.start_loss
    model.dense_layers[0].weight[0, 0] += 3.0
    run.forget_measures()
    assert run.train_loss != before
    assert trainer().test_loss is None


def set_to(name: str, value: Any) -> Any:
    return pytest.param(lambda run: setattr(run, name, value), name, id=f"{name} {value}")


def made(message: str, **options: Any) -> Any:
    return pytest.param(lambda run: trainer(**options), message, id=message)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        set_to("learning_rate", 0.0),
        set_to("learning_rate", np.inf),
        set_to("schedule", "cosine"),
        set_to("l1", -1.0),
        set_to("l2", np.nan),
        set_to("clip_norm", 0.0),
        set_to("batch_size", 0),
        set_to("batch_size", 61),
        set_to("batch_size", 2.5),
        set_to("epochs", -1),
        made("batch_size must be >= 1 and <= 60, not 61", batch_size=61),
        made("seed", seed=-1),
        made("history_size", history_size=-1),
        made("checkpoints", checkpoints=-1),
        made("epochs", epochs=1.5),
        made(r"validation inputs X.*\(3, 5\)", validation_data=(np.ones((3, 5)), [0, 1, 0])),
        made(r"\(3, 2\) and \(2, 2\)", validation_data=(np.ones((3, 2)), [0, 1])),
        (lambda run: run.run_steps(-1), "number of steps"),
        (lambda run: run.run_steps(1.5), "number of steps"),
        (lambda run: run.run_epochs(-1), "number of epochs"),
        (lambda run: run.run_epochs(1.5), "number of epochs"),
        (lambda run: run.rewind(3), "rewind"),
        (lambda run: run.rewind(-1), "rewind"),
        (lambda run: run.replay(17), "step to go back to must be >= 0 and <= 16"),
    ],
)
def test_what_is_refused_changes_nothing(act: Callable[[Trainer], Any], message: str) -> None:
    run = trainer()
    run.run_epochs(2)
    before, settings, moment = run.epochs, run.hyperparameters, run.snapshot()
    with pytest.raises(ValueError, match=message):
        act(run)
    assert (run.epochs, run.hyperparameters) == (before, settings)
    assert_equal_snapshots(run.snapshot(), moment)
