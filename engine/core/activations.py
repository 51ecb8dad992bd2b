"""Activations: each one's f, f' and f'', and the registry of their names.

``f`` takes and gives an array of any shape (softmax: the features on the second axis from the end).
``kernel`` names the in-place calls that training makes in its place; without one, training calls
``f`` and ``df`` themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from engine.core.kernels import activations as kernels
from engine.core.kernels.passes import Pass, Signal
from engine.core.layers import Layer
from engine.core.settings import Hyperparameter, Registered
from engine.core.validation import Array

C = np.sqrt(2.0 / np.pi)  # of GELU


class Activation(Layer, Registered):
    """An elementwise function a = f(z) and its derivatives.

    One that is not ``elementwise`` works along the features, and has no ``df`` and ``ddf``. One
    that is ``kinked`` has a derivative that may jump where z, and with it a, changes sign; at the
    kink f' and f'' are those of the left. ``init`` names the initial weights that suit it.
    """

    kinked: ClassVar[bool] = False
    elementwise: ClassVar[bool] = True
    init: ClassVar[str] = "glorot"
    kernel: Callable[..., kernels.Kernel] = kernels.plain

    def f(self, z: Array) -> Array:
        raise NotImplementedError

    def df(self, z: Array) -> Array:
        raise ValueError(f"{self!r} has no elementwise derivative")

    def ddf(self, z: Array) -> Array:
        """Zero where f is made of straight pieces; others say it themselves."""
        return np.zeros_like(self.df(z))

    def __call__(self, z: npt.ArrayLike) -> Array:
        """f(z) of an array of any shape, as float64."""
        return _quietly(self.f, z)

    def derivative(self, z: npt.ArrayLike) -> Array:
        """f'(z), elementwise, as float64."""
        return _quietly(self.df, z)

    def bind(self, run: Pass, source: Signal) -> Signal:
        out = run.beside(source)
        grad = out.value if source.grad is None else source.grad
        forward, backward = self.kernel(source.value, out.value, grad, run.scratch)
        run.add(forward, backward if source.grad is not None else [])
        return out


def _quietly(f: Callable[[Array], Array], z: npt.ArrayLike) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(f(np.array(z, dtype=np.float64)))


def sigmoid(z: Array) -> Array:
    """σ(z) = 1 / (1 + e⁻ᶻ); and σ(-z) = 1 - σ(z), but precise where σ(z) is close to 1."""
    return np.asarray(1.0 / (1.0 + np.exp(-z)))


class Identity(Activation):
    name, label = "identity", "Identity"
    latex = r"f(z) = z,\quad f'(z) = 1"

    def f(self, z: Array) -> Array:
        return z

    def df(self, z: Array) -> Array:
        return np.ones_like(z)

    def bind(self, run: Pass, source: Signal) -> Signal:
        return source


class ReLU(Activation):
    name, label, source = "relu", "ReLU", "Nair & Hinton 2010"
    latex = r"f(z) = \max(z, 0),\quad f'(z) = [z > 0]"
    kinked = True
    init = "he"
    kernel = kernels.relu

    def f(self, z: Array) -> Array:
        return np.maximum(z, 0.0)

    def df(self, z: Array) -> Array:
        return np.where(z > 0.0, 1.0, 0.0)


@dataclass(eq=False, repr=False)
class LeakyReLU(Activation):
    """f(z) = z if z > 0 else slope z, with a slope from 0 to 1."""

    name, label, source = "leaky_relu", "Leaky ReLU", "Maas et al. 2013"
    latex = r"f(z) = \max(z, 0.01\,z)"
    kinked = True
    init = "he"
    kernel = kernels.leaky_relu
    slope: Hyperparameter = Hyperparameter(0.01, low=0.0, high=1.0)

    def f(self, z: Array) -> Array:
        return np.maximum(z, self.slope * z)

    def df(self, z: Array) -> Array:
        return np.where(z > 0.0, 1.0, self.slope)


@dataclass(eq=False, repr=False)
class ELU(Activation):
    """f(z) = z if z > 0 else alpha (eᶻ - 1)."""

    name, label, source = "elu", "ELU", "Clevert et al. 2015"
    latex = r"f(z) = z \text{ for } z > 0,\quad e^z - 1 \text{ otherwise}"
    kinked = True
    init = "he"
    kernel = kernels.elu
    alpha: Hyperparameter = Hyperparameter(1.0)

    def f(self, z: Array) -> Array:
        return np.where(z > 0.0, z, self.alpha * np.expm1(np.minimum(z, 0.0)))

    def df(self, z: Array) -> Array:
        return np.where(z > 0.0, 1.0, self.alpha * np.exp(np.minimum(z, 0.0)))

    def ddf(self, z: Array) -> Array:
        return np.where(z > 0.0, 0.0, self.alpha * np.exp(np.minimum(z, 0.0)))


