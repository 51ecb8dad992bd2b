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
    LOSSES,
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
from engine.study.autograd_network import FUNCTIONS, MLP, OBJECTIVES
from tests.engine.helpers import Floats, network, quadrants
from tests.engine.reference.cases import TWINNED

Function = Callable[..., Tensor]
STEP = 1e-6


def gradients(function: Function, *arrays: Floats) -> list[Floats]:
    """dL/darray of L = Σ w ∘ function(*arrays), w some fixed numbers, by autograd."""
    tensors = [Tensor(array) for array in arrays]
    result = function(*tensors)
    result.backward(weights_of(result.shape))
    return [np.asarray(0.0 if t.grad is None else t.grad, np.float64) for t in tensors]


def differences(function: Function, *arrays: Floats) -> list[Floats]:
    """The same by central differences."""

    def value(moved: list[Floats]) -> float:
        result = function(*(Tensor(array) for array in moved))
        return float(np.sum(result.data * weights_of(result.shape)))

    found = []
    for position, array in enumerate(arrays):
        slopes = np.empty_like(array)
        for index in np.ndindex(array.shape):
            ends = []
            for sign in (1.0, -1.0):
                moved = [other.copy() for other in arrays]
                moved[position][index] += sign * STEP
                ends.append(value(moved))
            slopes[index] = (ends[0] - ends[1]) / (2.0 * STEP)
        found.append(slopes)
    return found


def weights_of(shape: tuple[int, ...]) -> Floats:
    return np.cos(1.0 + np.arange(np.prod(shape, dtype=int))).reshape(shape)


def agree(function: Function, *arrays: Floats) -> None:
    for ours, theirs in zip(
        gradients(function, *arrays), differences(function, *arrays), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)


ANYWHERE = st.floats(-2.0, 2.0)
POSITIVE = st.floats(0.2, 2.0)
OFF_ZERO = st.one_of(st.floats(0.1, 2.0), st.floats(-2.0, -0.1))  # kinks at 0, and 1/x

UNARY: dict[str, tuple[Function, Any]] = {
    "neg": (lambda x: -x, ANYWHERE),
    "square": (lambda x: x**2, ANYWHERE),
    "cube": (lambda x: x**3.0, ANYWHERE),
    "power 0": (lambda x: x**0, ANYWHERE),
    "root": (lambda x: x**0.5, POSITIVE),
    "reciprocal": (lambda x: 1.0 / x, OFF_ZERO),
    "base": (lambda x: 2.0**x, ANYWHERE),
    "itself": (lambda x: x**x, POSITIVE),
    "scalars": (lambda x: 3.0 - (2 * x + 1) / 4 - 0.5, ANYWHERE),
    "exp": (lambda x: x.exp(), ANYWHERE),
    "log": (lambda x: x.log(), POSITIVE),
    "sqrt": (lambda x: x.sqrt(), POSITIVE),
    "tanh": (lambda x: x.tanh(), ANYWHERE),
    "sigmoid": (lambda x: x.sigmoid(), ANYWHERE),
    "relu": (lambda x: x.relu(), OFF_ZERO),
    "leaky_relu": (lambda x: x.leaky_relu(0.2), OFF_ZERO),
    "elu": (lambda x: x.elu(1.5), OFF_ZERO),
    "gelu": (lambda x: x.gelu(), ANYWHERE),
    "silu": (lambda x: x.silu(), ANYWHERE),
    "softplus": (lambda x: x.softplus(), ANYWHERE),
    "sum": (lambda x: x.sum(), ANYWHERE),
    "mean": (lambda x: x.mean(), ANYWHERE),
    "fan out": (lambda x: x * x + x.tanh() * x, ANYWHERE),
    "mean squared error": (lambda x: x.mean_squared_error(np.ones(x.shape)), ANYWHERE),
    "binary cross-entropy": (lambda x: x.binary_cross_entropy(np.ones(x.shape)), ANYWHERE),
}
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, max_side=3)


@pytest.mark.parametrize("name", UNARY)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_functions(name: str, data: st.DataObject) -> None:
    function, elements = UNARY[name]
    agree(function, data.draw(hnp.arrays(np.float64, SHAPES, elements=elements)))


