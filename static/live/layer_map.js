// A map of one size of each layer of a network over epochs, log10, from the rows of its history.

import { Chart, themedLayout } from "./chart.js";
import { dress, EpochAxis } from "./epochs.js";
import { sayEnding } from "./layers.js";
import { colourScale, magnitudeTable, paint, powerTicks } from "./palette.js";

const [SMALLEST, LARGEST] = [-12, 6]; // log10 of the sizes that a map's colours reach to

/**
 * Diagonal lines over what lies right of the place `from` on the horizontal axis.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {any} full
 * @param {number} ratio
 * @param {number} from
 * @param {string} colour
 */
function hatch(context, { xaxis }, ratio, from, colour) {
  const { width, height } = context.canvas;
  const left = Math.max(xaxis.d2p(from) * ratio, 0);
  context.save();
  context.beginPath();
  context.rect(left, 0, width - left, height);
  context.clip();
  context.globalAlpha = 0.28;
  context.strokeStyle = colour;
  context.lineWidth = ratio;
  context.beginPath();
  for (let x = left - height; x < width; x += 9 * ratio) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  context.restore();
}

/**
 * Sizes, log10; there may be some `below` or `above` what colours reach to.
 *
 * @typedef {{ low: number, high: number, below: boolean, above: boolean, panels: Set<LayersPanel> }} Group
 */

const NOTHING = { low: Infinity, high: -Infinity, below: false, above: false };

/**
 * The layers' sizes are columns of a row from `offset` on; `loss` is that of the loss.
 *
 * @typedef {Figured & {
 *   group: string, offset: number, layers: number, loss: number, magnitude: string[],
 * }} LayersSpec
 */

/** Panels of one `group` share their sizes: one colour means the same in all of them. */
export class LayersPanel {
  /** @type {LayersSpec} */
  spec;

  /** @type {Group} */
  group;

  /**
   * @param {HTMLElement} root
   * @param {PanelHost} view
   */
  constructor(root, view) {
    this.root = root;
    /** @type {Map<string, Group>} */
    this.groups = view.groups ??= new Map();
    this.table = new Uint8ClampedArray(1024);
    /** @type {number | null} */
    this.from = null; // the epoch from which on the network is no more
    /** @type {string | null} */
    this.ending = null;
    /** @type {string | null} */
    this.coloured = null; // the sizes that the chart's colours stand for
    /** @type {[Row[], number, Row] | null} */
    this.painted = null;
    this.key = "";
    /** @type {Timer | undefined} */
    this.timer = undefined;
    this.chart = new Chart(root, { underlay: true });
    this.chart.over = (context, full, ratio) =>
      this.from !== null && hatch(context, full, ratio, this.from, this.chart.theme.text);
    this.axis = new EpochAxis();
  }

  /** @param {LayersSpec} spec */
  async setFigure(spec) {
    this.spec = spec;
    this.group = this.groups.get(spec.group) ?? { ...NOTHING, panels: new Set() };
    this.groups.set(spec.group, this.group);
    this.group.panels.add(this);
    this.reset();
    await this.redraw();
  }

  /** @param {Row[]} climb */
  widen(climb) {
    this.axis.widen(climb);
  }

  reset() {
    this.from = null;
    this.ending = null;
    this.axis.reset();
    Object.assign(this.group, NOTHING);
    this.coloured = null;
    this.painted = null;
    clearTimeout(this.timer);
  }

  /** @param {{ ending: string | null }} state */
  setState({ ending }) {
    this.ending = ending;
  }

  /** @type {(frame: Frame, rows: Row[]) => void} */
  frame({ row }, rows) {
    const { offset, layers, loss } = this.spec;
    const ended = Number.isNaN(row[loss]);
    const seen = ended ? [...rows, row] : [];
    const gone = seen.findIndex((each) => Number.isNaN(each[loss]));
    this.from = gone > 0 ? (seen[gone - 1][0] + seen[gone][0]) / 2 : ended ? 0 : null;
    sayEnding(this, ended ? this.ending : null);
    clearTimeout(this.timer);
    this.chart.dropMap();
    this.paint(rows, row[0], row.subarray(offset, offset + layers));
    for (const panel of this.group.panels) panel.recolour(); // this one may have widened the scale
  }

