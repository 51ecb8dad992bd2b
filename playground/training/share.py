"""What a person needs to give a moment of a run away: a link, what it holds, a QR code of it."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlencode

from playground.runs.experiment import Experiment
from playground.runs.recipe import MOST_LETTERS, Recipe

_ADDRESS: Final = re.compile(r"https?://[!-~]{1,300}")  # of the page, as its browser knows it
_QUIET: Final = 4  # modules around a QR code (ISO/IEC 18004, 6.3.8)


def share(experiment: Experiment, address: object) -> dict[str, Any]:
    """The link of the run on show, what it holds in words, and its QR code as an SVG's address.

    `address` is that of the page, without what follows it. Where the way to this moment is too long
    for a link of `MOST_LETTERS`, the link holds the settings alone, and the words say so.
    """
    page = address if isinstance(address, str) and _ADDRESS.fullmatch(address) else ""
    page = re.split("[?#]", page)[0]
    plain = _link(page, experiment.config.to_query())
    try:
        recipe = Recipe.of(experiment)
    except ValueError as error:
        return _shared(plain, _without(str(error)))
    if not recipe.steps and not recipe.diverged:
        return _shared(plain, "This link opens the run at its start.", whole=True)
    link = _link(page, {**experiment.config.to_query(), "run": recipe.text()})
    if len(link) >= MOST_LETTERS:
        long = f"with {_changes(recipe.count)} on the way it takes {len(link):,} characters"
        return _shared(plain, _without(long))
    return _shared(link, f"This link opens the run {_moment(experiment, recipe)}.", whole=True)


def _shared(link: str, words: str, *, whole: bool = False) -> dict[str, Any]:
    import segno  # nobody who shares nothing waits for it

    code = segno.make(link, error="l", micro=False)
    drawn = code.svg_data_uri(border=_QUIET, dark="#000", light="#fff", omitsize=True)
    return {"link": link, "words": words, "whole": whole, "qr": drawn}


def _link(page: str, query: dict[str, str]) -> str:
    return f"{page}?{urlencode(query, safe=',')}" if query else page


def _moment(experiment: Experiment, recipe: Recipe) -> str:
    trainer = experiment.trainer
    place = f"{trainer.progress:,.2f}".removesuffix(".00")
    where = f"at epoch {place}{', where it diverged' if recipe.diverged else ''}"
    return f"{where}, with {_changes(recipe.count)} on the way" if recipe.count else where


def _changes(count: int) -> str:
    return "1 change" if count == 1 else f"{count:,} changes"


def _without(why: str) -> str:
    return (
        f"This moment is too much for a link: {why}. The link holds the settings of now alone,"
        " and opens a run at its start."
    )
