"""A network as operations on tensors: the gradient of its loss without its layers' backward."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from engine.core.activations import ACTIVATIONS, Activation, Identity
from engine.core.layers import Dense, Dropout, Layer
from engine.core.losses import (
    BinaryCrossEntropy,
    Loss,
    MeanSquaredError,
    SigmoidSquaredError,
    SoftmaxCrossEntropy,
    SoftmaxSquaredError,
    Targets,
)
from engine.core.network import Network
from engine.core.validation import same_length
from engine.study.autograd import Operand, Tensor

# The activations that are derived here, called with a tensor and the activation's arguments;
# another one, if elementwise, brings its own derivative.
FUNCTIONS: dict[type[Layer], Callable[..., Tensor]] = {
    Identity: lambda x: x,
    **{
        ACTIVATIONS[function.__name__]: function
        for function in (
            *(Tensor.relu, Tensor.leaky_relu, Tensor.elu, Tensor.gelu, Tensor.silu),
            *(Tensor.sigmoid, Tensor.tanh, Tensor.softplus, Tensor.softmax),
        )
    },
}

OBJECTIVES: dict[type[Loss], Callable[[Tensor, Targets], Tensor]] = {
    SoftmaxCrossEntropy: lambda z, y: z.cross_entropy(y.values.argmax(axis=0)),
    BinaryCrossEntropy: lambda z, y: z.binary_cross_entropy(y.values.T),
    MeanSquaredError: lambda z, y: z.mean_squared_error(y.values.T),
    SoftmaxSquaredError: lambda z, y: z.softmax().mean_squared_error(y.values.T),
    SigmoidSquaredError: lambda z, y: z.sigmoid().mean_squared_error(y.values.T),
}


class MLP:
    """The layers of a ``Sequential`` over copies of its weights, as operations on tensors."""

    def __init__(self, model: Network) -> None:
        if model.replicas is not None:
            raise ValueError(f"one network is needed, not {model.replicas} replicas of one")
        self._model = model
        self._parameters = [Tensor(p.data, name=p.name) for p in model.parameters()]

    def parameters(self) -> list[Tensor]:
        """[W1, b1, W2, b2, ...], in the order of ``Sequential.parameters``."""
        return list(self._parameters)

    def __call__(
        self, X: Operand, dropout: np.random.Generator | None = None, depth: int | None = None
    ) -> Tensor:
        """The output (B, C) of the first ``depth`` layers (all, if None) for inputs (B, F).

        Without a generator to draw from, dropout does nothing. A tensor may be given as ``X``, to
        find dL/dX.
        """
        x = X
        if not isinstance(x, Tensor):
            x = Tensor(self._model.checked(x), requires_grad=False, name="X")
        weights = iter(self._parameters)
        for layer in self._model.layers[:depth]:
            if isinstance(layer, Dense):
                x = x @ next(weights) + next(weights)
            elif isinstance(layer, Dropout):
                if dropout is not None and layer.rate > 0.0:
                    x = x.dropout(layer.rate, dropout)
            elif type(layer) in FUNCTIONS:
                x = FUNCTIONS[type(layer)](x, *layer.config().values())
            elif isinstance(layer, Activation) and layer.elementwise:
                x = x.elementwise(layer.name, layer.f, layer.df)
            else:
                raise ValueError(f"{layer!r} is not known to autograd: add it to FUNCTIONS")
        return x

    def loss(
        self, loss: Loss, X: Operand, y: npt.ArrayLike, dropout: np.random.Generator | None = None
    ) -> Tensor:
        """The mean loss over the rows; a final layer that the loss contains is left to it."""
        if type(loss) not in OBJECTIVES:
            raise ValueError(f"{loss!r} is not known to autograd: add it to OBJECTIVES")
        model = self._model
        targets = loss.targets(y, model.n_outputs, model.dtype)
        z = self(X, dropout, depth=model.logit_depth(loss))
        same_length("X", z.data, "y", targets.values.T)
        return OBJECTIVES[type(loss)](z, targets)
