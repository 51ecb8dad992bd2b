"""The Playground: choose a network and data, press Play, watch it learn."""

import streamlit as st

from playground import controls, page, session
from playground.live.view import live

page.frame("Playground")
session.current()
page.show_notices()
with st.sidebar:
    controls.sidebar()
live()
