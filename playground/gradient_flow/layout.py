"""The gradient-flow page below its links: presets, words, controls, and the networks at work."""

from __future__ import annotations

from typing import Final

import streamlit as st

from playground.gradient_flow import words
from playground.gradient_flow.presets import PRESETS
from playground.gradient_flow.settings import NETWORKS, GradientFlowSettings
from playground.gradient_flow.theory import BACKWARD, FORWARD
from playground.gradient_flow.view import FlowView
from playground.ui import lecture, session, widgets
from playground.ui.fragment import show

KEY: Final = "view-flow"
_NUMBERS: Final = {
    "flow_scales": words.SCALE,
    "flow_rates": words.RATE,
    "flow_clips": words.CLIP,
}


def draw() -> None:
    with st.container(key="page-head-flow", gap="small"):
        with st.container(key="page-views-flow", horizontal=True, vertical_alignment="center"):
            widgets.segments("flow_over_epochs", label_visibility="collapsed")
            with st.popover(words.THE_NETWORKS, type="tertiary"):
                _controls()
            _theory()
        lecture.row("flow", PRESETS, GradientFlowSettings, words.LOOK)
    show(KEY, lambda: FlowView(recipe=session.take_recipe()), GradientFlowSettings)


def playing() -> bool:
    return session.plays(KEY)


def _theory() -> None:
    with st.popover(words.THEORY, type="tertiary"):
        for derivation in (FORWARD, BACKWARD):
            st.markdown(f"**{derivation.title}**")
            for line in derivation.lines:
                st.latex(line)
            st.caption(f"{derivation.words} {derivation.source}.")


def _controls() -> None:
    with st.container(key="page-controls-flow", horizontal=True, vertical_alignment="bottom"):
        widgets.slider("flow_depth", 1)
        widgets.slider("flow_width", 1)
        widgets.choice("flow_distribution")
    settings = session.settings(GradientFlowSettings)
    networks = len(settings.flow_activations)
    for number in range(1, networks + 1):
        with st.container(
            key=f"page-controls-flow-{number}", horizontal=True, vertical_alignment="bottom"
        ):
            widgets.choice_of("flow_activations", number, words.numbered(words.ACTIVATION, number))
            widgets.choice_of("flow_inits", number, words.numbered(words.INIT, number))
            for name, label in _NUMBERS.items():
                widgets.number_of(name, number, words.numbered(label, number), format="%g")
    with st.container(horizontal=True):
        for label, key, icon, count in (
            (words.ADD, "add_network", "add", networks + 1),
            (words.REMOVE, "remove_network", "close", networks - 1),
        ):
            st.button(
                label,
                key=key,
                icon=f":material/{icon}:",
                on_click=_resize,
                args=(count,),
                disabled=not NETWORKS[0] <= count <= NETWORKS[1],
                type="tertiary",
            )


def _resize(networks: int) -> None:
    now: tuple[str, ...] = session.value("flow_activations")
    grown = (now + now[-1:] * networks)[:networks]
    session.change(flow_activations=grown)
