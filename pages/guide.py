"""What is on the Playground's screen, how to drive it, and the mathematics behind each choice."""

import streamlit as st

from playground import guide_words as words
from playground import page
from playground.backprop import words as backprop_words
from playground.compare import words as compare_words
from playground.digits import words as digits_words
from playground.gradient_flow import words as flow_words
from playground.learning_rate.words import VIEWS
from playground.learning_rate.words.explanations import EXPLANATIONS
from playground.lessons import words as lessons_words
from playground.live import keys
from playground.reference import tables
from playground.settings.config import PARTS, Config
from playground.ui import lecture, widgets

page.frame(words.GUIDE)
lecture.switch()
with st.container(width=860):
    st.header(words.GUIDE)
    look, rules, rates, *page_tabs, maths = widgets.tabs("guide")
with look:
    st.markdown(words.SCREEN)
with rules:
    st.markdown(words.RULES)
    st.subheader(words.ROOM)
    st.markdown(words.room(PARTS, Config.hide))
    st.subheader(words.KEYS)
    st.markdown(words.SPACE)
    st.markdown(keys.as_table())
with rates:
    for view, explained in EXPLANATIONS.items():
        st.subheader(VIEWS[view])
        st.markdown(explained.look)
        for latex, line in explained.formulas:
            st.latex(latex)
            st.caption(line)
        st.caption(explained.source)
for tab, guide in zip(
    page_tabs,
    (
        flow_words.GUIDE,
        backprop_words.GUIDE,
        digits_words.GUIDE,
        compare_words.GUIDE,
        lessons_words.GUIDE,
    ),
    strict=True,
):
    with tab:
        for heading, said in guide.items():
            st.subheader(heading)
            st.markdown(said)
with maths:
    st.markdown(words.BACKPROP)
    for line in (
        r"\frac{\partial L}{\partial W} = A_{\text{in}}^\top \, dZ",
        r"\frac{\partial L}{\partial b} = \sum_{i=1}^{B} dZ_i",
        r"dA_{\text{in}} = dZ \, W^\top",
    ):
        st.latex(line)
    for title, formulas in tables().items():
        with st.expander(title):
            for formula in formulas:
                name, body = st.columns([1, 3])
                name.markdown(f"**{formula.label}**  \n{formula.source}")
                body.latex(formula.latex)
