"""A run that a browser carries goes on under another server; a forged one harms nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from numpy.typing import NDArray

from playground.live import carried
from playground.live.playable import Playable
from playground.live.resumable import Resumable
from playground.settings.config import Config
from playground.training.view import TrainingView
from tests.playground.test_views_contract import CASES, NETWORK
from tests.playground.viewer import Carrier, Viewer

PLAYED = [name for name, case in CASES.items() if issubclass(case.kind, Playable)]


def carrier(name: str, **changes: Any) -> Carrier:
    case = CASES[name]
    found = Carrier(case.kind(), case.config, case.settings, **changes)
    assert isinstance(found.view, Resumable)
    return found


def state(viewer: Viewer) -> bytes:
    """All of a run, as bytes: the state of its trainers and what they go by."""
    view = viewer.view
    assert isinstance(view, Playable)
    runs = [(trainer.snapshot(), trainer.course) for trainer in view.trainers]
    return carried.pack(runs or view.mark(), view._classes)


def assert_history(new: Viewer, old: Viewer) -> None:
    """The same rows, as far as a browser's float32 tells them."""
    for viewer in (new, old):
        viewer.assert_rows_are_the_views()
    np.testing.assert_allclose(np.array(new.rows), np.array(old.rows), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", PLAYED)
def test_a_run_goes_on_under_another_server_with_the_same_bits(name: str) -> None:
    case, old = CASES[name], carrier(name)
    old.play(until=4)
    old.ask("pause")
    if case.bends:
        old.change(**case.bends)
    old.ask("play")
    old.ask("tick")
    old.ask("pause")
    new = old.under_another_server()
    assert (new.step, new.header["status"]) == (old.step, old.header["status"])
    assert state(new) == state(old)
    assert_history(new, old)
    for viewer in (old, new):
        viewer.ask("step")
        viewer.ask("step")
    assert state(new) == state(old)


@pytest.mark.parametrize("name", PLAYED)
def test_it_plays_on_from_the_very_step_on_show(name: str) -> None:
    old = carrier(name)
    old.play(until=3)
    packed = old.packed
    old.ask("tick")
    old.packed = packed  # what is carried is some steps old
    new = old.under_another_server()
    assert new.header["playing"]
    assert new.step > old.step
    new.ask("pause", step=old.step)
    old.ask("pause", step=old.step)
    assert state(new) == state(old)
    goal = old.step + 5
    for viewer in (new, old):
        viewer.play(until=goal)
        viewer.ask("pause", step=goal)
    assert_history(new, old)


def test_a_run_can_be_taken_back_along_its_own_way_after_it_was_carried() -> None:
    old = carrier("training")
    old.play(until=30)
    old.change(learning_rate=0.5, optimizer="adam", l2=0.01)
    old.play(until=old.step + 30)
    new = old.under_another_server(playing=False)
    old.ask("pause")
    for viewer in (old, new):
        for _ in range(20):
            viewer.ask("back")
    assert state(new) == state(old)


def test_a_run_that_has_diverged_goes_back_to_the_same_moment_after_it_was_carried() -> None:
    old = carrier("training", dataset="plane", learning_rate=0.01)
    old.play(until=300)
    old.change(learning_rate=1.0)
    old.play(until=600)
    assert old.header["status"] == "diverged"
    new = old.under_another_server()
    assert new.header["status"] == "diverged"
    np.testing.assert_array_equal(new.arrays["climb"], old.arrays["climb"])
    for viewer in (old, new):
        viewer.ask("rewind")
    assert new.step > 250
    assert state(new) == state(old)


def test_what_is_carried_is_sent_once_at_rest_and_about_once_a_second_in_motion() -> None:
    old = carrier("training")
    assert "carried" in old.arrays
    old.ask("look")
    assert "carried" not in old.arrays
    old.ask("play")
    sent = 0
    for _ in range(20):
        old.ask("tick")
        sent += "carried" in old.arrays
    assert sent < 5  # without a pause between them these take a moment
    old.ask("pause")
    assert "carried" in old.arrays


def test_a_large_network_is_carried_in_less_than_400_kilobytes() -> None:
    large = Config(layers=(64,) * 8, optimizer="adam", batch_size=32)
    viewer = Carrier(TrainingView(), large)
    viewer.ask("step")
    assert 100_000 < len(viewer.packed) < 400_000


def test_what_is_too_large_is_not_sent_and_not_packed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    packed: list[Any] = []
    pack = carried.pack

    def noted(value: Any, classes: carried.Classes) -> bytes:
        packed.append(value)
        return pack(value, classes)

    monkeypatch.setattr(carried, "MOST", 100)
    monkeypatch.setattr(carried, "pack", noted)
    old = carrier("training")
    for _ in range(3):
        old.ask("look")
    assert (old.packed, len(packed)) == (b"", 1)
    assert not old.view.can_be_brought_back
    assert "too large" not in old.under_another_server().header["notice"]["text"]
    old.ask("step")
    assert "too large" in old.under_another_server().header["notice"]["text"]


@pytest.mark.parametrize("changes", [{"layers": (3,)}, {"seed": 4}, {"noise": 3.0}], ids=str)
def test_a_run_of_other_settings_is_left_with_a_word(changes: dict[str, Any]) -> None:
    old = carrier("training")
    old.play(until=20)
    old.give(**changes)
    new = old.under_another_server()
    assert (new.step, new.header["playing"]) == (0, False)
    assert "what was here before had other settings" in new.header["notice"]["text"]
    assert state(new) == state(Viewer(TrainingView(), old.config))
    new.ask("step")
    assert new.step == 1


@pytest.mark.parametrize("changes", [{"learning_rate": 0.5}, {"optimizer": "adam", "epochs": 99}])
def test_what_was_changed_while_no_server_had_the_run_is_followed(changes: dict[str, Any]) -> None:
    old = carrier("training")
    old.play(until=20)
    old.ask("pause")
    packed = old.packed
    old.change(**changes)
    old.packed = packed
    new = old.under_another_server()
    for viewer in (old, new):
        viewer.ask("step")
    assert state(new) == state(old)


def test_a_run_of_its_own_is_not_replaced_by_one_of_before() -> None:
    """A preset, or another page, asked for it after the server had let go of the one of before."""
    old = carrier("training")
    old.play(until=20)
    other = Carrier(TrainingView(), old.config)
    other.view, other.seq = TrainingView(), -1
    other.take(other.view.handle(None, old.config, None, anew=True))
    other.packed = b""
    other.ask("resume", old.offer())
    assert (other.step, other.header["playing"]) == (0, False)
    assert other.header["notice"]["text"] == carrier("training").header["notice"]["text"]
    assert other.packed  # the browser has let go of the old one


@pytest.mark.parametrize("press", ["new", "halve", "step", "play"])
def test_a_press_for_a_run_that_is_gone_waits_until_it_is_back(press: str) -> None:
    """The browser asks once more when it has met the view: done twice it would be too much."""
    old = carrier("training")
    old.play(until=20)
    view = TrainingView()
    answer = view.handle(old.request(press), old.config)
    assert answer.config == old.config
    assert (view.step, view.playing) == (0, False)


def test_speed_and_what_is_shown_are_no_hindrance() -> None:
    old = carrier("training")
    old.play(until=20)
    old.give(speed="60", show_test=True)
    assert old.under_another_server(playing=False).step == old.step


FORGED: list[Any] = [None, 5, "run", {}, {"run": 3}, {"run": "%%", "rows": ""}, {"run": "AAAA"}]


@pytest.mark.parametrize("value", FORGED, ids=str)
def test_what_is_no_run_is_refused(value: Any) -> None:
    viewer = Viewer(TrainingView(), NETWORK)
    viewer.ask("resume", value)
    assert "could not be brought back" in viewer.header["notice"]["text"]
    viewer.play(until=5)
    assert viewer.step >= 5


def _spoilt(value: Any, draw: Any) -> Any:
    """The same tree with one leaf of it replaced."""
    if isinstance(value, (list, tuple)) and value:
        i = draw(st.integers(0, len(value) - 1))
        return type(value)(_spoilt(v, draw) if k == i else v for k, v in enumerate(value))
    if isinstance(value, dict) and value:
        name = draw(st.sampled_from(sorted(value, key=str)))
        return {**value, name: _spoilt(value[name], draw)}
    if hasattr(value, "__dict__") and not isinstance(value, type) and vars(value):
        twin = object.__new__(type(value))
        vars(twin).update(_spoilt(vars(value), draw))
        return twin
    nothing: NDArray[np.float64] = np.zeros(0)
    odd: list[Any] = [None, -1, 10**30, float("nan"), "x", [], {}, nothing, np.full((3, 3), np.inf)]
    return odd[draw(st.integers(0, len(odd) - 1))]


@examples(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_is_forged_the_viewer_has_a_run_to_look_at(data: st.DataObject) -> None:
    old = carrier("training")
    old.play(until=7)
    view = old.view
    assert isinstance(view, Playable)
    form, kind, texts, brought = view._written()
    bad = (form, kind, texts, _spoilt(brought, data.draw))
    old.packed = carried.pack(bad, view._classes)
    new = old.under_another_server(playing=False)
    assert json.dumps(new.header)
    assert new.header["status"] in ("ready", "paused", "finished")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no run"):
        carried.unpack(data, {})


def test_a_bomb_is_not_unpacked() -> None:
    import zlib

    with pytest.raises(ValueError, match="no run"):
        carried.unpack(zlib.compress(bytes(200_000_000)), {})


def test_only_known_classes_are_carried() -> None:
    with pytest.raises(TypeError, match="Config is not carried"):
        carried.pack(replace(NETWORK), {})
