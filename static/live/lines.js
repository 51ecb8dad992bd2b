// Several lines over one axis, from the rows of a view: a canvas in motion, Plotly lines at rest.

import { Chart, themedLayout } from "./chart.js";
import { element, headOf } from "./dom.js";
import { EpochAxis } from "./epochs.js";
import { FAINT, smoothed, strokeCross, strokeLine, writeEnds } from "./line_canvas.js";
import { EPOCHS, LINES } from "./words.js";

const SUDDEN = 12; // what grows so many times its start is shown on a log axis unless told otherwise
const DECADES = 14; // that a logarithmic axis shows at most, unless the spec says another number
const SETTLE = 120; // ms at rest before the Plotly lines replace the canvas

/** @param {number} v */
const log10 = (v) => Math.log10(Math.max(v, 1e-300));

/**
 * Whole decades, or over a short range 1, 2 and 5 too, written out: Plotly's own "5" may mean 0.5.
 *
 * @param {Range} range
 */
function logTicks([low, high]) {
  const decades = high - low;
  return decades < 2 ? { dtick: "D2", tickformat: "~g" } : { dtick: Math.ceil(decades / 6), tickformat: "" };
}

/** @typedef {[number, number]} Range of an axis, log10 where it is logarithmic */

/** @typedef {{ name: string, column: number, colour: string, dash?: "solid" | "dash" | "dot", width?: number }} Series */

/** @typedef {(value: number) => number} Scale from a value to the canvas */

/** @typedef {(context: CanvasRenderingContext2D, ratio: number, px: Scale, py: Scale) => void} Drawing */

/**
 * `ceiling` is the highest value that is shown: a number, or so many times the largest of a column.
 * `many` lines lie over one another: they are smoothed in front, and named at their ends. `range` is that
 * of a linear axis, where it does not depend on the values.
 *
 * @typedef {Figured & {
 *   series: Series[], legend?: boolean, log: boolean | "auto", decades?: number,
 *   ceiling?: number | { column: number, times: number }, range?: Range, many?: boolean,
 * }} LinesSpec
 */

export class LinesPanel {
  /** @type {LinesSpec} */
  spec;

  /**
   * @param {HTMLElement} root
   * @param {PanelHost} view
   */
  constructor(root, view) {
    this.view = view;
    this.root = root;
    root.classList.add("nn-lines");
    this.legend = element("span", "nn-legend");
    headOf(root).append(this.legend);
    this.chart = new Chart(root, { underlay: true });
    this.chart.painter = (context, full, ratio) => this.paint(context, full, ratio);
    this.axis = new EpochAxis();
    /** @type {number | null} */
    this.focused = null;
    /** @type {boolean | "auto"} */
    this.asked = "auto"; // whether the axis is logarithmic; "auto" is for the lines to say
    this.log = this.drawn = false; // whether it is, and whether the chart's is
    this.key = "";
    this.resting = false;
    /** @type {Row[]} */
    this.rows = [];
    /** @type {Range | null} */
    this.range = null; // of the vertical axis
    /** @type {[number, number, number][]} */
    this.marks = []; // places where lines have ended, and which
    /** @type {number[][]} */
    this.courses = []; // the smoothed lines
    /** @type {Timer | undefined} */
    this.timer = undefined;
  }

  reset() {
    clearTimeout(this.timer);
    this.rows = [];
    this.range = null;
    this.axis.reset();
    this.log = this.asked === true;
    this.marks = [];
    this.resting = false;
  }

  /**
   * Room for the last steps of a run that diverged.
   *
   * @param {Row[]} climb
   */
  widen(climb) {
    this.axis.widen(climb);
  }

  /** @param {LinesSpec} spec */
  async setFigure(spec) {
    this.spec = spec;
    this.focused = null;
    this.asked = spec.switches?.[0].on ? true : spec.log;
    this.reset();
    this.legend.replaceChildren(...(spec.legend ? spec.series.map((series, i) => this.entry(series, i)) : []));
    await this.redraw();
  }

  /**
   * @param {Series} series
   * @param {number} index
   */
  entry(series, index) {
    const key = element("i", "nn-key");
    key.style.borderTopColor = this.colour(series);
    key.style.borderTopStyle = { solid: "solid", dash: "dashed", dot: "dotted" }[series.dash ?? "solid"];
    const button = element("button", "nn-entry", key, series.name);
    Object.assign(button, { type: "button", title: LINES.focus(series.name) });
    button.addEventListener("click", () => this.view.focus(index));
    return button;
  }

  /**
   * A colour of the server, or one of the theme's: "accent", "text".
   *
   * @param {Pick<Series, "colour">} series
   */
  colour({ colour }) {
    return colour === "accent" || colour === "text" ? this.chart.theme[colour] : colour;
  }

