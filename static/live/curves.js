// The loss curve and the map of sizes by layer: two charts over the same epochs.

import { Chart, themedLayout } from "./chart.js";
import { EpochAxis } from "./epochs.js";
import { colourScale, magnitudeTable, paint } from "./palette.js";

const SUDDEN = 12; // a loss this many times its start is shown on a log axis unless told otherwise

const LEGEND = `<span class="nn-legend"><i class="nn-key nn-key-train"></i>training<i class="nn-key nn-key-test"></i>test</span>`;

const [SMALLEST, LARGEST] = [-12, 6]; // log10 of the sizes that a map's colours reach to

const logOf = (v) => Math.log10(Math.max(v, 1e-12));

/** Ticks of a log axis: whole powers of ten, and 2 and 5 between them where there is room. */
function spacing(range, log) {
  if (!log) return null;
  const decades = range[1] - range[0];
  return decades < 2 ? "D2" : Math.ceil(decades / 6);
}

export class LossPanel {
  constructor(root) {
    root.parentElement.querySelector("header h3").insertAdjacentHTML("afterend", LEGEND);
    this.chart = new Chart(root);
    this.axis = new EpochAxis();
    this.scale = null; // null: chosen by the loss; "linear" or "log": chosen by the person
    this.reset();
  }

  reset() {
    this.axis.reset();
    this.range = null;
    this.log = this.scale === "log";
    this.start = null;
    this.points = this.shown = null;
  }

  async setFigure(spec) {
    this.figure = spec.figure;
    this.setScale(spec.switches[0].on ? "log" : null);
    await this.redraw();
  }

  widen(climb) {
    this.axis.widen(climb);
  }

  /** Changing a Plotly line costs several milliseconds: at 60 frames a second every second one. */
  frame({ row }, rows, player) {
    this.shown = [rows, row];
    this.skipped = player?.playing && player.base <= 25 && !this.skipped;
    if (!this.skipped) this.draw(rows, row);
  }

  rest() {
    if (this.shown) this.draw(...this.shown);
  }

  choose(name, on) {
    this.setScale(on ? "log" : "linear");
    this.rest();
  }

  layout() {
    const layout = structuredClone(this.figure.layout);
    this.axis.dress(layout, this.chart.theme);
    layout.yaxis.type = this.log ? "log" : "linear";
    if (this.range) {
      layout.yaxis.range = this.range;
      layout.yaxis.dtick = spacing(this.range, this.log);
    }
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
      hovertemplate: this.hover(trace),
    }));
    await this.chart.show(traces, this.layout());
  }

  /** What pointing at a line says: the epoch stands over all of it, but for a place that is none. */
  hover({ hovertemplate }) {
    return this.axis.stretched ? hovertemplate.replace("<extra>", " at epoch %{customdata:.5~g}<extra>") : hovertemplate;
  }

  /** Draw `rows` and, at their end, the row of the frame on show. */
  draw(rows, tip) {
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
    for (const [epoch, a, b] of rows) add(epoch, a, b);
    if (rows.length === 0 || tip[0] > rows.at(-1)[0] + 1e-6) add(tip[0], tip[1], tip[2]);
    this.start ??= train[0];
    const log = this.scale ? this.scale === "log" : this.log || high > SUDDEN * Math.max(this.start, 1e-9);
    const places = xs.map((epoch) => this.axis.place(epoch));
    this.points = [{ x: places, y: train, customdata: xs }, { x: places, y: test, customdata: xs }];
    const data = { x: [places, places], y: [train, test], customdata: [xs, xs] };
    const dots = xs.length < 2; // a line needs two points, the first is shown as a dot
    const mode = dots ? "markers" : "lines";
    this.axis.reach(tip[0]);
    const { key } = this.axis;
    const range = this.fit(low, high, log);
    if (key !== this.key || range !== this.range || log !== this.log || dots !== this.dots) {
      this.dots = dots;
      this.key = key;
      this.range = range;
      this.log = log;
      this.chart.update(
        { ...data, mode, hovertemplate: this.figure.data.map((trace) => this.hover(trace)) },
        { ...this.axis.settings(this.chart.theme), "yaxis.type": log ? "log" : "linear", "yaxis.range": range, "yaxis.dtick": spacing(range, log) },
        [0, 1],
      );
    } else {
      this.chart.restyle(data, [0, 1]);
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
