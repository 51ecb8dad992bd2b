"""Pictures of digits: what comes with scikit-learn, and files that people bring."""

import gzip
import io
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from playground.data import digits
from playground.data.digits import Bytes, Digits, read, read_idx, small


def idx(array: Any) -> bytes:
    found: Bytes = np.asarray(array, np.uint8)
    head = b"\0\0\x08" + bytes([found.ndim]) + struct.pack(f">{found.ndim}I", *found.shape)
    return head + found.tobytes()


def files(side: int = 28, count: int = 7) -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    made = {}
    for part in ("train", "t10k"):
        made[f"{part}-images-idx3-ubyte"] = idx(rng.integers(0, 256, (count, side, side)))
        made[f"{part}-labels-idx1-ubyte"] = idx(rng.integers(0, 10, count))
    return made


def npz(**changes: Any) -> bytes:
    arrays = {
        "x_train": np.zeros((3, 28, 28), np.uint8),
        "y_train": np.arange(3, dtype=np.uint8),
        "x_test": np.full((2, 28, 28), 255, np.uint8),
        "y_test": np.array([9, 0]),
    }
    stream = io.BytesIO()
    np.savez_compressed(stream, **{**arrays, **changes})
    return stream.getvalue()


@pytest.mark.parametrize("side", digits.SIDES)
def test_the_small_ones_are_split_with_every_digits_share(side: int) -> None:
    found = small(side)
    assert found.side == side
    assert len(found.train) + len(found.test) == 1797
    counts = np.bincount(load_digits().target)
    np.testing.assert_array_equal(np.bincount(found.test_labels), np.round(counts / 5))
    assert found.train.max() > 240
    assert not found.train.flags.writeable
    assert small(side) is found  # one for all viewers
    assert not np.array_equal(small(side, seed=1).test, found.test)


def test_scaling_keeps_the_picture() -> None:
    coarse, fine = small(8).train.astype(float), small(28).train.astype(float)
    np.testing.assert_allclose(fine.mean(axis=(1, 2)), coarse.mean(axis=(1, 2)), rtol=0.05)
    centre = (np.arange(28) - 13.5) / 28, (np.arange(8) - 3.5) / 8
    for axis in (1, 2):  # where the ink is, in widths of the picture
        ink = [array.sum(axis=3 - axis) for array in (fine, coarse)]
        places = [(i @ c) / i.sum(axis=1) for i, c in zip(ink, centre, strict=True)]
        np.testing.assert_allclose(places[0], places[1], atol=0.02)


def test_idx_files_are_read_gzipped_or_not() -> None:
    plain = files()
    found = read(plain)
    packed = read({f"{name}.gz": gzip.compress(data) for name, data in plain.items()})
    for name in vars(found):
        np.testing.assert_array_equal(getattr(found, name), getattr(packed, name))
    pictures = plain["train-images-idx3-ubyte"]
    assert found.train.tobytes() == pictures[16:]
    assert found.test_labels.tobytes() == plain["t10k-labels-idx1-ubyte"][8:]


def test_an_npz_is_read() -> None:
    found = read({"mnist.npz": npz()})
    assert (len(found.train), found.test.min(), list(found.test_labels)) == (3, 255, [9, 0])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train-images-idx3-ubyte": None}, "missing: train-images"),
        ({"holiday.jpg": b"x"}, "holiday.jpg is neither"),
        ({"t10k-labels-idx1-ubyte": idx([1, 2])}, "7 test pictures and 2 labels"),
        ({"train-labels-idx1-ubyte": idx([10] * 7)}, "0 to 9, and one is 10"),
        ({"train-images-idx3-ubyte": idx(np.zeros((7, 20, 20)))}, "20 x 20 pixels, not 8 x 8 or"),
        ({"train-images-idx3-ubyte": idx(np.zeros((7, 8, 8)))}, "8 x 8 pixels, test pictures 28"),
        ({"train-images-idx3-ubyte": idx(np.zeros((7, 28, 27)))}, "must be squares"),
        ({"t10k-images-idx3-ubyte": idx(np.zeros(5))}, "must be squares"),
        ({"t10k-images-idx3-ubyte": b""}, "begins with nothing"),
        ({"t10k-images-idx3-ubyte": b"\0\0\x0d\x03" + bytes(12)}, "begins with 00 00 0d 03"),
        ({"t10k-images-idx3-ubyte": b"\0\0\x08\x03\0\0"}, "ends within its head"),
        ({"t10k-images-idx3-ubyte": files()["t10k-images-idx3-ubyte"][:-1]}, "and holds 5,487"),
        ({"t10k-images-idx3-ubyte": gzip.compress(bytes(99))[:-9]}, "cannot be unpacked"),
        ({"t10k-images-idx3-ubyte": b"\0\0\x08\x03" + b"\xff" * 12}, "says 120,000,001 bytes"),
        ({"t10k-images-idx3-ubyte": bytes(digits.LARGEST + 1)}, "larger than 50 MB"),
    ],
)
def test_what_is_wrong_with_idx_files_is_said(changes: dict[str, Any], words: str) -> None:
    given_ = {name: data for name, data in (files() | changes).items() if data is not None}
    with pytest.raises(ValueError, match=words):
        read(given_)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(digits.UNPACKED + 10))
    with pytest.raises(ValueError, match="more than 120 MB"):
        read_idx("train-images", bomb)
    bombs = npz(x_train=np.zeros((160_000, 28, 28), np.uint8))
    with pytest.raises(ValueError, match="it holds more than 120 MB"):
        read({"mnist.npz": bombs})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no mnist.npz"),
        (npz(x_train=np.zeros((3, 28, 28))), "x_train must hold whole numbers from 0 to 255"),
        (npz(y_test=np.array([1, -1])), "y_test must hold whole numbers"),
        (npz(x_test=np.array([{}], dtype=object)), "no mnist.npz"),
        (npz()[:-30], "no mnist.npz"),
    ],
)
def test_what_is_wrong_with_an_npz_is_said(data: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read({"mnist.npz": data})


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for name in ("train-images", "mnist.npz"):
        with pytest.raises(ValueError, match=r"."):
            read({name: data})


def test_no_part_may_be_empty() -> None:
    none = np.zeros((0, 8, 8), np.uint8)
    with pytest.raises(ValueError, match="no test pictures"):
        Digits(np.zeros((1, 8, 8), np.uint8), np.zeros(1, np.uint8), none, none[:, 0, 0])
