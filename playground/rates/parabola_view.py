"""The parabola's moving picture: the iterates on the curve, across the bowl, and their distance."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Final

import numpy as np

from playground.config import Config
from playground.figures import descent as figures
from playground.live.playable import Playable
from playground.live.protocol import Notice
from playground.live.view import Frame
from playground.rates.parabola import Descent, Verdict, descend, descend_bowl, sentence
from playground.rates.settings import RateSettings

STEPS: Final = 60
_KINDS: Final = {
    Verdict.CONVERGES: "good",
    Verdict.OSCILLATES: "info",
    Verdict.EDGE: "warn",
    Verdict.DIVERGES: "bad",
}


class ParabolaView(Playable):
    """Gradient descent on (λ/2) x² and on a bowl, one iterate a tick."""

    unit = "step"
    fastest: ClassVar[float] = 10.0

    def build(self, config: Config, settings: RateSettings) -> int:
        rate, momentum = settings.step_size, settings.heavy_ball
        self._line: Descent = descend(settings.curvature, rate, momentum, steps=STEPS)
        self._bowl: Descent = descend_bowl(
            settings.curvature, settings.condition, rate, momentum, steps=STEPS
        )
        self._given = settings
        self._step = 0
        return 3

    def follow(self, config: Config, settings: RateSettings) -> bool:
        return settings == self._given  # nothing of the Config matters here

    @property
    def step(self) -> int:
        return self._step

    @property
    def _last(self) -> int:
        return max(self._line.steps, self._bowl.steps)

    @property
    def condition(self) -> str:
        if self._step == 0:
            return "ready"
        if self._step < self._last:
            return "running"
        return "diverged" if self._line.escaped else "finished"

    def advance(self, ticks: int) -> int:
        before = self._step
        self._step = min(self._step + ticks, self._last)
        return self._step - before

    def mark(self) -> object:
        return self._step

    def back_to(self, mark: object) -> None:
        self._step = mark if isinstance(mark, int) else 0

    def restart(self) -> None:
        self._step = 0

    def extend(self) -> None:
        self.restart()

    def frame(self) -> Frame:
        at = min(self._step, self._line.steps)
        row = [self._step, self._line.xs[at], self._line.losses[at]]
        return Frame(self._step, np.array(row, dtype=np.float32))

    def figures(self) -> dict[str, Any]:
        def panel(id_: str, title: str, hint: str, span: int, figure: Any) -> dict[str, Any]:
            return {
                "id": id_,
                "kind": "path",
                "title": title,
                "hint": hint,
                "span": span,
                "height": "clamp(300px, calc(100vh - 480px), 560px)",
                "figure": json.loads(figure.to_json()),
            }

        factor = self._line.factor
        return {
            "readouts": [
                {"name": "step", "label": "Step", "column": 0},
                {"name": "x", "label": "Position x", "column": 1},
                {"name": "loss", "label": "Loss", "column": 2},
            ],
            "panels": [
                panel("parabola", "One direction", "", 4, figures.parabola(self._line)),
                panel(
                    "bowl",
                    "Two directions",
                    f"condition number κ = {self._bowl.condition:.4g}",
                    4,
                    figures.bowl(self._bowl),
                ),
                panel(
                    "distance",
                    "Distance from the minimum",
                    f"dashed: theory, times {factor:.4g} a step",
                    4,
                    figures.distance(self._line),
                ),
            ],
        }

    def notice(self) -> Notice:
        return Notice(_KINDS[self._line.verdict], sentence(self._line))
