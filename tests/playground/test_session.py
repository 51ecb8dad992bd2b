"""The session: settings that agree, an address that follows, widgets that are fed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.data.datasets import DATASETS
from playground.settings.base import Settings
from playground.settings.config import Config
from playground.settings.fields import FieldError, IntField
from playground.ui import session
from tests.app.visitor import address, follow, run, session_of

MOONS = DATASETS["moons"]


BINARY = Config(dataset="blobs", classes=2, loss="binary_cross_entropy")


@pytest.mark.parametrize(
    ("config", "fields", "brings"),
    [
        (
            Config(),
            {"dataset": "moons"},
            {"samples": MOONS.default_samples, "noise": MOONS.default_noise},
        ),
        # What a person chose is left.
        (Config(samples=123, noise=7.5), {"dataset": "moons"}, {}),
        (Config(), {"dataset": "moons", "samples": 50, "noise": 1.0}, {}),
        # A loss that no longer fits becomes the usual one, if it was not just asked for.
        (BINARY, {"classes": 3}, {"loss": "auto"}),
        (BINARY, {"classes": 2}, {}),
        (Config(dataset="plane"), {"loss": "cross_entropy"}, {}),
        (Config(), {"layers": (1, 2, 3, 4)}, {}),  # one activation for all needs no list
    ],
)
def test_what_a_change_brings_along(
    config: Config, fields: dict[str, Any], brings: dict[str, Any]
) -> None:
    assert config.fitting(fields) == fields | brings


@pytest.mark.parametrize(
    ("layers", "activations"),
    [
        ((4,), ("relu",)),
        ((4, 4), ("relu", "elu")),
        ((4, 4, 4), ("relu", "elu", "tanh")),
        ((), ()),
    ],
)
def test_activations_follow_the_layers(
    layers: tuple[int, ...], activations: tuple[str, ...]
) -> None:
    config = Config(layers=(3, 3), activations=("relu", "elu"))
    assert config.fitting({"layers": layers})["activations"] == activations


@pytest.mark.parametrize(
    "fields", [{"dataset": "nope"}, {"dataset": None}, {"dataset": ["xor"]}, {"layers": 5}]
)
def test_a_bad_value_is_a_field_error(fields: dict[str, Any]) -> None:
    config = Config(layers=(3, 3), activations=("relu", "elu"))
    with pytest.raises(FieldError):
        config.fitting(fields)


def test_a_name_stands_for_one_setting() -> None:
    @dataclass(frozen=True)
    class Other(Settings):
        seed: Annotated[int, IntField("Seed", "live", 0, 9)] = 0

    assert session.widget_key("seed") == "set_seed"
    with pytest.raises(KeyError, match="'colour'"):
        session.spec("colour")
    session.register(Config)  # once more
    with pytest.raises(ValueError, match="seed is a setting of Config already"):
        session.register(Other)


# ---- in a script that Streamlit runs ----------------------------------------------------------


def script(todo: dict) -> None:  # type: ignore[type-arg]  # runs alone, without our imports
    """A page in miniature: makes the changes in `todo`, says what was refused, draws a widget."""
    import streamlit as st

    from playground.settings.fields import FieldError
    from playground.ui import session

    now = session.current()
    try:
        session.change(**todo)
    except FieldError as refused:
        st.error(refused.field)
    seed = now.config.seed
    st.number_input("Seed", value=seed, key=session.mounted("set_seed", seed), step=1)


def visit(**query: str) -> AppTest:
    return follow(AppTest.from_function(script, kwargs={"todo": {}}), query)


def change(app: AppTest, **todo: Any) -> None:
    app.kwargs = {"todo": todo}
    run(app)
    app.kwargs = {"todo": {}}


def test_the_first_visit_takes_the_address() -> None:
    now = session_of(visit(seed="5", layers="4,3", play="1", noise="lots"))
    assert now.config == Config(seed=5, layers=(4, 3))
    assert now.plays_at_first is True
    assert now.changed is False
    assert [notice.parameter for notice in now.notices] == ["noise"]
    assert session_of(visit(samples="40")).plays_at_first is False


def test_later_runs_keep_the_session() -> None:
    app = visit(seed="5", samples="40")
    first = session_of(app)
    app.query_params["seed"] = "9"
    app.run()
    assert session_of(app) is first
    assert session_of(app).config.seed == 5


def test_only_what_is_another_value_is_a_change() -> None:
    app = visit(samples="40")
    change(app, samples=40)
    assert session_of(app).changed is False
    change(app, seed=3, learning_rate=0.25)
    assert session_of(app).changed is True
    assert address(app) == {"samples": "40", "seed": "3", "learning_rate": "0.25"}


def test_a_change_that_cannot_be_changes_nothing() -> None:
    app = visit(dataset="plane", samples="40")
    before = address(app)
    change(app, loss="cross_entropy", seed=3)
    assert [error.value for error in app.error] == ["loss"]
    assert session_of(app).changed is False
    assert session_of(app).config == Config(dataset="plane", samples=40)
    assert address(app) == before


def visited() -> None:
    """A page called `title` that draws one widget, as Back brings it if `back` is set."""
    import streamlit as st

    from playground.ui import session

    st.session_state.setdefault("title", "Playground")
    session.open_page(st.session_state["title"], None)
    seed = session.current().config.seed
    st.number_input("Seed", value=seed, key=session.mounted("set_seed", seed), step=1)


def test_another_visit_to_a_page_makes_its_widgets_anew() -> None:
    """What a browser has kept of the last visit cannot speak for the widget of this one."""
    app = AppTest.from_function(visited).run()
    keys = []
    for title in ("Playground", "Playground", "Guide", "Playground"):
        app.session_state["title"] = title
        keys.append(app.run().number_input[0].key)
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_back_brings_the_settings_that_were_seen_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = AppTest.from_function(visited).run()
    app.query_params["seed"] = "5"
    app.run()  # an address that nobody saw as this page's is put right
    assert session_of(app).config.seed == 0
    assert address(app) == {}

    app = AppTest.from_function(visited)
    app.query_params["seed"] = "5"
    app.run()
    session_of(app).pages[Config] = Config(seed=6)
    app.run()
    assert address(app) == {"seed": "6"}
    monkeypatch.setattr(session, "navigated", lambda: True)
    for text, seed in (("5", 5), ("6", 6), ("7", 6)):
        app.query_params["seed"] = text
        app.run()
        assert session_of(app).config.seed == seed
        assert address(app) == {"seed": str(seed)}


def viewed() -> None:
    """A script that shows several views one after the other, one of them twice."""
    import streamlit as st

    from playground.ui import session

    class Fake:
        def __init__(self, name: str) -> None:
            self.name = name

        def close(self) -> None:
            st.session_state["closed"] = st.session_state.get("closed", "") + self.name

    for name in (session.PLAYGROUND, *"abcdaef"):
        session.view(name, lambda name=name: Fake(name))  # type: ignore[misc, type-var]


def test_a_viewer_holds_the_few_views_that_were_on_show_last_and_the_playgrounds() -> None:
    app = run(AppTest.from_function(viewed))
    assert list(session_of(app).views) == [session.PLAYGROUND, *"daef"]
    assert app.session_state["closed"] == "bc"
