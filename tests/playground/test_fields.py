"""Settings and their fields: lists of numbers, values that must agree, and what a URL may say."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from playground.backprop.settings import BackpropSettings
from playground.gradient_flow.settings import GradientFlowSettings
from playground.learning_rate.settings import RateSettings
from playground.settings.base import Notice, Settings
from playground.settings.config import Config
from playground.settings.fields import (
    BadEntry,
    BoolField,
    ChoiceField,
    ChoicesField,
    FieldError,
    FieldSpec,
    FloatField,
    IntField,
    Label,
    NumbersField,
    SubsetField,
)

RATES = NumbersField(
    *("Rates", "structure", 1e-6, 1e3), name="rates", least=2, most=4, rising=True, optional=True
)
SHARES = NumbersField("Shares", "live", 0, 1, open_high=True, name="shares", most=3, rising=True)
UNITS = NumbersField("Units", "structure", 1, 64, name="units", most=8, whole=True)
COLOURS = SubsetField(
    "Colours", "live", {"red": "Red", "green": "Green", "blue": "Blue"}, 3, name="colours"
)


BINARY = "binary_cross_entropy"
DIGITS = {"walk_network": "digits"}


@dataclass(frozen=True)
class Toy(Settings):
    """Settings of which two must agree."""

    low: Annotated[int, IntField(Label("Low", "The one."), "live", 0, 9)] = 2
    high: Annotated[int, IntField(Label("High", "The other, above the one."), "live", 0, 9)] = 5
    share: Annotated[float, FloatField("Share", "live", 0, 1)] = 0.5
    shape: Annotated[str, ChoiceField("Shape", "live", {"ring": "Ring", "x": "X"})] = "ring"
    rates: Annotated[tuple[float, ...], RATES] = ()

    def agree(self) -> None:
        if self.low >= self.high:
            raise FieldError("high", f"must be above {self.low}", self.high)


# ---- a list of numbers that rise


@pytest.mark.parametrize(
    "values",
    [
        *[(0.1,), (0.1, 0.2, 0.3, 0.4, 0.5)],  # too few, too many
        *[(0.2, 0.1), (0.1, 0.1), (0.0, 0.1), (0.1, 1001.0), (0.1, math.nan), (math.nan, 0.1)],
        *[(0.1, "0.2"), (0.1, True), (0.1, None), (0.1, 0.2j)],
        *["0.1,0.2", 0.1, None, {0.1, 0.2}],
    ],
)
def test_what_is_no_rising_list_is_refused_in_words(values: Any) -> None:
    with pytest.raises(
        FieldError, match="rates must be empty, or 2 to 4 numbers that rise"
    ) as info:
        RATES.check(values)
    assert info.value.field == "rates"
    assert "from 1e-06 to 1000" in info.value.requirement


def test_numbers_that_rise_are_kept_as_floats_and_a_bound_can_be_left_out() -> None:
    kept = RATES.check([np.float64(0.25), np.float32(0.5), 1])
    assert kept == (0.25, 0.5, 1.0)
    assert all(type(number) is float for number in kept)
    assert RATES.check(()) == ()
    assert repr(SHARES.check([-0.0, 0.5])) == "(0.0, 0.5)"
    assert SHARES.check([0.25]) == (0.25,)  # without a least number one is enough
    with pytest.raises(FieldError, match="to below 1"):
        SHARES.check([0.5, 1.0])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", ()),
        ("   ", ()),
        ("0.1,0.2", (0.1, 0.2)),
        (" 0.1 ,\t1e-0 , 30. ", (0.1, 1.0, 30.0)),
        (".5,+2", (0.5, 2.0)),
    ],
)
def test_a_text_is_read(text: str, values: tuple[float, ...]) -> None:
    assert RATES.parse(text) == values


@pytest.mark.parametrize(
    "text",
    [
        *("0.1", "0.2,0.1", "0.1,,0.2", "0.1,0.2,", ",", "0.1;0.2", "a,b", "nan,1", "1,inf"),
        *("1_0,20", "0.1,1e999", "\u0661,\u0662", "0x1,2", "0,1", "1,2,3,4,5"),
    ],
)
def test_a_text_that_is_no_list_is_quoted_as_it_was_given(text: str) -> None:
    with pytest.raises(FieldError, match="rates must be") as info:
        RATES.parse(text)
    assert str(info.value).endswith(f"got {text!r}")
    if text in ("0.1", "1,2,3,4,5"):  # too few, too many: no entry of it is at fault
        assert info.value.entry is None


@pytest.mark.parametrize(
    ("spec", "text", "bad"),
    [
        (RATES, "0.1, abc, 5", BadEntry(2, "abc", "is not a number")),
        (RATES, "0.1,,5", BadEntry(2, "", "is not a number")),
        (RATES, "0.1, 5000", BadEntry(2, "5000", "is out of range")),
        (RATES, "0.5, 0.1, x", BadEntry(2, "0.1", "is not above the one before it")),
        (SHARES, "0,1", BadEntry(2, "1", "is out of range")),
        (UNITS, "4, 2.5", BadEntry(2, "2.5", "is not a whole number")),
    ],
)
def test_the_entry_at_fault_is_named(spec: NumbersField, text: str, bad: BadEntry) -> None:
    with pytest.raises(FieldError) as info:
        spec.parse(text)
    assert info.value.entry == bad


def test_whole_numbers_stay_whole_and_need_not_rise() -> None:
    assert UNITS.parse("8, 4,4.0") == (8, 4, 4)
    assert all(type(number) is int for number in UNITS.parse("8,4"))
    assert UNITS.text((8, 4)) == "8,4"
    assert UNITS.parse("") == ()


def test_a_bad_entry_cannot_speak_markdown() -> None:
    entry = BadEntry(2, "`**:red[x]" + "y" * 99 + "\n", "is not a number")
    assert entry.markdown.startswith("Entry 2, `'**:red[x]yyy")
    assert entry.markdown.count("`") == 2
    assert len(entry.markdown) < 90


# ---- a set of choices


def test_a_subset_has_the_order_of_the_choices() -> None:
    assert COLOURS.check(["blue", "red"]) == ("red", "blue")
    assert COLOURS.parse(" Blue, RED ") == ("red", "blue")


# ---- settings


def test_a_setting_is_stated_once() -> None:
    assert Toy.FIELDS["high"] == IntField(
        *("High", "live", 0, 9), name="high", help="The other, above the one."
    )
    assert [(spec.name, spec.help != "") for spec in Toy.FIELDS.values()] == [
        ("low", True),
        ("high", True),
        ("share", False),
        ("shape", False),
        ("rates", False),
    ]
    assert Toy.with_effect("live") == {"low", "high", "share", "shape"}


def test_settings_agree_and_stay_as_they_are() -> None:
    with pytest.raises(FieldError, match="high must be above 7, got 5"):
        Toy(low=7)
    with pytest.raises(dataclasses.FrozenInstanceError):
        Toy().low = 4  # type: ignore[misc]


def test_values_that_do_not_agree_fall_back_until_they_do() -> None:
    notices: list[Notice] = []
    assert Toy.read({"low": "4", "high": "3"}, notices) == Toy(low=4)
    assert [(n.parameter, n.given, n.used) for n in notices] == [("high", "3", "5")]
    notices.clear()  # next, the default of `high` does not agree with `low` either
    assert Toy.read({"low": "8", "share": "1", "shape": "x"}, notices) == Toy(share=1.0, shape="x")
    assert [(n.parameter, n.given, n.used) for n in notices] == [("low", "8", "2")]
    assert notices[0].reason == "does not fit high, which must be above 8"


# ---- the settings of the Config and of the pages

KINDS: tuple[type[Settings], ...] = (Config, RateSettings, GradientFlowSettings, BackpropSettings)


@pytest.mark.parametrize("kind", KINDS)
def test_each_setting_has_words(kind: type[Settings]) -> None:
    assert list(kind.FIELDS) == [field.name for field in dataclasses.fields(kind)]
    for name, spec in kind.FIELDS.items():
        assert (spec.name, "\n" in spec.help, spec.help[-1:]) == (name, False, ".")
        assert 20 < len(spec.help) <= 140
    labels = [spec.label for spec in kind.FIELDS.values()]
    assert len(set(labels)) == len(labels) or kind is RateSettings  # the views share some


def outside(spec: FieldSpec) -> list[Any]:
    """Values that the setting cannot have: beyond its bounds, not among its choices, of no kind."""
    below = spec.low if spec.open_low else math.nextafter(spec.low, -math.inf)
    above = spec.high if spec.open_high else math.nextafter(spec.high, math.inf)
    match spec:
        case IntField():
            return [spec.low - 1, spec.high + 1, spec.low + 0.5, float(spec.low), "2", True]
        case FloatField():
            return [below, above, math.nan, math.inf, 10**400, "1", True]
        case NumbersField():
            return [(below,) * 2, (spec.low + 1, above), tuple(range(1, 99)), "1", 1, (True, "2")]
        case ChoicesField():
            name = next(iter(spec.choices))
            return [("none such", name), name, (1,), [*spec.choices, name], 1]
        case ChoiceField():
            return ["none such", ["none such"], 1, True]
        case BoolField():
            return ["yes", 1, 0.0]
    raise AssertionError(f"say here what {spec} cannot be")


@pytest.mark.parametrize(
    ("kind", "spec"), [(kind, spec) for kind in KINDS for spec in kind.FIELDS.values()]
)
def test_what_a_setting_cannot_be_is_refused_by_its_name(
    kind: type[Settings], spec: FieldSpec
) -> None:
    for value in (None, *outside(spec)):
        with pytest.raises(FieldError, match=rf"^{spec.name} must be .*, got ") as info:
            kind(**{spec.name: value})
        assert info.value.field == spec.name
    for bound, is_open in ((spec.low, spec.open_low), (spec.high, spec.open_high)):
        if isinstance(spec, IntField | FloatField) and not is_open:
            assert spec.check(bound if isinstance(spec, FloatField) else int(bound)) == bound


def values_of(spec: FieldSpec) -> st.SearchStrategy[Any]:
    """What the setting can be."""
    numbers = st.floats(
        spec.low, spec.high, exclude_min=spec.open_low, exclude_max=spec.open_high, width=64
    )
    names = st.sampled_from([*spec.choices, *spec.aliases] or [""])
    match spec:
        case IntField():
            return st.integers(int(spec.low), int(spec.high))
        case FloatField():
            return numbers
        case NumbersField():
            one = st.integers(int(spec.low), int(spec.high)) if spec.whole else numbers
            many = st.lists(one, min_size=spec.least, max_size=spec.most, unique=spec.rising)
            return many.map(sorted) if spec.rising else many
        case SubsetField():
            return st.lists(st.sampled_from(list(spec.choices)), unique=True)
        case ChoicesField():
            return st.lists(names, max_size=spec.most)
        case BoolField():
            return st.booleans()
    return names


@st.composite
def any_of(draw: st.DrawFn, kind: type[Settings]) -> Settings:
    """Settings with some of them changed, and what these drag along."""
    names = draw(st.lists(st.sampled_from(list(kind.FIELDS)), max_size=9, unique=True))
    changes = {name: draw(values_of(kind.FIELDS[name])) for name in names}
    try:
        return replace(kind(), **kind().fitting(changes))
    except FieldError:  # what does not fit together
        reject()


@pytest.mark.parametrize("kind", KINDS)
@given(st.data(), st.booleans())
def test_any_settings_survive_their_url_and_json(
    kind: type[Settings], data: st.DataObject, through_a_browser: bool
) -> None:
    made = data.draw(any_of(kind))
    query = made.to_query()
    assert "+" not in "".join(query.values()), "a plus is read as a blank by careless decoders"
    if through_a_browser:
        query = dict(parse_qsl(urlencode(query), keep_blank_values=True))
    notices: list[Notice] = []
    assert repr(kind.read(query, notices)) == repr(made)
    assert notices == []
    assert kind(**json.loads(json.dumps(dataclasses.asdict(made)))) == made


@pytest.mark.parametrize(
    ("kind", "values", "field", "words"),
    [
        (RateSettings, {"race_low": 5.0, "race_high": 5.0}, "race_high", "above the lowest, 5"),
        (RateSettings, {"range_low": 1.0, "range_high": 0.1}, "range_high", "above the lowest, 1"),
        (RateSettings, {"map_low": 1.0, "map_high": 0.1}, "map_high", "above the lowest, 1"),
        (RateSettings, {"race_optimizers": ("sgd",)}, "race_optimizers", "at least two"),
        (Config, {"features": ()}, "features", "at least one input"),
        (Config, {"features": ("x1", "x1")}, "features", "each once"),
        (Config, {"activations": ("tanh",)}, "activations", "each of the 3 hidden layers"),
        (GradientFlowSettings, {"flow_activations": ("relu",)}, "flow_activations", "2 to 4"),
        (GradientFlowSettings, {"flow_inits": ("he", "he")}, "flow_inits", "of the 3 networks"),
        (GradientFlowSettings, {"flow_rates": (0.1,) * 2}, "flow_rates", "of the 3 networks"),
        (BackpropSettings, {"walk_outputs": 1}, "walk_outputs", "2 or more"),
        (BackpropSettings, {"walk_loss": BINARY}, "walk_loss", "for 2 outputs"),
        (BackpropSettings, {"walk_loss": BINARY} | DIGITS, "walk_loss", "10 outputs"),
        (Config, {"momentum": -1}, "momentum", "a number from 0 to below 1"),
    ],
)
def test_what_a_page_cannot_show_is_refused_in_words(
    kind: type[Settings], values: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(FieldError) as info:
        kind(**values)
    assert info.value.field == field
    assert words in info.value.requirement
