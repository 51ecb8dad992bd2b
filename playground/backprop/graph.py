"""The computational graph of the loss, laid out from left to right and tied to the trace's steps.

Nodes and values are those of ``engine.study.autograd``, and so are the right gradients. Where the
trace computes a node's gradient, it is the trace's own, with its bug; from there it is sent on to
the nodes that the trace has no name for, one share from each use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import Template

import numpy as np

from engine.core.validation import Array
from engine.study.autograd import Node
from engine.study.autograd_network import MLP
from playground.backprop.latex import number
from playground.backprop.network import Network
from playground.backprop.operations import Use, operation_of
from playground.backprop.trace import Trace, same

Point = tuple[float, float]
Shares = tuple[tuple[int, Array], ...]  # by the child's index


@dataclass(frozen=True)
class GraphNode:
    """One node. ``array`` is the trace's name for its value, or "" if the trace has none.

    ``gradient`` is what the trace has for dL/dnode, None for what is given or follows from that
    alone; ``right`` is what it should be. ``arriving`` holds the gradients that come back from each
    use, by the child's index: their sum is ``gradient``, but where a bug computes it.
    ``value_step`` and ``gradient_step`` say from which step of the trace on each is known; None if
    never. ``local`` is LaTeX, a line for each parent that has a gradient.
    """

    index: int
    operation: str
    array: str
    latex: str
    formula: str
    local: tuple[str, ...]
    value: Array
    gradient: Array | None
    right: Array | None
    parents: tuple[int, ...]
    arriving: Shares
    place: Point
    value_step: int
    gradient_step: int | None

    @property
    def name(self) -> str:
        """What its gradient is that of, in words: "W1", or "u7" where the trace has no name."""
        return self.array or f"u{self.index}"

    @property
    def fans_out(self) -> bool:
        """Whether its gradient is a sum of several."""
        return len(self.arriving) > 1

    @property
    def wrong(self) -> bool:
        """Whether a bug gives it another gradient than it should have."""
        return not (self.gradient is None or self.right is None or same(self.gradient, self.right))

    @property
    def broken(self) -> bool:
        """Whether it is wrong by a bug of its own: its gradient is not what arrives."""
        if not self.wrong or self.gradient is None or not self.arriving:
            return False
        total = sum((share for _, share in self.arriving), np.zeros_like(self.value))
        return not same(self.gradient, total)


@dataclass(frozen=True)
class GraphEdge:
    """A line from a node to one that uses it, over the points of ``route``."""

    source: int
    target: int
    route: tuple[Point, ...]
    step: int  # of the trace, from which on it is drawn


@dataclass(frozen=True)
class Graph:
    """Nodes, parents before children, and edges. Places are whole numbers: column and lane."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]

    def values_known(self, step: int) -> frozenset[int]:
        """The nodes whose value is known after this step of the trace."""
        return frozenset(node.index for node in self.nodes if node.value_step <= step)

    def gradients_known(self, step: int) -> frozenset[int]:
        """The nodes whose gradient is known after this step of the trace."""
        return frozenset(
            node.index
            for node in self.nodes
            if node.gradient_step is not None and node.gradient_step <= step
        )


def graph_of(path: Trace) -> Graph:
    """The graph of the trace's network, with the trace's gradients and the right ones."""
    network = path.network
    root = MLP(network.model).loss(network.loss, network.X, network.y)
    root.backward()
    nodes = root.graph()
    children = _children(nodes)
    layers = _layers(nodes)
    names = _names(nodes, layers, network.depth)
    values = _value_steps(nodes, layers, names, children, path)
    places, routes = _lay_out(nodes, children)
    latex = [_latex(index, node, names[index], path) for index, node in enumerate(nodes)]
    gradients, arriving = _gradients(nodes, layers, names, children, path)
    built = tuple(
        GraphNode(
            index,
            node.operation,
            names[index],
            latex[index],
            *_formulas(nodes, latex, index),
            node.value,
            gradients[index],
            node.gradient,
            node.parents,
            arriving[index],
            places[index],
            values[index],
            _gradient_step(node, layers[index], names[index], path),
        )
        for index, node in enumerate(nodes)
    )
    edges = tuple(
        GraphEdge(source, target, route, values[target])
        for (source, target), route in routes.items()
    )
    return Graph(built, edges)


