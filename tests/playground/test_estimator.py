"""The estimators: scikit-learn's own checks, their use inside scikit-learn, and refusals."""

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from engine import ACTIVATIONS, OPTIMIZERS, Dense, Dropout, Sequential, SoftmaxSquaredError
from playground.estimator import NeuralNetwork, NeuralNetworkClassifier, NeuralNetworkRegressor

ROOT = Path(__file__).resolve().parents[2]
BOTH = [NeuralNetworkClassifier, NeuralNetworkRegressor]
QUICK: dict[str, Any] = {"hidden_layer_sizes": (8,), "epochs": 5, "random_state": 0}

X, Y = make_moons(200, noise=0.2, random_state=0)
NAMES = np.array(["left", "right"])[Y]


@parametrize_with_checks([kind() for kind in BOTH])  # type: ignore[untyped-decorator]
def test_scikit_learn_accepts_it(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


def test_scikit_learn_accepts_it_with_the_array_api_switched_on() -> None:
    """The one check that is skipped above, since SciPy reads the switch when it is imported."""
    code = """
from sklearn.utils.estimator_checks import estimator_checks_generator
from playground.estimator import NeuralNetworkClassifier, NeuralNetworkRegressor
for kind in NeuralNetworkClassifier, NeuralNetworkRegressor:
    for estimator, check in estimator_checks_generator(kind()):
        if "array_api" in str(check):
            check(estimator)
            print("passed")
"""
    command = [sys.executable, "-W", "error", "-c", code]
    switch = {**os.environ, "SCIPY_ARRAY_API": "1"}
    run = subprocess.run(command, cwd=ROOT, env=switch, capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (0, "passed\npassed\n", "")


# --- it learns ------------------------------------------------------------------------------------


def test_it_learns_with_its_defaults_from_raw_values() -> None:
    inputs, labels = load_iris(return_X_y=True, as_frame=False)
    scores = cross_val_score(NeuralNetworkClassifier(random_state=0), inputs, labels, cv=5)
    assert scores.mean() > 0.94
    rng = np.random.default_rng(0)
    inputs = rng.uniform(-2, 2, (300, 2)) * [1.0, 1000.0]
    values = 1e6 + 5000.0 * np.sin(inputs[:, 0]) + inputs[:, 1]
    model = NeuralNetworkRegressor(random_state=0).fit(inputs[:200], values[:200])
    assert model.score(inputs[200:], values[200:]) > 0.99


def test_several_outputs_are_scaled_each_by_its_own() -> None:
    targets = np.column_stack([X[:, 0] * 1e4, X[:, 1] - 500.0, np.full(200, 7.0)])
    model = NeuralNetworkRegressor(random_state=0).fit(X, targets)
    assert model.predict(X).shape == (200, 3)
    for column in (0, 1):
        error = (model.predict(X) - targets)[:, column]
        assert error.std() < 0.05 * targets[:, column].std()
    np.testing.assert_allclose(model.predict(X)[:, 2], 7.0, atol=0.1)


@pytest.mark.parametrize("seed", [0, np.random.RandomState(3)])
def test_the_seed_decides(seed: Any) -> None:
    one, other = (
        NeuralNetworkClassifier(epochs=3, dropout=0.2, random_state=copy.deepcopy(seed)).fit(X, Y)
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.network_.flat, other.network_.flat)
    third = clone(one).set_params(random_state=17).fit(X, Y)
    assert not np.array_equal(one.network_.flat, third.network_.flat)


# --- what is fitted -------------------------------------------------------------------------------


def test_the_network_alone_takes_and_gives_raw_values(tmp_path: Path) -> None:
    raw = X * [1e3, 1e-3] + [5.0, 1e4]
    classifier = NeuralNetworkClassifier(**QUICK).fit(raw, NAMES)
    classifier.network_.save(tmp_path / "network")
    alone = Sequential.load(tmp_path / "network")
    np.testing.assert_array_equal(alone.predict_proba(raw), classifier.predict_proba(raw))
    np.testing.assert_array_equal(classifier.classes_[alone.predict(raw)], classifier.predict(raw))
    regressor = NeuralNetworkRegressor(**QUICK).fit(raw, raw[:, 0])
    np.testing.assert_array_equal(regressor.network_.predict(raw), regressor.predict(raw))


@pytest.mark.parametrize("sizes", [(), (6,)])
@pytest.mark.parametrize("kind", BOTH)
def test_folding_the_scales_in_changes_no_answer(kind: Any, sizes: tuple[int, ...]) -> None:
    """A network trained on raw columns = one trained on columns that were scaled before."""
    raw = X * [40.0, 0.01] + [-300.0, 2.0]
    scaled = StandardScaler().fit_transform(raw)
    targets = Y if kind is NeuralNetworkClassifier else StandardScaler().fit_transform(X)[:, 1]
    settings = {**QUICK, "hidden_layer_sizes": sizes}
    one = kind(**settings).fit(raw, targets)
    other = kind(**settings, standardize=False).fit(scaled, targets)
    np.testing.assert_allclose(
        one.network_.forward(raw), other.network_.forward(scaled), rtol=1e-9, atol=1e-10
    )


def test_a_constant_column_is_ignored() -> None:
    for constant in (0.0, 1.0, -1e15, 1e-300):
        wide = np.column_stack([X, np.full(200, constant)])
        model = NeuralNetworkClassifier(**QUICK).fit(wide, Y)
        assert (model.network_.dense_layers[0].weight[2] == 0.0).all()
        moved = wide + np.array([0.0, 0.0, 5.0])
        np.testing.assert_array_equal(model.predict_proba(moved), model.predict_proba(wide))


def test_the_network_is_the_one_that_was_described() -> None:
    options = {"momentum": 0.9, "nesterov": True}
    model = NeuralNetworkClassifier(
        (6, 5),
        activation="tanh",
        dropout=0.25,
        loss="softmax_mse",
        optimizer="sgd",
        optimizer_options=options,
        learning_rate=0.2,
        epochs=7,
    ).fit(X, Y)
    tanh, network = ACTIVATIONS["tanh"], model.network_
    kinds = [type(layer) for layer in network.layers]
    assert kinds == [Dense, tanh, Dropout, Dense, tanh, Dropout, Dense]
    assert [(d.fan_in, d.fan_out) for d in network.dense_layers] == [(2, 6), (6, 5), (5, 2)]
    assert isinstance(network.loss, SoftmaxSquaredError)
    assert network.optimizer is not None
    expected = {"learning_rate": 0.2, **options, "weight_decay": 0.0, "decay": 0.0}
    assert network.optimizer.config() == expected
    assert model.n_iter_ == len(model.history_.loss) == 7
    assert model.history_.val_loss == []
    same: list[Any] = [8, np.int64(8), [8], np.array([8])]
    for sizes in same:
        model = NeuralNetworkClassifier(sizes, epochs=2).fit(X, Y)
        assert [d.fan_out for d in model.network_.dense_layers] == [8, 2]


@pytest.mark.parametrize(
    "choice",
    [
        *({"activation": name} for name in sorted(ACTIVATIONS)),
        *({"optimizer": name} for name in sorted(OPTIMIZERS)),
    ],
)
@pytest.mark.parametrize("kind", BOTH)
def test_all_that_is_registered_can_be_chosen(kind: Any, choice: dict[str, str]) -> None:
    model = kind(**QUICK, **choice).fit(X, Y)
    assert model.n_iter_ == 5
    assert np.isfinite(model.predict(X)).all()


def test_starting_weights_suit_the_activation_unless_chosen() -> None:
    for activation, init, expected in (
        ("relu", None, ["he", "glorot"]),  # before a ReLU, and before the softmax
        ("tanh", None, ["glorot", "glorot"]),
        ("tanh", "lecun", ["lecun", "lecun"]),
    ):
        model = NeuralNetworkClassifier(**QUICK, activation=activation, init=init).fit(X, Y)
        assert [layer.init for layer in model.network_.dense_layers] == expected


@pytest.mark.parametrize("kind", BOTH)
def test_early_stopping_keeps_the_best_of_the_samples_held_back(kind: Any) -> None:
    labels = kind is NeuralNetworkClassifier
    rng = np.random.default_rng(0)
    targets = (rng.random(200) < 0.5).astype(int) if labels else rng.normal(size=200)  # noise
    model = kind(
        early_stopping=True, patience=6, validation_fraction=0.25, epochs=500, random_state=0
    ).fit(X, targets)
    losses = model.history_.val_loss
    assert model.n_iter_ == len(losses) == np.argmin(losses) + 1 + 6 < 500
    assert bool(model.history_.val_accuracy) == labels


def test_verbose_shows_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    NeuralNetworkClassifier(**QUICK).fit(X, Y)
    assert capsys.readouterr() == ("", "")
    ticks = iter(range(100))
    monkeypatch.setattr("engine.training.callbacks.monotonic", lambda: float(next(ticks)))
    NeuralNetworkClassifier(**QUICK, verbose=True).fit(X, Y)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "5/5 [####################]" in shown.err


def test_a_run_that_diverges_warns_and_stays_finite() -> None:
    model = NeuralNetworkRegressor(optimizer="sgd", learning_rate=1000.0, random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"diverged in epoch 1: .*below 1000"):
        model.fit(X, X[:, 0])
    assert model.history_.divergence is not None
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
@pytest.mark.parametrize("kind", BOTH)
def test_a_copy_answers_alike_and_is_its_own(kind: Any, duplicate: Callable[[Any], Any]) -> None:
    model = kind(**QUICK).fit(X, Y)
    other = duplicate(model)
    np.testing.assert_array_equal(model.network_.forward(X), other.network_.forward(X))
    other.network_.flat[...] = 0.0
    assert not np.array_equal(model.network_.forward(X), other.network_.forward(X))
    other.fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), other.predict(X))
    assert duplicate(kind(**QUICK)).get_params() == kind(**QUICK).get_params()


