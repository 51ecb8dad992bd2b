"""The Playground: choose a network and data, press Play, watch it learn."""

import streamlit as st

from playground import controls, page, session
from playground.live.view import live

page.frame("Playground")
page.show_notices()
live()  # before the sidebar, so that the charts come first
with st.sidebar:
    controls.sidebar(lambda: session.current().runner.playing)
