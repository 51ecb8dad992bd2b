"""The panels with a row for each layer, and the still chart, each alone in a real browser."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from playground.figures import palette
from playground.gradient_flow import figures as flow
from tests.browser import alone

# A way to count what is painted in a canvas, and to know what is written.
HELP = """
const pixels = (canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Uint32Array(data.buffer);
};
const ink = (canvas) => pixels(canvas).filter((v) => v !== 0).length;
const inked = (canvas) => {  // painted pixels, by row
  const found = pixels(canvas);
  const rows = Array.from({ length: canvas.height }, () => 0);
  for (const [i, v] of found.entries()) if (v !== 0) rows[Math.floor(i / canvas.width)] += 1;
  return rows;
};
const near = (canvas, colour) => {  // pixels that are this opaque colour, by row
  const paint = document.createElement("canvas").getContext("2d");
  paint.fillStyle = colour;
  paint.fillRect(0, 0, 1, 1);
  const wanted = new Uint32Array(paint.getImageData(0, 0, 1, 1).data.buffer)[0];
  const found = pixels(canvas);
  const rows = Array.from({ length: canvas.height }, () => 0);
  for (const [i, v] of found.entries()) if (v === wanted) rows[Math.floor(i / canvas.width)] += 1;
  return rows;
};
const written = [];  // texts that were written on a canvas
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
  written.push([String(text), x, y]);
  return write.call(this, text, x, y, ...rest);
};
const parts = (given) => new Map(Object.entries(given).map(([name, { data, shape }]) =>
  [name, { data: Float32Array.from(data, (v) => v ?? NaN), shape }]));
"""
LAYERS = 4


def run(page: Page, module: str, body: str, given: Any = None) -> Any:
    """What `body` returns, with HELP."""
    return alone.run(page, module, HELP + body, given)


def part(values: Any) -> dict[str, Any]:
    """A frame's array as JSON: NaN is null."""
    array = np.asarray(values, np.float64)
    flat = [None if np.isnan(v) else float(v) for v in array.ravel()]
    return {"data": flat, "shape": list(array.shape)}


def map_spec(offset: int, layers: int = LAYERS) -> dict[str, Any]:
    names = [str(i + 1) for i in range(layers)]
    return {
        "figure": json.loads(flow.layer_map(names).to_json()),
        "magnitude": palette.MAGNITUDE_STOPS,
        "group": "sizes",
        "offset": offset,
        "layers": layers,
    }


def ridges_spec(layers: int, network: int = 0) -> dict[str, Any]:
    names = [str(i + 1) for i in range(layers)]
    return {"title": "R", "hint": "", "network": network, "names": names, "colour": "#0072b2"}


def bars_spec(layers: int) -> dict[str, Any]:
    columns = [
        {"title": "dead units", "colour": "#c2263c"},
        {"title": "alike", "colour": "#2587c8"},
    ]
    return {
        "title": "B",
        "network": 0,
        "names": [str(i + 1) for i in range(layers)],
        "columns": columns,
    }


# ---- maps

MAPS = """
const panels = [];
for (const spec of given.specs) {
  const panel = new m.LayersPanel(place(), view);
  await panel.setFigure(spec);
  panels.push(panel);
}
const frame = (at) => {
  const row = Float32Array.from(given.rows[at], (v) => v ?? NaN);
  for (const panel of panels) panel.frame({ row }, given.rows.slice(0, at));
};
const scales = () => panels.map((p) => {
  const { cmin, cmax } = p.chart.node._fullLayout.coloraxis;
  return [cmin, cmax];
});
"""


def test_what_is_not_known_breaks_no_map(plotted: Page) -> None:
    """Before the first step there is no update: nothing to colour, and no error."""
    rows: list[list[float | None]] = [[0, *[None] * 4], [1, *[-3.0] * 4], [2, *[-2.0] * 4]]
    found = run(
        plotted,
        "layer_map",
        f"""{MAPS}
        frame(0);
        const first = scales()[0];
        frame(2);
        const painted = ink(panels[0].root.querySelector("canvas"));
        return {{ first, then: scales()[0], painted }};""",
        {"specs": [map_spec(1)], "rows": rows},
    )
    assert found["first"] == [-4, 0]
    # A missing number in a kept row is NaN in the app; here JSON made it null, which is 0.
    assert found["then"][0] <= -3
    assert found["painted"] > 1000


# ---- ridges

RIDGES = """
const panel = new m.RidgesPanel(place(given.width ?? 400, given.height ?? 260));
await panel.setFigure(given.spec);
panel.frame({ parts: parts(given.parts) });
"""


@pytest.mark.parametrize("layers", [1, 2, 3, 10, 12, 13, 24])
def test_each_layer_has_its_ridge_and_none_is_cut(plotted: Page, layers: int) -> None:
    ridges = np.zeros((2, layers, flow.BINS))
    ridges[1, :, 10] = 255
    found = run(
        plotted,
        "layers",
        f"""{RIDGES}
        const label = panel.canvas.getAttribute("aria-label");
        return {{ rows: inked(panel.canvas), written, label }};""",
        {
            "spec": ridges_spec(layers, network=1),
            "parts": {"ridges": part(ridges), "ends": part([[0, 0], [-1, 3]])},
        },
    )
    assert found["rows"][0] == 0  # no peak reaches beyond the top
    lines = np.array(found["rows"]) > 250
    assert np.diff(lines.astype(int)).clip(0).sum() == layers  # each has a base line
    texts = [text for text, _, _ in found["written"]]
    assert texts[-3:] == ["-1", "1", "3"]
    assert texts[0] == "1"
    assert texts[-4] == str(layers)
    assert all(0 < y <= 260 for _, _, y in found["written"])
    tops = [y for _, _, y in found["written"][:-3]]
    if layers > 1:
        assert min(np.diff(tops)) >= 9  # one line of text below the other
    assert found["label"].startswith("R.")


