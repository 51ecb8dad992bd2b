// The map of sizes by layer over epochs.

import { Chart, themedLayout } from "./chart.js";
import { EpochAxis } from "./epochs.js";
import { colourScale, magnitudeTable, paint } from "./palette.js";

const [SMALLEST, LARGEST] = [-12, 6]; // log10 of the sizes that a map's colours reach to

/** Sizes that several maps share, so that one colour means the same in all of them. */
export const newSizes = () => ({ low: Infinity, high: -Infinity });

export class GradientChart {
  /** A layer's size stands in a row from place `offset` on; `sizes` may be shared with others. */
  constructor(root, { offset = 3, sizes = newSizes() } = {}) {
    this.chart = new Chart(root, { underlay: true });
    this.axis = new EpochAxis();
    this.offset = offset;
    this.sizes = sizes;
    this.reset();
  }

  reset() {
    this.axis.reset();
    Object.assign(this.sizes, newSizes());
    this.coloured = null; // the sizes that the chart's colours stand for
    this.painted = null;
    clearTimeout(this.timer);
  }

  async setFigure(figure, stops) {
    this.figure = figure;
    this.stops = stops;
    await this.redraw();
  }

  bounds() {
    const { low, high } = this.sizes;
    return high > low ? [low, high] : [-4, 0];
  }

  async redraw() {
    if (!this.figure) return;
    const { theme } = this.chart;
    this.table = magnitudeTable(this.stops, theme);
    const layout = structuredClone(this.figure.layout);
    this.axis.dress(layout, theme);
    layout.coloraxis = { ...layout.coloraxis, colorscale: colourScale(this.table) };
    [layout.coloraxis.cmin, layout.coloraxis.cmax] = this.bounds();
    const traces = this.figure.data.map((t) => (t.meta?.role === "map" ? { ...t, visible: false } : t));
    await this.chart.show(traces, themedLayout(layout, theme));
    if (this.painted) {
      this.repaint();
      this.rest();
    }
  }

  repaint() {
    this.paint(...this.painted);
  }

  /** Draw `rows` and the last column as it is now, at `epoch`. */
  draw(rows, epoch, gradient) {
    clearTimeout(this.timer);
    this.chart.dropMap();
    this.paint(rows, epoch, gradient);
  }

  paint(rows, epoch, gradient) {
    this.painted = [rows, epoch, gradient];
    const layers = gradient.length;
    // The columns' epochs; a column's sizes are read where they lie, from its row on `offset`, since
    // hundreds of rows are looked at for every frame. What is now may be a column after the rows.
    const { offset } = this;
    const places = rows.map((row) => this.axis.place(row[0]));
    if (rows.length === 0 || epoch > rows.at(-1)[0] + 1e-6) places.push(this.axis.place(epoch));
    const count = places.length;
    let { low, high } = this.sizes;
    const widen = (values, start) => {
      for (let i = start; i < start + layers; i += 1) {
        const v = values[i];
        if (v < low) low = v;
        if (v > high) high = v;
      }
    };
    for (let i = 0; i < rows.length; i += 1) widen(rows[i], offset);
    if (count > rows.length) widen(gradient, 0);
    // What has vanished or blown up has the last colour: the others can still be told apart.
    low = Math.max(low, SMALLEST);
    high = Math.min(high, LARGEST);
    const changes = {};
    if (low < this.sizes.low || high > this.sizes.high) {
      this.sizes.low = Math.floor(low * 2) / 2;
      this.sizes.high = Math.max(Math.ceil(high * 2) / 2, this.sizes.low + 1);
    }
    const [a, b] = this.bounds();
    if (this.coloured !== `${a} ${b}`) {
      this.coloured = `${a} ${b}`;
      changes["coloraxis.cmin"] = a;
      changes["coloraxis.cmax"] = b;
    }
    this.axis.reach(epoch);
    if (this.axis.key !== this.key) {
      this.key = this.axis.key;
      Object.assign(changes, this.axis.settings(this.chart.theme));
    }
    if (Object.keys(changes).length > 0) this.chart.relayout(changes);

    // A column reaches half way to its neighbours, so the map is a picture of equal columns over the
    // axis: paint at a resolution of at most 1024 columns over [0, last place].
    const last = this.axis.lastEdge(epoch);
    const width = Math.min(1024, Math.max(count, 2));
    const scale = 255 / (b - a);
    const codes = new Int16Array(width * layers);
    let at = 0;
    for (let x = 0; x < width; x += 1) {
      const here = ((x + 0.5) / width) * last;
      while (at + 1 < count && Math.abs(places[at + 1] - here) <= Math.abs(places[at] - here)) at += 1;
      const [values, start] = at < rows.length ? [rows[at], offset] : [gradient, 0];
      for (let layer = 0; layer < layers; layer += 1) {
        // The first layer is the top row; `paint` counts rows from the bottom.
        const code = (values[start + layer] - a) * scale; // NaN where there is nothing to show
        codes[(layers - 1 - layer) * width + x] = Number.isNaN(code) ? -1 : Math.min(255, Math.max(0, code));
      }
    }
    paint(this.chart.source, codes, width, layers, this.table);
    this.chart.place(0, last, layers - 0.5, -0.5, false);
  }

  /** At rest the map becomes a Plotly heatmap with values on hover. */
  rest() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.painted) return;
      const [rows, epoch, gradient] = this.painted;
      const epochs = rows.map((row) => row[0]);
      const now = rows.length === 0 || epoch > epochs.at(-1) + 1e-6;
      if (now) epochs.push(epoch);
      if (epochs.length < 2) return;
      const z = Array.from(gradient, (size, layer) => {
        const sizes = rows.map((row) => row[this.offset + layer]);
        if (now) sizes.push(size);
        return sizes;
      });
      const places = epochs.map((at) => this.axis.place(at));
      this.chart.showMap({ x: [places], z: [z], customdata: [z.map(() => epochs)] });
      this.chart.hideUnderlay();
    }, 160);
  }

  destroy() {
    clearTimeout(this.timer);
    this.chart.destroy();
  }
}