@pytest.mark.parametrize("kind", BOTH)
def test_threads_may_ask_at_the_same_time(kind: Any) -> None:
    model = kind(**QUICK).fit(X, Y)
    parts = [np.random.default_rng(i).normal(size=(400, 2)) for i in range(8)]
    alone = [model.predict(part) for part in parts]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(20):
            for one, other in zip(alone, pool.map(model.predict, parts), strict=True):
                np.testing.assert_array_equal(one, other)


# --- inside scikit-learn --------------------------------------------------------------------------


def test_in_a_pipeline_and_a_grid_search() -> None:
    pipeline = make_pipeline(StandardScaler(), NeuralNetworkClassifier(epochs=30, random_state=0))
    grid = {"neuralnetworkclassifier__hidden_layer_sizes": [(), (16,), (16, 16)]}
    search = GridSearchCV(pipeline, grid, cv=3, scoring="roc_auc", error_score="raise")
    search.fit(X, NAMES)
    assert search.best_params_ != {"neuralnetworkclassifier__hidden_layer_sizes": ()}
    assert search.best_score_ > 0.98
    assert search.best_estimator_.score(X, NAMES) > 0.95


# --- refusals -------------------------------------------------------------------------------------

BAD_PARAMETERS: list[tuple[dict[str, Any], str]] = [
    ({"hidden_layer_sizes": (8, 0)}, "hidden_layer_sizes must be >= 1, not 0"),
    ({"hidden_layer_sizes": "88"}, "hidden_layer_sizes must be whole numbers, not '88'"),
    ({"hidden_layer_sizes": None}, "hidden_layer_sizes must be whole numbers, not None"),
    ({"activation": "rleu"}, "unknown activation 'rleu'; known: .*relu"),
    ({"init": "xaver"}, "unknown init 'xaver'; known: .*xavier"),
    ({"dropout": 1.0}, "dropout must be >= 0 and < 1, not 1"),
    ({"loss": "hinge"}, "unknown loss 'hinge'; known: .*mse"),
    ({"optimizer": "adm"}, "unknown optimizer 'adm'; known: .*adam"),
    ({"optimizer_options": {"momentum": 0.9}}, "'adam' takes no option 'momentum'; it takes betas"),
    ({"optimizer": "sgd", "optimizer_options": {"momentum": 2.0}}, "SGD momentum must be"),
    ({"learning_rate": 0.0}, "learning_rate must be > 0, not 0"),
    ({"learning_rate": [0.1, 0.2]}, "learning_rate must be a number"),
    ({"epochs": 0}, "epochs must be >= 1"),
    ({"batch_size": 0}, "batch_size must be >= 1"),
    ({"l2": -0.1}, "l2 must be >= 0"),
    ({"early_stopping": True, "patience": 0}, "patience must be >= 1"),
    ({"early_stopping": True, "validation_fraction": 1.0}, "validation_fraction must be"),
    ({"random_state": "seed"}, "cannot be used to seed"),
]

