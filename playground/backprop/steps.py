"""The trace: forward pass, loss, backward pass and update of one network, an operation a step.

B batch, I fan_in, O fan_out, C outputs; arrays are row-major as in the engine's public API, where
the engine itself works feature-major. Activations, losses and the update are the engine's own.
Rumelhart, Hinton & Williams 1986, "Learning representations by back-propagating errors".
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType

import numpy as np

from engine import SGD, Dense
from engine.core.activations import Softmax
from engine.core.validation import Array
from playground.backprop.bugs import rules_of
from playground.backprop.derivation import DERIVATIONS
from playground.backprop.latex import number, total
from playground.backprop.losses import SQUASHES, WORDS
from playground.backprop.network import Network, network_of
from playground.backprop.rules import CORRECT, Rules, Targets
from playground.backprop.settings import BackpropSettings
from playground.backprop.step import (
    Dims,
    NamedArray,
    Step,
    Term,
)
from playground.backprop.trace import Path, Trace, layer_of, to_come
from playground.settings.config import ACTIVATION_LABELS


@lru_cache(maxsize=8)  # each view of the page asks for it, and so do the checks
def trace_of(settings: BackpropSettings) -> Trace:
    """The trace that the settings describe, with their bug."""
    return trace(network_of(settings), rules_of(settings.walk_bug))


def trace(network: Network, rules: Rules = CORRECT) -> Trace:
    """One training step of a network, traced. The network's weights stay as they are."""
    path = Path(network, rules)
    with np.errstate(all="ignore"):
        for part in (_forward, _lose, _derive, _back, _update):
            if not path.stopped:
                part(path)
    return Trace(network, tuple(path.steps), MappingProxyType(path.arrays))


def _input(path: Path, layer: int) -> NamedArray:
    """What layer 1, 2, ... is fed."""
    return path.as_input("X" if layer == 1 else f"A{layer - 1}")


# --- forward ------------------------------------------------------------------------------------


def _forward(path: Path) -> None:
    network, sizes = path.network, path.network.sizes
    path.write("X", "X", network.X, (path.B, ("fan in", sizes[0])))
    path.write("Y", "Y", network.Y, (path.B, ("C", sizes[-1])))
    for name, value in network.parameters().items():
        fan_in, fan_out = sizes[layer_of(name) - 1 : layer_of(name) + 1]
        ends: Dims = (("fan in", fan_in), ("fan out", fan_out))
        latex = rf"{'W' if name[0] == 'W' else 'b'}_{{{name[1:]}}}"
        path.write(name, latex, value, ends if name[0] == "W" else ends[1:])
    given = tuple(path.arrays.values())
    path.steps.append(
        Step(
            phase="forward",
            title="What is given: samples, targets, weights",
            symbols=r"X,\; Y,\; " + r",\; ".join(array.latex for array in given[2:]),
            numbers=r",\quad ".join(f"{a.latex} = {path.show(a.value)}" for a in given[:2]),
            arrays=given,
            reads=(),
            writes=tuple(array.name for array in given),
            sentence="A row of X is a sample, and the same row of Y is its target"
            + (", one-hot." if network.loss.folds is Softmax else "."),
            source=type(network.loss).targets,
        )
    )
    for layer in range(1, network.depth + 1):
        _sums(path, layer)
        if layer < network.depth:
            _activate(path, layer)


def _sums(path: Path, layer: int) -> None:
    sizes = path.network.sizes
    a, w, b = _input(path, layer), path.arrays[f"W{layer}"], path.arrays[f"b{layer}"]
    path.operate(
        to_come(f"Z{layer}", rf"Z_{{{layer}}}", (path.B, ("fan out", sizes[layer]))),
        lambda: a.value @ w.value + b.value,
        "$a $w + $b",
        {"a": a, "w": w, "b": b},
        phase="forward",
        title=f"Layer {layer}: weighted sums",
        sentence=f"Each of the {_count(sizes[layer], 'unit')} weighs its "
        f"{_count(sizes[layer - 1], 'input')} and adds its bias. The bias is added to every row."
        if sizes[layer] > 1
        else f"The unit weighs its {_count(sizes[layer - 1], 'input')} and adds its bias, the "
        "same for every row.",
        source=Dense.bind,
        layer=layer,
    )


