"""Hand-written gradients against central differences and autograd, over the registries."""

import math

import numpy as np
import pytest
from hypothesis import given, settings

from engine import (
    ACTIVATIONS,
    LOSSES,
    SGD,
    BinaryCrossEntropy,
    Dense,
    Identity,
    Layer,
    LeakyReLU,
    Loss,
    MeanSquaredError,
    ReLU,
    Sequential,
    Sigmoid,
    SigmoidSquaredError,
    Softmax,
    SoftmaxCrossEntropy,
    SoftmaxSquaredError,
    Tanh,
    Trainer,
    gradient_check,
)
from engine.core.kernels.passes import Pass, Signal
from engine.core.network import DROPOUT_STREAM, stream
from engine.study.autograd_network import MLP
from engine.training.dataset import DataSet
from tests.engine.helpers import Floats, quadrants
from tests.engine.reference.cases import OUTPUTS, Network, loss_and_gradient, with_data
from tests.engine.strategies import networks


@pytest.mark.parametrize("replicas", [None, 1, 3])
@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_every_activation_with_every_loss(activation: str, loss: str, replicas: int | None) -> None:
    act = ACTIVATIONS[activation]
    seeds = None if replicas is None else list(range(replicas))
    model = Sequential(
        [Dense(2, 4, bias=0.1), act(), Dense(4, 3, bias=-0.1), act(), Dense(3, OUTPUTS[loss])],
        seed=3,
        replicas=replicas,
        replica_seeds=seeds,
    )
    given = with_data([Dense(2, OUTPUTS[loss])], loss)
    check = gradient_check(model, given.loss, given.X, given.y)
    assert len(check.parameters) == 6
    assert check.absolute < 1e-8
    assert check.relative < 1e-5


def by_autograd(case: Network) -> tuple[float, Floats]:
    """The loss of a training step and its gradient, from a graph of tensors."""
    network = MLP(case.model)
    dropout = stream(case.model.seed, DROPOUT_STREAM)  # the masks that the layers will draw
    loss = network.loss(case.loss, case.X, case.y, dropout)
    loss.backward()
    gradients = [parameter.grad for parameter in network.parameters()]
    return loss.item(), np.concatenate([g.ravel() for g in gradients if g is not None])


@settings(max_examples=200, deadline=None)
@given(case=networks(dropout=True))
def test_by_hand_and_by_autograd_for_any_network(case: Network) -> None:
    expected_loss, expected = by_autograd(case)  # first: a step moves the weights
    loss, gradient = loss_and_gradient(case)
    assert loss == pytest.approx(expected_loss, rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=150, deadline=None)
@given(case=networks())
def test_by_hand_and_by_central_differences_for_any_network(case: Network) -> None:
    check = gradient_check(*case)
    assert check.kinks < case.model.n_parameters  # the strategy never puts all at a kink
    assert check.absolute < 1e-7


def test_a_set_of_several_chunks_has_the_gradient_of_the_whole() -> None:
    X, y = quadrants(2500)
    model = Sequential([Dense(2, 3), Tanh(), Dense(3, 2)])
    assert gradient_check(model, SoftmaxCrossEntropy(), X, y).absolute < 1e-8


@pytest.mark.parametrize(
    ("final", "loss", "outputs"),
    [
        (Softmax(), SoftmaxCrossEntropy(), 2),
        (Sigmoid(), BinaryCrossEntropy(), 1),
        (Softmax(), SoftmaxSquaredError(), 2),
        (Sigmoid(), SigmoidSquaredError(), 1),
    ],
)
def test_a_final_layer_is_folded_into_its_loss(final: Layer, loss: Loss, outputs: int) -> None:
    X, y = quadrants()

    def trained(*end: Layer) -> Sequential:
        model = Sequential([Dense(2, 4), Tanh(), Dense(4, outputs), *end])
        Trainer(model, loss, SGD(0.5), X, y).run_epochs(3)
        return model

    with_it, without = trained(final), trained()
    last = with_it.forward(X)[:, -1]  # the probabilities themselves
    np.testing.assert_allclose(last, without.predict_proba(X)[:, -1], rtol=1e-13)
    np.testing.assert_array_equal(with_it.flat, without.flat)
    np.testing.assert_allclose(with_it.predict_proba(X), without.predict_proba(X), rtol=1e-14)
    np.testing.assert_array_equal(with_it.predict(X), without.predict(X))
    assert with_it.evaluate(X, y) == without.evaluate(X, y)


