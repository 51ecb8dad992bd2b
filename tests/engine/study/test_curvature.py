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
    Identity,
    Layer,
    LeakyReLU,
    Loss,
    MeanSquaredError,
    Sequential,
    Sigmoid,
    SigmoidSquaredError,
    Softmax,
    SoftmaxCrossEntropy,
    SoftmaxSquaredError,
    Tanh,
    Trainer,
    critical_learning_rate,
    sharpness,
)
from engine.study.curvature import lanczos, stability_limit
from engine.training.dataset import DataSet
from tests.engine.helpers import Floats, network, quadrants
from tests.engine.reference.cases import OUTPUTS, with_data

ELEMENTWISE = sorted(name for name, cls in ACTIVATIONS.items() if cls.elementwise)
STEP = 1e-5  # of the central differences: the gradients are good to 1e-16, the quotient to 1e-11
CROSS_ENTROPY = SoftmaxCrossEntropy()


def dense_hessian(model: Sequential, loss: Loss, X: npt.ArrayLike, y: npt.ArrayLike) -> Floats:
    """The Hessian (P, P) by central differences of the engine's gradient."""
    data, flat = DataSet(model, loss, X, y, "test"), model.flat
    columns = []
    for index in range(len(flat)):
        kept = flat[index]
        flat[index] = kept + STEP
        above = data.measure_with_gradient()[2]
        flat[index] = kept - STEP
        columns.append((above - data.measure_with_gradient()[2]) / (2 * STEP))
        flat[index] = kept
    table: Floats = np.array(columns)
    return (table + table.T) / 2


def product_table(curvature: Curvature, size: int) -> Floats:
    return np.array([curvature.product(unit) for unit in np.eye(size)])


def assert_exact(model: Sequential, loss: Loss) -> None:
    """Products and the largest eigenvalue are those of the dense Hessian."""
    _, _, X, y = with_data([Dense(2, OUTPUTS[loss.name])], loss.name, n=12, seed=7)
    dense = dense_hessian(model, loss, X, y)
    table = product_table(Curvature(model, loss, X, y), model.n_parameters)
    np.testing.assert_allclose(table, dense, rtol=0, atol=1e-8 * np.abs(dense).max())
    np.testing.assert_allclose(table, table.T, rtol=0, atol=1e-14)
    largest = np.linalg.eigvalsh(dense)[-1]
    assert sharpness(model, loss, X, y, tolerance=1e-7) == pytest.approx(largest, rel=1e-6)


@pytest.mark.parametrize("loss_name", sorted(LOSSES))
@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_every_activation_with_every_loss(activation: str, loss_name: str) -> None:
    act = ACTIVATIONS[activation]  # far from any kink on this data
    layers: list[Layer] = [Dense(2, 4, bias=0.1), act(), Dense(4, 3, bias=0.2), act()]
    assert_exact(Sequential([*layers, Dense(3, OUTPUTS[loss_name])], seed=3), LOSSES[loss_name]())


@pytest.mark.parametrize(
    ("layers", "loss"),
    [
        ([Dense(2, 3)], SoftmaxCrossEntropy),
        ([Dense(2, 3), Tanh(), Dense(3, 3), Softmax()], SoftmaxCrossEntropy),
        ([Dense(2, 3), Tanh(), Dense(3, 1), Sigmoid()], BinaryCrossEntropy),
        ([Dense(2, 3), Tanh(), Dense(3, 1), Sigmoid()], SigmoidSquaredError),
        ([Dense(2, 3), Softmax()], SoftmaxSquaredError),
        ([Dense(2, 3), Tanh(), Dense(3, 2), Sigmoid()], MeanSquaredError),
        ([Dense(2, 3), Tanh(), Dense(3, 1), Sigmoid(), Sigmoid()], BinaryCrossEntropy),
        ([Tanh(), Softmax(), Dense(2, 3), Tanh(), Dense(3, 3)], SoftmaxCrossEntropy),
        ([Dense(2, 4), Tanh(), ELU(2.0), Sigmoid(), Dense(4, 3)], SoftmaxCrossEntropy),
        ([Dense(2, 4), LeakyReLU(0.3), Dense(4, 3), Dense(3, 3)], SoftmaxCrossEntropy),
        ([Dropout(0.5), Dense(2, 4), Tanh(), Dropout(0.5), Dense(4, 2)], MeanSquaredError),
    ],
    ids=str,
)
def test_other_forms_of_networks(layers: list[Layer], loss: type[Loss]) -> None:
    assert_exact(Sequential(layers, seed=5), loss())


