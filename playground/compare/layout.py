"""The page that compares models, below its links: controls, progress, pictures, tables, curves."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import streamlit as st

from playground.compare import figures, footprint, tables
from playground.compare.comparison import Comparison, comparison_of, leave_others
from playground.compare.models import REGISTRY, UNUSED
from playground.compare.pictures import SHOWN, picture
from playground.compare.problem import problem_of
from playground.compare.results import Row, as_csv, rows, verdict
from playground.compare.settings import MODELS, NETWORK, CompareSettings
from playground.live.component import STATIC
from playground.settings.config import Config
from playground.settings.fields import BoolField, ChoiceField, NumbersField
from playground.ui import controls, session, widgets

TITLE: Final = "Compare"
FIRST: Final = "three-spiral"  # the data set of a page that is opened without a link
LOOK: Final = (
    "The same points, learned by our network and by scikit-learn's models, measured on the same "
    "splits: who is better, by more than chance?"
)
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
        st.markdown(LOOK)
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
        _curves(comparison)
    _footprint()


def sidebar() -> None:
    """The Config's controls that do something here."""
    with st.sidebar:
        controls.sidebar(lambda: False, UNUSED)


# ---- controls ---------------------------------------------------------------------------------


def _controls() -> None:
    with st.container(key="page-controls-compare", horizontal=True, vertical_alignment="bottom"):
        widgets.boxed(widgets.number, "compare_splits", 1)
        widgets.boxed(widgets.number, "compare_test", 5)
        widgets.boxed(widgets.switch, "compare_standardize")
        with st.popover("Which take part", type="tertiary"):
            widgets.boxed(widgets.pills, "compare_models")
        with st.popover("How it is measured", type="tertiary"):
            st.markdown(tables.METHOD)
            st.latex(tables.FORMULA)
            st.caption(tables.SOURCE)
            st.caption(tables.COSTS)


def _models(config: Config, settings: CompareSettings) -> None:
    """A popover for each model with its settings, and which of them take part."""
    with st.container(key="compare-models", horizontal=True, gap="small"):
        for key, model in REGISTRY.items():
            changed = not settings.differing(CompareSettings()).isdisjoint(model.controls)
            with st.popover(model.name(config.task) + " ∗" * changed):
                if key == NETWORK:
                    st.markdown(
                        "Its layers and its training stand in the sidebar, and are the "
                        "Playground's. It is fitted as `playground.estimator`, which knows no "
                        "schedule, L1 penalty, clipping, scale of initial weights or other "
                        "activation by layer: those of the Playground are left out here."
                    )
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
    """Bar, verdict, pictures and table; the fragment looks for news only while there is work."""
    found = rows(comparison)
    running = comparison.running  # before anything is drawn: what is drawn is at least as new
    _bar(comparison, running)
    with st.container(key="compare-verdict"):
        st.markdown("  \n".join(verdict(comparison)))
    regression = not comparison.problem.n_classes
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
            if st.button("Stop", key="compare_stop", icon=":material/stop:"):
                comparison.leave(session.current())
                st.rerun()
        elif not comparison.finished:
            label = "Go on" if comparison.begun else "Fit the models"
            icon = ":material/play_arrow:"
            if st.button(label, key="compare_start", icon=icon, type="primary"):
                _join(comparison)
                st.rerun()
        if running:
            st.progress(comparison.progress, _under_way(comparison))
        elif comparison.error is not None:
            st.error(f"It stopped early: {comparison.error}.", icon=":material/error:")
        else:
            st.markdown(_at_rest(comparison), width="content")
        if not running and comparison.begun:
            st.download_button(
                "Table as CSV",
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
        return "Almost done"
    name = REGISTRY[task.model].name(comparison.problem.task)
    what = f"split {task.split + 1} of {comparison.settings.compare_splits}"
    if task.size is not None:
        what = f"learning curve, {task.size:,} points"
    waits = ", in turn with other viewers' fits" if comparison.ahead else ""
    return f"{name}, {what}{waits}"


def _at_rest(comparison: Comparison) -> str:
    train, test = comparison.problem.sizes
    splits = f"{comparison.settings.compare_splits} splits: {train:,} points to learn from"
    words = f"{splits}, {test:,} to test on."
    if comparison.finished or not comparison.begun:
        return words
    return f"Stopped at {comparison.progress:.0%}. {words}"


def _picture(comparison: Comparison, row: Row) -> tuple[Row, str, str]:
    fits = comparison.fits[row.key]
    if fits and fits[0].looks is not None:
        return row, fits[0].looks.picture, ""
    waiting = "no figures: see the table" if row.reason else "not fitted yet"
    settings = comparison.settings
    return row, _points(comparison.config, settings.compare_splits, settings.compare_test), waiting


@lru_cache(maxsize=8)
def _points(config: Config, splits: int, test_share: float) -> str:
    """The picture of the points alone."""
    problem = problem_of(config, splits, test_share)
    return picture(problem, problem.splits[0][1])


def _legend(comparison: Comparison) -> str:
    problem = comparison.problem
    words = "First split: discs are learned from, rings are tested on"
    words += ", crosses are wrong answers." if problem.n_classes else "."
    if len(problem.y) > SHOWN:
        words += f" {SHOWN} of {len(problem.y):,} points are drawn."
    return f"{words} Both axes run from −{problem.extent:g} to {problem.extent:g}."


def _curves(comparison: Comparison) -> None:
    """The learning curve and the calibration plot of the two models that are chosen."""
    settings = session.settings(CompareSettings)
    st.subheader("Two models, closer", anchor=False)
    with st.container(key="page-controls-pair", horizontal=True, vertical_alignment="bottom"):
        widgets.choice("compare_first")
        widgets.choice("compare_second")
    if comparison.running:
        st.caption("The curves are drawn when all models are fitted.")
        return
    chosen = dict.fromkeys((settings.compare_first, settings.compare_second))
    pair = [name for name in chosen if comparison.fits.get(name)]
    for name in chosen:
        if name not in pair:
            why = comparison.refused.get(name) or "it has not been fitted"
            st.caption(f"{MODELS[name]}: no curves, {why}.")
    if not pair:
        return
    left, right = st.columns(2)
    options = {"displaylogo": False, "displayModeBar": False}
    with left:
        st.markdown("**Learning curve.** More points, better answers: how fast, and up to where?")
        st.plotly_chart(
            figures.learning_curve(comparison, pair), key="compare_curve", config=options
        )
    with right:
        _calibration(comparison, pair, options)


def _calibration(comparison: Comparison, pair: list[str], options: dict[str, bool]) -> None:
    st.markdown(
        "**Calibration.** On the diagonal a model is right as often as it says; ECE is the "
        "mean distance from it."
    )
    if not comparison.problem.n_classes:
        st.info("A regression answers with values, not with probabilities to be held to.")
        return
    silent = [name for name in pair if comparison.fits[name][0].bins is None]
    if len(silent) < len(pair):
        st.plotly_chart(
            figures.calibration(comparison, pair), key="compare_calibration", config=options
        )
    for name in silent:
        st.caption(f"{MODELS[name]} gives no probabilities; its settings have a switch for them.")


def _footprint() -> None:
    found = footprint.measured()
    st.subheader("What the frameworks take", anchor=False)
    left, right = st.columns(2)
    with left:
        st.html(tables.footprint(found))
    with right:
        st.html(tables.claims(found))
    st.caption(
        f"Measured by `python -m benchmarks.footprint` on {found['date']}: {found['machine']}. "
        "Medians of five fresh processes; a size on disk counts all that a package requires, "
        "memory is what stays resident after the import. The claims are those of the project that "
        "inspired this one."
    )
