"""The page's tables and pictures as HTML: every text in them is escaped.

Plain tables, for they are read aloud, projected and printed as they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

from playground.compare import words
from playground.compare.results import Row, Spread, p_text, score_text
from playground.compare.settings import NETWORK

NONE: Final = "–"


def scores(rows: Sequence[Row], splits: int, regression: bool) -> str:
    """A line a model: scores as mean ± standard deviation over the splits, then its costs."""
    best = max((row.score.mean for row in rows if row.score is not None), default=None)
    heads = [words.MODEL, words.SCORE[regression], words.AGAINST]
    heads += [*words.LOSSES[regression], *words.TOOK]
    lines = []
    for row in rows:
        if row.score is None:
            why = escape(row.reason or words.NOT_YET)
            span = f'colspan="{len(heads) - 1}" class="compare-reason"'
            lines.append(_line(row, f"<td {span}>{why}</td>"))
            continue
        top = best is not None and row.score.mean >= best
        score = _spread_of_score(row.score, regression)
        if row.done < splits:
            score += f"<small>{words.done(row.done, splits)}</small>"
        cells = [f"<b>{score}</b>" if top else score, _against(row, regression)]
        cells.append(_spread(row.loss))
        if not regression:
            cells.append(_spread(row.auc))
        cells += [_time(row.fit_seconds), _time(row.predict_seconds)]
        cells += [_bytes(row.memory), _bytes(row.size)]
        lines.append(_line(row, "".join(f"<td>{cell}</td>" for cell in cells)))
    return _table(words.SCORES, heads, lines)


def _line(row: Row, cells: str) -> str:
    own = ' class="compare-own"' if row.key == NETWORK else ""
    return f'<tr{own}><th scope="row">{escape(row.name)}</th>{cells}</tr>'


def _table(caption: str, heads: Sequence[str], lines: Iterable[str]) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    return _framed(caption, head, lines)


def _framed(caption: str, head: str, lines: Iterable[str]) -> str:
    # It scrolls sideways where it is wider than the window; the keyboard reaches it.
    return (
        f'<div class="compare-table" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _spread_of_score(spread: Spread, regression: bool) -> str:
    mean = score_text(spread.mean, regression)
    if spread.deviation is None:
        return mean
    if regression:
        return f"{mean} ± {spread.deviation:.3f}"
    return f"{100 * spread.mean:.1f} ± {100 * spread.deviation:.1f} %"


def _against(row: Row, regression: bool) -> str:
    if row.key == NETWORK or row.against is None:
        return NONE
    difference = row.against.difference
    signed = f"{difference:+.3f}" if regression else words.points(100 * difference)
    says = words.OUTCOMES[row.better]
    sign = {1: "worse", -1: "better", 0: "even"}[row.better]
    signed = signed.replace("-", "−")
    return f'{signed}<small class="compare-{sign}">{says}, {escape(p_text(row.against.p))}</small>'


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return NONE
    deviation = "" if spread.deviation is None else f" ± {spread.deviation:.2f}"
    return f"{spread.mean:.3f}{deviation}"


def _time(seconds: float | None) -> str:
    return NONE if seconds is None else words.time(seconds)


def _bytes(count: float | None) -> str:
    return NONE if count is None else words.size(count)


def pictures(shown: Sequence[tuple[Row, str, str]], regression: bool) -> str:
    """Each model's picture, a data URI, with its name, its score and a line of words, in a grid."""
    cards = []
    for row, source, said in shown:
        score = "" if row.score is None else score_text(row.score.mean, regression)
        own = " compare-own" if row.key == NETWORK else ""
        alt = words.picture(row.name, score, regression)
        cards.append(
            f'<figure class="compare-card{own}"><figcaption><span>{escape(row.name)}</span>'
            f"<b>{score}</b></figcaption>"
            f'<img src="{source}" alt="{escape(alt)}">'
            f"{f'<p>{escape(said)}</p>' * bool(said)}</figure>"
        )
    return f'<div class="compare-pictures">{"".join(cards)}</div>'


def footprint(found: Mapping[str, object]) -> str:
    """What each package takes before it has done anything."""
    lines = []
    rows = found["packages"]
    assert isinstance(rows, list)
    for row in rows:
        name = f"<code>import {escape(row['module'])}</code> {escape(row['version'])}"
        cells = f'<td colspan="3" class="compare-reason">{words.NOT_INSTALLED}</td>'
        if row["disk"] is not None:
            numbers = _bytes(row["disk"]), _time(row["seconds"]), _bytes(row["resident"])
            cells = "".join(f"<td>{number}</td>" for number in numbers)
        own = ' class="compare-own"' if row["module"] == "engine" else ""
        lines.append(f'<tr{own}><th scope="row">{name}</th>{cells}</tr>')
    caption, heads = words.FOOTPRINT
    return _table(caption, ["", *heads], lines)


def claims(found: Mapping[str, object]) -> str:
    """What the first project of this kind claimed, beside what was measured here."""
    rows = found["claims"]
    assert isinstance(rows, list)
    lines = [
        f'<tr><th scope="row">{escape(row["claim"])}</th>'
        f'<td class="compare-words">{escape(row["measured"])}</td></tr>'
        for row in rows
    ]
    caption, (claimed, found_here) = words.CLAIMS
    heads = f'<th scope="col">{claimed}</th><th scope="col" class="compare-words">{found_here}</th>'
    return _framed(caption, heads, lines)


FORMULA: Final = (
    r"t = \frac{\bar d}{\sqrt{\left(\frac1J + \frac{n_\text{test}}{n_\text{train}}\right)"
    rf"\hat\sigma_d^2}}}}, \qquad J - 1 \text{{ {words.DEGREES}}}"
)
