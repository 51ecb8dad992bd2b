// The gauge: a bar from 0 to twice the critical learning rate, with a tick at it, and the number.

import { element } from "./dom.js";
import { termButton } from "./terms.js";
import { RATE } from "./words.js";

const MOST = 2; // times the critical rate, at the bar's right end

export class Gauge {
  /**
   * Before the numbers in the line of words under the bar.
   *
   * @param {HTMLElement} numbers
   * @param {Term[]} terms  that it uses
   */
  constructor(numbers, terms) {
    this.bar = element("i", "nn-gauge-bar");
    this.words = element("span", "nn-gauge-words");
    this.node = element("span", "nn-gauge", this.bar, this.words);
    this.terms = terms.map(termButton);
    this.node.dataset.zone = "none";
    this.node.dataset.testid = "gauge";
    this.node.style.visibility = "hidden"; // its place is kept until there is something to show
    numbers.before(this.node, ...this.terms);
  }

  /**
   * null hides the gauge, undefined leaves it as it is.
   *
   * @param {Reading | null} [reading]
   */
  show(reading) {
    if (reading === undefined) return;
    const { node } = this;
    for (const each of [node, ...this.terms]) each.hidden = reading === null;
    if (reading === null) return;
    const { ratio, zone, text, title } = reading;
    node.style.visibility = "";
    node.dataset.zone = zone;
    node.title = title;
    this.words.textContent = text;
    this.bar.style.setProperty("--share", String(Math.min(ratio ?? 0, MOST) / MOST));
    node.setAttribute("aria-label", RATE.gauge(text));
    node.setAttribute("role", ratio === null ? "note" : "meter");
    for (const [name, value] of [
      ["min", 0],
      ["max", MOST],
      ["now", ratio && Math.min(ratio, MOST)],
      ["text", text],
    ]) {
      if (ratio === null) node.removeAttribute(`aria-value${name}`);
      else node.setAttribute(`aria-value${name}`, String(value));
    }
  }
}
