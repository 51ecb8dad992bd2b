"""The range test's figure: its traces hold what was measured, its marks what was found."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from engine.study.range_test import RangeTest
from playground.learning_rate.figures.range_test import figure
from tests.playground.test_descent_figures import assert_plain

# Loss 1 falls to 0.1 at rate 0.1 and then climbs out of sight.
RATES = np.geomspace(1e-4, 10, 11)
LOSSES = np.array([1, 1, 0.9, 0.7, 0.4, 0.2, 0.1, 0.2, 0.9, 5, 80.0])
FOUND = RangeTest(
    rates=RATES,
    losses=LOSSES,
    smoothed=LOSSES * 1.01,
    steepest=float(RATES[4]),
    minimum=float(RATES[6]),
    blow_up=float(RATES[9]),
    suggestion=0.0125,
    reason=None,
)
NOTHING = replace(FOUND, steepest=None, minimum=None, blow_up=None, suggestion=None, reason="no")


def trace(drawn: go.Figure, role: str) -> Any:
    (found,) = [t for t in drawn.data if (t.meta or {}).get("role") == role]
    return found


def texts(drawn: go.Figure) -> list[str]:
    return [note.text for note in drawn.layout.annotations]


def test_traces_are_the_measured_and_the_smoothed_loss_in_sight() -> None:
    drawn = figure(FOUND, "cross-entropy")
    bottom, top = drawn.layout.yaxis.range
    for role, losses in (("measured", FOUND.losses), ("smoothed", FOUND.smoothed)):
        found = trace(drawn, role)
        np.testing.assert_array_equal(found.x, RATES)
        np.testing.assert_array_equal(found.customdata, losses)  # what a pointer reads
        np.testing.assert_array_equal(found.y[:9], losses[:9])
        assert bottom < np.log10(losses[:9]).min() <= np.log10(losses[:9]).max() < top
        # What blows up leaves the picture, and flattens nothing.
        assert np.isnan(found.y[9:]).all()
    assert trace(drawn, "measured").mode == "markers"
    assert trace(drawn, "smoothed").mode == "lines"
    assert (drawn.layout.xaxis.type, drawn.layout.yaxis.type) == ("log", "log")
    assert drawn.layout.xaxis.title.text == "learning rate"
    assert drawn.layout.yaxis.title.text == "cross-entropy"


def test_what_was_found_is_marked_in_its_place() -> None:
    drawn = figure(FOUND, "loss")
    for role, rate, at in (("steepest", FOUND.steepest, 4), ("minimum", FOUND.minimum, 6)):
        mark = trace(drawn, role)
        assert list(mark.x) == [rate]
        assert list(mark.y) == [FOUND.smoothed[at]]
        assert mark.text[0] == f"{role} {rate:.3g}"
    assert [(line.x0, line.x1) for line in drawn.layout.shapes] == [
        (FOUND.suggestion, FOUND.suggestion),
        (FOUND.blow_up, FOUND.blow_up),
    ]
    assert texts(drawn) == ["suggested 0.0125", f"blows up {FOUND.blow_up:.3g}"]
    for note, rate in zip(drawn.layout.annotations, (0.0125, RATES[9]), strict=True):
        assert note.x == pytest.approx(np.log10(rate))  # on a log axis notes lie at logarithms


def test_what_was_not_found_is_not_marked() -> None:
    only = figure(replace(NOTHING, blow_up=1.0), "loss")
    assert [t.meta["role"] for t in only.data] == ["measured", "smoothed"]
    assert texts(only) == ["blows up 1"]
    assert not figure(NOTHING, "loss").layout.shapes


def test_a_loss_of_zero_has_a_picture_that_is_plain_json() -> None:
    found = replace(FOUND, losses=np.where(np.arange(11) == 6, 0.0, LOSSES))
    before = copy.deepcopy(found)
    content = assert_plain(lambda: figure(found, "loss"))
    assert np.isfinite(content["layout"]["yaxis"]["range"]).all()
    for name, value in vars(before).items():
        np.testing.assert_array_equal(vars(found)[name], value)
