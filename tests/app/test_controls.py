"""The sidebar in the whole app: each control moves the Config and the URL, and nothing breaks."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest

from playground.runs.build import optimizer_takes
from playground.settings.config import (
    DISPLAY_FIELDS,
    LEARNING_RATES,
    MAX_LAYERS,
    Config,
)
from playground.training.view import TrainingView
from playground.ui.session import PLAYGROUND
from tests.app import visitor
from tests.app.visitor import click, run, session_of

NOT_IN_THE_SIDEBAR = DISPLAY_FIELDS | {"speed"}


def opened(**query: str) -> AppTest:
    return visitor.opened(query=query)


def training_of(app: AppTest) -> TrainingView:
    found = session_of(app).views[PLAYGROUND]
    assert isinstance(found, TrainingView)
    return found


def config_of(app: AppTest) -> Config:
    """The session's Config, which the run and the URL must agree with."""
    session = session_of(app)
    assert training_of(app).experiment.config == session.config
    assert dict(app.query_params) == session.config.to_query()
    return session.config


def widget(app: AppTest, kind: str, name: str) -> Any:
    return getattr(app, kind)(key=f"set_{name}")


def put(app: AppTest, kind: str, name: str, value: Any) -> Config:
    """Set a widget's value, run the app, and return the Config that results."""
    return config_of(visitor.put(app, kind, name, value))


def keys(app: AppTest) -> set[str]:
    return {str(control.key).split("--")[0] for control in visitor.controls(app.sidebar)}


@pytest.fixture
def app() -> AppTest:
    return opened()


def test_first_choices_of_the_three_groups(app: AppTest) -> None:
    assert [heading.value for heading in app.sidebar.subheader] == ["Data", "Network", "Training"]
    assert not app.warning
    assert not app.error
    assert config_of(app) == Config()
    assert app.button_group(key="set_dataset").value == Config.dataset
    assert [app.number_input(key=f"set_layers_{n}").value for n in (1, 2, 3)] == [8, 8, 8]
    assert app.number_input(key="set_learning_rate").value == Config.learning_rate
    assert app.select_slider(key="set_learning_rate_slider").value == Config.learning_rate


CHANGES: tuple[tuple[str, str, Any], ...] = (
    ("button_group", "dataset", "xor"),
    ("slider", "samples", 333),
    ("slider", "noise", 12.5),
    ("slider", "train_share", 70.0),
    ("slider", "fourier", 5),
    ("number_input", "seed", 2**31 - 1),
    ("selectbox", "activation", "relu"),
    ("selectbox", "init", "orthogonal"),
    ("number_input", "init_scale", 0.25),
    ("selectbox", "loss", "mse"),
    ("slider", "dropout", 0.2),
    ("select_slider", "momentum", 0.9),
    ("select_slider", "decay", 1e-5),
    ("select_slider", "weight_decay", 0.001),
    ("selectbox", "optimizer", "adamw"),
    ("selectbox", "schedule", "cosine"),
    ("number_input", "warmup", 7),
    ("number_input", "batch_size", 33),
    ("number_input", "epochs", 1_000_000),
    ("select_slider", "l1", 0.0001),
    ("select_slider", "l2", 10.0),
    ("select_slider", "clip", 1.0),
)


def test_a_control_changes_its_setting_and_nothing_else(app: AppTest) -> None:
    expected = Config()
    for kind, name, value in CHANGES:
        expected = replace(expected, **{name: value})
        assert put(app, kind, name, value) == expected
        assert widget(app, kind, name).value == value


def test_learning_rate_stops_span_the_whole_range_evenly(app: AppTest) -> None:
    stops = [float(text) for text in app.select_slider(key="set_learning_rate_slider").options]
    assert stops == sorted(stops)
    assert (stops[0], stops[-1]) == LEARNING_RATES
    assert all(1.49 <= high / low <= 2.001 for low, high in pairwise(stops))


