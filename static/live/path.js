// A path that grows point by point over a fixed background: the server sends all of it at once.

import { Chart, themedLayout } from "./chart.js";

export class PathPanel {
  constructor(root) {
    this.chart = new Chart(root);
    this.shown = 0;
  }

  reset() {
    this.shown = null; // the next frame is drawn, whatever its step
  }

  async setFigure(spec) {
    this.spec = spec;
    this.shown = 0;
    await this.redraw();
  }

  part(trace) {
    const role = trace.meta?.role;
    const count = Math.min(this.shown + 1, this.full.x.length);
    const from = { path: 0, now: count - 1 }[role];
    if (from === undefined) return null;
    return Object.fromEntries(["x", "y", "customdata"].map((key) => [key, this.full[key].slice(from, count)]));
  }

  async redraw() {
    if (!this.spec) return;
    const { data, layout } = this.spec.figure;
    this.full = data.find((trace) => trace.meta?.role === "path");
    const traces = data.map((trace) => ({ ...trace, ...this.part(trace) }));
    await this.chart.show(traces, themedLayout(layout, this.chart.theme));
  }

  frame({ step }) {
    if (step === this.shown || !this.chart.ready) return;
    this.shown = step;
    const changes = { x: [], y: [], customdata: [] };
    const which = [];
    for (const [i, trace] of this.spec.figure.data.entries()) {
      const part = this.part(trace);
      if (!part) continue;
      for (const key of Object.keys(changes)) changes[key].push(part[key]);
      which.push(i);
    }
    this.chart.restyle(changes, which);
  }

  destroy() {
    this.chart.destroy();
  }
}
