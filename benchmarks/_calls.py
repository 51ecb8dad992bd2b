"""How many NumPy calls a training step makes, and the time that so many would take on nothing."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from benchmarks._peers import EPOCH, Network, our_trainer
from benchmarks._timing import seconds

GATHERS = 2  # ndarray.take of the inputs and of the targets, which no patch of NumPy can see
PRODUCTS = ("dot", "vdot")
TIMES = 2000


class Calls(NamedTuple):
    """Calls of a step, in the middle of an epoch: matrix products, and all others."""

    products: int
    others: int

    @property
    def all(self) -> int:
        return self.products + self.others

    def floor(self) -> float:
        """Seconds of as many calls on arrays of one number: what no rewriting in NumPy avoids."""
        one, out = np.ones((1, 1), np.float32), np.ones((1, 1), np.float32)

        def product(n: int) -> None:
            for _ in range(n):
                np.dot(one, one, out)

        def other(n: int) -> None:
            for _ in range(n):
                np.multiply(one, one, out=out)

        times = [
            statistics.median(seconds(run, TIMES) for _ in range(9)) for run in (product, other)
        ]
        return self.products * times[0] + self.others * times[1]


class _Counted:
    """A NumPy function that counts its calls; a ufunc's ``reduce`` counts as one."""

    def __init__(self, function: Any, count: dict[str, int], name: str) -> None:
        self._function, self._count, self._name = function, count, name

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self._count[self._name] = self._count.get(self._name, 0) + 1
        return self._function(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return _Counted(getattr(self._function, name), self._count, self._name)


@contextmanager
def counting() -> Iterator[dict[str, int]]:
    """Calls of NumPy's functions by name, of networks that were made inside of the block."""
    count: dict[str, int] = {}
    names = [name for name, value in vars(np).items() if isinstance(value, np.ufunc)]
    names += [*PRODUCTS, "copyto"]
    counted = {name: _Counted(getattr(np, name), count, name) for name in names}
    with patch.dict(vars(np), counted):
        yield count


def calls_of_a_step(network: Network) -> Calls:
    """Counted over the steps of an epoch but its last."""
    with counting() as count:
        trainer = our_trainer(network)
        trainer.step()
        count.clear()
        steps = trainer.run_steps(EPOCH - 2)
    products = sum(count.get(name, 0) for name in (*PRODUCTS, "matmul"))
    others = sum(count.values()) - products
    return Calls(products // steps, others // steps + GATHERS)
