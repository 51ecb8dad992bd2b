"""The pages run: untouched, from links good and bad, and with every widget at its work."""

import pytest

from playground.data.datasets import DATASETS
from playground.settings.config import Config
from tests.app.visitor import address, click, opened, put, run


def test_the_page_runs_untouched() -> None:
    app = opened()
    assert not app.warning
    assert not app.error
    assert app.sidebar.selectbox(key="set_dataset").value == Config.dataset
    assert app.sidebar.number_input(key="set_learning_rate").value == Config.learning_rate
    assert address(app) == {}


def test_each_data_set_has_a_page() -> None:
    app = opened(query={"layers": "4"})
    for dataset in DATASETS:
        put(app, "selectbox", "dataset", dataset)
        assert not app.error
        assert address(app).get("dataset", Config.dataset) == dataset


def test_a_deep_link_seeds_the_widgets() -> None:
    query = {
        "dataset": "moons",
        "layers": "6,5",
        "activation": "relu",
        "learning_rate": "0.05",
        "optimizer": "adam",
        "batch_size": "16",
        "l2": "0.003",
        "play": "1",
    }
    app = opened(query=query)
    assert not app.warning
    assert app.sidebar.selectbox(key="set_activation").value == "relu"
    assert app.sidebar.selectbox(key="set_optimizer").value == "adam"
    assert app.sidebar.number_input(key="set_learning_rate").value == 0.05
    assert app.sidebar.number_input(key="set_batch_size").value == 16
    assert [app.sidebar.number_input(key=f"set_layers_{n}").value for n in (1, 2)] == [6, 5]


BAD = {
    "dataset": "<img src=x onerror=alert(1)>",
    "layers": "8,eight",
    "activation": "![x](http://evil.test/x.png)",
    "learning_rate": "NaN",
    "batch_size": "0",
    "optimizer": "",
    "init": "a" * 5000,
    "loss": "\u202e\x00",
    "noise": "-1",
    "seed": "1.5",
    "epochs": "0",
    "play": "perhaps",
}


@pytest.mark.parametrize("names", [list(BAD)[i::3] for i in range(3)], ids=" ".join)
def test_bad_parameters_are_named_in_one_warning(names: list[str]) -> None:
    app = opened(query={name: BAD[name] for name in names})
    (warning,) = app.warning
    assert all(f"`{name}`" in warning.value for name in names)
    assert len(warning.value) < 1000 * len(names)
    assert app.sidebar.number_input(key="set_learning_rate").value == Config.learning_rate


def test_a_changed_widget_changes_the_link_and_agrees_with_itself() -> None:
    app = opened()
    put(app, "number_input", "learning_rate", 0.5)
    assert address(app) == {"learning_rate": "0.5"}
    assert app.sidebar.select_slider(key="set_learning_rate_slider").value == 0.5
    put(app, "select_slider", "learning_rate_slider", 0.01)
    assert app.sidebar.number_input(key="set_learning_rate").value == 0.01
    put(app, "selectbox", "dataset", "plane")
    assert address(app)["dataset"] == "plane"
    click(app, "add_layer")
    assert address(app)["layers"] == "8,8,8,8"
    click(app, "defaults")
    assert address(app) == {}


def test_the_guide_runs_and_the_config_outlives_it() -> None:
    app = opened(query={"dataset": "xor", "learning_rate": "0.1"})
    run(app.switch_page("pages/guide.py"))
    assert not app.warning
    assert "Guide" in [heading.value for heading in (*app.title, *app.header)]
    assert [tab.label for tab in app.tabs] == [
        "Reading the screen",
        "Driving it",
        "Learning rate",
        "Gradient flow",
        "Backprop",
        "The mathematics",
    ]
    for tab in app.tabs[3:5]:  # what each of these pages shows, how to drive it, what to try
        assert len(tab.subheader) == 3
        assert len(tab.markdown) == 3
    assert len(app.latex) > 10
    run(app.switch_page("app.py"))
    assert app.sidebar.selectbox(key="set_dataset").value == "xor"
    assert app.sidebar.number_input(key="set_learning_rate").value == 0.1
