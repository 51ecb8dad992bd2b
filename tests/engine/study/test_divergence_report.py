"""The divergence_report: what it shows is what happened, and it names the operation that did it."""

import json
from typing import Any

import numpy as np
import pytest

from engine import (
    SGD,
    Adagrad,
    Adam,
    Dense,
    DivergenceReport,
    Dropout,
    MeanSquaredError,
    ReLU,
    RMSprop,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    Trainer,
    divergence_report,
)
from tests.engine.helpers import quadrants, spiral

F32 = "left the range of float32 (largest 3.4e+38)"


def rms(values: Any) -> float:
    return float(np.sqrt(np.mean(np.square(np.asarray(values, dtype=np.float64)))))


def regression(
    rates: Any = 1000.0, dtype: Any = np.float32, dropout: float = 0.0, **options: Any
) -> Trainer:
    X = np.random.default_rng(0).uniform(-3, 3, (40, 2))
    layers = [Dense(2, 6), ReLU(), Dropout(dropout), Dense(6, 5), Tanh(), Dense(5, 1)]
    replicas = None if np.ndim(rates) == 0 else len(rates)
    model = Sequential(layers, dtype=dtype, replicas=replicas)
    optimizer = SGD(rates, momentum=0.5)
    return Trainer(model, MeanSquaredError(), optimizer, X, X[:, 0] / 3, **options)


def assert_plain(found: DivergenceReport) -> Any:
    return json.loads(json.dumps(found.as_json(), allow_nan=False))


def weights_of(run: Trainer) -> list[float]:
    return [rms(layer.weight) for layer in run.model.dense_layers]


def test_the_rows_are_the_steps_that_were_taken() -> None:
    """With dropout, and with the settings and the optimizer of then."""
    run = regression(0.05, np.float64, dropout=0.3, batch_size=40, epochs=90)
    rows = []
    for step in range(60):
        if step == 30:
            run.l2, run.batch_size = 0.01, 20
        if step == 31:
            run.set_optimizer(Adam(0.01))
        if step == 33:
            run.learning_rate = 1e12
        row = step + 1, run.epoch, weights_of(run)
        if run.step() == 0:
            break
        rows.append((*row, run.smoothed_loss))
    assert run.divergence is not None
    count = run.divergence.step
    assert 33 < count == len(rows) < 40
    run.learning_rate = 1e-3  # what is changed afterwards is none of its business
    found = divergence_report(run, steps=count)
    assert [(row.step, row.epoch) for row in found.rows] == [row[:2] for row in rows]
    # A full batch's loss is its own part of the smoothed loss.
    assert [row.loss for row in found.rows[:30]] == [row[3] for row in rows[:30]]
    sizes = [row.weights for row in (*found.rows, found.failed)]
    np.testing.assert_allclose(sizes, [*(row[2] for row in rows), weights_of(run)], rtol=1e-14)
    for each in found.rows:
        assert np.isfinite([each.weights, each.activations, each.gradients]).all()
    assert found.layers == ("layer 1 · ReLU", "layer 2 · Tanh", "output")
    assert found.failed.step == count + 1
    assert len(divergence_report(run).rows) == 6
    assert_plain(found)


def test_sizes_of_activations_and_gradients() -> None:
    run = regression(1e4, np.float64, batch_size=40)
    X, model = np.asarray(run.data.table[:, :2]), run.model
    outputs = [rms(a) for a in (model.activations(X)[i] for i in (1, 4, 5))]
    gradients = run.layer_gradient_rms()
    run.run_steps(50)
    first = divergence_report(run, steps=50).rows[0]
    assert first.step == 1
    np.testing.assert_allclose(first.activations, outputs, rtol=1e-12)
    np.testing.assert_allclose(first.gradients, gradients, rtol=1e-12)
    dropped = regression(1e4, np.float64, dropout=0.3, batch_size=40)
    dropped.run_steps(50)
    # What a layer gives is what comes before the dropout.
    assert divergence_report(dropped, steps=50).rows[0].activations[0] == first.activations[0]


def unlimited(run: Trainer) -> Trainer:
    """The same run from its start, which goes on beyond the limit of its loss."""
    twin = run.fork()
    twin.reset()
    twin.judge.lift_limit()
    return twin


def test_a_loss_beyond_its_limit_and_what_would_have_followed() -> None:
    run = regression(30.0)
    run.run_epochs(20)
    found = divergence_report(run)
    assert "10,000 times its start" in found.divergence.reason
    assert found.limit == run.loss_limit < found.failed.loss
    assert found.culprit.layer in found.layers
    assert "grew most, from" in found.culprit.operation
    assert found.sentence.startswith(f"In step {found.failed.step} the loss")
    assert found.overflow is not None
    assert f"{found.overflow.step - found.failed.step} step" in found.sentence
    # Followed by hand, with the limit lifted, the run ends in that step and no other.
    twin = unlimited(run)
    twin.run_steps(10_000)
    assert twin.divergence is not None
    assert twin.divergence.step + 1 == found.overflow.step
    assert "not finite" in twin.divergence.reason


