"""Kernels of the losses: each returns a call that gives the loss and leaves its gradient in ``g``.

``z`` and ``t`` are feature-major, (C, B) or (K, C, B) and (C, B). The call returns the sum over the
columns / ``count``, one number a replica, and writes dL/dz where ``g`` is not None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.core.kernels.activations import write_sigmoid
from engine.core.kernels.passes import Call
from engine.core.validation import Array

Value = Callable[[], Any]  # a NumPy scalar, or an array (K,) of them

FEW = 128  # samples up to which one call of logaddexp is faster than five through vectors


def plain(loss: Any, z: Array, t: Array, g: Array | None, count: int) -> Value:
    """For a loss without a kernel of its own: the mean over samples as it stands."""
    share = z.shape[-1] / count

    def value() -> Any:
        if g is not None:
            np.multiply(loss.df(z, t), share, out=g)
        return loss.f(z, t) * share

    return value


def cross_entropy(loss: Any, z: Array, t: Array, g: Array | None, count: int) -> Value:
    logs: Array = np.empty(z.shape, z.dtype)
    share = np.array(1.0 / count, z.dtype)
    log_softmax, row = _log_softmax(z, logs), _row(logs)

    def value() -> Any:
        log_softmax()
        if g is not None:
            np.exp(logs, g)  # softmax(z)
            np.subtract(g, t, g)
            np.multiply(g, share, g)
        # The sum is never positive; this way 0 has no sign.
        return abs(np.vecdot(row, t.reshape(-1))) * share

    return value


def binary_cross_entropy(loss: Any, z: Array, t: Array, g: Array | None, count: int) -> Value:
    work: Array = np.empty(z.shape, z.dtype)
    product: Array = np.empty(z.shape, z.dtype)
    row, products = _row(work), _row(product)
    zero, share = np.array(0.0, z.dtype), np.array(1.0 / count, z.dtype)
    ones = np.ones(z.shape[-1], z.dtype)
    sigmoid = write_sigmoid(z, product if g is None else g)

    def value() -> Any:
        np.logaddexp(z, zero, work)
        np.multiply(z, t, product)
        total = (np.vecdot(row, ones) - np.vecdot(products, ones)) * share
        if g is not None:
            for call in sigmoid:
                call()
            np.subtract(g, t, g)
            np.multiply(g, share, g)
        return total

    return value


def mean_squared_error(loss: Any, z: Array, t: Array, g: Array | None, count: int) -> Value:
    difference: Array = np.empty(z.shape, z.dtype)
    row = _row(difference)
    share = np.array(1.0 / (count * z.shape[-2]), z.dtype)
    twice = np.array(2.0 / (count * z.shape[-2]), z.dtype)

    def value() -> Any:
        np.subtract(z, t, difference)
        if g is not None:
            np.multiply(difference, twice, g)
        return np.vecdot(row, row) * share

    return value


def softmax_squared_error(loss: Any, z: Array, t: Array, g: Array | None, count: int) -> Value:
    p: Array = np.empty(z.shape, z.dtype)
    difference, product = np.empty_like(p), np.empty_like(p)
    row = _row(difference)
    mean: Array = np.empty((*z.shape[:-2], z.shape[-1]), z.dtype)  # Σ p (p - t), (..., B)
    every_class = mean[..., np.newaxis, :]
    share = np.array(1.0 / (count * z.shape[-2]), z.dtype)
    twice = np.array(2.0 / (count * z.shape[-2]), z.dtype)
    log_softmax, summed = _log_softmax(z, p), np.add.reduce

    def value() -> Any:
        log_softmax()
        np.exp(p, p)
        np.subtract(p, t, difference)
        total = np.vecdot(row, row) * share
        if g is not None:
            np.multiply(p, difference, product)
            summed(product, -2, out=mean)
            np.subtract(difference, every_class, g)
            np.multiply(g, p, g)
            np.multiply(g, twice, g)
        return total

    return value


def sigmoid_squared_error(loss: Any, z: Array, t: Array, g: Array | None, count: int) -> Value:
    p: Array = np.empty(z.shape, z.dtype)
    difference = np.empty_like(p)
    row = _row(difference)
    one, share, twice = (np.array(x, z.dtype) for x in (1.0, 1.0 / count, 2.0 / count))
    sigmoid = write_sigmoid(z, p)

    def value() -> Any:
        for call in sigmoid:
            call()
        np.subtract(p, t, difference)
        if g is not None:
            np.multiply(difference, p, g)
            np.subtract(one, p, p)
            np.multiply(g, p, g)
            np.multiply(g, twice, g)
        return np.vecdot(row, row) * share

    return value


def _row(signal: Array) -> Array:
    """Classes and samples in one row: of each replica by itself, in the order of a single run."""
    return signal.reshape((*signal.shape[:-2], -1))


def _log_softmax(z: Array, logs: Array) -> Call:
    """A call that writes log softmax(z) = z - log Σ eᶻ over the classes.

    For two classes and few samples it does with fewer calls. Which way it goes must not depend on
    the replicas: each rounds as the single run does.
    """
    row: Array = np.empty((*z.shape[:-2], z.shape[-1]), z.dtype)  # (..., B)
    every_class = row[..., np.newaxis, :]
    if z.shape[-2] == 2 and z.shape[-1] <= FEW:
        first, second = z[..., 0, :], z[..., 1, :]

        def two() -> None:
            np.logaddexp(first, second, row)
            np.subtract(z, every_class, logs)

        return two
    exps = np.empty_like(logs)
    largest, summed = np.maximum.reduce, np.add.reduce

    def call() -> None:
        largest(z, -2, out=row)
        np.subtract(z, every_class, logs)  # so that no exponential overflows
        np.exp(logs, exps)
        summed(exps, -2, out=row)
        np.log(row, row)
        np.subtract(logs, every_class, logs)

    return call
