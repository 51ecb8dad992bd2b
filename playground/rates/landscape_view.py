"""The landscape on the page: the slice from above and in 3-D, with the path that was taken."""

from __future__ import annotations

from functools import lru_cache

import streamlit as st

from playground import session
from playground.config import FIELDS, Config
from playground.figures.landscape import contour, surface
from playground.gate import GATE
from playground.rates.landscape import Slice, Trajectory, plane, record, slice_
from playground.rates.settings import RateSettings


def draw() -> None:
    """The view for the settings of now."""
    config, kind = _what_counts(session.current().config), session.settings(RateSettings).plane
    try:
        with st.spinner(f"Training {config.epochs:,} epochs and slicing the loss…"):
            found = sliced(config, kind)
    except ValueError as error:
        st.warning(f"{str(error).capitalize()}.", icon=":material/landscape_2_off:")
        return
    st.markdown(found.sentence)
    left, right = st.columns(2)
    options = {"displaylogo": False}
    with left:
        st.plotly_chart(contour(found), key="landscape_contour", config=options)
    with right:
        st.plotly_chart(surface(found), key="landscape_surface", config=options)


def _what_counts(config: Config) -> Config:
    """The Config with what only changes how a run is shown at its default."""
    shown = ("log_loss", "discretize", "show_test", "speed")
    return Config(
        **{name: getattr(config.defaults if name in shown else config, name) for name in FIELDS}
    )


@lru_cache(maxsize=8)  # a path holds up to 4 MB
def trained(config: Config) -> Trajectory:
    """The path of the Config's run."""
    return record(config)


@lru_cache(maxsize=32)
def sliced(config: Config, kind: str) -> Slice:
    """The slice of this kind through the end of the Config's run."""
    with GATE.turn():
        path = trained(config)
        return slice_(path, plane(kind, path, seed=config.seed))
