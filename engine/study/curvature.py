"""The curvature of the loss: exact Hessian-vector products, sharpness, and the rate it allows.

N samples, C outputs, P parameters. Vectors over the parameters are (P,) in the order of
``Sequential.flat``. All is done in float64, for float32 networks too.

Around a point of its path, gradient descent sees a quadratic with the Hessian H. Along an
eigenvector with eigenvalue λ each step multiplies the distance from the minimum by 1 - rate λ, so
the largest eigenvalue, the *sharpness*, sets the rate beyond which descent swings ever wider.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.core.losses import Loss
from engine.core.network import Network
from engine.core.validation import Array, number, whole
from engine.study.derivatives import LOSS_BENDS, LOSS_ROOTS, stages
from engine.training.dataset import DataSet
from engine.training.penalties import ridge

EVERY = 4  # products between two looks at the Ritz values, which cost about as much as a product
KEPT = 3  # Ritz vectors from which the next search starts: the largest two may change places
ROUNDING = 1e-14  # of the largest entry: a residual as small as this is rounding


class Curvature:
    """The Hessian of a network's mean loss over all of ``X`` (N, F) and ``y``, never written out.

    H = ∂²L/∂w² at the weights of the last ``refresh``, in inference mode (no dropout), plus what
    the penalties add: ``l2`` for the weights, not the biases (the trainer's), and ``weight_decay``
    for all parameters (SGD's). At a kink, as ReLU's, H is that of the smooth sides. Nothing of the
    network is changed: not the weights, the gradients, nor any stream.

    ``ValueError`` for replicas, and for a loss or a layer whose second derivatives are not known
    here, such as a Softmax that the loss does not fold in.
    """

    def __init__(
        self,
        model: Network,
        loss: Loss,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        *,
        l2: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        if type(loss) not in LOSS_ROOTS:
            known = ", ".join(cls.__name__ for cls in LOSS_ROOTS)
            raise ValueError(f"the second derivative of {loss!r} is not known; known: {known}")
        if model.replicas is not None:
            raise ValueError(f"a single network is needed, not {model.replicas} replicas")
        self._model, self._loss = model, loss
        self.ridge = ridge(model, l2, weight_decay)  # what penalties add to the diagonal, (P,)
        data = DataSet(model, loss, X, y, "curvature")
        self._targets: Array = data.targets.values.astype(np.float64)
        before, self._stages = stages(model.layers[: model.logit_depth(loss)])
        self._input: Array = data.table.T.astype(np.float64)  # [x; 1], (F + 1, N)
        for function in before:  # the same whatever the weights
            self._input[:-1] = function(self._input[:-1])
        self.products = 0  # made so far: what a search costs
        self.forget()
        self.refresh()

    def forget(self) -> None:
        """Search next as for the first time: what is found then depends on the weights alone."""
        self._generator = np.random.default_rng(0)
        self._recent: Array = np.empty((0, self._model.n_parameters))  # where the next one starts

    def refresh(self) -> None:
        """Take the weights that the network has now."""
        weights, full = self._model.flat.astype(np.float64), self._input
        self._finite = bool(np.isfinite(weights).all())
        with np.errstate(all="ignore"):
            for stage in self._stages:
                full = stage.forward(weights, full)
            logits = full[:-1]
            self._roots = LOSS_ROOTS[type(self._loss)](logits)
            bends = LOSS_BENDS.get(type(self._loss))
            self._bends = None if bends is None else bends(logits, self._targets)
            g = np.empty_like(logits)
            self._loss.kernel(logits, self._targets, g, logits.shape[1])()
            for stage in reversed(self._stages):
                g = stage.backward(g)

    def root_gradients(self) -> Array:
        """√M J, (N, C, P): of each sample, the gradients of as many numbers as there are outputs.

        J is the Jacobian of the outputs, M the loss's curvature in them: without its penalties
        Jᵀ M J / N is the Gauss-Newton part of H. For a squared error of probabilities M is that of
        the squares alone, as if the probabilities were linear in the outputs. NaN where the weights
        are not finite.
        """
        classes, _, samples = self._roots.shape
        found: Array = np.full((samples, classes, len(self.ridge)), np.nan)
        with np.errstate(all="ignore"):
            for c, g in enumerate(self._roots if self._finite else ()):
                for stage in reversed(self._stages):
                    g = stage.jacobian(g, found[:, c])
        return found

    def product(self, v: npt.ArrayLike) -> Array:
        """H v, (P,), exact but for rounding, at the cost of about two gradients.

        Forward and backward pass are differentiated along v by hand: R{f} = d/dr f(w + r v) at 0.
        Pearlmutter 1994, "Fast exact multiplication by the Hessian".
        """
        vector = np.asarray(v, np.float64)
        if vector.shape != self.ridge.shape:
            raise ValueError(
                f"v has shape {vector.shape}, but one number a parameter, {self.ridge.shape}, is"
                " needed"
            )
        self.products += 1
        with np.errstate(all="ignore"):
            result: Array = self.ridge * vector
            rise: Any = None  # how the data moves: not at all
            for stage in self._stages:
                rise = stage.r_forward(vector, rise)
            along = (self._roots * rise).sum(axis=1, keepdims=True)  # (C, 1, N)
            turn: Array = (self._roots * along).sum(axis=0)
            if self._bends is not None:
                turn += self._bends(rise)
            turn /= along.shape[-1]
            for stage in reversed(self._stages):
                turn = stage.r_backward(vector, result, turn)
        return result

    def sharpness(self, tolerance: float = 1e-3) -> float:
        """The largest eigenvalue of H (not the largest by size), to a relative ``tolerance``.

        NaN where H is not finite. By Lanczos 1950 with full reorthogonalisation, until the residual
        ‖H v - λ v‖ is within the tolerance. Each call starts from what the last one found, so that
        following a run costs few products a call.
        """
        return float(self.eigenpairs(1, tolerance)[0][0])

    def eigenpairs(self, k: int, tolerance: float = 1e-3) -> tuple[Array, Array]:
        """The ``k`` largest eigenvalues, (k,) descending, and their unit eigenvectors, (k, P).

        Each is searched for at right angles to those before, so a repeated eigenvalue is found as
        often as it is there, until its residual is within ``tolerance`` of the largest's size. All
        NaN where H is not finite.
        """
        size = len(self.ridge)
        k = whole("k", k, low=1, high=size)
        tolerance = number("tolerance", tolerance, above=0.0, below=1.0)
        nothing = np.full(k, np.nan), np.full((k, size), np.nan)
        if not self._finite:
            return nothing
        values: list[float] = []
        found: Array = np.empty((0, size))
        recent, allowed = self._recent, 0.0
        with np.errstate(all="ignore"):
            for _ in range(k):
                ritz = lanczos(self.product, recent, found, self._generator, tolerance, allowed)
                if ritz is None:
                    return nothing
                values.append(ritz[0][0])
                allowed = max(allowed, tolerance * abs(values[0]))
                found = np.vstack([found, ritz[1][:1]])
                recent = ritz[1][1:]
        self._recent = np.vstack([found, recent])[:KEPT]
        order = np.argsort(values)[::-1]  # those within the tolerance of each other may be swapped
        return np.array(values)[order], found[order]

    def critical_learning_rate(
        self, momentum: float = 0.0, nesterov: bool = False, tolerance: float = 1e-3
    ) -> float:
        """The rate from which on full-batch SGD does not settle here: see ``stability_limit``."""
        return stability_limit(self.sharpness(tolerance), momentum, nesterov)


def sharpness(
    model: Network,
    loss: Loss,
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    tolerance: float = 1e-3,
    **options: Any,
) -> float:
    """The largest eigenvalue of the loss's Hessian, once; ``options`` go to ``Curvature``."""
    return Curvature(model, loss, X, y, **options).sharpness(tolerance)


def critical_learning_rate(
    model: Network,
    loss: Loss,
    X: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    momentum: float = 0.0,
    nesterov: bool = False,
    tolerance: float = 1e-3,
    **options: Any,
) -> float:
    """``stability_limit`` of the sharpness at the network's weights: inf where that is not > 0."""
    found = Curvature(model, loss, X, y, **options)
    return found.critical_learning_rate(momentum, nesterov, tolerance)


def stability_limit(sharpness: float, momentum: float = 0.0, nesterov: bool = False) -> float:
    """The learning rate beyond which SGD diverges on a quadratic of this ``sharpness`` s.

    2 / s; with momentum β 2 (1 + β) / s; with Nesterov's 2 (1 + β) / ((1 + 2 β) s). Inf for s <= 0,
    where no rate swings (along a negative curvature descent runs away at any); NaN for NaN. Cohen
    et al. 2021, "Gradient descent on neural networks typically occurs at the edge of stability".
    """
    beta = number("momentum", momentum, low=0.0, below=1.0)
    if sharpness <= 0.0:
        return math.inf
    swing = 1.0 + 2.0 * beta if nesterov else 1.0
    return 2.0 * (1.0 + beta) / (swing * sharpness)


def lanczos(
    product: Callable[[Array], Array],
    recent: Array,
    found: Array,
    generator: np.random.Generator,
    tolerance: float,
    allowed: float = 0.0,
) -> tuple[Array, Array] | None:
    """The largest eigenvalues of a symmetric matrix at right angles to ``found`` (J, P).

    Returns up to ``KEPT`` Ritz values, descending, and their vectors. The first is an eigenvalue:
    its residual is at most ``tolerance`` of its size, or ``allowed``; the others are on their way.
    The search starts from the sum of ``recent`` (R, P) and a random vector, so that something of
    every eigenvector is in it. For a while it may look settled on the second largest: it ends only
    when it is still settled some products later, after at most P - J of them, when it is exact.
    None if a product is not finite.
    """
    size = found.shape[1]
    most = size - len(found)
    basis: Array = np.empty((min(most, 32), size))
    diagonal: list[float] = []  # of the matrix in this basis, which is tridiagonal,
    beside: list[float] = []  # and what stands on both sides of that
    q: Array = generator.standard_normal((size,))
    q /= np.linalg.norm(q)
    q += recent.sum(axis=0)
    q -= found.T @ (found @ q)
    look, largest, settled = EVERY, 0.0, False
    while True:
        q -= found.T @ (found @ q)
        if len(diagonal) == len(basis):
            room = min(most, 2 * len(basis)) - len(basis)
            basis = np.concatenate([basis, np.empty((room, size))])
        known = basis[: len(diagonal) + 1]
        known[-1] = q / np.linalg.norm(q)
        q = product(known[-1])
        diagonal.append(float(known[-1] @ q))
        for _ in range(2):  # twice is enough (Parlett, The Symmetric Eigenvalue Problem)
            q -= known.T @ (known @ q)
            q -= found.T @ (found @ q)
        beyond = float(np.linalg.norm(q))
        if not math.isfinite(beyond):
            return None
        largest = max(largest, abs(diagonal[-1]))
        ended = len(known) == most or beyond <= ROUNDING * largest
        if len(known) == look or ended:
            look += max(EVERY, len(known) // 8)
            values, turns = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, -1))
            limit = max(tolerance * abs(values[-1]), allowed, ROUNDING * largest)
            before, settled = settled, beyond * abs(turns[-1, -1]) <= limit
            if ended or (before and settled):
                return values[::-1][:KEPT], turns.T[::-1][:KEPT] @ known
        beside.append(beyond)
        largest = max(largest, beyond)