def test_a_float32_network_is_seen_in_float64() -> None:
    X, y = quadrants(12)
    single, double = network(dtype=np.float32), network()
    double.flat[:] = single.flat
    X = X.astype(np.float32).astype(np.float64)
    v = np.random.default_rng(0).normal(size=single.n_parameters)
    ours = Curvature(single, CROSS_ENTROPY, X, y).product(v)
    assert ours.dtype == np.float64
    np.testing.assert_array_equal(ours, Curvature(double, CROSS_ENTROPY, X, y).product(v))


def test_penalties_add_to_the_diagonal() -> None:
    X, y = quadrants(12)
    model = network()
    v = np.random.default_rng(0).normal(size=model.n_parameters)
    each = ((np.ones(layer.weight.size), np.zeros(layer.fan_out)) for layer in model.dense_layers)
    of_weights = np.concatenate([part for parts in each for part in parts])
    plain = Curvature(model, CROSS_ENTROPY, X, y).product(v)
    penalised = Curvature(model, CROSS_ENTROPY, X, y, l2=0.3, weight_decay=0.1).product(v)
    np.testing.assert_allclose(penalised, plain + (0.3 * of_weights + 0.1) * v, rtol=1e-12)


@pytest.mark.parametrize("k", [1, 2, 5, 65])
def test_eigenpairs(k: int) -> None:
    curvature = Curvature(network(), CROSS_ENTROPY, *quadrants(30))
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
@pytest.mark.parametrize("loss", [CROSS_ENTROPY, MeanSquaredError()], ids=repr)
def test_sharpness_follows_a_run(optimizer: SGD, loss: Loss) -> None:
    X, y = quadrants(60)
    model = network(dtype=np.float32)
    trainer = Trainer(model, loss, optimizer, X, y, batch_size=60)
    curvature = Curvature(model, loss, X, y)
    for _ in range(40):
        trainer.run_epochs(5)
        curvature.refresh()
        before = curvature.products
        found = curvature.sharpness()
        assert curvature.products - before <= 32  # a few each, not the 65 of a whole search
        exact = np.linalg.eigvalsh(product_table(curvature, model.n_parameters))[-1]
        assert found == pytest.approx(exact, rel=1e-3)


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
    products: list[Any] = []

    def product(v: Any) -> Any:
        products.append(v)
        return diagonal * v

    nothing = np.empty((0, 90))
    found = lanczos(product, nothing, nothing, np.random.default_rng(0), 1e-3)
    assert found is not None
    scale = np.abs(diagonal).max()
    assert found[0][0] == pytest.approx(diagonal.max(), rel=1e-3, abs=1e-12 * scale)
    assert len(products) <= 90


@pytest.mark.parametrize(
    "settings",
    [
        *({}, {"momentum": 0.9}, {"weight_decay": 3.0}),
        *({"momentum": beta, "nesterov": True} for beta in (0.9, 0.5)),
    ],
)
def test_linear_regression_diverges_at_the_critical_rate(settings: dict[str, Any]) -> None:
    X = np.random.default_rng(4).normal(size=(40, 2)) * [1.0, 0.5] + [0.3, 0.0]
    y = X @ [1.5, -2.0] + 0.7
    loss = MeanSquaredError()
    critical = critical_learning_rate(Sequential([Dense(2, 1)], seed=1), loss, X, y, **settings)
    for share in (0.25, 0.99, 1.01, 4.0):
        model = Sequential([Dense(2, 1)], seed=1)
        trainer = Trainer(model, loss, SGD(share * critical, **settings), X, y, batch_size=40)
        start = trainer.train_loss
        trainer.run_epochs(1500)
        assert (trainer.status != "diverged" and trainer.train_loss < start) is (share < 1)


