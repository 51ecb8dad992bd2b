"""Reverse-mode differentiation of NumPy arrays: the gradient without a hand-written layer.

A ``Tensor`` remembers which tensors it was computed from and, for each of them, a *pull*: a
function that takes dL/dself to dL/dparent by the chain rule. ``backward`` walks that graph from the
result to its sources. Each operation is written beside its pulls, and whatever can be said with
other operations (-, /, softmax, the losses) is: a derivative appears here only where it must.

The layers train faster. This is the second derivation, which theirs is held against, and the graph
that can be drawn. B is the batch, F features, C classes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from engine.core.validation import Array, class_labels, number, same_length
from engine.study.broadcasting import joined, unbroadcast

Operand: TypeAlias = "Tensor | npt.ArrayLike"
Pull: TypeAlias = Callable[[Array], Array]  # dL/dresult -> dL/dparent
Elementwise: TypeAlias = Callable[[Array], Any]
Axis: TypeAlias = int | tuple[int, ...] | None


class Node(NamedTuple):
    """One entry of ``Tensor.graph()``; ``parents`` are the positions of others in that list.

    ``pulls`` take dL/dnode to dL/dparent, one for each, before it is summed to the parent's shape.
    """

    operation: str  # "leaf", or "constant" if it gets no gradient, for one that was not computed
    name: str
    shape: tuple[int, ...]
    value: Array
    gradient: Array | None  # None where ``backward`` has not been
    parents: tuple[int, ...]
    pulls: tuple[Pull, ...]


class Tensor:
    """An array and how it came to be. ``grad`` is None until ``backward`` reaches it.

    ``data`` is copied; floats keep their type, other numbers become float64. A tensor that does
    not require a gradient, and all that is computed from such tensors alone, gets none.
    """

    __array_ufunc__ = None  # so that array + tensor asks the tensor, not each element
    __slots__ = ("_edges", "data", "grad", "name", "operation", "requires_grad")

    def __init__(self, data: npt.ArrayLike, requires_grad: bool = True, name: str = "") -> None:
        if isinstance(data, Tensor):
            raise ValueError("a tensor must hold numbers, not another tensor: give its data")
        array = np.array(data)
        if array.dtype.kind not in "biuf":
            raise ValueError(f"a tensor must hold numbers, not {array.dtype}")
        self.data: Array = array if array.dtype.kind == "f" else array.astype(np.float64)
        self.grad: Array | None = None
        self.requires_grad = requires_grad
        self.name = name
        self.operation = "leaf" if requires_grad else "constant"
        self._edges: tuple[tuple[Tensor, Pull], ...] = ()

    @staticmethod
    def _result(operation: str, data: Array, *edges: tuple[Tensor, Pull]) -> Tensor:
        result = Tensor.__new__(Tensor)
        result.data, result.grad = np.asarray(data), None
        result.requires_grad = any(parent.requires_grad for parent, _ in edges)
        result.name, result.operation, result._edges = "", operation, edges
        return result

    def _lift(self, other: Operand) -> Tensor:
        """The other operand as a tensor: a constant, if it was none. Bare numbers take our type."""
        if isinstance(other, Tensor):
            return other
        dtype = self.data.dtype if isinstance(other, (int, float)) else None
        return Tensor(np.asarray(other, dtype), requires_grad=False)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def ndim(self) -> int:
        return self.data.ndim

    @property
    def size(self) -> int:
        return self.data.size

    def __len__(self) -> int:
        return len(self.data)

    def item(self) -> float:
        """The number in a tensor of one element."""
        return float(self.data.item())

    def __repr__(self) -> str:
        name = f"{self.name}, " if self.name else ""
        return f"Tensor({name}{self.operation}, shape={self.shape}, data={self.data})"

    # --- the walk -----------------------------------------------------------------------------

    def backward(self, gradient: npt.ArrayLike | None = None) -> None:
        """Add dL/dtensor to the ``grad`` of every tensor this one was computed from, and its own.

        L is this tensor if it has one element; otherwise ``gradient``, of its shape, is dL/dself.
        """
        if not self.requires_grad:
            raise ValueError("nothing that this tensor was computed from requires a gradient")
        if gradient is None and self.size != 1:
            raise ValueError(
                f"backward starts from one number; a tensor of shape {self.shape} needs a gradient"
            )
        seed = np.ones(self.shape) if gradient is None else np.asarray(gradient, np.float64)
        if seed.shape != self.shape:
            raise ValueError(f"gradient has shape {seed.shape}, but the tensor has {self.shape}")
        found: dict[Tensor, Array] = {self: seed.astype(self.data.dtype)}
        for tensor in reversed(self._sorted()):
            if not tensor.requires_grad:
                continue
            arrived = found.pop(tensor)  # complete: all that was computed from it came before
            tensor.grad = arrived.copy() if tensor.grad is None else tensor.grad + arrived
            for parent, pull in tensor._edges:
                if parent.requires_grad:
                    share = unbroadcast(pull(arrived), parent.shape)
                    found[parent] = found[parent] + share if parent in found else share

    def zero_grad(self) -> None:
        """Set ``grad`` to zero, here and in every tensor this one was computed from."""
        for tensor in self._sorted():
            tensor.grad = np.zeros_like(tensor.data) if tensor.requires_grad else None

    def graph(self) -> list[Node]:
        """All that this tensor was computed from, and it as the last: parents before children."""
        order = self._sorted()
        place = {tensor: index for index, tensor in enumerate(order)}
        return [
            Node(
                tensor.operation,
                tensor.name,
                tensor.shape,
                tensor.data.copy(),
                None if tensor.grad is None else tensor.grad.copy(),
                tuple(place[parent] for parent, _ in tensor._edges),
                tuple(pull for _, pull in tensor._edges),
            )
            for tensor in order
        ]

    def _sorted(self) -> list[Tensor]:
        """The graph in topological order, parents first.

        A depth-first search on a stack of its own: recursion would end at a thousand operations.
        """
        order: list[Tensor] = []
        seen: set[Tensor] = set()
        stack = [(self, False)]
        while stack:
            tensor, parents_done = stack.pop()
            if parents_done:
                order.append(tensor)
            elif tensor not in seen:
                seen.add(tensor)
                stack.append((tensor, True))
                stack.extend((parent, False) for parent, _ in reversed(tensor._edges))
        return order

    # --- arithmetic ---------------------------------------------------------------------------

    def __add__(self, other: Operand) -> Tensor:
        other = self._lift(other)
        total = joined("+", self.data, other.data, np.add)
        return Tensor._result("+", total, (self, lambda g: g), (other, lambda g: g))

    def __mul__(self, other: Operand) -> Tensor:
        other = self._lift(other)
        a, b = self.data, other.data
        product = joined("*", a, b, np.multiply)
        return Tensor._result("*", product, (self, lambda g: g * b), (other, lambda g: g * a))

    def __pow__(self, exponent: Operand) -> Tensor:
        other = self._lift(exponent)
        a, b = self.data, other.data
        power = joined("**", a, b, np.power)
        return Tensor._result(
            "**",
            power,
            # a⁰ is 1 everywhere and 0ᵇ is 0: neither may turn into 0 · ∞.
            (self, lambda g: g * b * np.power(a, np.where(b == 0.0, 0.0, b - 1.0))),
            (other, lambda g: g * power * np.log(np.where(a == 0.0, 1.0, a))),
        )

    def __matmul__(self, other: Operand) -> Tensor:
        """The matrix product over the last two axes; a vector counts as one row or one column."""
        other = self._lift(other)
        if other.ndim == 1:
            return (self @ other.reshape(-1, 1))[..., 0]
        if self.ndim == 1:
            return (self.reshape(1, -1) @ other)[..., 0, :]
        a, b = self.data, other.data
        return Tensor._result(
            "@",
            joined("@", a, b, np.matmul),
            (self, lambda g: g @ b.swapaxes(-1, -2)),  # dL/da = dL/dz bᵀ
            (other, lambda g: a.swapaxes(-1, -2) @ g),  # dL/db = aᵀ dL/dz
        )

    def __neg__(self) -> Tensor:
        return self * -1.0

    def __sub__(self, other: Operand) -> Tensor:
        return self + -self._lift(other)

    def __truediv__(self, other: Operand) -> Tensor:
        return self * self._lift(other) ** -1.0

    def __radd__(self, other: npt.ArrayLike) -> Tensor:
        return self._lift(other) + self

    def __rmul__(self, other: npt.ArrayLike) -> Tensor:
        return self._lift(other) * self

    def __rsub__(self, other: npt.ArrayLike) -> Tensor:
        return self._lift(other) - self

    def __rtruediv__(self, other: npt.ArrayLike) -> Tensor:
        return self._lift(other) / self

    def __rpow__(self, other: npt.ArrayLike) -> Tensor:
        return self._lift(other) ** self

    def __rmatmul__(self, other: npt.ArrayLike) -> Tensor:
        return self._lift(other) @ self

    # --- shape --------------------------------------------------------------------------------

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        shape, kept = self.shape, self.data.sum(axis=axis, keepdims=True)
        total = kept if keepdims else kept.squeeze(axis)
        return Tensor._result(
            "sum", total, (self, lambda g: np.broadcast_to(g.reshape(kept.shape), shape))
        )

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        total = self.sum(axis, keepdims)
        return total * (total.size / self.size)

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The largest; where several are, they share its gradient evenly."""
        kept = self.data.max(axis=axis, keepdims=True)
        share: Array = (self.data == kept).astype(self.data.dtype)
        share /= share.sum(axis=axis, keepdims=True)
        largest = kept if keepdims else kept.squeeze(axis)
        return Tensor._result("max", largest, (self, lambda g: share * g.reshape(kept.shape)))

    def reshape(self, *shape: Any) -> Tensor:
        """reshape(2, 3) or reshape((2, 3)), as NumPy's."""
        before = self.shape
        return Tensor._result(
            "reshape", self.data.reshape(*shape), (self, lambda g: g.reshape(before))
        )

    @property
    def T(self) -> Tensor:
        """All axes in reverse order."""
        return Tensor._result("T", self.data.T, (self, lambda g: g.T))

    def __getitem__(self, index: Any) -> Tensor:
        """Any index that NumPy takes; an element that is chosen twice gets both gradients."""

        def pull(g: Array) -> Array:
            spread = np.zeros_like(self.data)
            np.add.at(spread, index, g)
            return spread

        return Tensor._result("[]", self.data[index], (self, pull))

    # --- functions, elementwise -----------------------------------------------------------------

    def exp(self) -> Tensor:
        return self.elementwise("exp", np.exp, np.exp)

    def log(self) -> Tensor:
        return self.elementwise("log", np.log, lambda x: 1.0 / x)

    def sqrt(self) -> Tensor:
        return self.elementwise("sqrt", np.sqrt, lambda x: 0.5 / np.sqrt(x))

    def tanh(self) -> Tensor:
        return self.elementwise("tanh", np.tanh, lambda x: 1.0 - np.tanh(x) ** 2)

    def sigmoid(self) -> Tensor:
        """1 / (1 + e⁻ˣ)."""
        return self.elementwise("sigmoid", _sigmoid, lambda x: _sigmoid(x) * (1.0 - _sigmoid(x)))

    def relu(self) -> Tensor:
        """max(x, 0); its slope at 0 is taken as 0."""
        return self.elementwise("relu", lambda x: np.maximum(x, 0.0), lambda x: x > 0.0)

    def leaky_relu(self, slope: float = 0.01) -> Tensor:
        """x where x > 0, else slope x."""
        gain = np.where(self.data > 0.0, 1.0, slope).astype(self.data.dtype)
        return self.elementwise("leaky_relu", lambda x: x * gain, lambda x: gain)

    def elu(self, alpha: float = 1.0) -> Tensor:
        """x where x > 0, else alpha (eˣ - 1)."""
        below = np.minimum(self.data, 0.0)
        return self.elementwise(
            "elu",
            lambda x: np.where(x > 0.0, x, alpha * np.expm1(below)),
            lambda x: np.where(x > 0.0, 1.0, alpha * np.exp(below)),
        )

    def softplus(self) -> Tensor:
        """log(1 + eˣ)."""
        return self.elementwise("softplus", lambda x: np.logaddexp(x, np.zeros_like(x)), _sigmoid)

    def silu(self) -> Tensor:
        """x σ(x)."""
        return self * self.sigmoid()

    def gelu(self) -> Tensor:
        """x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), the tanh form."""
        return self * 0.5 * (1.0 + (math.sqrt(2.0 / math.pi) * (self + 0.044715 * self**3)).tanh())

    def elementwise(self, name: str, f: Elementwise, slope: Elementwise) -> Tensor:
        """A function of each element by itself, given with its derivative."""
        x = self.data
        return Tensor._result(name, f(x), (self, lambda g: g * np.asarray(slope(x), g.dtype)))

    def dropout(self, rate: float, generator: np.random.Generator) -> Tensor:
        """Zero with probability ``rate``, else x / (1 - rate); (B, F).

        Draws the mask feature-major as the layers do, so that a generator in the same state gives
        the same mask.
        """
        number("dropout rate", rate, low=0.0, below=1.0)
        draws = np.empty(self.shape[::-1], self.data.dtype)  # (F, B)
        generator.random(out=draws, dtype=draws.dtype.type)
        kept = np.where(draws.transpose() < rate, 0.0, 1.0 / (1.0 - rate))  # (B, F)
        return self * kept.astype(self.data.dtype)

    # --- classes and losses -----------------------------------------------------------------------

    def softmax(self, axis: int = -1) -> Tensor:
        """eˣ / Σ eˣ."""
        exps = self._lowered(axis).exp()
        return exps / exps.sum(axis=axis, keepdims=True)

    def log_softmax(self, axis: int = -1) -> Tensor:
        """x - log Σ eˣ."""
        shifted = self._lowered(axis)
        return shifted - shifted.exp().sum(axis=axis, keepdims=True).log()

    def _lowered(self, axis: int) -> Tensor:
        """x - max x, which softmax does not notice, but no exponential of it overflows."""
        return self - np.asarray(self.data.max(axis=axis, keepdims=True))

    def cross_entropy(self, targets: npt.ArrayLike) -> Tensor:
        """-log softmax(x)[label], the mean over rows: logits (B, C), labels (B,) from 0 to C-1."""
        if self.ndim != 2:
            raise ValueError(f"cross_entropy needs logits (B, C), not of shape {self.shape}")
        labels = class_labels("targets", targets, self.shape[1])
        same_length("logits", self.data, "targets", labels)
        return -self.log_softmax()[np.arange(len(labels)), labels].mean()

    def binary_cross_entropy(self, targets: npt.ArrayLike) -> Tensor:
        """log(1 + eˣ) - y x, the mean over all elements: logits, and y of the same shape."""
        y = self._aligned("logits", targets)
        return (self.softplus() - y * self).mean()

    def mean_squared_error(self, targets: npt.ArrayLike) -> Tensor:
        """(x - y)², the mean over all elements: y of the same shape."""
        return ((self - self._aligned("values", targets)) ** 2).mean()

    def _aligned(self, name: str, targets: npt.ArrayLike) -> Tensor:
        """The targets as a tensor; refused if their shape is another."""
        y = self._lift(targets)
        # Broadcasting (B,) against (B, 1) would quietly compare every row with every other.
        if y.shape != self.shape:
            raise ValueError(f"{name} have shape {self.shape}, but targets have {y.shape}")
        return y


def _sigmoid(x: Array) -> Array:
    # exp(-log(1 + e⁻ˣ)): no overflow at either end, and exact digits in the tail.
    result: Array = np.exp(-np.logaddexp(-x, np.zeros_like(x)))
    return result
