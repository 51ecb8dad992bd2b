// One picture on its way through a network: its pixels, each hidden layer's answers, ten bars.

import { Bars, drawPixels, pixelTable } from "./digit_bars.js";
import { element, smallButton } from "./dom.js";
import { DIGITS } from "./words.js";

/**
 * `units` are those of the layers with weights, `names` of the hidden ones among them; a frame's part
 * holds all their answers, the last ten of them probabilities. There are `pictures` to choose from.
 *
 * @typedef {PanelSpec & {
 *   units: number[], names: string[], pictures: number, shading: Pick<Shading, "kind" | "colours">,
 * }} SignalsSpec
 */

export class SignalsPanel {
  id = "";

  /** @type {SignalsSpec} */
  spec;

  /**
   * @param {HTMLElement} root
   * @param {PanelHost} view
   */
  constructor(root, view) {
    this.root = root;
    this.view = view;
    root.classList.add("nn-signals");
    /** @type {Numbers | null} */
    this.signals = null;
    /** @type {{ picture: Grid, label: number, index: number } | null} */
    this.looked = null;
    this.picture = element("canvas");
    this.words = element("figcaption");
    /** @type {HTMLCanvasElement[]} */
    this.layers = [];
    this.bars = new Bars();
    this.ink = this.table = new Uint8ClampedArray(1024);
  }

  /** @param {SignalsSpec} spec */
  async setFigure(spec) {
    this.spec = spec;
    this.signals = this.looked = null;
    this.layers = spec.names.map(() => element("canvas"));
    const buttons = element("span", "nn-actions", this.button(DIGITS.back, -1), this.button(DIGITS.next, 1));
    const hidden = this.layers.map((canvas, i) => {
      const words = element("figcaption", "", DIGITS.layer(spec.names[i], spec.units[i]));
      return element("figure", "nn-signals-layer", canvas, words);
    });
    const outputs = element("figure", "nn-signals-bars", this.bars.node);
    const input = element("figure", "nn-signals-input", this.picture, this.words, buttons);
    this.root.replaceChildren(input, ...hidden, outputs);
    for (const canvas of [this.picture, ...this.layers]) canvas.setAttribute("aria-hidden", "true");
    this.redraw();
  }

  /** @type {(text: string, step: number) => HTMLButtonElement} */
  button(text, step) {
    const button = smallButton(text, () => {
      const count = this.spec.pictures;
      if (this.looked) this.view.act("go", (this.looked.index + step + count) % count);
    });
    button.setAttribute("aria-label", step > 0 ? DIGITS.nextHelp : DIGITS.backHelp);
    return button;
  }

  /** @param {{ picture: Grid, label: number, index: number }} state */
  setState(state) {
    this.looked = state;
    this.drawPicture();
  }

  /** @param {Frame} frame */
  frame(frame) {
    this.signals = frame.parts.get(this.id)?.data ?? null;
    this.draw();
  }

  redraw() {
    if (!this.spec) return;
    this.ink = pixelTable(this.root);
    this.table = pixelTable(this.root, this.spec.shading);
    this.drawPicture();
    this.draw();
  }

  drawPicture() {
    if (!this.looked) return;
    const { picture, label, index } = this.looked;
    const [height, width] = picture.shape;
    drawPixels(this.picture, picture.data, width, height, this.ink);
    const words = DIGITS.picture(label, (index + 1).toLocaleString("en"), this.spec.pictures.toLocaleString("en"));
    if (this.words.textContent !== words) this.words.textContent = words;
  }

  draw() {
    const { signals, spec } = this;
    if (!signals) return;
    let start = 0;
    for (const [i, canvas] of this.layers.entries()) {
      this.drawLayer(canvas, signals.subarray(start, start + spec.units[i]));
      start += spec.units[i];
    }
    this.bars.show(signals.subarray(start), this.looked?.label);
  }

  /**
   * Units row by row from the top, in a square or nearly.
   *
   * @param {HTMLCanvasElement} canvas
   * @param {Numbers} values
   */
  drawLayer(canvas, values) {
    const width = Math.max(1, Math.ceil(Math.sqrt(values.length)));
    const height = Math.ceil(values.length / width);
    let largest = 0;
    for (const value of values) largest = Math.max(largest, Math.abs(value));
    const codes = new Int16Array(width * height).fill(-1);
    for (const [i, value] of values.entries()) {
      const row = height - 1 - Math.floor(i / width);
      codes[row * width + (i % width)] = largest > 0 ? Math.round(128 + (127 * value) / largest) : 128;
    }
    drawPixels(canvas, codes, width, height, this.table);
  }

  destroy() {}
}