# --- what a node is -----------------------------------------------------------------------------


def _children(nodes: list[Node]) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in nodes]
    for index, node in enumerate(nodes):
        for parent in dict.fromkeys(node.parents):
            found[parent].append(index)
    return found


def _layers(nodes: list[Node]) -> list[int]:
    """To which layer each node belongs: that of the last weights on its way."""
    found: list[int] = []
    for node in nodes:
        own = int(node.name[1:]) if node.name[1:] else 0
        found.append(max([own, *(found[parent] for parent in node.parents)]))
    return found


def _names(nodes: list[Node], layers: list[int], depth: int) -> list[str]:
    """The trace's name for each node's value, where it has one."""
    names = [node.name for node in nodes]
    for index, node in enumerate(nodes):
        if node.operation == "+" and any(
            nodes[p].name == f"b{layers[index]}" for p in node.parents
        ):
            names[index] = f"Z{layers[index]}"
    for node in nodes:
        if node.operation == "@" and not names[node.parents[0]]:
            names[node.parents[0]] = f"A{layers[node.parents[0]]}"
    names[-1] = "L"
    return names


def _latex(index: int, node: Node, name: str, path: Trace) -> str:
    if name in path.arrays:
        return path.arrays[name].latex
    if node.operation == "constant" and node.value.size == 1:
        text = number(float(node.value.item()))
        return f"({text})" if text.startswith("-") else text
    return rf"c_{{{index}}}" if node.operation == "constant" else rf"u_{{{index}}}"


def _formulas(nodes: list[Node], latex: list[str], index: int) -> tuple[str, tuple[str, ...]]:
    """What the node computes, and its local derivatives; nothing for one that was given."""
    parents = nodes[index].parents
    if not parents:
        return "", ()
    operation = operation_of(nodes[index].operation)
    letters = {letter: latex[parent] for letter, parent in zip("ab", parents, strict=False)}
    letters["u"] = latex[index]
    local = tuple(
        Template(text).substitute(letters)
        for text, parent in zip(operation.local, parents, strict=True)
        if nodes[parent].gradient is not None
    )
    return f"{latex[index]} = {Template(operation.formula).substitute(letters)}", local


# --- the way back -------------------------------------------------------------------------------


def _gradients(
    nodes: list[Node],
    layers: list[int],
    names: list[str],
    children: list[list[int]],
    path: Trace,
) -> tuple[list[Array | None], list[Shares]]:
    """Each node's gradient as the trace has it, and the shares of it that its uses send back."""
    gradients: list[Array | None] = [None] * len(nodes)
    arriving: list[Shares] = [()] * len(nodes)
    for index in reversed(range(len(nodes))):
        node = nodes[index]
        if node.gradient is None:
            continue
        shares = _arriving(nodes, index, children[index], gradients, path.network)
        arriving[index] = tuple(shares)
        # A product's gradient is that of the sum z which it is a term of.
        own = f"dZ{layers[index]}" if node.operation == "@" else f"d{names[index]}"
        if own in path.arrays:
            gradients[index] = path.arrays[own].value
        elif arriving[index]:
            gradients[index] = sum((s for _, s in arriving[index]), np.zeros_like(node.value))
        else:
            gradients[index] = node.gradient  # the loss, with which the way back begins
    return gradients, arriving


def _arriving(
    nodes: list[Node],
    index: int,
    children: list[int],
    gradients: list[Array | None],
    network: Network,
) -> Iterator[tuple[int, Array]]:
    """The gradient that each use of a node sends back to it; none of a shape that does not fit."""
    for child in children:
        node, gradient = nodes[child], gradients[child]
        if gradient is None or gradient.shape != node.shape:
            continue
        use = Use(tuple(nodes[p].value for p in node.parents), node.value, gradient, network)
        operation = operation_of(node.operation)
        for parent, pull in zip(node.parents, operation.pulls, strict=True):
            if parent == index:
                yield child, _folded(pull(use), nodes[index].shape)


