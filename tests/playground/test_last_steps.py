"""The last steps of a run that diverged reach the browser one by one, however it came to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground.live.playable import LAST_STEPS
from playground.live.protocol import Request, unpack
from playground.runs.experiment import Experiment
from playground.settings.config import Config
from playground.training.view import TrainingView, log_sizes

LATE = Config(dataset="plane", activation="identity", learning_rate=0.7, warmup=50, epochs=1000)
AT_ONCE = Config(dataset="plane", learning_rate=1000.0)


class Viewer:
    """Asks a runner, and keeps what it is sent last."""

    def __init__(self, config: Config) -> None:
        self.config, self.runner, self.number = config, TrainingView(), 0

    def ask(self, command: str) -> dict[str, Any]:
        self.number += 1
        answer = self.runner.handle(Request(self.number, command), self.config)
        self.config = answer.config
        header, arrays = unpack(answer.message)
        return header | arrays

    def play(self) -> dict[str, Any]:
        """Until the run stands still."""
        answer = self.ask("play")
        while answer["playing"]:
            answer = self.ask("tick")
        return answer


def step_by_step(config: Config) -> list[list[float]]:
    """What each step of the same run begins with, taken one at a time."""
    trainer, rows = Experiment(config).trainer, []
    while trainer.status in ("ready", "running"):
        sizes = log_sizes(trainer.layer_gradient_rms())
        losses = trainer.train_loss, trainer.test_loss
        rows.append([trainer.progress, *losses, trainer.current_learning_rate, *sizes])
        trainer.run_steps(1)
    return rows


@pytest.mark.parametrize("speed", ["25", "max"])
def test_the_last_steps_come_one_by_one(speed: str) -> None:
    answer = Viewer(replace(LATE, speed=speed)).play()
    assert answer["status"] == "diverged"
    expected = np.array(step_by_step(LATE)[-LAST_STEPS:], np.float32)
    np.testing.assert_array_equal(answer["climb"], expected)
    # They are played, too, each a frame.
    np.testing.assert_array_equal(answer["rows"][-LAST_STEPS:].astype(np.float32), expected)
    assert (np.diff(answer["steps"]) > 0).all()


@pytest.mark.parametrize("command", ["step", "epoch"])
def test_a_run_that_diverged_by_hand_has_them_too(command: str) -> None:
    viewer = Viewer(AT_ONCE)
    answer = viewer.ask(command)
    while answer["status"] != "diverged":
        answer = viewer.ask(command)
    np.testing.assert_array_equal(
        answer["climb"], np.array(step_by_step(AT_ONCE)[-LAST_STEPS:], np.float32)
    )


def test_they_are_there_as_long_as_the_run_has_diverged() -> None:
    viewer = Viewer(LATE)
    assert "climb" not in viewer.ask("look")
    assert "climb" not in viewer.ask("epoch")
    viewer.play()
    weights = viewer.runner.experiment.model.flat.copy()
    assert len(viewer.ask("look")["climb"]) == LAST_STEPS  # of one who comes back to the page
    np.testing.assert_array_equal(viewer.runner.experiment.model.flat, weights)
    assert "climb" not in viewer.ask("rewind")
    assert "climb" not in viewer.ask("reset")
