"""What Python sends is what the browser half knows and tests: types.d.ts and tests/js."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.figures import boundary
from playground.live.protocol import COMMANDS, differences, pack, unpack
from tests.playground.test_views_contract import CASES

ROOT: Final = Path(__file__).resolve().parents[2]
SENT: Final = ROOT / "tests" / "js" / "python.json"  # read by the tests of the browser half
TYPES: Final = (ROOT / "playground" / "live" / "types.d.ts").read_text("utf-8")


def interface(name: str) -> dict[str, bool]:
    """The keys of one of the browser's types, and whether each is always there."""
    found = re.search(rf"^interface {name} [^\n]*{{\n(.*?)\n}}", TYPES, re.MULTILINE | re.DOTALL)
    assert found is not None
    keys = re.findall(r"^  (\w+)(\??):", found[1], re.MULTILINE)
    return {key: optional == "" for key, optional in keys}


def assert_known(found: dict[str, Any], name: str) -> None:
    known = interface(name)
    assert {key for key, always in known.items() if always} <= found.keys() <= known.keys()


@pytest.mark.parametrize("name", CASES)
def test_the_browser_knows_each_key_of_a_message(name: str) -> None:
    viewer = CASES[name].viewer()
    figures = viewer.figures
    for command in ("look", "play", "tick"):
        header = viewer.ask(command)
        assert_known({key: value for key, value in header.items() if key != "arrays"}, "Header")
        assert_known(header["notice"], "Notice")
    assert_known(figures, "Figures")
    for readout in figures["readouts"]:
        assert_known(readout, "Readout")
    for panel in figures["panels"]:
        assert {"id", "kind", "title"} <= panel.keys()
        for switch in panel.get("switches", []):
            assert_known(switch, "Switch")


def test_the_browser_knows_each_command() -> None:
    union = re.search(r"^type CommandName =(.*?);", TYPES, re.MULTILINE | re.DOTALL)
    assert union is not None
    assert set(re.findall(r'"(\w+)"', union[1])) == COMMANDS


def sent() -> dict[str, Any]:
    """A packed message and what is in it, and the codes of sure answers with their shades."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, 2, 4, 5), dtype=np.uint8)
    flat = differences(images.reshape(3, -1, 1)).reshape(images.shape)
    grid = np.arange(6, dtype=np.float32).reshape(3, 2)
    arrays: dict[str, NDArray[Any]] = {
        "odd": np.arange(5, dtype=np.uint8).reshape(5, 1),
        "none": np.zeros((0, 4), dtype=np.float32),
        "f4": np.array([[1.5, -2.25], [3e30, 0]], dtype=np.float32),
        "f8": np.array([np.pi, 1e300]),
        "steps": np.array([1.0, 2.0, 3.0]),
        "rows": np.array([[1, 0.5], [2, np.nan], [3, 0.25]], np.float32),
        "image:tiles": flat,
        "array:grid": grid,
        "state:net:weights": np.array([0.25, 0.5], np.float32),
    }
    header = {"text": "Größe “<b>”", "state": {"net": {"side": 3}}}
    plain = {name: [list(array.shape), array.ravel().tolist()] for name, array in arrays.items()}
    plain["rows"][1][3] = None  # JSON has no NaN
    return {
        "message": base64.b64encode(pack(header, arrays)).decode(),
        "header": header,
        "arrays": plain,
        "images": images.ravel().tolist(),
        "sure": [
            {"shading": boundary.shading(n), "codes": boundary.codes(np.eye(n), n).tolist()}
            for n in (2, 3, 4, 5, 6)
        ],
    }


def test_what_the_browsers_tests_read_is_what_python_sends() -> None:
    """Where this fails: `python -m tests.playground.test_browser_half` writes the file anew."""
    kept, now = json.loads(SENT.read_text("utf-8")), sent()
    messages = [unpack(base64.b64decode(each.pop("message"))) for each in (kept, now)]
    assert kept == now
    (one, some), (other, others) = messages  # zlib may pack the same in other bytes
    assert one == other
    assert some.keys() == others.keys()
    for name, array in some.items():
        np.testing.assert_array_equal(array, others[name])


if __name__ == "__main__":
    SENT.write_text(json.dumps(sent(), ensure_ascii=False) + "\n", "utf-8")