def test_a_learning_rate_is_one_value_in_two_widgets(app: AppTest) -> None:
    def shown() -> list[Any]:
        number = app.number_input(key="set_learning_rate").value
        return [number, app.select_slider(key="set_learning_rate_slider").value]

    for rate in (1e-6, 1000.0, 0.1 + 0.2, 0.0123456):
        assert put(app, "number_input", "learning_rate", rate).learning_rate == rate
        assert shown() == [rate, rate]
    again = opened(**dict(app.query_params))
    assert config_of(again).learning_rate == 0.0123456
    assert again.select_slider(key="set_learning_rate_slider").value == 0.0123456
    stops = app.select_slider(key="set_learning_rate_slider").options
    assert "0.0123456" in stops  # what was typed is a stop, and stays one
    assert put(app, "select_slider", "learning_rate_slider", 0.5).learning_rate == 0.5
    assert shown() == [0.5, 0.5]
    assert app.select_slider(key="set_learning_rate_slider").options == stops
    put(app, "number_input", "learning_rate", Config.learning_rate)
    bad: tuple[float | None, ...] = (1e-7, 1e4, None)
    for cannot_be in bad:
        assert put(app, "number_input", "learning_rate", cannot_be) == Config()
        assert shown()[0] == Config.learning_rate


def test_layers_are_added_up_to_the_most_and_removed_down_to_none(app: AppTest) -> None:
    assert put(app, "number_input", "layers_2", 64).layers == (8, 64, 8)
    assert put(app, "number_input", "layers_3", 1).layers == (8, 64, 1)
    for count in range(4, MAX_LAYERS + 1):
        click(app, "add_layer")
        assert config_of(app).layers == (8, 64, *(1,) * (count - 2))
    assert app.button(key="add_layer").disabled
    click(app, "remove_layer_2")
    assert app.number_input(key="set_layers_2").value == 1
    for count in range(MAX_LAYERS - 2, -1, -1):
        click(app, "remove_layer_1")
        assert config_of(app).layers == (1,) * count
    assert dict(app.query_params) == {"layers": ""}
    assert "remove_layer_1" not in keys(app)
    click(app, "add_layer")
    assert config_of(app).layers == (8,)


@pytest.mark.parametrize("units", [8, 5])
def test_a_removed_layer_stays_removed_whatever_a_browser_still_says_of_it(
    app: AppTest, units: int
) -> None:
    """Its next request may hold all widgets of before, even a number typed in the last moment."""
    app.number_input(key="set_layers_3").set_value(units)
    late = app._tree.get_widget_states()
    app.number_input(key="set_layers_3").set_value(8)
    click(app, "remove_layer_3")
    app._run(WidgetStates(widgets=[state for state in late.widgets if "set_layers" in state.id]))
    assert config_of(app).layers == (8, 8)


def test_an_activation_for_each_layer(app: AppTest) -> None:
    put(app, "selectbox", "activation", "relu")
    assert put(app, "toggle", "activations", True).activations == ("relu",) * 3
    assert app.selectbox(key="set_activation").disabled
    each = put(app, "selectbox", "activations_2", "gelu").activations
    assert each == ("relu", "gelu", "relu")
    click(app, "remove_layer_1")
    assert config_of(app).activations == ("gelu", "relu")
    click(app, "add_layer")
    assert config_of(app).activations == ("gelu", "relu", "relu")
    assert put(app, "toggle", "activations", False).activations == ()
    assert "set_activations_1" not in keys(app)
    assert "set_activations" not in keys(opened(layers=""))


def test_inputs_follow_and_cannot_all_be_off(app: AppTest) -> None:
    assert put(app, "button_group", "features", ["x1", "sin1"]).features == ("x1", "sin1")
    assert put(app, "button_group", "features", []).features == ("x1", "sin1")
    assert [error.value for error in app.sidebar.error] == ["Inputs must name at least one input."]
    assert app.button_group(key="set_features").value == ["x1", "sin1"]


