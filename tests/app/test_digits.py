"""The digits page: it opens from a link, its controls work, and files are read or refused."""

from __future__ import annotations

import gzip
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.digits import layout, sources
from playground.digits.layout import KEY
from playground.digits.pictures import at_hand
from playground.digits.presets import PRESETS
from playground.digits.settings import DigitsSettings
from playground.digits.view import DigitsView
from tests.app import visitor
from tests.app.visitor import click, helped, put, run, session_of
from tests.playground.test_digits_data import files, npz

PAGE = "pages/digits.py"
settings_of = partial(visitor.settings_of, kind=DigitsSettings)


def opened(**settings: Any) -> AppTest:
    return visitor.opened(PAGE, DigitsSettings(**settings).to_query())


def view_of(app: AppTest) -> DigitsView:
    found = session_of(app).views[KEY]
    assert isinstance(found, DigitsView)
    return found


def upload(app: AppTest, **given: bytes) -> AppTest:
    box: Any = app.get("file_uploader")[0]
    box.set_value([(name, data, "application/octet-stream") for name, data in given.items()])
    return run(app)


def errors(app: AppTest) -> str:
    return "\n".join(each.value for each in app.error)


def test_it_opens_and_every_setting_has_a_control_with_a_line_of_help() -> None:
    app = opened(digits_source="digits8")
    assert view_of(app).problem is None
    assert helped(app.sidebar) == {f"set_{name}" for name in DigitsSettings.FIELDS}


def test_a_link_opens_the_very_network() -> None:
    settings = DigitsSettings(
        digits_source="digits8", digits_layers=(5, 4), digits_optimizer="adam", digits_seed=3
    )
    app = visitor.opened(PAGE, settings.to_query())
    assert settings_of(app) == settings
    assert view_of(app).experiment.units == [64, 5, 4, 10]


def test_the_controls_change_the_network_and_the_address() -> None:
    app = opened(digits_source="digits8")
    put(app, "text_input", "digits_layers", "7, 3")
    put(app, "selectbox", "digits_activation", "tanh")
    put(app, "number_input", "digits_batch", 64)
    found = settings_of(app)
    assert (found.digits_layers, found.digits_batch) == ((7, 3), 64)
    assert found.digits_activation == "tanh"
    assert view_of(app).experiment.settings == found
    put(app, "text_input", "digits_layers", "7, 999")
    assert "Entry 2, `999`, is out of range." in errors(app)
    assert settings_of(app).digits_layers == (7, 3)


def test_the_presets_are_one_click_each() -> None:
    app = opened()
    for preset in (*list(PRESETS.values())[1:], PRESETS["taught"]):
        click(app, "digits_preset_next")
        assert settings_of(app) == preset.settings
        assert any(preset.look in each.value for each in app.markdown)
        assert view_of(app).problem is None


@pytest.mark.parametrize("packed", [False, True])
def test_a_persons_own_files_are_read_and_belong_to_them(packed: bool) -> None:
    app = opened(digits_source="own", digits_layers=(4,), digits_batch=2)
    assert view_of(app).problem is not None
    given = files()
    if packed:
        given = {f"{name}.gz": gzip.compress(data) for name, data in given.items()}
    upload(app, **given)
    assert view_of(app).problem is None
    assert len(view_of(app).experiment.pictures.train_labels) == 7
    assert any("Yours: 7 pictures" in each.value for each in app.caption)
    upload(app, **{"mnist.npz": npz()})
    assert len(view_of(app).experiment.pictures.train_labels) == 3
    other = opened(digits_source="own")
    assert view_of(other).problem is not None


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"mnist.npz": npz()[:-30]}, "This is no mnist.npz"),
        ({"cat.png": b"\x89PNG"}, "Cat.png is neither mnist.npz nor"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(given: dict[str, bytes], says: str) -> None:
    app = opened(digits_source="own")
    upload(app, **given)
    assert says in errors(app)
    assert view_of(app).problem is not None


def test_mnist_comes_on_request_and_the_run_begins_when_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pictures = at_hand("digits28", 0)
    begun: list[bool] = []
    found = SimpleNamespace(
        pictures=None, problem="", coming=False, on_disk=False, progress="Fetching: 1 s"
    )

    def begin() -> None:
        begun.append(True)
        found.coming = True

    found.begin = begin
    monkeypatch.setattr(sources, "MNIST_PICTURES", found)
    monkeypatch.setattr(layout, "MNIST_PICTURES", found)
    app = opened(digits_source="mnist")
    assert not begun  # nothing is fetched that nobody asked for
    assert "Press Fetch MNIST" in str(view_of(app).problem)
    click(app, "fetch_mnist")
    assert begun == [True]
    assert [each.value for each in app.info] == ["Fetching: 1 s"]
    found.problem, found.coming = "MNIST could not be fetched.", False
    run(app)
    assert view_of(app).problem == found.problem
    click(app, "fetch_mnist")
    assert begun == [True, True]
    found.pictures, found.coming = pictures, False
    run(app)
    assert view_of(app).problem is None
    assert view_of(app).experiment.pictures is pictures
