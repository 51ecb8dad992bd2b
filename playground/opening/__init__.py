"""The first picture: what a page's HTML brings along, so that nothing waits for Streamlit.

Streamlit's page is empty until its scripts are there and its server has answered. Every page's HTML
is given the outline of that page, and the views' scripts to load meanwhile; the Playground's is
given the view's first message too, for the settings of its link. static/live/mount.js shows it and
hands it over to Streamlit.
"""
