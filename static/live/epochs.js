// The epoch axis of the charts of one run: it grows with the run, and gives a divergence room.

import { EPOCHS } from "./words.js";

const GROWTH = 1.3; // it grows in steps, since moving an axis costs more than a line
const ROOM = 0.45; // of the axis, for the last steps of a run that diverged

/**
 * The end of an epoch axis that shows `epoch`: it grows in steps and never shrinks within a run.
 *
 * @param {number} epoch
 * @param {number} present
 */
function axisEnd(epoch, present) {
  if (epoch <= present) return present;
  let end = Math.max(present, 10);
  while (end < epoch) end *= GROWTH;
  return end;
}

/**
 * Multiples of 1, 2 or 5 times a power of ten from 0 to below `end`, five or so.
 *
 * @param {number} end
 */
function roundTicks(end) {
  const raw = end / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((m) => m * power >= raw) ?? 10);
  return Array.from({ length: Math.ceil(end / step) }, (_, i) => i * step);
}

/**
 * What `relayout` would take, in a `layout` that is drawn anew.
 *
 * @param {any} layout
 * @param {Record<string, any>} changes
 */
export function dress(layout, changes) {
  for (const [name, value] of Object.entries(changes)) {
    const path = name.split(".");
    let at = layout;
    for (const part of path.slice(0, -1)) at = at[part] ??= {};
    at[path[path.length - 1]] = value;
  }
}

/** Where an epoch lies on the axis. The last steps of a run that diverged may be drawn wider. */
export class EpochAxis {
  constructor() {
    this.reset();
  }

  reset() {
    /** @type {number} */
    this.end = 10; // a place, as all of `range`
    /**
     * Which epochs, `step` apart, are drawn wider.
     *
     * @type {{ first: number, step: number, stretch: number, epochs: number[] } | null}
     */
    this.wide = null;
  }

  /**
   * Give the epochs of `climb`, rows that lie a step apart, room; none: all epochs are alike.
   *
   * @param {Row[]} climb
   */
  widen(climb) {
    const epochs = climb.map((row) => row[0]);
    if (epochs.length < 2) {
      if (this.wide) this.reset();
      return;
    }
    const [first, last] = [epochs[0], epochs[epochs.length - 1]];
    const step = (last - first) / (epochs.length - 1);
    const span = last + step / 2 - first; // the last step has its width too
    const stretch = Math.max(1, (ROOM / (1 - ROOM)) * (first / span));
    this.wide = { first, step, stretch, epochs };
    this.end = first + span * stretch;
  }

  get stretched() {
    return this.wide !== null && this.wide.stretch > 1;
  }

  /** @param {number} epoch */
  reach(epoch) {
    if (!this.wide) this.end = axisEnd(epoch, this.end);
  }

  /** @param {number} epoch */
  place(epoch) {
    if (!this.wide || epoch <= this.wide.first) return epoch;
    return this.wide.first + (epoch - this.wide.first) * this.wide.stretch;
  }

  /**
   * Where the picture of a run that has come to `epoch` ends.
   *
   * @param {number} epoch
   */
  lastEdge(epoch) {
    if (this.wide && epoch >= this.wide.first) return this.place(epoch) + (this.wide.step * this.wide.stretch) / 2;
    return Math.max(epoch, this.end * 0.02);
  }

  /** What has changed if this has. */
  get key() {
    return `${this.end} ${this.wide?.stretch}`;
  }

  /**
   * Plotly's settings of this axis, as `relayout` takes them.
   *
   * @param {Theme} theme
   * @returns {Record<string, any>}
   */
  settings(theme) {
    const range = [0, this.end];
    if (!this.wide || !this.stretched) {
      return {
        "xaxis.range": range,
        "xaxis.tickmode": "auto",
        "xaxis.title.text": EPOCHS.axis,
        "xaxis.unifiedhovertitle.text": "",
        shapes: [],
      };
    }
    const { first, epochs } = this.wide;
    const steps = epochs.length;
    const before = roundTicks(first).filter((epoch) => first - epoch > 0.08 * this.end);
    const ticks = [...before, first, epochs[steps >> 1], epochs[steps - 1]];
    return {
      "xaxis.range": range,
      "xaxis.tickmode": "array",
      "xaxis.tickvals": ticks.map((epoch) => this.place(epoch)),
      "xaxis.ticktext": ticks.map((epoch) => String(Number(epoch.toFixed(2)))),
      "xaxis.unifiedhovertitle.text": EPOCHS.loss, // a place is no epoch
      "xaxis.title.text": EPOCHS.wider(steps),
      shapes: [
        {
          type: "line",
          x0: first,
          x1: first,
          y0: 0,
          y1: 1,
          yref: "paper",
          line: { color: theme.text, width: 1, dash: "dot" },
        },
      ],
    };
  }

  /**
   * The same in a `layout` that is drawn anew.
   *
   * @param {any} layout
   * @param {Theme} theme
   */
  dress(layout, theme) {
    dress(layout, this.settings(theme));
  }
}