@pytest.mark.parametrize(("kind", "rate"), [(RMSprop, 100.0), (Adam, 1000.0), (Adagrad, 1000.0)])
def test_squares_that_overflow_leave_the_weights_finite_and_are_found(kind: Any, rate: Any) -> None:
    X = np.random.default_rng(0).uniform(-3, 3, (40, 2))
    layers: list[Any] = []
    for fan_in in (2, 8, 8):
        layers += [Dense(fan_in, 8, init="he"), ReLU()]
    model = Sequential([*layers, Dense(8, 1, init="he")], dtype=np.float32)
    run = Trainer(model, MeanSquaredError(), kind(rate), X, X[:, 0] / 3)
    run.run_epochs(60)
    found = divergence_report(run)
    assert found.limit is not None
    run = unlimited(run)
    for _ in range(20):
        run.step()
        if not np.isfinite(run.optimizer.state()["squares"]).all():
            break
    assert np.isfinite(run.model.flat).all()
    first = run.steps
    assert first < 20
    assert found.overflow is not None
    assert found.overflow.step == first
    assert f"the squares that {kind.__name__} keeps" in found.overflow.operation


def test_the_limit_is_said_to_be_what_it_is_a_multiple_of() -> None:
    X, _ = quadrants()
    model = Sequential([Dense(2, 8), ReLU(), Dense(8, 1)], dtype=np.float32)
    run = Trainer(model, MeanSquaredError(), SGD(10.0), X, model.forward(X)[:, 0] * 1.001)
    run.run_epochs(60)
    assert run.loss_limit > 10_000 * 1e3 * run.start_loss
    words = "10,000 times the loss of answering zero everywhere"
    assert words in divergence_report(run).sentence


def test_a_limit_beyond_which_nothing_overflows() -> None:
    model = Sequential([Dense(2, 8), Tanh(), Dense(8, 3)])
    run = Trainer(model, SoftmaxCrossEntropy(), SGD(1e5), *spiral(60))
    run.run_epochs(20)
    found = divergence_report(run)
    assert found.overflow is None
    assert "No number would have left the range of float64" in found.sentence
    assert assert_plain(found)["overflow"] is None


def test_a_weighted_sum_that_overflows() -> None:
    run = regression(1e36, batch_size=40)
    run.run_epochs(5)
    found = divergence_report(run)
    assert len(found.rows) == found.divergence.step == 1
    assert found.culprit.operation.startswith("the weighted sum z = Wᵀa + b of")
    assert found.culprit.operation.endswith("overflowed")
    assert "grew from" in found.sentence
    assert "in 1 step; then the weighted sum" in found.sentence
    assert F32 in found.sentence
    assert f"The loss before was {found.rows[0].loss:.2g}." in found.sentence
    assert found.limit is None
    assert found.overflow is None
    data = assert_plain(found)
    assert None in data["failed"]["activations"]
    assert data["rows"][0]["weights"] == found.rows[0].weights.tolist()


# Weights of three layers, set before the start: [W; b] of each, a row the weights from a unit.
NOTHING = [0.0] * 4, [0.0] * 6, [0.0] * 3
FAR = [0.0] * 4, [0.0] * 6, [0.0, 0.0, -100.0]
STEEP_BACKWARD = (  # what the last one gives cancels exactly
    [0.0, 0.0, 2.0**-120, 2.0**-120],
    [2.0**116] * 4 + [0.0] * 2,
    [2.0**100, -(2.0**100), 0.0],
)
# dL/dW of the last layer is 2e38, and the velocity grows.
STEEP_FORWARD = [0.0, 0.0, 1.0, 1.0], [5e37] * 4 + [0.0] * 2, [0.0] * 3
STILL = SGD(1e-60, momentum=0.9)  # the weights do not move


