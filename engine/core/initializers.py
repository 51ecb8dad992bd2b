"""Starting weights by name: each initializer draws a (fan_in, fan_out) matrix from a Generator."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int], Weights]


@dataclass(frozen=True)
class WeightLaw:
    """The variance of a weight by fan-in and fan-out, the same as a formula, and where it is from.

    ``uniform`` says that a weight is drawn evenly between two bounds.
    """

    variance: Callable[[int, int], float]
    latex: str
    source: str
    uniform: bool = False


@dataclass(frozen=True)
class Initializer:
    """A way to draw weights. ``law`` is None where they are no independent draws."""

    name: str
    draw: Draw
    label: str
    latex: str
    source: str = ""
    law: WeightLaw | None = None

    def __call__(self, rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
        return self.draw(rng, fan_in, fan_out)


INITIALIZERS: dict[str, Initializer] = {}


def initializer(
    label: str, latex: str, source: str = "", law: WeightLaw | None = None, alias: str = ""
) -> Callable[[Draw], Draw]:
    """Enter a function into the registry, under its own name and its other one."""

    def register(draw: Draw) -> Draw:
        entry = Initializer(draw.__name__, draw, label, latex, source, law)
        INITIALIZERS.update({name: entry for name in (entry.name, alias) if name})
        return draw

    return register


@initializer(
    "Glorot (Xavier)",
    r"W \sim U(-a, a),\quad a = \sqrt{\tfrac{6}{n_{\text{in}} + n_{\text{out}}}}",
    "Glorot & Bengio 2010",
    WeightLaw(
        lambda i, o: 2.0 / (i + o),
        r"\sigma_w^2 = \frac{2}{n_\mathrm{in} + n_\mathrm{out}}",
        "Glorot & Bengio 2010, equation 16",
        uniform=True,
    ),
    alias="xavier",
)
def glorot(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """W ~ U(-a, a), a = sqrt(6 / (fan_in + fan_out)), variance 2 / (fan_in + fan_out).

    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks", equation 16. Also known as Xavier.
    """
    limit = math.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@initializer(
    "He (Kaiming)",
    r"W \sim N\left(0, \tfrac{2}{n_{\text{in}}}\right)",
    "He et al. 2015",
    WeightLaw(
        lambda i, o: 2.0 / i,
        r"\sigma_w^2 = \frac{2}{n_\mathrm{in}}",
        "He, Zhang, Ren & Sun 2015, equation 10",
    ),
    alias="kaiming",
)
def he(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """W ~ N(0, 2/fan_in): unit variance through ReLU units.

    He, Zhang, Ren & Sun 2015, "Delving Deep into Rectifiers", equation 10. Also known as Kaiming.
    """
    return rng.standard_normal((fan_in, fan_out)) * math.sqrt(2.0 / fan_in)


@initializer(
    "LeCun",
    r"W \sim N\left(0, \tfrac{1}{n_{\text{in}}}\right)",
    "LeCun et al. 1998",
    WeightLaw(
        lambda i, o: 1.0 / i,
        r"\sigma_w^2 = \frac{1}{n_\mathrm{in}}",
        "LeCun, Bottou, Orr & Müller 1998, section 4.6",
    ),
)
def lecun(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """W ~ N(0, 1/fan_in): unit variance through linear units.

    LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.6.
    """
    return rng.standard_normal((fan_in, fan_out)) * math.sqrt(1.0 / fan_in)


@initializer(
    "Orthogonal",
    r"W^\top W = I \text{ or } W W^\top = I",
    "Saxe et al. 2013",
    WeightLaw(
        lambda i, o: 1.0 / max(i, o),
        r"\sigma_w^2 = \frac{1}{\max(n_\mathrm{in}, n_\mathrm{out})}",
        "Saxe, McClelland & Ganguli 2013",
    ),
)
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


@initializer(
    "Uniform",
    r"W \sim U\left(-\tfrac12, \tfrac12\right)",
    "TensorFlow Playground",
    WeightLaw(
        lambda i, o: 1.0 / 12.0,
        r"\sigma_w^2 = \frac{1}{12}",
        "the variance of an even distribution from -1/2 to 1/2",
        uniform=True,
    ),
)
def uniform(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """W ~ U(-1/2, 1/2), variance 1/12, as in TensorFlow Playground."""
    return rng.uniform(-0.5, 0.5, (fan_in, fan_out))


@initializer(
    "Normal, variance 1",
    r"W \sim N(0, 1)",
    "any width: too large for wide layers",
    WeightLaw(lambda i, o: 1.0, r"\sigma_w^2 = 1", "the standard normal distribution"),
)
def normal(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """W ~ N(0, 1), whatever the width of the layer."""
    return rng.standard_normal((fan_in, fan_out))


@initializer("All zero", r"W = 0", "all units of a layer stay alike")
def zeros(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """W = 0: every unit of a layer stays a copy of its neighbour, the symmetry is never broken."""
    return np.zeros((fan_in, fan_out))


@initializer("All the same", r"W = 1", "all units of a layer stay alike")
def constant(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weights:
    """W = 1 (times the layer's scale): symmetric, as ``zeros``, but the signal passes."""
    return np.ones((fan_in, fan_out))