def _activate(path: Path, layer: int) -> None:
    activation, z = path.network.activation, path.arrays[f"Z{layer}"]
    path.operate(
        to_come(f"A{layer}", rf"A_{{{layer}}}", z.dims),
        lambda: activation(z.value),
        r"\varphi\left($z\right)",
        {"z": z},
        phase="forward",
        title=f"Layer {layer}: {_named(path.network)}",
        sentence="The activation bends each number by itself. Without it, all layers together "
        "would be one.",
        source=type(activation).f,
        layer=layer,
    )


def _named(network: Network) -> str:
    return ACTIVATION_LABELS[network.activation.name]


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


# --- the loss -----------------------------------------------------------------------------------


def _lose(path: Path) -> None:
    network, z, outputs = path.network, path.logits, path.network.sizes[-1]
    kind = type(network.loss)
    if kind in SQUASHES:
        squash = SQUASHES[kind]
        path.operate(
            to_come("P", "P", (path.B, ("C", outputs))),
            lambda: network.predictions(z.value),
            squash.formula,
            {"z": z},
            phase="loss",
            title=f"Probabilities: {squash.name}",
            sentence=squash.sentence,
            source=squash.source,
        )
    p, y, words = path.prediction, path.arrays["Y"], WORDS[kind]
    if network.by_shapes:
        terms = total([*words.terms(p.value[:1], y.value[:1])[:1], r"\cdots"])
    else:
        terms = total(words.terms(p.value, y.value))
    count = len(y.value) * (1 if kind in SQUASHES else outputs)
    path.operate(
        to_come("L", "L", ()),
        lambda: np.asarray(network.loss.value(z.value, network.y)),
        words.value,
        {"p": p, "y": y},
        phase="loss",
        title="The loss: one number for the whole batch",
        sentence=words.sentence,
        source=kind.f,
        numbers=rf"{words.sign}\tfrac{{1}}{{{count}}} \left({terms}\right)",
    )


# --- backward -----------------------------------------------------------------------------------


def _derive(path: Path) -> None:
    derive = DERIVATIONS[type(path.network.loss)]
    steps = derive(path.prediction, path.arrays["Y"], path.network.by_shapes)
    for step in steps:
        for array in step.arrays:
            if array.name in step.writes:
                array.value.setflags(write=False)
                path.arrays[array.name] = array
    path.steps += steps


def _back(path: Path) -> None:
    """The gradient at the outputs, and then through each layer, from the last to the first."""
    network, words = path.network, WORDS[type(path.network.loss)]
    p, y = path.prediction, path.arrays["Y"]
    outputs, last = network.sizes[-1], network.depth
    summed = 1.0 if network.loss.folds is not None else 2.0 / outputs
    targets = Targets(y.value, network.flat, summed / network.batch, summed)
    flat = NamedArray("Y", r"Y_{\text{flat}}", network.flat, (("list", network.flat.size),))
    rule = path.rules.output
    used = {"p": p} | ({"flat": flat} if "$flat" in rule.formula else {"y": y})
    path.operate(
        to_come(f"dZ{last}", _d("Z", last), (path.B, ("C", outputs))),
        lambda: rule.compute(p.value, targets),
        rule.formula,
        used | {"mean": words.mean(network), "summed": words.summed(network)},
        phase="backward",
        title=f"Gradient at the outputs: dZ{last}",
        sentence=rule.sentence,
        source=type(network.loss).df,
        layer=last,
        faulty=rule is not CORRECT.output,
    )
    for layer in range(last, 0, -1):
        for part in (_weight_gradient, _bias_gradient, _through):
            if not path.stopped and (layer > 1 or part is not _through):
                part(path, layer)


def _d(letter: str, layer: int) -> str:
    return rf"\mathrm{{d}}{letter}_{{{layer}}}"


def _weight_gradient(path: Path, layer: int) -> None:
    a, dz, rule = _input(path, layer), path.arrays[f"dZ{layer}"], path.rules.weight
    path.operate(
        to_come(f"dW{layer}", _d("W", layer), path.arrays[f"W{layer}"].dims),
        lambda: rule.compute(a.value, dz.value),
        rule.formula,
        {"a": a, "dz": dz},
        phase="backward",
        title=f"Layer {layer}: gradient of the weights",
        sentence=rule.sentence,
        source=Dense.bind,
        layer=layer,
        faulty=rule is not CORRECT.weight,
    )


