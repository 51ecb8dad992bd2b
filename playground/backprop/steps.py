"""The trace: forward pass, loss, backward pass and update of one network, an operation a step.

B batch, I fan_in, O fan_out, C outputs; arrays are row-major as in the engine's public API, where
the engine itself works feature-major. Activations, losses and the update are the engine's own.
Rumelhart, Hinton & Williams 1986, "Learning representations by back-propagating errors".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from string import Template
from types import MappingProxyType
from typing import Final

import numpy as np

from engine import SGD, Dense, MeanSquaredError
from engine.core.activations import Softmax
from engine.core.validation import Array
from playground.backprop.bugs import rules_of
from playground.backprop.latex import matrix, number, total
from playground.backprop.losses import WORDS
from playground.backprop.network import Network, network_of
from playground.backprop.rules import CORRECT, Rule
from playground.backprop.settings import BackpropSettings
from playground.backprop.step import Code, Dims, NamedArray, Phase, Step, Term
from playground.backprop.trace import Path, Stopped, Trace
from playground.backprop.words import steps as words
from playground.settings.config import ACTIVATION_LABELS


@lru_cache(maxsize=8)  # each view of the page asks for it, and so do the checks
def trace_of(settings: BackpropSettings) -> Trace:
    """The trace that the settings describe, with their bug."""
    return trace(network_of(settings), rules_of(settings.walk_bug))


def trace(network: Network, rules: Mapping[str, Rule] = CORRECT) -> Trace:
    """One training step of a network, traced. The network's weights stay as they are."""
    path = Path(network, rules)
    with np.errstate(all="ignore"), suppress(Stopped):
        for phase, parts in _PARTS.items():
            path.phase = phase
            for part in parts:
                part(path)
    return Trace(network, tuple(path.steps), MappingProxyType(path.arrays))


# --- forward ------------------------------------------------------------------------------------


def _give(path: Path) -> None:
    network, sizes = path.network, path.network.sizes
    path.write("X", network.X, path.rows(words.FAN_IN, sizes[0]))
    path.write("Y", network.Y, path.rows("C", sizes[-1]))
    for name, value in network.parameters().items():
        layer = int(name[1:])
        ends: Dims = ((words.FAN_IN, sizes[layer - 1]), (words.FAN_OUT, sizes[layer]))
        path.write(name, value, ends[-value.ndim :])
    X, Y, *weights = given = tuple(path.arrays.values())
    path.steps.append(
        Step(
            phase="forward",
            title=words.GIVEN,
            symbols=r"X,\; Y,\; " + r",\; ".join(array.latex for array in weights),
            numbers=r",\quad ".join(
                f"{a.latex} = {matrix(a.value, network.by_shapes)}" for a in (X, Y)
            ),
            read=(),
            written=given,
            sentence=words.given(one_hot=network.loss.folds is Softmax),
            source=type(network.loss).targets,
        )
    )


def _forward(path: Path) -> None:
    network = path.network
    activation = network.activation
    for layer, (fan_in, fan_out) in enumerate(network.fans, start=1):
        a, w, b = path.inputs(layer), path.arrays[f"W{layer}"], path.arrays[f"b{layer}"]
        path.operate(
            f"Z{layer}",
            path.rows(words.FAN_OUT, fan_out),
            lambda a, w, b: a @ w + b,
            "$a $w + $b",
            {"a": a, "w": w, "b": b},
            title=words.weighted_sums(layer),
            sentence=words.weighs(fan_in, fan_out),
            source=Dense.bind,
        )
        if layer < network.depth:
            z = path.arrays[f"Z{layer}"]
            path.operate(
                f"A{layer}",
                z.dims,
                activation,
                r"\varphi\left($z\right)",
                {"z": z},
                title=words.activated(layer, ACTIVATION_LABELS[activation.name]),
                sentence=words.BENDS,
                source=type(activation).f,
            )


# --- the loss -----------------------------------------------------------------------------------


def _lose(path: Path) -> None:
    network, z = path.network, path.logits
    loss = WORDS[type(network.loss)]
    if loss.squash is not None:
        path.operate(
            "P",
            path.rows("C", network.sizes[-1]),
            network.predictions,
            loss.squash.formula,
            {"z": z},
            title=words.probabilities(loss.squash.name),
            sentence=loss.squash.sentence,
            source=loss.squash.source,
        )
    p, y = path.prediction, path.arrays["Y"]
    every = loss.terms(p.value, y.value)
    terms = total([every[0], r"\cdots"] if network.by_shapes else every)
    path.operate(
        "L",
        (),
        lambda p, y: network.loss.value(z.value, network.y),
        loss.value,
        {"p": p, "y": y},
        title=words.THE_LOSS,
        sentence=loss.sentence,
        source=type(network.loss).f,
        numbers=rf"{loss.sign}\tfrac{{1}}{{{len(every)}}} \left({terms}\right)",
    )


# --- backward -----------------------------------------------------------------------------------


def _derive(path: Path) -> None:
    derive = WORDS[type(path.network.loss)].derive
    for step in derive(path.prediction, path.arrays["Y"], path.network.by_shapes):
        path.steps.append(step)
        path.arrays |= {array.name: array for array in step.written}


