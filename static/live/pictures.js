// Small pictures side by side, each with a few words: weights of units, or pictures read wrong.

import { drawPixels, pixelTable } from "./digit_bars.js";
import { element } from "./dom.js";
import { DIGITS } from "./words.js";

/**
 * `count` pictures come with each frame, their captions are known; or, where it is 0, pictures and
 * captions come with the state, and pressing one asks for it by its value. Without any there are
 * the words of `empty`.
 *
 * @typedef {PanelSpec & {
 *   count: number, captions: string[], shading?: Pick<Shading, "kind" | "colours">, empty?: string,
 * }} PicturesSpec
 */

export class PicturesPanel {
  id = "";
  asks = false;

  /** @type {PicturesSpec} */
  spec;

  /**
   * @param {HTMLElement} root
   * @param {PanelHost} view
   */
  constructor(root, view) {
    this.root = root;
    this.view = view;
    root.classList.add("nn-pictures");
    this.table = new Uint8ClampedArray(1024);
    /** @type {Grid | null} */
    this.grids = null;
    /** @type {string[]} */
    this.captions = [];
    /** @type {number[]} */
    this.values = [];
    /** @type {{ node: HTMLElement, canvas: HTMLCanvasElement, words: HTMLElement }[]} */
    this.tiles = [];
    this.words = element("p", "nn-hint");
  }

  /** @param {PicturesSpec} spec */
  async setFigure(spec) {
    this.spec = spec;
    this.asks = spec.count === 0;
    this.table = pixelTable(this.root, spec.shading);
    this.captions = spec.captions;
    this.values = [];
    this.grids = null;
    this.tiles = [];
    this.words.textContent = spec.empty ?? "";
    this.root.replaceChildren();
    this.root.classList.toggle("nn-many", spec.count > 12);
    this.root.classList.toggle("nn-pressed", this.asks);
    this.lay(spec.count);
  }

  reset() {
    this.grids = null;
  }

  /** So many tiles; those that are there stay. @param {number} count */
  lay(count) {
    while (this.tiles.length > count) this.tiles.pop()?.node.remove();
    while (this.tiles.length < count) this.add(this.tiles.length);
    if (this.grids && count === 0) this.root.append(this.words);
    else this.words.remove();
  }

  /** @param {number} index */
  add(index) {
    const [canvas, words] = [element("canvas"), element("span")];
    canvas.setAttribute("aria-hidden", "true");
    const node = element(this.asks ? "button" : "figure", "nn-picture", canvas, words);
    if (node instanceof HTMLButtonElement) {
      node.type = "button";
      node.title = DIGITS.send;
      node.addEventListener("click", () => this.view.act("go", this.values[index]));
    }
    this.tiles.push({ node, canvas, words });
    this.root.append(node);
  }

  /** @param {{ pictures: Grid, captions: string[], values: number[] }} state */
  setState({ pictures, captions, values }) {
    this.grids = pictures;
    this.captions = captions;
    this.values = values;
    this.lay(captions.length);
    this.draw();
  }

  /** @param {Frame} frame */
  frame(frame) {
    const grids = frame.parts.get(this.id);
    if (!grids || this.asks) return;
    this.grids = grids;
    this.draw();
  }

  redraw() {
    if (!this.spec) return;
    this.table = pixelTable(this.root, this.spec.shading);
    this.draw();
  }

  draw() {
    if (!this.grids) return;
    const { data, shape } = this.grids;
    const [, height, width] = shape;
    for (const [i, { canvas, words }] of this.tiles.entries()) {
      drawPixels(canvas, data.subarray(i * height * width, (i + 1) * height * width), width, height, this.table);
      if (words.textContent !== this.captions[i]) words.textContent = this.captions[i];
    }
  }

  destroy() {}
}
