"""Runs that rest for long are let go, if the browser can bring them back."""

import gc
import time
import weakref

import pytest

from playground.learning_rate.map_view import MapView
from playground.learning_rate.settings import RateSettings
from playground.live import carried
from playground.settings.config import Config
from playground.training.view import TrainingView
from playground.ui import idle
from playground.ui.session import Session
from tests.playground.viewer import Carrier, Viewer

LINEAR = Config(dataset="plane", samples=40, layers=())
LATER = 1.01 * idle.REST


def resting(viewer: Viewer) -> Session:
    viewer.ask("step")
    return Session({Config: LINEAR}, False, views={"live": viewer.view})


def test_a_run_that_has_rested_is_let_go_and_comes_back() -> None:
    old = Carrier(TrainingView(), LINEAR)
    session, run = resting(old), weakref.ref(old.view)
    assert idle.sweep([session], time.monotonic()) == 0
    assert list(session.views) == ["live"]
    assert idle.sweep([session], time.monotonic() + LATER) == 1
    assert session.views == {}
    step, new = old.step, old.under_another_server()
    del old
    gc.collect()
    assert run() is None
    assert new.step == step > 0


def test_what_a_browser_cannot_bring_back_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = TrainingView()
    sessions = [resting(Viewer(ahead, LINEAR))]
    ahead.trainer.step()  # the browser has not heard of it
    monkeypatch.setattr(carried, "MOST", 100)
    sessions.append(resting(Viewer(TrainingView(), LINEAR)))
    assert idle.sweep(sessions, time.monotonic() + LATER) == 0
    assert all(session.views for session in sessions)


def test_a_run_whose_checkpoints_are_too_large_to_be_carried_stays() -> None:
    large = Config(layers=(64, 64, 64), optimizer="adam")
    seen = Viewer(TrainingView(), large)
    seen.ask("step")
    session = Session({Config: large}, False, views={"live": seen.view})
    assert idle.sweep([session], time.monotonic() + LATER) == 0


def test_a_map_that_computes_stays() -> None:
    seen = Viewer(MapView(), LINEAR, RateSettings(view="map", map_values=2, map_epochs=5))
    session = Session({Config: LINEAR}, False, views={"map": seen.view})
    seen.view.playing = True
    assert idle.sweep([session], time.monotonic() + LATER) == 0
