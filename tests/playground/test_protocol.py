"""The wire: what is packed is unpacked again, and nothing that comes in can do harm."""

from __future__ import annotations

import json
import math
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from playground.live.protocol import COMMANDS, Request, differences, pack, read_request, unpack

ARRAYS = st.one_of(
    hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=7)),
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=7),
        elements=st.floats(width=32),
    ),
    hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=7),
        elements=st.floats(),
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = ("cmd", "n", "value", "step", "have", "want", "earlier")
REQUESTS = st.dictionaries(
    st.sampled_from(NAMES),
    JSON
    | st.sampled_from(sorted(COMMANDS))
    | st.dictionaries(
        st.sampled_from(("figures", "run", "generation", "rows", "network", "weights")), JSON
    ),
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.text(max_size=6), ARRAYS, max_size=5))
def test_round_trip(arrays: dict[str, Any]) -> None:
    header = {"seq": 3, "text": "Größe “<b>”", "none": None, "list": [1, 2.5, True]}
    found, back = unpack(pack(header, arrays))
    assert found == header
    assert list(back) == list(arrays)
    for name, array in arrays.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)


def test_layout_is_what_the_browser_reads() -> None:
    """Length, JSON, one zlib stream, every array at a multiple of 8 bytes."""
    arrays: dict[str, Any] = {
        "odd": np.arange(3, dtype=np.uint8),
        "f4": np.array([[1.5], [2.5], [3.5]], dtype=np.float32),
        "f8": np.array([math.pi]),
    }
    message = pack({"a": 1}, arrays)
    (length,) = struct.unpack("<I", message[:4])
    header = json.loads(message[4 : 4 + length])
    assert header["arrays"] == {"odd": ["u1", [3]], "f4": ["f4", [3, 1]], "f8": ["f8", [1]]}
    raw = zlib.decompress(message[4 + length :])
    assert raw[:8] == bytes([0, 1, 2, 0, 0, 0, 0, 0])
    assert struct.unpack("<3f", raw[8:20]) == (1.5, 2.5, 3.5)
    assert struct.unpack("<d", raw[24:32]) == (math.pi,)
    assert len(raw) == 32


def test_slices_and_transposes_are_laid_out_in_their_own_order() -> None:
    table = np.arange(12, dtype=np.float32).reshape(3, 4)
    _, back = unpack(pack({}, {"t": table.T, "s": table[:, ::2]}))
    np.testing.assert_array_equal(back["t"], table.T)
    np.testing.assert_array_equal(back["s"], table[:, ::2])
    assert unpack(pack({"x": 1}, {})) == ({"x": 1}, {})


def test_what_the_browser_cannot_read_is_not_sent() -> None:
    for dtype in (np.int64, np.float16, np.bool_, np.complex64):
        with pytest.raises(ValueError, match=r"'bad'.*u1, f4, f8"):
            pack({}, {"bad": np.zeros(2, dtype)})
    for number in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match="JSON"):
            pack({"loss": number}, {})


@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 5), st.integers(1, 5))),
)
def test_differences_add_up_again(frames: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
    before = frames.copy()
    changes = differences(frames)
    np.testing.assert_array_equal(frames, before)
    np.testing.assert_array_equal(np.cumsum(changes, axis=0, dtype=np.uint8), frames)


def test_differences_of_like_frames_pack_smaller() -> None:
    x, y = np.meshgrid(np.linspace(-6, 6, 60), np.linspace(-6, 6, 60))
    heights = [x * np.sin(y + 0.01 * i) * (1 + 0.01 * i) for i in range(8)]
    frames = np.stack([np.rint(255 / (1 + np.exp(-h))).astype(np.uint8) for h in heights])
    assert len(pack({}, {"c": differences(frames)})) < 0.8 * len(pack({}, {"c": frames}))


# ---- requests ---------------------------------------------------------------------------------


def test_a_whole_request() -> None:
    payload = {
        "cmd": "pause",
        "n": 7,
        "value": {"discretize": True},
        "step": 1234,
        "have": {"figures": 2, "run": 3, "generation": 4, "rows": 5},
        "want": ["network", 3, "weights"],
    }
    assert read_request(payload) == Request(
        7, "pause", {"discretize": True}, 1234, 2, 3, 4, 5, frozenset({"network", "weights"})
    )


@pytest.mark.parametrize("payload", [None, "play", [], {}, {"cmd": None}, {"cmd": "rm -rf"}])
def test_what_is_no_request(payload: object) -> None:
    assert read_request(payload) is None


@pytest.mark.parametrize("bad", ["5", 5.0, None, [5], {}, True, math.nan, [["network"]]])
def test_what_cannot_be_read_has_its_default(bad: object) -> None:
    have = {"figures": bad, "run": bad, "generation": bad, "rows": bad}
    for command in COMMANDS:
        given = {"cmd": command, "n": bad, "step": bad, "have": have, "want": bad}
        assert read_request(given) == Request(0, command)
    assert read_request({"cmd": "tick", "have": bad}) == Request(0, "tick")
    assert read_request({"cmd": "tick", "have": {"rows": -4}}) == Request(0, "tick")


def test_requests_without_an_answer_come_along_and_each_is_due_once() -> None:
    earlier = [{"cmd": "step", "n": 3}, {"cmd": "nonsense", "n": 4}, 5, {"cmd": "epoch", "n": 6}]
    found = read_request({"cmd": "step", "n": 7, "earlier": earlier})
    assert found is not None
    assert [(due.number, due.command) for due in found.due(0)] == [
        (3, "step"),
        (6, "epoch"),
        (7, "step"),
    ]
    assert [due.number for due in found.due(3)] == [6, 7]
    assert found.due(7) == []
    many = [{"cmd": "step", "n": n} for n in range(1000)]
    bounded = read_request({"cmd": "step", "n": 1000, "earlier": many})
    assert bounded is not None
    assert len(bounded.due(-1)) == 101


@settings(max_examples=300, deadline=None)
@given(JSON | REQUESTS)
def test_nothing_that_comes_in_raises(payload: object) -> None:
    request = read_request(payload)
    if request is not None:
        assert request.command in COMMANDS
        for number in (request.number, request.step, request.run, request.rows):
            assert type(number) is int
        assert all(isinstance(name, str) for name in request.want)
