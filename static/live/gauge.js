// The gauge: a bar from 0 to twice the critical learning rate, with a tick at it, and the number.

const MOST = 2; // times the critical rate, at the bar's right end

export class Gauge {
  /** At the end of `line`, the line of words under the bar. */
  constructor(line) {
    this.node = document.createElement("span");
    this.node.className = "nn-gauge";
    this.node.dataset.zone = "none";
    this.node.dataset.testid = "gauge";
    this.node.style.visibility = "hidden"; // its place is kept until there is something to show
    this.bar = document.createElement("i");
    this.bar.className = "nn-gauge-bar";
    this.words = document.createElement("span");
    this.words.className = "nn-gauge-words";
    this.node.append(this.bar, this.words);
    line.append(this.node);
  }

  /** `reading` is {ratio, zone, text, title}; null hides the gauge, undefined leaves it as it is. */
  show(reading) {
    if (reading === undefined) return;
    const { node } = this;
    node.hidden = reading === null;
    if (reading === null) return;
    const { ratio, zone, text, title } = reading;
    node.style.visibility = "";
    node.dataset.zone = zone;
    node.title = title;
    this.words.textContent = text;
    this.bar.style.setProperty("--share", String(Math.min(ratio ?? 0, MOST) / MOST));
    node.setAttribute("aria-label", `Learning rate against the critical one: ${text}`);
    node.setAttribute("role", ratio === null ? "note" : "meter");
    for (const [name, value] of [["min", 0], ["max", MOST], ["now", ratio && Math.min(ratio, MOST)], ["text", text]]) {
      if (ratio === null) node.removeAttribute(`aria-value${name}`);
      else node.setAttribute(`aria-value${name}`, String(value));
    }
  }
}
