"""The views of the trace: the way through its steps, and its graph, where a node can be picked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, ClassVar, Final

import numpy as np

from engine.core.validation import Array
from playground.backprop import words
from playground.backprop.graph import Graph, GraphNode, graph_of
from playground.backprop.settings import NO_BUG, BackpropSettings
from playground.backprop.step import PHASES, NamedArray
from playground.backprop.steps import trace_of
from playground.backprop.table import lengths
from playground.backprop.trace import Trace
from playground.figures.palette import SIGN_COLOURS
from playground.live.protocol import Notice, is_index
from playground.live.share import sharing
from playground.live.view import Command, Frame, View, asking, panel
from playground.settings.config import Config

_CELLS: Final = 40  # numbers of an array that are drawn as cells, at most


class TraceView(View):
    """Where the trace stands is a setting, so nothing moves by itself here."""

    def build(self, config: Config, settings: BackpropSettings) -> int:
        self._settings = settings
        self.trace: Trace = trace_of(settings)
        return 1

    def follow(self, config: Config, settings: BackpropSettings) -> bool:
        moved = settings.differing(self._settings) <= {"walk_step", "walk_h"}
        if moved:
            self._settings = settings
        return moved

    @property
    def step(self) -> int:
        return self.trace.place(self._settings.walk_step)

    def frame(self) -> Frame:
        return Frame(self.step, np.array([self.step], dtype=np.float32))

    def notice(self) -> Notice:
        return Notice("info", "")


class StepsView(TraceView):
    """Back, Next and a slider. A request names the step that it asks for."""

    label = words.STEPS
    commands: ClassVar[Mapping[str, Command]] = {
        **View.commands,
        "go": Command(change=lambda view, now, step: {"walk_step": step}),
        "share": sharing(words.SHARED),
    }

    def figures(self) -> dict[str, Any]:
        phases = [PHASES[step.phase] for step in self.trace.steps]
        return {"readouts": [], "panels": [panel("steps", "steps", self.label, phases=phases)]}

    def state(self, want: frozenset[str]) -> dict[str, dict[str, Any]]:
        return {"steps": {"step": self.step}}


class GraphView(TraceView):
    """The graph, which grows with the step."""

    commands: ClassVar[Mapping[str, Command]] = {
        **View.commands,
        "pick": asking(lambda view, value: view.pick(value)),
    }

    def build(self, config: Config, settings: BackpropSettings) -> int:
        self.right: Trace = trace_of(replace(settings, walk_bug=NO_BUG))
        width = super().build(config, settings)
        self.graph: Graph = graph_of(self.trace)
        self.picked: int | None = None
        return width

    @property
    def corrected(self) -> tuple[NamedArray, ...]:
        """What the present step should have written, where a bug lets it write something else."""
        return self.trace.corrected(self.step, self.right)

    def figures(self) -> dict[str, Any]:
        return {
            "readouts": [],
            "panels": [
                panel(
                    "graph",
                    "graph",
                    words.GRAPH,
                    hint=words.GRAPH_HINT,
                    span=12,
                    colours=list(SIGN_COLOURS),
                    nodes=[_node(node) for node in self.graph.nodes],
                    edges=[asdict(edge) for edge in self.graph.edges],
                )
            ],
        }

    def state(self, want: frozenset[str]) -> dict[str, dict[str, Any]]:
        now = self.trace.steps[self.step]
        return {
            "graph": {
                "step": self.step,
                "picked": self.picked,
                "reads": list(now.reads),
                "writes": list(now.writes),
            }
        }

    def pick(self, node: Any) -> None:
        """Choose this node of the graph, or none any more."""
        if is_index(node, len(self.graph.nodes)):
            self.picked = None if self.picked == node else node


def _node(node: GraphNode) -> dict[str, Any]:
    column, lane = node.place
    return {
        "operation": node.operation,
        "array": node.array,
        "name": node.name,
        "shape": lengths(node.value),
        "column": column,
        "lane": lane,
        "step": node.value_step,
        "gradient_step": node.gradient_step,
        "value": _cells(node.value),
        "gradient": None if node.gradient is None else _cells(node.gradient),
        "arriving": len(node.arriving),
        "wrong": node.wrong,
    }


def _cells(array: Array) -> list[list[float]] | None:
    """Rows of a small array; None for one that is too large to draw."""
    rows = np.atleast_2d(array)
    if rows.size > _CELLS:
        return None
    return rows.tolist()  # type: ignore[no-any-return]
