"""Notices: the state of a run in plain words, with buttons that can be pressed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from engine import divergence_report
from playground.live.protocol import COMMANDS, Notice
from playground.runs.experiment import Experiment
from playground.settings.config import Config
from playground.training.notices import describe
from playground.training.view import TrainingView
from tests.playground.viewer import Viewer

WILD = Config(dataset="plane", samples=60, learning_rate=1000.0)
SWINGING = Config(samples=200, learning_rate=10.0)
GENTLE = Config(activation="relu", learning_rate=0.03)


def died_of_its_rate() -> Experiment:
    """A ReLU network that learned, until its rate was set to 10."""
    experiment = Experiment(GENTLE)
    experiment.trainer.run_epochs(3)
    experiment.apply(replace(GENTLE, learning_rate=10.0))
    experiment.trainer.run_epochs(20)
    return experiment


def test_divergence_is_said_to_be_in_the_step_of_its_report() -> None:
    experiment = Experiment(WILD)
    experiment.trainer.run_epochs(50)
    text = describe(experiment, experiment.trainer.status).text
    assert f"(in step {divergence_report(experiment.trainer).failed.step:,})" in text


@pytest.mark.parametrize(
    ("config", "offers"),
    [
        (WILD, ["explain", "rewind", "halve", "reset"]),
        (SWINGING, ["halve", "reset"]),
        (replace(SWINGING, learning_rate=0.03), []),
        (Config(samples=60, layers=(4,), epochs=3), []),
    ],
)
def test_what_can_be_done_has_short_words_and_commands_that_are_known(
    config: Config, offers: list[str]
) -> None:
    experiment = Experiment(config)
    experiment.trainer.run_epochs(3)
    notice = describe(experiment, experiment.trainer.status)
    assert [command for command, _ in notice.actions] == offers
    assert COMMANDS.issuperset(offers)
    assert all(label for _, label in notice.actions)
    assert len(notice.text) < 120


def test_a_dead_network_is_told_whatever_its_loss_does() -> None:
    experiment, diverging = died_of_its_rate(), set()
    for _ in range(100):
        experiment.trainer.run_steps(7)
        notice = describe(experiment, "running")
        assert notice.kind == "warn"
        assert notice.text.startswith("No gradient reaches the hidden layers")
        assert notice.actions == (("reset", "Start again"),)
        diverging.add(experiment.trainer.diverging)
    assert diverging == {False, True}
    assert describe(experiment, "finished").text.startswith("Done: ")


def test_saturated_layers_are_told_and_healthy_ones_are_not() -> None:
    experiment = Experiment(Config(dataset="circle", layers=(8,), learning_rate=0.3))
    assert "reaches" not in describe(experiment, "ready").text
    experiment.trainer.run_epochs(60)
    assert describe(experiment, "running").kind == "info"
    layer = experiment.dense_layers[0]
    for share, kind in ((1e3, "warn"), (1e-3, "info")):
        layer.weight *= share
        layer.bias *= share
        assert describe(experiment, "running").kind == kind
    # Where each answer is right for certain there is no gradient, and nothing amiss.
    for values in (experiment.dense_layers[-1].weight, experiment.dense_layers[-1].bias):
        values *= 1e4
    experiment.trainer.forget_measures()
    assert experiment.trainer.train_loss == 0
    assert not experiment.trainer.layer_gradient_rms().any()
    assert describe(experiment, "running").kind == "info"


def test_a_dead_network_is_offered_its_start_with_a_rate_at_which_it_lives() -> None:
    viewer = Viewer(TrainingView(), GENTLE)
    for _ in range(3):
        viewer.ask("epoch")
    viewer.change(learning_rate=10.0)
    for _ in range(20):
        viewer.ask("epoch")
    assert viewer.header["gauge"]["text"] == "no guide here"
    command, label, value = viewer.header["notice"]["actions"][0]
    assert label == f"Start again, with rate {value['rate']:g}"
    viewer.ask(command, value)
    assert (viewer.view.step, viewer.config.learning_rate) == (0, value["rate"])
    for _ in range(40):
        viewer.ask("epoch")
    assert viewer.header["notice"]["kind"] == "info"
    assert viewer.rows[-1][1] < viewer.rows[0][1]


def test_as_json() -> None:
    notice = Notice("warn", "Text", (("halve", "Halve"),))
    expected = {"kind": "warn", "text": "Text", "actions": [["halve", "Halve"]]}
    assert json.loads(json.dumps(notice.as_json())) == expected