def test_a_loss_that_does_not_fit_is_said_once_and_falls_back(app: AppTest) -> None:
    put(app, "button_group", "dataset", "plane")
    put(app, "selectbox", "loss", "cross_entropy")
    assert config_of(app).loss == "auto"
    assert app.selectbox(key="set_loss").value == "auto"
    assert len(app.sidebar.error) == 1
    assert "regression" in app.sidebar.error[0].value
    put(app, "slider", "noise", 5.0)
    assert not app.sidebar.error


def test_a_new_data_set_brings_its_defaults_and_keeps_what_was_chosen(app: AppTest) -> None:
    moons = put(app, "button_group", "dataset", "moons")
    assert moons == Config.for_dataset("moons")
    assert app.slider(key="set_noise").value == moons.noise > 0
    put(app, "slider", "samples", 250)
    hills = put(app, "button_group", "dataset", "multi-gauss")
    assert (hills.samples, hills.noise) == (250, Config.for_dataset("multi-gauss").noise)


def test_classes_only_where_a_data_set_lets_them_vary(app: AppTest) -> None:
    assert "set_classes" not in keys(app)
    put(app, "button_group", "dataset", "blobs")
    assert put(app, "slider", "classes", 6).classes == 6


def test_every_setting_has_a_control_with_help_where_the_optimizer_takes_it() -> None:
    labels = Config.FIELDS["optimizer"].choices
    of_any = {f"set_{name}" for optimizer in labels for name in optimizer_takes(optimizer)}
    shown: set[str] = set()
    for optimizer in labels:
        taken = {f"set_{name}" for name in optimizer_takes(optimizer)}
        app = opened(
            optimizer=optimizer, dataset="blobs", schedule="step", activations="relu,tanh,gelu"
        )
        assert keys(app) & of_any == taken
        shown |= visitor.helped(app.sidebar)
    wanted = {f"set_{name}" for name in set(Config.FIELDS) - NOT_IN_THE_SIDEBAR - {"layers"}}
    assert wanted <= shown


def test_the_full_batch_follows_the_number_of_points(app: AppTest) -> None:
    click(app, "full_batch")
    assert app.number_input(key="set_batch_size").value == 250
    assert training_of(app).experiment.trainer.batch_size == 250
    put(app, "slider", "samples", 1000)
    assert app.number_input(key="set_batch_size").value == 500
    assert put(app, "number_input", "batch_size", 1).batch_size == 1


def test_values_from_a_link_between_the_stops_are_kept() -> None:
    query = {"l2": "0.0007", "momentum": "0.123", "clip": "2.5", "noise": "12.3", "dropout": "0.33"}
    app = opened(**query)
    assert dict(app.query_params) == query
    assert app.select_slider(key="set_l2").value == 0.0007
    assert put(app, "select_slider", "l2", 0.1).l2 == 0.1
    assert config_of(app).momentum == 0.123


def test_back_to_defaults() -> None:
    app = opened(dataset="rings", layers="4", learning_rate="5", show_test="true", speed="5")
    click(app, "defaults")
    # What the live view's own bar sets stays.
    assert config_of(app) == Config(show_test=True, speed="5")


@pytest.mark.parametrize("playing", [False, True])
def test_a_live_change_keeps_the_run_and_a_structural_one_starts_anew(playing: bool) -> None:
    app = opened(play="1") if playing else opened()
    training = training_of(app)
    trainer = training.experiment.trainer
    trainer.run_steps(25)
    put(app, "number_input", "learning_rate", 0.2)
    assert training.playing is playing
    assert trainer.steps >= 25 if playing else trainer.steps == 25
    assert trainer.learning_rate == 0.2
    assert not session_of(app).changed
    if not playing:
        put(app, "number_input", "layers_1", 4)
        assert training.experiment.trainer.steps == 0


def test_the_page_is_not_drawn_again_without_a_change(app: AppTest) -> None:
    assert not session_of(app).changed
    before = training_of(app).run
    run(run(app))
    assert training_of(app).run == before
    put(app, "number_input", "learning_rate", Config.learning_rate)
    assert not session_of(app).changed
