"""The backprop page below its links: the network, the way through it, checks, and bugs."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache, partial
from typing import Final

import streamlit as st

from playground.backprop import words
from playground.backprop.bug_report import examine
from playground.backprop.bugs import BUGS
from playground.backprop.checks import TOLERANCE, Check, check
from playground.backprop.figures import v_curve as v_figure
from playground.backprop.network import network_of
from playground.backprop.settings import BUG_LABELS, NO_BUG, BackpropSettings
from playground.backprop.step import place_of, source_of
from playground.backprop.steps import trace_of
from playground.backprop.table import arrays_html, lengths, node_html
from playground.backprop.v_curve import VCurve, v_curve
from playground.backprop.view import GraphView, StepsView
from playground.backprop.words import rules, steps
from playground.live.component import STATIC
from playground.ui import fragment, session, widgets

KEY: Final = "view-backprop"
STEPS_KEY: Final = "view-steps"


def draw() -> None:
    st.html(STATIC / "backprop.css")
    with st.container(key="page-head-backprop", gap="small"):
        st.markdown(words.LOOK)
    with st.container(key="page-controls-backprop", horizontal=True, vertical_alignment="top"):
        _controls()
    _trace()


def _controls() -> None:
    widgets.boxed(widgets.choice, "walk_network")
    if not session.settings(BackpropSettings).by_shapes:
        widgets.boxed(widgets.number, "walk_inputs", 1)
        widgets.boxed(widgets.listed, "walk_layers")
        widgets.boxed(widgets.number, "walk_outputs", 1)
        widgets.boxed(widgets.choice, "walk_loss")
    widgets.boxed(widgets.choice, "walk_activation")
    widgets.boxed(widgets.number, "walk_batch", 1)
    widgets.boxed(widgets.number, "walk_seed", 1)
    widgets.boxed(widgets.number, "walk_rate", 0.1)
    widgets.boxed(widgets.choice, "walk_bug")


# ---- the trace -----------------------------------------------------------------------------


@st.fragment
def _trace() -> None:
    """What changes with each step; reruns alone."""
    session.write_url()
    with st.container(key="backprop-steps"):
        fragment.draw(STEPS_KEY, StepsView, BackpropSettings)
    above = st.container()  # the graph may still be asked for a node
    view = fragment.draw(KEY, GraphView, BackpropSettings)
    settings, step = session.settings(BackpropSettings), view.trace.steps[view.step]
    left, right = above.columns([3, 2])
    with left:
        _say_bug(settings, view)
        _show(view)
    with right:
        st.caption(steps.code_of(place_of(step), step.faulty))
        with st.container(height=260, border=False):  # its button to copy lets the keyboard in
            st.code(source_of(step), language="python", wrap_lines=True)
    _node(view)
    checked, broken = st.tabs([words.CHECK, words.BUG])
    with checked:
        _checks(settings)
    with broken:
        _bug(settings)


def _say_bug(settings: BackpropSettings, view: GraphView) -> None:
    """That a bug is on, and what this step has to do with it."""
    if settings.walk_bug == NO_BUG:
        return
    step, touched = view.trace.steps[view.step], bool(view.corrected)
    if step.faulty:
        says = rules.BUG_HERE if touched else rules.BUG_HERE_UNSEEN
    elif touched:
        says = rules.BUG_BEFORE
    else:
        says = rules.BUG_ELSEWHERE
    with st.container(key="backprop-bug"):
        draw = st.warning if step.faulty or touched else st.info
        draw(rules.bug_is_on(BUG_LABELS[settings.walk_bug], says), icon=":material/bug_report:")


def _show(view: GraphView) -> None:
    step = view.trace.steps[view.step]
    with st.container(key="backprop-formula", border=True, gap="small"):
        st.subheader(step.title, anchor=False)
        st.markdown(step.sentence)
        st.latex(step.symbols)
        if step.numbers and step.numbers != step.symbols:
            st.latex(step.numbers)
        if step.error:
            st.error(steps.numpy_stops(step.error), icon=":material/error:")
        if step.faulty:
            st.caption(steps.WITHOUT_BUG)
            st.latex(view.right.steps[view.step].symbols)
        st.html(arrays_html(step, view.corrected))


def _node(view: GraphView) -> None:
    """What is known of the picked node: its formula, local derivatives, arriving gradients."""
    if view.picked is None:
        return
    node = view.graph.nodes[view.picked]
    with st.container(key="backprop-node", border=True, gap="small"):
        st.markdown(words.node(node.array or node.operation, lengths(node.value)))
        if node.formula:
            st.latex(node.formula)
        for line in node.local:
            st.latex(line)
        if node.fans_out:
            st.markdown(words.fans_out(len(node.arriving)))
        elif not node.local:
            st.markdown(words.NODE_GIVEN)
        known = view.picked in view.graph.gradients_known(view.step)
        if known and node.broken:
            st.markdown(words.NODE_BROKEN)
        elif known and node.wrong:
            st.markdown(words.NODE_WRONG)
        st.html(node_html(node, known))


# ---- checks -------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _check_of(settings: BackpropSettings) -> Check:
    return check(trace_of(settings), settings.h)


@lru_cache(maxsize=64)
def _v_of(settings: BackpropSettings) -> VCurve:
    return v_curve(network_of(settings))


def _checks(settings: BackpropSettings) -> None:
    at_start = replace(settings, walk_step=0)  # what they depend on, and no more
    found = _check_of(at_start)
    st.markdown(words.CHECKED)
    left, right = st.columns([3, 2])
    with left:
        st.table(_rows(found))
        kinks = sum(row.kinks for row in found.parameters)
        if kinks:
            st.caption(words.kinks(kinks))
        for reason in {row.missing["torch"] for row in found.parameters if "torch" in row.missing}:
            st.caption(f"{reason[:1].upper()}{reason[1:]}.")
        for reason in dict.fromkeys(row.missing.get("trace", "") for row in found.parameters):
            names = [f"d{r.name}" for r in found.parameters if r.missing.get("trace") == reason]
            if names:
                st.caption(words.missing(reason, names))
        if any(value > TOLERANCE for value in found.largest.values()):
            st.caption(words.marked(TOLERANCE))
    with right:
        widgets.slider("walk_h", 0.5)
        curve = _v_of(replace(at_start, walk_h=BackpropSettings().walk_h, walk_bug=NO_BUG))
        said = words.v_curve(curve.best, curve.predicted)
        figure = v_figure(curve, settings.h)
        st.plotly_chart(figure, key="walk_v", alt=said, config={"displaylogo": False})
        st.caption(said)


def _rows(found: Check) -> list[dict[str, str]]:
    shown = [name for name in words.COLUMNS if name != "layers"]
    rows = [
        {
            words.PARAMETER: row.name,
            words.SHAPE: " × ".join(map(str, row.shape)),
            **{words.COLUMNS[name]: _difference(row.differences.get(name)) for name in shown},
        }
        for row in found.parameters
    ]
    largest = {words.COLUMNS[name]: _difference(found.largest.get(name)) for name in shown}
    return [*rows, {words.PARAMETER: words.LARGEST, words.SHAPE: "", **largest}]


def _difference(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "–"
    mark = "✗ " if value > TOLERANCE else ""
    return f"{mark}{value:.1e}" if value else "0"


def _bug(settings: BackpropSettings) -> None:
    if settings.walk_bug == NO_BUG:
        st.markdown(words.CHOOSE_BUG)
        st.table(
            [
                {words.BUG_COLUMN: bug.label, words.DOES_COLUMN: bug.sentence}
                for bug in BUGS.values()
            ]
        )
        return
    report = examine(network_of(settings), settings.walk_bug)
    st.markdown(words.bug(report.bug.label, report.bug.sentence))
    if report.outcome == "invisible":
        st.info(words.invisible(report.message), icon=":material/visibility_off:")
    elif report.outcome == "stopped":
        st.error(words.stopped(report.message), icon=":material/error:")
    else:
        st.error(words.caught(report.message), icon=":material/error:")
    with st.container(horizontal=True):
        st.button(
            words.TO_BUG,
            key="walk_to_bug",
            on_click=partial(session.change, walk_step=report.step),
        )
        quiet = report.bug.quiet
        other = any(getattr(settings, name) != value for name, value in quiet.items())
        if other and st.button(words.QUIET, key="walk_quiet"):
            session.change(**quiet)
            st.rerun()  # the network's controls lie outside of this fragment
