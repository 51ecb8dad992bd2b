"""The parabola's moving picture: the iterates on the curve, across the bowl, and their distance.

Another learning rate is another path from the same start, shown as far as the one before it: a run
here is as if its rate had always been the one of now.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from playground.figures.terms import explained
from playground.learning_rate.figures import descent as figures
from playground.learning_rate.parabola import Verdict, descend
from playground.learning_rate.parabola_sentence import sentence
from playground.learning_rate.settings import STEP_SIZES, RateSettings
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
_BELOW: Final = 100  # times below the limit and above it the slider of the rate ends
_ABOVE: Final = 10


class ParabolaView(Logged):
    """Gradient descent on (λ/2) x² and on a bowl, one iterate a tick."""

    unit = "step"
    buttons: ClassVar[tuple[str, ...]] = ("toggle", "step", "reset", "share")
    fastest: ClassVar[float] = 10.0
    rate_name: ClassVar[str] = "step_size"
    rate_limits: ClassVar[tuple[float, float]] = STEP_SIZES

    def build(self, config: Config, settings: RateSettings) -> int:
        self._step = 0
        self._take(settings)
        return 3

    def follow(self, config: Config, settings: RateSettings) -> bool:
        changed = settings.differing(self._given)  # nothing of the Config matters here
        if changed == {self.rate_name}:
            window = self._window
            self._take(settings)
            self.version += self._window != window
            self.rows.adopt(np.stack([self._row(step) for step in range(self.step + 1)]))
        return changed <= {self.rate_name}

    def _take(self, settings: RateSettings) -> None:
        steep, rate, momentum = settings.curvature, settings.step_size, settings.heavy_ball
        self._line = descend(steep, rate, momentum)
        # The bowl's steep direction is the parabola; its path ends where that one does.
        self._flat = descend(steep / settings.condition, rate, momentum, self._line.steps)
        self._window = figures.Window.of(self._line, self._flat)
        self._given = settings

    @property
    def rate_ends(self) -> tuple[float, float]:
        limit = self._line.limit
        return limit / _BELOW, limit * _ABOVE

    @property
    def step(self) -> int:
        return min(self._step, self._line.steps)  # the path of another rate may end earlier

    @property
    def condition(self) -> str:
        if self.step == 0:
            return "ready"
        if self.step < self._line.steps:
            return "running"
        return "diverged" if self._line.escaped else "finished"

    def go(self, ticks: int) -> int:
        before = self.step
        self._step = min(before + ticks, self._line.steps)
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
        return Frame(self.step, self._row(self.step))

    def _row(self, step: int) -> NDArray[np.float32]:
        return np.array([step, self._line.xs[step], self._line.losses[step]], np.float32)

    def state(self, want: frozenset[str]) -> dict[str, dict[str, Any]]:
        self.tell_critical(self._given.step_size / self._line.limit)
        return figures.points(self._line, self._flat)

    def figures(self) -> dict[str, Any]:
        steep, flat, window = self._line.curvature, self._flat.curvature, self._window
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
                    ("parabola", words.ONE_DIRECTION, "", (), figures.parabola(steep, window)),
                    (
                        "bowl",
                        words.TWO_DIRECTIONS,
                        words.condition(self._given.condition),
                        words.TWO_DIRECTIONS_TERMS,
                        figures.bowl(steep, flat, window),
                    ),
                    (
                        "distance",
                        words.DISTANCE,
                        words.DASHED,
                        words.DISTANCE_TERMS,
                        figures.distance(window),
                    ),
                )
            ],
        }

    def notice(self) -> Notice:
        return Notice(_KINDS[self._line.verdict], sentence(self._line))