def _folded(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Summed over the axes along which an operand of this shape was repeated."""
    added = gradient.ndim - len(shape)
    repeated = tuple(i for i, n in enumerate(shape, start=added) if n == 1)
    result: Array = gradient.sum(axis=(*range(added), *repeated), keepdims=True).reshape(shape)
    return result


# --- when it is known ---------------------------------------------------------------------------


def _value_steps(
    nodes: list[Node],
    layers: list[int],
    names: list[str],
    children: list[list[int]],
    path: Trace,
) -> list[int]:
    written, last = path.written, path.network.depth
    softened = _before_log(nodes) if "P" in written else frozenset()
    steps: list[int] = []
    for index, node in enumerate(nodes):
        if names[index] in written:
            steps.append(written[names[index]])
        elif node.gradient is None:
            steps.append(0)  # a constant: set below, to when what uses it is known
        elif node.operation == "@":
            steps.append(written[f"Z{layers[index]}"])
        elif layers[index] < last:
            steps.append(written[f"A{layers[index]}"])
        else:
            steps.append(written["P" if index in softened else "L"])
    for index in reversed(range(len(nodes))):
        if nodes[index].gradient is None and not nodes[index].name:
            steps[index] = min(steps[child] for child in children[index])
    return steps


def _before_log(nodes: list[Node]) -> frozenset[int]:
    """The nodes that the logarithm of the softmax's sum is computed from."""
    found: set[int] = set()
    stack = [parent for node in nodes if node.operation == "log" for parent in node.parents]
    while stack:
        index = stack.pop()
        if index not in found:
            found.add(index)
            stack.extend(nodes[index].parents)
    return frozenset(found)


def _gradient_step(node: Node, layer: int, name: str, path: Trace) -> int | None:
    if node.gradient is None:
        return None
    written, last = path.written, path.network.depth
    if name == "L":
        return written["dl/dz"] - len([n for n in ("dl/dp", "dp/dz") if n in written])
    if name and f"d{name}" in written:
        return written[f"d{name}"]
    inner = f"dZ{layer}" if not name or name == f"Z{layer}" else f"d{name}"
    return written.get(inner if layer <= last else f"dZ{last}")


# --- where it is drawn ----------------------------------------------------------------------------


def _lay_out(
    nodes: list[Node], children: list[list[int]]
) -> tuple[list[Point], dict[tuple[int, int], tuple[Point, ...]]]:
    """A place for each node and a route for each edge, no two of them over one another.

    A computed node stands one column to the right of the last that it needs; what is given, or
    follows from constants alone, just left of its first use and below. An edge that spans columns
    takes a lane of its own through those between (Sugiyama, Tagawa & Toda 1981, without the
    ordering by crossings: the graph is almost a chain).
    """
    columns = [0] * len(nodes)
    for index, node in enumerate(nodes):
        if node.parents:
            columns[index] = 1 + max(columns[parent] for parent in node.parents)
    for index in reversed(range(len(nodes))):
        if _given(nodes[index]):
            columns[index] = min(columns[child] for child in children[index]) - 1
    taken: set[tuple[int, int]] = set()
    places: list[Point] = []
    for index, node in enumerate(nodes):
        lane, way = (-1, -1) if _given(node) and node.name != "X" else (0, 1)
        while (columns[index], lane) in taken:
            lane += way
        taken.add((columns[index], lane))
        places.append((float(columns[index]), float(lane)))
    routes: dict[tuple[int, int], tuple[Point, ...]] = {}
    for target, node in enumerate(nodes):
        for source in dict.fromkeys(node.parents):
            between = range(columns[source] + 1, columns[target])
            lane = 1
            while any((column, lane) in taken for column in between):
                lane += 1
            taken |= {(column, lane) for column in between}
            bends = [(float(column), float(lane)) for column in between]
            routes[source, target] = (places[source], *bends, places[target])
    return places, routes


def _given(node: Node) -> bool:
    """Whether a node is a source, or was computed from constants alone."""
    return not node.parents or node.gradient is None
