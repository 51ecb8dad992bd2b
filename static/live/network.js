// The network diagram: each unit's map over the input plane, edges by weight, values on hover.

import { contextOf, element, headOf, pixelRatio, resize } from "./dom.js";
import { figure } from "./numbers.js";
import { boundaryTable, css, mix, paint, readTheme, rgb } from "./palette.js";
import { NETWORK } from "./words.js";

const MARGIN = 44; // px at most from a side to the middle of the first and the last column
const MOST_EDGES = 1200; // more cannot be told apart; the strongest are drawn

/** @typedef {{ title: string, short: string, note: string, units: number, labels?: string[] }} Column */

/** @typedef {PanelSpec & { columns: Column[], shading: Shading }} NetworkSpec inputs first */

/** @typedef {{ x: number, y: number, column: number, unit: number, index: number }} Place of a unit */

/** @typedef {{ from: Place, to: Place, weight: number }} Edge */

/** @typedef {{ maps: Numbers, side: number, ranges: Numbers, weights: Numbers, biases: Numbers }} NetworkState */

export class NetworkPanel {
  asks = true;

  /** @type {NetworkSpec} */
  spec;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    root.classList.add("nn-diagram");
    this.caption = element("span", "nn-hint");
    headOf(root).append(this.caption);
    this.canvas = element("canvas", "nn-network-canvas");
    this.canvas.setAttribute("role", "img");
    this.tip = element("div", "nn-tip");
    this.tip.hidden = true;
    this.width = this.height = this.tileSize = 0; // in CSS pixels
    /** @type {(Column & { places: Place[] })[]} */
    this.columns = [];
    /** @type {Place[]} */
    this.units = [];
    /** @type {Edge[]} */
    this.drawn = [];
    /** @type {Place | null} */
    this.chosen = null; // the unit that stands out
    /** @type {NetworkState | null} */
    this.state = null;
    this.sketched = ""; // the figure that was drawn before plotly.js was there
    root.append(this.canvas, this.tip);
    this.tile = element("canvas");
    this.canvas.addEventListener("pointermove", (event) => this.hover(event));
    this.canvas.addEventListener("pointerdown", (event) => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => {
      this.tip.hidden = true;
      this.highlight(null);
    });
    this.resizer = new ResizeObserver(() => {
      this.arrange();
      this.draw();
    });
    this.resizer.observe(root);
  }

  /** @type {(spec: NetworkSpec, frame: Frame, state: any) => void} */
  sketch(spec, _, state) {
    this.setFigure(spec);
    if (state) this.setState(state);
    this.sketched = JSON.stringify(spec);
  }

  /** @param {NetworkSpec} spec */
  async setFigure(spec) {
    const { sketched } = this;
    this.sketched = "";
    if (sketched === JSON.stringify(spec)) return;
    this.spec = spec;
    this.state = null;
    const label = NETWORK.name(spec.columns.map((c) => NETWORK.column(c.title, c.units)).join("; "));
    this.canvas.setAttribute("aria-label", label);
    const widest = Math.max(...spec.columns.map((c) => c.units));
    this.root.style.setProperty("--wants", `${Math.round(Math.min(620, Math.max(260, 70 + widest * 40)))}px`);
    this.arrange();
    this.draw();
  }

  /** Places of all units in CSS pixels, column by column. */
  arrange() {
    if (!this.spec) return;
    const { width, height } = this.root.getBoundingClientRect();
    if (width < 50) return;
    this.width = width;
    this.height = height;
    const { columns } = this.spec;
    const head = 40 * readTheme(this.root).scale;
    const foot = 8;
    const margin = Math.min(MARGIN, width * 0.12);
    const gap = columns.length > 1 ? (width - 2 * margin) / (columns.length - 1) : 0;
    const widest = Math.max(...columns.map((c) => c.units));
    const size = Math.max(4, Math.min(56, gap * 0.42, ((height - head - foot) / widest) * 0.84));
    this.tileSize = size;
    this.units = [];
    this.columns = columns.map((column, c) => {
      const pitch = Math.min(size * 1.28, (height - head - foot) / column.units);
      const top = head + (height - head - foot - pitch * column.units) / 2;
      const places = Array.from({ length: column.units }, (_, u) => ({
        x: margin + gap * c,
        y: top + pitch * (u + 0.5),
        column: c,
        unit: u,
        index: this.units.length + u,
      }));
      this.units.push(...places);
      return { ...column, places };
    });
  }

  /**
   * New maps (U, r, r), ranges (U, 2), weights and biases of all layers laid end to end.
   *
   * @param {Record<"maps" | "ranges" | "weights" | "biases", Grid>} state
   */
  setState({ maps, ranges, weights, biases }) {
    this.state = {
      maps: maps.data,
      side: maps.shape[1],
      ranges: ranges.data,
      weights: weights.data,
      biases: biases.data,
    };
    this.draw();
  }

  redraw() {
    this.arrange();
    this.draw();
  }

  /** @type {(weights: Numbers) => Generator<Edge>} */
  *edges(weights) {
    let offset = 0;
    for (let c = 1; c < this.columns.length; c += 1) {
      const from = this.columns[c - 1].places;
      const to = this.columns[c].places;
      for (let i = 0; i < from.length; i += 1) {
        for (let j = 0; j < to.length; j += 1) {
          yield { from: from[i], to: to[j], weight: weights[offset + i * to.length + j] };
        }
      }
      offset += from.length * to.length;
    }
  }

  /** @param {Place | null} place */
  highlight(place) {
    if (this.chosen === place) return;
    this.chosen = place;
    this.draw();
  }

  draw() {
    if (this.columns.length === 0) return;
    const theme = readTheme(this.root);
    const ratio = pixelRatio();
    resize(this.canvas, Math.round(this.width * ratio), Math.round(this.height * ratio));
    const context = contextOf(this.canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.drawTitles(context, theme);
    if (!this.state) return;
    this.drawEdges(context, theme, this.state);
    this.drawUnits(context, theme, this.state);
  }

  /** @type {(context: CanvasRenderingContext2D, theme: Theme) => void} */
  drawTitles(context, theme) {
    context.fillStyle = theme.text;
    const { scale } = theme;
    const [bold, plain] = [`600 ${12 * scale}px ${theme.font}`, `${11 * scale}px ${theme.font}`];
    context.font = bold;
    const pitch = this.columns.length > 1 ? this.columns[1].places[0].x - this.columns[0].places[0].x : 200;
    this.columns.forEach((column, c) => {
      const x = column.places[0].x;
      context.textAlign = c === 0 ? "left" : c === this.columns.length - 1 ? "right" : "center";
      const edge = c === 0 ? x - 28 : c === this.columns.length - 1 ? x + 28 : x;
      context.globalAlpha = 0.9;
      const short = pitch < 76 * scale && c > 0 && c < this.columns.length - 1;
      context.fillText(short ? column.short : column.title, edge, 14 * scale);
      context.globalAlpha = 0.6;
      context.font = plain;
      if (pitch >= 76 * scale) context.fillText(column.note, edge, 29 * scale);
      context.font = bold;
    });
    context.globalAlpha = 1;
  }

  /** @type {(context: CanvasRenderingContext2D, theme: Theme, state: NetworkState) => void} */
  drawEdges(context, theme, { weights }) {
    let edges = [...this.edges(weights)];
    const total = edges.length;
    let strongest = 1e-9;
    for (const edge of edges) strongest = Math.max(strongest, Math.abs(edge.weight));
    if (total > MOST_EDGES) {
      edges.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
      edges = edges.slice(0, MOST_EDGES).reverse();
    }
    this.drawn = edges;
    const page = rgb(theme.background);
    const colours = this.spec.shading.signs.map((c) => mix(page, rgb(c), 0.9));
    const half = this.tileSize / 2;
    for (const { from, to, weight } of edges) {
      const share = Math.min(1, Math.abs(weight) / strongest);
      if (share < 0.01) continue;
      const touched = this.chosen && (this.chosen === from || this.chosen === to);
      context.globalAlpha = this.chosen ? (touched ? 1 : 0.06) : 0.12 + 0.78 * share;
      context.strokeStyle = css(colours[weight < 0 ? 0 : 1]);
      context.lineWidth = (0.4 + 4.2 * share) * theme.scale;
      // A negative weight is dashed as well as coloured, for eyes that tell the two colours apart badly.
      context.setLineDash(weight < 0 ? [5, 3] : []);
      context.beginPath();
      const bend = (to.x - from.x) * 0.4;
      context.moveTo(from.x + half, from.y);
      context.bezierCurveTo(from.x + bend, from.y, to.x - bend, to.y, to.x - half, to.y);
      context.stroke();
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
    this.caption.textContent = total > MOST_EDGES ? NETWORK.strongest(MOST_EDGES, total.toLocaleString("en")) : "";
  }

  /** @type {(context: CanvasRenderingContext2D, theme: Theme, state: NetworkState) => void} */
  drawUnits(context, theme, { maps, side }) {
    const table = boundaryTable({ kind: "two", colours: this.spec.shading.signs }, theme, false);
    const size = this.tileSize;
    const border = mix(rgb(theme.background), rgb(theme.text), 0.45);
    for (const place of this.units) {
      const codes = maps.subarray(place.index * side * side, (place.index + 1) * side * side);
      paint(this.tile, codes, side, side, table);
      context.imageSmoothingEnabled = true;
      const [x, y] = [place.x - size / 2, place.y - size / 2];
      context.drawImage(this.tile, x, y, size, size);
      context.strokeStyle = this.chosen === place ? theme.accent : css(border);
      context.lineWidth = this.chosen === place ? 2.5 : 1;
      context.strokeRect(x, y, size, size);
    }
  }

  /** @param {PointerEvent} event */
  hover(event) {
    if (!this.state) return;
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const half = this.tileSize / 2 + 2;
    const place = this.units.find((p) => Math.abs(p.x - x) <= half && Math.abs(p.y - y) <= half);
    this.highlight(place ?? null);
    const text = place ? this.describeUnit(place, this.state) : this.describeEdge(x, y);
    this.tip.hidden = !text;
    if (!text) return;
    this.tip.textContent = text;
    this.tip.style.left = `${Math.min(Math.max(x + 14, 0), this.width - this.tip.offsetWidth - 4)}px`;
    this.tip.style.top = `${Math.max(0, Math.min(y + 14, this.height - this.tip.offsetHeight - 4))}px`;
  }

  /**
   * @param {Place} place
   * @param {NetworkState} state
   */
  describeUnit({ column, unit, index }, { ranges, biases }) {
    const { labels, title, places } = this.columns[column];
    const name = labels?.[unit] ?? NETWORK.unit(title, unit + 1);
    const range = NETWORK.range(figure(ranges[2 * index]), figure(ranges[2 * index + 1]));
    if (column === 0) return NETWORK.input(name, range);
    const before = this.columns.slice(1, column).reduce((sum, c) => sum + c.places.length, 0);
    const only = places.length === 1 && column === this.columns.length - 1;
    return NETWORK.bias(only ? title : name, figure(biases[before + unit]), range);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  describeEdge(x, y) {
    /** @type {Edge | null} */
    let best = null;
    let distance = 6;
    for (const edge of this.drawn) {
      const { from, to } = edge;
      if (x < from.x || x > to.x) continue;
      const away = Math.abs(curveHeight(from, to, x) - y);
      if (away < distance) {
        distance = away;
        best = edge;
      }
    }
    if (!best) return "";
    /** @param {Place} p */
    const name = (p) =>
      this.columns[p.column].labels?.[p.unit] ?? NETWORK.end(this.columns[p.column].title, p.unit + 1);
    return NETWORK.weight(name(best.from), name(best.to), figure(best.weight));
  }

  destroy() {
    this.resizer.disconnect();
    this.root.replaceChildren();
  }
}

/**
 * Height of the edge's Bezier curve at `x`; its x grows with t, so bisection finds t.
 *
 * @param {Place} from
 * @param {Place} to
 * @param {number} x
 */
function curveHeight(from, to, x) {
  const bend = (to.x - from.x) * 0.4;
  /** @type {(a: number, b: number, c: number, d: number, t: number) => number} */
  const bezier = (a, b, c, d, t) => {
    const s = 1 - t;
    return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
  };
  let [low, high] = [0, 1];
  for (let i = 0; i < 18; i += 1) {
    const t = (low + high) / 2;
    if (bezier(from.x, from.x + bend, to.x - bend, to.x, t) < x) low = t;
    else high = t;
  }
  return bezier(from.y, from.y, to.y, to.y, low);
}
