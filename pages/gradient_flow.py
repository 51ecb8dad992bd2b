"""Gradient flow: what depth and the initial weights do to signals and gradients, live."""

import streamlit as st

from playground import controls, page
from playground.flow import desk
from playground.flow.view import LANES_OWN

page.frame("Gradient flow")
page.show_notices()
desk.draw()
with st.sidebar:
    controls.sidebar(desk.playing, without=LANES_OWN)
