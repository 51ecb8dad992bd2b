"""The race as a moving picture: losses on one log axis, a boundary for each, and verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np

from engine.study.divergence_report import divergence_report
from engine.training.divergence import LOSS_LIMIT
from engine.training.recorder import Recorder
from playground.figures import boundary, lines, palette
from playground.learning_rate.race import RACES, Race, RunReport
from playground.learning_rate.settings import RateSettings
from playground.learning_rate.unused import depends_on
from playground.learning_rate.verdicts import LossRecord
from playground.learning_rate.words import race as words
from playground.live.epoch_view import EpochView
from playground.live.protocol import Notice, is_index
from playground.live.view import Command, Frame, asking, panel
from playground.live.words import EXPLAIN
from playground.settings.config import Config

FEW: Final = 6  # runs up to which the small boundaries are finer
SIDES: Final = (40, 28)  # cells of a small boundary a side: for few runs, for many
_POINTS: Final = 250  # training points that a small boundary shows at most

_KINDS: Final[Mapping[str, str]] = {
    "ready": "",
    "converging": "good",
    "stalled": "warn",
    "oscillating": "warn",
    "diverging": "bad",
    "diverged": "bad",
}


class RaceView(EpochView[Race]):
    """From 2 to 16 networks at once. A row is the epoch and each one's loss."""

    parts: ClassVar[tuple[type[Any], ...]] = (LossRecord, Recorder)
    commands: ClassVar[Mapping[str, Command]] = {
        **EpochView.commands,
        "open": asking(lambda view, value: view.alone(value)),
        "explain": asking(lambda view, value: view.explain(value), again=True),
    }

    def build(self, config: Config, settings: RateSettings) -> int:
        entries = RACES[settings.race].entries(config, settings)
        self._run = Race(config, settings.race, entries)
        self._settings = settings
        self._key = depends_on(config, settings)
        self._side = SIDES[len(entries) > FEW]
        self._start = self._run.losses
        self._fresh_marks()
        return 1 + len(entries)

    def _fresh_marks(self) -> None:
        self._marks: dict[int, tuple[float, float]] = {}  # by run: its last epoch and loss
        self._seen = self._run.losses
        self._note_ends(0)

    def follow(self, config: Config, settings: RateSettings) -> bool:
        if depends_on(config, settings) != self._key:
            return False
        if settings.target != self._settings.target:
            self.version += 1  # it stands in the table's head
        self._settings = settings
        return True

    # ---- moving on ------------------------------------------------------------------------

    def advance(self, ticks: int) -> int:
        before = self._run.epoch
        made = super().advance(ticks)
        self._note_ends(before)
        if made:
            self._seen = self._run.losses
        return made

    def _note_ends(self, last: int) -> None:
        """Remember that the runs that have just diverged were last seen at the epoch `last`."""
        for k in np.flatnonzero(~self._run.alive):
            if int(k) not in self._marks:
                self._marks[int(k)] = float(last), float(self._seen[k])

    def mark(self) -> Any:
        return super().mark(), dict(self._marks), self._seen

    def back_to(self, mark: Any) -> None:
        snapshot, marks, self._seen = mark
        super().back_to(snapshot)
        self._marks = dict(marks)

    def restart(self) -> None:
        super().restart()
        self._fresh_marks()

    # ---- pictures -------------------------------------------------------------------------

    def frame_row(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        losses = np.where(self._run.alive, self._run.losses, np.nan)
        return np.concatenate([[self._run.epoch], losses]).astype(np.float32)

    def frame(self) -> Frame:
        side, n_classes = self._side, self._run.experiments[0].n_classes
        answers = self._run.answers(side)
        codes = np.stack([boundary.codes(each, n_classes) for each in answers])
        images = {"boundaries": codes.reshape(len(codes), side, side)}
        return Frame(self.step, self.frame_row(), images)

    def figures(self) -> dict[str, Any]:
        race, colours = self._run, self._colours
        first = race.experiments[0]  # the data and the loss of all
        labels = [run.label for run in race.runs]
        series = [
            {"name": label, "column": k + 1, "colour": colour, "width": 2.2}
            for k, (label, colour) in enumerate(zip(labels, colours, strict=True))
        ]
        return {
            "readouts": [{"name": "epoch", "label": words.EPOCH, "column": 0}],
            "panels": [
                panel(
                    "losses",
                    "lines",
                    words.TRAINING_LOSS,
                    hint=words.losses_hint(self._settings.race),
                    span=7,
                    height="clamp(240px, calc(100vh - var(--above, 380px) - 74px), 620px)",
                    figure=lines.axes(words.EPOCH_AXIS, first.loss_label),
                    series=series,
                    many=True,
                    log=True,
                    ceiling=LOSS_LIMIT * float(np.nanmax(self._start)),
                ),
                panel(
                    "boundaries",
                    "tiles",
                    words.LEARNED,
                    hint=words.LEARNED_HINT,
                    span=5,
                    tiles=[
                        {"label": label, "colour": colour}
                        for label, colour in zip(labels, colours, strict=True)
                    ],
                    shading=boundary.shading(first.n_classes),
                    extent=first.dataset.extent,
                    points=self._points(),
                ),
                panel(
                    "table",
                    "table",
                    words.TABLE,
                    hint=words.TABLE_HINT,
                    touch_hint=words.TABLE_TOUCH_HINT,
                    span=12,
                    columns=words.columns(self._settings.race, self._settings.target),
                ),
            ],
        }

    @property
    def _colours(self) -> list[str]:
        count = len(self._run.runs)
        if self._settings.race == "optimizers":
            return [palette.class_colour(k) for k in range(count)]
        return palette.scale_colours(count)

    def _points(self) -> list[tuple[float, float, str]]:
        data = self._run.experiments[0].dataset
        chosen = data.X_train[:_POINTS]
        if data.n_classes:
            colours = [palette.class_colour(int(label)) for label in data.y_train[:_POINTS]]
        else:
            colours = [palette.SIGN_COLOURS[int(value > 0)] for value in data.y_train[:_POINTS]]
        return [
            (float(x), float(y), colour) for (x, y), colour in zip(chosen, colours, strict=True)
        ]

    def state(self, want: frozenset[str]) -> dict[str, dict[str, Any]]:
        reports = self._run.reports(self._settings.target)
        marks = [[x, y, k] for k, (x, y) in sorted(self._marks.items())]
        verdicts = [{"kind": _KINDS[r.verdict], "text": words.VERDICTS[r.verdict]} for r in reports]
        rows = [
            self._table_row(k, report, colour)
            for k, (report, colour) in enumerate(zip(reports, self._colours, strict=True))
        ]
        return {
            "losses": {"marks": marks},
            "boundaries": {"verdicts": verdicts},
            "table": {"rows": rows},
        }

    def _table_row(self, k: int, report: RunReport, colour: str) -> list[Any]:
        actions = [["open", k, words.OPEN]]
        if report.verdict == "diverged":
            actions.insert(0, ["explain", k, EXPLAIN])
        return [
            {"text": report.label, "colour": colour},
            {
                "text": words.VERDICTS[report.verdict],
                "kind": _KINDS[report.verdict] or "info",
                "title": report.why,
            },
            _count(report.first_bad_epoch),
            _count(report.epochs_to_target),
            _figure(report.train_loss),
            _figure(report.test_loss),
            {"actions": actions},
        ]

    def notice(self) -> Notice:
        alive, count = int(self._run.alive.sum()), len(self._run.runs)
        if self.status == "ready":
            return Notice("info", words.ready(count, self._settings.race))
        reports = self._run.reports(self._settings.target)
        best = min(reports, key=lambda r: r.train_loss if r.verdict != "diverged" else np.inf)
        gone = ", ".join(r.label for r in reports if r.verdict == "diverged")
        lead = words.leads(best.label, _figure(best.train_loss), gone)
        if alive == 0:
            return Notice("bad", words.all_diverged(count))
        if alive == count:
            return Notice("good" if self.status == "finished" else "info", lead)
        return Notice("warn", lead)

    # ---- commands -------------------------------------------------------------------------

    def alone(self, k: Any) -> Config | None:
        """The Config of network `k`; None if there is none."""
        if not self._is_run(k):
            return None
        config: Config = self._run.runs[k].config
        return replace(config, speed=self._config.speed)

    def explain(self, k: Any) -> None:
        """Tell what happened to network `k`, if it has diverged."""
        if self._is_run(k) and not self._run.alive[k]:
            found = divergence_report(*self._run.trainer_of(k)).as_json()
            label = self._run.runs[k].label
            self.tell("divergence_report", {"title": words.happened_at(label), **found})

    def _is_run(self, k: Any) -> bool:
        return is_index(k, len(self._run.runs))


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _figure(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else words.NOT_FINITE
