"""Trainer: determinism, settings that change while running, penalties, snapshots and rewinding."""

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import (
    OPTIMIZERS,
    SGD,
    Adam,
    Constant,
    Cosine,
    Dense,
    Exponential,
    History,
    Sequential,
    Snapshot,
    SoftmaxCrossEntropy,
    Step,
    Trainer,
)
from tests.engine.helpers import network, quadrants, trainer

OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "all": {
        "l1": 1e-3,
        "l2": 1e-3,
        "clip_norm": 0.5,
        "schedule": Cosine(epochs=4, warmup=1),
        "validation_data": quadrants(30, seed=1),
    },
    "no shuffle": {"shuffle": False},
}


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


def test_the_batch_size_changes_neither_start_nor_order() -> None:
    X, y = quadrants(24)
    orders = []
    for batch_size in (1, 5, 24):
        run = Trainer(network(), SoftmaxCrossEntropy(), SGD(0.1), X, y, batch_size, seed=3)
        np.testing.assert_array_equal(run.model.flat, network().flat)
        run.run_epochs(2)
        run.step()
        orders.append(run._order.copy())
    np.testing.assert_array_equal(orders[0], orders[1])
    np.testing.assert_array_equal(orders[0], orders[2])
    assert sorted(orders[0].tolist()) == list(range(24))
    assert orders[0].tolist() != list(range(24))


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


def test_each_sample_is_seen_once_an_epoch() -> None:
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


def test_a_snapshot_is_frozen_and_apart() -> None:
    run = trainer()
    run.run_steps(3)
    snapshot = run.snapshot()
    weights = snapshot.weights.copy()
    run.run_steps(5)
    np.testing.assert_array_equal(snapshot.weights, weights)
    with pytest.raises(ValueError, match="read-only"):
        snapshot.weights[0] = 1.0
    with pytest.raises(AttributeError):
        snapshot.epoch = 3  # type: ignore[misc]
    with pytest.raises(ValueError, match=r"shape \(6,\).*\(65,\)"):
        run.restore(
            Trainer(
                Sequential([Dense(2, 2)]), SoftmaxCrossEntropy(), SGD(), *quadrants()
            ).snapshot()
        )


def test_checkpoints_are_bounded_by_number_and_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trainer(checkpoints=8, optimizer=SGD(0.01))
    run.run_epochs(100)
    epochs = [checkpoint.epoch for checkpoint in run.checkpoints.entries]
    assert epochs == [0, 16, 32, 48, 64, 80, 96]
    one = run.checkpoints.entries[0].nbytes
    monkeypatch.setattr("engine.training.snapshot.BYTES", 4 * one)
    small = trainer(checkpoints=50, optimizer=SGD(0.01))
    small.run_epochs(40)
    assert len(small.checkpoints) <= 4
    small.rewind(37)
    assert small.epoch == 37


@pytest.mark.parametrize("checkpoints", [0, 32])
def test_after_a_rewind_the_new_path_is_the_one_to_go_back_on(checkpoints: int) -> None:
    run = trainer(optimizer=SGD(0.05), checkpoints=checkpoints)
    run.run_epochs(4)
    run.learning_rate = 0.2  # is forgotten
    run.run_epochs(4)
    run.rewind(3)
    run.learning_rate = 0.3
    run.run_epochs(2)
    expected = run.model.flat.copy()
    run.run_epochs(5)
    run.rewind(5)
    np.testing.assert_array_equal(run.model.flat, expected)
    kept = [0, 1, 2, 3, 4, 5] if checkpoints else []
    assert [checkpoint.epoch for checkpoint in run.checkpoints.entries] == kept


def test_rewinding_follows_the_settings_of_then() -> None:
    run = trainer(checkpoints=2, optimizer=SGD(0.05), epochs=40)
    seen = {}

    def go(epochs: int) -> None:
        for _ in range(epochs):
            run.run_epochs(1)
            seen[run.epoch] = run.model.flat.copy()

    go(5)
    run.learning_rate, run.l2 = 0.4, 0.01
    run.optimizer.momentum = 0.5  # type: ignore[attr-defined]
    go(5)
    run.run_steps(3)
    run.batch_size = 20
    adam = Adam(0.01)
    run.set_optimizer(adam)
    go(5)
    run.set_optimizer(Adam(0.03))
    go(3)
    run.set_optimizer(Adam(0.03))  # the same, but fresh
    last = run.optimizer
    go(5)
    run.epochs = 10
    for epoch in (22, 19, 16, 13, 8, 4):
        run.rewind(epoch)
        assert run.epoch == epoch
        np.testing.assert_array_equal(run.model.flat, seen[epoch])
        assert run.optimizer is last
        assert (run.batch_size, run.l2, run.learning_rate) == (20, 0.01, 0.03)
        assert run.epochs == 10
    run.run_epochs(1)
    assert not np.array_equal(run.model.flat, seen[5])


