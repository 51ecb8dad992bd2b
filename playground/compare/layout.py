"""The page that compares models, below its links: controls, progress, pictures, tables, curves."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import plotly.graph_objects as go
import streamlit as st

from playground.compare import figures, footprint, tables, words
from playground.compare.comparison import Comparison, comparison_of, leave_others
from playground.compare.models import REGISTRY, UNUSED
from playground.compare.pictures import SHOWN, picture
from playground.compare.problem import problem_of
from playground.compare.results import LEVEL, Row, as_csv, rows, verdict
from playground.compare.settings import MODELS, NETWORK, CompareSettings
from playground.live.component import STATIC
from playground.settings.config import Config
from playground.settings.fields import BoolField, ChoiceField, NumbersField
from playground.ui import controls, session, widgets

FIRST: Final = "three-spiral"  # the data set of a page that is opened without a link
_POLL_SECONDS: Final = 0.7


def begin() -> None:
    """Take the three-armed spiral where the session begins here, without a word in the link."""
    now = session.current()
    if not st.query_params and now.config == Config():
        session.take(Config.for_dataset(FIRST))


def draw() -> None:
    """The whole page below its links."""
    begin()
    st.html(STATIC / "compare.css")
    config, settings = session.current().config, session.settings(CompareSettings)
    with st.container(key="page-head-compare", gap="small"):
        _controls()
        _models(config, settings)
    try:
        comparison = comparison_of(config, settings)
    except ValueError as error:
        leave_others(session.current(), None)
        st.warning(f"{error}.", icon=":material/call_split:")
    else:
        leave_others(session.current(), comparison)
        if comparison.joined(session.current()) and comparison.error is None:
            _join(comparison)  # it may have stopped while this viewer was away for a moment
        polls = _POLL_SECONDS if comparison.running else None
        st.fragment(_live, run_every=polls)(comparison, polls is not None)
        with st.container(key="compare-curves"):
            _curves(comparison)
    with st.container(key="compare-footprint"):
        _footprint()


def sidebar() -> None:
    """The Config's controls that do something here."""
    with st.sidebar:
        controls.sidebar(lambda: False, UNUSED)


# ---- controls ---------------------------------------------------------------------------------


def _controls() -> None:
    """What the page asks, and how it finds out: one line, so that the pictures are near."""
    with st.container(key="page-controls-compare", horizontal=True, vertical_alignment="center"):
        st.markdown(words.LOOK)
        with st.popover(words.SPLITS, type="tertiary"):
            widgets.boxed(widgets.number, "compare_splits", 1)
            widgets.boxed(widgets.number, "compare_test", 5)
            widgets.boxed(widgets.switch, "compare_standardize")
        with st.popover(words.TAKE_PART, type="tertiary"):
            widgets.boxed(widgets.pills, "compare_models")
        with st.popover(words.MEASURED, type="tertiary"):
            st.markdown(words.method(LEVEL))
            st.latex(tables.FORMULA)
            st.caption(words.SOURCE)
            st.caption(words.COSTS)


def _models(config: Config, settings: CompareSettings) -> None:
    """A popover for each model with its settings, and which of them take part."""
    with st.container(key="compare-models", horizontal=True, gap="small"):
        for key, model in REGISTRY.items():
            changed = not settings.differing(CompareSettings()).isdisjoint(model.controls)
            with st.popover(model.name(config.task) + " ∗" * changed):
                if key == NETWORK:
                    st.markdown(words.OUR_SETTINGS)
                for name, step in model.controls.items():
                    _control(name, step)


def _control(name: str, step: float | None) -> None:
    kinds = {BoolField: widgets.switch, ChoiceField: widgets.choice, NumbersField: widgets.listed}
    draw_widget = kinds.get(type(session.spec(name)))
    if draw_widget is not None:
        widgets.boxed(draw_widget, name)
    else:
        widgets.boxed(widgets.number, name, step)


def _join(comparison: Comparison) -> None:
    comparison.join(session.current(), session.watched())


# ---- what is known so far ---------------------------------------------------------------------


def _live(comparison: Comparison, polls: bool) -> None:
    """Bar, verdict, pictures and table; the fragment looks for news only while there is work.

    Where there is room the verdict stands beside the pictures, so that both are seen in one look.
    """
    found = rows(comparison)
    running = comparison.running  # before anything is drawn: what is drawn is at least as new
    _bar(comparison, running)
    regression, said = not comparison.problem.n_classes, verdict(comparison)
    with st.container(key="compare-look"):
        if said:
            with st.container(key="compare-verdict"):
                st.markdown("\n\n".join(said))
        with st.container(key="compare-shown", gap="xsmall"):
            st.html(tables.pictures([_picture(comparison, row) for row in found], regression))
            st.caption(_legend(comparison))
    st.html(tables.scores(found, comparison.settings.compare_splits, regression))
    for row in found:
        if row.note:
            st.caption(f"{row.name}: {row.note}.")
    if polls and not running:
        st.rerun()  # the whole page, which stops asking