def _bias_gradient(path: Path, layer: int) -> None:
    dz, b, rule = path.arrays[f"dZ{layer}"], path.arrays[f"b{layer}"], path.rules.bias
    path.operate(
        to_come(f"db{layer}", _d("b", layer), b.dims),
        lambda: rule.compute(dz.value, b.value),
        rule.formula,
        {"dz": dz},
        phase="backward",
        title=f"Layer {layer}: gradient of the biases",
        sentence=rule.sentence,
        source=Dense.bind,
        layer=layer,
        faulty=rule is not CORRECT.bias,
    )


def _through(path: Path, layer: int) -> None:
    """Back through layer's weights, and through the activation below them."""
    network, below = path.network, layer - 1
    dz, w = path.arrays[f"dZ{layer}"], path.arrays[f"W{layer}"]
    dims, rule = (path.B, ("fan in", network.sizes[below])), path.rules.below
    path.operate(
        to_come(f"dA{below}", _d("A", below), dims),
        lambda: rule.compute(dz.value, w.value),
        rule.formula,
        {"dz": dz, "w": w},
        phase="backward",
        title=f"Layer {layer}: back to its inputs",
        sentence=rule.sentence,
        source=Dense.bind,
        layer=layer,
        faulty=rule is not CORRECT.below,
    )
    if path.stopped:
        return
    da, z = path.arrays[f"dA{below}"], path.arrays[f"Z{below}"]
    slope = NamedArray(
        f"slope{below}",
        rf"\varphi'\left({z.latex}\right)",
        network.activation.derivative(z.value),
        z.dims,
    )
    bend = path.rules.through
    sloped = "$slope" in bend.formula
    used = {"da": da} | ({"slope": slope} if sloped else {})
    path.operate(
        to_come(f"dZ{below}", _d("Z", below), (path.B, ("fan out", network.sizes[below]))),
        lambda: bend.compute(da.value, slope.value),
        bend.formula,
        used,
        phase="backward",
        title=f"Layer {below}: back through {_named(network)}",
        sentence=bend.sentence,
        source=type(network.activation).df,
        layer=below,
        faulty=bend is not CORRECT.through,
        reads=(da.name, z.name) if sloped else (da.name,),
    )


# --- update -------------------------------------------------------------------------------------


def _update(path: Path) -> None:
    network = path.network
    for name in network.parameters():
        if not path.stopped:
            _update_one(path, name)
    if path.stopped:
        return
    before, parameters = path.arrays["L"], list(network.parameters())
    new = {f"p{i}": path.arrays[f"{name}'"] for i, name in enumerate(parameters)}
    path.operate(
        to_come("L'", "L'", ()),
        lambda: np.asarray(_loss_with(path)),
        r"L\left(" + r",\, ".join(f"${key}" for key in new) + r"\right)",
        new,
        phase="update",
        title="The loss after the update",
        sentence="The same batch once more. A small enough learning rate lowers the loss; a large "
        "one may step over the valley."
        if path.rules is CORRECT
        else "The same batch once more. Along a wrong gradient even a small step may raise the "
        "loss.",
        source=type(network.loss).df,
        numbers=rf"L = {number(float(before.value))} \quad\to\quad L'",
    )


def _update_one(path: Path, name: str) -> None:
    network, w, dw = path.network, path.arrays[name], path.arrays[f"d{name}"]
    path.operate(
        to_come(f"{name}'", rf"{name[0]}'_{{{name[1:]}}}", w.dims),
        lambda: _descend(network, w.value, dw.value),
        r"$w - $eta \, $dw",
        {"w": w, "eta": Term(r"\eta", number(network.learning_rate)), "dw": dw},
        phase="update",
        title=f"Update of {name}",
        sentence="A step against the gradient, as long as the learning rate makes it."
        if path.rules is CORRECT
        else "A step against what the steps before took for the gradient.",
        source=SGD.step,
        layer=layer_of(name),
    )


def _descend(network: Network, w: Array, gradient: Array) -> Array:
    """w after a step of the engine's SGD, which works in place and so refuses another shape."""
    new = w.copy()
    optimizer = SGD(network.learning_rate)
    flat = new.reshape(-1)
    optimizer.prepare(flat)
    fits = gradient.shape == w.shape
    optimizer.update(flat, gradient.ravel() if fits else gradient, network.learning_rate)
    return new


def _loss_with(path: Path) -> float:
    """The loss of the batch with the updated weights."""
    network, a = path.network, path.network.X
    for layer in range(1, network.depth + 1):
        z = a @ path.arrays[f"W{layer}'"].value + path.arrays[f"b{layer}'"].value
        a = network.activation(z)
    return network.loss.value(z, network.y)
