"""Why dZ is what it is: the gradient at the loss derived for the first sample, a step at a time.

Softmax and cross-entropy: the Jacobian of the softmax times the gradient of the log is p - y.
Sigmoid and binary cross-entropy: sigma' times dl/dp is p - y. Squared error: 2 (z - y).
Bishop 2006, "Pattern Recognition and Machine Learning", section 4.3.6 (canonical links).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from engine import BinaryCrossEntropy, Loss, MeanSquaredError, Sigmoid, Softmax, SoftmaxCrossEntropy
from engine.study.autograd import Tensor
from playground.backprop.latex import matrix, number, signed
from playground.backprop.step import NamedArray, Step

# The first sample's predictions and targets, (C,) each, and whether to write shapes alone.
Deriving = Callable[[NamedArray, NamedArray, bool], list[Step]]


def _cross_entropy(p: NamedArray, y: NamedArray, by_shape: bool) -> list[Step]:
    P, Y = p.value[0], y.value[0]
    classes = (("C", len(P)),)
    row_p = NamedArray("p", "p", P, classes)
    row_y = NamedArray("y", "y", Y, classes)
    slope = NamedArray(
        "dl/dp", r"\frac{\partial \ell}{\partial p}", np.where(Y > 0.0, -Y / P, 0.0), classes
    )
    jacobian = NamedArray(
        "dp/dz",
        r"\frac{\partial p}{\partial z}",
        np.diag(P) - np.outer(P, P),
        (("C", len(P)), ("C", len(P))),
    )
    result = NamedArray(
        "dl/dz", r"\frac{\partial \ell}{\partial z}", slope.value @ jacobian.value, classes
    )

    def show(array: NamedArray) -> str:
        return matrix(array.value, by_shape)

    return [
        Step(
            phase="backward",
            title="Derive dZ: the gradient of the log",
            symbols=r"\ell = -\ln p_y, \qquad \frac{\partial \ell}{\partial p_k} = "
            r"-\frac{y_k}{p_k}",
            numbers=rf"{slope.latex} = {show(slope)}",
            arrays=(p, y, row_p, row_y, slope),
            reads=("P", "Y"),
            writes=("p", "y", "dl/dp"),
            sentence="The first sample alone: only the probability of the right class enters the "
            "loss, so only it has a slope. It is steep where that probability is small.",
            source=Tensor.log,
        ),
        Step(
            phase="backward",
            title="Derive dZ: the Jacobian of the softmax",
            symbols=r"\frac{\partial p_k}{\partial z_j} = p_k \left([k = j] - p_j\right), \qquad "
            r"\frac{\partial p}{\partial z} = \mathrm{diag}(p) - p \, p^{\top}",
            numbers=rf"{jacobian.latex} = \mathrm{{diag}}{show(row_p)} - {show(row_p)}^{{\top}} "
            rf"{show(row_p)} = {show(jacobian)}",
            arrays=(row_p, jacobian),
            reads=("p",),
            writes=("dp/dz",),
            sentence="Raising one logit raises its own probability and lowers all others; each "
            "row sums to zero, because the probabilities always sum to one.",
            source=Softmax.kernel,
        ),
        Step(
            phase="backward",
            title="Derive dZ: their product is p - y",
            symbols=r"\frac{\partial \ell}{\partial z_j} = \sum_k -\frac{y_k}{p_k} \, p_k "
            r"\left([k = j] - p_j\right) = -y_j + p_j \sum_k y_k = p_j - y_j",
            numbers=rf"{result.latex} = {show(slope)} {show(jacobian)} = {show(result)} = "
            rf"{show(row_p)} - {show(row_y)}",
            arrays=(slope, jacobian, row_p, row_y, result),
            reads=("dl/dp", "dp/dz", "p", "y"),
            writes=("dl/dz",),
            sentence="The division by p cancels: what is left is the prediction minus the target. "
            "The engine computes just that, and never divides by a tiny p.",
            source=SoftmaxCrossEntropy.df,
        ),
    ]


def _binary_cross_entropy(p: NamedArray, y: NamedArray, by_shape: bool) -> list[Step]:
    P, Y = p.value[0], y.value[0]
    size = (("C", len(P)),)
    row_p, row_y = NamedArray("p", "p", P, size), NamedArray("y", "y", Y, size)
    slope = NamedArray(
        "dl/dp", r"\frac{\partial \ell}{\partial p}", (P - Y) / (P * (1.0 - P)), size
    )
    sigma = NamedArray("dp/dz", r"\frac{\partial p}{\partial z}", P * (1.0 - P), size)
    result = NamedArray(
        "dl/dz", r"\frac{\partial \ell}{\partial z}", slope.value * sigma.value, size
    )
    one, target = number(float(P[0])), number(float(Y[0]))
    return [
        Step(
            phase="backward",
            title="Derive dZ: the gradient of the log",
            symbols=r"\ell = -y \ln p - (1 - y) \ln(1 - p), \qquad \frac{\partial \ell}"
            r"{\partial p} = -\frac{y}{p} + \frac{1 - y}{1 - p} = \frac{p - y}{p \, (1 - p)}",
            numbers=rf"{slope.latex} = \frac{{{one} - {target}}}{{{one} \, (1 - {one})}} = "
            rf"{number(float(slope.value[0]))}",
            arrays=(p, y, row_p, row_y, slope),
            reads=("P", "Y"),
            writes=("p", "y", "dl/dp"),
            sentence="The first sample alone: the loss is steep where the probability of the "
            "right answer is small.",
            source=Tensor.log,
        ),
        Step(
            phase="backward",
            title="Derive dZ: the derivative of the sigmoid",
            symbols=r"p = \sigma(z), \qquad \frac{\partial p}{\partial z} = p \, (1 - p)",
            numbers=rf"{sigma.latex} = {one} \, (1 - {one}) = {number(float(sigma.value[0]))}",
            arrays=(row_p, sigma),
            reads=("p",),
            writes=("dp/dz",),
            sentence="The sigmoid is steepest in the middle and flat at both ends.",
            source=Sigmoid.df,
        ),
        Step(
            phase="backward",
            title="Derive dZ: their product is p - y",
            symbols=r"\frac{\partial \ell}{\partial z} = \frac{p - y}{p \, (1 - p)} \; "
            r"p \, (1 - p) = p - y",
            numbers=rf"{result.latex} = {signed(float(slope.value[0]))} \cdot "
            rf"{number(float(sigma.value[0]))} = {number(float(result.value[0]))} = "
            rf"{one} - {target}",
            arrays=(slope, sigma, row_p, row_y, result),
            reads=("dl/dp", "dp/dz", "p", "y"),
            writes=("dl/dz",),
            sentence="The flat ends of the sigmoid cancel against the steep log: what is left is "
            "the prediction minus the target.",
            source=BinaryCrossEntropy.df,
        ),
    ]


def _squared_error(z: NamedArray, y: NamedArray, by_shape: bool) -> list[Step]:
    outputs = (("C", z.value.shape[1]),)
    row_z = NamedArray("z", "z", z.value[0], outputs)
    row_y = NamedArray("y", "y", y.value[0], outputs)
    result = NamedArray(
        "dl/dz", r"\frac{\partial \ell}{\partial z}", 2.0 * (row_z.value - row_y.value), outputs
    )
    shown = [matrix(array.value, by_shape) for array in (row_z, row_y, result)]
    return [
        Step(
            phase="backward",
            title="Derive dZ: the slope of the square",
            symbols=r"\ell = \sum_c (z_c - y_c)^2, \qquad \frac{\partial \ell}{\partial z_c} = "
            r"2 \, (z_c - y_c)",
            numbers=rf"{result.latex} = 2 \left({shown[0]} - {shown[1]}\right) = {shown[2]}",
            arrays=(z, y, row_z, row_y, result),
            reads=(z.name, "Y"),
            writes=("z", "y", "dl/dz"),
            sentence="The first sample alone: the square is twice as steep as its side is long. "
            "The mean then divides by B and by C.",
            source=MeanSquaredError.df,
        )
    ]


DERIVATIONS: Final[Mapping[type[Loss], Deriving]] = {
    SoftmaxCrossEntropy: _cross_entropy,
    BinaryCrossEntropy: _binary_cross_entropy,
    MeanSquaredError: _squared_error,
}