def _back(path: Path) -> None:
    """The gradient at the outputs, and then through each layer, from the last to the first."""
    network, last = path.network, path.network.depth
    activation, loss = network.activation, WORDS[type(network.loss)]
    known: dict[str, NamedArray | Term] = {
        "p": path.prediction,
        "y": path.arrays["Y"],
        "flat": NamedArray(
            "Y", r"Y_{\text{flat}}", network.flat, ((words.FLAT, network.flat.size),)
        ),
        **loss.factors(network),
    }
    dims, source = path.rows("C", network.sizes[-1]), type(network.loss).df
    title = words.output_gradient(last)
    if loss.through is None:
        _follow(path, "output", f"dZ{last}", dims, known, title, source)
    else:
        named = words.PROBABILITY_GRADIENT
        _follow(path, "output", "dP", dims, known, named, MeanSquaredError.df)
        path.operate(
            f"dZ{last}",
            dims,
            loss.through.compute,
            loss.through.formula,
            {"dp": path.arrays["dP"], "p": path.prediction},
            title=title,
            sentence=loss.through.sentence,
            source=source,
        )
    for layer in range(last, 0, -1):
        w, b, dz = (path.arrays[f"{name}{layer}"] for name in ("W", "b", "dZ"))
        known = {"a": path.inputs(layer), "dz": dz, "w": w}
        title = words.weight_gradient(layer)
        _follow(path, "weight", f"dW{layer}", w.dims, known, title, Dense.bind)
        title = words.bias_gradient(layer)
        _follow(path, "bias", f"db{layer}", b.dims, known, title, Dense.bind)
        if layer == 1:
            return
        below, title = layer - 1, words.to_inputs(layer)
        _follow(path, "below", f"dA{below}", path.inputs(layer).dims, known, title, Dense.bind)
        z = path.arrays[f"Z{below}"]
        bend, latex = activation.derivative(z.value), rf"\varphi'\left({z.latex}\right)"
        slope = NamedArray(f"slope{below}", latex, bend, z.dims, of=z.name)
        known = {"da": path.arrays[f"dA{below}"], "slope": slope}
        title = words.through(below, ACTIVATION_LABELS[activation.name])
        _follow(path, "through", f"dZ{below}", z.dims, known, title, type(activation).df)


def _follow(
    path: Path,
    name: str,
    result: str,
    dims: Dims,
    known: Mapping[str, NamedArray | Term],
    title: str,
    source: Code,
) -> None:
    """Compute an array by the rule ``name``, from as much of what is known as its formula says."""
    rule = path.rules[name]
    named = Template(rule.formula).get_identifiers()
    used = {key: each for key, each in known.items() if key in named}
    path.operate(
        result,
        dims,
        rule.compute,
        rule.formula,
        used,
        title=title,
        sentence=rule.sentence,
        source=source,
        faulty=rule is not CORRECT[name],
    )


# --- update -------------------------------------------------------------------------------------


def _update(path: Path) -> None:
    network, right = path.network, path.rules == CORRECT
    eta = Term(r"\eta", number(network.learning_rate), network.learning_rate)
    new: dict[str, NamedArray] = {}
    for i, name in enumerate(network.parameters()):
        w, dw = path.arrays[name], path.arrays[f"d{name}"]
        path.operate(
            f"{name}'",
            w.dims,
            lambda w, eta, dw: _descend(w, dw, eta),
            r"$w - $eta \, $dw",
            {"w": w, "eta": eta, "dw": dw},
            title=words.update(name),
            sentence=words.DESCEND if right else words.DESCEND_WRONG,
            source=SGD.step,
        )
        new[f"p{i}"] = path.arrays[f"{name}'"]
    path.operate(
        "L'",
        (),
        lambda **new: _loss_with(network, list(new.values())),
        r"L\left(" + r",\, ".join(f"${key}" for key in new) + r"\right)",
        new,
        title=words.NEW_LOSS,
        sentence=words.ONCE_MORE if right else words.ONCE_MORE_WRONG,
        source=type(network.loss).df,
        numbers=rf"L = {number(float(path.arrays['L'].value))} \quad\to\quad L'",
    )


def _descend(w: Array, gradient: Array, rate: float) -> Array:
    """w after a step of the engine's SGD, which works in place and so refuses another shape."""
    new = w.copy()
    optimizer = SGD(rate)
    flat = new.reshape(-1)
    optimizer.prepare(flat)
    optimizer.update(flat, gradient.ravel() if gradient.shape == w.shape else gradient, rate)
    return new


def _loss_with(network: Network, parameters: list[Array]) -> float:
    """The loss of the batch with other weights and biases, in turns."""
    a = network.X
    for w, b in zip(parameters[::2], parameters[1::2], strict=True):
        z = a @ w + b
        a = network.activation(z)
    return network.loss.value(z, network.y)


_PARTS: Final[Mapping[Phase, tuple[Callable[[Path], None], ...]]] = {
    "forward": (_give, _forward),
    "loss": (_lose,),
    "backward": (_derive, _back),
    "update": (_update,),
}
