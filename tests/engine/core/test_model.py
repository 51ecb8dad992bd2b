"""Sequential: building, passes, answers, fitting, and refusals."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import (
    SGD,
    Adam,
    BinaryCrossEntropy,
    Dense,
    Dropout,
    MeanSquaredError,
    ReLU,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
)
from engine.core.kernels.passes import KEPT_PASSES
from tests.engine.helpers import network, quadrants


def test_the_seed_decides_the_weights() -> None:
    np.testing.assert_array_equal(network(seed=3).flat, network(seed=3).flat)
    assert not np.array_equal(network(seed=3).flat, network(seed=4).flat)
    single = network(seed=3, dtype=np.float32).flat
    np.testing.assert_array_equal(single, network(seed=3).flat.astype(np.float32))


@pytest.mark.parametrize("options", [{}, {"replicas": 3, "replica_seeds": (1, 2, 3)}], ids=str)
def test_layer_by_layer_it_becomes_the_same_network(options: dict[str, Any]) -> None:
    layers = [Dropout(0.5), Dense(2, 4), Tanh(), Dense(4, 3)]
    model = Sequential(seed=9, **options)
    with pytest.raises(ValueError, match="at least one Dense"):
        model.predict(X)
    for layer in layers:
        model.add(layer)
    whole = Sequential([Dropout(0.5), Dense(2, 4), Tanh(), Dense(4, 3)], seed=9, **options)
    np.testing.assert_array_equal(model.flat, whole.flat)
    np.testing.assert_array_equal(model.forward(X), whole.forward(X))
    model.flat[...] = 1.0  # weights of one's own stay
    model.add(Dense(3, 2))
    assert (model.flat[..., : whole.n_parameters] == 1.0).all()
    with pytest.raises(ValueError, match="takes 5 inputs"):
        model.add(Dense(5, 2))
    with pytest.raises(ValueError, match="already belongs"):
        model.add(layers[1])
    model.compile(SGD(), SoftmaxCrossEntropy())
    with pytest.raises(ValueError, match="has its loss already"):
        model.add(Dense(2, 2))


def test_parameters_are_named_live_views() -> None:
    model = network()
    parameters = model.parameters()
    assert [parameter.name for parameter in parameters] == ["W1", "b1", "W2", "b2", "W3", "b3"]
    assert [parameter.data.shape for parameter in parameters[:2]] == [(2, 6), (6,)]
    model.flat[...] = np.arange(model.n_parameters)
    np.testing.assert_array_equal(parameters[0].data, np.arange(12).reshape(2, 6))
    np.testing.assert_array_equal(parameters[1].data, np.arange(12, 18))
    parameters[2].data[0, 0] = -1.0
    assert model.flat[18] == -1.0
    X, _ = quadrants(4)
    model.forward(X, training=True)
    model.backward(np.ones((4, 2)))
    np.testing.assert_allclose(parameters[5].grad, [4.0, 4.0])


def test_forward_is_the_composition_of_the_layers() -> None:
    model = network(dropout=0.5)
    X, _ = quadrants(5)
    W1, b1, W2, b2, W3, b3 = (parameter.data for parameter in model.parameters())
    first = np.tanh(X @ W1 + b1)
    second = np.tanh(first @ W2 + b2)
    logits = second @ W3 + b3
    np.testing.assert_allclose(model.forward(X), logits, rtol=1e-13)
    outputs = model.activations(X)
    assert len(outputs) == len(model.layers) == 6
    np.testing.assert_allclose(outputs[0], X @ W1 + b1, rtol=1e-13)
    np.testing.assert_allclose(outputs[1], first, rtol=1e-13)
    np.testing.assert_array_equal(outputs[2], outputs[1])  # dropout at inference
    np.testing.assert_allclose(outputs[4], second, rtol=1e-13)
    np.testing.assert_allclose(outputs[5], logits, rtol=1e-13)


@pytest.mark.parametrize("n", [1, 1023, 1024, 1025, 2500, 10_000])
def test_large_inputs_are_chunked_without_a_trace(n: int) -> None:
    model = network()
    X, _ = quadrants(n)
    outputs = [model.forward(X), *model.activations(X)]
    assert outputs[0].shape == (n, 2)
    for row in {0, n // 2, n - 1}:
        alone = [model.forward(X[row : row + 1]), *model.activations(X[row : row + 1])]
        for whole, one in zip(outputs, alone, strict=True):
            np.testing.assert_allclose(whole[row], one[0], rtol=1e-12)


def test_answers_are_copies() -> None:
    model = network()
    X, _ = quadrants(4)
    first = model.forward(X)
    kept = first.copy()
    model.forward(X + 1.0)
    np.testing.assert_array_equal(first, kept)
    trained = model.forward(X, training=True)
    model.forward(X + 1.0, training=True)
    np.testing.assert_allclose(trained, kept, rtol=1e-13)


def test_the_buffers_kept_are_bounded_and_reused() -> None:
    model = network()
    X, _ = quadrants(40)
    for n in range(1, 30):
        model.forward(X[:n])
    made = model.passes.kept.cache_info()
    assert made.currsize == KEPT_PASSES
    for _ in range(3):
        for n in (24, 25, 26, 27, 28, 29):
            model.forward(X[:n])
    assert model.passes.kept.cache_info().misses == made.misses


def test_probabilities() -> None:
    X, _ = quadrants(7)
    model = Sequential([Dense(2, 3)])
    z = model.forward(X)
    expected = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-12)
    np.testing.assert_array_equal(model.predict(X), z.argmax(axis=1))

    binary = Sequential([Dense(2, 1)])
    binary.compile(SGD(), BinaryCrossEntropy())
    p = 1 / (1 + np.exp(-binary.forward(X)[:, 0]))
    np.testing.assert_allclose(binary.predict_proba(X), np.column_stack([1 - p, p]), rtol=1e-12)
    np.testing.assert_array_equal(binary.predict(X), (p > 0.5).astype(int))


def test_regression_predicts_values() -> None:
    X, _ = quadrants(9)
    model = Sequential([Dense(2, 1)])
    model.compile(SGD(0.1), MeanSquaredError())
    model.fit(X, X @ [1.0, -2.0] + 0.5, epochs=200)
    np.testing.assert_allclose(model.predict(X), X @ [1.0, -2.0] + 0.5, atol=1e-3)
    assert model.predict(X).shape == (9,)
    assert model.evaluate(X, X @ [1.0, -2.0] + 0.5).accuracy is None
    with pytest.raises(ValueError, match="no class probabilities"):
        model.predict_proba(X)


def test_squared_error_on_labels_classifies() -> None:
    X, y = quadrants(200)
    model = Sequential([Dense(2, 8), Tanh(), Dense(8, 2)])
    model.compile(Adam(0.02), MeanSquaredError())
    history = model.fit(X, y, epochs=60)
    assert history.accuracy[-1] > 0.9
    np.testing.assert_array_equal(np.unique(model.predict(X)), [0, 1])
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1.0)


def test_fit_gives_one_number_an_epoch_and_goes_on() -> None:
    X, y = quadrants(100)
    model = network()
    model.compile(SGD(0.3), SoftmaxCrossEntropy())
    first = model.fit(X[:70], y[:70], epochs=5, batch_size=32, validation_data=(X[70:], y[70:]))
    assert [len(column) for column in (first.loss, first.val_loss)] == [5, 5]
    assert [len(column) for column in (first.accuracy, first.val_accuracy)] == [5, 5]
    assert all(isinstance(value, float) for value in first.loss + first.val_accuracy)
    assert first.val_loss[-1] == model.evaluate(X[70:], y[70:]).loss
    second = model.fit(X[:70], y[:70], epochs=50)
    assert second.loss[0] < first.loss[0]
    assert second.loss[-1] < second.loss[0]
    assert second.val_loss == []


def test_fit_reports_the_mean_of_the_batches() -> None:
    X, y = quadrants(10)
    model = Sequential([Dense(2, 2)])
    model.compile(SGD(1e-12), SoftmaxCrossEntropy())
    whole = model.evaluate(X, y).loss
    assert model.fit(X, y, epochs=1, batch_size=4).loss[0] == pytest.approx(whole, rel=1e-9)


def test_summary_counts() -> None:
    text = Sequential([Dense(2, 64), ReLU(), Dense(64, 3)]).summary()
    assert "192" in text
    assert "387 parameters" in text
    assert "(N, 64)" in text


X, Y = quadrants(6)


def another_gradient(model: Sequential) -> None:
    model.forward(X)
    model.backward(np.ones((6, 3)))


BAD: list[tuple[Callable[[Sequential], Any], str]] = [
    (lambda m: m.forward(np.ones((4, 3))), r"X has shape \(4, 3\).*Dense 2->6\) takes \(N, 2\)"),
    (lambda m: m.backward(np.ones((6, 2))), "forward pass before"),
    (another_gradient, r"\(6, 3\).*\(6, 2\)"),
    (lambda m: m.fit(X, Y), "call compile"),
    (lambda m: m.evaluate(X, Y), "call compile"),
    (lambda m: m.compile("sgd", SoftmaxCrossEntropy()), "optimizer must be"),  # type: ignore[arg-type]
    (lambda m: m.compile(SGD(), "mse"), "loss must be"),  # type: ignore[arg-type]
    (lambda m: Sequential([Tanh()]).forward(X), "at least one Dense"),
    (
        lambda m: Sequential([Dense(2, 4), Tanh(), Dense(5, 2)]),
        r"layer 2 \(Dense 5->2\) takes 5.*Dense 2->4\) gives 4",
    ),
    (lambda m: Sequential([Dense(2, 2), "relu"]), "a layer must be"),  # type: ignore[list-item]
    (lambda m: Sequential(seed=-1), "seed"),
    (lambda m: Sequential(seed=1.5), "seed"),  # type: ignore[arg-type]
    (lambda m: Sequential(dtype=np.float16), "dtype"),
    (lambda m: Sequential(dtype="words"), "dtype"),
    (lambda m: Sequential(replicas=0), "replicas"),
    (lambda m: Sequential(replicas=2, replica_seeds=[1]), "replica_seeds has shape"),
    (lambda m: Sequential(replica_seeds=[1]), "replica_seeds"),
    (lambda m: Sequential(replicas=2, init_scale=[1.0, 2.0, 3.0]), "init_scale has shape"),
    (lambda m: Sequential(init_scale=-1.0), "init_scale"),
]


@pytest.mark.parametrize(("act", "message"), BAD)
def test_bad_calls_are_refused(act: Callable[[Sequential], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        act(network())
