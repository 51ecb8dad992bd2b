"""The plain way to show a run in Streamlit, for comparison: three charts in a fragment that reruns.

The engine, the data, the network and the figures are the playground's own; only the way to the
screen differs. Started by benchmarks/live.py with Streamlit's own settings. Alone in its folder:
Streamlit puts that first on the path, where benchmarks/engine.py would stand in for the engine.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

import plotly.graph_objects as go
import streamlit as st

from playground.figures import boundary, curves, lines, network
from playground.runs.experiment import Experiment
from playground.settings.config import SPEEDS, Config
from playground.training.view import SIDE

PERIOD: Final = 0.1  # seconds between two runs of the fragment
HEIGHT: Final = 300


@dataclass
class Run:
    """One viewer's experiment."""

    experiment: Experiment
    playing: bool = False
    trained: float = field(default_factory=time.perf_counter)


def current() -> Run:
    """This viewer's run; the URL says the settings."""
    state = st.session_state  # noqa: TID251 - a plain app has no door of its own
    if "run" not in state:
        config, _, _ = Config.from_query(st.query_params)
        state["run"] = Run(Experiment(config))
    run: Run = state["run"]
    return run


def play() -> None:
    """Start to train with the next run of the fragment."""
    run = current()
    run.playing, run.trained = True, time.perf_counter()


def train(run: Run) -> None:
    """Train for a period, or as many epochs as are due at a chosen speed."""
    experiment, trainer = run.experiment, run.experiment.trainer
    speed = SPEEDS[experiment.config.speed].epochs_per_second
    now = time.perf_counter()
    since, run.trained = now - run.trained, now
    if speed != float("inf"):
        trainer.run_steps(max(1, round(since * speed * experiment.steps_per_epoch)))
        return
    while time.perf_counter() < now + PERIOD:
        trainer.run_steps(experiment.steps_per_epoch)


def figures(experiment: Experiment) -> dict[str, go.Figure]:
    """The three charts as they are now."""
    trainer, extent = experiment.trainer, experiment.dataset.extent
    step = 2 * extent / SIDE
    codes = boundary.codes(experiment.answers(SIDE), experiment.n_classes).reshape(SIDE, SIDE)
    plane = boundary.figure(experiment.dataset)
    plane.data[0].update(z=codes, x0=step / 2 - extent, dx=step, y0=step / 2 - extent, dy=step)
    plane.update_layout(
        title={"text": f"epoch {trainer.progress:.2f}"}, margin={"t": 36}, height=2 * HEIGHT
    )
    history = trainer.history
    end = max(10.0, trainer.progress)
    loss = lines.axes("epoch", experiment.loss_label)
    for name, losses in (("training", history.loss), ("test", history.val_loss)):
        loss.add_scatter(x=history.epoch, y=losses, mode="lines", name=name)
    loss.update_layout(height=HEIGHT).update_xaxes(range=[0, end])
    sizes = curves.gradients(experiment.layer_names)
    sizes.data[0].update(x=history.epoch, z=network.log_sizes(history.gradient).T, visible=True)
    sizes.update_layout(height=HEIGHT).update_xaxes(range=[0, end])
    return {"boundary": plane, "loss": loss, "gradient": sizes}


def charts() -> None:
    """Train a little and draw."""
    run = current()
    if run.playing:
        train(run)
    drawn = figures(run.experiment)
    left, right = st.columns([3, 2])
    left.plotly_chart(drawn["boundary"], key="boundary")
    right.plotly_chart(drawn["loss"], key="loss")
    right.plotly_chart(drawn["gradient"], key="gradient")


st.set_page_config(page_title="The plain way", layout="wide")
st.button("Play", on_click=play)
st.fragment(charts, run_every=PERIOD if current().playing else None)()
