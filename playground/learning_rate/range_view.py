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
from playground.learning_rate.words import range_test as words
from playground.runs.experiment import Experiment
from playground.runs.scheduler import SCHEDULER
from playground.settings.config import Config
from playground.ui import lecture, session
from playground.ui.long_turn import turn_for

LOWEST: Final = Config.FIELDS["learning_rate"].low  # a steep start may ask for less


def draw() -> None:
    """The view for the settings of now."""
    lecture.switch()
    config, settings = session.current().config, session.settings(RateSettings)
    found, loss_name = measured(
        what_counts(config, settings),
        settings.range_low,
        settings.range_high,
        settings.range_count,
        settings.range_steps,
    )
    if found.suggestion is None:
        said = words.none_suggested(str(found.reason))
        st.warning(said, icon=":material/search_off:")
    else:
        said = _suggest(found.suggestion, found.blow_up)
    if len(found.rates):
        low, high = float(found.smoothed.min()), float(found.smoothed[0])
        alt = words.chart(loss_name, high, low, said)
        lecture.chart(figure(found, loss_name), "range_chart", alt)


def _suggest(rate: float, blow_up: float | None) -> str:
    rate = float(f"{rate:.2g}")
    with st.container(key="range-suggestion", horizontal=True, vertical_alignment="center"):
        st.markdown(words.suggested(f"**{rate:g}**", blow_up), width="content")
        take = st.button(
            words.take(rate),
            key="take_rate",
            icon=":material/neurology:",
            disabled=rate < LOWEST,
            help=words.too_low(LOWEST) if rate < LOWEST else None,
        )
    if take:
        session.open_playground(replace(session.current().config, learning_rate=rate))
    return words.suggested(f"{rate:g}", blow_up)


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
