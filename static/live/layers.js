// Panels with a row for each layer of a network as it is now: histograms, shares of units.

import { contextOf, element, headOf, pixelRatio, resize } from "./dom.js";
import { figure } from "./numbers.js";
import { readTheme } from "./palette.js";
import { ERRORS } from "./words.js";

/** @type {CanvasTextAlign[]} */
const ALIGNMENTS = ["left", "center", "right"];
const NAMES = 30; // px on the left for the layers' names, at a scale of 1

/**
 * Say in a panel's head that its network has ended, and how; null while it has not.
 *
 * @param {{ root: HTMLElement, spec: PanelSpec }} panel
 * @param {string | null} ending
 */
export function sayEnding({ root, spec }, ending) {
  const head = headOf(root);
  head.parentElement?.classList.toggle("nn-ended", ending !== null);
  const hint = head.querySelector(".nn-hint");
  const words = [ending, spec.hint].filter(Boolean).join(" · ");
  if (hint && hint.textContent !== words) hint.textContent = words;
}

/**
 * `network` is the one of several whose layers are drawn, `loss` the column of its loss.
 *
 * @typedef {PanelSpec & {
 *   network: number, loss: number, names: string[], colour: string, columns: { title: string, colour: string }[],
 * }} CanvasSpec
 */

/** A canvas that a subclass draws on, in the panel's size and the theme's colours. */
class CanvasPanel {
  /** @type {CanvasSpec} */
  spec;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.canvas = element("canvas", "nn-fill");
    this.canvas.setAttribute("role", "img");
    root.append(this.canvas);
    this.theme = readTheme(root);
    this.font = "";
    /** @type {Map<string, Grid> | null} */
    this.parts = null; // of the frame on show
    /** @type {string | null} */
    this.ending = null;
    /** @type {[number, number] | null} */
    this.size = null; // [width, height]; to read it for each frame would cost a layout of the page
    this.sizer = new ResizeObserver(() => {
      this.size = null;
      this.redraw();
    });
    this.sizer.observe(root);
    // What is scrolled out of sight is drawn when it comes near, and at rest.
    this.near = true;
    this.late = false;
    this.watcher = new IntersectionObserver(
      (seen) => {
        this.near = seen[seen.length - 1].isIntersecting;
        if (this.near && this.late) this.draw();
      },
      { rootMargin: "200px" },
    );
    this.watcher.observe(root);
  }

  /** @param {CanvasSpec} spec */
  async setFigure(spec) {
    this.spec = spec;
    this.reset();
    this.canvas.setAttribute("aria-label", `${spec.title}. ${spec.hint ?? ""}`);
    this.redraw();
  }

  reset() {
    this.parts = null;
    this.ending = null;
  }

  /** @param {{ ending: string | null }} state */
  setState({ ending }) {
    this.ending = ending;
  }

  /** @param {Frame} frame */
  frame(frame) {
    this.parts = frame.parts;
    sayEnding(this, Number.isNaN(frame.row?.[this.spec.loss]) ? this.ending : null);
    this.late = true;
    if (this.near) this.draw();
  }

  rest() {
    if (this.late) this.draw();
  }

  redraw() {
    this.theme = readTheme(this.root);
    this.draw();
  }

  draw() {
    if (!this.parts) return;
    const ratio = pixelRatio();
    this.size ??= [this.root.clientWidth, this.root.clientHeight];
    const [width, height] = this.size;
    if (width < 40 || height < 40) return;
    this.late = false;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    const context = contextOf(this.canvas);
    const font = `${11 * this.theme.scale}px ${this.theme.font}`;
    if (resize(this.canvas, w, h)) this.font = "";
    if (this.font !== font) [this.font, context.font] = [font, font]; // it makes the browser work out its styles
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.paint(context, this.parts, width, height);
  }

  /**
   * A subclass's picture.
   *
   * @param {CanvasRenderingContext2D} _context
   * @param {Map<string, Grid>} _parts
   * @param {number} _width
   * @param {number} _height
   */
  paint(_context, _parts, _width, _height) {}

  destroy() {
    this.sizer.disconnect();
    this.watcher.disconnect();
  }
}

/**
 * The part of an array (networks, rows, columns) that belongs to one network: data, rows, columns.
 *
 * @param {Map<string, Grid>} parts
 * @param {string} name
 * @param {number} network
 * @returns {[Numbers, number, number]}
 */
