"""A new activation is a class and a registry line: it then shows on every page, in every check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import ACTIVATIONS, Activation, Dense, Sequential, SoftmaxCrossEntropy, gradient_check
from engine.core.validation import Array
from playground import reference
from playground.backprop.checks import check
from playground.backprop.graph import graph_of
from playground.backprop.settings import BackpropSettings
from playground.backprop.steps import trace_of
from playground.estimator import NeuralNetworkClassifier
from playground.gradient_flow.theory import predicted
from playground.runs.experiment import Experiment
from playground.settings import config
from playground.settings.config import Config
from tests.app.visitor import opened, session_of
from tests.playground.networks import measured

SMALL = {"samples": "40", "layers": "3"}


class Bent(Activation):
    name, label, source = "bent", "Bent identity", "a test"
    latex = r"f(z) = z + \tfrac12\left(\sqrt{z^2 + 1} - 1\right)"

    def f(self, z: Array) -> Array:
        return z + (np.sqrt(z * z + 1.0) - 1.0) / 2.0

    def df(self, z: Array) -> Array:
        return 1.0 + z / (2.0 * np.sqrt(z * z + 1.0))

    def ddf(self, z: Array) -> Array:
        return (z * z + 1.0) ** -1.5 / 2.0


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTIVATIONS, Bent.name, Bent)


def test_its_gradient_is_right_and_its_network_can_be_saved(tmp_path: Path) -> None:
    model = Sequential([Dense(2, 5), Bent(), Dense(5, 3)], seed=0)
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((7, 2)), rng.integers(0, 3, 7)
    assert gradient_check(model, SoftmaxCrossEntropy(), X, y).relative < 1e-6
    model.save(tmp_path / "bent.npz")
    again = Sequential.load(tmp_path / "bent.npz")
    np.testing.assert_array_equal(again.forward(X), model.forward(X))


def test_a_config_names_it_and_trains_it() -> None:
    made, _, notices = Config.from_query({"activation": "bent", "samples": "40"})
    assert (made.activation, notices) == ("bent", [])
    run = Experiment(made)
    before = run.trainer.history.loss[-1] if run.trainer.history.loss else np.inf
    run.trainer.run_epochs(5)
    assert run.trainer.history.loss[-1] < before


def test_the_estimator_takes_it() -> None:
    X = np.random.default_rng(0).standard_normal((40, 2))
    y = (X[:, 0] > 0).astype(int)
    assert NeuralNetworkClassifier(activation="bent", epochs=50).fit(X, y).score(X, y) > 0.8


def test_theory_predicts_its_variances() -> None:
    made = ("bent", "lecun", 1.0, (2, 300, 300), np.random.default_rng(0).standard_normal((8, 2)))
    found, theory = measured(*made, seeds=range(4)), predicted(*made, np.ones(8))
    np.testing.assert_allclose(found.preactivation, theory.preactivation, rtol=0.25)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_the_walk_checks_it_and_draws_its_node(loss: str) -> None:
    path = trace_of(BackpropSettings(walk_activation="bent", walk_loss=loss))
    found = check(path)
    assert found.largest["autograd"] < 1e-12
    assert found.largest["central"] < 1e-6
    formulas = [node.formula for node in graph_of(path).nodes]
    assert any(Bent.label in formula for formula in formulas)


@pytest.mark.parametrize(
    ("script", "control", "query"),
    [
        ("app.py", "set_activation", {"activation": "bent"}),
        ("pages/learning_rate.py", "set_activation", {"view": "race", "activation": "bent"}),
        (
            "pages/gradient_flow.py",
            "set_flow_activations_1",
            {"flow_activations": "bent,tanh,relu", "flow_depth": "3", "flow_width": "8"},
        ),
        ("pages/backprop.py", "set_walk_activation", {"walk_activation": "bent"}),
    ],
)
def test_every_page_offers_and_shows_it(script: str, control: str, query: dict[str, Any]) -> None:
    app = opened(script, SMALL | query)
    assert not app.warning
    assert not app.error
    box = app.selectbox(key=control)
    assert Bent.label in box.options
    assert box.value == "bent"
    assert all(view.problem is None for view in session_of(app).views.values())


def test_the_guide_has_its_formula_as_one_for_every_choice() -> None:
    app = opened("pages/guide.py")
    assert Bent.latex in [element.value.strip("$\n ") for element in app.latex]
    offered = {
        "Activations": config.ACTIVATION_LABELS,
        "Losses": {k: v for k, v in config.LOSS_LABELS.items() if k != "auto"},
        "Initial weights": config.INIT_LABELS,
        "Optimizers": config.OPTIMIZER_LABELS,
        "Learning-rate schedules": config.SCHEDULE_LABELS,
    }
    for title, labels in offered.items():
        formulas = reference.tables()[title]
        assert [formula.label for formula in formulas] == list(labels.values())
        assert all(f.latex and f.latex.count("{") == f.latex.count("}") for f in formulas)
