"""The curvature of the loss: exact products, eigenpairs, and the rate where real runs diverge."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine import (
    ACTIVATIONS,
    ELU,
    LOSSES,
    SGD,
    BinaryCrossEntropy,
    Curvature,
    Dense,
    Dropout,
    Layer,
    LeakyReLU,
    Loss,
    MeanSquaredError,
    Sequential,
    Sigmoid,
    Softmax,
    SoftmaxCrossEntropy,
    Tanh,
    Trainer,
    critical_learning_rate,
    sharpness,
)
from engine.study.curvature import lanczos, stability_limit
from engine.study.derivatives import LOSS_ROOTS
from engine.training.dataset import DataSet
from tests.engine.helpers import Floats, network, quadrants
from tests.engine.reference.cases import OUTPUTS, with_data

ELEMENTWISE = sorted(name for name, cls in ACTIVATIONS.items() if cls.elementwise)
STEP = 1e-5  # of the central differences: the gradients are good to 1e-16, the quotient to 1e-11


def problem(loss: Loss) -> tuple[Floats, npt.NDArray[Any], int]:
    """Inputs, targets and the number of outputs they need."""
    outputs = OUTPUTS[loss.name]
    _, _, X, y = with_data([Dense(2, outputs)], loss.name, n=12, seed=7)
    return X, y, outputs


def deep(activation: str, outputs: int) -> Sequential:
    """2-4-3-outputs, far from any kink on the data of ``problem``."""
    hidden = ACTIVATIONS[activation]
    layers: list[Layer] = [Dense(2, 4, bias=0.1), hidden(), Dense(4, 3, bias=0.2), hidden()]
    return Sequential([*layers, Dense(3, outputs)], seed=3)


def dense_hessian(
    model: Sequential, loss: Loss, X: npt.ArrayLike, y: npt.ArrayLike, replica: int | None = None
) -> Floats:
    """The Hessian (P, P) by central differences of the engine's gradient."""
    data, which = DataSet(model, loss, X, y, "test"), () if replica is None else (replica,)
    flat = model.flat[which]
    columns = []
    for index in range(len(flat)):
        kept = flat[index]
        flat[index] = kept + STEP
        above = data.measure_with_gradient()[2][which]
        flat[index] = kept - STEP
        below = data.measure_with_gradient()[2][which]
        flat[index] = kept
        columns.append((above - below) / (2 * STEP))
    table: Floats = np.array(columns)
    return (table + table.T) / 2


def product_table(curvature: Curvature, size: int) -> Floats:
    return np.array([curvature.product(unit) for unit in np.eye(size)])


@pytest.mark.parametrize("loss_name", sorted(LOSSES))
@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_products_and_sharpness_are_those_of_the_dense_hessian(
    activation: str, loss_name: str
) -> None:
    loss = LOSSES[loss_name]()
    X, y, outputs = problem(loss)
    model = deep(activation, outputs)
    dense = dense_hessian(model, loss, X, y)
    eigenvalues = np.linalg.eigvalsh(dense)[::-1]
    curvature = Curvature(model, loss, X, y)
    table = product_table(curvature, model.n_parameters)
    np.testing.assert_allclose(table, dense, rtol=0, atol=1e-8 * eigenvalues[0])
    np.testing.assert_allclose(table, table.T, rtol=0, atol=1e-14)
    assert sharpness(model, loss, X, y, tolerance=1e-7) == pytest.approx(eigenvalues[0], rel=1e-6)
    assert curvature.gradient() == pytest.approx(
        DataSet(model, loss, X, y, "test").measure_with_gradient()[2], rel=1e-12, abs=1e-15
    )


def test_every_loss_has_its_second_derivative() -> None:
    assert set(LOSS_ROOTS) == set(LOSSES.values())


@pytest.mark.parametrize(
    ("layers", "loss"),
    [
        ([Dense(2, 3)], SoftmaxCrossEntropy()),
        ([Dense(2, 3), Tanh(), Dense(3, 3), Softmax()], SoftmaxCrossEntropy()),
        ([Dense(2, 3), Tanh(), Dense(3, 1), Sigmoid()], BinaryCrossEntropy()),
        ([Dense(2, 3), Tanh(), Dense(3, 2), Sigmoid()], MeanSquaredError()),
        ([Dense(2, 3), Tanh(), Dense(3, 1), Sigmoid(), Sigmoid()], BinaryCrossEntropy()),
        ([Tanh(), Softmax(), Dense(2, 3), Tanh(), Dense(3, 3)], SoftmaxCrossEntropy()),
        ([Dense(2, 4), Tanh(), ELU(2.0), Sigmoid(), Dense(4, 3)], SoftmaxCrossEntropy()),
        ([Dense(2, 4), LeakyReLU(0.3), Dense(4, 3), Dense(3, 3)], SoftmaxCrossEntropy()),
        ([Dropout(0.5), Dense(2, 4), Tanh(), Dropout(0.5), Dense(4, 2)], MeanSquaredError()),
    ],
    ids=str,
)
def test_other_forms_of_networks(layers: list[Layer], loss: Loss) -> None:
    # New layers each time: a layer belongs to one network.
    model = Sequential([type(layer)(**layer.config()) for layer in layers], seed=5)
    X, y, _ = problem(loss)
    dense = dense_hessian(model, loss, X, y)
    table = product_table(Curvature(model, loss, X, y), model.n_parameters)
    np.testing.assert_allclose(table, dense, rtol=0, atol=1e-8 * np.abs(dense).max())


