"""Gradient flow: what depth and the initial weights do to signals and gradients, live."""

import streamlit as st

from playground import page
from playground.gradient_flow import layout
from playground.gradient_flow.comparison import OWN_TO_EACH
from playground.ui import controls

page.frame("Gradient flow")
page.show_notices()
layout.draw()
with st.sidebar:
    controls.sidebar(layout.playing, without=OWN_TO_EACH)
