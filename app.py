"""The Playground: choose a network and data, press Play, watch it learn."""

import streamlit as st

from playground import page
from playground.opening.middleware import middleware
from playground.training import layout as desk

if __name__ == "__main__":  # a viewer's run of the page
    page.frame("Playground")
    page.show_notices()
    desk.draw()
else:  # the server's start
    app = st.App(__file__, middleware=middleware())
