"""The cases in PyTorch: the same weights and batches, its own derivatives and optimizers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from engine import Activation, Dense, Dropout, Layer, Loss, Sequential
from engine.core.network import DROPOUT_STREAM, stream

from .cases import STEPS, Descent, Floats, Network

# Under the names of the engine's registries.
FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "identity": lambda layer, x: x,
    "relu": lambda layer, x: F.relu(x),
    "leaky_relu": lambda layer, x: F.leaky_relu(x, layer.slope),
    "elu": lambda layer, x: F.elu(x, layer.alpha),
    "gelu": lambda layer, x: F.gelu(x, approximate="tanh"),
    "silu": lambda layer, x: F.silu(x),
    "sigmoid": lambda layer, x: torch.sigmoid(x),
    "tanh": lambda layer, x: torch.tanh(x),
    "softplus": lambda layer, x: F.softplus(x, threshold=1e9),  # beyond it torch rounds to x
    "softmax": lambda layer, x: F.softmax(x, dim=-1),
}
LOGIT_LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "cross_entropy": F.cross_entropy,
    "binary_cross_entropy": lambda z, y: F.binary_cross_entropy_with_logits(z[:, 0], y.double()),
    "mse": F.mse_loss,
    "softmax_mse": lambda z, y: _brier(F.softmax(z, dim=-1), y),
    "sigmoid_mse": lambda z, y: F.mse_loss(torch.sigmoid(z[:, 0]), y.double()),
}
# After the layer that a loss folds in: the loss of probabilities, as a textbook has it.
PROBABILITY_LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "cross_entropy": lambda p, y: F.nll_loss(torch.log(p), y),
    "binary_cross_entropy": lambda p, y: F.binary_cross_entropy(p[:, 0], y.double()),
    "softmax_mse": lambda p, y: _brier(p, y),
    "sigmoid_mse": lambda p, y: F.mse_loss(p[:, 0], y.double()),
}
OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "sgd": torch.optim.SGD,
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}
SCHEDULES: dict[str, Callable[[Any, Any], Any]] = {
    "step": lambda ours, optimizer: torch.optim.lr_scheduler.StepLR(
        optimizer, int(ours.epochs), ours.drop
    ),
    "exponential": lambda ours, optimizer: torch.optim.lr_scheduler.ExponentialLR(
        optimizer, ours.drop ** (1.0 / ours.epochs)
    ),
    "cosine": lambda ours, optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(
        optimizer, int(ours.epochs), ours.floor * optimizer.param_groups[0]["lr"]
    ),
}


def _brier(p: Any, y: Any) -> Any:
    return F.mse_loss(p, F.one_hot(y, p.shape[1]).double())


class Twin:
    """A ``Sequential``'s weights as torch tensors, and its forward pass over them."""

    def __init__(self, model: Sequential) -> None:
        self.layers = model.layers
        self.parameters = [
            torch.tensor(parameter.data, requires_grad=True) for parameter in model.parameters()
        ]
        self.generator = stream(model.seed, DROPOUT_STREAM)  # torch draws other masks than we do

    def loss(self, loss: Loss, X: Any, y: Any) -> Any:
        x, weights = X, iter(self.parameters)
        for layer in self.layers:
            x = self._apply(layer, x, weights)
        folded = loss.folds is not None and isinstance(self.layers[-1], loss.folds)
        return (PROBABILITY_LOSSES if folded else LOGIT_LOSSES)[loss.name](x, y)

    def _apply(self, layer: Layer, x: Any, weights: Iterator[Any]) -> Any:
        if isinstance(layer, Dense):
            return x @ next(weights) + next(weights)
        if isinstance(layer, Dropout):
            if layer.rate == 0.0:
                return x
            mask = layer.rate <= self.generator.random((x.shape[1], x.shape[0])).T
            return x * torch.tensor(mask) / (1.0 - layer.rate)
        assert isinstance(layer, Activation)
        return FUNCTIONS[layer.name](layer, x)

    def flat(self, gradient: bool = False) -> Floats:
        arrays = [p.grad if gradient else p for p in self.parameters]
        return np.concatenate([array.detach().numpy().ravel() for array in arrays])


def loss_and_gradient(case: Network) -> tuple[float, Floats]:
    """The loss over the whole batch and dL/dparameters, (P,)."""
    twin = Twin(case.model)
    value = twin.loss(case.loss, torch.tensor(case.X), torch.tensor(case.y))
    value.backward()
    return float(value.detach()), twin.flat(gradient=True)


def path(descent: Descent) -> Floats:
    """Where torch.optim has the flat parameter vector after each step: (STEPS, P)."""
    case = descent.case()
    twin, X, y = Twin(case.model), torch.tensor(case.X), torch.tensor(case.y)
    weights = twin.parameters[::2]
    ours, options = descent.optimizer(), descent.options
    settings = ours.config()
    rate, decay = settings.pop("learning_rate"), settings.pop("decay", 0.0)
    optimizer = OPTIMIZERS[ours.name](twin.parameters, lr=rate, **settings)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 1.0 / (1.0 + decay * t))
    if schedule := options.get("schedule"):
        scheduler = SCHEDULES[schedule.name](schedule, optimizer)
    places = []
    for step in range(STEPS):
        start = step * descent.batch % len(X)
        rows = slice(start, start + descent.batch)
        optimizer.zero_grad()
        value = twin.loss(case.loss, X[rows], y[rows])
        value = value + options.get("l1", 0.0) * sum(w.abs().sum() for w in weights)
        value = value + options.get("l2", 0.0) / 2.0 * sum((w**2).sum() for w in weights)
        value.backward()
        if "clip_norm" in options:
            torch.nn.utils.clip_grad_norm_(twin.parameters, options["clip_norm"])
        optimizer.step()
        scheduler.step()
        places.append(twin.flat())
    return np.array(places)