def test_a_float32_network_is_seen_in_float64() -> None:
    X, y = quadrants(12)
    single = network(dtype=np.float32)
    double = network()
    double.flat[:] = single.flat
    X = X.astype(np.float32).astype(np.float64)
    ours = Curvature(single, SoftmaxCrossEntropy(), X, y)
    theirs = Curvature(double, SoftmaxCrossEntropy(), X, y)
    v = np.random.default_rng(0).normal(size=single.n_parameters)
    assert ours.product(v).dtype == np.float64
    np.testing.assert_array_equal(ours.product(v), theirs.product(v))


def test_penalties_add_to_the_diagonal() -> None:
    X, y = quadrants(12)
    model, loss = network(), SoftmaxCrossEntropy()
    v = np.random.default_rng(0).normal(size=model.n_parameters)
    plain = Curvature(model, loss, X, y)
    of_weights = np.concatenate(
        [
            np.concatenate([np.ones(layer.weight.size), np.zeros(layer.bias.size)])
            for layer in model.dense_layers
        ]
    )
    ridge = 0.3 * of_weights + 0.1
    penalised = Curvature(model, loss, X, y, l2=0.3, weight_decay=0.1)
    np.testing.assert_allclose(penalised.product(v), plain.product(v) + ridge * v, rtol=1e-12)
    np.testing.assert_allclose(
        penalised.gradient(), plain.gradient() + ridge * model.flat, rtol=1e-12
    )
    decayed = sharpness(model, loss, X, y, weight_decay=2.0, tolerance=1e-9)
    assert decayed == pytest.approx(sharpness(model, loss, X, y, tolerance=1e-9) + 2.0, rel=1e-9)


@pytest.mark.parametrize("k", [1, 2, 5, 65])
def test_eigenpairs(k: int) -> None:
    X, y = quadrants(30)
    model, loss = network(), SoftmaxCrossEntropy()
    assert model.n_parameters == 65
    curvature = Curvature(model, loss, X, y)
    exact = np.linalg.eigvalsh(product_table(curvature, 65))[::-1]
    values, vectors = curvature.eigenpairs(k, tolerance=1e-8)
    assert values.shape == (k,)
    np.testing.assert_allclose(values, exact[:k], rtol=0, atol=1e-8 * exact[0])
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(k), rtol=0, atol=1e-12)
    images = np.array([curvature.product(v) for v in vectors])
    np.testing.assert_allclose(images, values[:, None] * vectors, rtol=0, atol=1e-7 * exact[0])


def test_repeated_eigenvalues_are_found_as_often_as_they_are_there() -> None:
    X, _ = quadrants(30)
    # The squared error of a linear network: one and the same block for each of three outputs.
    curvature = Curvature(Sequential([Dense(2, 3)]), MeanSquaredError(), X, np.zeros((30, 3)))
    rows = np.column_stack([X, np.ones(30)])
    block = np.linalg.eigvalsh(2 / (30 * 3) * rows.T @ rows)[::-1]
    values, vectors = curvature.eigenpairs(9, tolerance=1e-9)
    np.testing.assert_allclose(values, np.repeat(block, 3), rtol=1e-9)
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(9), rtol=0, atol=1e-12)


@pytest.mark.parametrize("optimizer", [SGD(0.5), SGD(0.05, momentum=0.9)], ids=repr)
@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy(), MeanSquaredError()], ids=repr)
def test_sharpness_follows_a_run(optimizer: SGD, loss: Loss) -> None:
    X, y = quadrants(60)
    model = network(dtype=np.float32)
    trainer = Trainer(model, loss, optimizer, X, y, batch_size=60)
    curvature = Curvature(model, loss, X, y)
    costs = []
    for _ in range(40):
        trainer.run_epochs(5)
        curvature.refresh()
        before = curvature.products
        found = curvature.sharpness()
        costs.append(curvature.products - before)
        exact = np.linalg.eigvalsh(product_table(curvature, model.n_parameters))[-1]
        assert found == pytest.approx(exact, rel=1e-3)
    assert max(costs) <= 32  # a few products each, not the 65 of a whole search