  async redraw() {
    if (!this.spec) return;
    const { theme } = this.chart;
    const layout = structuredClone(this.spec.figure.layout);
    this.axis.dress(layout, theme);
    this.drawn = this.log;
    layout.yaxis.type = this.log ? "log" : "linear";
    if (this.range) Object.assign(layout.yaxis, { range: this.range }, this.log ? logTicks(this.range) : {});
    const traces = this.spec.series.map((series) => ({
      type: "scatter",
      mode: "lines",
      name: series.name,
      x: [],
      y: [],
      line: { width: series.width ?? 2, color: this.colour(series), dash: series.dash ?? "solid" },
      hovertemplate: this.hover(series),
    }));
    await this.chart.show(traces, themedLayout(layout, theme));
    for (const [i, key] of this.legend.querySelectorAll("i").entries())
      key.style.borderTopColor = this.colour(this.spec.series[i]);
    const { resting } = this;
    this.resting = false;
    if (this.rows.length > 0) {
      this.show(this.rows);
      if (resting) this.rest();
    }
  }

  /**
   * What pointing at a line says: the epoch stands over all of it, but for a place that is none.
   *
   * @param {Series} series
   */
  hover({ name }) {
    return `${name}: %{y:.4g}${this.axis.stretched ? EPOCHS.at : ""}<extra></extra>`;
  }

  /**
   * The switch in the panel's head: on or off, it is what the person wants.
   *
   * @param {string} _name
   * @param {boolean} on
   */
  choose(_name, on) {
    this.asked = on;
    this.range = null;
    const { resting } = this;
    this.show(this.rows);
    if (resting) this.rest();
  }

  /** @param {{ marks?: [number, number, number][] }} state */
  setState({ marks = [] }) {
    this.marks = marks;
    if (this.resting) this.chart.repaint();
  }

  /** @param {number | null} index */
  focus(index) {
    this.focused = index;
    if (this.resting) {
      this.chart.restyle({ opacity: this.opacities() });
    }
    this.chart.repaint();
  }

  /** @type {(frame: Frame, rows: Row[]) => void} */
  frame(frame, rows) {
    const tip = rows.length === 0 || frame.row[0] > rows[rows.length - 1][0] + 1e-6;
    this.show(tip ? [...rows, frame.row] : rows);
  }

  /** @param {Row[]} rows */
  show(rows) {
    clearTimeout(this.timer);
    if (this.resting) {
      this.resting = false;
      this.root.classList.add("nn-moving");
    }
    this.rows = rows;
    this.fit();
    this.chart.repaint();
  }

  /** Move the axes where the lines have outgrown them. */
  fit() {
    let low = Infinity;
    let least = Infinity; // above zero
    let high = -Infinity;
    for (const row of this.rows) {
      for (const { column } of this.spec.series) {
        const v = row[column];
        if (!Number.isFinite(v)) continue;
        if (v < low) low = v;
        if (v > 0 && v < least) least = v;
        if (v > high) high = v;
      }
    }
    if (high < low) return;
    /** @type {Record<string, any>} */
    const changes = {};
    const log =
      this.asked === "auto"
        ? this.log || high > SUDDEN * Math.max(this.rows[0][this.spec.series[0].column], 1e-9)
        : this.asked;
    this.log = log;
    if (log !== this.drawn) {
      this.drawn = log; // as the chart's axis is
      for (const box of headOf(this.root).querySelectorAll("input")) box.checked = log;
      this.range = null;
      changes["yaxis.type"] = log ? "log" : "linear";
    }
    this.axis.reach(this.rows[this.rows.length - 1][0]);
    if (this.axis.key !== this.key) {
      this.key = this.axis.key;
      Object.assign(changes, this.axis.settings(this.chart.theme));
    }
    high = Math.min(high, this.ceiling()); // what has blown up leaves the picture at its top
    if (!log || least <= high) {
      const range = log ? this.logRange(least, high) : this.linearRange(low, high);
      if (!this.range || range[0] !== this.range[0] || range[1] !== this.range[1]) {
        this.range = range;
        changes["yaxis.range"] = range;
        for (const [name, value] of Object.entries(log ? logTicks(range) : { dtick: null, tickformat: "" }))
          changes[`yaxis.${name}`] = value;
      }
    }
    if (Object.keys(changes).length > 0) this.chart.relayout(changes);
  }

  /** The highest value that is shown: a number, or so many times the largest of one column. */
  ceiling() {
    const { ceiling = Infinity } = this.spec;
    if (typeof ceiling === "number") return ceiling;
    const values = this.rows.map((row) => row[ceiling.column]).filter(Number.isFinite);
    return values.length > 0 ? ceiling.times * Math.max(...values) : Infinity;
  }

  /** @type {(low: number, high: number) => Range} */
  logRange(low, high) {
    const top = Math.ceil(log10(high) * 2) / 2 + 0.1;
    return [Math.max(Math.floor(log10(low) * 2) / 2 - 0.1, top - (this.spec.decades ?? DECADES)), top];
  }

