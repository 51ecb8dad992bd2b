"""Activations: each one's forward and its backward side by side, and the registry of their names.

An activation works on arrays of any shape (softmax: over the second axis from the end, the
features). The backward half turns ``g`` = dL/da into dL/dz in place. Constants are 0-d arrays:
NumPy handles those faster than Python floats. The second derivative, which training never needs, is
a plain expression.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from engine.core.layers import Layer
from engine.core.passes import Call, Pass, Signal
from engine.core.validation import Array, number

Scratch = Callable[[Array, int], Array]


class Activation(Layer):
    """An elementwise function a = f(z) and its derivatives.

    A subclass says in ``needs_input`` whether its backward reads z; if not, z is overwritten by a.
    One that is not ``elementwise`` works along the second axis from the end, the features.
    One that is ``kinked`` has a derivative that may jump where z, and with it a, changes sign.
    """

    name: ClassVar[str]
    needs_input: ClassVar[bool] = False
    kinked: ClassVar[bool] = False
    elementwise: ClassVar[bool] = True

    @abstractmethod
    def kernel(self, z: Array, a: Array, g: Array, scratch: Scratch) -> tuple[Call, Call]:
        """Two calls: write f(z) into ``a`` (which may be ``z`` itself); multiply ``g`` by f'(z)."""

    def bind(self, run: Pass, source: Signal) -> Signal:
        if source.spare and not self.needs_input:
            out = Signal(source.full, source.grad)
        else:
            out = run.beside(source)
        grad = source.grad
        z, a, g = source.value, out.value, out.value if grad is None else grad
        forward, backward = self.kernel(z, a, g, run.scratch)
        run.add(forward, None if grad is None else backward)
        return out

    def __call__(self, z: npt.ArrayLike) -> Array:
        """f(z) of an array of any shape, as float64."""
        return self._apply(z)[0]

    def derivative(self, z: npt.ArrayLike) -> Array:
        """f'(z), elementwise; for softmax the sum over outputs of each one's derivative."""
        return self._apply(z)[1]

    def second_derivative(self, z: npt.ArrayLike) -> Array:
        """f''(z), elementwise, as float64; at a kink that of the left.

        A ``ValueError`` for softmax, whose second derivatives are no single array.
        """
        with np.errstate(all="ignore"):
            return self.bend(np.array(z, dtype=np.float64))

    def bend(self, z: Array) -> Array:
        """f'' of a float64 array."""
        raise ValueError(f"{self!r} has no elementwise second derivative")

    def _apply(self, z: npt.ArrayLike) -> tuple[Array, Array]:
        source = np.array(z, dtype=np.float64)
        a, g = np.empty_like(source), np.ones_like(source)
        with np.errstate(all="ignore"):
            for call in self.kernel(source, a, g, lambda like, _: np.empty_like(like)):
                call()
        return a, g


class Identity(Activation):
    """a = z."""

    name = "identity"

    def kernel(self, z: Array, a: Array, g: Array, scratch: Scratch) -> tuple[Call, Call]:
        def forward() -> None:
            np.copyto(a, z)

        def backward() -> None:
            """da/dz = 1."""

        return forward, backward

    def bind(self, run: Pass, source: Signal) -> Signal:
        return source

    def bend(self, z: Array) -> Array:
        return np.zeros_like(z)


class ReLU(Activation):
    """a = max(z, 0); its derivative at the kink is taken as 0."""

    name = "relu"
    kinked = True

    def kernel(self, z: Array, a: Array, g: Array, scratch: Scratch) -> tuple[Call, Call]:
        zero, s = np.array(0.0, z.dtype), scratch(z, 0)

        def forward() -> None:
            np.maximum(z, zero, out=a)

        def backward() -> None:
            np.sign(a, out=s)  # 1 where the unit is on, 0 where it is off: a is never negative
            np.multiply(g, s, out=g)

        return forward, backward

    def bend(self, z: Array) -> Array:
        return np.zeros_like(z)


