"""Pictures of digits: scikit-learn's small ones, full MNIST, or a person's own file.

N is the number of pictures. A picture is side x side bytes, 0 for paper and 255 for ink, row by
row. Nothing here unpickles, and nothing is fetched but by `fetch`.
"""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from playground.data import words

Bytes = NDArray[np.uint8]

CLASSES: Final = 10
SIDES: Final = (8, 28)  # pixels a side that the page trains on
LARGEST: Final = 50_000_000  # bytes of an upload
UNPACKED: Final = 120_000_000  # bytes that may come out of it: twice MNIST
_TESTED: Final = 0.2  # of a set that does not say which are for testing
_STREAM: Final = 101  # the child of the seed that chooses these
_UBYTE: Final = 0x08  # the type of an IDX file's numbers
_ARRAYS: Final = ("x_train", "y_train", "x_test", "y_test")  # of mnist.npz


@dataclass(frozen=True)
class Digits:
    """Pictures (N, side, side) with their labels (N,), read-only, in two parts."""

    train: Bytes
    train_labels: Bytes
    test: Bytes
    test_labels: Bytes

    def __post_init__(self) -> None:
        for pictures, labels, part in (
            (self.train, self.train_labels, words.TRAINING),
            (self.test, self.test_labels, words.TEST),
        ):
            _check(pictures, labels, part)
        if self.train.shape[1:] != self.test.shape[1:]:
            raise ValueError(words.two_sizes(_size(self.train), _size(self.test)))
        for array in vars(self).values():
            array.setflags(write=False)

    @property
    def side(self) -> int:
        """Pixels a side."""
        return int(self.train.shape[1])


def _check(pictures: Bytes, labels: Bytes, part: str) -> None:
    if pictures.ndim != 3 or pictures.shape[1] != pictures.shape[2]:
        raise ValueError(words.no_squares(part))
    if pictures.shape[1] not in SIDES:
        raise ValueError(words.other_size(part, _size(pictures), SIDES))
    if labels.ndim != 1 or len(labels) != len(pictures):
        raise ValueError(words.unequal(part, len(pictures), labels.size))
    if len(labels) == 0:
        raise ValueError(words.none(part))
    if labels.max() >= CLASSES:
        raise ValueError(words.no_digit(part, labels.max()))


def _size(pictures: Bytes) -> str:
    return " x ".join(map(str, pictures.shape[1:]))


# ---- what comes with scikit-learn ---------------------------------------------------------------


@lru_cache
def small(side: int, seed: int = 0) -> Digits:
    """scikit-learn's 1,797 pictures of 8 x 8, a fifth of them to test on; 28 x 28 on request."""
    from sklearn.datasets import load_digits

    found = load_digits()
    pictures = found.images * (255 / 16)  # it has 17 shades
    if side != pictures.shape[1]:
        weights = _between(pictures.shape[1], side)
        pictures = weights @ pictures @ weights.T
    return split(np.rint(pictures).astype(np.uint8), found.target.astype(np.uint8), seed)


def _between(old: int, new: int) -> NDArray[np.float64]:
    """(new, old): bilinear weights that bring `old` pixels to `new`."""
    places = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    return np.maximum(0.0, 1.0 - np.abs(places[:, np.newaxis] - np.arange(old)))


def split(pictures: Bytes, labels: Bytes, seed: int) -> Digits:
    """A part to train on and a fifth to test on, each with every digit's share."""
    rng = np.random.default_rng([seed, _STREAM])
    order = rng.permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    tested = np.zeros(len(labels), dtype=bool)
    for digit in range(CLASSES):
        (own,) = np.nonzero(labels[order] == digit)
        tested[order[own[: round(_TESTED * len(own))]]] = True
    return Digits(pictures[~tested], labels[~tested], pictures[tested], labels[tested])


# ---- a person's own file ------------------------------------------------------------------------


def read(files: Mapping[str, bytes]) -> Digits:
    """mnist.npz, or MNIST's four IDX files (gzipped or not), by their names.

    ValueError, in words for a person, for anything else.
    """
    for name, data in files.items():
        if len(data) > LARGEST:
            raise ValueError(words.too_large(name, LARGEST))
    if len(files) == 1:
        ((name, data),) = files.items()
        if name.endswith(".npz"):
            return read_npz(data)
    return _read_idx(files)


def read_npz(data: bytes) -> Digits:
    """The pictures of an mnist.npz; ValueError, in words for a person, for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > UNPACKED:
                raise ValueError(words.archive_too_large(UNPACKED))
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            missing = [name for name in _ARRAYS if name not in found]
            if missing:
                raise ValueError(words.no_array(missing[0]))
            x, y, tested, labels = (_as_bytes(found[name], name) for name in _ARRAYS)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise ValueError(words.no_npz(error)) from error
    return Digits(x, y, tested, labels)


def _as_bytes(array: NDArray[np.generic], name: str) -> Bytes:
    if array.dtype.kind not in "iu" or (array.size and (array.min() < 0 or array.max() > 255)):
        raise ValueError(words.no_bytes(name))
    return array.astype(np.uint8)


def _read_idx(files: Mapping[str, bytes]) -> Digits:
    parts: dict[str, Bytes] = {}
    for name, data in files.items():
        part = next((p for p in _ARRAYS if _is_part(name, p)), None)
        if part is None:
            raise ValueError(words.unknown_file(name))
        parts[part] = read_idx(name, data)
    missing = [part for part in _ARRAYS if part not in parts]
    if missing:
        names = {"x_train": "train-images", "y_train": "train-labels"}
        names |= {"x_test": "t10k-images", "y_test": "t10k-labels"}
        raise ValueError(words.missing(names[part] for part in missing))
    return Digits(*(parts[part] for part in _ARRAYS))


def _is_part(name: str, part: str) -> bool:
    what, which = part.split("_")
    start = "train" if which == "train" else "t10k"
    return name.startswith(start) and ("images" if what == "x" else "labels") in name


def read_idx(name: str, data: bytes) -> Bytes:
    """The array of one IDX file, gzipped or not."""
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
                data = stream.read(UNPACKED + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(words.cannot_unpack(name, error)) from error
        if len(data) > UNPACKED:
            raise ValueError(words.holds_too_much(name, UNPACKED))
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] != _UBYTE or data[3] not in (1, 3):
        magic = data[:4].hex(" ") or words.NOTHING
        raise ValueError(words.no_idx(name, magic))
    start = 4 + 4 * data[3]
    if len(data) < start:
        raise ValueError(words.cut_off(name))
    shape = struct.unpack(f">{data[3]}I", data[4:start])
    wanted = int(np.prod(shape, dtype=np.int64)) if max(shape) < 2**31 else UNPACKED + 1
    if len(data) - start != wanted:
        raise ValueError(words.other_length(name, wanted, len(data) - start))
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape).copy()
