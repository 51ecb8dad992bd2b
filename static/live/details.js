// Below the charts: measures, the confusion matrix, and each layer's gradient as it is now.

import { Chart, themedLayout } from "./chart.js";
import { figure } from "./numbers.js";
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

/** A table below the charts, whose state is asked for when it is in sight. */
class Details {
  constructor(root) {
    this.root = root;
    this.asks = true;
    root.className = "";
  }

  async setFigure() {
    this.root.replaceChildren();
  }

  redraw() {}

  destroy() {}
}

function table(kind, rows) {
  const node = document.createElement("table");
  node.className = `nn-table ${kind}`;
  node.append(...rows);
  return node;
}

/** `rows` is [[label, help, train, test]...]: one row each. */
export class MeasuresPanel extends Details {
  setState({ rows }) {
    const head = row(cell("th", ""), cell("th", "Training"), cell("th", "Test"));
    const body = rows.map(([label, help, train, test]) =>
      row(cell("th", label, help), cell("td", figure(train)), cell("td", figure(test))),
    );
    this.root.replaceChildren(table("", [head, ...body]));
  }
}

/** `facts` is [[label, text]...]. */
export class FactsPanel extends Details {
  setState({ facts }) {
    const list = document.createElement("dl");
    list.className = "nn-facts";
    for (const [label, text] of facts) {
      const item = document.createElement("div");
      item.append(cell("dt", label), cell("dd", text));
      list.append(item);
    }
    this.root.replaceChildren(list);
  }
}

/** {labels, counts: [[...]...]}: rows are the true classes. */
export class ConfusionPanel extends Details {
  setState({ labels, counts }) {
    const totals = counts.map((r) => Math.max(1, r.reduce((a, b) => a + b, 0)));
    const body = counts.map((found, i) => {
      const cells = found.map((count, j) => {
        const node = cell("td", String(count), `${((100 * count) / totals[i]).toFixed(0)} % of class ${labels[i]} called ${labels[j]}`);
        node.style.setProperty("--share", String(count / totals[i]));
        return node;
      });
      return row(cell("th", labels[i]), ...cells);
    });
    const head = row(cell("th", "true \\ predicted"), ...labels.map((label) => cell("th", label)));
    this.root.replaceChildren(table("nn-confusion", [head, ...body]));
  }
}

/** Each layer's |dL/dW| now, shaped like the weights, on one shared log scale. */
export class WeightsPanel {
  constructor(root) {
    this.root = root;
    this.asks = true;
    this.chart = new Chart(root);
  }

  async setFigure(spec) {
    this.figure = spec.figure;
    this.stops = spec.magnitude;
    this.drawn = false;
    this.values = null; // those of another network
    this.root.style.height = `${this.figure.layout.height}px`;
  }

  /** `sizes` is log10 |dL/dW| of every layer laid end to end; shapes are in the figure's meta. */
  async setState({ sizes }) {
    this.values = sizes.data;
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
