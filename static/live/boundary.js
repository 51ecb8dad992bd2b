// The decision boundary: points as Plotly marks over a grid of codes.
//
// In motion the grid is a canvas under the marks (a coloured image costs a millisecond). At rest
// the finer grid is a true Plotly heatmap, so that hovering gives values and a download has it.

import { Chart, themedLayout } from "./chart.js";
import { boundaryTable, colourScale, css, mix, paint, rgb } from "./palette.js";

const SETTLE = 140; // ms without a new grid before the Plotly heatmap replaces the canvas

export class Boundary {
  constructor(root) {
    this.chart = new Chart(root, { underlay: true });
    this.options = { discretize: false, showTest: true };
    this.grid = null;
  }

  async setFigure(figure, shading, extent) {
    this.figure = figure;
    this.shading = shading;
    this.extent = extent;
    clearTimeout(this.timer);
    await this.redraw();
  }

  /** Everything drawn anew in the present theme and options (the chart itself is kept). */
  async redraw() {
    if (!this.figure) return;
    const { theme } = this.chart;
    this.table = boundaryTable(this.shading, theme, this.options.discretize);
    this.scale = colourScale(this.table, this.shading.kind === "two" ? 64 : 256);
    const traces = this.figure.data.map((trace) => this.dressed(trace, theme));
    await this.chart.show(traces, themedLayout(this.figure.layout, theme));
    const { grid } = this;
    if (grid?.values) this.rest(grid.codes, grid.values, grid.size);
    else if (grid) this.frame(grid.codes, grid.size);
  }

  dressed(trace, theme) {
    const role = trace.meta?.role;
    if (role === "grid") {
      return { ...trace, colorscale: this.scale, zsmooth: this.smooth() ? "best" : false, visible: false };
    }
    const marker = { ...trace.marker };
    const line = { ...marker.line };
    const strong = (colour) => css(mix(rgb(colour), theme.dark ? [255, 255, 255] : [0, 0, 0], 0.18));
    if (role === "test") {
      if (typeof marker.color === "string") marker.color = strong(marker.color);
      return { ...trace, marker, visible: this.options.showTest };
    }
    line.color = theme.dark ? "rgba(255,255,255,0.82)" : "rgba(255,255,255,0.95)";
    if (marker.colorscale) {
      marker.colorscale = this.scale;
      marker.colorbar = { ...marker.colorbar, tickfont: { color: theme.text } };
    }
    return { ...trace, marker: { ...marker, line } };
  }

  smooth() {
    return this.shading.kind === "two" && !this.options.discretize;
  }

  /** A coarse grid while playing: codes (size, size), first row at the bottom. */
  frame(codes, size) {
    clearTimeout(this.timer);
    this.chart.dropMap();
    this.grid = { codes, size };
    this.paint();
  }

  /** The fine grid at rest, with the values that hovering shows. */
  rest(codes, values, size) {
    this.grid = { codes, values, size };
    if (!this.chart.resting) this.paint();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), SETTLE);
  }

  paint() {
    const { codes, size } = this.grid;
    paint(this.chart.source, codes, size, size, this.table);
    const e = this.extent;
    this.chart.place(-e, e, -e, e, true);
  }

  settle() {
    if (!this.grid?.values) return;
    const { codes, values, size } = this.grid;
    const step = (2 * this.extent) / size;
    const centres = Array.from({ length: size }, (_, i) => -this.extent + (i + 0.5) * step);
    const rows = (flat) => Array.from({ length: size }, (_, r) => Array.from(flat.subarray(r * size, (r + 1) * size)));
    this.chart.showMap({ x: [centres], y: [centres], z: [rows(codes)], customdata: [rows(values)] });
  }

  setOptions(options) {
    this.options = { ...this.options, ...options };
    this.redraw();
  }

  destroy() {
    clearTimeout(this.timer);
    this.chart.destroy();
  }
}