@pytest.mark.parametrize("name", ["+", "-", "*", "/"])
@settings(max_examples=40, deadline=None)
@given(data=st.data(), shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_side=3))
def test_broadcasting(name: str, data: st.DataObject, shapes: hnp.BroadcastableShapes) -> None:
    function: Function = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
    }[name]
    arrays = [data.draw(hnp.arrays(np.float64, s, elements=OFF_ZERO)) for s in shapes.input_shapes]
    assert [g.shape for g in gradients(function, *arrays)] == list(shapes.input_shapes)
    agree(function, *arrays)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((2, 3), (3, 4)),
        ((3,), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3,)),
        ((5, 2, 3), (3, 4)),
        ((2, 3), (5, 3, 4)),
        ((1, 2, 3), (4, 3, 1)),
        ((4, 2, 3), (3,)),
        ((1, 1), (1, 1)),
    ],
)
def test_matrix_products(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=left), rng.normal(size=right)
    np.testing.assert_allclose((Tensor(a) @ Tensor(b)).data, a @ b, rtol=1e-14)
    agree(lambda x, y: x @ y, a, b)


@pytest.mark.parametrize("axis", [None, 0, -1, 1, (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["sum", "mean", "max"])
def test_reductions(name: str, axis: Any, keepdims: bool) -> None:
    x = np.random.default_rng(1).normal(size=(2, 3, 4))
    result = getattr(Tensor(x), name)(axis, keepdims)
    np.testing.assert_allclose(
        result.data, getattr(x, name)(axis=axis, keepdims=keepdims), rtol=1e-14
    )
    agree(lambda t: getattr(t, name)(axis, keepdims), x)


def test_the_largest_of_equals_share_the_gradient() -> None:
    x = Tensor([[1.0, 3.0, 3.0], [2.0, 0.0, 1.0]])
    x.max(axis=1).sum().backward()
    np.testing.assert_array_equal(x.grad, [[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])


@pytest.mark.parametrize(
    "index",
    [
        0,
        (1, 2),
        np.s_[:, 1],
        np.s_[..., ::-2],
        np.s_[:, None, 1:],
        [1, 0, 1],
        (np.array([0, 0, 1]), np.array([2, 2, 0])),
        np.array([[True, False, True], [False, False, True]]),
    ],
)
def test_indexing(index: Any) -> None:
    x = np.random.default_rng(2).normal(size=(2, 3))
    np.testing.assert_array_equal(Tensor(x)[index].data, x[index])
    agree(lambda t: t[index], x)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_softmax(axis: int) -> None:
    x = np.random.default_rng(3).normal(size=(3, 4)) * 3
    soft = Tensor(x).softmax(axis)
    np.testing.assert_allclose(soft.data.sum(axis=axis), 1.0, rtol=1e-14)
    np.testing.assert_allclose(Tensor(x).log_softmax(axis).data, np.log(soft.data), 1e-12, 1e-14)
    agree(lambda t: t.softmax(axis), x)
    agree(lambda t: t.log_softmax(axis), x)


def test_shapes() -> None:
    x = np.random.default_rng(4).normal(size=(2, 3, 4))
    agree(lambda t: t.reshape(4, -1) * 2.0, x)
    agree(lambda t: t.reshape((6, 4)).T.exp(), x)
    assert Tensor(x).T.shape == (4, 3, 2)
    assert (len(Tensor(x)), Tensor(x).ndim, Tensor(x).size) == (2, 3, 24)


@pytest.mark.parametrize("scale", [1e3, 1e8])
def test_huge_numbers_stay_finite(scale: float) -> None:
    x = Tensor([[scale, -scale, 0.0]])
    losses = [x.cross_entropy([1]), x.binary_cross_entropy([[0.0, 1.0, 1.0]])]
    shares = [
        x.softmax()[0, 0],
        x.sigmoid().sum(),
        x.softplus().sum(),
        x.elu().sum(),
        x.silu().sum(),
    ]
    for result in (*losses, *shares):
        x.zero_grad()
        result.backward()
        assert np.isfinite(result.data)
        assert x.grad is not None
        assert np.isfinite(x.grad).all()


# --- the walk ------------------------------------------------------------------------------------


def test_a_chain_of_100_000_operations() -> None:
    x = Tensor(0.5)
    y, slope = x, 1.0
    for _ in range(100_000):
        y = y.tanh()
        slope *= 1.0 - y.item() ** 2
    y.backward()
    assert x.grad == pytest.approx(slope, rel=1e-9)
    assert slope > 1e-8
    assert len(y.graph()) == 100_001
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
    x.zero_grad()
    np.testing.assert_array_equal(x.grad, [0.0, 0.0])
    loss.zero_grad()
    loss.backward()
    np.testing.assert_array_equal(x.grad, [2.0, -4.0])
    np.testing.assert_array_equal(square.grad, [1.0, 1.0])


def test_gradients_are_arrays_of_their_own() -> None:
    x = Tensor(np.ones((2, 3)))
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
    assert c.grad is None
    assert inner.grad is None
    assert not inner.requires_grad
    np.testing.assert_array_equal(x.grad, inner.data)


def test_data_are_copied() -> None:
    array = np.array([1.0, 2.0])
    x = Tensor(array)
    array[:] = 9.0
    np.testing.assert_array_equal(x.data, [1.0, 2.0])


def test_types() -> None:
    assert Tensor([1, 2]).data.dtype == np.float64
    assert Tensor([True]).data.dtype == np.float64
    single = Tensor(np.ones(3, np.float32))
    loss = (single * 2.0 + 1 - single.gelu() / 3 + single.elu() + single.leaky_relu()).softmax()
    loss = loss.log_softmax().silu().softplus().mean()
    loss.backward()
    assert loss.data.dtype == np.float32
    assert single.grad is not None
    assert single.grad.dtype == np.float32


def test_arrays_on_the_left() -> None:
    x = Tensor(np.full((2, 2), 2.0))
    left = np.array([[1.0, 2.0], [3.0, 4.0]])
    for result, expected in (
        (left + x, left + 2.0),
        (left - x, left - 2.0),
        (left * x, left * 2.0),
        (left / x, left / 2.0),
        (left**x, left**2.0),
        (left @ x, left @ x.data),
    ):
        assert isinstance(result, Tensor)
        np.testing.assert_allclose(result.data, expected, rtol=1e-15)


def test_the_graph_can_be_drawn() -> None:
    w, x = Tensor([1.0, 2.0], name="w"), Tensor([3.0, 4.0], requires_grad=False, name="x")
    loss = (w * x).tanh().sum()
    before = loss.graph()
    assert [node.gradient for node in before] == [None] * 5
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


def test_parents_come_before_children() -> None:
    x = Tensor([0.5, 1.0])
    y = x * x
    nodes = (y * x + y.exp() / x).softmax().graph()
    assert all(parent < place for place, node in enumerate(nodes) for parent in node.parents)
    assert len({id(node) for node in nodes}) == len(nodes)


def test_repr_names_operation_and_shape() -> None:
    assert repr(Tensor([1.0], name="w")) == "Tensor(w, leaf, shape=(1,), data=[1.])"
    assert repr(Tensor([1.0]).exp()).startswith("Tensor(exp, shape=(1,)")


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: Tensor(["a", "b"]), "must hold numbers"),
        (lambda: Tensor([1j]), "must hold numbers"),
        (lambda: Tensor(None), "must hold numbers"),  # type: ignore[arg-type]
        (lambda: Tensor(Tensor(1.0)), "another tensor"),  # type: ignore[arg-type]
        (lambda: Tensor([1.0, 2.0]).backward(), r"shape \(2,\) needs a gradient"),
        (lambda: Tensor([1.0, 2.0]).backward([1.0]), r"shape \(1,\).*\(2,\)"),
        (lambda: Tensor(1.0, requires_grad=False).backward(), "requires a gradient"),
        (lambda: Tensor(np.ones(2)) + np.ones(3), r"\+ cannot join.*\(2,\) and \(3,\)"),
        (lambda: np.ones(3) * Tensor(np.ones(2)), r"\* cannot join.*\(3,\) and \(2,\)"),
        (lambda: Tensor(np.ones((2, 3))) @ np.ones((2, 3)), r"@ .*\(2, 3\) and \(2, 3\)"),
        (lambda: Tensor(np.ones((2, 3, 3))) @ np.ones((4, 3, 3)), r"@ .*\(2, 3, 3\) and \(4,"),
        (lambda: Tensor(2.0) @ np.ones((2, 3)), r"@ cannot join the shapes \(\)"),
        (lambda: Tensor(np.ones(3)) @ 2.0, r"@ cannot join.*and \(\)"),
        (lambda: Tensor(np.ones((2, 3))).cross_entropy([0, 3]), "label 3, outside"),
        (lambda: Tensor(np.ones((2, 3))).cross_entropy([0.5, 1.0]), "whole class labels"),
        (lambda: Tensor(np.ones((2, 3))).cross_entropy(["a", "b"]), "must hold numbers"),
        (lambda: Tensor(np.ones((2, 3))).cross_entropy([0]), r"\(2, 3\) and \(1,\)"),
        (lambda: Tensor(np.ones(3)).cross_entropy([0]), r"not of shape \(3,\)"),
        (lambda: Tensor(np.ones((2, 1))).mean_squared_error([1.0, 2.0]), r"\(2, 1\).*\(2,\)"),
        (lambda: Tensor(np.ones((2, 1))).binary_cross_entropy([1, 0]), r"\(2, 1\).*\(2,\)"),
        (lambda: Tensor([1.0]).dropout(1.0, np.random.default_rng()), "dropout rate"),
    ],
)
def test_refusals(act: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        act()


def test_a_refused_backward_leaves_no_gradient() -> None:
    x = Tensor([1.0, 2.0])
    y = x * 2.0
    with pytest.raises(ValueError, match="needs a gradient"):
        y.backward()
    assert x.grad is None
    assert y.grad is None


# --- a network -----------------------------------------------------------------------------------


def test_a_network_from_a_sequential() -> None:
    model = Sequential([Dense(2, 4), Tanh(), Dropout(0.5), Dense(4, 3), Softmax()])
    X, _ = quadrants(9)
    twin = MLP(model)
    np.testing.assert_allclose(twin(X).data, model.forward(X), rtol=1e-13)
    names = [(p.name, p.shape) for p in twin.parameters()]
    assert names == [(p.name, p.data.shape) for p in model.parameters()]
    for own, theirs in zip(twin.parameters(), model.parameters(), strict=True):
        np.testing.assert_array_equal(own.data, theirs.data)
        own.data[...] = 0.0
    assert np.abs(model.flat).sum() > 0.0  # the network's weights are its own


def test_the_gradient_of_the_inputs() -> None:
    model = Sequential([Dense(2, 4), Tanh(), Dense(4, 1)])
    twin = MLP(model)
    agree(lambda x: twin(x), np.random.default_rng(0).normal(size=(3, 2)))


def test_every_activation_and_loss_is_known() -> None:
    assert set(FUNCTIONS) >= set(TWINNED.values())  # another one brings its own derivative
    assert set(OBJECTIVES) == set(LOSSES.values())


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: MLP(Sequential([Dense(2, 2)], replicas=3)), "not 3 replicas"),
        (lambda: MLP(Sequential([Dense(2, 2), type("Mine", (Softmax,), {})()])), "not known"),
        (lambda: MLP(Sequential([ReLU()])), "at least one Dense"),
        (lambda: MLP(network())(np.ones((3, 4))), r"X has shape \(3, 4\)"),
        (lambda: MLP(network())([[np.nan, 1.0]]), "NaN"),
        (lambda: MLP(network())(Tensor(np.ones((3, 4)))), r"@ cannot join"),
        (
            lambda: MLP(network()).loss(SoftmaxCrossEntropy(), np.ones((3, 2)), [0, 1]),
            r"differ in samples",
        ),
        (
            lambda: MLP(network()).loss(
                type("Mine", (MeanSquaredError,), {})(), np.ones((1, 2)), [[0.0, 1.0]]
            ),
            "not known",
        ),
    ],
)
def test_bad_networks_are_refused(act: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        act()