class GELU(Activation):
    """The tanh form, since NumPy has no erf."""

    name, label, source = "gelu", "GELU", "Hendrycks & Gimpel 2016"
    latex = (
        r"f(z) = \tfrac{z}{2}\left(1 + \tanh\left("
        r"\sqrt{2/\pi}\,(z + 0.044715 z^3)\right)\right)"
    )
    init = "he"
    kernel = kernels.gelu

    def f(self, z: Array) -> Array:
        return 0.5 * z * (1.0 + np.tanh(C * (z + 0.044715 * z**3)))

    def df(self, z: Array) -> Array:
        t, du = np.tanh(C * (z + 0.044715 * z**3)), C * (1.0 + 3 * 0.044715 * z**2)
        return 0.5 * (1.0 + t + z * (1.0 - t**2) * du)

    def ddf(self, z: Array) -> Array:
        t, du = np.tanh(C * (z + 0.044715 * z**3)), C * (1.0 + 3 * 0.044715 * z**2)
        return (1.0 - t**2) * (du + 0.5 * z * (6 * 0.044715 * C * z - 2.0 * t * du**2))


class SiLU(Activation):
    """Also known as swish."""

    name, label, source = "silu", "SiLU", "Elfwing et al. 2017"
    latex = r"f(z) = z\,\sigma(z)"
    init = "he"
    kernel = kernels.silu

    def f(self, z: Array) -> Array:
        return z * sigmoid(z)

    def df(self, z: Array) -> Array:
        return sigmoid(z) * (1.0 + z * sigmoid(-z))

    def ddf(self, z: Array) -> Array:
        return sigmoid(z) * sigmoid(-z) * (2.0 + z * (sigmoid(-z) - sigmoid(z)))


class Sigmoid(Activation):
    name, label = "sigmoid", "Sigmoid"
    latex = (
        r"\begin{gathered} f(z) = \sigma(z) = \frac{1}{1 + e^{-z}} \\[4pt]"
        r" f'(z) = f(z)\,(1 - f(z)) \end{gathered}"
    )
    kernel = kernels.sigmoid

    def f(self, z: Array) -> Array:
        return sigmoid(z)

    def df(self, z: Array) -> Array:
        return sigmoid(z) * sigmoid(-z)

    def ddf(self, z: Array) -> Array:
        return sigmoid(z) * sigmoid(-z) * (sigmoid(-z) - sigmoid(z))


class Tanh(Activation):
    name, label = "tanh", "Tanh"
    latex = r"f(z) = \tanh z,\quad f'(z) = 1 - f(z)^2"
    kernel = kernels.tanh

    def f(self, z: Array) -> Array:
        return np.tanh(z)

    def df(self, z: Array) -> Array:
        return 1.0 - np.tanh(z) ** 2

    def ddf(self, z: Array) -> Array:
        return -2.0 * np.tanh(z) * (1.0 - np.tanh(z) ** 2)


class Softplus(Activation):
    """A smooth ReLU."""

    name, label, source = "softplus", "Softplus", "Dugas et al. 2000"
    latex = r"f(z) = \ln(1 + e^z),\quad f'(z) = \sigma(z)"
    init = "he"
    kernel = kernels.softplus

    def f(self, z: Array) -> Array:
        return np.logaddexp(z, 0.0)

    def df(self, z: Array) -> Array:
        return sigmoid(z)

    def ddf(self, z: Array) -> Array:
        return sigmoid(z) * sigmoid(-z)


class Softmax(Activation):
    """eᶻ / Σ eᶻ over the features. At the end of a network prefer the loss that folds it in."""

    name, label = "softmax", "Softmax"
    latex = r"f(z)_i = \frac{e^{z_i}}{\sum_k e^{z_k}}"
    elementwise = False
    kernel = kernels.softmax

    def f(self, z: Array) -> Array:
        axis = -2 if z.ndim > 1 else -1
        e = np.exp(z - z.max(axis=axis, keepdims=True))  # so that no exponential overflows
        return e / e.sum(axis=axis, keepdims=True)


ACTIVATIONS = Activation.registry(
    Tanh, ReLU, LeakyReLU, ELU, GELU, SiLU, Sigmoid, Softplus, Identity, Softmax
)
