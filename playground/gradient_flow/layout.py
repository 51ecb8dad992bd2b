"""The gradient-flow page below its links: presets, words, controls, and the networks at work."""

from __future__ import annotations

from typing import Final

import streamlit as st

from playground.gradient_flow.presets import PRESETS
from playground.gradient_flow.settings import NETWORKS, GradientFlowSettings
from playground.gradient_flow.theory import BACKWARD, FORWARD
from playground.gradient_flow.view import FlowView
from playground.ui import lecture, session, widgets
from playground.ui.fragment import show

KEY: Final = "view-flow"
LOOK: Final = (
    "Deep networks that differ in nothing but what you choose here, trained side by side from one "
    "seed. In a healthy one every row of the map keeps its colour from the first layer to the "
    "last; where rows fade towards the top, gradients vanish on their way back, and those layers "
    "learn next to nothing."
)
_NUMBERS: Final = {
    "flow_scales": "Scale",
    "flow_rates": "Learning rate",
    "flow_clips": "Clipping",
}


def draw() -> None:
    with st.container(key="page-head-flow", gap="small"):
        with st.container(key="page-views-flow", horizontal=True, vertical_alignment="center"):
            widgets.segments("flow_over_epochs", label_visibility="collapsed")
            _theory()
        lecture.row("flow", PRESETS, GradientFlowSettings, LOOK)
    _controls()
    show(KEY, FlowView, GradientFlowSettings)


def playing() -> bool:
    return session.plays(KEY)


def _theory() -> None:
    with st.popover("Theory and sources", type="tertiary"):
        for title, derivation in (("Forward", FORWARD), ("Backward", BACKWARD)):
            st.markdown(f"**{title}**")
            for line in derivation.lines:
                st.latex(line)
            st.caption(f"{derivation.words} {derivation.source}.")


def _controls() -> None:
    with st.container(key="page-controls-flow", horizontal=True, vertical_alignment="bottom"):
        widgets.slider("flow_depth", 1)
        widgets.slider("flow_width", 1)
        widgets.choice("flow_distribution")
    with st.expander("The networks", expanded=False, type="compact"):
        settings = session.settings(GradientFlowSettings)
        networks = len(settings.flow_activations)
        for number in range(1, networks + 1):
            with st.container(
                key=f"page-controls-flow-{number}", horizontal=True, vertical_alignment="bottom"
            ):
                widgets.choice_of("flow_activations", number, f"Activation {number}")
                widgets.choice_of("flow_inits", number, f"Initial weights {number}")
                for name, label in _NUMBERS.items():
                    widgets.number_of(name, number, f"{label} {number}", format="%g")
        with st.container(horizontal=True):
            for label, key, icon, count in (
                ("Add a network", "add_network", "add", networks + 1),
                ("Remove the last", "remove_network", "close", networks - 1),
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
