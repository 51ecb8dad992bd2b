// The loss curve and the gradient map: two charts over the same epochs, fed from one history.

import { Chart, themedLayout } from "./chart.js";
import { colourScale, magnitudeTable, paint } from "./palette.js";

const GROWTH = 1.3; // the epoch axis grows in steps, since moving an axis costs more than a line
const SUDDEN = 12; // a loss this many times its start is shown on a log axis unless told otherwise

const logOf = (v) => Math.log10(Math.max(v, 1e-12));

/** Records of the run so far: one row [epoch, train, test, gradient of each layer...] a record. */
export class History {
  constructor() {
    this.clear();
  }

  clear() {
    this.generation = -1;
    this.rows = [];
  }

  /** Take rows from `start` on; a new generation replaces what was there. */
  take(generation, start, { data, shape }) {
    if (generation !== this.generation) this.rows = [];
    this.generation = generation;
    this.rows.length = Math.min(this.rows.length, start);
    const [count, width] = shape;
    for (let i = 0; i < count; i += 1) this.rows.push(data.subarray(i * width, (i + 1) * width));
  }

  /** How many rows lie at or before `epoch`. */
  until(epoch) {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle][0] <= epoch + 1e-6) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The end of an epoch axis that shows `epoch`: it grows in steps and never shrinks within a run. */
export function axisEnd(epoch, present) {
  if (epoch <= present) return present;
  let end = Math.max(present, 10);
  while (end < epoch) end *= GROWTH;
  return end;
}

export class LossChart {
  constructor(root) {
    this.chart = new Chart(root);
    this.scale = null; // null: chosen by the loss; "linear" or "log": chosen by the person
    this.reset();
  }

  reset() {
    this.end = 10;
    this.range = null;
    this.log = this.scale === "log";
    this.start = null;
    this.points = null;
  }

  async setFigure(figure) {
    this.figure = figure;
    await this.redraw();
  }

  layout() {
    const layout = structuredClone(this.figure.layout);
    layout.xaxis.range = [0, this.end];
    layout.yaxis.type = this.log ? "log" : "linear";
    if (this.range) layout.yaxis.range = this.range;
    return themedLayout(layout, this.chart.theme);
  }

  async redraw() {
    if (!this.figure) return;
    const { theme } = this.chart;
    const traces = this.figure.data.map((trace, i) => ({
      ...trace,
      ...(this.points?.[i] ?? {}),
      mode: this.dots ? "markers" : "lines",
      line: { ...trace.line, color: trace.meta?.role === "train" ? theme.accent : theme.text },
    }));
    await this.chart.show(traces, this.layout());
  }

  /** Draw rows up to `count` and the tip [epoch, train, test] of the frame on show. */
  draw(rows, count, tip) {
    const xs = [];
    const train = [];
    const test = [];
    let low = Infinity;
    let high = -Infinity;
    const add = (epoch, a, b) => {
      xs.push(epoch);
      train.push(a);
      test.push(b);
      if (a < low) low = a;
      if (b < low) low = b;
      if (a > high) high = a;
      if (b > high) high = b;
    };
    for (let i = 0; i < count; i += 1) add(rows[i][0], rows[i][1], rows[i][2]);
    if (count === 0 || tip[0] > rows[count - 1][0] + 1e-6) add(...tip);
    this.start ??= train[0];
    const log = this.scale ? this.scale === "log" : this.log || high > SUDDEN * Math.max(this.start, 1e-9);
    this.points = [{ x: xs, y: train }, { x: xs, y: test }];
    const dots = xs.length < 2; // a line needs two points, the first is shown as a dot
    if (dots !== this.dots) {
      this.dots = dots;
      window.Plotly.restyle(this.chart.node, { mode: dots ? "markers" : "lines" }, [0, 1]);
    }
    const end = axisEnd(tip[0], this.end);
    const range = this.fit(low, high, log);
    if (end !== this.end || range !== this.range || log !== this.log) {
      this.end = end;
      this.range = range;
      this.log = log;
      window.Plotly.update(
        this.chart.node,
        { x: [xs, xs], y: [train, test] },
        { "xaxis.range": [0, end], "yaxis.type": log ? "log" : "linear", "yaxis.range": range },
        [0, 1],
      );
    } else {
      window.Plotly.restyle(this.chart.node, { x: [xs, xs], y: [train, test] }, [0, 1]);
    }
  }

  /** The present range where it still fits well, else a new one. */
  fit(low, high, log) {
    if (!Number.isFinite(high)) return this.range;
    if (log) {
      const [a, b] = [Math.floor(logOf(low) * 2) / 2 - 0.1, Math.ceil(logOf(high) * 2) / 2 + 0.1];
      const [c, d] = this.range ?? [1, 0];
      return this.log === log && c === a && d === b ? this.range : [a, b];
    }
    const top = high > 0 ? high * 1.08 : 1;
    const present = this.range?.[1] ?? 0;
    return this.log === log && this.range && high <= present * 0.99 && top > present * 0.6 ? this.range : [0, top];
  }