def change_all(run: Trainer) -> None:
    """All that may be done to a run, ending with what spoils it."""
    assert np.all(run.train_loss > 0)
    assert list(itertools.islice(run.replay(3), 30)) == list(range(3, 33))
    run.rewind(1)
    run.learning_rate, run.batch_size, run.clip_norm, run.l1 = 0.5, 60, 1.0, 0.1
    run.schedule, run.epochs = Constant(), 2
    run.run_epochs(5)
    assert run.status == "finished"
    run.epochs = None
    run.set_optimizer(SGD(0.1, momentum=0.9))
    run.run_epochs(40)
    run.fork().reset()
    run.learning_rate, run.l2 = 1e200, 1e300
    run.run_epochs(5)
    assert run.status == "diverged"


@pytest.mark.parametrize("options", sorted(OPTIONS))
@pytest.mark.parametrize("replicas", [None, 3])
@pytest.mark.parametrize("steps", [21, 24])
def test_a_fork_leaves_its_run_alone_and_goes_the_same_way(
    options: str, replicas: int | None, steps: int
) -> None:
    def make() -> Trainer:
        settings = {**OPTIONS[options], "checkpoints": 4, "history_size": 6, "epochs": 30}
        model = network(dropout=0.2, replicas=replicas)
        run = trainer(model, Adam(0.02, weight_decay=0.01), **settings)
        run.run_steps(9)
        run.learning_rate = 0.03 if replicas is None else [0.03, 0.02, 0.01]
        run.run_steps(steps - 9)
        return run

    whole, run = make(), make()
    gradient, dropout = run.model.flat_grad.copy(), run.snapshot().dropout_state
    fork, twin = run.fork(), run.fork()
    assert_equal_snapshots(fork.snapshot(), run.snapshot())
    change_all(fork)
    np.testing.assert_array_equal(run.model.flat_grad, gradient)
    assert run.snapshot().dropout_state == dropout
    assert run.optimizer is run.model.optimizer
    for one in (whole, run, twin):
        one.run_epochs(9)
    for one in (run, twin):
        assert_same_run(one, whole)
    for one in (whole, run, twin):
        one.rewind(2)
    for one in (run, twin):
        assert_same_run(one, whole)


def assert_same_run(one: Trainer, other: Trainer) -> None:
    assert_equal_snapshots(one.snapshot(), other.snapshot())
    assert one.hyperparameters == other.hyperparameters
    assert (one.epochs, one.log) == (other.epochs, other.log)
    assert np.all(one.train_loss == other.train_loss)
    for name, column in one.history.since(0).items():
        np.testing.assert_array_equal(column, other.history.since(0)[name], name)
    for ours, theirs in zip(one.checkpoints.entries, other.checkpoints.entries, strict=True):
        assert_equal_snapshots(ours, theirs)


def arrays_of(run: Trainer) -> Iterator[np.ndarray[Any, Any]]:
    """Every array that hangs on a trainer, by walking all that it holds."""
    seen: set[int] = set()
    todo: list[Any] = [run, run.data.batch(run.batch_size), run.data.batch(len(run.data), False)]
    while todo:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, (type, str)):
            continue
        seen.add(id(thing))
        if isinstance(thing, np.ndarray):
            yield thing
        elif isinstance(thing, dict):
            todo += thing.values()
        elif isinstance(thing, (list, tuple)):
            todo += thing
        elif isinstance(thing, functools.partial):
            todo += thing.args
        else:
            todo += getattr(thing, "__dict__", {}).values()


@pytest.mark.parametrize("replicas", [None, 3])
def test_a_fork_shares_nothing_that_changes(replicas: int | None) -> None:
    run = trainer(network(dropout=0.2, replicas=replicas), Adam(0.02), l1=0.1, epochs=4)
    run.run_steps(21)
    fork = run.fork()
    fork.run_epochs(1)
    data = [run.data.table, run.data.targets.values, run.data.targets.labels]
    constant = {id(array) for array in data}
    ours = [a for a in arrays_of(run) if a.flags.writeable and id(a) not in constant]
    theirs = [a for a in arrays_of(fork) if a.flags.writeable and id(a) not in constant]
    assert len(ours) > 20
    for one, other in itertools.product(ours, theirs):
        assert not np.shares_memory(one, other) or np.shares_memory(one, run.data.table)


def assert_equal_snapshots(one: Snapshot, other: Snapshot) -> None:
    ours, theirs = ({**vars(kept), **vars(kept.judge), "judge": None} for kept in (one, other))
    for name, value in ours.items():
        np.testing.assert_equal(value, theirs[name], name)


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


@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [
        (np.ones((20, 1)), np.arange(20) % 2, r"training inputs X .*\(20, 1\).*2->6\).*\(N, 2\)"),
        (quadrants(20)[0], np.arange(7) % 2, r"\(20, 2\) and \(7, 2\)"),
        (quadrants(20)[0], np.full(20, -1), "label -1, outside the classes 0 to 1"),
    ],
)
def test_bad_data_are_refused_before_a_weight_moves(
    inputs: Any, targets: Any, message: str
) -> None:
    model = network()
    before = model.flat.copy()
    with pytest.raises(ValueError, match=message):
        Trainer(model, SoftmaxCrossEntropy(), SGD(0.1), inputs, targets)
    np.testing.assert_array_equal(model.flat, before)
