"""What theory says of variances by depth before any training, and the same measured.

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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.core.activations import ACTIVATIONS
from engine.core.initializers import INITIALIZERS, WeightLaw
from playground.gradient_flow.network import deep_network
from playground.gradient_flow.probe import Probe, Signals

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
    """Two lines of LaTeX, what they say, and the source."""

    lines: tuple[str, str]
    words: str
    source: str


FORWARD: Final = Derivation(
    (
        r"z_j = \sum_{i=1}^{n_\mathrm{in}} w_{ij} a_i \quad\Rightarrow\quad"
        r" \operatorname{Var} z_j = n_\mathrm{in}\, \sigma_w^2\, \mathbb{E}[a_i^2]",
        r"q_{l+1} = n_\mathrm{in}\, \sigma_w^2\; \mathbb{E}_{u \sim N(0,1)}"
        r"\big[f(\sqrt{q_l}\, u)^2\big], \qquad \allowbreak q_1 = \sigma_w^2 \lVert x \rVert^2",
    ),
    "Independent terms of mean 0: their variances add. A sum of many is Gaussian, so the next "
    "layer's variance is one integral. For ReLU it is half of q, and He's 2 makes up for it.",
    "He, Zhang, Ren & Sun 2015, section 2.2; Poole et al. 2016, equation 3",
)
BACKWARD: Final = Derivation(
    (
        r"\frac{\partial L}{\partial z_i} = f'(z_i) \sum_{j=1}^{n_\mathrm{out}} w_{ij}"
        r" \frac{\partial L}{\partial z_j^+}",
        r"\operatorname{Var} \frac{\partial L}{\partial z_l} = n_\mathrm{out}\, \sigma_w^2\;"
        r" \allowbreak \mathbb{E}_u\big[f'(\sqrt{q_l}\, u)^2\big]\;"
        r" \allowbreak \operatorname{Var} \frac{\partial L}{\partial z_{l+1}}",
    ),
    "The same sum run backwards, over the outputs of the layer: its factor, to the power of the "
    "depth, decides whether gradients vanish or explode.",
    "Glorot & Bengio 2010, equations 5 to 7; Schoenholz et al. 2017, section 3",
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


def weight_variance(init: str, fan_in: int, fan_out: int, scale: float = 1.0) -> float:
    """The variance of a starting weight.

    ValueError for an initializer whose weights are no independent draws.
    """
    if init not in HOLDS_FOR:
        raise ValueError(
            f"theory speaks of random weights: init must be one of {', '.join(HOLDS_FOR)},"
            f" got {init!r}"
        )
    return scale * scale * HOLDS_FOR[init].variance(fan_in, fan_out)


def predicted(
    activation: str,
    init: str,
    widths: Sequence[int],
    inputs: ArrayLike,
    *,
    scale: float = 1.0,
    arriving: ArrayLike | None = None,
) -> Moments:
    """The moments of an untrained `deep_network` of `widths` (F, U, U, ...) on `inputs` (S, F).

    `arriving` (S,) is the mean square of dL/da in the last hidden layer for each sample; 1 without
    it. Each sample goes its own way through the length map, and the moments are then means over
    samples. Uniform weights on one or two inputs are no Gaussian sum: there the first layer's
    expectations are over the weights themselves. ValueError for a name that is not known, or an
    initializer for which there is no theory (zeros, constant).
    """
    known = [name for name, kind in ACTIVATIONS.items() if kind.elementwise]
    if activation not in known:
        raise ValueError(f"activation must be one of {', '.join(known)}, got {activation!r}")
    X = np.asarray(inputs, dtype=np.float64)
    if X.ndim != 2 or X.shape[1] != widths[0]:
        raise ValueError(f"inputs must have the shape (S, {widths[0]}), got {X.shape}")
    function = ACTIVATIONS[activation]()
    variances = [weight_variance(init, i, o, scale) for i, o in pairwise(widths)]
    depth = len(variances)
    q = np.empty((depth, len(X)))
    mean, square, slope = np.empty_like(q), np.empty_like(q), np.empty_like(q)
    for layer, variance in enumerate(variances):
        law, z = _GAUSSIAN, None
        if layer > 0:
            q[layer] = variance * widths[layer] * square[layer - 1]
        else:
            q[0] = variance * np.vecdot(X, X)
            if HOLDS_FOR[init].uniform and widths[0] in _EVEN:
                law = _EVEN[widths[0]]
                z = math.sqrt(variance) * (X @ law.points.T)
        if z is None:
            z = np.sqrt(q[layer])[:, None] * law.points  # (S, nodes)
        a, steep = function(z), function.derivative(z)
        mean[layer], square[layer] = a @ law.weights, (a * a) @ law.weights
        slope[layer] = (steep * steep) @ law.weights
    back = np.empty_like(q)
    back[-1] = slope[-1] * (1.0 if arriving is None else np.asarray(arriving, np.float64))
    for layer in range(depth - 2, -1, -1):
        back[layer] = slope[layer] * widths[layer + 2] * variances[layer + 1] * back[layer + 1]
    means = mean.mean(axis=1)
    squares = square.mean(axis=1)
    return Moments(q.mean(axis=1), squares, squares - means * means, back.mean(axis=1))


def measured(
    activation: str,
    init: str,
    widths: Sequence[int],
    inputs: ArrayLike,
    *,
    scale: float = 1.0,
    seeds: Iterable[int] = range(16),
) -> Moments:
    """The same from real networks, the mean over seeds.

    Into the last hidden layer comes a random dL/da with variance 1.
    """
    X = np.asarray(inputs, dtype=np.float64)
    found: list[Moments] = []
    for seed in seeds:
        network = deep_network(activation, init, scale, widths, None, seed=seed, dtype=np.float64)
        slope = np.random.default_rng(seed).standard_normal((widths[-1], len(X)))
        found.append(moments(Probe(network, X, Probe.given_slope(slope)).read(network.flat)))
    if not found:
        raise ValueError("seeds must hold at least one seed, got none")
    return Moments(
        np.mean([m.preactivation for m in found], axis=0),
        np.mean([m.square for m in found], axis=0),
        np.mean([m.variance for m in found], axis=0),
        np.mean([m.gradient for m in found], axis=0),
    )


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


@dataclass(frozen=True)
class _Law:
    """Points of unit variance and their weights, so that E[g] = sum weights g(points)."""

    points: Floats
    weights: Floats


def _gaussian() -> _Law:
    """E over N(0, 1), by Gauss-Legendre on panels that narrow towards 0.

    Gauss-Hermite would not do: with large q an activation bends within 1/sqrt(q) of 0, or has its
    kink there, and its points lie too far apart.
    """
    edges = np.concatenate([[0.0], np.geomspace(1e-3, 1.0, 7), [2.0, 3.5, 5.5, 9.0]])
    x, w = np.polynomial.legendre.leggauss(8)
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    points = (middle[:, None] + half[:, None] * x).ravel()
    weights = (half[:, None] * w).ravel() * np.exp(-(points**2) / 2) / math.sqrt(2 * math.pi)
    return _Law(np.concatenate([-points, points]), np.concatenate([weights, weights]))


def _even(inputs: int, panels: int = 8) -> _Law:
    """E over independent U(-sqrt 3, sqrt 3) weights of one or two inputs; points (nodes, F)."""
    x, w = np.polynomial.legendre.leggauss(4)
    edges = np.linspace(-1.0, 1.0, panels + 1)
    half, middle = np.diff(edges) / 2, (edges[1:] + edges[:-1]) / 2
    along = (middle[:, None] + half[:, None] * x).ravel() * math.sqrt(3)
    weights = (half[:, None] * w).ravel() / 2
    grids = np.meshgrid(*[along] * inputs, indexing="ij")
    heights = np.meshgrid(*[weights] * inputs, indexing="ij")
    return _Law(
        np.column_stack([grid.ravel() for grid in grids]),
        np.prod([height.ravel() for height in heights], axis=0),
    )


_GAUSSIAN: Final = _gaussian()
_EVEN: Final[Mapping[int, _Law]] = {inputs: _even(inputs) for inputs in (1, 2)}

# What draws weights has a law here or is known to have none.
NO_THEORY: Final = frozenset(name for name, kind in INITIALIZERS.items() if kind.law is None)
