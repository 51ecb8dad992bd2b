// The decision boundary: points as Plotly marks over a grid of codes.
//
// In motion the grid is a canvas under the marks (a coloured image costs a millisecond). At rest
// the finer grid is a true Plotly heatmap, so that hovering gives values and a download has it.

import { Chart, themedLayout } from "./chart.js";
import { element, find, headOf } from "./dom.js";
import { boundaryTable, colourScale, css, mix, paint, rgb } from "./palette.js";
import { sketch } from "./sketch.js";

const SETTLE = 140; // ms without a new grid before the Plotly heatmap replaces the canvas

/**
 * Codes of a square of points, and their values where it is the fine one.
 *
 * @typedef {{ codes: Numbers, values?: Numbers, size: number }} Shades
 */

/**
 * `legend` has label, colour and shape.
 *
 * @typedef {Figured & {
 *   shading: Shading, extent: number, legend: [string, string, string][], switches: Switch[],
 * }} BoundarySpec
 */

export class BoundaryPanel {
  id = "";

  /** @type {BoundarySpec} */
  spec;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.legend = element("span", "nn-legend");
    find(headOf(root), "h3").after(this.legend);
    this.chart = new Chart(root, { underlay: true });
    /** @type {Shades | null} */
    this.grid = null; // on show
    /** @type {Shades | null} */
    this.fine = null;
    /** @type {Record<string, boolean>} */
    this.options = {};
    this.table = new Uint8ClampedArray(1024);
    /** @type {HTMLCanvasElement | null} */
    this.sketched = null; // stands in for the chart
    /** @type {Timer | undefined} */
    this.timer = undefined;
  }

  /** @param {BoundarySpec} spec */
  async setFigure(spec) {
    this.spec = spec;
    this.options = Object.fromEntries(spec.switches.map(({ name, on }) => [name, on]));
    this.grid = this.fine = null;
    this.legend.replaceChildren(...spec.legend.map(legendEntry));
    clearTimeout(this.timer);
    await this.redraw();
    this.sketched?.remove();
    this.sketched = null;
  }

  /**
   * Before plotly.js is there.
   *
   * @param {BoundarySpec} spec
   * @param {Frame} frame
   */
  sketch(spec, { parts }) {
    const codes = parts.get(this.id);
    if (!codes) return;
    this.spec = spec;
    this.options = Object.fromEntries(spec.switches.map(({ name, on }) => [name, on]));
    this.legend.replaceChildren(...spec.legend.map(legendEntry));
    const { theme, root } = this.chart;
    this.table = boundaryTable(spec.shading, theme, this.options.discretize);
    paint(this.chart.source, codes.data, codes.shape[1], codes.shape[1], this.table);
    const traces = spec.figure.data.map((trace) => this.dressed(trace, theme, []));
    this.sketched?.remove();
    this.sketched = sketch(root, this.chart.source, { ...spec.figure, data: traces }, this.table);
  }

  /** Everything drawn anew in the present theme and options (the chart itself is kept). */
  async redraw() {
    if (!this.spec) return;
    const { theme } = this.chart;
    const { figure, shading } = this.spec;
    this.table = boundaryTable(shading, theme, this.options.discretize);
    const scale = colourScale(this.table, shading.kind === "two" ? 64 : 256);
    const traces = figure.data.map((trace) => this.dressed(trace, theme, scale));
    await this.chart.show(traces, themedLayout(figure.layout, theme));
    const { grid } = this;
    if (grid?.values) this.rest();
    else if (grid) this.paint();
  }

  /** @type {(trace: any, theme: Theme, scale: [number, string][]) => void} */
  dressed(trace, theme, scale) {
    const role = trace.meta?.role;
    if (role === "grid") {
      return { ...trace, colorscale: scale, zsmooth: this.smooth() ? "best" : false, visible: false };
    }
    const marker = { ...trace.marker };
    const line = { ...marker.line };
    /** @param {string} colour */
    const strong = (colour) => css(mix(rgb(colour), theme.dark ? [255, 255, 255] : [0, 0, 0], 0.18));
    if (role === "test") {
      if (typeof marker.color === "string") marker.color = strong(marker.color);
      return { ...trace, marker, visible: this.options.show_test };
    }
    line.color = theme.dark ? "rgba(255,255,255,0.82)" : "rgba(255,255,255,0.95)";
    if (marker.colorscale) {
      marker.colorscale = scale;
      marker.colorbar = { ...marker.colorbar, tickfont: { color: theme.text } };
    }
    return { ...trace, marker: { ...marker, line } };
  }

  smooth() {
    return this.spec.shading.kind === "two" && !this.options.discretize;
  }

  /**
   * A coarse grid while playing: codes (1, size, size), first row at the bottom.
   *
   * @param {Frame} frame
   */
  frame({ parts }) {
    clearTimeout(this.timer);
    this.chart.dropMap();
    const codes = parts.get(this.id);
    if (!codes) return;
    this.grid = { codes: codes.data, size: codes.shape[1] };
    this.paint();
  }

  /**
   * The fine grid at rest, with the values that hovering shows: (size, size) each.
   *
   * @param {{ codes: Grid, values: Grid }} state
   */
  setState({ codes, values }) {
    this.fine = { codes: codes.data, values: values.data, size: codes.shape[0] };
  }

  rest() {
    if (!this.fine) return;
    this.grid = this.fine;
    if (!this.chart.resting) this.paint();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), SETTLE);
  }

  paint() {
    if (!this.grid) return;
    const { codes, size } = this.grid;
    paint(this.chart.source, codes, size, size, this.table);
    const e = this.spec.extent;
    this.chart.place(-e, e, -e, e, true);
  }

  settle() {
    if (!this.grid?.values) return;
    const { codes, values, size } = this.grid;
    const { extent } = this.spec;
    const step = (2 * extent) / size;
    const centres = Array.from({ length: size }, (_, i) => -extent + (i + 0.5) * step);
    /** @param {Numbers} flat */
    const rows = (flat) => Array.from({ length: size }, (_, r) => Array.from(flat.subarray(r * size, (r + 1) * size)));
    this.chart.showMap({ x: [centres], y: [centres], z: [rows(codes)], customdata: [rows(values)] });
  }

  /** @type {(name: string, on: boolean) => void} */
  choose(name, on) {
    this.options[name] = on;
    this.redraw();
  }

  destroy() {
    clearTimeout(this.timer);
    this.chart.destroy();
  }
}

/** @param {[string, string, string]} entry */
function legendEntry([label, colour, shape]) {
  const key = element("i", `nn-dot nn-dot-${shape}`);
  key.style.setProperty("--colour", colour);
  return element("span", "", key, label);
}
