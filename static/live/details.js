// Below the charts: measures, the confusion matrix, and each layer's gradient as it is now.

import { Chart, themedLayout } from "./chart.js";
import { element } from "./dom.js";
import { figure as written } from "./numbers.js";
import { colourScale, magnitudeTable } from "./palette.js";
import { DETAILS } from "./words.js";

/** @type {(tag: "th" | "td", text: string, title?: string) => HTMLTableCellElement} */
const cell = (tag, text, title = "") => Object.assign(element(tag, "", text), { title });

/** @param {HTMLTableCellElement[]} cells */
const row = (...cells) => element("tr", "", ...cells);

/** A table below the charts, whose state is asked for when it is in sight. */
class Details {
  asks = true;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    root.className = "";
  }

  async setFigure() {
    this.root.replaceChildren();
  }

  redraw() {}

  destroy() {}
}

/** The measures; `rows` has label, help, and the values on training and test data. */
export class MeasuresPanel extends Details {
  /** @param {{ rows: [string, string, number | null, number | null][] }} state */
  setState({ rows }) {
    const head = row(cell("th", ""), cell("th", DETAILS.training), cell("th", DETAILS.test));
    const body = rows.map(([label, help, train, test]) =>
      row(cell("th", label, help), cell("td", written(train)), cell("td", written(test))),
    );
    this.root.replaceChildren(element("table", "nn-table", head, ...body));
  }
}

/** Facts, each a label and a text. */
export class FactsPanel extends Details {
  /** @param {{ facts: [string, string][] }} state */
  setState({ facts }) {
    const items = facts.map(([label, text]) => element("div", "", element("dt", "", label), element("dd", "", text)));
    this.root.replaceChildren(element("dl", "nn-facts", ...items));
  }
}

/** The confusion matrix: rows are the true classes. */
export class ConfusionPanel extends Details {
  /** @param {{ labels: string[], counts: number[][] }} state */
  setState({ labels, counts }) {
    const totals = counts.map((r) =>
      Math.max(
        1,
        r.reduce((a, b) => a + b, 0),
      ),
    );
    const body = counts.map((found, i) => {
      const cells = found.map((count, j) => {
        const node = cell(
          "td",
          String(count),
          DETAILS.confused(((100 * count) / totals[i]).toFixed(0), labels[i], labels[j]),
        );
        node.style.setProperty("--share", String(count / totals[i]));
        return node;
      });
      return row(cell("th", labels[i]), ...cells);
    });
    const head = row(cell("th", DETAILS.corner), ...labels.map((label) => cell("th", label)));
    this.root.replaceChildren(element("table", "nn-table nn-confusion", head, ...body));
  }
}

/**
 * The ends of the scale, whole decades, six at most.
 *
 * @param {Numbers} values
 */
function bounds(values) {
  const known = values.filter((v) => v > -12);
  if (known.length === 0) return [-8, 0];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return [Math.floor(Math.max(low, high - 6)), Math.ceil(high * 2) / 2];
}

/** Each layer's |dL/dW| now, shaped like the weights, on one shared log scale. */
export class WeightsPanel {
  asks = true;

  /** @type {Figured & { magnitude: string[] }} */
  spec;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.chart = new Chart(root);
    this.drawn = false;
    /** @type {Numbers | null} */
    this.values = null; // of every layer laid end to end
  }

  /** @param {WeightsPanel["spec"]} spec */
  async setFigure(spec) {
    this.spec = spec;
    this.drawn = false;
    this.values = null; // those of another network
    this.root.style.height = `${spec.figure.layout.height}px`;
  }

  /**
   * `sizes` is log10 |dL/dW| of every layer laid end to end; shapes are in the figure's meta.
   *
   * @param {{ sizes: Grid }} state
   */
  async setState({ sizes }) {
    this.values = sizes.data;
    if (!this.drawn) {
      await this.redraw();
      return;
    }
    const [low, high] = bounds(this.values);
    this.chart.update({ z: this.grids(this.values) }, { "coloraxis.cmin": low, "coloraxis.cmax": high });
  }

  /** @param {Numbers} values */
  grids(values) {
    let offset = 0;
    /** @type {[number, number][]} */
    const shapes = this.spec.figure.layout.meta.shapes;
    return shapes.map(([inputs, outputs]) => {
      const grid = Array.from({ length: outputs }, (_, j) =>
        Array.from({ length: inputs }, (_, i) => values[offset + i * outputs + j]),
      );
      offset += inputs * outputs;
      return grid;
    });
  }

  async redraw() {
    if (!this.spec || !this.values || this.root.offsetParent === null) return;
    const { theme } = this.chart;
    const { figure, magnitude } = this.spec;
    const layout = structuredClone(figure.layout);
    layout.coloraxis = { ...layout.coloraxis, colorscale: colourScale(magnitudeTable(magnitude, theme)) };
    [layout.coloraxis.cmin, layout.coloraxis.cmax] = bounds(this.values);
    const grids = this.grids(this.values);
    const traces = figure.data.map((trace, i) => ({ ...trace, z: grids[i] }));
    const themed = themedLayout(layout, theme);
    themed.annotations = (layout.annotations ?? []).map((/** @type {any} */ a) => ({
      ...a,
      font: { ...a.font, color: theme.text },
    }));
    this.drawn = true;
    await this.chart.show(traces, themed);
  }

  destroy() {
    this.chart.destroy();
  }
}
