"""What is said of data: the names of data sets, and what is wrong with a person's own file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

CIRCLE: Final = "Circle"
XOR: Final = "Exclusive or"
GAUSS: Final = "Two Gaussians"
SPIRAL: Final = "Spiral"
MOONS: Final = "Moons"
CIRCLES: Final = "Circles"
BLOBS: Final = "Blobs"
ARMS: Final = "Spiral with arms"
CHECKERBOARD: Final = "Checkerboard"
RINGS: Final = "Rings"
SINE: Final = "Sine"
PLANE: Final = "Plane"
HILLS: Final = "Hills"
SINE_SURFACE: Final = "Sine surface"


def class_missing(name: str, samples: int) -> str:
    return f"data set {name!r}: no draw of {samples} points held every class"


# --- pictures of digits ---------------------------------------------------------------------------

TRAINING: Final = "training"
TEST: Final = "test"
NOTHING: Final = "nothing"  # where a file should begin


def two_sizes(training: str, test: str) -> str:
    return f"training pictures are {training} pixels, test pictures {test}"


def no_squares(part: str) -> str:
    return f"the {part} pictures must be squares, one after the other"


def other_size(part: str, size: str, sides: Iterable[int]) -> str:
    allowed = " or ".join(f"{side} x {side}" for side in sides)
    return f"the {part} pictures are {size} pixels, not {allowed}"


def unequal(part: str, pictures: int, labels: int) -> str:
    return f"there are {pictures:,} {part} pictures and {labels:,} labels for them"


def none(part: str) -> str:
    return f"there are no {part} pictures"


def no_digit(part: str, label: int) -> str:
    return f"the {part} labels must be 0 to 9, and one is {label}"


# --- a file ---------------------------------------------------------------------------------------


def too_large(name: str, most: int) -> str:
    """`most` and all below are bytes."""
    return f"{name} is larger than {most // 1_000_000} MB"


def holds_too_much(name: str, most: int) -> str:
    return f"{name} holds more than {most // 1_000_000} MB"


def archive_too_large(most: int) -> str:
    return f"it holds more than {most // 1_000_000} MB"


def no_array(name: str) -> str:
    return f"it has no array {name!r}"


def no_npz(why: object) -> str:
    return f"this is no mnist.npz: {why}"


def no_bytes(name: str) -> str:
    return f"{name} must hold whole numbers from 0 to 255"


def unknown_file(name: str) -> str:
    return (
        f"{name} is neither mnist.npz nor one of MNIST's four files"
        " (train-images, train-labels, t10k-images, t10k-labels)"
    )


def missing(files: Iterable[str]) -> str:
    return f"missing: {', '.join(files)}"


def cannot_unpack(name: str, why: object) -> str:
    return f"{name} cannot be unpacked: {why}"


def no_idx(name: str, magic: str) -> str:
    return f"{name} is no IDX file of bytes: it begins with {magic}"


def cut_off(name: str) -> str:
    return f"{name} ends within its head"


def other_length(name: str, said: int, held: int) -> str:
    return f"{name} says {said:,} bytes and holds {held:,}"
