"""Why dZ is what it is: the gradient at the loss derived for the first sample, a step at a time.

Softmax and cross-entropy: the Jacobian of the softmax times the gradient of the log is p - y.
Sigmoid and binary cross-entropy: sigma' times dl/dp is p - y. Squared error: 2 (z - y). The squared
error of probabilities: 2 (p - y) times the Jacobian or sigma', where nothing cancels.
Bishop 2006, "Pattern Recognition and Machine Learning", section 4.3.6 (canonical links).

Each takes the predictions and the targets, (B, C), and whether to write shapes alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine import (
    BinaryCrossEntropy,
    MeanSquaredError,
    Sigmoid,
    SigmoidSquaredError,
    Softmax,
    SoftmaxCrossEntropy,
    SoftmaxSquaredError,
)
from engine.core.validation import Array
from engine.study.autograd import Tensor
from playground.backprop.latex import matrix, number, signed
from playground.backprop.step import Code, NamedArray, Step
from playground.backprop.words import steps as words

_DERIVATIVES: Final = {
    "dl/dp": r"\frac{\partial \ell}{\partial p}",
    "dp/dz": r"\frac{\partial p}{\partial z}",
    "dl/dz": r"\frac{\partial \ell}{\partial z}",
}


def _own(name: str, value: Array) -> NamedArray:
    """An array of the first sample, (C,), or (C, C)."""
    value.setflags(write=False)
    dims = (("C", len(value)),) * value.ndim
    return NamedArray(name, _DERIVATIVES.get(name, name), value, dims)


def _step(
    said: tuple[str, str],
    symbols: str,
    numbers: str,
    read: tuple[NamedArray, ...],
    written: tuple[NamedArray, ...],
    source: Code,
) -> Step:
    """``said``: title and sentence; ``numbers`` are those of the last array that is written."""
    return Step(
        phase="backward",
        title=words.derive(said[0]),
        symbols=symbols,
        numbers=f"{written[-1].latex} = {numbers}",
        read=read,
        written=written,
        sentence=said[1],
        source=source,
    )


def _jacobian_step(row_p: NamedArray, jacobian: NamedArray, by_shape: bool) -> Step:
    says_p, says_jacobian = (matrix(each.value, by_shape) for each in (row_p, jacobian))
    return _step(
        words.DERIVE_SOFTMAX,
        r"\frac{\partial p_k}{\partial z_j} = p_k \left([k = j] - p_j\right), \qquad "
        r"\frac{\partial p}{\partial z} = \mathrm{diag}(p) - p \, p^{\top}",
        rf"\mathrm{{diag}}{says_p} - {says_p}^{{\top}} {says_p} = {says_jacobian}",
        (row_p,),
        (jacobian,),
        Softmax.kernel,
    )


def _sigmoid_step(row_p: NamedArray, sigma: NamedArray) -> Step:
    one, bend = (number(float(each.value[0])) for each in (row_p, sigma))
    return _step(
        words.DERIVE_SIGMOID,
        r"p = \sigma(z), \qquad \frac{\partial p}{\partial z} = p \, (1 - p)",
        rf"{one} \, (1 - {one}) = {bend}",
        (row_p,),
        (sigma,),
        Sigmoid.df,
    )


def cross_entropy(p: NamedArray, y: NamedArray, by_shape: bool) -> list[Step]:
    row_p, row_y = _own("p", p.value[0]), _own("y", y.value[0])
    P, Y = row_p.value, row_y.value
    slope = _own("dl/dp", np.where(Y > 0.0, -Y / P, 0.0))
    jacobian = _own("dp/dz", np.diag(P) - np.outer(P, P))
    result = _own("dl/dz", slope.value @ jacobian.value)
    arrays = (row_p, row_y, slope, jacobian, result)
    says_p, says_y, says_slope, says_jacobian, says_result = (
        matrix(each.value, by_shape) for each in arrays
    )
    return [
        _step(
            words.DERIVE_LOG,
            r"\ell = -\ln p_y, \qquad \frac{\partial \ell}{\partial p_k} = -\frac{y_k}{p_k}",
            says_slope,
            (p, y),
            (row_p, row_y, slope),
            Tensor.log,
        ),
        _jacobian_step(row_p, jacobian, by_shape),
        _step(
            words.DERIVE_CROSS_ENTROPY,
            r"\frac{\partial \ell}{\partial z_j} = \sum_k -\frac{y_k}{p_k} \, p_k "
            r"\left([k = j] - p_j\right) = -y_j + p_j \sum_k y_k = p_j - y_j",
            f"{says_slope} {says_jacobian} = {says_result} = {says_p} - {says_y}",
            (slope, jacobian, row_p, row_y),
            (result,),
            SoftmaxCrossEntropy.df,
        ),
    ]


def binary_cross_entropy(p: NamedArray, y: NamedArray, by_shape: bool) -> list[Step]:
    row_p, row_y = _own("p", p.value[0]), _own("y", y.value[0])
    P, Y = row_p.value, row_y.value
    slope = _own("dl/dp", (P - Y) / (P * (1.0 - P)))
    sigma = _own("dp/dz", P * (1.0 - P))
    result = _own("dl/dz", slope.value * sigma.value)
    one, target, steep, bend, left = (
        number(float(each.value[0])) for each in (row_p, row_y, slope, sigma, result)
    )
    return [
        _step(
            words.DERIVE_BINARY_LOG,
            r"\ell = -y \ln p - (1 - y) \ln(1 - p), \qquad \frac{\partial \ell}"
            r"{\partial p} = -\frac{y}{p} + \frac{1 - y}{1 - p} = \frac{p - y}{p \, (1 - p)}",
            rf"\frac{{{one} - {target}}}{{{one} \, (1 - {one})}} = {steep}",
            (p, y),
            (row_p, row_y, slope),
            Tensor.log,
        ),
        _sigmoid_step(row_p, sigma),
        _step(
            words.DERIVE_BINARY_CROSS_ENTROPY,
            r"\frac{\partial \ell}{\partial z} = \frac{p - y}{p \, (1 - p)} \; "
            r"p \, (1 - p) = p - y",
            rf"{signed(float(slope.value[0]))} \cdot {bend} = {left} = {one} - {target}",
            (slope, sigma, row_p, row_y),
            (result,),
            BinaryCrossEntropy.df,
        ),
    ]


def squared_error(z: NamedArray, y: NamedArray, by_shape: bool) -> list[Step]:
    row_z, row_y = _own("z", z.value[0]), _own("y", y.value[0])
    result = _own("dl/dz", 2.0 * (row_z.value - row_y.value))
    says_z, says_y, says_result = (matrix(a.value, by_shape) for a in (row_z, row_y, result))
    return [
        _step(
            words.DERIVE_SQUARED_ERROR,
            r"\ell = \sum_c (z_c - y_c)^2, \qquad \frac{\partial \ell}{\partial z_c} = "
            r"2 \, (z_c - y_c)",
            rf"2 \left({says_z} - {says_y}\right) = {says_result}",
            (z, y),
            (row_z, row_y, result),
            MeanSquaredError.df,
        )
    ]


def softmax_squared_error(p: NamedArray, y: NamedArray, by_shape: bool) -> list[Step]:
    row_p, row_y, slope = _square_of(p, y)
    P = row_p.value
    jacobian = _own("dp/dz", np.diag(P) - np.outer(P, P))
    result = _own("dl/dz", slope.value @ jacobian.value)
    says_slope, says_jacobian, says_result = (
        matrix(each.value, by_shape) for each in (slope, jacobian, result)
    )
    return [
        _square_step(p, y, (row_p, row_y, slope), by_shape),
        _jacobian_step(row_p, jacobian, by_shape),
        _step(
            words.DERIVE_SOFTMAX_MSE,
            r"\frac{\partial \ell}{\partial z_j} = \sum_k 2 \, (p_k - y_k) \, p_k "
            r"\left([k = j] - p_j\right) = 2 \, p_j \Big(p_j - y_j - \sum_k p_k (p_k - y_k)\Big)",
            f"{says_slope} {says_jacobian} = {says_result}",
            (slope, jacobian),
            (result,),
            SoftmaxSquaredError.df,
        ),
    ]


def sigmoid_squared_error(p: NamedArray, y: NamedArray, by_shape: bool) -> list[Step]:
    row_p, row_y, slope = _square_of(p, y)
    sigma = _own("dp/dz", row_p.value * (1.0 - row_p.value))
    result = _own("dl/dz", slope.value * sigma.value)
    bend, left = (number(float(each.value[0])) for each in (sigma, result))
    return [
        _square_step(p, y, (row_p, row_y, slope), by_shape),
        _sigmoid_step(row_p, sigma),
        _step(
            words.DERIVE_SIGMOID_MSE,
            r"\frac{\partial \ell}{\partial z} = 2 \, (p - y) \; p \, (1 - p)",
            rf"{signed(float(slope.value[0]))} \cdot {bend} = {left}",
            (slope, sigma),
            (result,),
            SigmoidSquaredError.df,
        ),
    ]


def _square_of(p: NamedArray, y: NamedArray) -> tuple[NamedArray, NamedArray, NamedArray]:
    """The first sample's p, y, and the slope of their squared distance."""
    row_p, row_y = _own("p", p.value[0]), _own("y", y.value[0])
    return row_p, row_y, _own("dl/dp", 2.0 * (row_p.value - row_y.value))


def _square_step(
    p: NamedArray, y: NamedArray, written: tuple[NamedArray, ...], by_shape: bool
) -> Step:
    says_p, says_y, says_slope = (matrix(each.value, by_shape) for each in written)
    return _step(
        words.DERIVE_SQUARED_PROBABILITIES,
        r"\ell = \sum_c (p_c - y_c)^2, \qquad \frac{\partial \ell}{\partial p_c} = "
        r"2 \, (p_c - y_c)",
        rf"2 \left({says_p} - {says_y}\right) = {says_slope}",
        (p, y),
        written,
        MeanSquaredError.df,
    )
