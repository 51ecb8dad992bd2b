"""Gradient flow: what depth and the initial weights do to signals and gradients, live."""

import streamlit as st

from playground import page
from playground.gradient_flow import layout as desk
from playground.gradient_flow.view import LANES_OWN
from playground.ui import controls

page.frame("Gradient flow")
page.show_notices()
desk.draw()
with st.sidebar:
    controls.sidebar(desk.playing, without=LANES_OWN)
