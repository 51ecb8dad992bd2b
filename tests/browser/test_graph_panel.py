"""The graph's panel alone in a real browser, fed as the walk's view feeds it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from playground.backprop.settings import BackpropSettings
from playground.backprop.view import GraphView
from playground.settings.config import Config
from tests.browser import alone

HELP = """
const box = place();
Object.assign(box.style, { height: "auto", overflow: "auto" });
const panel = new m.GraphPanel(box, view);
const nodes = () => [...box.querySelectorAll(".nn-node")];
const state = (step, more) => ({ step, picked: null, reads: [], writes: [], ...more });
const numbers = (text) => text.match(/-?[\\d.]+/g).map(Number);
"""


def run(page: Page, body: str, given: Any = None) -> Any:
    """What `body` returns; the panel is `panel`, its box `box`, the argument `given`."""
    return alone.run(page, "graph", HELP + body, given)


def spec(**settings: Any) -> dict[str, Any]:
    """The figure of a walk's graph, as its view sends it."""
    view = GraphView()
    view.handle(None, Config(), BackpropSettings(**settings))
    found: dict[str, Any] = view.figures()["panels"][0]
    return found


def node(**changes: Any) -> dict[str, Any]:
    """One node of a graph made by hand."""
    return {
        "operation": "constant",
        "array": "",
        "name": "u0",
        "shape": "one number",
        "column": 0,
        "lane": 0,
        "step": 0,
        "gradient_step": None,
        "value": [[1.0]],
        "gradient": None,
        "arriving": 0,
        "wrong": False,
        **changes,
    }


