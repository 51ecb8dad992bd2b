// A path that grows point by point over a fixed background: the server sends all of it at once.

import { Chart, themedLayout } from "./chart.js";

export class PathPanel {
  /** @type {Figured} */
  spec;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.chart = new Chart(root);
    /** @type {number | null} */
    this.shown = 0;
    /** @type {any} */
    this.full = null; // the trace of the whole path
  }

  reset() {
    this.shown = null; // the next frame is drawn, whatever its step
  }

  /** @param {Figured} spec */
  async setFigure(spec) {
    this.spec = spec;
    this.shown = 0;
    await this.redraw();
  }

  /**
   * What of the path a trace shows; null if it shows something else.
   *
   * @param {any} trace
   */
  part(trace) {
    const role = trace.meta?.role;
    if (role !== "path" && role !== "now") return null;
    const count = Math.min((this.shown ?? 0) + 1, this.full.x.length);
    const from = role === "path" ? 0 : count - 1;
    return Object.fromEntries(["x", "y", "customdata"].map((key) => [key, this.full[key].slice(from, count)]));
  }

  async redraw() {
    if (!this.spec) return;
    const { data, layout } = this.spec.figure;
    this.full = data.find((trace) => trace.meta?.role === "path");
    const traces = data.map((trace) => ({ ...trace, ...this.part(trace) }));
    await this.chart.show(traces, themedLayout(layout, this.chart.theme));
  }

  /** @param {Frame} frame */
  frame({ step }) {
    if (step === this.shown || !this.chart.ready) return;
    this.shown = step;
    /** @type {Record<string, any[]>} */
    const changes = { x: [], y: [], customdata: [] };
    /** @type {number[]} */
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
