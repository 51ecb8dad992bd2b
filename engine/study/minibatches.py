"""The critical learning rate of SGD in mini-batches, played through on the linearised network.

N samples, C outputs, P parameters, B samples in a batch, K rates that are tried at once.

Near its weights a network answers as its linearisation does, on which the loss curves by the
Gauss-Newton matrix Jᵀ M J: J is the Jacobian of the outputs, M the loss's curvature in them. There
a step multiplies an error of the weights by I - rate (Gᵀ G / B + penalties), where G holds the rows
of √M J of the batch; momentum adds a velocity. If each step takes all samples, the largest
eigenvalue says whether errors grow. With other batches each time these are products of different
matrices, and what counts is how fast the product grows (Furstenberg & Kesten 1960, "Products of
random matrices"), which no eigenvalue tells: so it is tried, at K rates at once. Wu et al. 2018,
"How SGD selects the global minima in over-parameterized learning", ask the same of second moments.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.core.validation import Array, number, whole
from engine.study.curvature import Curvature, lanczos

RATIO: Final = 1.1  # between two rates of the grid on which the critical one is searched
STRIDE: Final = 6  # rates of the grid between two that are tried at first
AT_FIRST: Final = 12  # rates tried at first: from twice the full batch's critical one down
AROUND: Final = 3  # rates tried on each side of one that was critical before
SHIFTS: Final = 4  # times that the range is moved where all rates or none are stable
STEPS: Final = 1000
MEMORIES: Final = 20  # times 1 / (1 - momentum), after which a velocity has forgotten: steps
RESCALE: Final = 8  # steps between two times that errors are brought back to size 1


class MiniBatches:
    """A network linearised at its present weights, and what SGD in mini-batches does to errors.

    Samples are drawn without replacement, as the trainer draws them, without dropout.
    """

    def __init__(self, curvature: Curvature, batch_size: int) -> None:
        self._rows, self._ridge = curvature.root_gradients(), curvature.ridge
        self._size = whole("batch_size", batch_size, low=1, high=len(self._rows))

    def critical_learning_rate(
        self, momentum: float = 0.0, nesterov: bool = False, near: float | None = None
    ) -> float:
        """The rate above which errors grow, to about a fifth; inf if there is nothing to grow.

        NaN where the network is not finite, or no such rate was found. It is searched for ``near``
        a rate first, which is quicker; where several rates are critical it may find another one.
        """
        beta = number("momentum", momentum, low=0.0, below=1.0)

        def last_stable(powers: range) -> int:
            """The index of the largest stable rate with only unstable ones above; -1 for none."""
            grown = self._growth(RATIO ** np.array(powers, dtype=np.float64), beta, nesterov)
            return int(np.nonzero(np.append(True, grown <= 0.0))[0][-1]) - 1

        generator, nothing = np.random.default_rng(0), np.empty((0, len(self._ridge)))
        with np.errstate(all="ignore"):
            ritz = lanczos(self.product, nothing, nothing, generator, 0.1)  # of a full batch
            if ritz is None:
                return math.nan
            if (top := float(ritz[0][0])) <= 0.0:
                return math.inf
            if near is not None and 0.0 < near < math.inf:
                middle = round(math.log(near, RATIO) - 0.5)
                powers = range(middle - AROUND, middle + AROUND + 1)
                found = last_stable(powers)
                if 0 <= found < len(powers) - 1:
                    return float(RATIO ** (powers[found] + 0.5))
            span = STRIDE * (AT_FIRST - 1)
            high = math.ceil(math.log(4.0 / top, RATIO))
            for _ in range(SHIFTS):
                powers = range(high - span, high + 1, STRIDE)
                found = last_stable(powers)
                if 0 <= found < len(powers) - 1:
                    fine = range(powers[found], powers[found + 1])
                    return float(RATIO ** (fine[max(last_stable(fine), 0)] + 0.5))
                high += span if found >= 0 else -span
        return math.nan

    def product(self, v: Array) -> Array:
        """The matrix over all samples, penalties included, times v (P,)."""
        rows = self._rows.reshape(-1, len(v))
        result: Array = rows.T @ (rows @ v) / len(self._rows) + self._ridge * v
        return result

    def _growth(self, rates: Array, momentum: float, nesterov: bool) -> Array:
        """By how much the logarithm of an error grows over a third of the steps, (K,)."""
        size, generator = len(self._ridge), np.random.default_rng(0)
        start = generator.standard_normal(self._rows.shape[:2]).ravel()
        error = self._rows.reshape(-1, size).T @ start
        error += self._ridge * generator.standard_normal(size)
        errors = np.repeat((error / np.linalg.norm(error))[:, None], len(rates), axis=1)  # (P, K)
        velocity, column = np.zeros_like(errors), self._ridge[:, None]
        batches, grown = self._batches(generator), []
        for _ in range(n_steps(momentum) // RESCALE):
            for batch in itertools.islice(batches, RESCALE):
                rows = self._rows[batch].reshape(-1, size)  # (B C, P)
                gradient = rows.T @ (rows @ errors)
                gradient /= len(batch)
                gradient += column * errors
                velocity *= momentum
                velocity += gradient
                errors -= rates * (gradient + momentum * velocity if nesterov else velocity)
            length = np.sqrt((errors**2).sum(axis=0) + ((rates * velocity) ** 2).sum(axis=0))
            length[length == 0.0] = 1.0  # an error that has gone stays away
            errors /= length
            velocity /= length
            grown.append(np.log(length))
        sizes, third = np.cumsum(grown, axis=0), len(grown) // 3
        growth: Array = sizes[-third:].mean(axis=0) - sizes[-2 * third : -third].mean(axis=0)
        return growth

    def _batches(self, generator: np.random.Generator) -> Iterator[npt.NDArray[np.intp]]:
        """Which samples each step takes, without end."""
        while True:
            order = generator.permutation(len(self._rows))
            yield from (order[i : i + self._size] for i in range(0, len(order), self._size))


def n_steps(momentum: float) -> int:
    """How many steps are played through: enough for a velocity to forget its start."""
    return max(STEPS, math.ceil(MEMORIES / (1.0 - momentum)))


def work(n_parameters: int, n_outputs: int, batch_size: int, momentum: float) -> float:
    """About how many multiplications and additions a search takes that starts from nowhere."""
    tried = AT_FIRST + STRIDE
    return 4.0 * n_steps(momentum) * tried * batch_size * n_outputs * n_parameters
