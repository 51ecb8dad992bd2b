"""The parabola's moving picture: the iterates on the curve, across the bowl, and their distance."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np

from playground.figures.terms import explained
from playground.learning_rate.figures import descent as figures
from playground.learning_rate.parabola import Verdict, descend
from playground.learning_rate.parabola_sentence import sentence
from playground.learning_rate.settings import RateSettings
from playground.learning_rate.words import parabola as words
from playground.live.protocol import Notice
from playground.live.shareable import Logged
from playground.live.view import Frame, panel
from playground.settings.config import Config

_KINDS: Final = {
    Verdict.CONVERGES: "good",
    Verdict.OSCILLATES: "info",
    Verdict.EDGE: "warn",
    Verdict.DIVERGES: "bad",
}


class ParabolaView(Logged):
    """Gradient descent on (λ/2) x² and on a bowl, one iterate a tick."""

    unit = "step"
    buttons: ClassVar[tuple[str, ...]] = ("toggle", "step", "reset", "share")
    fastest: ClassVar[float] = 10.0

    def build(self, config: Config, settings: RateSettings) -> int:
        steep, rate, momentum = settings.curvature, settings.step_size, settings.heavy_ball
        self._line = descend(steep, rate, momentum)
        # The bowl's steep direction is the parabola; its path ends where that one does.
        self._flat = descend(steep / settings.condition, rate, momentum, self._line.steps)
        self._given = settings
        self._step = 0
        return 3

    def follow(self, config: Config, settings: RateSettings) -> bool:
        return settings == self._given  # nothing of the Config matters here

    @property
    def step(self) -> int:
        return self._step

    @property
    def condition(self) -> str:
        if self._step == 0:
            return "ready"
        if self._step < self._line.steps:
            return "running"
        return "diverged" if self._line.escaped else "finished"

    def go(self, ticks: int) -> int:
        before = self._step
        self._step = min(self._step + ticks, self._line.steps)
        return self._step - before

    def mark(self) -> Any:
        return self._step

    def back_to(self, mark: Any) -> None:
        self._step = mark

    def restart(self) -> None:
        self._step = 0

    def extend(self) -> None:
        self.restart()

    def frame(self) -> Frame:
        row = [self._step, self._line.xs[self._step], self._line.losses[self._step]]
        return Frame(self._step, np.array(row, dtype=np.float32))

    def figures(self) -> dict[str, Any]:
        shown = {
            "span": 4,
            "height": "clamp(240px, calc(100vh - var(--above, 400px) - 74px), 560px)",
        }
        return {
            "readouts": [
                {"name": "step", "label": words.STEP, "column": 0},
                {"name": "x", "label": words.POSITION, "column": 1},
                {"name": "loss", "label": words.LOSS, "column": 2},
            ],
            "panels": [
                panel(
                    id_, "path", title, hint=hint, terms=explained(*terms), figure=figure, **shown
                )
                for id_, title, hint, terms, figure in (
                    ("parabola", words.ONE_DIRECTION, "", (), figures.parabola(self._line)),
                    (
                        "bowl",
                        words.TWO_DIRECTIONS,
                        words.condition(self._given.condition),
                        words.TWO_DIRECTIONS_TERMS,
                        figures.bowl(self._line, self._flat),
                    ),
                    (
                        "distance",
                        words.DISTANCE,
                        words.dashed(self._line.factor),
                        words.DISTANCE_TERMS,
                        figures.distance(self._line),
                    ),
                )
            ],
        }

    def notice(self) -> Notice:
        return Notice(_KINDS[self._line.verdict], sentence(self._line))
