// A map of cells that fills as results come in; a cell can be opened.

import { Chart, themedLayout } from "./chart.js";
import { colourScale, magnitudeTable } from "./palette.js";

export class GridPanel {
  constructor(root, stage) {
    this.root = root;
    this.stage = stage;
    this.chart = new Chart(root);
    this.values = null;
  }

  reset() {
    this.values = null;
  }

  async setFigure(spec) {
    this.spec = spec;
    this.values = null;
    await this.redraw();
    if (this.wired) return;
    this.wired = true;
    this.chart.node.on("plotly_click", ({ points }) => {
      const [point] = points;
      const { rows, columns } = this.spec;
      const column = this.spec.figure.data[0].x.indexOf(point.x);
      const row = this.spec.figure.data[0].y.indexOf(point.y);
      if (row >= 0 && column >= 0 && row < rows && column < columns) this.stage.act("pick", [row, column]);
    });
  }

  async redraw() {
    if (!this.spec) return;
    const { theme } = this.chart;
    const layout = structuredClone(this.spec.figure.layout);
    const scale = colourScale(magnitudeTable(this.spec.magnitude, theme));
    layout.coloraxis = { ...layout.coloraxis, colorscale: scale };
    const traces = this.spec.figure.data.map((trace) => (trace.meta?.role === "diverged" ? { ...trace, marker: { ...trace.marker, color: "#d1242f" } } : trace));
    await this.chart.show(traces, themedLayout(layout, theme));
    if (this.values) this.draw();
  }

  frame(frame) {
    const values = frame.parts.get(this.id);
    if (!values) return;
    const key = values.data.join();
    if (key === this.key && this.values) return;
    this.key = key;
    this.values = values;
    this.draw();
  }

  /** `values` is (2, rows, columns): log10 of the loss (NaN: not yet, or diverged), and 1 where diverged. */
  draw() {
    const { data, shape } = this.values;
    const [, rows, columns] = shape;
    const size = rows * columns;
    const z = Array.from({ length: rows }, (_, r) => Array.from(data.subarray(r * columns, (r + 1) * columns), (v) => (Number.isFinite(v) ? v : null)));
    const [map] = this.spec.figure.data;
    const xs = [];
    const ys = [];
    for (let i = 0; i < size; i += 1) {
      if (data[size + i] !== 1) continue;
      xs.push(map.x[i % columns]);
      ys.push(map.y[Math.floor(i / columns)]);
    }
    window.Plotly.restyle(this.chart.node, { z: [z] }, [0]);
    window.Plotly.restyle(this.chart.node, { x: [xs], y: [ys] }, [1]);
  }

  destroy() {
    this.chart.destroy();
  }
}
