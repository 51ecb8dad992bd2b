"""Comparing models: the test of differences, the scores, the models themselves, what is drawn."""

from __future__ import annotations

import csv
import io
import math
import re
import struct
import zlib
from base64 import b64decode
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.metrics import log_loss as reference_loss
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedShuffleSplit

from playground.compare import fitting, tables
from playground.compare.comparison import Comparison
from playground.compare.figures import calibration, in_words, learning_curve
from playground.compare.fitting import BINS, Fit, Looks, Refused, curve_score, curve_sizes, fitted
from playground.compare.footprint import measured
from playground.compare.models import REGISTRY, UNUSED, made
from playground.compare.paired import corrected_t_test
from playground.compare.pictures import GRID, picture
from playground.compare.problem import counting, problem_of
from playground.compare.results import as_csv, rows, verdict
from playground.compare.settings import MODELS, NETWORK, CompareSettings
from playground.data.datasets import DATASETS
from playground.runs.build import optimizer_settings
from playground.settings.config import Config

SMALL = Config(dataset="circle", samples=60, layers=(4,), epochs=20)
SETTINGS = CompareSettings(
    compare_splits=2, forest_trees=5, boosting_rounds=5, mlp_layers=(4,), mlp_epochs=5
)


# ---- the corrected resampled t-test -----------------------------------------------------------


def test_the_t_test_by_hand() -> None:
    # Mean 0.1, variance 0.02 / 3, so t = 0.1 / sqrt((1/4 + 25/100) 0.02 / 3) = sqrt(3), for which
    # three degrees of freedom have P(|T| > sqrt(3)) = 1/2 - 1/pi.
    found = corrected_t_test(np.array([0.1, 0.0, 0.2, 0.1]), n_train=100, n_test=25)
    assert found.difference == pytest.approx(0.1)
    assert found.t == pytest.approx(math.sqrt(3))
    assert found.p == pytest.approx(0.5 - 1 / math.pi)
    mirrored = corrected_t_test(-np.array([0.1, 0.0, 0.2, 0.1]), 100, 25)
    assert mirrored.t == pytest.approx(-found.t)
    assert mirrored.p == pytest.approx(found.p)


def test_equal_differences_leave_no_doubt() -> None:
    assert corrected_t_test(np.zeros(5), 80, 20) == (0.0, 0.0, 1.0)
    always = corrected_t_test(np.full(10, 0.1), 80, 20)
    assert (always.t, always.p) == (math.inf, 0.0)


@pytest.mark.parametrize(("differences", "sizes"), [([0.1], (80, 20)), ([0.1, 0.2], (80, 0))])
def test_the_t_test_says_what_it_cannot_do(
    differences: list[float], sizes: tuple[int, int]
) -> None:
    with pytest.raises(ValueError, match="must be"):
        corrected_t_test(np.array(differences), *sizes)


# ---- scores -----------------------------------------------------------------------------------


def test_log_loss_and_roc_auc_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    y, shares = rng.integers(0, 3, 80), rng.dirichlet(np.ones(3), 80).round(1)
    shares /= shares.sum(axis=1, keepdims=True)
    assert fitting.log_loss(y, shares) == pytest.approx(reference_loss(y, shares))
    area = roc_auc_score(y, shares, multi_class="ovr")
    assert fitting.roc_auc(y, shares) == pytest.approx(area)
    two = np.minimum(y, 1)
    distance = shares[:, 0]
    both = np.column_stack([-distance, distance])
    assert fitting.roc_auc(two, both) == pytest.approx(roc_auc_score(two, distance))
    assert fitting.roc_auc(np.zeros(4), both[:4]) is None


def test_bins_of_confidence() -> None:
    shares = np.array([[0.55, 0.45], [0.0, 1.0], [0.57, 0.43], [0.3, 0.7]])
    count, sure, right = fitting.confidence_bins(np.array([0, 1, 1, 1]), shares)
    assert len(count) == BINS
    assert {int(b): int(n) for b, n in enumerate(count) if n} == {5: 2, 7: 1, 9: 1}
    assert sure[5] == pytest.approx(1.12)
    assert list(right[[5, 7, 9]]) == [1, 1, 1]


# ---- models -----------------------------------------------------------------------------------