class LeakyReLU(Activation):
    """a = z if z > 0 else slope z, with a slope from 0 to 1."""

    name = "leaky_relu"
    kinked = True

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = number("LeakyReLU slope", slope, low=0.0, high=1.0)

    def config(self) -> dict[str, object]:
        return {"slope": self.slope}

    def kernel(self, z: Array, a: Array, g: Array, scratch: Scratch) -> tuple[Call, Call]:
        slope, s = np.array(self.slope, z.dtype), scratch(z, 0)

        def forward() -> None:
            np.multiply(z, slope, out=s)
            np.maximum(z, s, out=a)

        def backward() -> None:
            np.sign(a, out=s)
            np.maximum(s, slope, out=s)  # 1 where a > 0, else the slope
            np.multiply(g, s, out=g)

        return forward, backward

    def bend(self, z: Array) -> Array:
        return np.zeros_like(z)


class ELU(Activation):
    """a = z if z > 0 else alpha (eᶻ - 1). Clevert, Unterthiner & Hochreiter 2015."""

    name = "elu"
    kinked = True

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = number("ELU alpha", alpha, low=0.0)

    def config(self) -> dict[str, object]:
        return {"alpha": self.alpha}

    def kernel(self, z: Array, a: Array, g: Array, scratch: Scratch) -> tuple[Call, Call]:
        zero, alpha = np.array(0.0, z.dtype), np.array(self.alpha, z.dtype)
        s = scratch(z, 0)
        on = np.empty(z.shape, np.bool_)

        def forward() -> None:
            np.greater(z, zero, out=on)
            np.minimum(z, zero, out=s)
            np.expm1(s, out=s)
            np.multiply(s, alpha, out=s)
            np.maximum(z, zero, out=a)
            np.add(a, s, out=a)

        def backward() -> None:
            np.add(a, alpha, out=s)  # alpha eᶻ = a + alpha on the negative side
            np.copyto(s, 1.0, where=on)
            np.multiply(g, s, out=g)

        return forward, backward

    def bend(self, z: Array) -> Array:
        return np.where(z > 0.0, 0.0, self.alpha * np.exp(np.minimum(z, 0.0)))


class GELU(Activation):
    """a = z/2 (1 + tanh(√(2/π) (z + 0.044715 z³))): the tanh form of Hendrycks & Gimpel 2016."""

    name = "gelu"
    needs_input = True

    def kernel(self, z: Array, a: Array, g: Array, scratch: Scratch) -> tuple[Call, Call]:
        c = np.sqrt(2.0 / np.pi)
        linear, cubic = np.array(c, z.dtype), np.array(0.044715 * c, z.dtype)
        cubic3, half, one = np.array(3 * 0.044715 * c, z.dtype), np.array(0.5, z.dtype), 1.0
        s, r = scratch(z, 0), scratch(z, 1)
        t = np.empty_like(z)

        def forward() -> None:
            np.multiply(z, z, out=s)
            np.multiply(s, cubic, out=s)
            np.add(s, linear, out=s)
            np.multiply(s, z, out=t)
            np.tanh(t, out=t)  # t = tanh(c z + 0.044715 c z³)
            np.add(t, one, out=s)
            np.multiply(s, z, out=s)
            np.multiply(s, half, out=a)

        def backward() -> None:
            np.multiply(z, z, out=s)
            np.multiply(s, cubic3, out=s)
            np.add(s, linear, out=s)  # the derivative of the tanh's argument
            np.multiply(s, z, out=s)
            np.multiply(t, t, out=r)
            np.subtract(one, r, out=r)
            np.multiply(s, r, out=s)
            np.add(s, t, out=s)
            np.add(s, one, out=s)
            np.multiply(s, half, out=s)  # ½ (1 + t + z (1 - t²) (c + 3 · 0.044715 c z²))
            np.multiply(g, s, out=g)

        return forward, backward

    def bend(self, z: Array) -> Array:
        c = np.sqrt(2.0 / np.pi)
        first, second = c * (1.0 + 3 * 0.044715 * z * z), 6 * 0.044715 * c * z  # of the argument
        t = np.tanh(c * z * (1.0 + 0.044715 * z * z))
        result: Array = (1.0 - t * t) * (first + 0.5 * z * (second - 2.0 * t * first * first))
        return result


