"""The phase map as a moving picture: cells that fill as their rows come in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np

from engine.study.divergence_report import divergence_report
from playground.figures import palette
from playground.learning_rate.figures import phase_map as figures
from playground.learning_rate.map_spec import map_of
from playground.learning_rate.phase_map import PhaseMap
from playground.learning_rate.settings import RateSettings
from playground.learning_rate.unused import depends_on
from playground.learning_rate.words import phase_map as words
from playground.live import carried
from playground.live.protocol import Notice, Request, is_index
from playground.live.resumable import Resumable
from playground.live.share import sharing
from playground.live.trainer_view import EXPLAIN
from playground.live.view import Command, Frame, asking, panel
from playground.runs.experiment import Experiment
from playground.settings.config import Config

_PATIENCE: Final = 3.0  # seconds that repeating one cell may take
_STEPS_AT_ONCE: Final = 200


class MapView(Resumable):
    """Hundreds of runs in the background, whose rows come in by themselves."""

    commands: ClassVar[Mapping[str, Command]] = {
        **Resumable.commands,
        "tick": Command(plays=True),
        "play": Command(lambda view, request: view.start(), plays=True),
        "pause": Command(lambda view, request: view.halt_rows(), stills=True),
        "reset": Command(lambda view, request: view.reset(), stills=True),
        "pick": asking(lambda view, value: view.pick(value)),
        "explain": asking(lambda view, value: view.explain(), again=True),
        "open": asking(lambda view, value: view.alone()),
        "share": sharing(words.SHARED, plays=True),
    }
    buttons: ClassVar[tuple[str, ...]] = ("toggle", "reset", "share")
    unit: ClassVar[str] = "row"
    halt: ClassVar[str] = words.STOP

    def __init__(self, watched: Callable[[], bool] = lambda: True) -> None:
        """`watched` tells, in any thread, whether the viewer is still there."""
        super().__init__()
        self._watched = watched
        self._map: PhaseMap | None = None

    def build(self, config: Config, settings: RateSettings) -> int:
        self.close()
        self._key = depends_on(config, settings)
        self._spec = map_of(config, settings)
        self._map = PhaseMap(self._spec, self._watched)
        self._halting = False  # Stop was pressed; the rows under way end within a second
        self._picked: tuple[int, int] | None = None
        self._unexplained = ""
        return 1

    def follow(self, config: Config, settings: RateSettings) -> bool:
        return depends_on(config, settings) == self._key

    @property
    def map(self) -> PhaseMap:
        if self._map is None:
            raise ValueError(words.NO_MAP)
        return self._map

    # ---- moving on ------------------------------------------------------------------------

    @property
    def step(self) -> int:
        return self.map.progress[0]

    @property
    def _finished(self) -> bool:
        done, rows = self.map.progress
        return not self.map.running and done == rows

    @property
    def condition(self) -> str:
        return "finished" if self._finished else "running" if self.step else "ready"

    @property
    def status(self) -> str:
        if self.problem is not None:
            return "empty"
        if self.playing and self.moving:
            return "waiting" if self.map.ahead else "running"
        return "paused" if self.condition == "running" else self.condition

    def start(self) -> None:
        self.forget_restart()
        self.playing = not self._finished
        if self.playing and not self.map.running:  # else it has just been stopped: see `play_on`
            self._start()

    def halt_rows(self) -> None:
        """Stop; the rows under way end within a second."""
        if self.playing:
            self._halting = True
            self.map.stop()
        self.playing = False

    def _start(self) -> None:
        self._halting = False
        self.map.start()

    def play_on(self) -> list[Frame]:
        # Play was pressed again before the rows under way had ended, or the viewer is back.
        if (self._halting or self.map.cut_off) and not (self.map.running or self._finished):
            self._start()
        self.playing = self.map.running
        return [self.frame()]

    def reset(self) -> None:
        """An empty map."""
        self.playing = False
        self.map.stop()
        self._map = PhaseMap(self._spec, self._watched)
        self._picked, self._halting = None, False
        self.begin(1)

    def close(self) -> None:
        if self._map is not None:
            self._map.stop()

    # ---- what the browser carries ---------------------------------------------------------

    def to_carry(self) -> object:
        return *self.map.known, self._picked

    @property
    def _moment(self) -> tuple[object, ...]:
        return *super()._moment, self._picked

    def take_carried(self, brought: Any, rows: bytes, step: int) -> None:
        *known, picked = brought
        if not carried.alike(tuple(known), self.map.known):
            raise ValueError(words.OTHER_SHAPES)
        self.map.adopt(*known)
        self._picked = self._cell(picked)

    def resume(self, request: Request) -> None:
        super().resume(request)
        if self.playing:
            self._start()

    # ---- pictures -------------------------------------------------------------------------

    def frame(self) -> Frame:
        grids = figures.frame(self.map.losses, self.map.diverged_epoch)
        return Frame(self.step, np.array([self.step], dtype=np.float32), arrays={"map": grids})

    def figures(self) -> dict[str, Any]:
        spec = self._spec
        rows, columns = spec.shape
        return {
            "readouts": [{"name": "row", "label": words.rows_of(rows), "column": 0}],
            "panels": [
                panel(
                    "map",
                    "grid",
                    words.title(spec.epochs),
                    hint=words.hint(spec.axis, rows * columns),
                    span=12,
                    height="clamp(240px, calc(100vh - var(--above, 400px) - 74px), 720px)",
                    figure=figures.figure(spec),
                    magnitude=palette.MAGNITUDE_STOPS,
                    rows=rows,
                    columns=columns,
                )
            ],
        }

    def state(self, want: frozenset[str]) -> dict[str, dict[str, Any]]:
        done, rows = self.map.progress
        return {"map": {"progress": done / rows, "picked": self._picked}}

    def notice(self) -> Notice:
        if self.map.error is not None:
            return Notice("bad", words.stopped_early(self.map.error))
        if self._picked is not None:
            return self._on_cell(*self._picked)
        done, rows = self.map.progress
        ahead, cells = self.map.ahead, rows * len(self._spec.rates)
        if self.playing and ahead:
            return Notice("info", words.waiting(ahead))
        if self.playing:
            return Notice("info", words.under_way(done, rows, self.map.seconds_left))
        if done == rows:
            best = self._best()
            crossed = int((self.map.diverged_epoch >= 0).sum())
            actions = () if best is None else (("pick", words.SHOW_BEST),)
            return Notice("good", words.finished(crossed, cells), actions)
        if done:
            return Notice("info", words.halted(done, rows))
        return Notice("info", words.empty(cells))

    def _on_cell(self, row: int, column: int) -> Notice:
        spec = self._spec
        epoch = int(self.map.diverged_epoch[row, column])
        loss = float(self.map.losses[row, column])
        what = words.NOT_COMPUTED
        if epoch >= 0:
            what = words.diverged_at(epoch)
        elif np.isfinite(loss):
            what = words.ended_with(loss)
        actions = [("open", words.OPEN)]
        if epoch >= 0:
            actions.insert(0, EXPLAIN)
        cell = words.cell(spec.axis, spec.values[row], spec.rates[column], what)
        return Notice("info", self._unexplained or cell, tuple(actions))

    def _best(self) -> tuple[int, int] | None:
        """The cell with the lowest loss among those that did not diverge."""
        losses = np.where(self.map.diverged_epoch == -1, self.map.losses, np.inf)
        if not np.isfinite(losses).any():
            return None
        row, column = np.unravel_index(int(np.argmin(losses)), losses.shape)
        return int(row), int(column)

    # ---- commands -------------------------------------------------------------------------

    def pick(self, cell: Any) -> None:
        """Choose this cell, or the best where there is no such."""
        self._picked, self._unexplained = self._cell(cell) or self._best(), ""

    def alone(self) -> Config | None:
        """The Config of the picked cell, if one is picked."""
        if self._picked is None:
            return None
        return replace(self._spec.cell_config(*self._picked), speed=self._config.speed)

    def explain(self) -> None:
        """Run the picked cell once more, alone, for what is asked of it was never sent back."""
        if self._picked is None:
            return
        trainer = Experiment(self._spec.cell_config(*self._picked), history_size=0).trainer
        end = time.monotonic() + _PATIENCE
        while trainer.run_steps(_STEPS_AT_ONCE) and time.monotonic() < end:
            pass
        if trainer.status == "diverged":
            self.tell("divergence_report", divergence_report(trainer).as_json())
        else:
            self._unexplained = words.UNEXPLAINED

    def _cell(self, value: Any) -> tuple[int, int] | None:
        rows, columns = self._spec.shape
        match value:
            case [row, column] if is_index(row, rows) and is_index(column, columns):
                return row, column
        return None
