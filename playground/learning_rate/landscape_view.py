"""The landscape on the page: the slice from above and in 3-D, with the path that was taken."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
import streamlit as st

from engine.study.divergence_report import DivergenceReport, divergence_report
from playground.learning_rate.figures.landscape import contour, surface
from playground.learning_rate.landscape import Slice, slice_
from playground.learning_rate.landscape_path import Recorder, Trajectory
from playground.learning_rate.landscape_plane import PLANES
from playground.learning_rate.settings import RateSettings
from playground.learning_rate.unused import what_counts
from playground.learning_rate.words import landscape as words
from playground.live.words import EXPLAIN
from playground.runs.scheduler import SCHEDULER
from playground.settings.config import Config
from playground.ui import lecture, session
from playground.ui.long_turn import turn_for

PATIENCE: Final = 20.0  # seconds of training that a picture may take
_TURN: Final = 0.05  # seconds that one turn at the gate aims at
_FIRST_STEPS: Final = 50
_WORK: Final = 4e10  # multiplications that a slice may take
_SEARCH: Final = 500  # passes over the data that the search for a plane may take
SIDES: Final = 17, 41  # points a side of a slice, as its work allows
_KEPT_RUNS: Final = 8  # of up to 4 MB each; they serve all viewers who ask for the same


@dataclass(frozen=True, eq=False)
class Run:
    """A Config's training: its path, what happened if it diverged, and its slices."""

    path: Trajectory
    divergence_report: DivergenceReport | None  # of a run that diverged
    _slices: dict[str, Slice] = field(default_factory=dict)

    def slice(self, kind: str) -> Slice:
        """The slice of this kind through the end of the path, cut on first need.

        ValueError, in words for a person, where there is none of this kind.
        """
        if kind not in self._slices:
            path, side = self.path, _side(self.path)
            with turn_for(_pass(path) * (side**2 + _SEARCH)):
                if kind not in self._slices:  # somebody else may have come first
                    plane = PLANES[kind](path, path.config.seed)
                    self._slices[kind] = slice_(path, plane, side)
        return self._slices[kind]


def draw() -> None:
    """The view for the settings of now."""
    lecture.switch()
    settings = session.settings(RateSettings)
    run = trained(what_counts(session.current().config, settings))
    try:
        found = run.slice(settings.plane)
    except ValueError as error:
        reason = str(error)
        st.warning(f"{reason[0].upper()}{reason[1:]}.", icon=":material/landscape_2_off:")
        return
    st.markdown(found.sentence + _if_stopped(run.path))
    if run.divergence_report is not None:
        _what_happened(run.divergence_report)
    path = found.path_losses
    alt = words.described(found.sentence, path[0], path[-1])
    left, right = st.columns(2)
    with left:
        lecture.chart(contour(found), "landscape_contour", f"{words.FROM_ABOVE} {alt}")
    with right:
        lecture.chart(surface(found), "landscape_surface", f"{words.AS_SURFACE} {alt}")


def _if_stopped(path: Trajectory) -> str:
    if path.status not in ("ready", "running"):
        return ""
    return words.stopped(PATIENCE, path.epochs[-1], path.config.epochs)


def _what_happened(found: DivergenceReport) -> None:
    with st.expander(EXPLAIN, icon=":material/troubleshoot:"):
        st.markdown(found.sentence)
        rows = [
            {
                words.STEP: row.step,
                words.BATCH_LOSS: f"{row.loss:.3g}",
                **{
                    f"{what}, {layer}": f"{size:.3g}"
                    for what, sizes in zip(
                        words.SIZES, (row.weights, row.activations, row.gradients), strict=True
                    )
                    for layer, size in zip(found.layers, sizes, strict=True)
                },
            }
            for row in found.rows
        ]
        st.table(rows)
        st.caption(words.ROOT_MEAN_SQUARES)


# ---- computing --------------------------------------------------------------------------------


@lru_cache(maxsize=_KEPT_RUNS)
def trained(config: Config) -> Run:
    """The Config's run, as far as patience goes, with a bar on the page meanwhile."""
    recorder = Recorder(config)
    bar = st.empty()
    for share in training(recorder):
        bar.progress(share, words.training(share))
    bar.empty()
    trainer = recorder.experiment.trainer
    with SCHEDULER.turn():
        found = divergence_report(trainer) if trainer.status == "diverged" else None
    return Run(recorder.trajectory, found)


def training(recorder: Recorder) -> Iterator[float]:
    """Train to the end or for PATIENCE, a short turn at the gate at a time; yields the progress."""
    begin, steps = time.monotonic(), _FIRST_STEPS
    while recorder.status in ("ready", "running") and time.monotonic() - begin < PATIENCE:
        with SCHEDULER.turn():
            started = time.perf_counter()
            made = recorder.run_steps(steps)
            seconds = max(time.perf_counter() - started, 1e-5)
        if not made:
            return
        steps = max(1, int(made * _TURN / seconds))
        yield recorder.progress


def _side(path: Trajectory) -> int:
    """How fine a slice is, as its work allows."""
    return int(np.clip(np.sqrt(_WORK / _pass(path)), *SIDES))


def _pass(path: Trajectory) -> int:
    """Multiplications for the loss at one point of a slice."""
    return int(path.config.training_points * path.weights.shape[1])
