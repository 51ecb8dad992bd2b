// The learning rate under the hand: a logarithmic slider with the critical rate marked, and the number.

import { element } from "./dom.js";
import { RATE } from "./words.js";

const STOP = 1 / 50; // of a decade
const THUMB = 22; // px, its width in live.css
const THIRD = 4 / 3; // what a key changes it by
const ECHO = 1500; // ms within which the page follows
const RESTS = 400; // ms without a movement after which the rest of the page follows

/** @param {number} value */
const round = (value) => Number(value.toPrecision(3));

export class Rate {
  /**
   * Behind `before`, in the bar. `send(value, resting)` asks for a rate; `busy()` tells whether one that was asked
   * for has no answer yet: what a hand says meanwhile waits, and only the last of it is asked for.
   *
   * @param {HTMLElement} before
   * @param {(value: number, resting: boolean) => void} send
   * @param {() => boolean} busy
   */
  constructor(before, send, busy) {
    this.send = send;
    this.busy = busy;
    this.value = 0;
    this.low = 0; // what the setting allows
    this.high = Number.POSITIVE_INFINITY;
    this.ends = [1, 1]; // the slider's, unless the rate itself lies beyond
    /** @type {number | null} */
    this.critical = null;
    this.was = "";
    /** @type {number | null} */
    this.wanted = null; // where the hand is and the server is not
    this.moved = false; // whether the page has still to follow
    this.held = false; // by a pointer that is down
    this.rested = Number.NEGATIVE_INFINITY; // when that was asked for
    /** @type {Timer | undefined} */
    this.timer = undefined;
    const title = RATE.help;
    this.slider = element("input");
    Object.assign(this.slider, { type: "range", step: String(STOP), title, ariaLabel: RATE.name });
    this.slider.setAttribute("aria-keyshortcuts", "+ -");
    this.field = element("input");
    Object.assign(this.field, { type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false, title });
    this.field.ariaLabel = RATE.number;
    this.mark = element("i", "nn-rate-mark");
    this.node = element(
      "span",
      "nn-rate",
      element("span", "nn-rate-label", RATE.name),
      this.field,
      element("span", "nn-rate-track", this.mark, this.slider),
    );
    this.node.dataset.testid = "rate";
    before.after(this.node);
    this.slider.addEventListener("input", () => this.ask(round(10 ** Number(this.slider.value))));
    this.slider.addEventListener("change", () => this.rest());
    this.slider.addEventListener("pointerdown", () => this.hold());
    this.field.addEventListener("change", () => this.typed());
    this.field.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.write();
      if (key === "Enter" || key === "Escape") this.field.blur();
    });
  }

  /**
   * A pointer is down. Nothing else follows until it is up again: a page that is drawn anew could take
   * the slider from under the hand. Where that happens all the same (a view that loses its place gets
   * another), a browser forgets the hand: so the slider looks where it is by itself.
   */
  hold() {
    this.held = true;
    /** @param {PointerEvent} event */
    const follow = ({ clientX }) => {
      const rate = this.rateAt(clientX);
      if (rate !== (this.wanted ?? this.value)) this.ask(rate);
    };
    const release = () => {
      this.held = false;
      removeEventListener("pointermove", follow);
      for (const end of ["pointerup", "pointercancel"]) removeEventListener(end, release);
      this.rest();
    };
    addEventListener("pointermove", follow);
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, release);
  }

  /**
   * The rate at a place of the window, which is read as the slider itself reads it.
   *
   * @param {number} x  px
   */
  rateAt(x) {
    const { left, width } = this.slider.getBoundingClientRect();
    const [low, high] = [this.slider.min, this.slider.max].map(Number);
    const share = Math.min(Math.max((x - left - THUMB / 2) / (width - THUMB), 0), 1);
    const stops = Math.round((share * (high - low)) / STOP);
    return round(10 ** (low + stops * STOP));
  }

  /** What was typed, if it is a rate; else it is marked as wrong and stays. */
  typed() {
    const text = this.field.value.trim().replace(",", ".");
    const value = text === "" ? Number.NaN : Number(text);
    const fits = value >= this.low && value <= this.high;
    this.field.setAttribute("aria-invalid", String(!fits));
    this.field.title = fits ? RATE.help : RATE.limits(this.low, this.high);
    if (!fits) return;
    this.ask(value);
    this.rest();
  }

  /**
   * Up or down by a third.
   *
   * @param {number} direction
   */
  nudge(direction) {
    this.ask(round((this.wanted ?? this.value) * THIRD ** direction));
  }

  /** @param {number} value */
  ask(value) {
    this.wanted = Math.min(Math.max(value, this.low), this.high);
    this.moved = true;
    this.write();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rest(), RESTS);
    this.flush();
  }

  flush() {
    if (this.wanted === null || this.busy()) return;
    const { wanted } = this;
    this.wanted = null;
    this.value = wanted;
    this.send(wanted, false);
  }

  /** The hand rests: the sidebar and the address may follow. */
  rest() {
    clearTimeout(this.timer);
    if (!this.moved || this.held) return;
    if (this.busy() || this.wanted !== null) {
      this.timer = setTimeout(() => this.rest(), 50);
      return;
    }
    this.moved = false;
    this.rested = performance.now();
    this.send(this.value, true);
  }

  get hasJustRested() {
    return performance.now() - this.rested < ECHO;
  }

  /**
   * What the setting may be.
   *
   * @param {Rated} limits
   */
  setLimits({ low, high, ends }) {
    Object.assign(this, { low, high, ends });
    if (this.value > 0) this.write();
  }

  /**
   * What the server says. While a hand moves, the hand is right.
   *
   * @param {number} value
   */
  show(value) {
    this.flush();
    if (this.moved || value === this.value) return;
    this.value = value;
    this.write();
  }

  /**
   * Where the critical rate is; null where it is not known. It is faint if it is not of now: `was` says of when.
   *
   * @param {number | null} rate
   */
  showCritical(rate, was = "") {
    const { min, max } = this.slider;
    const share = rate ? (Math.log10(rate) - Number(min)) / (Number(max) - Number(min)) : -1;
    this.mark.hidden = !(share >= 0 && share <= 1);
    this.mark.style.setProperty("--share", String(share));
    this.mark.classList.toggle("nn-was", was !== "");
    this.slider.title = was ? `${RATE.help}. ${was}` : RATE.help;
    [this.critical, this.was] = [rate, was];
  }

  write() {
    const value = this.wanted ?? this.value;
    const [low, high] = this.ends;
    const ends = [Math.min(low, value), Math.max(high, value)].map(Math.log10);
    [this.slider.min, this.slider.max] = ends.map(String);
    this.slider.value = String(Math.log10(value));
    const text = String(Number(value.toPrecision(6)));
    this.slider.setAttribute("aria-valuetext", text);
    this.showCritical(this.critical, this.was);
    if (document.activeElement === this.field && this.wanted === null) return;
    this.field.value = text;
    this.field.removeAttribute("aria-invalid");
  }

  /** It rests for good: nothing is asked for any more. */
  destroy() {
    clearTimeout(this.timer);
  }
}