def test_each_setting_of_a_model_has_one_control() -> None:
    assert list(REGISTRY) == list(MODELS)
    controls = list(chain.from_iterable(model.controls for model in REGISTRY.values()))
    own = [name for name in CompareSettings.FIELDS if not name.startswith("compare_")]
    assert sorted(controls) == sorted(own)


@pytest.mark.parametrize("dataset", ["circle", "plane"])
@pytest.mark.parametrize("name", [name for name in MODELS if name not in {NETWORK, "gp"}])
def test_the_defaults_are_scikit_learns(name: str, dataset: str) -> None:
    ours = made(name, Config.for_dataset(dataset), CompareSettings(), 3)
    usual = type(ours)().get_params()
    if name in {"forest", "boosting", "mlp"}:  # of the others none draws random numbers
        usual["random_state"] = 3
    assert ours.get_params() == usual


@pytest.mark.parametrize("dataset", ["circle", "sine-surface"])
def test_a_gaussian_process_answers_as_scikit_learns_does(dataset: str) -> None:
    data = replace(SMALL, dataset=dataset).data
    ours = made("gp", Config.for_dataset(dataset), CompareSettings(), 0)
    usual = type(ours)()
    answers = [m.fit(data.X_train, data.y_train).predict(data.X_test) for m in (ours, usual)]
    np.testing.assert_allclose(*answers)


def test_the_network_is_the_playgrounds() -> None:
    config = Config(layers=(5, 3), activation="relu", optimizer="adam", beta1=0.8, l2=0.1, seed=4)
    given = made(NETWORK, config, CompareSettings(), 9).get_params()
    assert given["hidden_layer_sizes"] == (5, 3)
    assert given["optimizer_options"] == optimizer_settings(config)
    names = ("activation", "init", "dropout", "optimizer", "learning_rate", "epochs", "l2")
    assert {name: given[name] for name in names} == {n: getattr(config, n) for n in names}
    assert (given["random_state"], given["standardize"]) == (9, False)


@pytest.mark.parametrize("dataset", ["three-spiral", "sine-surface"])
@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_measured(name: str, dataset: str) -> None:
    config = replace(SMALL, dataset=dataset)
    settings = replace(SETTINGS, compare_standardize=True)
    first, second = (fitted(name, split, config, settings) for split in (0, 1))
    assert isinstance(first, Fit)
    assert isinstance(second, Fit)
    classes = dataset == "three-spiral"
    assert first.score <= 1
    assert (first.auc is None) != classes
    assert (first.loss is None) == (name == "svm" and classes)
    assert (first.bins is None) == (name == "svm" or not classes)
    assert first.fit_seconds > 0
    assert first.looks is not None
    assert first.looks.memory > 0
    assert first.looks.size > 100
    assert second.looks is None
    assert first.score == fitted(name, 0, config, settings)[0]  # the same bits


def test_a_score_is_what_scikit_learn_gets_on_that_split() -> None:
    data = SMALL.data
    X, y = np.vstack([data.X_train, data.X_test]), np.concatenate([data.y_train, data.y_test])
    splits = StratifiedShuffleSplit(2, test_size=0.2, random_state=0).split(X, y)
    for number, (train, test) in enumerate(splits):
        model: BaseEstimator = made("knn", SMALL, SETTINGS, 0).fit(X[train], y[train])
        found = fitted("knn", number, SMALL, SETTINGS)
        assert isinstance(found, Fit)
        assert found.score == model.score(X[test], y[test])


@pytest.mark.parametrize(
    ("name", "config", "settings", "words"),
    [
        ("knn", SMALL, replace(SETTINGS, knn_neighbours=49), "49 neighbours.* 48 training points"),
        ("gp", replace(SMALL, samples=2000), SETTINGS, "slow beyond 1,000 .* here 1,600"),
        (
            "svm",
            replace(SMALL, dataset="blobs", classes=6, samples=24),
            replace(SETTINGS, compare_test=40, svm_platt=True),
            "cannot learn from these points: .* members in each class",
        ),
    ],
)
def test_a_model_that_cannot_learn_says_why(
    name: str, config: Config, settings: CompareSettings, words: str
) -> None:
    found = fitted(name, 0, config, settings)
    assert isinstance(found, Refused)
    assert re.search(words, found.reason), found.reason


