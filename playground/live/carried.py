"""What a browser carries of a run, so that any server can go on with it: values as bytes and back.

Plain values, arrays, and objects of classes that are known, never a pickle. What comes back was in
a stranger's hands: `unpack` makes nothing but these; `alike` compares them with a run of one's own.
"""

from __future__ import annotations

import json
import zlib
from collections import deque
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from playground.live import words

MOST: Final = 1_500_000  # bytes, packed; a larger run is not carried
_MOST_UNPACKED: Final = 16_000_000
_KINDS: Final = frozenset({"|b1", "|u1", "<f4", "<f8", "<i8"})
_DEEPEST: Final = 16

Classes = Mapping[str, type[Any]]


def pack(value: Any, classes: Classes) -> bytes:
    """Bytes of a value; objects in it are of `classes`. TypeError for any other."""
    blocks = bytearray()
    text = json.dumps(_written(value, classes, blocks)).encode()
    return zlib.compress(len(text).to_bytes(4, "little") + text + blocks, 1)


def unpack(data: bytes, classes: Classes) -> Any:
    """The value of these bytes. ValueError for what `pack` does not write."""
    try:
        plain = zlib.decompressobj().decompress(data, _MOST_UNPACKED)
        end = 4 + int.from_bytes(plain[:4], "little")
        return _read(json.loads(plain[4:end]), classes, memoryview(plain)[end:], _DEEPEST)
    except (zlib.error, LookupError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(words.no_run(error)) from error


def _written(value: Any, classes: Classes, blocks: bytearray) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.ndarray):
        kind = value.dtype.str
        if kind not in _KINDS:
            raise TypeError(f"an array of {value.dtype} is not carried")
        start = len(blocks)
        blocks += value.tobytes()
        return {"array": [kind, list(value.shape), start]}
    if isinstance(value, deque):
        return {"deque": [value.maxlen, *(_written(each, classes, blocks) for each in value)]}
    if isinstance(value, (tuple, list)):
        return {type(value).__name__: [_written(each, classes, blocks) for each in value]}
    if isinstance(value, Mapping):
        pairs = [[k, _written(v, classes, blocks)] for k, v in value.items()]
        return {"dict": pairs}
    name = value.__name__ if isinstance(value, type) else type(value).__name__
    if classes.get(name) not in (value, type(value)):
        raise TypeError(f"a {name} is not carried")
    if isinstance(value, type):
        return {"class": name}
    parts = {k: _written(v, classes, blocks) for k, v in vars(value).items()}
    return {"object": [name, parts]}


def _read(tree: Any, classes: Classes, blocks: memoryview, depth: int) -> Any:
    if depth == 0:
        raise ValueError(words.no_run(words.TOO_DEEP))
    if not isinstance(tree, dict):
        if isinstance(tree, list):
            raise ValueError(words.no_run(words.BARE_LIST))
        return tree
    ((kind, content),) = tree.items()

    def read(part: Any) -> Any:
        return _read(part, classes, blocks, depth - 1)

    match kind:
        case "array":
            dtype, shape, start = content
            if dtype not in _KINDS:
                raise ValueError(words.no_run(words.array_of(dtype)))
            count = int(np.prod(shape, dtype=np.int64))
            array = np.frombuffer(blocks, dtype, count, start).reshape(shape).copy()
            array.setflags(write=False)
            return array
        case "tuple":
            return tuple(read(part) for part in content)
        case "list":
            return [read(part) for part in content]
        case "deque":
            most, *parts = content
            return deque(map(read, parts), most)
        case "dict":
            return {k: read(part) for k, part in content}
        case "class":
            return classes[content]
        case "object":
            name, parts = content
            made = object.__new__(classes[name])
            vars(made).update((k, read(part)) for k, part in parts.items())
            return made
    raise ValueError(words.no_run(repr(kind)))


def alike(value: Any, own: Any) -> bool:
    """Whether `value` has the form of `own`: classes, names, types and shapes of arrays.

    What `own` has not got yet (None) may be anything. Records may be longer or shorter: lists, and
    the rows of tables.
    """
    if own is None:
        return True
    if isinstance(own, np.ndarray):
        return (
            isinstance(value, np.ndarray)
            and value.dtype == own.dtype
            and value.ndim == own.ndim
            and value.shape[own.ndim > 1 :] == own.shape[own.ndim > 1 :]
        )
    if type(value) is not type(own):
        return False
    if isinstance(own, tuple):
        return len(value) == len(own) and all(map(alike, value, own))
    if isinstance(own, (list, deque)):
        return not own or all(alike(each, own[0]) for each in value)
    if isinstance(own, Mapping):
        return not own or (value.keys() == own.keys() and all(alike(value[k], own[k]) for k in own))
    if hasattr(own, "__dict__"):
        return alike(vars(value), vars(own))
    return True