  /** @type {(low: number, high: number) => Range} */
  linearRange(low, high) {
    if (this.spec.range) return this.spec.range;
    const [a, b] = this.range ?? [0, 0];
    const bottom = Math.min(0, low * 1.05);
    if (this.range && a <= bottom && high <= b * 0.98 && high > b * 0.45) return this.range;
    return [bottom, high > 0 ? high * 1.12 : 1];
  }

  /** @type {import("./chart.js").Painter} */
  paint(context, full, ratio) {
    if (!this.spec) return;
    const { xaxis, yaxis } = full;
    const [x0, x1] = xaxis.range;
    const [y0, y1] = yaxis.range;
    const ax = (xaxis._length * ratio) / (x1 - x0);
    const ay = (yaxis._length * ratio) / (y1 - y0);
    const height = yaxis._length * ratio;
    /** @type {Scale} */
    const py = (v) => height - ((this.log ? log10(v) : v) - y0) * ay;
    /** @type {Scale} */
    const px = (x) => (this.axis.place(x) - x0) * ax;
    const thick = ratio * this.chart.theme.scale;
    if (!this.resting || this.spec.many) this.draw(context, thick, px, py);
    this.ends(context, thick, px, py, xaxis._length * ratio, height);
    context.globalAlpha = 1;
  }

  /** @type {Drawing} */
  draw(context, ratio, px, py) {
    const { many, series } = this.spec;
    const all = [...series.keys()];
    const order = all.filter((i) => i !== this.focused).concat(all.filter((i) => i === this.focused)); // it on top
    /** @type {(index: number, values: number[], faint?: number) => void} */
    const line = (index, values, faint = 1) => {
      const { dash, width = 2 } = series[index];
      const alpha = faint * this.strength(index);
      strokeLine(context, ratio, this.rows, values, px, py, { colour: this.colour(series[index]), dash, width, alpha });
    };
    /** @type {(index: number) => number[]} */
    const raw = (index) => this.rows.map(({ [series[index].column]: v }) => (this.log && v <= 0 ? Number.NaN : v));
    if (many && !this.resting) for (const index of order) line(index, raw(index), FAINT);
    this.courses = many ? all.map((index) => smoothed(raw(index), this.log)) : [];
    for (const index of order) line(index, this.courses[index] ?? raw(index));
  }

  /**
   * How strong a line is beside the one that stands out.
   *
   * @param {number} index
   */
  strength(index) {
    return this.focused === null || this.focused === index ? 1 : 0.18;
  }

  /**
   * Names at the ends of the lines that go on; a cross where one has ended for good.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {number} ratio
   * @param {Scale} px
   * @param {Scale} py
   * @param {number} width
   * @param {number} height
   */
  ends(context, ratio, px, py, width, height) {
    const { many, series } = this.spec;
    const here = this.rows.at(-1)?.[0] ?? 0;
    const ended = this.marks.filter(([x]) => x <= here + 1e-6);
    for (const [x, y, index] of ended)
      strokeCross(context, ratio, px(x), py(y), this.colour(series[index]), Math.max(this.strength(index), 0.25));
    if (!many) return;
    const places = series.map(({ column }, index) => {
      const mark = ended.find((each) => each[2] === index);
      const at = mark ?? this.rows.findLast((row) => Number.isFinite(row[column]) && !(this.log && row[column] <= 0));
      return at && { x: px(at[0]), y: py(mark?.[1] ?? this.courses[index]?.findLast(Number.isFinite) ?? at[column]) };
    });
    const names = series.flatMap((each, index) => {
      const place = places[index];
      const strong = this.focused === null || this.focused === index;
      return place ? [{ name: each.name, colour: this.colour(each), strong, ...place }] : [];
    });
    const { font, background } = this.chart.theme;
    writeEnds(context, ratio, names, { width, height, font, background });
  }

  /** Of Plotly's lines; those behind smoothed ones are faint. */
  opacities() {
    return this.spec.series.map((_, i) => this.strength(i) * (this.spec.many ? FAINT : 1));
  }

  /** At rest the lines become Plotly's, with values on hover. */
  rest() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.chart.ready || this.rows.length === 0) return;
      const { series } = this.spec;
      const epochs = this.rows.map((row) => row[0]);
      const x = epochs.map((epoch) => this.axis.place(epoch));
      const ys = series.map(({ column }) =>
        this.rows.map((row) => (Number.isFinite(row[column]) && (!this.log || row[column] > 0) ? row[column] : null)),
      );
      const mode = x.length < 2 ? "markers" : "lines";
      this.resting = true;
      const opacity = this.opacities();
      const hovertemplate = series.map((each) => this.hover(each));
      this.chart.restyle({
        x: series.map(() => x),
        customdata: series.map(() => epochs),
        y: ys,
        mode,
        opacity,
        hovertemplate,
      });
      this.root.classList.remove("nn-moving");
      this.chart.repaint();
    }, SETTLE);
  }

  destroy() {
    clearTimeout(this.timer);
    this.chart.destroy();
  }
}
