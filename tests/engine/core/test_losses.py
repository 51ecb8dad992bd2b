"""Losses: stability, and what targets they accept. Values: test_against_torch.py."""

import math

import numpy as np
import numpy.typing as npt
import pytest

from engine import (
    BinaryCrossEntropy,
    Loss,
    MeanSquaredError,
    SigmoidSquaredError,
    SoftmaxCrossEntropy,
    SoftmaxSquaredError,
)


@pytest.mark.parametrize("scale", [1e3, 1e8])
def test_huge_logits_stay_finite(scale: float) -> None:
    cross = SoftmaxCrossEntropy()
    assert cross.value([[scale, -scale]], [1]) == pytest.approx(2 * scale)
    assert cross.value([[scale, -scale]], [0]) == 0.0
    assert np.isfinite(cross.gradient([[scale, -scale]], [1])).all()
    binary = BinaryCrossEntropy()
    assert binary.value([[scale], [-scale]], [0, 1]) == pytest.approx(scale)
    np.testing.assert_allclose(binary.gradient([[scale], [-scale]], [0, 1]), [[0.5], [-0.5]])


def test_squared_error_of_a_saturated_probability_has_next_to_no_gradient() -> None:
    binary, soft = SigmoidSquaredError(), SoftmaxSquaredError()
    for right in (0, 1):  # at z = 20 the answer is surely 1, wrong or right
        assert binary.value([[20.0]], [right]) == pytest.approx(1.0 - right, abs=1e-8)
        assert 0.0 < abs(binary.gradient([[20.0]], [right])[0, 0]) < 1e-8
        # Two classes are one sigmoid of their difference, and its slope goes both ways.
        gradient = soft.gradient([[0.0, 20.0]], [right])
        np.testing.assert_allclose(
            gradient, binary.gradient([[20.0]], [right]) * [[-1, 1]], rtol=1e-6
        )
    assert soft.value([[1e8, -1e8]], [1]) == 1.0  # and nothing overflows
    assert (soft.gradient([[1e8, -1e8]], [1]) == 0.0).all()
    assert binary.value([[1e8], [-1e8]], [0, 0]) == 0.5


def test_squared_error_takes_labels_as_one_hot() -> None:
    loss = MeanSquaredError()
    assert loss.value([[1.0, 0.0], [0.0, 0.0]], np.array([0, 1])) == pytest.approx(1 / 4)
    p = loss.probabilities(np.array([[-1.0, 0.5, -3.0], [0.5, 1.5, -1.0]]))
    np.testing.assert_allclose(p, [[0.0, 1 / 3, 0.5], [1.0, 2 / 3, 0.5]])


BAD: list[tuple[Loss, int, npt.ArrayLike, str]] = [
    (SoftmaxCrossEntropy(), 3, [0, 3], "label 3, outside the classes 0 to 2"),
    (SoftmaxCrossEntropy(), 3, [-1, 1], "label -1, outside"),
    (SoftmaxCrossEntropy(), 3, [0.5, 1.0], "whole class labels"),
    (SoftmaxCrossEntropy(), 3, ["a", "b"], "must hold numbers"),
    (SoftmaxCrossEntropy(), 3, [[0, 1], [1, 0]], r"shape \(2, 2\)"),
    (SoftmaxCrossEntropy(), 1, [0, 0], "2 outputs or more"),
    (BinaryCrossEntropy(), 1, [0, 2], "label 2, outside the classes 0 to 1"),
    (BinaryCrossEntropy(), 2, [0, 1], "1 output, this one has 2"),
    (SoftmaxSquaredError(), 1, [0, 0], "2 outputs or more.* use SigmoidSquaredError"),
    (SigmoidSquaredError(), 2, [0, 1], "1 output, this one has 2"),
    (MeanSquaredError(), 2, [[1.0], [2.0]], r"shape \(2, 1\), but .* takes \(N, 2\)"),
    (MeanSquaredError(), 1, [math.nan, 1.0], "NaN"),
    (MeanSquaredError(), 1, [], "empty"),
]


@pytest.mark.parametrize(("loss", "outputs", "y", "message"), BAD)
def test_bad_targets_are_refused(loss: Loss, outputs: int, y: npt.ArrayLike, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        loss.targets(y, outputs, np.float64)


def test_logits_and_targets_must_be_as_many() -> None:
    with pytest.raises(ValueError, match=r"\(2, 2\) and \(3, 2\)"):
        SoftmaxCrossEntropy().value([[0.0, 1.0], [1.0, 0.0]], [0, 1, 1])
