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

WILD = Config(dataset="plane", samples=60, learning_rate=1000.0)
SWINGING = Config(samples=200, learning_rate=10.0)


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


def test_as_json() -> None:
    notice = Notice("warn", "Text", (("halve", "Halve"),))
    expected = {"kind": "warn", "text": "Text", "actions": [["halve", "Halve"]]}
    assert json.loads(json.dumps(notice.as_json())) == expected
