"""Why dZ is what it is: the gradient at the loss derived for the first sample, a step at a time.

Softmax and cross-entropy: the Jacobian of the softmax times the gradient of the log is p - y.
Sigmoid and binary cross-entropy: sigma' times dl/dp is p - y. Squared error: 2 (z - y).
Bishop 2006, "Pattern Recognition and Machine Learning", section 4.3.6 (canonical links).

Each takes the predictions and the targets, (B, C), and whether to write shapes alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine import BinaryCrossEntropy, MeanSquaredError, Sigmoid, Softmax, SoftmaxCrossEntropy
from engine.core.validation import Array
from engine.study.autograd import Tensor
from playground.backprop.latex import matrix, number, signed
from playground.backprop.step import Code, NamedArray, Step

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
    title: str,
    symbols: str,
    numbers: str,
    read: tuple[NamedArray, ...],
    written: tuple[NamedArray, ...],
    sentence: str,
    source: Code,
) -> Step:
    """``numbers`` are those of the last array that is written."""
    return Step(
        phase="backward",
        title=f"Derive dZ: {title}",
        symbols=symbols,
        numbers=f"{written[-1].latex} = {numbers}",
        read=read,
        written=written,
        sentence=sentence,
        source=source,
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
            "the gradient of the log",
            r"\ell = -\ln p_y, \qquad \frac{\partial \ell}{\partial p_k} = -\frac{y_k}{p_k}",
            says_slope,
            (p, y),
            (row_p, row_y, slope),
            "The first sample alone: only the probability of the right class enters the loss, so "
            "only it has a slope. It is steep where that probability is small.",
            Tensor.log,
        ),
        _step(
            "the Jacobian of the softmax",
            r"\frac{\partial p_k}{\partial z_j} = p_k \left([k = j] - p_j\right), \qquad "
            r"\frac{\partial p}{\partial z} = \mathrm{diag}(p) - p \, p^{\top}",
            rf"\mathrm{{diag}}{says_p} - {says_p}^{{\top}} {says_p} = {says_jacobian}",
            (row_p,),
            (jacobian,),
            "Raising one logit raises its own probability and lowers all others; each row sums to "
            "zero, because the probabilities always sum to one.",
            Softmax.kernel,
        ),
        _step(
            "their product is p - y",
            r"\frac{\partial \ell}{\partial z_j} = \sum_k -\frac{y_k}{p_k} \, p_k "
            r"\left([k = j] - p_j\right) = -y_j + p_j \sum_k y_k = p_j - y_j",
            f"{says_slope} {says_jacobian} = {says_result} = {says_p} - {says_y}",
            (slope, jacobian, row_p, row_y),
            (result,),
            "The division by p cancels: what is left is the prediction minus the target. The "
            "engine computes just that, and never divides by a tiny p.",
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
            "the gradient of the log",
            r"\ell = -y \ln p - (1 - y) \ln(1 - p), \qquad \frac{\partial \ell}"
            r"{\partial p} = -\frac{y}{p} + \frac{1 - y}{1 - p} = \frac{p - y}{p \, (1 - p)}",
            rf"\frac{{{one} - {target}}}{{{one} \, (1 - {one})}} = {steep}",
            (p, y),
            (row_p, row_y, slope),
            "The first sample alone: the loss is steep where the probability of the right answer "
            "is small.",
            Tensor.log,
        ),
        _step(
            "the derivative of the sigmoid",
            r"p = \sigma(z), \qquad \frac{\partial p}{\partial z} = p \, (1 - p)",
            rf"{one} \, (1 - {one}) = {bend}",
            (row_p,),
            (sigma,),
            "The sigmoid is steepest in the middle and flat at both ends.",
            Sigmoid.df,
        ),
        _step(
            "their product is p - y",
            r"\frac{\partial \ell}{\partial z} = \frac{p - y}{p \, (1 - p)} \; "
            r"p \, (1 - p) = p - y",
            rf"{signed(float(slope.value[0]))} \cdot {bend} = {left} = {one} - {target}",
            (slope, sigma, row_p, row_y),
            (result,),
            "The flat ends of the sigmoid cancel against the steep log: what is left is the "
            "prediction minus the target.",
            BinaryCrossEntropy.df,
        ),
    ]


def squared_error(z: NamedArray, y: NamedArray, by_shape: bool) -> list[Step]:
    row_z, row_y = _own("z", z.value[0]), _own("y", y.value[0])
    result = _own("dl/dz", 2.0 * (row_z.value - row_y.value))
    says_z, says_y, says_result = (matrix(a.value, by_shape) for a in (row_z, row_y, result))
    return [
        _step(
            "the slope of the square",
            r"\ell = \sum_c (z_c - y_c)^2, \qquad \frac{\partial \ell}{\partial z_c} = "
            r"2 \, (z_c - y_c)",
            rf"2 \left({says_z} - {says_y}\right) = {says_result}",
            (z, y),
            (row_z, row_y, result),
            "The first sample alone: the square is twice as steep as its side is long. The mean "
            "then divides by B and by C.",
            MeanSquaredError.df,
        )
    ]
