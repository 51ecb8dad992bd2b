"""The learning rate: why it diverges, shown live, predicted, and proven."""

import streamlit as st

from playground import controls, page
from playground.rates import desk
from playground.rates.settings import RateSettings

page.frame("Learning rate", RateSettings)
page.show_notices()
desk.draw()
with st.sidebar:
    controls.sidebar(desk.playing)
