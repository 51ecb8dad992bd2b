"""A mini-batch's way forward and back, flattened into what a training step calls.

N samples, B batch, F inputs, C outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from engine.core.kernels.passes import Call
from engine.core.losses import Loss
from engine.core.network import Network
from engine.core.validation import Array
from engine.training.dataset import DataSet

SMOOTHING = 0.05  # the least weight of a new batch's loss in the smoothed loss


class Batch(NamedTuple):
    """The calls of a step, and where its data goes."""

    rows: Array  # (B, F + 1), where the inputs go
    targets: Array  # (C, B), where their targets go
    forwards: tuple[Call, ...]
    value: Callable[[], Any]
    backwards: tuple[Call, ...]
    weight: float  # of its loss in the smoothed loss


def bind_batch(model: Network, loss: Loss, data: DataSet, size: int) -> Batch:
    """For batches of this size, with buffers of their own."""
    run = model.passes.bind(size, training=True, gradient=True, depth=model.logit_depth(loss))
    targets: Array = np.zeros((len(data.targets.values), size), run.dtype)
    value = loss.kernel(run.output.value, targets, run.output.grad, size)
    weight = max(size / len(data), SMOOTHING)
    return Batch(run.rows, targets, tuple(run.forwards), value, tuple(run.backwards), weight)
