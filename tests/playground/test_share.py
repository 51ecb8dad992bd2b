"""Share on every view: who opens the link has the same picture, or is told what the link holds."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest

from playground.data.digits import small
from playground.digits import sources
from playground.digits.pictures import Pictures
from playground.digits.settings import DigitsSettings
from playground.digits.view import DigitsView
from playground.digits.words import NOT_YET
from playground.gradient_flow.settings import GradientFlowSettings
from playground.learning_rate.settings import RateSettings
from playground.live.playable import Playable
from playground.live.shareable import Logged, Shareable
from playground.runs.recipe import IDS, Recipe
from playground.settings.base import Notice
from playground.settings.config import Config
from tests.app.visitor import opened as page_of
from tests.app.visitor import session_of
from tests.playground.test_views_contract import CASES
from tests.playground.viewer import Carrier, Clock, Viewer

ADDRESS = "https://example.test/class/learning_rate"
LOGGED = [name for name, case in CASES.items() if issubclass(case.kind, Logged)]
FLOW = {"flow_rates": (0.5, 0.1, 1e-5), "flow_clips": (0.0, 0.25, 0.5)}
# What is done to a view between two stretches of play.
ON_THE_WAY: dict[str, tuple[dict[str, Any], ...]] = {
    "parabola": (),
    "race": ({"target": 0.3},),
    "edge": ({"learning_rate": 0.5}, {"momentum": 0.9, "show_test": True}, {"epochs": 77}),
    "flow": (
        *({"momentum": 0.9}, {"optimizer": "adam"}, {"optimizer": "sgd"}),
        *(FLOW, {"flow_over_epochs": "update"}, {"l2": 0.01}),
    ),
    "digits": (
        *({"digits_rate": 0.3}, {"digits_batch": 100}, {"digits_epochs": 77}, {"speed": "5"}),
        *({"digits_optimizer": "adam"}, {"digits_optimizer": "sgd"}, {"digits_rate": 0.1}),
    ),
}
AT_ONCE = ({"optimizer": "adam"}, {"digits_optimizer": "adam"})  # nothing is played after these

# After a divergence. The loss of a single picture need not be beyond its bounds.
AFTERWARDS = {"edge": {"batch_size": 1}, "flow": {"batch_size": 1}, "digits": {"digits_batch": 1}}


@pytest.fixture(autouse=True)
def _clock(clock: Clock) -> None:
    """No test waits."""


def shared(viewer: Viewer) -> dict[str, Any]:
    found: dict[str, Any] = viewer.ask("share", ADDRESS)["share"]
    return found


def opened(name: str, link: str, kind: type[Viewer] = Viewer) -> Viewer:
    """Somebody else who has opened the link and waited for its moment."""
    query = dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))
    case, notices = CASES[name], list[Notice]()
    config, own = Config.read(query, notices), None
    if case.settings is not None:
        own = type(case.settings).read(query, notices)
    assert notices == []
    recipe = Recipe.read(query["run"], config, own) if "run" in query else None
    viewer = kind(case.kind(recipe=recipe), config, own)  # type: ignore[call-arg]
    while viewer.header["status"] == "opening":
        viewer.ask("tick")
    return viewer


def picture(viewer: Viewer) -> Any:
    """All that is shown, to the bit."""
    viewer.ask("look")
    assert isinstance(viewer.view, Playable)
    trainers = [(t.steps, t.epochs, t.model.flat.tobytes()) for t in viewer.view.trainers]
    kinds = "image", "array", "climb"
    arrays = {n: a.tobytes() for n, a in viewer.arrays.items() if n.startswith(kinds)}
    header = {name: viewer.header[name] for name in ("status", "notice", "state")}
    return viewer.frames[-1].tobytes(), np.array(viewer.rows).tobytes(), trainers, arrays, header


def assert_same_when_opened(name: str, viewer: Viewer) -> Viewer:
    found = shared(viewer)
    assert found["whole"]
    assert not viewer.header["playing"]
    other = opened(name, found["link"])
    assert (other.config, other.settings) == (viewer.config, viewer.settings)
    assert picture(other) == picture(viewer)
    assert shared(other) == found
    for each in (viewer, other):  # and they go on alike
        each.ask("step")
        each.ask("step")
    assert picture(other) == picture(viewer)
    return other


def test_every_view_that_plays_with_an_end_in_a_link_is_tested() -> None:
    assert list(ON_THE_WAY) == LOGGED
    assert {name for name, case in CASES.items() if "share" in case.kind.commands} >= {
        *LOGGED,
        *("training", "map", "steps"),
    }
    assert issubclass(CASES["training"].kind, Shareable)


@pytest.mark.parametrize("name", LOGGED)
def test_a_moment_after_changes_on_the_way_is_the_same_bit_for_bit(name: str) -> None:
    viewer = CASES[name].viewer()
    viewer.play(until=7)
    for changes in ON_THE_WAY[name]:
        viewer.change(**changes)  # some of them one after the other at the same step
        if changes not in AT_ONCE:
            viewer.play(until=viewer.view.step + 6)
            viewer.ask("pause", step=max(0, viewer.view.step - 3))  # what is on show is kept
    assert_same_when_opened(name, viewer)


@pytest.mark.parametrize("name", [*LOGGED, "training"])
@pytest.mark.parametrize("ends", ["short", "wild"])
def test_one_that_ended_or_diverged_and_one_that_went_on_after_its_end(
    name: str, ends: str
) -> None:
    viewer = CASES[name].viewer(**getattr(CASES[name], ends))
    viewer.play()
    assert viewer.header["status"] == {"short": "finished", "wild": "diverged"}[ends]
    assert_same_when_opened(name, viewer)
    if ends == "wild":  # what is changed then has not led there
        viewer.change(**AFTERWARDS.get(name, {}))
    else:
        viewer.play(until=viewer.view.step + 4)
    assert_same_when_opened(name, viewer)


def test_a_moment_after_a_rewind_is_the_same_bit_for_bit() -> None:
    """Also where an optimizer came in fresh at the step that it is back at: it has not, then."""
    adam = {"digits_optimizer": "adam", "digits_activation": "identity"}
    viewer = CASES["digits"].viewer(**adam)
    for _ in range(9):  # three epochs: here a checkpoint is taken
        viewer.ask("step")
    for changes in ({"digits_optimizer": "sgd"}, {"digits_optimizer": "adam"}):
        viewer.change(**changes)
    viewer.change(digits_rate=1000.0)
    viewer.play()
    assert viewer.header["status"] == "diverged"
    viewer.ask("halve")
    assert viewer.view.step == 9
    assert "with 1 change on" not in shared(viewer)["words"]
    assert_same_when_opened("digits", viewer)
    viewer.play()
    assert viewer.header["status"] == "diverged"
    viewer.change(digits_rate=0.01)
    viewer.ask("rewind")
    viewer.play(until=20)
    assert_same_when_opened("digits", viewer)


def test_fewer_epochs_than_are_over_let_the_one_that_has_begun_end() -> None:
    viewer = CASES["digits"].viewer()
    for _ in range(7):
        viewer.ask("step")
    viewer.change(digits_epochs=1)
    assert_same_when_opened("digits", viewer)  # with two steps more, and the third epoch is over
    assert (viewer.view.step, viewer.header["status"]) == (9, "finished")
    assert_same_when_opened("digits", viewer)


def test_pictures_that_are_a_persons_own_are_not_in_a_link_and_those_to_come_are_awaited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = CASES["digits"]
    given = small(8)
    assert isinstance(case.settings, DigitsSettings)
    settings = replace(case.settings, digits_source="own")
    viewer = Viewer(DigitsView(lambda settings: Pictures(given)), case.config, settings)
    viewer.play(until=20)
    found = shared(viewer)
    assert not found["whole"]
    assert "a file of your own, which no link can hold" in found["words"]
    assert "run=" not in found["link"]

    here: list[Pictures] = []
    monkeypatch.setattr(sources, "MNIST_PICTURES", SimpleNamespace(pictures=None, problem=""))

    def mnist(settings: DigitsSettings) -> Pictures:
        return here[0] if here else sources.pictures_of(settings)

    here.append(Pictures(given))
    settings = replace(settings, digits_source="mnist")
    viewer = Viewer(DigitsView(mnist), case.config, settings)
    viewer.play(until=20)
    link = shared(viewer)["link"]
    here.clear()
    query = dict(parse_qsl(urlsplit(link).query))
    recipe = Recipe.read(query["run"], case.config, settings)
    other = Viewer(DigitsView(mnist, recipe=recipe), case.config, settings)
    said = other.header["notice"]["text"]
    assert said.startswith(NOT_YET)
    assert said.endswith("The network is then trained to the moment that was shared.")
    here.append(Pictures(given))
    other.begin()  # as the page does when they have come
    while other.header["status"] == "opening":
        other.ask("tick")
    assert picture(other) == picture(viewer)


def test_what_the_browser_carries_knows_the_way_too() -> None:
    viewer = Carrier(CASES["edge"].kind(), CASES["edge"].config, CASES["edge"].settings)
    viewer.play(until=9)
    viewer.change(learning_rate=0.5)
    viewer.play(until=20)
    viewer.ask("pause", step=viewer.view.step)
    again = viewer.under_another_server()
    assert shared(again) == shared(viewer)
    assert "with 1 change on the way" in shared(again)["words"]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        *(("edge", {"learning_rate": 0.5}), ("training", {"learning_rate": 0.5})),
        *(("digits", {"digits_rate": 0.5}), ("digits", None)),
    ],
)
def test_on_the_way_it_may_be_shown_otherwise_and_another_setting_or_pause_ends_it(
    name: str, other: dict[str, Any] | None, clock: Clock
) -> None:
    case = CASES[name]
    recipe = Recipe.read("1_400000E200000_L.03_5L.1", case.config, case.settings)
    viewer = Viewer(case.kind(recipe=recipe), case.config, case.settings)  # type: ignore[call-arg]
    clock.charge(viewer.view, 1e-3)
    began = clock.now
    notice = viewer.ask("tick")["notice"]
    assert 0 < notice["progress"] < 1
    assert clock.now - began < 0.4  # however long the way, then another's turn comes
    assert "carried" not in viewer.arrays
    assert viewer.change(show_test=True, speed="5")["status"] == "opening"
    if other is None:
        viewer.ask("pause")
        assert 0 < viewer.view.step < 400_000
    else:
        viewer.change(**other)
    assert viewer.header["status"] == "paused"
    assert viewer.header["notice"]["text"].startswith("Stopped on the way")
    viewer.ask("step")
    assert_same_when_opened(name, viewer)


def test_a_view_without_a_moment_says_what_its_link_holds() -> None:
    for name, words in (("map", "this map"), ("steps", "this page at this step")):
        viewer = CASES[name].viewer()
        found = shared(viewer)
        assert words in found["words"]
        assert found["link"].startswith(ADDRESS)
        assert "run=" not in found["link"]


def test_letters_of_a_page_are_its_own_and_bad_values_of_them_are_refused() -> None:
    for own in (GradientFlowSettings(), RateSettings(), DigitsSettings()):
        # The digits page has an optimizer, a rate and a batch in place of the Config's.
        assert own.LETTERS.keys() & IDS.keys() == set("OLB" * isinstance(own, DigitsSettings))
        assert own.EPOCHS in {**own.FIELDS, **Config.FIELDS}
        assert set(own.LETTERS.values()) <= own.with_effect("live")
    for text in ("1_5_U.1", "1_5_U.1,.2,x", "1_5_U.1,.2,-3", "1_5_K.1"):
        with pytest.raises(ValueError, match="holds a"):
            Recipe.read(text, Config(), GradientFlowSettings())


@pytest.mark.parametrize("name", [*LOGGED, "training", "map", "steps"])
def test_a_link_holds_the_layout_and_nothing_of_the_lecture(name: str) -> None:
    viewer = CASES[name].viewer()
    room = {"lecture": True, "hide": ("links",)}
    viewer.change(**room, layout="curves")
    query = dict(parse_qsl(urlsplit(shared(viewer)["link"]).query))
    assert query["layout"] == "curves"
    assert not query.keys() & room.keys()


@pytest.mark.parametrize("view", ["range", "landscape"])
def test_a_view_that_streamlit_draws_has_a_button_for_its_link(view: str) -> None:
    query = {"view": view, "layers": "2", "samples": "40", "epochs": "2", "range_count": "10"}
    query |= {"lecture": "true", "hide": "links"}
    app = page_of("pages/learning_rate.py", query)
    app.button(key="share_link").click().run()
    assert not app.exception
    (link,) = [code.value for code in app.code]
    assert f"view={view}" in link
    assert not {"lecture", "hide"} & dict(parse_qsl(urlsplit(link).query)).keys()


def test_a_page_reads_the_recipe_of_its_own_view() -> None:
    app = page_of("pages/learning_rate.py", {"view": "edge", "run": "1_9_L.1_3L.03"})
    assert not app.warning
    assert session_of(app).views["view-edge"].status == "opening"
    app = page_of("pages/gradient_flow.py", {"run": "1_9_U.1,.2"})
    (warning,) = app.warning
    assert "`run`" in warning.value
    assert session_of(app).views["view-flow"].status == "ready"
