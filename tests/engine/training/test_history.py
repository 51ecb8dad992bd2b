"""History: what is recorded, and when. How it thins itself out: test_recorder.py."""

from typing import Any

import numpy as np
import pytest

from engine import SGD, History, Record
from tests.engine.helpers import quadrants, trainer


def record(value: float) -> Record:
    return Record(value, value, value, value, [value, value], value)


def test_arrays_are_copies_and_the_new_part_comes_alone() -> None:
    history = History(8, layers=2)
    for epoch in range(4):
        history.append(epoch, record(float(epoch)))
    history.loss[0] = 99.0
    assert history.loss[0] == 0.0
    news = history.since(2)
    np.testing.assert_array_equal(news["epoch"], [2, 3])
    assert news["gradient"].shape == (2, 2)
    assert set(news) == {"epoch", *Record._fields}


def test_a_run_records_its_epoch_ends() -> None:
    validation = quadrants(30, seed=1)
    run = trainer(validation_data=validation)
    rows = [(run.train_loss, run.test_loss, run.train_accuracy, run.test_accuracy)]
    rms = [run.layer_gradient_rms()]
    for _ in range(5):
        run.run_epochs(1)
        rows.append((run.train_loss, run.test_loss, run.train_accuracy, run.test_accuracy))
        rms.append(run.layer_gradient_rms())
    history = run.history
    np.testing.assert_array_equal(history.epoch, range(6))
    columns = (history.loss, history.val_loss, history.accuracy, history.val_accuracy)
    np.testing.assert_allclose(np.column_stack(columns), rows, rtol=1e-12)
    np.testing.assert_allclose(history.gradient, rms, rtol=1e-12)
    assert history.gradient.shape == (6, 3)
    np.testing.assert_array_equal(history.learning_rate, 0.3)


def test_a_long_run_measures_only_what_it_records(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trainer(optimizer=SGD(0.001), history_size=8, n=10)
    calls: list[int] = []
    measure = run.data.measure_with_gradient

    def counted() -> Any:
        calls.append(run.epoch)
        return measure()

    monkeypatch.setattr(run.data, "measure_with_gradient", counted)
    run.run_epochs(2000)
    assert 4 <= len(run.history) <= 8
    # 7 records, then 4 for each doubling of the stride.
    assert len(run.history) <= len(calls) < 8 + 5 * 9


def test_a_run_that_is_reset_is_recorded_finely_again() -> None:
    run = trainer(history_size=16, checkpoints=8)
    run.run_epochs(200)
    assert run.history.stride > 1
    run.reset()
    run.run_epochs(7)
    assert run.history.stride == 1
    np.testing.assert_array_equal(run.history.epoch, np.arange(8))
    assert [kept.epoch for kept in run.checkpoints.entries] == list(range(8))
