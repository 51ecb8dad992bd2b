"""The lecturer's desk: presets, the choice of view, its words, its controls, and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import streamlit as st

from playground import session, widgets
from playground.rates import landscape_view, range_view
from playground.rates.edge_scene import EdgeScene
from playground.rates.map_scene import MapScene
from playground.rates.parabola_scene import ParabolaScene
from playground.rates.presets import PRESETS, Preset
from playground.rates.race_scene import RaceScene
from playground.rates.settings import RateSettings
from playground.rates.words import WORDS
from playground.stage.scene import Scene
from playground.stage.view import stage

_PRESET: Final = "rate_preset"


def draw() -> None:
    """The whole page below its links: views, presets, words, controls, and the view itself."""
    view = session.settings(RateSettings).view
    with st.container(key="rate-head", gap="small"):
        with st.container(key="rate-views", horizontal=True, vertical_alignment="center"):
            widgets.segments("view", label_visibility="collapsed")
            _formulas(view)
        _presets()
    with st.container(key="rate-controls", horizontal=True, vertical_alignment="bottom"):
        for draw_widget in _CONTROLS[view]:
            draw_widget()
    for name in RateSettings.FIELDS:
        widgets.show_problem(name)
    _VIEWS[view]()


def playing() -> bool:
    """Whether the scene on show plays."""
    found = session.current().scenes.get(_key(session.settings(RateSettings).view))
    return found is not None and found.playing


def _key(view: str) -> str:
    return f"stage-{view}"


# ---- presets ------------------------------------------------------------------------------


def _presets() -> None:
    """One click each; below, what to look for: in the preset, or else in the view."""
    now = _present()
    with st.container(key="rate-presets", horizontal=True, vertical_alignment="center"):
        st.markdown("For the lecture", width="content")
        for label, icon, step in (("Previous", "chevron_left", -1), ("Next", "chevron_right", 1)):
            st.button(
                f"{label} preset",
                key=f"preset_{label.lower()}",
                icon=f":material/{icon}:",
                help=f"{label} preset of the lecture.",
                on_click=_walk,
                args=(now, step),
                type="tertiary",
            )
        st.pills(
            "For the lecture",
            list(PRESETS),
            format_func=lambda name: PRESETS[name].title,
            key=session.seed(_PRESET, now),
            on_change=_take_preset,
            label_visibility="collapsed",
            wrap=False,
        )
    if now is None:
        st.markdown(WORDS[session.settings(RateSettings).view].look)
    else:
        st.markdown(f"**{PRESETS[now].title}.** {PRESETS[now].look}")


def _present() -> str | None:
    """The preset whose settings are those of now, if any."""
    config, settings = session.current().config, session.settings(RateSettings)
    for name, preset in PRESETS.items():
        if preset.fits(config, settings):
            return name
    return None


def _take_preset() -> None:
    name = session.widget_value(_PRESET)
    if name is not None:
        _take(name)


def _walk(now: str | None, step: int) -> None:
    """To the preset before or after the present one; from none, to the first or the last."""
    names = list(PRESETS)
    at = names.index(now) + step if now is not None else min(step, 0)
    _take(names[at % len(names)])


def _take(name: str) -> None:
    preset: Preset = PRESETS[name]
    session.adopt(preset.config, preset.settings)


# ---- words --------------------------------------------------------------------------------


def _formulas(view: str) -> None:
    words = WORDS[view]
    with st.popover("Formulas and sources", type="tertiary"):
        st.markdown(words.look)
        for latex, line in words.formulas:
            st.latex(latex)
            st.caption(line)
        st.caption(words.source)


# ---- controls -----------------------------------------------------------------------------

_MULTIPLES: Final = tuple(float(f"{d}e{e}") for e in range(-3, 3) for d in (1, 2, 5))


def _race_controls() -> None:
    settings = session.settings(RateSettings)
    widgets.choice("race")
    for draw_widget in _ENTRIES[settings.race]:
        draw_widget()
    widgets.number("target", 0.05)


_ENTRIES: Final[Mapping[str, tuple[Callable[[], None], ...]]] = {
    "rates": (
        partial(widgets.number, "race_low", 0.01),
        partial(widgets.number, "race_high", 1),
        partial(widgets.number, "race_count", 1),
        partial(widgets.listed, "race_rates"),
    ),
    "momenta": (partial(widgets.listed, "race_momenta"),),
    "optimizers": (partial(widgets.pills, "race_optimizers"),),
    "batch_sizes": (partial(widgets.listed, "race_batches"),),
}
_CONTROLS: Final[Mapping[str, tuple[Callable[[], None], ...]]] = {
    "parabola": (
        partial(widgets.number, "step_size", 0.05),
        partial(widgets.number, "curvature", 0.5),
        partial(widgets.number, "heavy_ball", 0.05),
        partial(widgets.number, "condition", 1),
    ),
    "race": (_race_controls,),
    "range": (
        partial(widgets.number, "range_low", 1e-4),
        partial(widgets.number, "range_high", 1),
        partial(widgets.number, "range_count", 10),
        partial(widgets.number, "range_steps", 1),
    ),
    "edge": (),
    "landscape": (partial(widgets.choice, "plane"),),
    "map": (
        partial(widgets.choice, "map_axis"),
        partial(widgets.number, "map_low", 0.001),
        partial(widgets.number, "map_high", 1),
        partial(widgets.number, "map_rates", 1),
        partial(widgets.number, "map_values", 1),
        partial(widgets.number, "map_epochs", 50),
    ),
}


def _stage(key: str, make: Callable[[], Scene]) -> Callable[[], None]:
    return partial(stage, _key(key), make, RateSettings)


_VIEWS: Final[Mapping[str, Callable[[], None]]] = {
    "parabola": _stage("parabola", ParabolaScene),
    "race": _stage("race", RaceScene),
    "range": range_view.draw,
    "edge": _stage("edge", EdgeScene),
    "landscape": landscape_view.draw,
    "map": _stage("map", MapScene),
}
