// A pad to draw a digit on, and what the network makes of it at once: computed here, from the weights
// that the server sends about once a second.

import { Bars, drawPixels, pixelTable } from "./digit_bars.js";
import { answer, halves, networkInput } from "./digit_input.js";
import { element, smallButton } from "./dom.js";
import { readTheme } from "./palette.js";
import { DIGITS } from "./words.js";

const SIZE = 280; // pixels of the pad a side, whatever its size on the screen
const STEP = 14; // that an arrow key moves the pen by

/**
 * `units` and `curve` are the network's, `form` says how its pictures were made; its `pen` is a share
 * of the pad's width.
 *
 * @typedef {PanelSpec & {
 *   units: number[], curve: import("./digit_input.js").Curve, form: import("./digit_input.js").Form & { pen: number },
 * }} DrawSpec
 */

export class DrawPanel {
  asks = true;

  /** @type {DrawSpec} */
  spec;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    root.classList.add("nn-draw");
    /** @type {Float32Array | null} */
    this.weights = null;
    /** @type {Float32Array | null} */
    this.input = null;
    this.pad = Object.assign(element("canvas", "nn-pad"), { width: SIZE, height: SIZE, tabIndex: 0 });
    this.pad.setAttribute("role", "application");
    this.pad.setAttribute("aria-label", DIGITS.drawHelp);
    this.context = /** @type {CanvasRenderingContext2D} */ (this.pad.getContext("2d", { willReadFrequently: true }));
    /** @type {[number, number] | null} */
    this.last = null; // where the pen is, while it is down
    /** @type {[number, number]} */
    this.place = [SIZE / 2, SIZE / 4]; // of the pen that keys move
    this.lowered = false;
    this.due = false; // whether what is drawn is to be read at the next picture
    this.seen = element("canvas", "nn-seen");
    this.seen.setAttribute("aria-hidden", "true");
    this.words = element("figcaption");
    this.bars = new Bars();
    this.pen = element("i", "nn-pen");
    this.invitation = element("span", "nn-invitation", DIGITS.draw);
    const board = element("div", "nn-board", this.pad, this.invitation, this.pen);
    const clear = smallButton(DIGITS.clear, () => this.clear());
    root.append(
      element("figure", "", board, element("figcaption", "nn-actions", clear)),
      element("figure", "nn-draw-seen", this.seen, this.words),
      element("figure", "nn-draw-bars", this.bars.node),
    );
    this.listen();
  }

  listen() {
    const { pad } = this;
    pad.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      pad.setPointerCapture(event.pointerId);
      this.last = this.at(event);
      this.line(this.last);
    });
    pad.addEventListener("pointermove", (event) => {
      if (!this.last) return;
      // A fast hand makes several moves between two pictures.
      const moves = event.getCoalescedEvents?.() ?? [];
      for (const each of moves.length ? moves : [event]) this.line(this.at(each));
    });
    const lift = () => {
      this.last = null;
    };
    pad.addEventListener("pointerup", lift);
    pad.addEventListener("pointercancel", lift);
    pad.addEventListener("keydown", (event) => this.key(event));
    pad.addEventListener("blur", () => {
      this.lowered = false;
      this.last = null;
    });
  }

  /**
   * Where a pointer is, in pixels of the pad.
   *
   * @param {PointerEvent} event
   * @returns {[number, number]}
   */
  at({ clientX, clientY }) {
    const box = this.pad.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * SIZE, ((clientY - box.top) / box.height) * SIZE];
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    /** @type {Record<string, [number, number]>} */
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (move) {
      const [x, y] = this.place;
      this.place = [clamp(x + move[0] * STEP), clamp(y + move[1] * STEP)];
      if (this.lowered) this.line(this.place);
    } else if (event.key === " ") {
      this.lowered = !this.lowered;
      this.last = this.lowered ? this.place : null;
      if (this.lowered) this.line(this.place);
    } else if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else return;
    event.preventDefault();
    this.pen.style.left = `${(100 * this.place[0]) / SIZE}%`;
    this.pen.style.top = `${(100 * this.place[1]) / SIZE}%`;
    this.pen.classList.toggle("nn-down", this.lowered);
  }

  /**
   * Ink from where the pen was to where it is.
   *
   * @param {[number, number]} to
   */
  line(to) {
    const { context } = this;
    const [x, y] = this.last ?? to;
    context.lineWidth = this.spec.form.pen * SIZE;
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = readTheme(this.root).text;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(to[0], to[1]);
    context.stroke();
    this.last = to;
    this.invitation.hidden = true;
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      this.read();
    });
  }

  clear() {
    this.context.clearRect(0, 0, SIZE, SIZE);
    this.invitation.hidden = false;
    this.input = null;
    this.showInput();
    this.say();
  }

  /** What is drawn, as the network takes it. */
  read() {
    const { data } = this.context.getImageData(0, 0, SIZE, SIZE);
    const ink = new Uint8Array(SIZE * SIZE);
    for (let i = 0; i < ink.length; i += 1) ink[i] = data[4 * i + 3]; // opaque where there is ink
    this.input = networkInput(ink, SIZE, this.spec.form);
    this.showInput();
    this.say();
  }

  showInput() {
    const { side } = this.spec.form;
    const codes = new Int16Array(side * side);
    if (this.input)
      for (let i = 0; i < codes.length; i += 1) {
        const row = side - 1 - Math.floor(i / side);
        codes[row * side + (i % side)] = Math.round(255 * Math.min(1, this.input[i]));
      }
    drawPixels(this.seen, codes, side, side, pixelTable(this.root));
  }

  /** What the network reads. */
  say() {
    const { weights, input, spec } = this;
    this.bars.show(weights && input ? answer(weights, spec.units, spec.curve, input) : null);
  }

  /** @param {DrawSpec} spec */
  async setFigure(spec) {
    this.spec = spec;
    this.weights = null;
    this.words.textContent = DIGITS.input(spec.form.side);
    this.invitation.textContent = DIGITS.draw;
    this.read();
  }

  /** @param {{ weights: Grid }} state */
  setState({ weights }) {
    const bytes = /** @type {Uint8Array} */ (weights.data);
    this.weights = halves(bytes);
    this.say();
  }

  redraw() {
    if (!this.spec) return;
    this.context.globalCompositeOperation = "source-in"; // the same strokes in another ink
    this.context.fillStyle = readTheme(this.root).text;
    this.context.fillRect(0, 0, SIZE, SIZE);
    this.context.globalCompositeOperation = "source-over";
    this.showInput();
  }

  destroy() {}
}

/** @param {number} place */
const clamp = (place) => Math.min(Math.max(place, STEP), SIZE - STEP);
