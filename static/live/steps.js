// The way through steps: Back, Next, a slider and the arrow keys.
//
// A person may press faster than the server answers. So the place is kept here and the request
// names it: whatever is lost on the way, the last one brings the server to where the person is.

import { isTaken } from "./keys.js";

const TEMPLATE = `
<button type="button" class="nn-button" data-move="-1" aria-keyshortcuts="ArrowLeft" title="Back (←)"><span aria-hidden="true">←</span><span>Back</span></button>
<button type="button" class="nn-button nn-primary" data-move="1" aria-keyshortcuts="ArrowRight" title="Next (→)"><span>Next</span><span aria-hidden="true">→</span></button>
<input type="range" min="0" step="1" aria-label="Step">
<p><b></b> · <span></span></p>`;

export class StepsPanel {
  constructor(root, view) {
    this.root = root;
    this.view = view;
    root.classList.add("nn-steps");
    root.innerHTML = TEMPLATE;
    this.slider = root.querySelector("input");
    this.buttons = [...root.querySelectorAll("button")];
    this.at = 0; // where the person is
    for (const button of this.buttons) button.addEventListener("click", () => this.go(this.at + Number(button.dataset.move)));
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.onKey = (event) => this.key(event);
    window.addEventListener("keydown", this.onKey, true);
  }

  /** `phases` has the name of each step's phase. */
  async setFigure({ phases }) {
    this.phases = phases;
  }

  key(event) {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isTaken(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.go(this.at + move);
  }

  go(step) {
    const to = Math.min(Math.max(step, 0), this.phases.length - 1);
    if (to === this.at) return;
    this.at = to;
    this.draw();
    this.view.act("go", to);
  }

  /** Where the server is; the person may be farther. */
  setState({ step }) {
    if (!this.view.player.pending) this.at = step;
    this.draw();
  }

  draw() {
    const last = this.phases.length - 1;
    this.slider.max = String(last);
    this.slider.value = String(this.at);
    this.slider.style.setProperty("--share", String(this.at / Math.max(last, 1)));
    this.slider.setAttribute("aria-valuetext", `${this.phases[this.at]}, step ${this.at} of ${last}`);
    this.root.querySelector("b").textContent = this.phases[this.at] ?? "";
    this.root.querySelector("p span").textContent = `step ${this.at} of ${last}`;
    const [back, next] = this.buttons;
    back.disabled = this.at <= 0;
    next.disabled = this.at >= last;
  }

  redraw() {}

  destroy() {
    window.removeEventListener("keydown", this.onKey, true);
  }
}