def test_a_run_that_diverges_is_noted() -> None:
    found = fitted(NETWORK, 1, replace(SMALL, activation="relu", learning_rate=1000.0), SETTINGS)
    assert isinstance(found, Fit)
    assert "diverged" in found.note


# ---- the problem ------------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", DATASETS)
def test_splits_part_all_points_and_keep_the_shares_of_the_classes(dataset: str) -> None:
    problem = problem_of(Config.for_dataset(dataset), 3, 20.0)
    count = len(problem.y)
    assert problem.sizes == (count - count // 5, count // 5)
    for train, test in problem.splits:
        assert sorted([*train, *test]) == list(range(count))
        if problem.n_classes:
            shares = [
                np.bincount(problem.y[part].astype(int)) / len(part) for part in (train, test)
            ]
            np.testing.assert_allclose(shares[0], shares[1], atol=0.02)
    few = problem.balanced(0, 2 * max(problem.n_classes, 1))
    assert set(few) <= set(problem.splits[0][0])
    if problem.n_classes:
        assert set(np.bincount(problem.y[few].astype(int))) == {2}


def test_points_that_cannot_be_parted_are_a_sentence() -> None:
    config = Config(dataset="blobs", samples=20, classes=6)
    with pytest.raises(ValueError, match="20 points of 6 classes cannot be parted with 5 %"):
        problem_of(config, 5, 5.0)


def test_only_what_counts_makes_a_comparison() -> None:
    config = replace(SMALL, speed="1", train_share=80.0, l1=0.5, show_test=True)
    assert counting(config, replace(SETTINGS, compare_second="knn")) == counting(SMALL, SETTINGS)
    assert counting(replace(SMALL, layers=(5,)), SETTINGS) != counting(SMALL, SETTINGS)
    assert set(Config.FIELDS) > UNUSED


def test_the_learning_curve_grows_to_all_points() -> None:
    problem = problem_of(SMALL, 2, 20.0)
    sizes = curve_sizes(problem)
    assert sizes == sorted(set(sizes))
    assert sizes[-1] < problem.sizes[0]
    assert 0 <= curve_score(sizes[0], "knn", 0, SMALL, SETTINGS) <= 1
    assert math.isnan(curve_score(5, "knn", 0, SMALL, replace(SETTINGS, knn_neighbours=30)))


def test_an_address_of_the_page_is_never_empty_and_says_all() -> None:
    assert CompareSettings().to_query() == {"compare_splits": "10"}
    settings = replace(SETTINGS, compare_models=("knn", "gp"), svm_gamma=0.5)
    notices: list[Any] = []
    assert CompareSettings.read(settings.to_query(), notices) == settings
    assert notices == []


# ---- pictures and words -----------------------------------------------------------------------


def test_a_picture_has_the_cells_the_right_way_up_and_a_mark_for_each_point() -> None:
    problem = problem_of(replace(SMALL, dataset="three-spiral"), 2, 20.0)
    answers = np.zeros((GRID * GRID, 3))
    answers[:GRID, 2] = 1.0  # the bottom row, surely the third class
    answers[GRID:, 0] = 1.0
    wrong = np.zeros(60, bool)
    test = problem.splits[0][1]
    wrong[test[:2]] = True
    drawn = b64decode(picture(problem, test, answers, wrong).partition(",")[2]).decode()
    assert drawn.count("<circle") == 60
    assert drawn.count('stroke="#') - 3 == len(test)  # the discs and two paths have one as well
    assert drawn.count("l10 10") == 2 * 2
    found = re.search('base64,([^"]+)"', drawn)
    assert found is not None
    chunks, png = {}, b64decode(found[1])[8:]
    while png:
        (size,), kind = struct.unpack(">I", png[:4]), png[4:8]
        body, check = png[8 : 8 + size], png[8 + size : 12 + size]
        assert struct.pack(">I", zlib.crc32(kind + body)) == check
        chunks[kind], png = body, png[12 + size :]
    lines = zlib.decompress(chunks[b"IDAT"])
    shown = np.frombuffer(lines, np.uint8).reshape(GRID, GRID + 1)[:, 1:]
    colours = np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(256, 3)
    assert colours[shown[-1, 0]].tolist() == [0x00, 0x9E, 0x73]  # the third class, at the bottom
    assert colours[shown[0, 0]].tolist() == [0xE6, 0x82, 0x0E]


def fits(*scores: float, **more: Any) -> tuple[Fit, ...]:
    looks = Looks(1000, 2000, "data:,")
    each = {"loss": 0.5, "auc": 0.9, "fit_seconds": 0.1, "predict_seconds": 0.01} | more
    bins = np.ones((3, BINS))
    return tuple(Fit(score=s, bins=bins, note="", looks=looks, **each) for s in scores)


def told(**of_models: Any) -> Comparison:
    """A comparison on four splits in which each model has these scores, or this reason."""
    models = tuple(name for name in of_models if name != NETWORK)
    found = Comparison(SMALL, CompareSettings(compare_splits=4, compare_models=models))
    for name, given in of_models.items():
        if isinstance(given, str):
            found.refused[name] = given
        else:
            found.fits[name] = fits(*given, fit_seconds=0.5 if name == NETWORK else 0.1)
    return found


def test_the_words_say_where_the_network_loses_wins_and_cannot_know() -> None:
    ours = (0.80, 0.81, 0.79, 0.80)
    found = told(
        network=ours,
        knn=(0.90, 0.91, 0.89, 0.90),
        svm=(0.60, 0.61, 0.59, 0.60),
        forest=(0.99, 0.70, 0.95, 0.60),
        mlp=(0.99, 0.60, 0.80, 0.70),
    )
    loses, ahead, better, rest, cost = verdict(found)
    assert loses.startswith("**Our network loses.** With a mean test accuracy of 80.0\xa0% it is")
    assert "k-nearest neighbours (90.0\xa0%, p\xa0<\xa00.001), which is better" in loses
    assert "Random forest" in ahead
    assert better.startswith("It is better than SVM (RBF) (60.0\xa0%")
    assert "scikit-learn's MLP" in rest
    assert "5 times as long" in cost
    assert [row.better for row in rows(found)] == [0, 1, -1, 0, 0]
    page = tables.scores(rows(found), 4, regression=False)
    assert page.count("loses, p") == page.count("wins, p") == 1
    assert verdict(told(network=ours, svm=ours))[0].startswith("**Nothing beats our network")
    assert "nothing is held against it" in verdict(told(network="no", svm=ours))[0]
    assert verdict(told(network=ours[:2], svm=ours)) == []  # not before all splits are known


def test_a_reason_takes_the_place_of_figures_and_is_no_markup() -> None:
    found = told(network=(0.8,) * 4, knn="<b>too few</b>")
    page = tables.scores(rows(found), 4, regression=False)
    assert "&lt;b&gt;too few" in page
    network, knn = csv.DictReader(io.StringIO(as_csv(found)))
    assert (knn["reason"], knn["accuracy_mean"]) == ("<b>too few</b>", "")
    assert [float(network[f"accuracy_{n}"]) for n in range(1, 5)] == [0.8] * 4
    assert float(network["pickled_bytes"]) == 2000


def test_the_curves_hold_what_was_measured() -> None:
    found = told(network=(0.8, 0.9, 0.8, 0.9), knn=(0.7,) * 4)
    found.curves[NETWORK][0] = [0.5, 0.7, np.nan]
    curve = learning_curve(found, (NETWORK, "knn"))
    ours, theirs = curve.data
    assert list(ours.x) == [found.sizes[0], 48]
    assert list(ours.y) == pytest.approx([60, 85])
    assert list(theirs.x) == [48]
    assert in_words(curve) == (
        "Test accuracy (%) against training points."
        f" Our network: 60 at {found.sizes[0]}, 85 at 48. k-nearest neighbours: 70 at 48."
    )
    found.fits["knn"] = fits(0.7, 0.7)[:1] * 4
    diagonal, *lines = calibration(found, (NETWORK, "knn")).data
    assert list(diagonal.x) == [50, 100]
    assert next(line.name for line in lines).startswith("Our network (ECE 0.0")


def test_the_footprint_is_of_a_machine_and_a_day() -> None:
    found = measured()
    assert found["machine"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["date"])
    modules = {row["module"]: row for row in found["packages"]}
    assert modules["engine"]["resident"] < modules["sklearn.neural_network"]["resident"]
    assert len(found["claims"]) == 3
    page = tables.footprint(found)
    assert page.count("<tr") == 1 + len(modules)
    assert page.count("not installed") == sum(r["disk"] is None for r in modules.values())
    assert tables.claims(found).count("<tr") == 4
