"""The learning-rate page below its links: presets, the views, their words and controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import streamlit as st

from playground.learning_rate import landscape_view, range_view, words
from playground.learning_rate.edge_view import EdgeView
from playground.learning_rate.map_view import MapView
from playground.learning_rate.parabola_view import ParabolaView
from playground.learning_rate.presets import PRESETS
from playground.learning_rate.race_view import RaceView
from playground.learning_rate.settings import RateSettings
from playground.learning_rate.unused import optimizers, unused
from playground.learning_rate.words.explanations import EXPLANATIONS
from playground.live.view import View
from playground.settings.config import Config
from playground.ui import controls, lecture, session, share_link, widgets
from playground.ui.fragment import show


def draw() -> None:
    """The whole page below its links: views, presets, words, controls, and the view itself."""
    view = session.settings(RateSettings).view
    with st.container(key="page-views-rate", horizontal=True, vertical_alignment="center"):
        widgets.segments("view", label_visibility="collapsed")
        _formulas(view)
    with st.container(key="page-head-rate", gap="small"):
        lecture.row("rate", PRESETS, RateSettings, EXPLANATIONS[view].look)
    with st.container(key="page-controls-rate", horizontal=True, vertical_alignment="top"):
        for draw_widget in _CONTROLS[view]:
            draw_widget()
        if view in words.STILL:  # it has no bar
            share_link.button(words.STILL[view], RateSettings)
    _DRAW[view]()
    session.starts_anew()  # a view that does not move has no run to start


def sidebar() -> None:
    """The controls of the Config that do something on the view of now, or why there are none."""
    settings = session.settings(RateSettings)
    without = unused(settings)
    with st.sidebar:
        if without.issuperset(Config.FIELDS):
            st.caption(words.no_sidebar(settings.view))
        else:
            controls.sidebar(playing, without, optimizers(settings))


def playing() -> bool:
    return session.plays(_key(session.settings(RateSettings).view))


def _key(view: str) -> str:
    return f"view-{view}"


# ---- words --------------------------------------------------------------------------------


def _formulas(view: str) -> None:
    said = EXPLANATIONS[view]
    with st.popover(words.FORMULAS, type="tertiary"):
        st.markdown(said.look)
        for latex, line in said.formulas:
            st.latex(latex)
            st.caption(line)
        st.caption(said.source)


# ---- controls -----------------------------------------------------------------------------


def _race_controls() -> None:
    settings = session.settings(RateSettings)
    widgets.boxed(widgets.choice, "race")
    if settings.race == "rates" and not settings.race_rates:  # a list takes the place of these
        for draw_widget in _EVEN_RATES:
            draw_widget()
    _ENTRIES[settings.race]()
    widgets.boxed(widgets.number, "target", 0.05)


def _numbers(**steps: float) -> tuple[Callable[[], None], ...]:
    """A box for each of these settings, by the step of its buttons."""
    return tuple(partial(widgets.boxed, widgets.number, name, step) for name, step in steps.items())


_EVEN_RATES: Final = _numbers(race_low=0.01, race_high=1, race_count=1)
_ENTRIES: Final[Mapping[str, Callable[[], None]]] = {
    "rates": partial(widgets.boxed, widgets.listed, "race_rates"),
    "momenta": partial(widgets.boxed, widgets.listed, "race_momenta"),
    "optimizers": partial(widgets.boxed, widgets.pills, "race_optimizers"),
    "batch_sizes": partial(widgets.boxed, widgets.listed, "race_batches"),
}
_CONTROLS: Final[Mapping[str, tuple[Callable[[], None], ...]]] = {
    "parabola": _numbers(step_size=0.05, curvature=0.5, heavy_ball=0.05, condition=1),
    "race": (_race_controls,),
    "range": _numbers(range_low=1e-4, range_high=1, range_count=10, range_steps=1),
    "edge": (),
    "landscape": (partial(widgets.boxed, widgets.choice, "plane"),),
    "map": (
        partial(widgets.boxed, widgets.choice, "map_axis"),
        *_numbers(map_low=0.001, map_high=1, map_rates=1, map_values=1, map_epochs=50),
    ),
}


def _shown(key: str, make: Callable[[], View]) -> Callable[[], None]:
    return partial(show, _key(key), make, RateSettings)


_DRAW: Final[Mapping[str, Callable[[], None]]] = {
    "parabola": _shown("parabola", lambda: ParabolaView(recipe=session.take_recipe())),
    "race": _shown("race", lambda: RaceView(recipe=session.take_recipe())),
    "range": range_view.draw,
    "edge": _shown("edge", lambda: EdgeView(recipe=session.take_recipe())),
    "landscape": landscape_view.draw,
    "map": _shown("map", lambda: MapView(session.watched())),
}
