"""A data set laid out once for many, and measured on a sample of it."""

from typing import Any

import numpy as np
import pytest

from engine import SGD, Dense, Network, ReLU, SoftmaxCrossEntropy, Trainer
from engine.training.dataset import Inputs

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (300, 6)).astype(np.uint8)
Y = RNG.integers(0, 3, 300)


def trainer(X: Any, **settings: Any) -> Trainer:
    model = Network([Dense(6, 5, "he"), ReLU(), Dense(5, 3, "he")], seed=1)
    return Trainer(model, SoftmaxCrossEntropy(), SGD(0.1), X, Y, seed=2, **settings)


def test_shared_inputs_train_to_the_same_bits_and_are_not_copied() -> None:
    shared = Inputs(X, scale=1 / 255)
    runs = [trainer(shared), trainer(shared), trainer(X * (1 / 255))]
    for run in runs:
        run.run_epochs(3)
    assert all((run.model.flat == runs[0].model.flat).all() for run in runs)
    assert runs[0].data.table is runs[1].data.table is shared.table
    assert not shared.table.flags.writeable


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (np.zeros(3), r"shape \(3,\), but \(N, F\)"),
        (np.zeros((0, 3)), r"shape \(0, 3\)"),
        (np.full((2, 3), np.nan), "inputs X"),
        (np.full((2, 3), 1e300), "too large"),
    ],
)
def test_what_is_no_matrix_is_refused(bad: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Inputs(bad, np.float32)


def test_shared_inputs_must_be_as_wide_as_the_network() -> None:
    with pytest.raises(ValueError, match="training inputs X"):
        trainer(Inputs(X[:, :4]))


def test_a_sample_is_measured_and_all_are_trained_on() -> None:
    held = X[:250], Y[:250]
    run = trainer(X, measured_rows=200, validation_data=held)
    whole = trainer(X, validation_data=held)
    for each in (run, whole):
        each.run_epochs(4)
    assert (run.model.flat == whole.model.flat).all()  # measuring changes nothing
    rows, labels = run._seen.table[:, :-1], run._seen.targets.labels
    assert rows.shape == (200, 6)
    assert labels is not None
    assert len(np.unique(rows, axis=0)) == 200  # each once
    logits = run.model.forward(rows)
    assert run.train_accuracy == np.mean(logits.argmax(axis=1) == labels)
    assert run.train_loss == pytest.approx(SoftmaxCrossEntropy().value(logits, labels), rel=1e-5)
    assert run.train_loss != whole.train_loss
    assert run.test_loss != whole.test_loss
    again = trainer(X, measured_rows=200, validation_data=held)
    np.testing.assert_array_equal(again._seen.table, run._seen.table)


def test_a_small_set_is_measured_whole_bit_for_bit() -> None:
    run, whole = trainer(X, measured_rows=300), trainer(X)
    for each in (run, whole):
        each.run_epochs(2)
    assert run.train_loss == whole.train_loss
    assert run._seen is run.data


def test_a_fork_measures_the_same_sample_with_its_own_weights() -> None:
    run = trainer(X, measured_rows=100)
    twin = run.fork()
    assert twin.train_loss == run.train_loss
    twin.run_epochs(1)
    assert twin.train_loss != run.train_loss
    run.run_epochs(1)
    assert twin.train_loss == run.train_loss


@pytest.mark.parametrize("bad", [0, -1, 1.5, "a"])
def test_a_sample_must_have_rows(bad: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="measured_rows"):
        trainer(X, measured_rows=bad)