def test_the_axis_calls_nothing_what_is_nothing_on_it(plotted: Page) -> None:
    ridges = np.full((1, 2, flow.BINS), 128.0)
    found = run(
        plotted,
        "layers",
        f"""{RIDGES}
        const first = written.splice(0).slice(-3).map(([text]) => text);
        panel.frame({{ parts: parts({{ ...given.parts, ends: given.tiny }}) }});
        return [first, written.slice(-3).map(([text]) => text)];""",
        {
            "spec": ridges_spec(2),
            "parts": {"ridges": part(ridges), "ends": part([[-0.999, 0.9990001]])},
            "tiny": part([[2e-8, 6e-8]]),
        },
    )
    assert found == [["-0.999", "0", "0.999"], ["2.00e-8", "4.00e-8", "6.00e-8"]]


def test_a_canvas_follows_its_card_and_another_run(plotted: Page) -> None:
    ridges = np.full((1, 3, flow.BINS), 99.0)
    found = run(
        plotted,
        "layers",
        f"""{RIDGES}
        const before = [panel.canvas.width, ink(panel.canvas) > 0];
        panel.root.style.width = "700px";
        await settled(() => panel.canvas.width >= 700);
        const after = ink(panel.canvas) > 0;
        panel.reset();
        panel.redraw();
        await panel.setFigure(given.spec);
        panel.destroy();
        return {{ before, after }};""",
        {
            "spec": ridges_spec(3),
            "parts": {"ridges": part(ridges), "ends": part([[0.0, 1.0]])},
        },
    )
    assert found == {"before": [400, True], "after": True}


# ---- bars

BARS = """
const panel = new m.BarsPanel(place(380, given.height ?? 120));
await panel.setFigure(given.spec);
panel.frame({ parts: parts({ units: given.units }) });
"""


def test_bars_are_as_long_as_their_shares(plotted: Page) -> None:
    units = [[[0.0, 1.0], [0.5, -0.5], [1.0, 2.0]]]
    found = run(
        plotted,
        "layers",
        f"""{BARS}
        const spans = (colour) => near(panel.canvas, colour).filter((n) => n > 0);
        return {{ dead: spans("#c2263c"), alike: spans("#2587c8") }};""",
        {"spec": bars_spec(3), "units": part(units)},
    )
    dead, alike = sorted(set(found["dead"])), sorted(set(found["alike"]))
    assert len(dead) == 2  # of 0.5 and of 1; nothing for 0
    assert dead[0] / dead[1] == pytest.approx(0.5, abs=0.03)
    assert alike[0] / alike[-1] == pytest.approx(0.5, abs=0.03)  # never longer than the track


def test_numbers_beside_bars_are_those_that_exist(plotted: Page) -> None:
    units = [[[np.nan, -0.001], [0.126, -0.5], [1.0, 0.0]]]
    found = run(
        plotted, "layers", f"{BARS} return written;", {"spec": bars_spec(3), "units": part(units)}
    )
    texts = [text for text, _, _ in found]
    assert texts == ["dead units", "–", "0.13", "1.00", "alike", "0.00", "-0.50", "0.00", *"123"]


@pytest.mark.parametrize(("layers", "height"), [(24, 346), (24, 200), (1, 120)])
def test_names_of_layers_do_not_lie_on_each_other(plotted: Page, layers: int, height: int) -> None:
    units = np.full((1, layers, 2), 0.25)
    found = run(
        plotted,
        "layers",
        f"{BARS} return written;",
        {"spec": bars_spec(layers), "units": part(units), "height": height},
    )
    names = [(text, y) for text, x, y in found if x < 30]
    assert names[0][0] == "1"
    gaps = np.diff([y for _, y in names])
    assert (gaps >= 9).all()
    assert all(0 < y < height for _, y in names)


# ---- a chart that does not move


def test_a_still_chart_is_made_once_and_has_a_legend(plotted: Page) -> None:
    values = [np.array([1.0, 2.0]), np.array([3.0, 4.0])]
    figures = [
        json.loads(flow.by_depth("v", ["a", "b"], found, [None, None]).to_json())
        for found in (values, values[::-1])
    ]
    legend = [{"name": "<b>a</b>", "colour": "#ff0000"}, {"name": "b", "colour": "#00ff00"}]
    found = run(
        plotted,
        "still",
        """const panel = new m.StillPanel(place());
        await panel.setFigure({ figure: given.figures[0], legend: given.legend });
        const legend = panel.chart.root.parentElement.querySelector(".nn-legend");
        const entries = [...legend.children].map((entry) =>
          [entry.textContent, entry.firstChild.style.borderTopColor]);
        await panel.setFigure({ figure: given.figures[1] });
        const { node } = panel.chart;
        const found = { entries, left: legend.children.length, builds: node.dataset.builds,
          y: Array.from(node.data[0].y), type: node._fullLayout.yaxis.type };
        panel.destroy();
        return found;""",
        {"figures": figures, "legend": legend},
    )
    assert found["entries"] == [["<b>a</b>", "rgb(255, 0, 0)"], ["b", "rgb(0, 255, 0)"]]
    assert found["left"] == 0
    assert found["builds"] == "1"
    assert found["y"] == [3.0, 4.0]
    assert found["type"] == "log"
