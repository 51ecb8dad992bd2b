"""An experiment: what it learns, that it repeats bit for bit, and how it takes changed settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, r2_score, roc_auc_score

from engine import Dense
from playground.data.datasets import DATASETS
from playground.data.features import FEATURES
from playground.runs.experiment import Experiment, Replicas, centres
from playground.settings.config import DISPLAY_FIELDS, STRUCTURE_FIELDS, Config

SMALL = Config(samples=60, layers=(5, 4), epochs=40, batch_size=7)
REGRESSION = replace(SMALL, dataset="plane")
THREE = replace(SMALL, dataset="blobs", classes=3)

# A value that each setting can be changed to from SMALL. A new field needs one entry here.
OTHER_LINK = (
    "dataset=xor&samples=80&noise=12.5&train_share=70&classes=4&seed=1&features=x1,sin2&fourier=3"
    "&layers=5,3&activation=relu&activations=elu,silu&init=he&init_scale=0.5&loss=mse&dropout=0.2"
    "&learning_rate=0.2&schedule=cosine&schedule_epochs=7&schedule_factor=0.1&warmup=3"
    "&optimizer=adam&momentum=0.8&nesterov=true&decay=0.01&beta1=0.5&beta2=0.9&rho=0.8&eps=0.01"
    "&weight_decay=0.03&batch_size=16&l1=0.01&l2=0.02&clip=0.05&epochs=50&speed=max"
    "&log_loss=true&discretize=true&show_test=true&layout=curves&lecture=true&hide=speed"
)
OTHER = {name: Config.FIELDS[name].parse(text) for name, text in parse_qsl(OTHER_LINK)}

# What each live setting needs around it before it can change the path of the weights.
NEEDS: dict[str, dict[str, Any]] = {
    "schedule_epochs": {"schedule": "step", "schedule_epochs": 2},
    "schedule_factor": {"schedule": "exponential"},
    "nesterov": {"momentum": 0.5},
    "beta1": {"optimizer": "adam"},
    "beta2": {"optimizer": "adam"},
    "rho": {"optimizer": "rmsprop"},
    "eps": {"optimizer": "adagrad"},
}
WITHOUT_EFFECT_ON_WEIGHTS = {"epochs", "speed"} | DISPLAY_FIELDS


def trained(config: Config, steps: int) -> Experiment:
    experiment = Experiment(config)
    experiment.trainer.run_steps(steps)
    return experiment


def weights(experiment: Experiment) -> bytes:
    return experiment.model.flat.tobytes()


# ---- it learns --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_can_be_learned(name: str) -> None:
    config = replace(
        Config.for_dataset(name),
        features=("x1", "x2", "sin1", "sin2"),
        layers=(16, 16),
        optimizer="adam",
        learning_rate=0.02,
        batch_size=32,
    )
    experiment = trained(config, 1600)
    rows = {label: (train, test) for label, _, train, test in experiment.measures()}
    if experiment.n_classes:
        train, test = rows["Accuracy"]
        guess = np.bincount(experiment.dataset.y_test).max() / len(experiment.dataset.y_test)
        assert guess < 0.7, "a constant answer would nearly do"
    else:
        train, test = rows["R²"]
    assert train is not None
    assert test is not None
    assert train > 0.95
    assert test > (0.93 if experiment.n_classes else 0.85)
    assert experiment.trainer.status == "running"


# ---- changed settings -------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(STRUCTURE_FIELDS))
def test_a_change_of_structure_needs_a_new_experiment(name: str) -> None:
    experiment = trained(SMALL, 9)
    before = weights(experiment)
    changed = replace(SMALL, **{name: OTHER[name]})
    assert not experiment.can_apply(changed)
    with pytest.raises(ValueError, match="new experiment"):
        experiment.apply(changed)
    assert experiment.config is SMALL
    assert weights(experiment) == before
    assert (weights(trained(changed, 9)) == before) == (name == "classes")  # a spiral has two


@pytest.mark.parametrize("name", sorted(Config.FIELDS.keys() - STRUCTURE_FIELDS))
def test_a_live_change_goes_on_from_where_the_run_stands(name: str) -> None:
    config = replace(SMALL, **NEEDS.get(name, {}))
    changed = replace(config, **{name: OTHER[name]})
    experiment, untouched = trained(config, 12), trained(config, 12)
    data = experiment.dataset
    before, model = weights(experiment), experiment.model
    assert experiment.can_apply(changed)
    experiment.apply(changed)
    assert experiment.config is changed
    assert experiment.model is model
    assert experiment.dataset is data
    assert weights(experiment) == before
    assert experiment.trainer.steps == 12
    assert len(experiment.trainer.history.epoch) == len(untouched.trainer.history.epoch)
    experiment.trainer.run_steps(25)
    untouched.trainer.run_steps(25)
    same = weights(experiment) == weights(untouched)
    assert same == (name in WITHOUT_EFFECT_ON_WEIGHTS), f"{name} did not reach the engine"


@pytest.mark.parametrize("name", sorted(Config.FIELDS.keys() - STRUCTURE_FIELDS))
def test_a_change_and_a_start_are_as_good_as_having_begun_with_it(name: str) -> None:
    config = replace(SMALL, **NEEDS.get(name, {}))
    changed = replace(config, **{name: OTHER[name]})
    for steps in (0, 12):
        experiment = trained(config, steps)
        experiment.apply(changed)
        if steps:
            experiment.reset()
        experiment.trainer.run_steps(30)
        assert weights(experiment) == weights(trained(changed, 30))


def test_fewer_epochs_finish_the_run_and_more_let_it_go_on() -> None:
    experiment = Experiment(SMALL)
    experiment.trainer.run_epochs(20)
    experiment.apply(replace(SMALL, epochs=10))
    assert experiment.trainer.status == "finished"
    assert experiment.trainer.epoch == 20
    experiment.apply(replace(SMALL, epochs=30))
    assert experiment.trainer.status == "running"
    experiment.trainer.run_epochs(100)
    assert experiment.trainer.epoch == 30


def test_batch_size_is_capped_at_the_training_points() -> None:
    experiment = Experiment(replace(SMALL, batch_size=5000))
    assert experiment.batch_size == 30
    assert experiment.steps_per_epoch == 1
    experiment.apply(replace(SMALL, batch_size=7))
    assert (experiment.batch_size, experiment.steps_per_epoch) == (7, 5)


# ---- the network ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "count", "units"),
    [
        ({"layers": ()}, 2 * 2 + 2, [2, 2]),
        ({"layers": (4, 3)}, (2 * 4 + 4) + (4 * 3 + 3) + (3 * 2 + 2), [2, 4, 3, 2]),
        ({"layers": (4,), "loss": "binary_cross_entropy"}, 12 + 5, [2, 4, 1]),
        ({"layers": (4,), "fourier": 3}, (5 * 4 + 4) + 10, [5, 4, 2]),
        ({"layers": (4,), "dataset": "plane"}, 12 + 5, [2, 4, 1]),
        ({"layers": (4,), "dataset": "rings", "classes": 6, "dropout": 0.5}, 12 + 30, [2, 4, 6]),
    ],
)
def test_parameters_and_units(changes: dict[str, Any], count: int, units: list[int]) -> None:
    experiment = Experiment(replace(SMALL, **changes))
    assert experiment.model.n_parameters == count
    assert experiment.units == units
    columns = experiment.columns()
    assert [c["units"] for c in columns] == units
    assert experiment.layer_names == [c["title"].lower() for c in columns[1:]]
    for column in (columns[0], columns[-1]):
        assert len(column["labels"]) == column["units"]
    assert columns[0]["labels"][:2] == [FEATURES[name].label for name in ("x1", "x2")]
    answers = experiment.unit_answers(5)
    assert [a.shape for a in answers] == [(25, u) for u in units]


def test_columns_of_unit_answers_hold_what_each_layer_says() -> None:
    config = replace(SMALL, activations=("relu", "sigmoid"), dropout=0.4)
    experiment = trained(config, 20)
    points = experiment.features.transform(centres(experiment.dataset.extent, 6))
    signal = points
    expected = [points]
    curves: list[Callable[[Any], Any]] = [
        lambda z: np.maximum(z, 0),
        lambda z: 1 / (1 + np.exp(-z)),
        lambda z: z,
    ]
    dense = [layer for layer in experiment.model.layers if isinstance(layer, Dense)]
    for layer, curve in zip(dense, curves, strict=True):
        signal = curve(signal @ layer.weight + layer.bias)
        expected.append(signal)
    for found, wanted in zip(experiment.unit_answers(6), expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_initial_settings_reach_the_network() -> None:
    base = Experiment(SMALL)
    halved = Experiment(replace(SMALL, init_scale=0.5))
    np.testing.assert_allclose(halved.model.flat, base.model.flat / 2, rtol=1e-6)
    zeros = Experiment(replace(SMALL, init="zeros"))
    assert not zeros.model.flat.any()
    assert zeros.trainer.train_loss == pytest.approx(np.log(2))


# ---- answers ----------------------------------------------------------------------------------


def test_centres_go_row_by_row_from_the_bottom() -> None:
    np.testing.assert_allclose(centres(6.0, 2), [[-3, -3], [3, -3], [-3, 3], [3, 3]])
    grid = centres(6.0, 100)
    assert grid.shape == (10_000, 2)
    assert np.abs(grid).max() == pytest.approx(5.94)


@pytest.mark.parametrize(
    ("changes", "classes"),
    [
        ({}, 2),
        ({"loss": "binary_cross_entropy"}, 2),
        ({"loss": "mse"}, 2),
        ({"dataset": "blobs", "classes": 5}, 5),
        ({"dataset": "blobs", "classes": 5, "loss": "mse"}, 5),
        ({"dataset": "plane"}, 0),
    ],
)
@pytest.mark.parametrize("scale", [0.0, 1.0, 100.0])
def test_answers_are_finite_and_in_range(
    changes: dict[str, Any], classes: int, scale: float
) -> None:
    experiment = trained(replace(SMALL, **changes, init_scale=scale), 20)
    for side in (12, 61):  # a grid that is kept and one that is not
        answers = experiment.answers(side)
        experiment.unit_answers(side)
        np.testing.assert_array_equal(experiment.answers(side), answers)
        assert np.isfinite(answers).all()
        if classes == 0:
            assert answers.shape == (side * side,)
            continue
        assert answers.shape == (side * side, classes)
        assert answers.min() >= 0
        np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy", "mse"])
@pytest.mark.parametrize("feature", ["x1", "x2"])
def test_answers_lie_on_the_grid_as_the_picture_wants_them(loss: str, feature: str) -> None:
    """Class 1 of two clouds lies to the upper right; with one input only that side is seen."""
    config = Config(dataset="gauss", loss=loss, layers=(), features=(feature,), samples=100)
    answers = trained(config, 300).answers(20).reshape(20, 20, 2)
    across = answers if feature == "x1" else answers.transpose(1, 0, 2)
    np.testing.assert_allclose(across, np.broadcast_to(across[:1], across.shape), atol=1e-6)
    along = across[0, :, 1]
    assert np.all(np.diff(along) >= 0)
    assert along[0] < 0.2
    assert along[-1] > 0.8


# ---- measures ---------------------------------------------------------------------------------


@pytest.mark.parametrize("config", [SMALL, replace(SMALL, loss="binary_cross_entropy"), THREE])
def test_measures_of_classes(config: Config) -> None:
    experiment = trained(replace(config, noise=30.0), 40)
    data = experiment.dataset
    rows = {label: (train, test) for label, _, train, test in experiment.measures()}
    assert list(rows) == ["Loss", "Accuracy", "ROC AUC"]
    parts = ((data.X_train, data.y_train), (data.X_test, data.y_test))
    for i, (X, y) in enumerate(parts):
        shares = experiment.model.predict_proba(experiment.features.transform(X)).astype(float)
        shares /= shares.sum(axis=1, keepdims=True)
        assert rows["Loss"][i] == pytest.approx(log_loss(y, shares), rel=1e-4)
        assert rows["Accuracy"][i] == accuracy_score(y, shares.argmax(axis=1))
        score = shares[:, 1] if experiment.n_classes == 2 else shares
        auc = roc_auc_score(y, score, multi_class="ovr")
        assert rows["ROC AUC"][i] == pytest.approx(auc, abs=1e-3)
    assert rows["Accuracy"][0] == pytest.approx(experiment.trainer.train_accuracy)
    assert rows["Accuracy"][1] == pytest.approx(experiment.trainer.test_accuracy)


def test_measures_of_values() -> None:
    experiment = trained(replace(REGRESSION, noise=20.0), 40)
    data = experiment.dataset
    rows = {label: (train, test) for label, _, train, test in experiment.measures()}
    assert list(rows) == ["Loss", "R²"]
    values = experiment.model.forward(experiment.features.transform(data.X_test))[:, 0]
    assert rows["R²"][1] == pytest.approx(r2_score(data.y_test, values), abs=1e-5)
    assert rows["Loss"][1] == pytest.approx(np.mean((values - data.y_test) ** 2), rel=1e-4)
    assert experiment.confusion() is None


def test_auc_is_left_out_while_a_class_has_no_test_point() -> None:
    """With few points a class may be missing from the test part."""
    found = 0
    for seed in range(30):
        config = replace(
            SMALL, dataset="blobs", classes=6, samples=20, train_share=90.0, seed=seed, layers=()
        )
        experiment = Experiment(config)
        if len(np.unique(experiment.dataset.y_test)) < 6:
            rows = {row[0]: row for row in experiment.measures()}
            assert rows["ROC AUC"][3] is None
            assert rows["ROC AUC"][2] is not None
            found += 1
    assert found


def test_confusion_counts_the_test_points() -> None:
    experiment = trained(replace(THREE, learning_rate=0.3), 150)
    confusion = experiment.confusion()
    assert confusion is not None
    assert confusion["labels"] == ["0", "1", "2"]
    counts = np.array(confusion["counts"])
    np.testing.assert_array_equal(counts.sum(axis=1), np.bincount(experiment.dataset.y_test))
    assert np.trace(counts) / counts.sum() == pytest.approx(experiment.trainer.test_accuracy)
    assert np.trace(counts) / counts.sum() > 0.9


@pytest.mark.parametrize("config", [SMALL, REGRESSION, THREE])
def test_a_run_that_blew_up_still_answers(config: Config) -> None:
    wild = replace(config, learning_rate=1000.0, activation="relu", init="normal")
    experiment = trained(wild, 50)
    assert all(np.isfinite(column).all() for column in experiment.unit_answers(8))
    measured = [value for row in experiment.measures() for value in row[2:] if value is not None]
    assert np.isfinite([*experiment.answers(15).ravel(), *measured]).all()


# ---- replicas ---------------------------------------------------------------------------------

RATES = (0.003, 0.03, 0.3)


@pytest.mark.parametrize(
    ("changes", "shape"),
    [
        ({}, (3, 36, 2)),
        ({"loss": "mse"}, (3, 36, 2)),
        ({"loss": "binary_cross_entropy"}, (3, 36, 2)),
        ({"dataset": "blobs", "classes": 4}, (3, 36, 4)),
        ({"dataset": "plane"}, (3, 36)),
    ],
)
def test_answers_of_replicas_stay_finite_when_one_diverges(
    changes: dict[str, Any], shape: tuple[int, ...]
) -> None:
    config = replace(SMALL, activation="relu", init="normal", **changes)
    experiment = Experiment(config, Replicas(learning_rates=(0.01, 0.1, 1000.0)))
    experiment.trainer.run_epochs(10)
    answers = experiment.answers(6)
    assert answers.shape == shape
    assert np.isfinite(answers).all()
    units = [column.shape for column in experiment.unit_answers(6)[1:]]
    assert units == [(3, 36, count) for count in experiment.units[1:]]


def test_replicas_keep_what_is_their_own_when_settings_change() -> None:
    momenta = (0.0, 0.5, 0.9)
    replicas = Replicas(learning_rates=RATES, momenta=momenta)
    experiment = Experiment(SMALL, replicas)
    changed = replace(SMALL, learning_rate=0.5, l2=0.01, batch_size=16, momentum=0.3)
    experiment.apply(changed)
    np.testing.assert_array_equal(experiment.trainer.learning_rate, RATES)
    np.testing.assert_array_equal(experiment.trainer.optimizer.config()["momentum"], momenta)
    assert (experiment.trainer.l2, experiment.batch_size) == (0.01, 16)
