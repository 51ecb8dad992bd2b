// The decision boundary: points as Plotly marks over a grid of codes.
//
// In motion the grid is a canvas under the marks (a coloured image costs a millisecond). At rest
// the finer grid is a true Plotly heatmap, so that hovering gives values and a download has it.

import { Chart, themedLayout } from "./chart.js";
import { boundaryTable, colourScale, css, mix, paint, rgb } from "./palette.js";

const SETTLE = 140; // ms without a new grid before the Plotly heatmap replaces the canvas

export class BoundaryPanel {
  constructor(root) {
    this.root = root;
    this.legend = document.createElement("span");
    this.legend.className = "nn-legend";
    root.parentElement.querySelector("header h3").after(this.legend);
    this.chart = new Chart(root, { underlay: true });
    this.grid = null;
  }

  async setFigure(spec) {
    this.figure = spec.figure;
    this.shading = spec.shading;
    this.extent = spec.extent;
    this.options = Object.fromEntries(spec.switches.map(({ name, on }) => [name, on]));
    this.grid = this.fine = null;
    this.legend.replaceChildren(...spec.legend.map(legendEntry));
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
    if (grid?.values) this.rest();
    else if (grid) this.paint();
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
      return { ...trace, marker, visible: this.options.show_test };
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

  /** A coarse grid while playing: codes (1, size, size), first row at the bottom. */
  frame({ parts }) {
    clearTimeout(this.timer);
    this.chart.dropMap();
    const { data, shape } = parts.get(this.id);
    this.grid = { codes: data, size: shape[1] };
    this.paint();
  }

  /** The fine grid at rest, with the values that hovering shows: (size, size) each. */
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

  choose(name, on) {
    this.options[name] = on;
    this.redraw();
  }

  destroy() {
    clearTimeout(this.timer);
    this.chart.destroy();
  }
}

function legendEntry([label, colour, shape]) {
  const item = document.createElement("span");
  const key = document.createElement("i");
  key.className = `nn-dot nn-dot-${shape}`;
  key.style.setProperty("--colour", colour);
  item.append(key, label);
  return item;
}
