"""Snapshots, checkpoints, the way back, and forks: what they keep, and what they leave alone."""

import gc
import itertools
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import pytest

from engine import SGD, Adam, Constant, Dense, Sequential, SoftmaxCrossEntropy, Trainer
from tests.engine.helpers import OPTIONS, assert_equal_snapshots, network, quadrants, trainer


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
    assert fork.optimizer is fork.model.optimizer
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


def arrays_of(run: Trainer) -> list[Any]:
    """Every array that hangs on a trainer, by walking all that it holds."""
    seen: dict[int, Any] = {}
    todo: list[Any] = [run]
    while todo:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, (type, ModuleType)):
            continue
        seen[id(thing)] = thing
        todo += [thing.__closure__] if isinstance(thing, FunctionType) else gc.get_referents(thing)
    return [thing for thing in seen.values() if isinstance(thing, np.ndarray)]


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


def test_an_optimizer_that_a_way_back_brings_again_is_not_a_fresh_one_in_the_log() -> None:
    run = trainer(checkpoints=4, optimizer=Adam(0.05))
    run.run_epochs(3)
    run.set_optimizer(SGD(0.1, momentum=0.9))
    run.run_epochs(1)
    run.set_optimizer(Adam(0.05))
    run.run_epochs(1)
    run.rewind(2)  # where the first Adam was at work
    run.run_epochs(2)
    expected = run.model.flat.copy()
    assert len(run.log) == 1
    run.set_optimizer(Adam(0.05))  # fresh, at a checkpoint
    run.run_epochs(2)
    later = run.model.flat.copy()
    run.run_epochs(1)
    for epoch, weights in ((6, later), (4, expected)):
        run.rewind(epoch)
        np.testing.assert_array_equal(run.model.flat, weights)
