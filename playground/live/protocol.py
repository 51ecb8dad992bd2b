"""The messages between browser and server: binary to the browser, small checked requests back."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

COMMANDS: Final = frozenset(  # of all views; what one of them does, its table says
    {"tick", "look", "view", "speed", "play", "pause", "step", "epoch", "back", "reset", "new"}
    | {"rewind", "halve", "open", "explain", "pick", "go", "resume", "steer", "rate", "share"}
)
_TYPES: Final = {"u1": np.uint8, "f4": np.float32, "f8": np.float64}
_MOST_EARLIER: Final = 100  # requests; a person presses no more before an answer comes
_MOST_PANELS: Final = 100
_LEVEL: Final = 3  # of zlib: higher ones cost more time than the bytes are worth


@dataclass(frozen=True)
class Notice:
    """Words for the line under the bar. `kind` is info, good, warn or bad.

    `progress`, from 0 to 1, is that of something that takes a while. `touch` is said in place of
    `text` where there are no keys.
    """

    kind: str
    text: str
    actions: tuple[tuple[Any, ...], ...] = ()  # (command, label[, value])
    progress: float | None = None
    touch: str = ""

    def as_json(self) -> dict[str, Any]:
        """What the browser reads."""
        more: dict[str, Any] = {} if self.progress is None else {"progress": self.progress}
        if self.touch:
            more["touch"] = self.touch
        return {"kind": self.kind, "text": self.text, "actions": list(self.actions), **more}


@dataclass(frozen=True)
class Request:
    """What the browser asks for, and what it has already.

    `step` is the training step of the frame it shows; `figures`, `run`, `generation` and `rows`
    say which figures and which rows of which history it holds (-1: none). `want` are the panels in
    sight whose state has to be asked for. `earlier` are requests from before this one that the
    browser has no answer to, oldest first: of those that come close together Streamlit hands on
    only the last.
    """

    number: int
    command: str
    value: Any = None
    step: int = 0
    figures: int = -1
    run: int = -1
    generation: int = -1
    rows: int = 0
    want: frozenset[str] = frozenset()
    earlier: tuple[Request, ...] = ()

    def due(self, answered: int) -> list[Request]:
        """What is asked for and not yet done, where requests up to `answered` are."""
        return [each for each in (*self.earlier, self) if each.number > answered]


def read_request(payload: object) -> Request | None:
    """A request from the browser's JSON; None for anything that is not one."""
    command = payload.get("cmd") if isinstance(payload, Mapping) else None
    if not isinstance(payload, Mapping) or not isinstance(command, str) or command not in COMMANDS:
        return None
    have, want = payload.get("have"), payload.get("want")
    have = have if isinstance(have, Mapping) else {}
    want = want if isinstance(want, list) else []
    return Request(
        number=_whole(payload.get("n"), 0),
        command=command,
        value=payload.get("value"),
        step=_whole(payload.get("step"), 0),
        figures=_whole(have.get("figures"), -1),
        run=_whole(have.get("run"), -1),
        generation=_whole(have.get("generation"), -1),
        rows=max(0, _whole(have.get("rows"), 0)),
        want=frozenset(name for name in want[:_MOST_PANELS] if isinstance(name, str)),
        earlier=_earlier(payload.get("earlier")),
    )


def _earlier(payload: object) -> tuple[Request, ...]:
    if not isinstance(payload, list):
        return ()
    plain = ({**each, "earlier": None} for each in payload if isinstance(each, Mapping))
    found = [request for request in map(read_request, plain) if request is not None]
    return tuple(found[-_MOST_EARLIER:])


def is_index(value: object, length: int) -> bool:
    """Whether a request's value names one of so many. True and False are no numbers here."""
    return type(value) is int and 0 <= value < length


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def pack(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """One message: u32 length, JSON header, zlib stream of the arrays, each padded to 8 bytes.

    Arrays are uint8, float32 or float64. static/live/protocol.js reads it.
    """
    names: dict[str, tuple[str, list[int]]] = {}
    parts: list[bytes] = []
    for name, array in arrays.items():
        kind = f"{array.dtype.kind}{array.dtype.itemsize}"
        if kind not in _TYPES:
            raise ValueError(f"array {name!r} has dtype {array.dtype}: not one of u1, f4, f8")
        names[name] = (kind, list(array.shape))
        raw = np.ascontiguousarray(array).tobytes()
        parts.append(raw + b"\0" * (-len(raw) % 8))
    text = json.dumps({**header, "arrays": names}, separators=(",", ":"), allow_nan=False).encode()
    body = zlib.compress(b"".join(parts), _LEVEL) if parts else b""
    return struct.pack("<I", len(text)) + text + body


def unpack(message: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The header and the arrays of a packed message: what the browser reads from it."""
    (length,) = struct.unpack_from("<I", message)
    header: dict[str, Any] = json.loads(message[4 : 4 + length])
    arrays: dict[str, NDArray[Any]] = {}
    body = message[4 + length :]
    raw = zlib.decompress(body) if body else b""
    offset = 0
    for name, (kind, shape) in header.pop("arrays").items():
        count = int(np.prod(shape))
        arrays[name] = np.frombuffer(raw, _TYPES[kind], count, offset).reshape(shape)
        size = count * np.dtype(_TYPES[kind]).itemsize
        offset += size + (-size % 8)
    return header, arrays


def differences(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Frames (F, H, W) -> the first frame and each one's change (mod 256), which packs far smaller.

    Neighbouring frames are nearly alike. The browser adds them up again.
    """
    out = frames.copy()
    np.subtract(frames[1:], frames[:-1], out=out[1:])
    return out
