"""Sequential: the network with Keras's verbs: fit, evaluate, predict, save and load."""

from __future__ import annotations

import os
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine import serialization
from engine.core.layers import Dense
from engine.core.losses import BinaryCrossEntropy, Loss, SoftmaxCrossEntropy
from engine.core.network import Network, rows_of
from engine.core.optimizers import Optimizer
from engine.core.validation import Array, check_type
from engine.training import fitting
from engine.training.dataset import DataSet


class Evaluation(NamedTuple):
    """A loss without penalties and the share of right answers (None for values)."""

    loss: Any
    accuracy: Any


class Sequential(Network):
    """A ``Network`` that trains and keeps itself: ``compile`` it, then ``fit``."""

    def compile(self, optimizer: Optimizer, loss: Loss) -> None:
        """Choose what training uses; the loss also says what the outputs mean."""
        check_type("optimizer", optimizer, Optimizer)
        check_type("loss", loss, Loss)
        self.optimizer, self.loss = optimizer, loss
        self.classifies = True if loss.folds is not None else None

    fit = fitting.fit
    save = serialization.save

    def evaluate(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Evaluation:
        """The compiled loss over all rows, and the accuracy (None for a regression)."""
        _, loss = fitting.compiled(self)
        return Evaluation(*DataSet(self, loss, X, y, "evaluation").measure())

    def _answers(self, X: npt.ArrayLike) -> tuple[Loss, Array]:
        """What says what the outputs mean, and the logits (..., C, N)."""
        usual = BinaryCrossEntropy() if self.n_outputs == 1 else SoftmaxCrossEntropy()
        loss = self.loss or usual
        return loss, self.passes.outputs(self.checked(X), self.logit_depth(loss))

    def predict_proba(self, X: npt.ArrayLike) -> Array:
        """Class probabilities, (N, C) or (K, N, C); a single logit gives the columns [1 - p, p].

        Before a loss is chosen, the one that fits the number of outputs is taken. A network that
        was trained on one-hot targets with the squared error gives its outputs, cut and scaled.
        """
        if self.classifies is False:
            raise ValueError("this network was trained on values: it has no class probabilities")
        loss, z = self._answers(X)
        with np.errstate(all="ignore"):
            return rows_of(loss.probabilities(z))

    def predict(self, X: npt.ArrayLike) -> npt.NDArray[Any]:
        """Class labels (N,), or for a regression the values: (N,) with one output, else (N, C)."""
        loss, z = self._answers(X)
        if self.classifies or (self.classifies is None and loss.folds is not None):
            return loss.decide(z)
        return z[..., 0, :] if z.shape[-2] == 1 else rows_of(z)

    @staticmethod
    def load(path: str | os.PathLike[str] | IO[bytes]) -> Sequential:
        """Read what ``save`` wrote; a ``ValueError`` for any other file."""
        return serialization.load(path, Sequential)

    def summary(self) -> str:
        """A table of the layers, their output shapes and parameter counts."""
        rows = [("layer", "output", "parameters")]
        width = self.n_inputs
        for layer in self.layers:
            count = 0
            if isinstance(layer, Dense):
                width, count = layer.fan_out, layer.n_parameters
            rows.append((repr(layer), f"(N, {width})", f"{count:,}"))
        first, second, third = (max(len(row[i]) for row in rows) for i in range(3))
        lines = [f"{a:<{first}}  {b:<{second}}  {c:>{third}}" for a, b, c in rows]
        lines.insert(1, "-" * len(lines[0]))
        replicas = "" if self.replicas is None else f" in each of {self.replicas} replicas"
        lines.append(f"{self.n_parameters:,} parameters{replicas}, {self.dtype}")
        return "\n".join(lines)