def test_where_nothing_curves_upwards_there_is_no_limit() -> None:
    assert stability_limit(0.0) == stability_limit(-1.0) == math.inf
    assert math.isnan(stability_limit(math.nan))
    with pytest.raises(ValueError, match="momentum must be >= 0 and < 1, not 1"):
        stability_limit(4.0, momentum=1.0)


@pytest.mark.parametrize(
    ("bad", "between"), [(math.nan, Tanh), (math.inf, Tanh), (-math.inf, Tanh), (1e300, Identity)]
)
def test_a_hessian_that_is_not_finite_has_no_eigenvalues(bad: float, between: type[Layer]) -> None:
    model = Sequential([Dense(2, 3), between(), Dense(3, 2)])
    curvature = Curvature(model, MeanSquaredError(), *quadrants(12))
    fine = curvature.sharpness()
    kept = model.flat[3]
    model.flat[3] = bad
    assert curvature.sharpness() == pytest.approx(fine, rel=1e-3)  # until it is told
    curvature.refresh()
    assert math.isnan(curvature.sharpness())
    assert all(np.isnan(found).all() for found in curvature.eigenpairs(2))
    model.flat[3] = kept
    curvature.refresh()
    assert curvature.sharpness() == pytest.approx(fine, rel=1e-3)


def test_analysis_changes_nothing_and_gives_the_same_bits_again() -> None:
    X, y = quadrants(30)
    model = network(dropout=0.3)
    Trainer(model, CROSS_ENTROPY, SGD(0.1), X, y).run_epochs(2)
    stream = model.dropout_generator.bit_generator
    before = model.flat.tobytes(), model.flat_grad.tobytes(), stream.state
    curvature = Curvature(model, CROSS_ENTROPY, X, y, l2=0.1)
    product, rows = curvature.product(model.flat), curvature.root_gradients()
    sharpest = curvature.sharpness()
    curvature.eigenpairs(3)
    np.testing.assert_array_equal(curvature.product(model.flat), product)
    np.testing.assert_array_equal(curvature.root_gradients(), rows)
    assert sharpness(model, CROSS_ENTROPY, X, y, l2=0.1) == sharpest
    assert (model.flat.tobytes(), model.flat_grad.tobytes(), stream.state) == before


class Strange(Loss):
    """A loss that nobody has differentiated twice."""

    targets = SoftmaxCrossEntropy.targets
    f, df = SoftmaxCrossEntropy.f, SoftmaxCrossEntropy.df
    probabilities = SoftmaxCrossEntropy.probabilities


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"model": Sequential([Dense(2, 3), Softmax(), Dense(3, 2)])},
            r"second derivative of the layer Softmax\(\) is not known",
        ),
        ({"model": network(replicas=3)}, "single network is needed, not 3 replicas"),
        ({"l2": -1.0}, "l2 must be >= 0, not -1"),
        ({"weight_decay": math.nan}, "weight_decay must be finite"),
        ({"loss": Strange()}, r"second derivative of Strange\(\) is not known; known"),
        ({"y": [0, 1]}, "differ in samples"),
        ({"X": np.ones((12, 3))}, r"curvature inputs X has shape \(12, 3\)"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], message: str) -> None:
    X, y = quadrants(12)
    with pytest.raises(ValueError, match=message):
        Curvature(**{"model": network(), "loss": CROSS_ENTROPY, "X": X, "y": y, **options})


def test_bad_arguments_of_its_methods_are_refused() -> None:
    curvature = Curvature(network(), CROSS_ENTROPY, *quadrants(12))
    with pytest.raises(ValueError, match=r"v has shape \(3,\), but one number a parameter, \(65,"):
        curvature.product([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="k must be >= 1 and <= 65, not 66"):
        curvature.eigenpairs(66)
    with pytest.raises(ValueError, match="tolerance must be > 0 and < 1, not 0"):
        curvature.sharpness(tolerance=0.0)
