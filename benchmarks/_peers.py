"""One SGD step of the same network in our engine and in others: tanh, cross-entropy, float32.

Ours is ``Trainer.step()``: it picks the batch, watches the loss and takes records. A peer is handed
one ready batch in its own kind of array, the most that can be done for it; or (``picks``) it does
what a training loop must: take each batch out of a shuffled order, and read its loss.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engine import SGD, Dense, Sequential, SoftmaxCrossEntropy, Tanh, Trainer

RATE: Final = 0.01
EPOCH: Final = 10  # batches in an epoch

Run = Callable[[int], object]  # takes that many steps


class Network(NamedTuple):
    """Widths from input to output, and the batch."""

    widths: tuple[int, ...]
    batch: int

    @property
    def name(self) -> str:
        return "-".join(map(str, self.widths))

    def data(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """An epoch of inputs and labels without meaning: the time of a step does not depend on
        them.
        """
        rng = np.random.default_rng(0)
        n = EPOCH * self.batch
        X = rng.normal(size=(n, self.widths[0])).astype(np.float32)
        return X, rng.integers(0, self.widths[-1], n)


def our_trainer(network: Network, replicas: int | None = None, **options: Any) -> Trainer:
    """Our engine on ``network``; ``options`` go to the ``Trainer``."""
    layers: list[Dense | Tanh] = []
    for fan_in, fan_out in zip(network.widths, network.widths[1:], strict=False):
        layers += [Dense(fan_in, fan_out), Tanh()]
    model = Sequential(layers[:-1], dtype=np.float32, replicas=replicas)
    X, y = network.data()
    return Trainer(model, SoftmaxCrossEntropy(), SGD(RATE), X, y, network.batch, **options)


def ours(trainer: Trainer) -> Run:
    step = trainer.step

    def run(n: int) -> None:
        for _ in range(n):
            step()

    return run


def torch_eager(network: Network, *, picks: bool) -> Run:
    """PyTorch as its tutorials write it: nn.Sequential, autograd, torch.optim.SGD."""
    torch: Any = importlib.import_module("torch")
    torch.set_num_threads(1)
    layers: list[Any] = []
    for fan_in, fan_out in zip(network.widths, network.widths[1:], strict=False):
        layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.Tanh()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    criterion = torch.nn.CrossEntropyLoss()
    inputs, labels = network.data()
    X, y, size = torch.from_numpy(inputs), torch.from_numpy(labels), network.batch

    def step(x: Any, t: Any) -> Any:
        optimizer.zero_grad()
        loss = criterion(model(x), t)
        loss.backward()
        optimizer.step()
        return loss

    def given(n: int) -> None:
        x, t = X[:size].clone(), y[:size].clone()
        for _ in range(n):
            step(x, t)

    def picked(n: int) -> None:
        for i in range(n):
            start = i % EPOCH * size
            if start == 0:
                order = torch.randperm(len(X))
            chosen = order[start : start + size]
            step(X[chosen], y[chosen]).item()

    return picked if picks else given


def jax_jit(network: Network, *, picks: bool) -> Run:
    """JAX: loss, gradient and update (and the choice of the batch) compiled into one function."""
    jax: Any = importlib.import_module("jax")
    jnp: Any = importlib.import_module("jax.numpy")
    rng = np.random.default_rng(0)
    start_at = [
        (jnp.asarray(rng.normal(size=(i, o)) / i**0.5, jnp.float32), jnp.zeros(o, jnp.float32))
        for i, o in zip(network.widths, network.widths[1:], strict=False)
    ]
    X, y = map(jnp.asarray, network.data())
    size = network.batch

    def loss(params: Any, x: Any, t: Any) -> Any:
        for weight, bias in params[:-1]:
            x = jnp.tanh(x @ weight + bias)
        weight, bias = params[-1]
        logs = jax.nn.log_softmax(x @ weight + bias)
        return -jnp.mean(jnp.take_along_axis(logs, t[:, None], axis=1))

    def update(params: Any, x: Any, t: Any) -> Any:
        value, grads = jax.value_and_grad(loss)(params, x, t)
        return jax.tree.map(lambda p, g: p - RATE * g, params, grads), value

    def pick_and_update(params: Any, order: Any, start: Any) -> Any:
        chosen = jax.lax.dynamic_slice(order, (start,), (size,))
        return update(params, X[chosen], y[chosen])

    step, pick_and_step = jax.jit(update), jax.jit(pick_and_update)
    state = [start_at]

    def given(n: int) -> None:
        params, x, t = state[0], X[:size], y[:size]
        for _ in range(n):
            params, _ = step(params, x, t)
        state[0] = jax.block_until_ready(params)

    shuffler = np.random.default_rng(0)

    def picked(n: int) -> None:
        params = state[0]
        for i in range(n):
            start = i % EPOCH * size
            if start == 0:
                order = jnp.asarray(shuffler.permutation(len(X)))
            params, value = pick_and_step(params, order, start)
            float(value)
        state[0] = jax.block_until_ready(params)

    return picked if picks else given


def sklearn_partial_fit(network: Network, *, picks: bool) -> Run:
    """scikit-learn: one call of ``partial_fit`` with one batch."""
    neural: Any = importlib.import_module("sklearn.neural_network")
    model = neural.MLPClassifier(
        network.widths[1:-1],
        activation="tanh",
        solver="sgd",
        alpha=0.0,
        batch_size=network.batch,
        learning_rate_init=RATE,
        momentum=0.0,
    )
    X, y = network.data()
    classes = np.arange(network.widths[-1])
    size, rng = network.batch, np.random.default_rng(0)
    model.partial_fit(X[:size], y[:size], classes=classes)

    def given(n: int) -> None:
        x, t = X[:size].copy(), y[:size].copy()
        for _ in range(n):
            model.partial_fit(x, t)

    def picked(n: int) -> None:
        for i in range(n):
            start = i % EPOCH * size
            if start == 0:
                order = rng.permutation(len(X))
            chosen = order[start : start + size]
            model.partial_fit(X[chosen], y[chosen])

    return picked if picks else given


class Peer(NamedTuple):
    """Another engine: its name in a table, the packages it needs, how a run of it is made."""

    name: str
    packages: tuple[str, ...]
    make: Callable[..., Run]

    def missing(self) -> str:
        """Why it cannot run here; empty if it can."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for package in self.packages:
                    importlib.import_module(package)
        except ImportError as error:
            return f"{error.name or self.packages[0]} cannot be imported"
        return ""


PEERS: Final = {
    "torch": Peer("PyTorch eager", ("torch",), torch_eager),
    "jax": Peer("JAX jit", ("jax",), jax_jit),
    "sklearn": Peer("scikit-learn partial_fit", ("sklearn",), sklearn_partial_fit),
}


def packages() -> list[str]:
    """The engines that are installed here, for the line that names the machine."""
    found = ["numpy"]
    for name in ("torch", "jax", "scikit-learn", "tensorflow-cpu"):
        try:
            version(name)
        except PackageNotFoundError:
            continue
        found.append(name)
    return found