@pytest.mark.parametrize(
    ("optimizer", "weights", "step", "layer", "operation"),
    [
        # From 0 the output goes to 4e19, whose square is too large.
        (SGD(2e19), NOTHING, 2, "loss", "the squared error (z - y)²"),
        (SGD(0.1), STEEP_BACKWARD, 1, "layer 2", "the gradient dL/da = W dL/dz that layer 2 hands"),
        (SGD(3e38), FAR, 1, "output", "the update w - rate * g of the output layer"),
        (STILL, STEEP_FORWARD, 2, "output", "the velocity that SGD keeps for the output layer"),
    ],
)
def test_the_operation_that_overflowed(
    optimizer: SGD, weights: Any, step: int, layer: str, operation: str
) -> None:
    """A float32 regression on zeros and targets of 1 whose weights are set before the start."""
    model = Sequential([Dense(1, 2), ReLU(), Dense(2, 2), Dense(2, 1)], dtype=np.float32)
    model.flat[...] = np.concatenate(weights)
    run = Trainer(model, MeanSquaredError(), optimizer, np.zeros((8, 1)), np.ones(8), 8)
    run.run_epochs(9)
    found = divergence_report(run)
    assert (found.divergence.step, found.failed.step, len(found.rows)) == (step - 1, step, step - 1)
    assert found.culprit.layer == layer
    assert found.culprit.operation.startswith(operation)
    assert found.culprit.operation.endswith(" overflowed")
    assert found.culprit.operation.removesuffix("overflowed") + F32 in found.sentence
    if layer == "loss":
        assert found.failed.activations.tolist() == pytest.approx([0.0, 0.0, 4e19])
        assert found.sentence == f"In step 2 {operation} {F32}. The loss before was 1."


def test_penalties_that_overflow() -> None:
    X, y = quadrants()
    model = Sequential([Dense(2, 2)], dtype=np.float32)
    run = Trainer(model, SoftmaxCrossEntropy(), SGD(1.0), np.zeros_like(X), y, l2=1e5)
    run.run_epochs(30)
    found = divergence_report(run)
    assert found.layers == ("output",)
    assert len(found.rows) == 6
    assert "the gradient of the output layer after L1, L2 and clipping" in found.sentence
    assert found.sentence.startswith("The weights of the output layer grew from")


@pytest.mark.parametrize("samples", [60, 2500])
def test_a_start_that_is_not_finite(samples: int) -> None:
    model = Sequential([Dense(2, 8, init="normal", scale=1e10), ReLU(), Dense(8, 1)], dtype="f4")
    X, _ = quadrants(samples)
    X[-1] *= 1e30  # which alone is too large
    found = divergence_report(Trainer(model, MeanSquaredError(), SGD(0.1), X, np.ones(samples)))
    assert found.rows == ()
    assert found.failed.step == found.culprit.step == 0
    assert found.culprit.operation.startswith("the weighted sum z = Wᵀa + b of")
    assert found.sentence.startswith("Before the first step the weighted sum")
    assert_plain(found)


def test_a_replica_is_the_single_run() -> None:
    together, alone = regression((0.01, 1000.0, 0.02), np.float64), regression(1000.0, np.float64)
    together.run_epochs(10)
    together.learning_rate = 0.03
    for run in (together, alone):
        run.run_epochs(5)
    found, expected = divergence_report(together, replica=1), divergence_report(alone)
    both = zip((*found.rows, found.failed), (*expected.rows, expected.failed), strict=True)
    for row, other in both:
        for name in ("step", "loss", "weights", "activations", "gradients"):
            np.testing.assert_allclose(getattr(row, name), getattr(other, name), rtol=1e-9)
    assert found.sentence == expected.sentence
    with pytest.raises(ValueError, match="replica 0 has not diverged"):
        divergence_report(together)
    with pytest.raises(ValueError, match="replica must be >= 0 and <= 2, not 3"):
        divergence_report(together, replica=3)


def test_the_run_is_left_as_it_is() -> None:
    run, other = regression(30.0, dropout=0.2), regression(30.0, dropout=0.2)
    for each in (run, other):
        each.run_epochs(5)
    divergence_report(run)
    assert run.divergence == other.divergence
    assert run.loss_limit == other.loss_limit
    for each in (run, other):
        each.rewind_before_divergence()
        each.learning_rate = 0.01
        each.run_epochs(3)
    np.testing.assert_array_equal(run.model.flat, other.model.flat)
    np.testing.assert_array_equal(run.history.loss, other.history.loss)


def test_weights_changed_by_hand_are_said_to_be_so() -> None:
    run = regression(0.01)
    run.run_steps(3)
    run.model.flat[...] = 1e30
    run.step()
    found = divergence_report(run)
    assert found.culprit.layer == ""
    assert found.culprit.operation == found.divergence.reason
    assert "by hand" in found.sentence


def test_bad_arguments_are_refused() -> None:
    run = regression(0.01)
    with pytest.raises(ValueError, match="the run has not diverged"):
        divergence_report(run)
    for steps in (0, 1001, 2.5):
        with pytest.raises(ValueError, match="steps must be"):
            divergence_report(run, steps=steps)  # type: ignore[arg-type]
