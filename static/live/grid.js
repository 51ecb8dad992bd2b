// A map of cells that fills as results come in; a cell can be picked.

import { Chart, themedLayout } from "./chart.js";
import { element, headOf } from "./dom.js";
import { figure } from "./numbers.js";
import { colourScale, magnitudeTable } from "./palette.js";
import { GRID } from "./words.js";

export class GridPanel {
  id = "";

  /** @type {Figured & { magnitude: string[] }} */
  spec;

  /**
   * @param {HTMLElement} root
   * @param {PanelHost} view
   */
  constructor(root, view) {
    this.view = view;
    this.chart = new Chart(root);
    /** @type {Grid | null} */
    this.values = null;
    /** @type {[number, number] | null} */
    this.picked = null; // row and column
    this.wired = false;
    this.key = "";
    this.bar = element("progress", "nn-progress");
    this.bar.setAttribute("aria-label", GRID.progress);
    this.bar.hidden = true;
    headOf(root).append(this.bar);
  }

  reset() {
    this.values = null;
  }

  /** @param {GridPanel["spec"]} spec */
  async setFigure(spec) {
    this.spec = spec;
    this.values = null;
    await this.redraw();
    if (this.wired) return;
    this.wired = true;
    this.chart.on("plotly_click", ({ points }) => {
      const { x, y } = points[0];
      this.view.act("pick", [y, x]);
    });
  }

  /** @param {{ progress: number, picked: [number, number] | null }} state */
  setState({ progress, picked }) {
    this.bar.value = progress;
    this.bar.hidden = progress === 0 || progress === 1;
    this.picked = picked;
    this.mark();
  }

  /** A frame around the cell that was picked. */
  mark() {
    const { theme } = this.chart;
    const cell = this.picked && {
      type: "rect",
      x0: this.picked[1] - 0.5,
      x1: this.picked[1] + 0.5,
      y0: this.picked[0] - 0.5,
      y1: this.picked[0] + 0.5,
      line: { color: theme.text, width: 2.5 },
    };
    this.chart.relayout({ shapes: cell ? [cell] : [] });
  }

  async redraw() {
    if (!this.spec) return;
    const { theme } = this.chart;
    const layout = structuredClone(this.spec.figure.layout);
    const scale = colourScale(magnitudeTable(this.spec.magnitude, theme));
    layout.coloraxis = { ...layout.coloraxis, colorscale: scale };
    await this.chart.show(this.spec.figure.data, themedLayout(layout, theme));
    this.draw();
    this.mark();
  }

  /** @param {Frame} frame */
  frame(frame) {
    const values = frame.parts.get(this.id);
    if (!values) return;
    const key = values.data.join();
    if (key === this.key && this.values) return;
    this.key = key;
    this.values = values;
    this.draw();
  }

  /** `values` is (2, rows, columns): log10 of the loss, and the epoch of divergence (-1 none, -2 not yet known). */
  draw() {
    if (!this.values) return;
    const { data, shape } = this.values;
    const [, rows, columns] = shape;
    const size = rows * columns;
    /** @type {(number | null)[][]} */
    const z = [];
    /** @type {string[][]} */
    const ends = []; // how each run ended, in words; where it lies is the trace's own text
    /** @type {Record<"x" | "y", number[]>} */
    const crosses = { x: [], y: [] };
    let low = Infinity;
    let high = -Infinity;
    for (let row = 0; row < rows; row += 1) {
      z.push([]);
      ends.push([]);
      for (let column = 0; column < columns; column += 1) {
        const at = row * columns + column;
        const log = Number.isFinite(data[at]) ? data[at] : null;
        const epoch = data[size + at];
        if (epoch >= 0) {
          crosses.x.push(column);
          crosses.y.push(row);
        } else if (log !== null) {
          low = Math.min(low, log);
          high = Math.max(high, log);
        }
        z[row].push(log);
        ends[row].push(
          epoch >= 0
            ? GRID.diverged((epoch + 1).toLocaleString("en"))
            : log === null
              ? GRID.unknown
              : GRID.loss(figure(10 ** log)),
        );
      }
    }
    this.chart.restyle({ z: [z], customdata: [ends] }, [0]);
    this.chart.restyle({ x: [crosses.x], y: [crosses.y] }, [1]);
    if (high >= low) this.chart.relayout({ "coloraxis.cmin": low, "coloraxis.cmax": Math.max(high, low + 0.1) });
  }

  destroy() {
    this.chart.destroy();
  }
}