function ofNetwork(parts, name, network) {
  const array = parts.get(name);
  if (!array) throw new Error(ERRORS.array(name));
  const [, rows, columns] = array.shape;
  return [array.data.subarray(network * rows * columns, (network + 1) * rows * columns), rows, columns];
}

/** Histograms of all layers, one behind the other: bytes (networks, layers, bins), 255 in the fullest bin. */
export class RidgesPanel extends CanvasPanel {
  /** @type {CanvasPanel["paint"]} */
  paint(context, parts, width, height) {
    const [data, layers, bins] = ofNetwork(parts, "ridges", this.spec.network);
    const bottom = height - 20;
    const share = bottom / (layers + 1.4);
    const tall = Math.min(share * 2.2 - 2, Math.max(share * 0.9, 46));
    const step = layers > 1 ? (bottom - 4 - tall) / (layers - 1) : 0;
    const left = NAMES * this.theme.scale;
    const across = (width - left - 10) / (bins - 1);
    context.lineJoin = "round"; // a spike ends where its bin does
    for (let layer = 0; layer < layers; layer += 1) {
      const base = bottom - 2 - step * (layers - 1 - layer);
      context.beginPath();
      context.moveTo(left, base);
      for (let bin = 0; bin < bins; bin += 1)
        context.lineTo(left + bin * across, base - (data[layer * bins + bin] / 255) * tall);
      context.lineTo(left + (bins - 1) * across, base);
      context.globalAlpha = 0.82;
      context.fillStyle = this.theme.background;
      context.fill();
      context.globalAlpha = 0.3;
      context.fillStyle = this.spec.colour;
      context.fill();
      context.globalAlpha = 1;
      context.strokeStyle = this.spec.colour;
      context.lineWidth = 1.2;
      context.stroke();
      if (layers <= 12 || layer % 2 === 0 || layer === layers - 1) {
        context.fillStyle = this.theme.text;
        context.textAlign = "right";
        context.fillText(this.spec.names[layer], left - 5, base);
      }
    }
    context.fillStyle = this.theme.text;
    const [low, high] = parts.get("ends")?.data.subarray(2 * this.spec.network) ?? [0, 1];
    const least = (high - low) / 1000; // on an axis this long, less is zero
    for (const [i, value] of [low, (low + high) / 2, high].entries()) {
      context.textAlign = ALIGNMENTS[i];
      context.fillText(figure(Math.abs(value) < least ? 0 : value), left + (i / 2) * (width - left - 10), height - 5);
    }
  }
}

/** Shares from 0 to 1 as bars: (networks, layers, columns); NaN: not defined for this layer. */
export class BarsPanel extends CanvasPanel {
  /** @type {CanvasPanel["paint"]} */
  paint(context, parts, width, height) {
    const [data, layers, columns] = ofNetwork(parts, "units", this.spec.network);
    const top = 18;
    const step = (height - top - 6) / layers;
    const left = NAMES * this.theme.scale;
    const room = (width - left - 8) / columns;
    const numbers = step >= 11;
    context.textBaseline = "middle";
    for (const [column, { title, colour }] of this.spec.columns.entries()) {
      const x = left + column * room;
      context.fillStyle = this.theme.text;
      context.textAlign = "left";
      context.fillText(title, x, 8, room - 6);
      for (let layer = 0; layer < layers; layer += 1) {
        const value = data[layer * columns + column];
        const y = top + layer * step;
        const long = room - (numbers ? 44 : 10);
        context.globalAlpha = 0.12;
        context.fillStyle = this.theme.text;
        context.fillRect(x, y + 1, long, Math.max(step - 2, 1));
        context.globalAlpha = 1;
        const known = Number.isFinite(value);
        context.fillStyle = colour;
        if (known) context.fillRect(x, y + 1, Math.min(1, Math.abs(value)) * long, Math.max(step - 2, 1));
        if (!numbers) continue;
        context.fillStyle = this.theme.text;
        context.fillText(known ? value.toFixed(2).replace(/^-(0\.00)$/, "$1") : "–", x + long + 5, y + step / 2);
      }
    }
    context.fillStyle = this.theme.text;
    context.textAlign = "right";
    for (let layer = 0; layer < layers; layer += 1) {
      if (step < 9 && layer % 2 === 1) continue;
      context.fillText(this.spec.names[layer], left - 5, top + (layer + 0.5) * step);
    }
    context.textBaseline = "alphabetic";
  }
}
