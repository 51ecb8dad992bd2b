"""The computational graph of the loss, laid out from left to right and tied to the trace's steps.

Nodes and values are those of ``engine.study.autograd``, and so are the right gradients. Where the
trace computes a node's gradient, it is the trace's own, with its bug; from there autograd's pulls
send it on to the nodes that the trace has no name for, one share from each use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import Template
from typing import Final

import numpy as np

from engine.core.validation import Array
from engine.study.autograd import Node
from engine.study.autograd_network import MLP
from engine.study.broadcasting import unbroadcast
from playground.backprop.latex import signed
from playground.backprop.operations import operation_of
from playground.backprop.trace import Trace, same

Point = tuple[float, float]
Shares = tuple[tuple[int, Array], ...]  # by the child's index

_DERIVATION: Final = ("dl/dp", "dp/dz", "dl/dz")  # what the trace derives before dZ


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
    return _Reading(path).graph()


class _Reading:
    """The nodes of autograd beside the trace: what it calls them, and what it says of them."""

    def __init__(self, path: Trace) -> None:
        network = path.network
        root = MLP(network.model).loss(network.loss, network.X, network.y)
        root.backward()
        self.path, self.written = path, path.written
        self.nodes = nodes = root.graph()
        self.children: list[list[int]] = [[] for _ in nodes]
        for index, node in enumerate(nodes):
            for parent in dict.fromkeys(node.parents):
                self.children[parent].append(index)
        # A node belongs to the layer of the last weights on its way.
        self.layers: list[int] = []
        for node in nodes:
            above = (self.layers[parent] for parent in node.parents)
            self.layers.append(max(int(node.name[1:] or 0), *above, 0))
        self.names = self._names()
        self.latex = [self._latex(index) for index in range(len(nodes))]

    def graph(self) -> Graph:
        places, routes = _lay_out(self.nodes, self.children)
        values = self._value_steps()
        gradients, arriving = self._gradients()
        nodes = tuple(
            GraphNode(
                index,
                node.operation,
                self.names[index],
                self.latex[index],
                *self._formulas(index),
                node.value,
                gradients[index],
                node.gradient,
                node.parents,
                arriving[index],
                places[index],
                values[index],
                self._gradient_step(index),
            )
            for index, node in enumerate(self.nodes)
        )
        edges = tuple(
            GraphEdge(source, target, route, values[target])
            for (source, target), route in routes.items()
        )
        return Graph(nodes, edges)

    def _names(self) -> list[str]:
        """The trace's name for each node's value, where it has one."""
        nodes, layers = self.nodes, self.layers
        names = [node.name for node in nodes]
        for index, node in enumerate(nodes):
            layer = layers[index]
            if node.operation == "+" and f"b{layer}" in (nodes[p].name for p in node.parents):
                names[index] = f"Z{layer}"
            if node.operation == "@" and not names[node.parents[0]]:
                names[node.parents[0]] = f"A{layers[node.parents[0]]}"
        if "dP" in self.path.arrays:  # the trace goes back by way of the probabilities
            given = self.path.arrays["P"].value
            names[next(i for i, node in enumerate(nodes) if _is(node, given))] = "P"
        names[-1] = "L"
        return names

    def _latex(self, index: int) -> str:
        node, name = self.nodes[index], self.names[index]
        if name in self.path.arrays:
            return self.path.arrays[name].latex
        if node.operation == "constant" and node.value.size == 1:
            return signed(float(node.value.item()))
        return rf"c_{{{index}}}" if node.operation == "constant" else rf"u_{{{index}}}"

    def _formulas(self, index: int) -> tuple[str, tuple[str, ...]]:
        """What the node computes, and its local derivatives; nothing for one that was given."""
        parents = self.nodes[index].parents
        if not parents:
            return "", ()
        operation = operation_of(self.nodes[index].operation)
        letters = dict(zip("uab", (self.latex[i] for i in (index, *parents)), strict=False))
        local = tuple(
            Template(text).substitute(letters)
            for text, parent in zip(operation.local, parents, strict=True)
            if self.nodes[parent].gradient is not None
        )
        return f"{self.latex[index]} = {Template(operation.formula).substitute(letters)}", local

    def _gradients(self) -> tuple[list[Array | None], list[Shares]]:
        """Each node's gradient as the trace has it, and the shares that its uses send back."""
        gradients: list[Array | None] = [None] * len(self.nodes)
        arriving: list[Shares] = [()] * len(self.nodes)
        for index in reversed(range(len(self.nodes))):
            node = self.nodes[index]
            if node.gradient is None:
                continue
            shares = arriving[index] = tuple(self._arriving(index, gradients))
            # A product's gradient is that of the sum z which it is a term of.
            product = node.operation == "@"
            own = f"dZ{self.layers[index]}" if product else f"d{self.names[index]}"
            if own in self.path.arrays:
                gradients[index] = self.path.arrays[own].value
            elif shares:
                gradients[index] = sum((share for _, share in shares), np.zeros_like(node.value))
            else:
                gradients[index] = node.gradient  # the loss, with which the way back begins
        return gradients, arriving

    def _arriving(
        self, index: int, gradients: Sequence[Array | None]
    ) -> Iterator[tuple[int, Array]]:
        """What each use of a node sends back to it; nothing of a shape that does not fit."""
        for child in self.children[index]:
            node, gradient = self.nodes[child], gradients[child]
            if gradient is not None and gradient.shape == node.shape:
                for parent, pull in zip(node.parents, node.pulls, strict=True):
                    if parent == index:
                        yield child, unbroadcast(pull(gradient), self.nodes[index].shape)

    def _value_steps(self) -> list[int]:
        """When each value is known: with its name, or with what is computed from it."""
        steps = [0] * len(self.nodes)
        for index in reversed(range(len(self.nodes))):
            if self.names[index] in self.written:
                steps[index] = self.written[self.names[index]]
                continue
            uses = self.children[index]
            steps[index] = min(steps[child] for child in uses)
            if "P" in self.written and any(self.nodes[i].operation == "log" for i in uses):
                # The sum of the softmax: with it the trace has the probabilities.
                steps[index] = min(steps[index], self.written["P"])
        return steps

    def _gradient_step(self, index: int) -> int | None:
        name = self.names[index]
        if self.nodes[index].gradient is None:
            return None
        if name == "L":
            return min(self.written[n] for n in _DERIVATION if n in self.written)
        if not name and "P" in self.names[:index]:  # between the probabilities and the loss
            name = "P"
        return self.written.get(f"d{name}" if name else f"dZ{self.layers[index]}")


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


def _is(node: Node, value: Array) -> bool:
    return node.shape == value.shape and same(node.value, value)


def _given(node: Node) -> bool:
    """Whether a node is a source, or was computed from constants alone."""
    return not node.parents or node.gradient is None
