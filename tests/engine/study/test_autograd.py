"""Autograd: every operation against central differences, the walk, the graph, and a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine import (
    Dense,
    Dropout,
    MeanSquaredError,
    ReLU,
    Sequential,
    Softmax,
    SoftmaxCrossEntropy,
    Tanh,
)
from engine.study.autograd import Tensor
from engine.study.autograd_network import MLP
from tests.engine.helpers import Floats, network, quadrants

Function = Callable[..., Tensor]
STEP = 1e-6


def agree(function: Function, *arrays: Floats) -> None:
    """Hold dL/darray of L = Σ w ∘ function(*arrays), w fixed, against central differences."""
    tensors = [Tensor(array) for array in arrays]
    result = function(*tensors)
    w = np.cos(1.0 + np.arange(result.data.size)).reshape(result.shape)
    (result * w).sum().backward()
    for array, tensor in zip(arrays, tensors, strict=True):
        slopes = np.empty_like(array)
        for index in np.ndindex(array.shape):
            kept, ends = array[index], []
            for moved in (kept + STEP, kept - STEP):
                array[index] = moved
                ends.append(np.sum(function(*(Tensor(each) for each in arrays)).data * w))
            array[index] = kept
            slopes[index] = (ends[0] - ends[1]) / (2.0 * STEP)
        ours = np.zeros(array.shape) if tensor.grad is None else tensor.grad
        assert ours.shape == array.shape
        np.testing.assert_allclose(ours, slopes, rtol=1e-6, atol=1e-7)


def normal(*shape: int) -> Floats:
    return np.random.default_rng(sum(shape)).normal(size=shape)


ANYWHERE = st.floats(-2.0, 2.0)
POSITIVE = st.floats(0.2, 2.0)
OFF_ZERO = st.one_of(st.floats(0.1, 2.0), st.floats(-2.0, -0.1))  # kinks at 0, and 1/x

UNARY: dict[str, tuple[Function, Any]] = {
    "cube": (lambda x: x**3.0, ANYWHERE),
    "power 0": (lambda x: x**0, ANYWHERE),
    "root": (lambda x: x**0.5, POSITIVE),
    "reciprocal": (lambda x: 1.0 / x, OFF_ZERO),
    "base": (lambda x: 2.0**x, ANYWHERE),
    "itself": (lambda x: x**x, POSITIVE),
    "scalars": (lambda x: 3.0 - (2 * x + 1) / 4 - 0.5, ANYWHERE),
    "fan out": (lambda x: x * x + x.tanh() * x, ANYWHERE),
    "mean squared error": (lambda x: x.mean_squared_error(np.ones(x.shape)), ANYWHERE),
    "binary cross-entropy": (lambda x: x.binary_cross_entropy(np.ones(x.shape)), ANYWHERE),
    "log": (Tensor.log, POSITIVE),
    "sqrt": (Tensor.sqrt, POSITIVE),
    "relu": (Tensor.relu, OFF_ZERO),
    "leaky_relu": (lambda x: x.leaky_relu(0.2), OFF_ZERO),
    "elu": (lambda x: x.elu(1.5), OFF_ZERO),
    "reshape": (lambda x: x.reshape(1, -1) * 2.0, ANYWHERE),
    "transposed": (lambda x: x.reshape((-1, 1)).T.exp(), ANYWHERE),
    **{
        name: (getattr(Tensor, name), ANYWHERE)
        for name in ("exp", "tanh", "sigmoid", "gelu", "silu", "softplus")
    },
}
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, max_side=3)


@pytest.mark.parametrize("name", UNARY)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_functions(name: str, data: st.DataObject) -> None:
    function, elements = UNARY[name]
    agree(function, data.draw(hnp.arrays(np.float64, SHAPES, elements=elements)))


@pytest.mark.parametrize("name", ["__add__", "__sub__", "__mul__", "__truediv__"])
@settings(max_examples=40, deadline=None)
@given(data=st.data(), shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_side=3))
def test_broadcasting(name: str, data: st.DataObject, shapes: hnp.BroadcastableShapes) -> None:
    arrays = [data.draw(hnp.arrays(np.float64, s, elements=OFF_ZERO)) for s in shapes.input_shapes]
    agree(getattr(Tensor, name), *arrays)


def test_the_largest_share_their_gradient() -> None:
    x = Tensor([[1.0, 3.0, 3.0], [2.0, 0.0, 1.0]])
    x.max(axis=1).backward([1.0, 5.0])
    np.testing.assert_array_equal(x.grad, [[0.0, 0.5, 0.5], [5.0, 0.0, 0.0]])
    assert (len(x), x.ndim, x.size) == (2, 2, 6)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        *(((2, 3), (3, 4)), ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((1, 1), (1, 1))),
        *(((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((1, 2, 3), (4, 3, 1)), ((4, 2, 3), (3,))),
    ],
)
def test_matrix_products(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    a, b = normal(*left), normal(*right)
    np.testing.assert_allclose((Tensor(a) @ Tensor(b)).data, a @ b, rtol=1e-14)
    agree(lambda x, y: x @ y, a, b)


@pytest.mark.parametrize("axis", [None, 0, -1, 1, (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["sum", "mean", "max"])
def test_reductions(name: str, axis: Any, keepdims: bool) -> None:
    x = normal(2, 3, 4)
    expected = getattr(x, name)(axis=axis, keepdims=keepdims)
    np.testing.assert_allclose(getattr(Tensor(x), name)(axis, keepdims).data, expected, rtol=1e-14)
    agree(lambda t: getattr(t, name)(axis, keepdims), x)


@pytest.mark.parametrize(
    "index",
    [
        *(0, (1, 2), np.s_[:, 1], np.s_[..., ::-2], np.s_[:, None, 1:], [1, 0, 1]),
        (np.array([0, 0, 1]), np.array([2, 2, 0])),
        np.array([[True, False, True], [False, False, True]]),
    ],
)
def test_indexing(index: Any) -> None:
    x = normal(2, 3)
    np.testing.assert_array_equal(Tensor(x)[index].data, x[index])
    agree(lambda t: t[index], x)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_softmax(axis: int) -> None:
    x = normal(3, 4) * 3
    soft = Tensor(x).softmax(axis)
    np.testing.assert_allclose(soft.data.sum(axis=axis), 1.0, rtol=1e-14)
    np.testing.assert_allclose(Tensor(x).log_softmax(axis).data, np.log(soft.data), 1e-12, 1e-14)
    agree(lambda t: t.softmax(axis), x)
    agree(lambda t: t.log_softmax(axis), x)


@pytest.mark.parametrize("scale", [1e3, 1e8])
def test_huge_numbers_stay_finite(scale: float) -> None:
    functions: tuple[Function, ...] = (
        *(lambda x: x.cross_entropy([1]), lambda x: x.binary_cross_entropy([[0.0, 1.0, 1.0]])),
        *(lambda x: x.softmax()[0, 0], Tensor.sigmoid, Tensor.softplus, Tensor.silu),
    )
    for function in functions:
        x = Tensor([[scale, -scale, 0.0]])
        result = function(x).sum()
        result.backward()
        assert np.isfinite(result.data)
        assert np.isfinite(x.grad).all()  # type: ignore[arg-type]


# --- the walk ------------------------------------------------------------------------------------


def test_a_chain_longer_than_a_recursion_could_be() -> None:
    x = Tensor(0.5)
    y, slope = x, 1.0
    for _ in range(10_000):
        y = y.tanh()
        slope *= 1.0 - y.item() ** 2
    y.backward()
    assert x.grad == pytest.approx(slope, rel=1e-9)
    assert len(y.graph()) == 10_001
    y.zero_grad()
    assert x.grad == 0.0


def test_gradients_add_up_over_calls_until_they_are_zeroed() -> None:
    x = Tensor([1.0, -2.0])
    square = x * x
    loss = square.sum()
    for times in (1, 2, 3):
        loss.backward()
        np.testing.assert_array_equal(x.grad, [2.0 * times, -4.0 * times])
        np.testing.assert_array_equal(square.grad, np.full(2, times))
    loss.zero_grad()
    loss.backward()
    np.testing.assert_array_equal(x.grad, [2.0, -4.0])
    np.testing.assert_array_equal(square.grad, [1.0, 1.0])


def test_data_and_gradients_are_arrays_of_their_own() -> None:
    array = np.ones((2, 3))
    x = Tensor(array)
    array[:] = 9.0
    np.testing.assert_array_equal(x.data, np.ones((2, 3)))
    total = (x + 0.0).sum()
    total.backward()
    assert x.grad is not None
    x.grad *= 7.0  # a broadcast view could not be written to, a shared one would change others
    total.backward()
    np.testing.assert_array_equal(x.grad, np.full((2, 3), 8.0))


def test_a_constant_gets_no_gradient() -> None:
    x, c = Tensor([1.0, 2.0]), Tensor([3.0, 4.0], requires_grad=False)
    inner = c.exp()
    (x * inner).sum().backward()
    assert c.grad is inner.grad is None
    assert not inner.requires_grad
    np.testing.assert_array_equal(x.grad, inner.data)


def test_types() -> None:
    assert Tensor([1, 2]).data.dtype == Tensor([True]).data.dtype == np.float64
    single = Tensor(np.ones(3, np.float32))
    wide = single.elementwise("wide", np.abs, lambda x: np.ones(3))
    loss = (single * 2.0 + 1 - single.gelu() / 3 + wide).softmax()
    loss = loss.log_softmax().silu().softplus().mean()
    loss.backward()
    assert single.grad is not None
    assert loss.data.dtype == single.grad.dtype == np.float32


def test_arrays_on_the_left() -> None:
    x = Tensor(np.full((2, 2), 2.0))
    left = np.array([[1.0, 2.0], [3.0, 4.0]])
    for result, expected in (
        *((left + x, left + 2.0), (left - x, left - 2.0), (left * x, left * 2.0)),
        *((left / x, left / 2.0), (left**x, left**2.0), (left @ x, left @ x.data)),
    ):
        assert isinstance(result, Tensor)
        np.testing.assert_allclose(result.data, expected, rtol=1e-15)


def test_the_graph_can_be_drawn() -> None:
    w, x = Tensor([1.0, 2.0], name="w"), Tensor([3.0, 4.0], requires_grad=False, name="x")
    assert repr(w) == "Tensor(w, leaf, shape=(2,), data=[1. 2.])"
    loss = (w * x).tanh().sum()
    assert [node.gradient for node in loss.graph()] == [None] * 5
    loss.backward()
    nodes = loss.graph()
    assert [node.operation for node in nodes] == ["leaf", "constant", "*", "tanh", "sum"]
    assert [node.name for node in nodes] == ["w", "x", "", "", ""]
    assert [node.parents for node in nodes] == [(), (), (0, 1), (2,), (3,)]
    assert [node.shape for node in nodes] == [(2,)] * 4 + [()]
    np.testing.assert_array_equal(nodes[2].value, [3.0, 8.0])
    np.testing.assert_array_equal(nodes[3].gradient, [1.0, 1.0])
    assert nodes[1].gradient is None
    nodes[0].value[...] = 0.0
    np.testing.assert_array_equal(w.data, [1.0, 2.0])


def test_parents_come_before_children_and_each_node_once() -> None:
    x = Tensor([0.5, 1.0])
    y = x * x
    nodes = (y * x + y.exp() / x).sum().graph()
    assert all(parent < place for place, node in enumerate(nodes) for parent in node.parents)
    assert sorted(node.operation for node in nodes) == sorted(
        ["leaf", "*", "*", "exp", "constant", "**", "*", "+", "sum"]
    )


# --- a network -----------------------------------------------------------------------------------


def test_a_network_from_a_sequential() -> None:
    model = Sequential([Dense(2, 4), Tanh(), Dropout(0.5), Dense(4, 3), Softmax()])
    X, _ = quadrants(9)
    twin = MLP(model)
    np.testing.assert_allclose(twin(X).data, model.forward(X), rtol=1e-13)
    agree(lambda x: twin(x), X)  # the gradient of the inputs
    for own, theirs in zip(twin.parameters(), model.parameters(), strict=True):
        assert own.name == theirs.name
        np.testing.assert_array_equal(own.data, theirs.data)
        own.data[...] = 0.0
    assert np.abs(model.flat).sum() > 0.0  # the network's weights are its own


TWO, TWO_BY_THREE = Tensor(np.ones(2)), Tensor(np.ones((2, 3)))
Mine = type("Mine", (Softmax,), {})
MyLoss = type("MyLoss", (MeanSquaredError,), {})


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: Tensor(["a", "b"]), "must hold numbers"),
        (lambda: Tensor([1j]), "must hold numbers"),
        (lambda: Tensor(None), "must hold numbers"),  # type: ignore[arg-type]
        (lambda: Tensor(Tensor(1.0)), "another tensor"),  # type: ignore[arg-type]
        (lambda: TWO.backward([1.0]), r"shape \(1,\).*\(2,\)"),
        (lambda: TWO.backward(), r"shape \(2,\) needs a gradient"),
        (lambda: Tensor(1.0, requires_grad=False).backward(), "requires a gradient"),
        (lambda: TWO + np.ones(3), r"\+ cannot join.*\(2,\) and \(3,\)"),
        (lambda: np.ones(3) * TWO, r"\* cannot join.*\(3,\) and \(2,\)"),
        (lambda: TWO_BY_THREE @ np.ones((2, 3)), r"@ .*\(2, 3\) and \(2, 3\)"),
        (lambda: Tensor(np.ones((2, 3, 3))) @ np.ones((4, 3, 3)), r"@ .*\(2, 3, 3\) and \(4,"),
        (lambda: Tensor(2.0) @ np.ones((2, 3)), r"@ cannot join the shapes \(\)"),
        (lambda: TWO @ 2.0, r"@ cannot join.*and \(\)"),
        (lambda: TWO_BY_THREE.cross_entropy([0, 3]), "label 3, outside"),
        (lambda: TWO_BY_THREE.cross_entropy([0]), r"\(2, 3\) and \(1,\)"),
        (lambda: TWO.cross_entropy([0]), r"not of shape \(2,\)"),
        (lambda: TWO.mean_squared_error([[1.0], [2.0]]), r"\(2,\).*\(2, 1\)"),
        (lambda: TWO.binary_cross_entropy([[1], [0]]), r"\(2,\).*\(2, 1\)"),
        (lambda: TWO.dropout(1.0, np.random.default_rng()), "dropout rate"),
        (lambda: MLP(Sequential([Dense(2, 2)], replicas=3)), "not 3 replicas"),
        (lambda: MLP(Sequential([Dense(2, 2), Mine()]))([[1.0, 1.0]]), "not known"),
        (lambda: MLP(Sequential([ReLU()]))([[1.0, 1.0]]), "at least one Dense"),
        (lambda: MLP(network())(np.ones((3, 4))), r"X has shape \(3, 4\)"),
        (lambda: MLP(network())(Tensor(np.ones((3, 4)))), r"@ cannot join"),
        (lambda: MLP(network()).loss(SoftmaxCrossEntropy(), [[1, 1]], [0, 1]), "differ in samples"),
        (lambda: MLP(network()).loss(MyLoss(), [[1, 1]], [[0.0, 1.0]]), "not known"),
    ],
)
def test_refusals(act: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        act()
    assert TWO.grad is None
