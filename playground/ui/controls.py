"""The sidebar: one control for each setting of the Config, in the groups Data, Network, Training.

Each setting says what it is called, explains and allows; this module says only which kind of
control it gets and where that stands. A widget's key is `session.widget_key(name)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import streamlit as st

from playground.data.datasets import DATASETS
from playground.figures import thumbnails
from playground.runs.build import optimizer_takes, schedule_takes
from playground.settings.config import MAX_LAYERS, Config
from playground.ui import session, widgets, words
from playground.ui.widgets import Draw, bound, show_problem

_NEW_LAYER_UNITS: Final = 8

# 1, 2, 3, 5 in each decade: about even steps on a logarithmic scale. Made from text, so that each
# is the float that a person would type.
_RATES: Final = (*(float(f"{d}e{e}") for e in range(-6, 3) for d in (1, 2, 3, 5)), 1000.0)
_PENALTIES: Final = (0.0, *(float(f"{d}e{e}") for e in range(-5, 1) for d in (1, 3)), 10.0)
_MEMENTA: Final = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
_NORMS: Final = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


def sidebar(
    playing: Callable[[], bool],
    without: frozenset[str] = frozenset(),
    optimizers: tuple[str, ...] = (),
) -> None:
    """Draw the controls; a change lands in the session's Config and in the URL at once.

    `playing` says whether a run plays. `without` names settings that do nothing on this page,
    `optimizers` those that it trains with, where it does not take the Config's.
    """
    st.html(f"<style>{thumbnails.style()}</style>")
    _controls(playing, without, optimizers)


@st.fragment
def _controls(
    playing: Callable[[], bool], without: frozenset[str], optimizers: tuple[str, ...]
) -> None:
    """Reruns alone, so that a control moved in the middle of a run never touches the live view.

    That takes the new Config up with its next message. Only a run that stands still has to be told.
    """
    now = session.current()
    session.note_drawn(Config)
    _data()
    _network(without)
    _training(without, optimizers or (now.config.optimizer,))
    _foot(without)
    changed, now.changed = now.changed, False
    if session.keep_unheard() or (changed and not playing()):
        st.rerun()


# ---- groups -------------------------------------------------------------------------------


def _data() -> None:
    config = session.current().config
    with _group("data"):
        draw("dataset")
        with _more("data"):
            draw("samples", "noise", "train_share")
            if DATASETS[config.dataset].classes_vary:
                draw("classes")
            draw("features", "fourier", "seed")


def _network(without: frozenset[str]) -> None:
    more = ("activations", "init", "init_scale", "loss", "dropout")
    few = len(set(more) - without) < 2
    with _group("network"):
        draw("layers", "activation", without=without)
        with nullcontext() if few else _more("network"):
            draw(*more, without=without)


def _training(without: frozenset[str], optimizers: tuple[str, ...]) -> None:
    schedule = schedule_takes(session.current().config.schedule)
    taken = dict.fromkeys(name for each in optimizers for name in optimizer_takes(each))
    with _group("training"):
        draw("learning_rate", "epochs", "optimizer", without=without)
        with _more("training"):
            draw(*taken, "schedule", *schedule, "warmup", without=without)
            draw("batch_size", "l1", "l2", "clip", without=without)


def _foot(without: frozenset[str]) -> None:
    with st.container(key="sidebar-foot"):
        label, says = words.DEFAULTS
        st.caption(words.ADDRESS)
        st.button(
            label,
            key="defaults",
            icon=":material/restart_alt:",
            help=says,
            on_click=_defaults,
            args=(without,),
            type="tertiary",
        )


def _defaults(without: frozenset[str]) -> None:
    # What the page does not use, or its bar sets (speed, display), is not the sidebar's to change.
    session.change(**{n: getattr(Config(), n) for n in _WIDGETS if n not in without})


def _group(name: str) -> Any:
    group = st.container(key=f"group-{name}", gap="small")
    group.subheader(words.GROUPS[name], anchor=False)
    return group


def _more(group: str) -> Any:
    """What is folded, one click away. A phone shows it: its sidebar took that click already."""
    return st.expander(words.more(group), session.on_phone(), type="compact")


def draw(*names: str, without: frozenset[str] = frozenset()) -> None:
    """Draw the controls of these settings, each with what was wrong with its last value."""
    for name in names:
        if name not in without:
            _WIDGETS[name](name)
            show_problem(session.widget_key(name))


# ---- widgets of their own -----------------------------------------------------------------


def _learning_rate(name: str) -> None:
    """A logarithmic slider and the exact number, one value in two widgets."""
    spec, value = Config.FIELDS[name], session.value(name)
    # The slider also stops at the last number typed. It keeps that stop when it moves on: a scale
    # that changed under a dragged thumb would make it jump.
    now = session.current()
    if value not in _RATES:
        now.typed_rate = value
    stops = widgets.with_stop(_RATES, now.typed_rate or value)
    with st.container(key="learning-rate"):
        with st.container(key="learning-rate-head", horizontal=True, vertical_alignment="center"):
            st.markdown(spec.label, help=spec.help)
            st.number_input(
                words.exact(spec.label),
                min_value=spec.low,
                max_value=spec.high,
                value=value,
                step=1e-6,
                format="%g",
                label_visibility="collapsed",
                width=112,
                **bound(name, value),
            )
        st.select_slider(
            spec.label,
            stops,
            value,
            format_func=spec.text,
            label_visibility="collapsed",
            **bound(name, value, widget=f"{session.widget_key(name)}_slider"),
        )


def _batch_size(name: str) -> None:
    """The batch size as it is used: never more than the points there are to train on."""
    spec, config = Config.FIELDS[name], session.current().config
    full = config.training_points
    with st.container(key="batch-size", horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            spec.label,
            min_value=1,
            max_value=full,
            value=config.effective_batch_size(full),
            step=1,
            **bound(name, config.effective_batch_size(full)),
        )
        st.button(
            words.FULL_SET,
            key="full_batch",
            help=words.all_points(full),
            on_click=partial(session.change, **{name: int(spec.high)}),
            disabled=config.batch_size >= full,
        )


# ---- layers -------------------------------------------------------------------------------


def _layers(name: str) -> None:
    """A row for each hidden layer: its units and a button that removes it."""
    spec, layers = Config.FIELDS[name], session.value(name)
    with st.container(key="layers", gap=None):
        with st.container(key="layers-head", horizontal=True, vertical_alignment="center"):
            st.markdown(spec.label, help=spec.help)
            st.button(
                words.ADD_LAYER,
                key="add_layer",
                icon=":material/add:",
                help=words.one_more_layer(MAX_LAYERS),
                on_click=_add_layer,
                disabled=len(layers) >= MAX_LAYERS,
                type="tertiary",
            )
        for number in range(1, len(layers) + 1):
            _layer_row(name, number)


def _layer_row(name: str, number: int) -> None:
    with st.container(key=f"layer-{number}", horizontal=True, vertical_alignment="center"):
        st.markdown(words.layer(number), width=64)
        widgets.number_of(
            name, number, words.units_in(number), step=1, label_visibility="collapsed"
        )
        label, says = words.remove_layer(number)
        st.button(
            label,
            key=f"remove_layer_{number}",
            icon=":material/close:",
            help=says,
            on_click=partial(_remove_layer, number),
            type="tertiary",
        )


def _add_layer() -> None:
    layers = session.value("layers")
    session.change(layers=(*layers, layers[-1] if layers else _NEW_LAYER_UNITS))


def _remove_layer(number: int) -> None:
    # The activation goes with its layer.
    both = {name: session.value(name) for name in ("layers", "activations")}
    session.change(**{name: each[: number - 1] + each[number:] for name, each in both.items()})


def _activations(name: str) -> None:
    """A switch, and one choice for each layer when it is on."""
    spec, config = Config.FIELDS[name], session.current().config
    if not config.layers:
        return
    each = bool(config.activations)
    st.toggle(spec.label, each, **bound(name, each, convert=_one_each))
    for number in range(1, len(config.activations) + 1):
        widgets.choice_of(name, number, words.layer(number))


def _one_each(chosen: bool) -> tuple[str, ...]:
    return session.current().config.layer_activations if chosen else ()


def _activation(name: str) -> None:
    widgets.choice(name, disabled=bool(session.value("activations")))


_WIDGETS: Final[Mapping[str, Draw]] = MappingProxyType(
    {
        "dataset": widgets.segments,
        "samples": partial(widgets.slider, step=10),
        "noise": partial(widgets.slider, step=1),
        "train_share": partial(widgets.slider, step=5),
        "classes": partial(widgets.slider, step=1),
        "features": widgets.pills,
        "fourier": partial(widgets.slider, step=1),
        "seed": partial(widgets.number, step=1),
        "layers": _layers,
        "activation": _activation,
        "activations": _activations,
        "init": widgets.choice,
        "init_scale": partial(widgets.number, step=0.1),
        "loss": widgets.choice,
        "dropout": partial(widgets.slider, step=0.05),
        "learning_rate": _learning_rate,
        "optimizer": widgets.choice,
        "momentum": partial(widgets.stops, stops=_MEMENTA),
        "nesterov": widgets.switch,
        "decay": partial(widgets.stops, stops=_PENALTIES[:-1]),
        "beta1": partial(widgets.stops, stops=_MEMENTA),
        "beta2": partial(widgets.stops, stops=_MEMENTA),
        "rho": partial(widgets.stops, stops=_MEMENTA),
        "eps": partial(widgets.stops, stops=tuple(float(f"1e{e}") for e in range(-16, 1))),
        "weight_decay": partial(widgets.stops, stops=_PENALTIES),
        "schedule": widgets.choice,
        "schedule_epochs": partial(widgets.number, step=10),
        "schedule_factor": partial(widgets.slider, step=0.01, low=0.01),
        "warmup": partial(widgets.number, step=1),
        "batch_size": _batch_size,
        "epochs": partial(widgets.number, step=100),
        "l1": partial(widgets.stops, stops=_PENALTIES),
        "l2": partial(widgets.stops, stops=_PENALTIES),
        "clip": partial(widgets.stops, stops=_NORMS),
    }
)