@pytest.mark.parametrize("gap", [0.005, 0.02, 0.2])
def test_a_search_that_starts_from_the_wrong_eigenvector_leaves_it(gap: float) -> None:
    size = 200
    rng = np.random.default_rng(0)
    diagonal = np.concatenate([[1.0 + gap, 1.0], 0.1 * rng.normal(size=size - 2)])
    wrong, nothing = np.eye(size)[1:2], np.empty((0, size))
    for _ in range(20):
        found = lanczos(lambda v: diagonal * v, wrong, nothing, rng, 1e-3)
        assert found is not None
        assert found[0][0] == pytest.approx(1.0 + gap, rel=1e-3)


@pytest.mark.parametrize(
    "diagonal",
    [
        np.linspace(-5.0, -1.0, 90),  # the largest is not the largest by size
        np.concatenate([np.zeros(40), np.linspace(-1e6, -1.0, 50)]),
        np.linspace(0.999, 1.0, 90) * 1e-9,
        np.zeros(90),
        np.full(90, 3.0),
    ],
    ids=["negative", "zero above negative", "crowded", "zero", "all alike"],
)
def test_hard_spectra_end_with_the_right_answer(diagonal: Floats) -> None:
    products = 0

    def product(v: Any) -> Any:
        nonlocal products
        products += 1
        return diagonal * v

    nothing = np.empty((0, 90))
    found = lanczos(product, nothing, nothing, np.random.default_rng(0), 1e-3)
    assert found is not None
    scale = np.abs(diagonal).max()
    assert found[0][0] == pytest.approx(diagonal.max(), rel=1e-3, abs=1e-12 * scale)
    assert products <= 90


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.5, "nesterov": True},
        {"weight_decay": 3.0},
    ],
)
def test_linear_regression_diverges_at_the_critical_rate(settings: dict[str, Any]) -> None:
    rng = np.random.default_rng(4)
    X = rng.normal(size=(40, 2)) * [1.0, 0.5] + [0.3, 0.0]
    y = X @ [1.5, -2.0] + 0.7
    loss = MeanSquaredError()

    def converges(rate: float) -> bool:
        model = Sequential([Dense(2, 1)], seed=1)
        trainer = Trainer(model, loss, SGD(rate, **settings), X, y, batch_size=40)
        start = trainer.train_loss
        trainer.run_epochs(1500)
        return trainer.status != "diverged" and trainer.train_loss < start

    fresh = Sequential([Dense(2, 1)], seed=1)
    predicted = critical_learning_rate(fresh, loss, X, y, **settings)
    low, high = predicted / 4, predicted * 4
    assert converges(low)
    assert not converges(high)
    while high - low > 1e-3 * predicted:
        middle = (low + high) / 2
        low, high = (middle, high) if converges(middle) else (low, middle)
    assert predicted == pytest.approx(low, rel=0.01)


