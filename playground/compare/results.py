"""What was measured, model by model: means and spreads, tests against our network, plain words.

J splits.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from playground.compare import words
from playground.compare.comparison import Comparison
from playground.compare.models import REGISTRY
from playground.compare.paired import Paired, corrected_t_test
from playground.compare.settings import NETWORK

LEVEL: Final = 0.05  # a difference that chance alone makes less often is called real


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation over the splits; of one split the deviation is None."""

    mean: float
    deviation: float | None


@dataclass(frozen=True)
class Row:
    """One model's line. What is not known (yet) is None; `reason` says why it has no figures."""

    key: str
    name: str
    done: int
    reason: str
    note: str
    score: Spread | None = None
    loss: Spread | None = None
    auc: Spread | None = None
    fit_seconds: float | None = None
    predict_seconds: float | None = None
    memory: int | None = None
    size: int | None = None
    against: Paired | None = None  # the network's score minus this one's

    @property
    def better(self) -> int:
        """1 if it is really better than our network, -1 if really worse, else 0."""
        if self.against is None or self.against.p >= LEVEL:
            return 0
        return -1 if self.against.difference > 0 else 1


def rows(comparison: Comparison) -> list[Row]:
    """A line for each model, in their order, of what is known now."""
    return [_row(comparison, name) for name in comparison.models]


def _row(comparison: Comparison, key: str) -> Row:
    fits = comparison.fits[key]
    name = REGISTRY[key].name(comparison.problem.task)
    reason = comparison.refused.get(key, "")
    notes = [fit.note for fit in fits if fit.note]
    note = words.on_splits(notes[0], len(notes), len(fits)) if notes else ""
    if not fits:
        return Row(key, name, 0, reason, note)
    looks = fits[0].looks
    return Row(
        key,
        name,
        len(fits),
        reason,
        note,
        score=_spread([fit.score for fit in fits]),
        loss=_spread([fit.loss for fit in fits]),
        auc=_spread([fit.auc for fit in fits]),
        fit_seconds=float(np.median([fit.fit_seconds for fit in fits])),
        predict_seconds=float(np.median([fit.predict_seconds for fit in fits])),
        memory=None if looks is None else looks.memory,
        size=None if looks is None else looks.size,
        against=_against(comparison, key),
    )


def _spread(values: Sequence[float | None]) -> Spread | None:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    return Spread(float(np.mean(known)), float(np.std(known, ddof=1)) if len(known) > 1 else None)


def _against(comparison: Comparison, key: str) -> Paired | None:
    if key == NETWORK or not (comparison.complete(NETWORK) and comparison.complete(key)):
        return None
    ours, theirs = ([fit.score for fit in comparison.fits[name]] for name in (NETWORK, key))
    return corrected_t_test(np.subtract(ours, theirs), *comparison.problem.sizes)


# ---- in words ---------------------------------------------------------------------------------


def score_text(value: float, regression: bool) -> str:
    """An accuracy in per cent, or an R²."""
    if regression:
        return f"{value:.3f}".replace("-", "−")
    return f"{100 * value:.1f}\N{NO-BREAK SPACE}%"


def p_text(p: float) -> str:
    """The p-value with its sign."""
    text = "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def verdict(comparison: Comparison) -> list[str]:
    """Where our network loses, wins and draws, and what it costs: sentences in Markdown."""
    found = {row.key: row for row in rows(comparison)}
    network, regression = found.pop(NETWORK), not comparison.problem.n_classes
    if network.reason:
        return [words.nothing_held(network.reason)]
    tested = [row for row in found.values() if row.against is not None]
    if network.score is None or not tested:
        return []

    def named(rows: list[Row]) -> list[str]:
        return [
            f"{row.name} ({score_text(row.score.mean, regression)}, {p_text(row.against.p)})"
            for row in rows
            if row.score is not None and row.against is not None
        ]

    ours = score_text(network.score.mean, regression)
    measure = words.measure(regression)
    better = [row for row in tested if row.better > 0]
    worse = [row for row in tested if row.better < 0]
    even = [row for row in tested if row.better == 0]
    ahead = [row for row in even if row.against is not None and row.against.difference < 0]
    rest = [row for row in even if row not in ahead]
    lines = [words.loses(measure, ours, named(better)) if better else words.unbeaten(measure, ours)]
    if ahead:
        lines.append(words.ahead(named(ahead), others=bool(better)))
    if worse:
        lines.append(words.wins(named(worse)))
    if rest:
        lines.append(words.even(named(rest)))
    return [*lines, *_costs(network, tested)]


def _costs(network: Row, others: list[Row]) -> list[str]:
    """What our network's fit takes beside the quickest of those that are no worse."""
    equals = [row for row in others if row.better >= 0 and row.fit_seconds]
    if not equals or not network.fit_seconds:
        return []
    quickest = min(equals, key=lambda row: row.fit_seconds or math.inf)
    ratio = network.fit_seconds / (quickest.fit_seconds or math.inf)
    return [words.quickest(quickest.name, ratio)]


# ---- as a file --------------------------------------------------------------------------------


def as_csv(comparison: Comparison) -> str:
    """The table with every digit and a column for each split; units are in the header."""
    score = "accuracy" if comparison.problem.n_classes else "r2"
    loss = "log_loss" if comparison.problem.n_classes else "rmse"
    splits = comparison.settings.compare_splits
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    heads = "model,splits,SCORE_mean,SCORE_sd,LOSS_mean,LOSS_sd,roc_auc_mean,roc_auc_sd"
    heads += ",fit_cpu_seconds_median,predict_1000_cpu_seconds_median,fit_memory_peak_bytes"
    heads += ",pickled_bytes,network_minus_model_SCORE,t,p,reason,note"
    names = heads.replace("SCORE", score).replace("LOSS", loss).split(",")
    lines.writerow([*names, *(f"{score}_{number}" for number in range(1, splits + 1))])
    for row in rows(comparison):
        spreads = [
            cell
            for spread in (row.score, row.loss, row.auc)
            for cell in ((None, None) if spread is None else (spread.mean, spread.deviation))
        ]
        costs = row.fit_seconds, row.predict_seconds, row.memory, row.size
        against = row.against or (None, None, None)
        each = [fit.score for fit in comparison.fits[row.key]]
        lines.writerow(
            [row.name, row.done, *spreads, *costs, *against, row.reason, row.note, *each]
        )
    return file.getvalue()
