"""The last steps of a run that diverged reach the browser one by one, however it came to them."""

from __future__ import annotations

import numpy as np
import pytest

from playground.figures.network import log_sizes
from playground.live.playable import LAST_STEPS
from playground.runs.experiment import Experiment
from playground.settings.config import Config
from playground.training.view import TrainingView
from tests.playground.viewer import Viewer

LATE = Config(dataset="plane", activation="identity", learning_rate=0.7, warmup=50, epochs=1000)
AT_ONCE = Config(dataset="plane", learning_rate=1000.0)


def step_by_step(config: Config) -> list[list[float]]:
    """What each step of the same run begins with, taken one at a time."""
    trainer, rows = Experiment(config).trainer, []
    while trainer.status in ("ready", "running"):
        sizes = log_sizes(trainer.layer_gradient_rms())
        losses = trainer.train_loss, trainer.test_loss
        rows.append([trainer.progress, *losses, trainer.current_learning_rate, *sizes])
        trainer.run_steps(1)
    return rows


@pytest.mark.usefixtures("clock")  # a slow machine would make shorter messages
@pytest.mark.parametrize("speed", ["25", "max"])
def test_the_last_steps_come_one_by_one(speed: str) -> None:
    viewer = Viewer(TrainingView(), LATE, speed=speed)
    viewer.play()
    assert viewer.header["status"] == "diverged"
    expected = np.array(step_by_step(LATE)[-LAST_STEPS:], np.float32)
    np.testing.assert_array_equal(viewer.arrays["climb"], expected)
    # They are played, too, each a frame.
    np.testing.assert_array_equal(viewer.frames[-LAST_STEPS:].astype(np.float32), expected)
    assert (np.diff(viewer.steps) > 0).all()


@pytest.mark.parametrize("command", ["step", "epoch"])
def test_a_run_that_diverged_by_hand_has_them_too(command: str) -> None:
    viewer = Viewer(TrainingView(), AT_ONCE)
    while viewer.ask(command)["status"] != "diverged":
        assert "climb" not in viewer.arrays
    expected = np.array(step_by_step(AT_ONCE)[-LAST_STEPS:], np.float32)
    np.testing.assert_array_equal(viewer.arrays["climb"], expected)
    viewer.ask("look")  # of one who comes back to the page
    np.testing.assert_array_equal(viewer.arrays["climb"], expected)
    viewer.ask("rewind")
    assert "climb" not in viewer.arrays