REGRESSOR = (NeuralNetworkRegressor,)
CLASSIFIER = (NeuralNetworkClassifier,)
HELD: dict[str, Any] = {"early_stopping": True}
FAR_APART = {"hidden_layer_sizes": (), "epochs": 1}
BAD_DATA: list[tuple[Any, dict[str, Any], Any, Any, str]] = [
    (BOTH, {}, np.where(X > 1.5, np.nan, X), Y, "Input X contains NaN"),
    (BOTH, {}, X, np.where(Y, np.nan, 0.0), "contains NaN"),
    (BOTH, {}, X * 1e300, Y, "X holds values too large to be standardized"),
    (BOTH, {}, X * 1e-310, Y, "X holds values too small to be standardized"),
    (REGRESSOR, {}, X, X * 1e300, "y holds values too large to be standardized"),
    (REGRESSOR, {}, X, X * 1e-310, "y holds values too small to be standardized"),
    (REGRESSOR, FAR_APART, X * 1e-160, X * 1e152, "too far apart in size"),
    (CLASSIFIER, {}, X, np.full(200, "cat"), "y holds one class only, .*cat.*: .* two or more"),
    (CLASSIFIER, {}, X, X[:, 0], "Unknown label type: continuous"),
    (CLASSIFIER, HELD | {"validation_fraction": 0.001}, X, Y, "0.001 of 200 samples cannot be"),
    (CLASSIFIER, HELD | {"validation_fraction": 0.5}, X, np.arange(200) // 199, "only 1 member"),
]


@pytest.mark.parametrize(
    ("kind", "parameters", "inputs", "targets", "message"),
    [
        *((kind, bad, X, Y, message) for kind in BOTH for bad, message in BAD_PARAMETERS),
        *((kind, *bad) for kinds, *bad in BAD_DATA for kind in kinds),
    ],
)
def test_a_refused_fit_leaves_the_estimator_as_it_was(
    kind: Any, parameters: dict[str, Any], inputs: Any, targets: Any, message: str
) -> None:
    model: NeuralNetwork = kind(**QUICK)
    wide = np.column_stack([X, X[:, 0]])  # three features, where what is refused has fewer
    answers = model.fit(wide, Y).predict(wide)
    model.set_params(**parameters)
    state = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.fit(inputs, targets)
    assert vars(model) == state
    np.testing.assert_array_equal(model.predict(wide), answers)
    unfitted = clone(model)
    with pytest.raises(ValueError, match=message):
        unfitted.fit(inputs, targets)
    assert vars(unfitted) == vars(clone(model))


def test_a_fit_that_is_broken_off_leaves_the_estimator_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = NeuralNetworkClassifier(**QUICK).fit(X, NAMES)
    state = dict(vars(model))
    broken_off = MagicMock(side_effect=KeyboardInterrupt)
    monkeypatch.setattr("engine.training.trainer.Trainer.run_epochs", broken_off)
    with pytest.raises(KeyboardInterrupt):
        model.fit(np.column_stack([X, X]), Y)
    assert vars(model) == state
