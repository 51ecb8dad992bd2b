// A path that grows point by point over a fixed ground. A message brings the points of all of it.

import { Chart, themedLayout } from "./chart.js";

export class PathPanel {
  /** @type {Figured} */
  spec;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.chart = new Chart(root);
    this.step = 0;
    this.stale = true; // whether the next frame is drawn, whatever its step
    /** @type {Record<string, [number[], number[]]>} */
    this.points = {}; // across and up, of each trace by its role
  }

  reset() {
    this.stale = true;
  }

  /**
   * @param {Figured} spec
   * @param {Frame} [frame]
   * @param {Record<string, Grid>} [state]
   */
  async setFigure(spec, frame, state) {
    this.spec = spec;
    this.step = frame?.step ?? 0;
    if (state) this.setState(state);
    await this.redraw();
  }

  /** @param {Record<string, Grid>} state */
  setState(state) {
    this.stale = true;
    for (const [role, { data, shape }] of Object.entries(state)) {
      const points = Array.from(data);
      this.points[role] = [points.slice(0, shape[1]), points.slice(shape[1])];
    }
  }

  /**
   * The points of a trace up to the step on show; null if it has none.
   *
   * @param {any} trace
   */
  part({ meta }) {
    const [x, y] = this.points[meta?.role === "now" ? "path" : meta?.role] ?? [];
    if (!x || !y) return null;
    const last = Math.min(this.step, x.length - 1);
    const from = meta.role === "now" ? last : 0;
    const to = meta.role === "theory" ? x.length : last + 1;
    return { x: x.slice(from, to), y: y.slice(from, to), customdata: [...x.keys()].slice(from, to) };
  }

  async redraw() {
    if (!this.spec) return;
    const { data, layout } = this.spec.figure;
    const traces = data.map((trace) => ({ ...trace, ...this.part(trace) }));
    await this.chart.show(traces, themedLayout(layout, this.chart.theme));
  }

  /** @param {Frame} frame */
  frame({ step }) {
    if ((step === this.step && !this.stale) || !this.chart.ready) return;
    this.step = step;
    this.stale = false;
    /** @type {Record<string, any[]>} */
    const changes = { x: [], y: [], customdata: [] };
    /** @type {number[]} */
    const which = [];
    for (const [i, trace] of this.spec.figure.data.entries()) {
      /** @type {Record<string, number[]> | null} */
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