  setScale(scale) {
    this.scale = scale;
    this.range = null;
  }

  destroy() {
    this.chart.destroy();
  }
}

export class GradientChart {
  constructor(root) {
    this.chart = new Chart(root, { underlay: true });
    this.reset();
  }

  reset() {
    this.end = 10;
    this.low = Infinity;
    this.high = -Infinity;
    this.resting = false;
    this.painted = null;
    clearTimeout(this.timer);
  }

  async setFigure(figure, stops) {
    this.figure = figure;
    this.stops = stops;
    await this.redraw();
  }

  bounds() {
    return this.high > this.low ? [this.low, this.high] : [-4, 0];
  }

  async redraw() {
    if (!this.figure) return;
    const { theme } = this.chart;
    this.table = magnitudeTable(this.stops, theme);
    const layout = structuredClone(this.figure.layout);
    layout.xaxis.range = [0, this.end];
    layout.coloraxis = { ...layout.coloraxis, colorscale: colourScale(this.table) };
    [layout.coloraxis.cmin, layout.coloraxis.cmax] = this.bounds();
    const traces = this.figure.data.map((t) => (t.meta?.role === "map" ? { ...t, visible: false } : t));
    this.resting = false;
    await this.chart.show(traces, themedLayout(layout, theme));
    if (this.painted) {
      this.paint(...this.painted);
      this.rest();
    }
  }

  /** Draw the rows up to `count` and the last column as it is now, at epoch `tip[0]`. */
  draw(rows, count, tip, gradient) {
    clearTimeout(this.timer);
    if (this.resting) {
      this.resting = false;
      window.Plotly.restyle(this.chart.node, { visible: false }, [0]);
    }
    this.paint(rows, count, tip, gradient);
  }

  paint(rows, count, tip, gradient) {
    const columns = [];
    for (let i = 0; i < count; i += 1) columns.push([rows[i][0], rows[i].subarray(3)]);
    if (count === 0 || tip[0] > rows[count - 1][0] + 1e-6) columns.push([tip[0], gradient]);
    this.painted = [rows, count, tip, gradient];
    this.columns = columns;
    const layers = gradient.length;
    let { low, high } = this;
    for (const [, values] of columns) {
      for (const v of values) {
        if (v < low) low = v;
        if (v > high) high = v;
      }
    }
    low = Math.max(low, -12);
    if (low < this.low || high > this.high) {
      this.low = Math.floor(low * 2) / 2;
      this.high = Math.max(Math.ceil(high * 2) / 2, this.low + 1);
      window.Plotly.relayout(this.chart.node, { "coloraxis.cmin": this.low, "coloraxis.cmax": this.high });
    }
    const end = axisEnd(tip[0], this.end);
    if (end !== this.end) {
      this.end = end;
      window.Plotly.relayout(this.chart.node, { "xaxis.range": [0, end] });
    }
    // A column reaches from its own epoch to the next, so the map is a picture of equal columns in
    // epochs: paint at a resolution of at most 1024 columns over [0, last epoch].
    const last = Math.max(tip[0], this.end * 0.02);
    const width = Math.min(1024, Math.max(columns.length, 2));
    const [a, b] = this.bounds();
    const scale = 255 / (b - a);
    const codes = new Uint8Array(width * layers);
    let at = 0;
    for (let x = 0; x < width; x += 1) {
      const epoch = ((x + 0.5) / width) * last;
      while (at + 1 < columns.length && Math.abs(columns[at + 1][0] - epoch) <= Math.abs(columns[at][0] - epoch)) at += 1;
      const values = columns[at][1];
      for (let layer = 0; layer < layers; layer += 1) {
        // The first layer is the top row; `paint` counts rows from the bottom.
        codes[(layers - 1 - layer) * width + x] = Math.min(255, Math.max(0, (values[layer] - a) * scale));
      }
    }
    paint(this.chart.source, codes, width, layers, this.table);
    this.chart.place(0, last, layers - 0.5, -0.5, false);
  }

  /** At rest the map becomes a Plotly heatmap with values on hover. */
  rest() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.chart.ready || !this.columns) return;
      const layers = this.columns[0][1].length;
      const xs = this.columns.map(([epoch]) => epoch);
      const z = Array.from({ length: layers }, (_, layer) => this.columns.map(([, values]) => values[layer]));
      this.resting = xs.length > 1;
      window.Plotly.restyle(this.chart.node, { x: [xs], z: [z], visible: this.resting }, [0]);
      if (this.resting) this.chart.hideUnderlay();
    }, 160);
  }

  destroy() {
    clearTimeout(this.timer);
    this.chart.destroy();
  }
}
