// Small decision boundaries side by side, one for each network of a race.

import { contextOf, element, pixelRatio, resize } from "./dom.js";
import { boundaryTable, css, mix, paint, readTheme, rgb } from "./palette.js";
import { TILES } from "./words.js";

/**
 * `points` are the training points: x, y, colour.
 *
 * @typedef {PanelSpec & {
 *   tiles: { label: string, colour: string }[], shading: Shading, extent: number,
 *   points: [number, number, string][],
 * }} TilesSpec
 */

export class TilesPanel {
  id = "";

  /** @type {TilesSpec} */
  spec;

  /** @type {Theme} */
  theme;

  /**
   * @param {HTMLElement} root
   * @param {PanelHost} view
   */
  constructor(root, view) {
    this.root = root;
    this.view = view;
    root.classList.add("nn-tiles");
    this.source = element("canvas");
    /** @type {Grid | null} */
    this.grids = null;
    /** @type {HTMLCanvasElement | null} */
    this.dots = null; // the training points
    this.table = new Uint8ClampedArray(1024);
    /** @type {ReturnType<TilesPanel["make"]>[]} */
    this.tiles = [];
    this.sizer = new ResizeObserver(() => this.redraw());
    this.sizer.observe(root);
  }

  reset() {
    this.grids = null;
  }

  /** @param {TilesSpec} spec */
  async setFigure(spec) {
    this.spec = spec;
    this.grids = null;
    this.dots = null;
    this.tiles = spec.tiles.map((tile, index) => this.make(tile, index));
    this.root.classList.toggle("nn-many", spec.tiles.length > 9);
    this.root.replaceChildren(...this.tiles.map(({ node }) => node));
    this.redraw();
  }

  /**
   * @param {TilesSpec["tiles"][0]} tile
   * @param {number} index
   */
  make({ label, colour }, index) {
    const canvas = element("canvas");
    canvas.setAttribute("role", "img");
    const verdict = element("em");
    const words = element("span", "nn-tile-label", element("i"), element("b", "", label), verdict);
    const node = element("button", "nn-tile", canvas, words);
    node.type = "button";
    node.title = TILES.focus(label);
    node.style.setProperty("--colour", colour);
    node.addEventListener("click", () => this.view.focus(index));
    return { node, canvas, verdict, label };
  }

  /** @param {{ verdicts: { kind: string, text: string }[] }} state */
  setState({ verdicts }) {
    for (const [i, { kind, text }] of verdicts.entries()) {
      const { node, verdict, canvas, label } = this.tiles[i];
      node.dataset.kind = kind;
      verdict.textContent = text;
      canvas.setAttribute("aria-label", TILES.boundary(label, text));
    }
  }

  /** @param {number | null} index */
  focus(index) {
    for (const [i, { node }] of this.tiles.entries()) node.classList.toggle("nn-dim", index !== null && i !== index);
  }

  /** @param {Frame} frame */
  frame(frame) {
    this.grids = frame.parts.get(this.id) ?? null;
    this.draw();
  }

  redraw() {
    if (!this.spec) return;
    this.theme = readTheme(this.root);
    this.table = boundaryTable(this.spec.shading, this.theme, false);
    this.dots = null;
    this.draw();
  }

  draw() {
    if (!this.grids) return;
    const { data, shape } = this.grids;
    const [, height, width] = shape;
    const ratio = pixelRatio();
    const side = Math.max(40, Math.round(this.tiles[0].canvas.clientWidth * ratio));
    if (this.dots?.width !== side) this.dots = this.drawDots(side, ratio);
    const { dots } = this;
    for (const [i, { canvas }] of this.tiles.entries()) {
      resize(canvas, side, side);
      const context = contextOf(canvas);
      paint(this.source, data.subarray(i * height * width, (i + 1) * height * width), width, height, this.table);
      context.imageSmoothingEnabled = true;
      context.drawImage(this.source, 0, 0, side, side);
      context.drawImage(dots, 0, 0);
    }
  }

  /**
   * The training points, drawn once and laid over every tile.
   *
   * @param {number} side
   * @param {number} ratio
   */
  drawDots(side, ratio) {
    const canvas = element("canvas");
    resize(canvas, side, side);
    const context = contextOf(canvas);
    const { points, extent } = this.spec;
    const r = Math.max(1, side / 110);
    context.lineWidth = 0.5 * ratio;
    context.strokeStyle = this.theme.dark ? "rgba(255,255,255,0.65)" : "rgba(255,255,255,0.9)";
    for (const [x, y, colour] of points) {
      context.fillStyle = css(mix(rgb(colour), [0, 0, 0], 0.1));
      context.beginPath();
      context.arc(((x + extent) / (2 * extent)) * side, ((extent - y) / (2 * extent)) * side, r, 0, 7);
      context.fill();
      context.stroke();
    }
    return canvas;
  }

  destroy() {
    this.sizer.disconnect();
  }
}