def test_stability_limits() -> None:
    assert stability_limit(4.0) == 0.5
    assert stability_limit(4.0, momentum=0.9) == pytest.approx(0.95)
    assert stability_limit(4.0, momentum=0.9, nesterov=True) == pytest.approx(0.95 / 2.8)
    assert stability_limit(0.0) == math.inf
    assert stability_limit(-1.0) == math.inf
    assert math.isnan(stability_limit(math.nan))
    with pytest.raises(ValueError, match="momentum must be >= 0 and < 1, not 1"):
        stability_limit(4.0, momentum=1.0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_weights_that_are_not_finite_have_no_curvature(bad: float) -> None:
    X, y = quadrants(12)
    model = network()
    curvature = Curvature(model, SoftmaxCrossEntropy(), X, y)
    fine = curvature.sharpness()
    kept = model.flat[3]
    model.flat[3] = bad
    assert curvature.sharpness() == pytest.approx(fine, rel=1e-3)  # until it is told
    curvature.refresh()
    assert math.isnan(curvature.sharpness())
    assert math.isnan(curvature.critical_learning_rate(momentum=0.9))
    values, vectors = curvature.eigenpairs(2)
    assert np.isnan(values).all()
    assert np.isnan(vectors).all()
    model.flat[3] = kept
    curvature.refresh()
    assert curvature.sharpness() == pytest.approx(fine, rel=1e-3)


def test_a_hessian_beyond_float64_is_nan() -> None:
    X, y = quadrants(12)
    model = Sequential([Dense(2, 3), Dense(3, 1)])
    model.flat[:] = 1e200
    assert math.isnan(sharpness(model, MeanSquaredError(), X, y.astype(float)))


def test_a_flat_loss_allows_every_rate() -> None:
    X, _ = quadrants(12)
    saturated = Sequential([Dense(2, 3), Sigmoid(), Sigmoid()])
    saturated.flat[:] = 1e5
    given = sharpness(saturated, MeanSquaredError(), np.abs(X), np.zeros((12, 3)))
    assert given == 0.0
    rate = critical_learning_rate(saturated, MeanSquaredError(), np.abs(X), np.zeros((12, 3)))
    assert rate == math.inf


def test_a_replica_is_the_network_with_its_weights() -> None:
    X, y = quadrants(12)
    loss = SoftmaxCrossEntropy()
    many = network(replicas=3, replica_seeds=[0, 1, 2])
    for index in range(3):
        one = network()
        one.flat[:] = many.flat[index]
        expected = sharpness(one, loss, X, y, tolerance=1e-9)
        found = sharpness(many, loss, X, y, tolerance=1e-9, replica=index)
        assert found == pytest.approx(expected, rel=1e-9)
    table = product_table(Curvature(many, loss, X, y, replica=1), many.n_parameters)
    dense = dense_hessian(many, loss, X, y, replica=1)
    np.testing.assert_allclose(table, dense, rtol=0, atol=1e-9)


def test_analysis_changes_nothing() -> None:
    X, y = quadrants(30)
    model, twin = network(dropout=0.3), network(dropout=0.3)
    runs = [
        Trainer(each, SoftmaxCrossEntropy(), SGD(0.1, momentum=0.9), X, y, batch_size=8)
        for each in (model, twin)
    ]
    for run in runs:
        run.run_epochs(2)
    weights, gradient = model.flat.copy(), model.flat_grad.copy()
    stream = model.dropout_generator.bit_generator.state
    curvature = Curvature(model, SoftmaxCrossEntropy(), X, y, l2=0.1)
    before = curvature.gradient(), curvature.product(weights)
    curvature.eigenpairs(3)
    curvature.gradient()[:] = 0.0  # a copy
    np.testing.assert_array_equal(curvature.gradient(), before[0])
    np.testing.assert_array_equal(curvature.product(weights), before[1])
    np.testing.assert_array_equal(model.flat, weights)
    np.testing.assert_array_equal(model.flat_grad, gradient)
    assert model.dropout_generator.bit_generator.state == stream
    for run in runs:
        run.run_epochs(2)
    np.testing.assert_array_equal(model.flat, twin.flat)


def test_the_same_calls_give_the_same_bits() -> None:
    X, y = quadrants(30)
    found = [Curvature(network(), SoftmaxCrossEntropy(), X, y).sharpness() for _ in range(2)]
    assert found[0] == found[1]


class Strange(Loss):
    """A loss that nobody has differentiated twice."""

    targets = SoftmaxCrossEntropy.targets
    f, df = SoftmaxCrossEntropy.f, SoftmaxCrossEntropy.df
    probabilities = SoftmaxCrossEntropy.probabilities


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (
            Sequential([Dense(2, 3), Softmax(), Dense(3, 2)]),
            {},
            r"second derivative of the layer Softmax\(\) is not known",
        ),
        (network(replicas=3), {}, "replica is None, but the network has 3 replicas"),
        (network(replicas=3), {"replica": 3}, "replica must be >= 0 and <= 2, not 3"),
        (network(), {"replica": 0}, "replica is 0, but the network has None replicas"),
        (network(), {"l2": -1.0}, "l2 must be >= 0, not -1"),
        (network(), {"weight_decay": math.nan}, "weight_decay must be finite"),
        (network(), {"loss": Strange()}, r"second derivative of Strange\(\) is not known; known"),
        (network(), {"y": [0, 1]}, "differ in samples"),
        (network(), {"X": np.ones((12, 3))}, r"curvature inputs X has shape \(12, 3\)"),
    ],
)
def test_what_cannot_be_is_refused(
    model: Sequential, options: dict[str, Any], message: str
) -> None:
    X, y = quadrants(12)
    given = {"loss": SoftmaxCrossEntropy(), "X": X, "y": y, **options}
    with pytest.raises(ValueError, match=message):
        Curvature(model, **given)


def test_bad_arguments_of_its_methods_are_refused() -> None:
    X, y = quadrants(12)
    curvature = Curvature(network(), SoftmaxCrossEntropy(), X, y)
    with pytest.raises(ValueError, match=r"v has shape \(3,\).* \(65,\), one a parameter"):
        curvature.product([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"v has shape .* and type <U1"):
        curvature.product(np.full(65, "a"))
    with pytest.raises(ValueError, match="k must be >= 1 and <= 65, not 66"):
        curvature.eigenpairs(66)
    with pytest.raises(ValueError, match="tolerance must be > 0 and < 1, not 0"):
        curvature.sharpness(tolerance=0.0)