  /** Take the colours of the group, where another panel has changed them since this was painted. */
  recolour() {
    if (this.painted && this.coloured !== this.sizes) this.paint(...this.painted);
  }

  bounds() {
    const { low, high } = this.group;
    return high > low ? [low, high] : [-4, 0];
  }

  /** The sizes that the colours of now stand for. */
  get sizes() {
    return [...this.bounds(), this.group.below, this.group.above].join(" ");
  }

  /** Plotly's settings of the colours, as `relayout` takes them. */
  scale() {
    const [low, high] = this.bounds();
    const { below, above } = this.group;
    const bar = powerTicks(low, high, below, above);
    return {
      "coloraxis.cmin": low,
      "coloraxis.cmax": high,
      "coloraxis.colorbar.tickmode": below || above ? "array" : "auto",
      "coloraxis.colorbar.tickvals": bar.map(([power]) => power),
      "coloraxis.colorbar.ticktext": bar.map(([, text]) => text),
    };
  }

  async redraw() {
    if (!this.spec) return;
    const { theme } = this.chart;
    this.table = magnitudeTable(this.spec.magnitude, theme);
    const layout = structuredClone(this.spec.figure.layout);
    this.axis.dress(layout, theme);
    layout.coloraxis = { ...layout.coloraxis, colorscale: colourScale(this.table) };
    dress(layout, this.scale());
    const traces = this.spec.figure.data.map((t) => (t.meta?.role === "map" ? { ...t, visible: false } : t));
    await this.chart.show(traces, themedLayout(layout, theme));
    if (this.painted) {
      this.paint(...this.painted);
      this.rest();
    }
  }

  /**
   * Draw `rows` and the last column, the sizes of now, at `epoch`.
   *
   * @param {Row[]} rows
   * @param {number} epoch
   * @param {Row} gradient
   */
  paint(rows, epoch, gradient) {
    this.painted = [rows, epoch, gradient];
    const layers = gradient.length;
    // The columns' epochs; a column's sizes are read where they lie, from its row on `offset`, since
    // hundreds of rows are looked at for every frame. What is now may be a column after the rows.
    const { offset } = this.spec;
    const places = rows.map((row) => this.axis.place(row[0]));
    if (rows.length === 0 || epoch > rows[rows.length - 1][0] + 1e-6) places.push(this.axis.place(epoch));
    const count = places.length;
    let { low, high } = this.group;
    /** @type {(values: Row, start: number) => void} */
    const widen = (values, start) => {
      for (let i = start; i < start + layers; i += 1) {
        const v = values[i];
        if (v < low) low = v;
        if (v > high) high = v;
      }
    };
    for (let i = 0; i < rows.length; i += 1) widen(rows[i], offset);
    if (count > rows.length) widen(gradient, 0);
    // What has vanished or blown up has the last colour, and the bar says so: the others can still be told apart.
    this.group.below ||= low <= SMALLEST;
    this.group.above ||= high > LARGEST;
    low = Math.max(low, SMALLEST);
    high = Math.min(high, LARGEST);
    /** @type {Record<string, any>} */
    const changes = {};
    if (low < this.group.low || high > this.group.high) {
      this.group.low = Math.floor(low * 2) / 2;
      this.group.high = Math.max(Math.ceil(high * 2) / 2, this.group.low + 1);
    }
    const [a, b] = this.bounds();
    if (this.coloured !== this.sizes) {
      this.coloured = this.sizes;
      Object.assign(changes, this.scale());
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
      const now = rows.length === 0 || epoch > epochs[epochs.length - 1] + 1e-6;
      if (now) epochs.push(epoch);
      if (epochs.length < 2) return;
      const z = Array.from(gradient, (size, layer) => {
        const sizes = rows.map((row) => row[this.spec.offset + layer]);
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
    this.group?.panels.delete(this);
    this.chart.destroy();
  }
}
