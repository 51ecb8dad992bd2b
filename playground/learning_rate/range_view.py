"""The range test on the page: the curve, what was found, and one click that takes the rate."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

import streamlit as st

from engine.study.range_test import RangeTest, range_test
from playground.learning_rate.figures.range_test import figure
from playground.learning_rate.settings import RateSettings
from playground.learning_rate.unused import what_counts
from playground.runs.experiment import Experiment
from playground.runs.scheduler import SCHEDULER
from playground.settings.config import Config
from playground.ui import session
from playground.ui.long_turn import turn_for

LOWEST: Final = Config.FIELDS["learning_rate"].low  # a steep start may ask for less


def draw() -> None:
    """The view for the settings of now."""
    config, settings = session.current().config, session.settings(RateSettings)
    found, loss_name = measured(
        what_counts(config, settings),
        settings.range_low,
        settings.range_high,
        settings.range_count,
        settings.range_steps,
    )
    if found.suggestion is None:
        st.warning(f"No rate is suggested: {found.reason}.", icon=":material/search_off:")
    else:
        _suggest(found.suggestion, found.blow_up)
    if len(found.rates):
        st.plotly_chart(figure(found, loss_name), key="range_chart", config={"displaylogo": False})


def _suggest(rate: float, blow_up: float | None) -> None:
    rate = float(f"{rate:.2g}")
    blows = "" if blow_up is None else f" It blows up at about {blow_up:.2g}."
    with st.container(key="range-suggestion", horizontal=True, vertical_alignment="center"):
        st.markdown(f"Suggested learning rate: **{rate:g}**.{blows}", width="content")
        take = st.button(
            f"Take {rate:g} to the Playground",
            key="take_rate",
            icon=":material/neurology:",
            disabled=rate < LOWEST,
            help=f"The Playground takes no rate below {LOWEST:g}." if rate < LOWEST else None,
        )
    if take:
        session.open_playground(replace(session.current().config, learning_rate=rate))


@lru_cache(maxsize=64)  # one test serves all viewers who ask for the same
def measured(
    config: Config, low: float, high: float, count: int, steps: int
) -> tuple[RangeTest, str]:
    """The range test of a Config from its starting weights, and the loss's name."""
    with SCHEDULER.turn():
        experiment = Experiment(config, history_size=0, checkpoints=4)
    rows = steps * experiment.batch_size + config.training_points
    with turn_for(count * rows * experiment.model.n_parameters):
        found: RangeTest = range_test(experiment.trainer, low, high, count, steps)
    return found, experiment.loss_label
