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

TINY = Config(samples=60, layers=(4,), epochs=3)
WILD = Config(dataset="plane", samples=60, learning_rate=1000.0)
SWINGING = Config(samples=200, learning_rate=10.0)


def after(config: Config, epochs: int) -> Experiment:
    experiment = Experiment(config)
    experiment.trainer.run_epochs(epochs)
    return experiment


def test_divergence_says_when_why_and_what_to_do() -> None:
    experiment = after(WILD, 50)
    trainer = experiment.trainer
    assert trainer.divergence is not None
    notice = describe(experiment, trainer.status)
    assert notice.kind == "bad"
    assert f"epoch {trainer.diverged_epoch:,}" in notice.text
    assert trainer.divergence.reason in notice.text
    # As the report behind "What happened?" counts them.
    assert f"(in step {divergence_report(trainer).failed.step:,})" in notice.text
    assert "nan" not in notice.text.lower()


@pytest.mark.parametrize(
    ("config", "offers"),
    [
        (WILD, ["explain", "rewind", "halve", "reset"]),
        (SWINGING, ["halve", "reset"]),
        (replace(SWINGING, learning_rate=0.03), []),
        (TINY, []),
    ],
)
def test_what_can_be_done_has_short_words_and_commands_that_are_known(
    config: Config, offers: list[str]
) -> None:
    experiment = after(config, 3)
    notice = describe(experiment, experiment.trainer.status)
    assert [command for command, _ in notice.actions] == offers
    assert COMMANDS.issuperset(offers)
    assert all(label for _, label in notice.actions)
    assert len(notice.text) < 120


def test_as_json() -> None:
    notice = Notice("warn", "Text", (("halve", "Halve"),))
    expected = {"kind": "warn", "text": "Text", "actions": [["halve", "Halve"]]}
    assert json.loads(json.dumps(notice.as_json())) == expected
