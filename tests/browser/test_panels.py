"""Panels, each alone in a real browser, fed as a view feeds them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from playwright.sync_api import Page

from playground.figures import boundary, lines
from tests.browser.alone import run

SERIES = [
    {"name": "a", "column": 1, "colour": "#ff0000"},
    {"name": "b", "column": 2, "colour": "accent"},
]


# ---- tables


def test_a_table_keeps_the_rows_that_did_not_change(empty: Page) -> None:
    found = run(
        empty,
        "table",
        """const panel = new m.TablePanel(place(), view);
        const columns = [["Name", ""], ["Verdict", "help"], ["", ""]];
        await panel.setFigure({ title: "T", columns });
        const row = (name, verdict) =>
          [{ text: name, colour: "#00ff00" }, { text: verdict, kind: "bad", title: "why" },
           { actions: [["open", 1, "Open"]] }];
        panel.setState({ rows: [row("a", "fine"), row("b", "fine")] });
        const [first, second] = panel.body.children;
        const button = first.querySelector("button");
        panel.setState({ rows: [row("a", "fine"), row("b", "<b>lost</b>"), row("c", "new")] });
        const kept = panel.body.children[0] === first && first.querySelector("button") === button;
        const cells = (row) => [...row.children].map((c) => c.textContent);
        const texts = [...panel.body.children].map(cells);
        const badge = panel.body.children[1].querySelector(".nn-badge");
        button.click();
        second.querySelector("th").click();
        panel.focus(1);
        const dim = [...panel.body.children].map((r) => r.classList.contains("nn-dim"));
        panel.setState({ rows: [row("a", "fine")] });
        return { kept, texts, told, dim, left: panel.body.children.length,
          badge: [badge.dataset.kind, badge.children.length],
          why: badge.closest("td").title,
          help: panel.table.querySelectorAll("th")[1].title };""",
    )
    assert found["kept"]
    assert found["texts"] == [
        ["a", "fine", "Open"],
        ["b", "<b>lost</b>", "Open"],
        ["c", "new", "Open"],
    ]
    assert found["badge"] == ["bad", 0]  # the server's words are text, never markup
    assert found["told"] == [["open", 1], ["focus", 1]]
    assert found["dim"] == [True, False, True]
    assert found["left"] == 1
    assert (found["why"], found["help"]) == ("why", "help")


# ---- small boundaries


def test_each_tile_shows_its_own_answers(empty: Page) -> None:
    answers = np.zeros((2, 4, 4), np.uint8)
    sure = boundary.codes(np.eye(2), 2)
    answers[0], answers[1] = sure
    spec = {
        "tiles": [{"label": "<i>0.1</i>", "colour": "#ff0000"}, {"label": "1", "colour": "#00f"}],
        "shading": boundary.shading(2),
        "extent": 6,
        "points": [[0, 0, "#123456"]],
    }
    found = run(
        empty,
        "tiles",
        """const box = place();
        const panel = new m.TilesPanel(box, view);
        panel.id = "tiles";
        await panel.setFigure(given.spec);
        for (const { canvas } of panel.tiles) canvas.style.width = "100px";
        const data = Uint8Array.from(given.codes);
        panel.frame({ parts: new Map([["tiles", { data, shape: [2, 4, 4] }]]) });
        const verdicts = [{ kind: "good", text: "fine" }, { kind: "bad", text: "lost" }];
        panel.setState({ verdicts });
        const pixel = (canvas, x, y) =>
          Array.from(canvas.getContext("2d").getImageData(x, y, 1, 1).data);
        const corner = ({ canvas }) => pixel(canvas, 2, 2);
        const middle = ({ canvas }) => pixel(canvas, canvas.width / 2, canvas.height / 2);
        panel.tiles[1].node.click();
        panel.focus(1);
        const result = { corners: panel.tiles.map(corner), middles: panel.tiles.map(middle), told,
          labels: panel.tiles.map(({ node }) => node.querySelector("b").textContent),
          markup: box.querySelectorAll("b i").length,
          kinds: panel.tiles.map(({ node }) => node.dataset.kind),
          dim: panel.tiles.map(({ node }) => node.classList.contains("nn-dim")) };
        panel.reset();
        panel.redraw(); // nothing to draw from, and no error
        panel.destroy();
        return result;""",
        {"spec": spec, "codes": answers.ravel().tolist()},
    )
    first, second = found["corners"]
    assert first != second
    assert first[3] == second[3] == 255
    assert found["middles"][0] != first  # a point lies there, in both
    assert found["middles"][1] != second
    assert found["labels"] == ["<i>0.1</i>", "1"]
    assert found["markup"] == 0
    assert found["kinds"] == ["good", "bad"]
    assert found["dim"] == [True, False]
    assert found["told"] == [["focus", 1]]


# ---- lines


DRAW = """
const panel = new m.LinesPanel(place(), view);
await panel.setFigure(given);
const numbers = [[0, 1, 2], [1, 0.1, 20], [2, 0.01, NaN], [3, 0.001, NaN]];
const rows = numbers.map((row) => Float32Array.from(row));
const ink = () => {
  const { width, height } = panel.chart.canvas;
  const { data } = panel.chart.canvas.getContext("2d").getImageData(0, 0, width, height);
  let painted = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) painted += 1;
  return painted;
};
const range = () => panel.chart.node._fullLayout.yaxis.range;
const showAll = () => panel.frame({ row: rows[3] }, rows);
const showFirst = () => panel.frame({ row: rows[0] }, rows.slice(0, 1));
const rest = async () => { panel.rest(); await settled(() => panel.resting); };
"""


def drawn(page: Page, body: str) -> Any:
    """What `body` returns of a panel of lines, two over four rows."""
    figure = json.loads(lines.axes("epoch", "loss").to_json())
    spec = {"figure": figure, "series": SERIES, "legend": True, "log": True}
    return run(page, "lines", DRAW + body, spec)


def test_crosses_mark_the_ends_of_lines_in_motion_and_at_rest(plotted: Page) -> None:
    found = drawn(
        plotted,
        """showAll();
        const bare = ink();
        panel.setState({ marks: [[1, 20, 1]] });
        showAll();
        const marked = ink();
        showFirst();
        const early = ink(); // before the line has ended there is no cross
        panel.setState({ marks: [] });
        showFirst();
        const start = ink();
        panel.setState({ marks: [[1, 20, 1]] });
        showAll();
        await rest();
        const resting = ink();
        panel.destroy();
        return { bare, marked, early, start, resting };""",
    )
    assert found["marked"] > found["bare"]
    assert found["early"] == found["start"]
    assert found["resting"] > 20


def test_a_logarithmic_axis_bears_what_has_no_logarithm(plotted: Page) -> None:
    found = drawn(
        plotted,
        """const odd = [[0, 0, -1], [1, NaN, Infinity], [2, 1e30, 1e-30]];
        const few = odd.map((r) => Float32Array.from(r));
        panel.frame({ row: few[0] }, few.slice(0, 1));
        panel.frame({ row: few[1] }, few.slice(0, 2));
        panel.frame({ row: few[2] }, few);
        await rest();
        const result = [range(), panel.chart.node.data.map((t) => Array.from(t.y))];
        panel.destroy();
        return result;""",
    )
    low, high = found[0]
    assert np.isfinite([low, high]).all()
    assert high > 30
    assert high - low <= 15  # the rest of sixty decades lies below
    assert found[1][0][:2] == [None, None]
    assert found[1][1][:2] == [None, None]


# ---- what happened


def test_what_happened_is_told_in_a_dialog(empty: Page) -> None:
    def step(number: int, loss: float | None, *sizes: list[float | None]) -> dict[str, Any]:
        names = ("weights", "activations", "gradients")
        return {"step": number, "epoch": 9, "loss": loss, **dict(zip(names, sizes, strict=True))}

    rows = [
        step(1000, 1.5, [1.0, 0.0], [1.0, 2.0], [0.001, 1.0]),
        step(1001, 2.5, [1000.0, 0.0], [1.0, 2.0], [0.01, 1.0]),
    ]
    # The forward pass broke off at the output: nothing after it was computed.
    failed = step(1002, None, [2000.0, 0.0], [1.0, None], [None, None])
    data = {
        "title": "What happened at <30>?",
        "sentence": "It grew.",
        "culprit": {"layer": "Layer 1", "operation": "the sum"},
        "layers": ["Layer 1", "Output"],
        "rows": rows,
        "failed": failed,
    }
    found = run(
        empty,
        "divergence_report",
        """const card = place().parentElement;
        m.showReport(card, given);
        const dialog = card.querySelector("dialog");
        const cells = (row) => [...row.children].map((c) => c.textContent);
        const share = (cell) => cell.style.getPropertyValue("--share");
        const first = { open: dialog.open, title: dialog.querySelector("h3").textContent,
          culprit: dialog.querySelector(".nn-culprit").textContent,
          cells: [...dialog.querySelectorAll("tr")].map(cells),
          shares: [...dialog.querySelectorAll("td")].map(share) };
        dialog.querySelector("button").click();
        const closed = !dialog.open;
        m.showReport(card, given);
        m.showReport(card, { ...given, title: "Again", culprit: null });
        const [again, ...others] = card.querySelectorAll("dialog");
        return { ...first, closed, others: others.length,
          again: [again.open, again.querySelector("h3").textContent,
            again.querySelectorAll("table").length, again.querySelectorAll(".nn-culprit").length]
        };""",
        data,
    )
    assert found["open"]
    assert found["title"] == "What happened at <30>?"
    assert found["culprit"] == "Layer 1: the sum"
    cells = found["cells"]
    assert cells[0] == ["Step", "1,000", "1,001", "1,002 · fatal"]
    assert cells[1] == ["Batch loss", "1.5", "2.5", "–"]
    assert cells[3] == ["Layer 1", "1", "1000", "2000"]
    assert [row[-1] for row in cells if row[0] == "Output"] == ["0", "not finite", "–"]
    assert found["shares"][3:6] == ["0", "1", "1"]  # grown a thousand times: as red as can be
    assert found["closed"]
    assert found["others"] == 0
    assert found["again"] == [True, "Again", 1, 0]
