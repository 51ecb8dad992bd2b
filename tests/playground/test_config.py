"""Config: validation, the round trip through a URL, and hostile URLs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.activations import ACTIVATIONS as ENGINE_ACTIVATIONS
from engine.core.initializers import INITIALIZERS
from engine.core.losses import LOSSES
from engine.core.optimizers import OPTIMIZERS
from engine.training.schedules import SCHEDULES
from playground.settings.base import MAX_NOTICES, Notice
from playground.settings.config import Config

# ---- the settings and their words


def test_the_switches_of_the_view_touch_no_training() -> None:
    room = {"layout", "lecture", "hide"}
    assert Config.with_effect("display") == {"log_loss", "discretize", "show_test"} | room


def test_names_are_the_engines() -> None:
    choices = {name: set(spec.choices) for name, spec in Config.FIELDS.items()}
    # Softmax belongs at the end of a network, not in its middle.
    assert choices["activation"] == choices["activations"] == set(ENGINE_ACTIVATIONS) - {"softmax"}
    assert choices["optimizer"] == set(OPTIMIZERS)
    assert choices["schedule"] == set(SCHEDULES)
    assert choices["init"] <= set(INITIALIZERS)
    for alias, name in Config.FIELDS["init"].aliases.items():
        assert INITIALIZERS[alias] is INITIALIZERS[name]
    # "constant" leaves every unit the same, as zeros does: one such choice is enough.
    assert choices["init"] | set(Config.FIELDS["init"].aliases) == set(INITIALIZERS) - {"constant"}
    assert choices["loss"] - {"auto"} == set(LOSSES)


# ---- validation


def test_values_become_canonical() -> None:
    wild: dict[str, Any] = {
        "layers": [np.int64(4), 2],
        "samples": np.int32(100),
        "noise": np.float64(5),
        "train_share": 40,
        "l1": -0.0,
        "features": ["sin1", "x1"],
        "activations": ["relu", "tanh"],
        "init": "xavier",
        "loss": "mean_squared_error",
    }
    config = Config(**wild)
    assert (config.layers, config.features) == ((4, 2), ("x1", "sin1"))
    assert type(config.layers[0]) is type(config.samples) is int
    assert type(config.noise) is type(config.train_share) is float
    assert math.copysign(1, config.l1) == 1
    assert config.activations == config.layer_activations == ("relu", "tanh")
    assert (config.init, config.loss) == ("glorot", "mse")


@pytest.mark.parametrize(
    ("changes", "resolved"),
    [
        ({}, "cross_entropy"),
        ({"loss": "bce"}, "binary_cross_entropy"),
        ({"loss": "softmax_cross_entropy"}, "cross_entropy"),
        ({"loss": "mse"}, "mse"),
        ({"loss": "brier"}, "softmax_mse"),
        ({"dataset": "xor", "loss": "sigmoid_mse"}, "sigmoid_mse"),
        ({"dataset": "plane"}, "mse"),
        ({"dataset": "rings", "classes": 2, "loss": "bce"}, "binary_cross_entropy"),
        ({"dataset": "spiral", "classes": 5, "loss": "bce"}, "binary_cross_entropy"),
    ],
)
def test_resolved_loss(changes: dict[str, Any], resolved: str) -> None:
    assert Config(**changes).resolved_loss == resolved


@pytest.mark.parametrize(
    ("dataset", "loss"),
    [
        *(("plane", "cross_entropy"), ("plane", "bce"), ("rings", "bce")),
        *(("plane", "brier"), ("rings", "sigmoid_mse")),
    ],
)
def test_a_loss_that_does_not_fit(dataset: str, loss: str) -> None:
    with pytest.raises(ValueError, match=r"^loss must fit"):
        Config(dataset=dataset, loss=loss)
    config, _, notices = Config.from_query({"dataset": dataset, "loss": loss})
    assert (config.dataset, config.loss) == (dataset, "auto")
    assert [(n.parameter, n.given, n.used) for n in notices] == [("loss", loss, "auto")]


# ---- the URL


def test_only_differences_are_written() -> None:
    assert Config().to_query() == {}
    made = Config(layers=(), noise=15.0, log_loss=True, features=("x1", "x1x2"))
    query = {"layers": "", "noise": "15", "log_loss": "true", "features": "x1,x1x2"}
    assert made.to_query() == query


def test_a_data_set_brings_its_own_defaults() -> None:
    config, _, notices = Config.from_query({"dataset": "three-spiral"})
    assert config == Config.for_dataset("three-spiral") == Config("three-spiral", samples=300)
    assert config.to_query() == {"dataset": "three-spiral"}
    assert notices == []
    more = {"dataset": "three-spiral", "samples": "500"}
    assert Config("three-spiral", samples=500).to_query() == more
    found, _, (notice,) = Config.from_query(more | {"samples": "many"})
    assert (found, notice.used) == (config, "300")
    with pytest.raises(ValueError, match="dataset"):
        Config.for_dataset("swirl")


def test_a_link_by_hand() -> None:
    link = "dataset=XOR&layers=+8,%204&init=xavier&epochs=1e3&noise=05.50&nesterov=1&speed=max"
    config, play, notices = Config.from_query(dict(parse_qsl(link)))
    assert config == Config(
        "xor", layers=(8, 4), init="glorot", epochs=1000, noise=5.5, nesterov=True, speed="max"
    )
    assert not play
    assert notices == []


@pytest.mark.parametrize(
    ("text", "play", "count"),
    [("1", True, 0), ("YES", True, 0), ("0", False, 0), ("", False, 0), ("now", False, 1)],
)
def test_play(text: str, play: bool, count: int) -> None:
    config, found, notices = Config.from_query({"play": text})
    assert (config, found, len(notices)) == (Config(), play, count)


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        *(("noise", text) for text in ("nan", "1e999", "٣", "1_0", "", "1,5", "9" * 100_000)),
        *(("noise", text) for text in (" " * 1000 + "5", "5\x00")),
        *(("samples", text) for text in ("99.5", "-1", "1e30")),
        *(("layers", text) for text in ("8,,8", "8;8", "8," * 100_000, "0", "8.5")),
        ("activation", "<script>alert(1)</script>"),
        ("activations", "relu"),
        ("dataset", "\ud800"),
        ("features", ""),
        ("features", "x1,x1"),
        ("nesterov", "maybe"),
        ("optimizer", "`; drop table"),
    ],
)
def test_a_bad_value_falls_back_with_one_notice(parameter: str, text: str) -> None:
    config, play, (notice,) = Config.from_query({parameter: text, "epochs": "7"})
    assert (config, play) == (Config(epochs=7), False)
    assert notice.parameter == parameter
    assert len(notice.given) <= 41
    assert notice.given.isprintable()
    assert notice.given[:3] == "".join(c if c.isprintable() else "·" for c in text)[:3]
    assert notice.used == Config.FIELDS[parameter].text(getattr(Config(), parameter))
    assert parameter in notice.markdown
    assert notice.reason
    assert notice.reason in notice.markdown


def test_a_negative_zero_is_zero() -> None:
    config, _, notices = Config.from_query({"l1": "-0", "noise": "-0.0"})
    assert (repr(config), notices) == (repr(Config()), [])


def test_values_that_are_fine_alone_but_not_together() -> None:
    query = {"dataset": "plane", "loss": "bce", "layers": "4", "activations": "relu,tanh"}
    config, _, notices = Config.from_query(query | {"features": ""})
    assert config == Config("plane", layers=(4,))
    assert {notice.parameter for notice in notices} == {"loss", "activations", "features"}
    assert Config.from_query({"features": "", "fourier": "4"})[0] == Config(features=(), fourier=4)


def test_notices_are_capped() -> None:
    bad = dict.fromkeys(Config.FIELDS, "?")
    config, _, notices = Config.from_query(bad)
    assert config == Config()
    assert len(notices) == MAX_NOTICES + 1
    assert notices[-1].markdown == f"And {len(Config.FIELDS) - MAX_NOTICES} more like this."


def test_unknown_parameters_are_ignored_unless_nearly_right() -> None:
    config, _, notices = Config.from_query({"utm_source": "x", "embed": "true", "lr": "1"})
    assert (config, notices) == (Config(), [])
    config, _, notices = Config.from_query({"learning_rat": "1"})
    assert config == Config()
    assert [(n.parameter, "learning_rate" in n.reason) for n in notices] == [("learning_rat", True)]


HOSTILE = st.one_of(
    st.text(),
    st.text(alphabet="0123456789.,+-eE naif_xX\x00٣", max_size=30),
    st.sampled_from(["nan", "inf", "1e999", "-0", "", " ", "<b>x</b>", "\x00", "9" * 5000]),
    st.floats().map(str),
    st.integers().map(str),
)


NAMES = st.one_of(st.sampled_from([*Config.FIELDS, "play", "laeyrs"]), st.text())


@given(st.dictionaries(NAMES, HOSTILE))
@settings(max_examples=300)
def test_garbage_gives_a_valid_config(params: Mapping[str, str]) -> None:
    config, play, notices = Config.from_query(params)
    assert dataclasses.replace(config) == config  # validates once more
    assert isinstance(play, bool)
    assert len(notices) <= MAX_NOTICES + 1
    assert Config.from_query(config.to_query()) == (config, False, [])
    for notice in notices:
        assert notice.markdown.isprintable()
        assert len(notice.markdown) < 400


def test_markdown_keeps_foreign_text_in_code_spans() -> None:
    notice = Notice("a`b", "![x](http://x/y.png) `<b>` $x$ :red[y]", "must be a number", "1")
    spans = notice.markdown.split("`")
    assert len(spans) % 2 == 1, "an odd backtick would open the span"
    outside = "".join(spans[::2])
    assert outside == " must be a number ( was given). Using  instead."
    assert "![x](http://x/y.png) '<b>' $x$ :red[y]" in spans[1::2]