def by_hand(*nodes: dict[str, Any], edges: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {
        "title": "T",
        "colours": ["#ff0000", "#0000ff"],
        "nodes": list(nodes),
        "edges": list(edges),
    }


@pytest.mark.parametrize(
    "settings",
    [{}, {"walk_layers": (4, 4, 4), "walk_batch": 8, "walk_outputs": 4}, {"walk_loss": "mse"}],
)
def test_nodes_lie_apart_and_inside(empty: Page, settings: dict[str, Any]) -> None:
    graph = spec(**settings)
    found = run(
        empty,
        """await panel.setFigure(given);
        const svg = box.querySelector("svg");
        return {
          size: [Number(svg.getAttribute("width")), Number(svg.getAttribute("height"))],
          places: nodes().map((n) => numbers(n.getAttribute("transform"))),
          paths: [...box.querySelectorAll(".nn-edge")].map((p) => numbers(p.getAttribute("d"))),
        };""",
        graph,
    )
    width, height = found["size"]
    places = found["places"]
    assert len(places) == len(graph["nodes"])
    for x, y in places:
        assert 0 <= x <= width - 104
        assert 0 <= y <= height - 74
    for i, (x, y) in enumerate(places):
        for u, v in places[:i]:
            assert abs(x - u) >= 104 or abs(y - v) >= 74
    # Every edge begins at the right side of its source and ends at the left of its target.
    for edge, path in zip(graph["edges"], found["paths"], strict=True):
        (x0, y0), (x1, y1) = places[edge["source"]], places[edge["target"]]
        assert path[:2] == [x0 + 104, y0 + 37]
        assert path[-2:] == [x1, y1 + 37]
        assert all(0 <= y <= height for y in path[1::2])


def test_a_lane_without_a_node_is_low(empty: Page) -> None:
    ends = (node(), node(column=2))
    heights = [
        run(
            empty,
            "await panel.setFigure(given); return box.querySelector('svg').clientHeight;",
            by_hand(*ends, edges=({"source": 0, "target": 1, "route": route, "step": 0},)),
        )
        for route in ([[0, 0], [2, 0]], [[0, 0], [1, 1], [2, 0]], [[0, 0], [1, 2], [2, 0]])
    ]
    straight, one, two = heights
    assert 0 < one - straight < 74 / 2
    assert two - one == one - straight


def test_cells_have_colour_by_sign_and_strength_by_size(empty: Page) -> None:
    given = node(array="W", operation="leaf", shape="2 × 2", value=[[1.0, -2.0], [0.0, 4.0]])
    found = run(
        empty,
        """await panel.setFigure(given);
        panel.setState(state(0));
        return [...box.querySelectorAll(".nn-node-value rect")].map((r) =>
          [r.getAttribute("fill"), Number(r.getAttribute("fill-opacity")), r.textContent]);""",
        by_hand(given),
    )
    assert [cell[0] for cell in found] == ["#0000ff", "#ff0000", "#0000ff", "#0000ff"]
    strengths = [cell[1] for cell in found]
    assert strengths[2] < strengths[0] < strengths[1] < strengths[3] == 1.0
    assert found[1][2] == "row 1, column 2: -2"


def test_what_is_too_large_or_zero_is_drawn_too(empty: Page) -> None:
    large = node(array="X", shape="8 × 784", value=None, gradient=None, gradient_step=0)
    zero = node(column=1, value=[[0.0, 0.0]], gradient=[[0.0, 0.0]], gradient_step=0)
    texts = run(
        empty,
        """await panel.setFigure(given);
        panel.setState(state(0));
        return nodes().map((n) => n.textContent);""",
        by_hand(large, zero),
    )
    assert "8 × 784" in texts[0]
    assert "gradient" not in texts[0]
    assert "∂L/∂u0, row 1, column 2: 0" in texts[1]
    assert not any("NaN" in text or "undefined" in text for text in texts)


def test_the_state_dims_marks_and_names(empty: Page) -> None:
    graph = spec()
    names = [n["array"] for n in graph["nodes"]]
    found = run(
        empty,
        """await panel.setFigure(given);
        panel.setState(state(14, { picked: 1, reads: ["X", "dZ1"], writes: ["dW1"] }));
        return nodes().map((n) => [n.dataset.part, n.classList.contains("nn-picked"),
          n.classList.contains("nn-unknown"), n.getAttribute("aria-label"), n.tabIndex]);""",
        graph,
    )
    by_name = dict(zip(names, found, strict=True))
    assert by_name["W1"] == ["write", True, False, "W1, 2 × 3, gradient known", 0]
    assert by_name["X"] == ["read", False, False, "X, 3 × 2", 0]
    assert by_name["b1"][3] == "b1, 3"  # its gradient comes with the next step
    assert [row[1] for row in found].count(True) == 1
    early = run(
        empty,
        """await panel.setFigure(given);
        panel.setState(state(1));
        return nodes().map((n) => n.getAttribute("aria-label").includes("not yet computed"));""",
        graph,
    )
    assert early == [n["step"] > 1 for n in graph["nodes"]]


def test_an_edge_carries_a_gradient_once_both_ends_have_one(empty: Page) -> None:
    graph = spec()
    for step in (0, 5, 9, 12, 15):
        found = run(
            empty,
            """await panel.setFigure(given[0]);
            panel.setState(state(given[1]));
            return [...box.querySelectorAll(".nn-edge")].map((p) =>
              [p.classList.contains("nn-unknown"), p.classList.contains("nn-back")]);""",
            [graph, step],
        )

        def back(index: int, step: int = step) -> bool:
            known = graph["nodes"][index]["gradient_step"]
            return known is not None and known <= step

        assert found == [
            [e["step"] > step, back(e["source"]) and back(e["target"])] for e in graph["edges"]
        ]


def test_a_state_that_comes_first_is_kept_for_the_figure(empty: Page) -> None:
    found = run(
        empty,
        """panel.setState(state(0, { picked: 2 }));
        await panel.setFigure(given);
        return nodes().map((n) => n.classList.contains("nn-picked")).indexOf(true);""",
        spec(),
    )
    assert found == 2


def test_the_same_figure_again_keeps_what_is_drawn(empty: Page) -> None:
    kept = run(
        empty,
        """const drawn = [];
        for (const text of given) {
          await panel.setFigure(JSON.parse(text));
          drawn.push(box.querySelector("svg"));
        }
        return [drawn[0] === drawn[1], drawn[1] === drawn[2], nodes().length];""",
        [json.dumps(spec(walk_layers=layers)) for layers in ((3,), (3,), (2,))],
    )
    assert kept == [True, False, 26]


def test_it_scrolls_to_what_is_new_or_was_new_last(empty: Page) -> None:
    graph = spec()
    lefts = run(
        empty,
        """const jumps = [];
        box.scrollTo = ({ left, behavior }) => jumps.push([left, behavior]);
        await panel.setFigure(given);
        for (const step of [7, 7, 13, 18]) panel.setState(state(step));
        await panel.setFigure({ ...given, title: "another" });
        const places = nodes().map((n) => numbers(n.getAttribute("transform"))[0]);
        return [jumps, box.clientWidth, places];""",
        graph,
    )
    jumps, width, places = lefts

    def middle(*steps: int) -> float:
        xs: list[float] = [
            places[i] + 52
            for i, n in enumerate(graph["nodes"])
            if n["step"] in steps or n["gradient_step"] in steps
        ]
        return sum(xs) / len(xs) - float(width) / 2

    assert [left for left, _ in jumps] == pytest.approx(
        [middle(6), middle(13), middle(15), middle(15)]
    )
    assert [behaviour for _, behaviour in jumps] == ["auto", "smooth", "smooth", "auto"]