def _bar(comparison: Comparison, running: bool) -> None:
    joined = comparison.joined(session.current())
    with st.container(key="compare-bar", horizontal=True, vertical_alignment="center"):
        if running and joined:
            if st.button(words.STOP, key="compare_stop", icon=":material/stop:"):
                comparison.leave(session.current())
                st.rerun()
        elif not comparison.finished:
            label = words.GO_ON if comparison.begun else words.FIT
            icon = ":material/play_arrow:"
            if st.button(label, key="compare_start", icon=icon, type="primary"):
                _join(comparison)
                st.rerun()
        if running:
            st.progress(comparison.progress, _under_way(comparison))
        elif comparison.error is not None:
            st.error(words.stopped_early(comparison.error), icon=":material/error:")
        else:
            st.markdown(_at_rest(comparison), width="content")
        if not running and comparison.begun:
            st.download_button(
                words.CSV,
                as_csv(comparison),
                f"compare-{comparison.config.dataset}.csv",
                "text/csv",
                key="compare_csv",
                icon=":material/download:",
                on_click="ignore",
            )


def _under_way(comparison: Comparison) -> str:
    task = comparison.task
    if task is None:
        return words.ALMOST
    name = REGISTRY[task.model].name(comparison.problem.task)
    what = words.of_splits(task.split + 1, comparison.settings.compare_splits)
    if task.size is not None:
        what = words.of_curve(task.size)
    return words.fitting(name, what, waits=comparison.ahead > 0)


def _at_rest(comparison: Comparison) -> str:
    train, test = comparison.problem.sizes
    said = words.parted(comparison.settings.compare_splits, train, test)
    if comparison.finished or not comparison.begun:
        return said
    return words.stopped(comparison.progress, said)


def _picture(comparison: Comparison, row: Row) -> tuple[Row, str, str]:
    fits = comparison.fits[row.key]
    if fits and fits[0].looks is not None:
        return row, fits[0].looks.picture, ""
    waiting = words.NO_FIGURES if row.reason else words.NOT_YET
    settings = comparison.settings
    return row, _points(comparison.config, settings.compare_splits, settings.compare_test), waiting


@lru_cache(maxsize=8)
def _points(config: Config, splits: int, test_share: float) -> str:
    """The picture of the points alone."""
    problem = problem_of(config, splits, test_share)
    return picture(problem, problem.splits[0][1])


def _legend(comparison: Comparison) -> str:
    problem = comparison.problem
    return words.legend(problem.n_classes, len(problem.y), SHOWN, problem.extent)


def _curves(comparison: Comparison) -> None:
    """The learning curve and the calibration plot of the two models that are chosen."""
    settings = session.settings(CompareSettings)
    st.subheader(words.CLOSER, anchor=False)
    with st.container(key="page-controls-pair", horizontal=True, vertical_alignment="bottom"):
        widgets.choice("compare_first")
        widgets.choice("compare_second")
    if comparison.running:
        st.caption(words.NOT_DRAWN)
        return
    chosen = dict.fromkeys((settings.compare_first, settings.compare_second))
    pair = [name for name in chosen if comparison.fits.get(name)]
    for name in chosen:
        if name not in pair:
            why = comparison.refused.get(name) or words.NOT_FITTED
            st.caption(words.no_curves(MODELS[name], why))
    if not pair:
        return
    left, right = st.columns(2)
    with left:
        st.markdown(words.CURVE)
        _chart(figures.learning_curve(comparison, pair), "compare_curve")
    with right:
        _calibration(comparison, pair)


def _calibration(comparison: Comparison, pair: list[str]) -> None:
    st.markdown(words.CALIBRATION)
    if not comparison.problem.n_classes:
        st.info(words.NO_CALIBRATION)
        return
    silent = [name for name in pair if comparison.fits[name][0].bins is None]
    if len(silent) < len(pair):
        _chart(figures.calibration(comparison, pair), "compare_calibration")
    for name in silent:
        st.caption(words.no_probabilities(MODELS[name]))


def _chart(figure: go.Figure, key: str) -> None:
    options = {"displaylogo": False, "displayModeBar": False}
    st.plotly_chart(figure, key=key, alt=figures.in_words(figure), config=options)


def _footprint() -> None:
    found = footprint.measured()
    st.subheader(words.FRAMEWORKS, anchor=False)
    left, right = st.columns(2)
    with left:
        st.html(tables.footprint(found))
    with right:
        st.html(tables.claims(found))
    st.caption(words.footprint(found["date"], found["machine"]))
