// Below the charts: measures, the confusion matrix, and each layer's gradient as it is now.

import { Chart, themedLayout } from "./chart.js";
import { figure } from "./network.js";
import { colourScale, magnitudeTable } from "./palette.js";

const cell = (tag, text, title) => {
  const node = document.createElement(tag);
  node.textContent = text;
  if (title) node.title = title;
  return node;
};

const row = (...cells) => {
  const node = document.createElement("tr");
  node.append(...cells);
  return node;
};

/** `measures` is [[label, help, train, test]...]: one row each. */
export function drawMeasures(table, measures) {
  const head = row(cell("th", ""), cell("th", "Training"), cell("th", "Test"));
  const rows = measures.map(([label, help, train, test]) =>
    row(cell("th", label, help), cell("td", figure(train)), cell("td", figure(test))),
  );
  table.replaceChildren(head, ...rows);
}

/** `facts` is [[label, text]...]. */
export function drawFacts(list, facts) {
  list.replaceChildren(
    ...facts.map(([label, text]) => {
      const item = document.createElement("div");
      item.append(cell("dt", label), cell("dd", text));
      return item;
    }),
  );
}

/** `confusion` is {labels, counts: [[...]...]}, rows are the true classes; null hides the table. */
export function drawConfusion(box, confusion) {
  box.hidden = !confusion;
  if (!confusion) return;
  const table = box.querySelector("table");
  const totals = confusion.counts.map((r) => Math.max(1, r.reduce((a, b) => a + b, 0)));
  table.replaceChildren(
    row(cell("th", "true \\ predicted"), ...confusion.labels.map((label) => cell("th", label))),
    ...confusion.counts.map((counts, i) => {
      const cells = counts.map((count, j) => {
        const node = cell("td", String(count), `${((100 * count) / totals[i]).toFixed(0)} % of class ${confusion.labels[i]} called ${confusion.labels[j]}`);
        node.style.setProperty("--share", String(count / totals[i]));
        return node;
      });
      return row(cell("th", confusion.labels[i]), ...cells);
    }),
  );
}

/** Each layer's |dL/dW| now, shaped like the weights, on one shared log scale. */
export class WeightGradients {
  constructor(root) {
    this.root = root;
    this.chart = new Chart(root);
  }

  async setFigure(figure_, stops) {
    this.figure = figure_;
    this.stops = stops;
    this.drawn = false;
    if (this.values) await this.redraw();
  }

  /** `values` is log10 |dL/dW| of every layer laid end to end; shapes are in the figure's meta. */
  async update(values) {
    this.values = values;
    if (!this.figure) return;
    if (!this.drawn) {
      await this.redraw();
      return;
    }
    const [low, high] = this.bounds();
    this.chart.update({ z: this.grids() }, { "coloraxis.cmin": low, "coloraxis.cmax": high });
  }

  bounds() {
    const known = this.values.filter((v) => v > -12);
    if (known.length === 0) return [-8, 0];
    const [low, high] = [Math.min(...known), Math.max(...known)];
    return [Math.floor(Math.max(low, high - 6)), Math.ceil(high * 2) / 2];
  }

  grids() {
    let offset = 0;
    return this.figure.layout.meta.shapes.map(([inputs, outputs]) => {
      const grid = Array.from({ length: outputs }, (_, j) =>
        Array.from({ length: inputs }, (_, i) => this.values[offset + i * outputs + j]),
      );
      offset += inputs * outputs;
      return grid;
    });
  }

  async redraw() {
    if (!this.figure || !this.values || this.root.offsetParent === null) return;
    const { theme } = this.chart;
    const layout = structuredClone(this.figure.layout);
    layout.coloraxis = { ...layout.coloraxis, colorscale: colourScale(magnitudeTable(this.stops, theme)) };
    [layout.coloraxis.cmin, layout.coloraxis.cmax] = this.bounds();
    const grids = this.grids();
    const traces = this.figure.data.map((trace, i) => ({ ...trace, z: grids[i] }));
    const themed = themedLayout(layout, theme);
    themed.annotations = (layout.annotations ?? []).map((a) => ({ ...a, font: { ...a.font, color: theme.text } }));
    this.drawn = true;
    await this.chart.show(traces, themed);
  }

  destroy() {
    this.chart.destroy();
  }
}