def test_backward_pushes_any_gradient_of_the_output() -> None:
    X, _ = quadrants(6)
    model = Sequential([Dense(2, 4), Tanh(), Dense(4, 3), Softmax()])
    rng = np.random.default_rng(2)
    weights = rng.normal(size=(6, 3))
    model.forward(X)
    model.backward(weights)
    analytic = model.flat_grad.copy()
    model.forward(X, training=True)
    model.flat_grad[...] = np.nan
    model.backward(weights)
    np.testing.assert_allclose(model.flat_grad, analytic, rtol=1e-13)
    for index in range(model.n_parameters):
        kept = model.flat[index]
        model.flat[index] = kept + 1e-5
        above = np.sum(model.forward(X) * weights)
        model.flat[index] = kept - 1e-5
        below = np.sum(model.forward(X) * weights)
        model.flat[index] = kept
        assert analytic[index] == pytest.approx((above - below) / 2e-5, abs=1e-8)


@pytest.mark.parametrize(("wrong", "least"), [(None, 1e-3), (math.nan, math.inf)])
def test_the_check_finds_a_wrong_gradient(wrong: float | None, least: float) -> None:
    class Broken(Tanh):
        def kernel(self, z, a, g, scratch):  # type: ignore[no-untyped-def]
            forward, _ = super().kernel(z, a, g, scratch)
            return forward, [] if wrong is None else [lambda: g.fill(wrong)]

    X, y = quadrants(9)
    model = Sequential([Dense(2, 4), Broken(), Dense(4, 2)])
    check = gradient_check(model, SoftmaxCrossEntropy(), X, y)
    assert check.absolute >= least
    assert [difference.name for difference in check.parameters] == ["W1", "b1", "W2", "b2"]


@pytest.mark.parametrize("activation", [ReLU(), LeakyReLU(0.5)])
@pytest.mark.parametrize("replicas", [None, 2])
def test_the_check_leaves_out_a_kink_and_says_so(activation: Layer, replicas: int | None) -> None:
    model = Sequential([Dense(1, 2), activation, Dense(2, 1)], replicas=replicas)
    model.parameters()[0].data[...] = 1.0
    model.parameters()[1].data[...] = [-2.0, 0.5]  # at x = 2 the first unit is at its kink
    if replicas:
        model.parameters()[1].data[0, 0] = -1.0  # that of the other replica alone
    check = gradient_check(model, MeanSquaredError(), [[2.0], [3.0]], [0.0, 1.0])
    assert [difference.kinks for difference in check.parameters] == [1, 1, 0, 0]
    assert check.kinks == 2
    assert check.absolute < 1e-8


def test_a_check_of_kinks_alone_is_not_passed() -> None:
    model = Sequential([Dense(2, 3, init="zeros"), ReLU(), Dense(3, 1, init="zeros")])
    model.parameters()[3].data[...] = 1.0
    check = gradient_check(model, MeanSquaredError(), [[1.0, 1.0]], [0.0])
    assert [difference.kinks for difference in check.parameters] == [6, 3, 0, 0]
    assert math.isnan(check.parameters[0].absolute)
    assert check.absolute < 1e-8  # of the second layer, which was compared
    alone = gradient_check(
        Sequential([Dense(1, 1, "zeros"), ReLU()]), MeanSquaredError(), [[1]], [1]
    )
    assert math.isnan(alone.absolute)
    assert math.isnan(alone.relative)


def test_the_relative_difference_is_that_of_the_array() -> None:
    class Half(Identity):
        def bind(self, run: Pass, source: Signal) -> Signal:
            if (grad := source.grad) is not None:
                run.add([], [lambda: np.multiply(grad, 0.5, out=grad)])
            return source

    X, y = quadrants(9)
    model = Sequential([Dense(2, 4), Tanh(), Half(), Dense(4, 2)])
    check = gradient_check(model, SoftmaxCrossEntropy(), X, y)
    assert [round(difference.relative, 6) for difference in check.parameters] == [0.5, 0.5, 0, 0]
    exact = DataSet(model, SoftmaxCrossEntropy(), X, y, "check").measure_with_gradient()[2]
    assert check.parameters[0].absolute == pytest.approx(np.abs(exact[:8]).max(), rel=1e-6)


def test_the_check_leaves_the_network_as_it_was() -> None:
    X, y = quadrants(9)
    model = Sequential([Dense(2, 4), Tanh(), Dense(4, 2)])
    model.flat_grad[...] = 7.0
    before = model.flat.copy()
    gradient_check(model, SoftmaxCrossEntropy(), X, y)
    np.testing.assert_array_equal(model.flat, before)
    assert (model.flat_grad == 7.0).all()


def test_the_check_needs_float64() -> None:
    with pytest.raises(ValueError, match="float64"):
        gradient_check(
            Sequential([Dense(2, 2)], dtype=np.float32), SoftmaxCrossEntropy(), *quadrants()
        )
