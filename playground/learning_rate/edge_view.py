"""The edge of stability as a moving picture: sharpness against its limit, the loss beneath."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import numpy as np

from engine.study.divergence_report import divergence_report
from playground.figures import lines
from playground.figures.terms import explained
from playground.learning_rate.edge import EdgeRun
from playground.learning_rate.settings import RateSettings
from playground.learning_rate.words import edge as words
from playground.live.epoch_view import EpochView
from playground.live.playable import LAST_STEPS
from playground.live.protocol import Notice
from playground.live.trainer_view import EXPLAIN, RESET
from playground.live.view import Command, Frame, asking, panel
from playground.settings.config import Config

_CEILING: Final = 3.0  # times the limit: a run that blows up leaves the picture there
_NEAR: Final = 1.1  # times the limit: farther above it is a warning


class EdgeView(EpochView[EdgeRun]):
    """One run. A row: epoch, sharpness, limit, loss, sharpness / limit."""

    rate_name: ClassVar[str] = "learning_rate"
    commands: ClassVar[Mapping[str, Command]] = {
        **EpochView.commands,
        "explain": asking(lambda view, value: view.explain(), again=True),
    }

    def build(self, config: Config, settings: RateSettings) -> int:
        self._run = EdgeRun(config)
        self._label = self._run.limit_label
        return 5

    def follow(self, config: Config, settings: RateSettings) -> bool:
        if not self._run.can_apply(config) or config.optimizer != self._run.config.optimizer:
            return False
        self._run.apply(config)
        self.version += self._label != self._run.limit_label  # it stands in the legend
        return True

    def climb(self) -> list[Frame]:
        rows = self.rows.since(max(0, len(self.rows) - LAST_STEPS))
        if (np.diff(rows[:, 0]) != 1).any():  # a long run's rows lie farther apart
            return []
        return [Frame(round(float(row[0])), row) for row in rows]

    # ---- pictures -------------------------------------------------------------------------

    def frame(self) -> Frame:
        run = self._run
        limit = run.limit if math.isfinite(run.limit) else math.nan
        row = [run.epoch, run.sharpness, limit, run.loss, run.ratio]
        return Frame(self.step, np.array(row, dtype=np.float32))

    def state(self, want: frozenset[str]) -> dict[str, dict[str, Any]]:
        self.tell_critical(self._run.ratio)
        return super().state(want)

    def figures(self) -> dict[str, Any]:
        run = self._run
        self._label = run.limit_label
        loss = run.experiment.loss_label
        return {
            "readouts": [
                {"name": "epoch", "label": words.EPOCH, "column": 0},
                {"name": "sharpness", "label": words.SHARPNESS, "column": 1},
                {"name": "limit", "label": self._label, "column": 2},
                {"name": "ratio", "label": words.RATIO, "column": 4},
            ],
            "panels": [
                panel(
                    "sharpness",
                    "lines",
                    words.SHARPNESS,
                    hint=words.SHARPNESS_HINT,
                    terms=explained(*words.SHARPNESS_TERMS),
                    span=12,
                    height="clamp(150px, calc(0.6 * (100vh - var(--above, 320px) - 126px)), 460px)",
                    figure=lines.axes(*words.SHARPNESS_AXES),
                    series=[
                        {
                            "name": words.SHARPNESS_LINE,
                            "column": 1,
                            "colour": "accent",
                            "width": 2.6,
                        },
                        {"name": self._label, "column": 2, "colour": "text", "dash": "dash"},
                    ],
                    legend=True,
                    log=False,
                    ceiling={"column": 2, "times": _CEILING},
                ),
                panel(
                    "loss",
                    "lines",
                    words.TRAINING_LOSS,
                    hint=words.LOG_AXIS,
                    span=12,
                    height="clamp(100px, calc(0.4 * (100vh - var(--above, 320px) - 126px)), 280px)",
                    figure=lines.axes(words.EPOCH_AXIS, loss),
                    series=[{"name": loss, "column": 3, "colour": "accent", "width": 2.2}],
                    legend=False,
                    log=True,
                ),
            ],
        }

    def notice(self) -> Notice:
        run = self._run
        said = f"{run.sentence} {run.note}".strip()
        if run.status == "diverged":
            return Notice("bad", said, (EXPLAIN, RESET))
        return Notice("warn" if run.ratio > _NEAR else "info", said)

    def explain(self) -> None:
        """Tell what happened to a run that diverged."""
        if self._run.status == "diverged":
            self.tell(
                "divergence_report", divergence_report(self._run.experiment.trainer).as_json()
            )