class SiLU(Activation):
    """a = z σ(z), also known as swish. Elfwing, Uchibe & Doya 2017."""

    name = "silu"

    def kernel(self, z: Array, a: Array, g: Array, scratch: Scratch) -> tuple[Call, Call]:
        s = scratch(z, 0)
        gate = np.empty_like(z)
        sigmoid = write_sigmoid(z, gate)

        def forward() -> None:
            sigmoid()
            np.multiply(z, gate, out=a)

        def backward() -> None:
            np.multiply(a, gate, out=s)
            np.subtract(a, s, out=s)
            np.add(gate, s, out=s)  # σ + a (1 - σ)
            np.multiply(g, s, out=g)

        return forward, backward

    def bend(self, z: Array) -> Array:
        on, off = Sigmoid()(z), Sigmoid()(-z)
        result: Array = on * off * (2.0 + z * (off - on))
        return result


class Sigmoid(Activation):
    """a = σ(z) = 1 / (1 + e⁻ᶻ)."""

    name = "sigmoid"

    def kernel(self, z: Array, a: Array, g: Array, scratch: Scratch) -> tuple[Call, Call]:
        s = scratch(z, 0)

        def backward() -> None:
            np.multiply(g, a, out=s)
            np.subtract(g, s, out=s)
            np.multiply(s, a, out=g)  # g (1 - a) a

        return write_sigmoid(z, a), backward

    def bend(self, z: Array) -> Array:
        on, off = self(z), self(-z)  # off = 1 - on, but precise where on is close to 1
        result: Array = on * off * (off - on)
        return result


class Tanh(Activation):
    """a = tanh(z)."""

    name = "tanh"

    def kernel(self, z: Array, a: Array, g: Array, scratch: Scratch) -> tuple[Call, Call]:
        s = scratch(z, 0)

        def forward() -> None:
            np.tanh(z, out=a)

        def backward() -> None:
            np.multiply(g, a, out=s)
            np.multiply(s, a, out=s)
            np.subtract(g, s, out=g)  # g - g a² = g (1 - a²)

        return forward, backward

    def bend(self, z: Array) -> Array:
        a = np.tanh(z)
        result: Array = -2.0 * a * (1.0 - a * a)
        return result


class Softplus(Activation):
    """a = ln(1 + eᶻ), a smooth ReLU."""

    name = "softplus"

    def kernel(self, z: Array, a: Array, g: Array, scratch: Scratch) -> tuple[Call, Call]:
        zero, s = np.array(0.0, z.dtype), scratch(z, 0)

        def forward() -> None:
            np.logaddexp(z, zero, out=a)

        def backward() -> None:
            np.negative(a, out=s)
            np.expm1(s, out=s)  # e⁻ᵃ - 1 = -σ(z)
            np.multiply(g, s, out=s)
            np.negative(s, out=g)

        return forward, backward

    def bend(self, z: Array) -> Array:
        result: Array = Sigmoid()(z) * Sigmoid()(-z)
        return result


class Softmax(Activation):
    """a = eᶻ / Σ eᶻ over the features. At the end of a network prefer the loss that folds it in."""

    name = "softmax"
    elementwise = False

    def kernel(self, z: Array, a: Array, g: Array, scratch: Scratch) -> tuple[Call, Call]:
        s = scratch(z, 0)
        row = np.empty((*z.shape[:-2], 1, z.shape[-1]) if z.ndim > 1 else (1,), z.dtype)
        axis = -2 if z.ndim > 1 else -1

        def forward() -> None:
            np.amax(z, axis=axis, keepdims=True, out=row)
            np.subtract(z, row, out=a)
            np.exp(a, out=a)
            np.sum(a, axis=axis, keepdims=True, out=row)
            np.divide(a, row, out=a)

        def backward() -> None:
            np.multiply(g, a, out=s)
            np.sum(s, axis=axis, keepdims=True, out=row)
            np.subtract(g, row, out=g)
            np.multiply(g, a, out=g)  # a (g - Σ g a)

        return forward, backward


def write_sigmoid(z: Array, a: Array) -> Call:
    """A call that writes σ(z) into ``a``. e⁻ᶻ may overflow to inf, whose σ is the right 0."""
    one = np.array(1.0, z.dtype)

    def forward() -> None:
        np.negative(z, out=a)
        np.exp(a, out=a)
        np.add(a, one, out=a)
        np.reciprocal(a, out=a)

    return forward


ACTIVATIONS: dict[str, type[Activation]] = {
    cls.name: cls
    for cls in (
        Identity,
        ReLU,
        LeakyReLU,
        ELU,
        GELU,
        SiLU,
        Sigmoid,
        Tanh,
        Softplus,
        Softmax,
    )
}
