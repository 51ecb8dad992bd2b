"""Losses: values by hand, stability, and what targets they accept."""

import math

import numpy as np
import numpy.typing as npt
import pytest

from engine import LOSSES, BinaryCrossEntropy, Loss, MeanSquaredError, SoftmaxCrossEntropy


def test_cross_entropy_by_hand() -> None:
    logits = [[0.0, math.log(3)], [math.log(4), 0.0]]  # probabilities (1/4, 3/4) and (4/5, 1/5)
    loss = SoftmaxCrossEntropy()
    assert loss.value(logits, [1, 1]) == pytest.approx((math.log(4 / 3) + math.log(5)) / 2)
    np.testing.assert_allclose(loss.gradient(logits, [1, 1]), [[0.125, -0.125], [0.4, -0.4]])


def test_binary_cross_entropy_by_hand() -> None:
    logits = [[math.log(3)], [0.0]]  # probabilities 3/4 and 1/2
    loss = BinaryCrossEntropy()
    assert loss.value(logits, [0, 1]) == pytest.approx((math.log(4) + math.log(2)) / 2)
    np.testing.assert_allclose(loss.gradient(logits, [0, 1]), [[0.375], [-0.25]])


def test_squared_error_is_a_mean_over_all_elements() -> None:
    loss = MeanSquaredError()
    assert loss.value([[1.0, 2.0], [3.0, 4.0]], [[1.0, 1.0], [1.0, 1.0]]) == pytest.approx(14 / 4)
    np.testing.assert_allclose(loss.gradient([[3.0, 1.0]], [[1.0, 2.0]]), [[2.0, -1.0]])


@pytest.mark.parametrize("scale", [1e3, 1e8])
def test_huge_logits_stay_finite(scale: float) -> None:
    cross = SoftmaxCrossEntropy()
    assert cross.value([[scale, -scale]], [1]) == pytest.approx(2 * scale)
    assert cross.value([[scale, -scale]], [0]) == 0.0
    assert np.isfinite(cross.gradient([[scale, -scale]], [1])).all()
    binary = BinaryCrossEntropy()
    assert binary.value([[scale], [-scale]], [0, 1]) == pytest.approx(scale)
    np.testing.assert_allclose(binary.gradient([[scale], [-scale]], [0, 1]), [[0.5], [-0.5]])


def test_probabilities_of_a_binary_model_are_both_columns() -> None:
    p = BinaryCrossEntropy().probabilities(np.array([[math.log(3), -1000.0]]))
    np.testing.assert_allclose(p, [[0.25, 1.0], [0.75, 0.0]])


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


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_value_and_gradient_agree(name: str) -> None:
    loss = LOSSES[name]()
    outputs = 1 if name == "binary_cross_entropy" else 3
    rng = np.random.default_rng(0)
    z = rng.normal(size=(4, outputs))
    y = rng.normal(size=(4, 3)) if name == "mse" else rng.integers(0, 2, 4)
    gradient = loss.gradient(z, y)
    for index in np.ndindex(z.shape):
        moved = np.zeros_like(z)
        moved[index] = 1e-6
        slope = (loss.value(z + moved, y) - loss.value(z - moved, y)) / 2e-6
        assert gradient[index] == pytest.approx(slope, abs=1e-8)
