"""What theory says of variances by depth before any training, and the same of a network.

S samples, F inputs, L hidden layers, U units; f the activation. With independent weights of mean 0
and variance s², and biases 0, a pre-activation is a sum of many independent terms, so for each
sample z_l ~ N(0, q_l) with the length map

    q_1 = s_1² |x|²,   q_(l+1) = fan_in s² E[f(z_l)²],

and on the way back, with weights taken as independent of those on the way forward,

    E[(dL/dz_l)²] = fan_out s² E[f'(z_l)²] E[(dL/dz_(l+1))²].

LeCun, Bottou, Orr & Müller 1998, "Efficient BackProp", section 4.6; Glorot & Bengio 2010, equations
5 to 16; He, Zhang, Ren & Sun 2015, section 2.2; with E over a Gaussian for any activation: Poole,
Lahiri, Raghu, Sohl-Dickstein & Ganguli 2016, "Exponential expressivity in deep neural networks",
equations 3 and 4; Schoenholz, Gilmer, Ganguli & Sohl-Dickstein 2017, "Deep Information
Propagation", section 3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.core.activations import ACTIVATIONS
from engine.core.initializers import INITIALIZERS, WeightLaw
from playground.gradient_flow import words
from playground.gradient_flow.probe import Signals

Floats = NDArray[np.float64]


# Zeros and one constant are missing: their weights are no independent draws, and no unit differs
# from its neighbour.
HOLDS_FOR: Final[Mapping[str, WeightLaw]] = {
    name: kind.law
    for name, kind in INITIALIZERS.items()
    if kind.law is not None and name == kind.name
}


@dataclass(frozen=True)
class Derivation:
    """Two lines of LaTeX, their title, what they say, and the source."""

    lines: tuple[str, str]
    title: str
    words: str
    source: str


FORWARD: Final = Derivation(
    (
        r"z_j = \sum_{i=1}^{n_\mathrm{in}} w_{ij} a_i \quad\Rightarrow\quad"
        r" \operatorname{Var} z_j = n_\mathrm{in}\, \sigma_w^2\, \mathbb{E}[a_i^2]",
        r"q_{l+1} = n_\mathrm{in}\, \sigma_w^2\; \mathbb{E}_{u \sim N(0,1)}"
        r"\big[f(\sqrt{q_l}\, u)^2\big], \qquad \allowbreak q_1 = \sigma_w^2 \lVert x \rVert^2",
    ),
    *words.FORWARD,
)
BACKWARD: Final = Derivation(
    (
        r"\frac{\partial L}{\partial z_i} = f'(z_i) \sum_{j=1}^{n_\mathrm{out}} w_{ij}"
        r" \frac{\partial L}{\partial z_j^+}",
        r"\operatorname{Var} \frac{\partial L}{\partial z_l} = n_\mathrm{out}\, \sigma_w^2\;"
        r" \allowbreak \mathbb{E}_u\big[f'(\sqrt{q_l}\, u)^2\big]\;"
        r" \allowbreak \operatorname{Var} \frac{\partial L}{\partial z_{l+1}}",
    ),
    *words.BACKWARD,
)


@dataclass(frozen=True)
class Moments:
    """By hidden layer, (L,) each, over units and samples.

    The mean square of z, mean square and variance of a, and mean square of dL/dz.
    """

    preactivation: Floats
    square: Floats
    variance: Floats
    gradient: Floats


def predicted(
    activation: str,
    init: str,
    scale: float,
    widths: Sequence[int],
    inputs: ArrayLike,
    arriving: ArrayLike,
) -> Moments:
    """The moments of an untrained `deep_network` of `widths` (F, U, U, ...) on `inputs` (S, F).

    `arriving` (S,) is the mean square of dL/da in the last hidden layer for each sample. Each
    sample goes its own way through the length map, and the moments are then means over samples.
    Uniform weights on one or two inputs are no Gaussian sum: there the first layer's expectations
    are over the weights themselves. `init` is one of `HOLDS_FOR`.
    """
    X = np.asarray(inputs, dtype=np.float64)
    function, law = ACTIVATIONS[activation](), HOLDS_FOR[init]
    variances = [scale * scale * law.variance(*fans) for fans in pairwise(widths)]
    depth = len(variances)
    q = np.empty((depth, len(X)))
    mean, square, slope = np.empty_like(q), np.empty_like(q), np.empty_like(q)
    for layer, variance in enumerate(variances):
        if layer > 0:
            q[layer] = variance * widths[layer] * square[layer - 1]
        else:
            q[0] = variance * np.vecdot(X, X)
        if layer == 0 and law.uniform and widths[0] in _EVEN:
            points, weights = _EVEN[widths[0]]
            z = math.sqrt(variance) * (X @ points.T)  # (S, nodes)
        else:
            points, weights = _GAUSSIAN
            z = np.sqrt(q[layer])[:, None] * points
        a, steep = function(z), function.derivative(z)
        mean[layer], square[layer] = a @ weights, (a * a) @ weights
        slope[layer] = (steep * steep) @ weights
    back = np.empty_like(q)
    back[-1] = slope[-1] * np.asarray(arriving, np.float64)
    for layer in range(depth - 2, -1, -1):
        back[layer] = slope[layer] * widths[layer + 2] * variances[layer + 1] * back[layer + 1]
    means, squares = mean.mean(axis=1), square.mean(axis=1)
    return Moments(q.mean(axis=1), squares, squares - means * means, back.mean(axis=1))


def moments(signals: Signals) -> Moments:
    """The moments of what one pass left behind."""
    z, a, d = signals.preactivations, signals.activations, signals.deltas
    return Moments(
        np.mean(z * z, axis=(1, 2)),
        np.mean(a * a, axis=(1, 2)),
        np.var(a, axis=(1, 2)),
        np.mean(d * d, axis=(1, 2)),
    )


# ---- expectations -----------------------------------------------------------------------------


# Points of unit variance and their weights, so that E[g] = sum weights g(points).
_Rule = tuple[Floats, Floats]


def _panels(edges: Floats, order: int) -> _Rule:
    """Gauss-Legendre of this order between each two of the edges."""
    x, w = np.polynomial.legendre.leggauss(order)
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    return (middle[:, None] + half[:, None] * x).ravel(), (half[:, None] * w).ravel()


def _gaussian() -> _Rule:
    """E over N(0, 1), on panels that narrow towards 0.

    Gauss-Hermite would not do: with large q an activation bends within 1/sqrt(q) of 0, or has its
    kink there, and its points lie too far apart.
    """
    points, weights = _panels(np.r_[0.0, np.geomspace(1e-3, 1.0, 7), 2.0, 3.5, 5.5, 9.0], 8)
    weights = weights * np.exp(-(points**2) / 2) / math.sqrt(2 * math.pi)
    return np.concatenate([-points, points]), np.concatenate([weights, weights])


def _even(inputs: int) -> _Rule:
    """E over independent U(-sqrt 3, sqrt 3) weights of one or two inputs; points (nodes, F)."""
    along, weights = _panels(np.linspace(-1.0, 1.0, 9), 4)
    grids = np.meshgrid(*[along * math.sqrt(3)] * inputs, indexing="ij")
    heights = np.meshgrid(*[weights / 2] * inputs, indexing="ij")
    return (
        np.column_stack([grid.ravel() for grid in grids]),
        np.prod([height.ravel() for height in heights], axis=0),
    )


_GAUSSIAN: Final = _gaussian()
_EVEN: Final = {inputs: _even(inputs) for inputs in (1, 2)}
