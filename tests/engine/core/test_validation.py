"""Checks: what is refused is refused by name, what is good passes unchanged."""

from typing import Any

import numpy as np
import pytest

from engine.core.validation import class_labels, column, float_type, lookup, matrix, number, whole


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (lambda: number("rate", "a"), "rate must be a number, not 'a'"),
        (lambda: number("rate", True), "rate must be a number"),
        (lambda: number("rate", np.inf), "rate must be finite"),
        (lambda: number("rate", 2, low=0, high=1), "rate must be >= 0 and <= 1, not 2"),
        (lambda: number("rate", 0, above=0), "rate must be > 0, not 0"),
        (lambda: whole("size", 1.0, low=0), "size must be a whole number, not 1.0"),
        (lambda: whole("size", 0, low=1), "size must be >= 1, not 0"),
        (lambda: whole("size", 9, low=1, high=8), "size must be >= 1 and <= 8, not 9"),
        (lambda: lookup({"b": 1, "a": 2}, "c", "loss"), "unknown loss 'c'; known: a, b"),
        (lambda: lookup({"a": 1}, ["a"], "loss"), "unknown loss"),
        (lambda: float_type(np.int64), "dtype must be float32 or float64"),
        (lambda: matrix("X", np.ones((2, 3)), 2, "f8", "it"), r"X has shape \(2, 3\)"),
        (lambda: matrix("X", [[1e300, 0.0]], 2, "f4", "it"), "too large for float32"),
        (lambda: matrix("X", [[1j, 0.0]], 2, "f8", "it"), "must hold numbers"),
        (lambda: column("y", np.ones((2, 2))), r"y has shape \(2, 2\)"),
        (lambda: class_labels("y", [0, 5], 3), "label 5, outside the classes 0 to 2"),
    ],
)
def test_refusals(check: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check()


def test_good_values_pass() -> None:
    assert number("rate", np.float32(0.5)) == 0.5
    assert whole("size", np.int64(3), low=1) == 3
    assert lookup({"a": 1}, "a", "loss") == 1
    assert float_type("float32") == np.float32
    assert matrix("X", [[1, 2]], 2, np.float32, "it").dtype == np.float32
    np.testing.assert_array_equal(class_labels("y", [[0.0], [2.0]], 3), [0, 2])
    np.testing.assert_array_equal(class_labels("y", [True, False], 2), [1, 0])
