"""Starting weights by name: each initializer draws a (fan_in, fan_out) matrix from a Generator."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.float64]
Initializer = Callable[[np.random.Generator, int, int], Weights]


def zeros(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """W = 0: every unit of a layer stays a copy of its neighbour, the symmetry is never broken."""
    return np.zeros((fan_in, fan_out))


def constant(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """W = 1 (times the layer's scale): symmetric, as ``zeros``, but the signal passes."""
    return np.ones((fan_in, fan_out))


def normal(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """W ~ N(0, 1), whatever the width of the layer."""
    return rng.standard_normal((fan_in, fan_out))


def uniform(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """W ~ U(-1/2, 1/2), variance 1/12, as in TensorFlow Playground."""
    return rng.uniform(-0.5, 0.5, (fan_in, fan_out))


def lecun(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """W ~ N(0, 1/fan_in): unit variance through linear units.

    LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.6.
    """
    return rng.standard_normal((fan_in, fan_out)) * math.sqrt(1.0 / fan_in)


def glorot(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """W ~ U(-a, a), a = sqrt(6 / (fan_in + fan_out)), variance 2 / (fan_in + fan_out).

    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks", equation 16. Also known as Xavier.
    """
    limit = math.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, (fan_in, fan_out))


def he(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """W ~ N(0, 2/fan_in): unit variance through ReLU units.

    He, Zhang, Ren & Sun 2015, "Delving Deep into Rectifiers", equation 10. Also known as Kaiming.
    """
    return rng.standard_normal((fan_in, fan_out)) * math.sqrt(2.0 / fan_in)


def orthogonal(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """Orthonormal rows or columns (whichever are fewer), uniform over such matrices.

    Saxe, McClelland & Ganguli 2013, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks". The signs of R's diagonal are moved into Q, without which the
    distribution is not uniform (Mezzadri 2007).
    """
    tall = rng.standard_normal((max(fan_in, fan_out), min(fan_in, fan_out)))
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)
    return np.ascontiguousarray(q if fan_in >= fan_out else q.T)


INITIALIZERS: dict[str, Initializer] = {
    "zeros": zeros,
    "constant": constant,
    "normal": normal,
    "uniform": uniform,
    "lecun": lecun,
    "glorot": glorot,
    "xavier": glorot,
    "he": he,
    "kaiming": he,
    "orthogonal": orthogonal,
}
