"""Notices: one for each state of a run, in plain words, with buttons that can be pressed."""

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


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        ("ready", "info", "nothing yet"),
        ("running", "info", "30 points, 10 at a time"),
        ("paused", "info", "Play"),
        ("finished", "good", "3 epochs"),
    ],
)
def test_every_state_has_its_words(status: str, kind: str, words: str) -> None:
    notice = describe(after(TINY, 3), status)
    assert notice.kind == kind
    assert words in notice.text
    assert notice.actions == ()


def test_divergence_says_when_why_and_what_to_do() -> None:
    experiment = after(WILD, 50)
    trainer = experiment.trainer
    assert trainer.status == "diverged"
    assert trainer.divergence is not None
    notice = describe(experiment, trainer.status)
    assert notice.kind == "bad"
    assert notice.text.startswith(f"Diverged at epoch {trainer.diverged_epoch:,}")
    assert notice.text.endswith(f": {trainer.divergence.reason}.")
    step = divergence_report(
        trainer
    ).failed.step  # as the report behind "What happened?" counts them
    assert f"(in step {step:,})" in notice.text
    assert "nan" not in notice.text.lower()
    assert [command for command, _ in notice.actions] == ["explain", "rewind", "halve", "reset"]
    assert notice.actions[0] == ("explain", "What happened?")


def test_notices_with_buttons_beside_them_are_short() -> None:
    for config in (WILD, SWINGING):
        experiment = after(config, 3)
        notice = describe(experiment, experiment.trainer.status)
        assert notice.actions
        assert len(notice.text) < 120


@pytest.mark.parametrize(
    ("status", "begins", "ends"),
    [
        ("running", "Diverging: ", "All numbers are still finite, so the run goes on."),
        ("paused", "Diverging: ", "All numbers are still finite, so it can go on."),
        ("finished", "Done: 3 epochs, but diverging: ", "All numbers are still finite."),
    ],
)
def test_diverging_warns_and_agrees_with_the_status(status: str, begins: str, ends: str) -> None:
    experiment = after(SWINGING, 3)
    assert experiment.trainer.diverging
    assert experiment.trainer.status == "running"
    notice = describe(experiment, status)
    assert notice.kind == "warn"
    assert notice.text.startswith(begins)
    assert notice.text.endswith(ends)
    assert len(notice.text) < 120
    assert {command for command, _ in notice.actions} == {"halve", "reset"}


def test_what_does_not_diverge_is_not_warned_of() -> None:
    gentle = after(replace(SWINGING, learning_rate=0.03), 3)
    assert describe(gentle, "running").kind == "info"


def test_every_button_sends_a_command_that_is_known() -> None:
    for experiment in (after(WILD, 50), after(SWINGING, 3)):
        notice = describe(experiment, experiment.trainer.status)
        assert notice.actions
        for command, label in notice.actions:
            assert command in COMMANDS
            assert label


def test_as_json() -> None:
    notice = Notice("warn", "Text", (("halve", "Halve"),))
    expected = {"kind": "warn", "text": "Text", "actions": [["halve", "Halve"]]}
    assert json.loads(json.dumps(notice.as_json())) == expected
