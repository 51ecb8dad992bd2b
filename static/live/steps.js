// The way through steps: Back, Next, a slider and the arrow keys.
//
// A person may press faster than the server answers. So the place is kept here and the request
// names it: whatever is lost on the way, the last one brings the server to where the person is.

import { find } from "./dom.js";
import { isTaken } from "./keys.js";
import { address } from "./share.js";
import { STEPS } from "./words.js";

const TEMPLATE = `
<button type="button" class="nn-button" data-move="-1" aria-keyshortcuts="ArrowLeft" title="${STEPS.backHelp}"><span aria-hidden="true">←</span><span>${STEPS.back}</span></button>
<button type="button" class="nn-button nn-primary" data-move="1" aria-keyshortcuts="ArrowRight" title="${STEPS.nextHelp}"><span>${STEPS.next}</span><span aria-hidden="true">→</span></button>
<button type="button" class="nn-button" data-share title="${STEPS.shareHelp}">${STEPS.share}</button>
<input type="range" min="0" step="1" aria-label="${STEPS.name}">
<p><b></b> · <span></span></p>`;

export class StepsPanel {
  /**
   * @param {HTMLElement} root
   * @param {PanelHost} view
   */
  constructor(root, view) {
    this.root = root;
    this.view = view;
    root.classList.add("nn-steps");
    root.innerHTML = TEMPLATE;
    this.slider = /** @type {HTMLInputElement} */ (find(root, "input"));
    this.buttons = /** @type {HTMLButtonElement[]} */ ([...root.querySelectorAll("[data-move]")]);
    find(root, "[data-share]").addEventListener("click", () => this.view.act("share", address()));
    /** @type {string[]} */
    this.phases = []; // of each step, by name
    this.at = 0; // where the person is
    for (const button of this.buttons)
      button.addEventListener("click", () => this.go(this.at + Number(button.dataset.move)));
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    /** @param {KeyboardEvent} event */
    this.onKey = (event) => this.key(event);
    window.addEventListener("keydown", this.onKey, true);
  }

  /** @param {PanelSpec & { phases: string[] }} spec */
  async setFigure({ phases }) {
    this.phases = phases;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const move = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (!move || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isTaken(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.go(this.at + move);
  }

  /** @param {number} step */
  go(step) {
    const to = Math.min(Math.max(step, 0), this.phases.length - 1);
    if (to === this.at) return;
    this.at = to;
    this.draw();
    this.view.act("go", to);
  }

  /**
   * Where the server is; the person may be farther.
   *
   * @param {{ step: number }} state
   */
  setState({ step }) {
    if (!this.view.player.pending) this.at = step;
    this.draw();
  }

  draw() {
    const last = this.phases.length - 1;
    this.slider.max = String(last);
    this.slider.value = String(this.at);
    this.slider.style.setProperty("--share", String(this.at / Math.max(last, 1)));
    this.slider.setAttribute("aria-valuetext", STEPS.phaseAt(this.phases[this.at], this.at, last));
    find(this.root, "b").textContent = this.phases[this.at] ?? "";
    find(this.root, "p span").textContent = STEPS.at(this.at, last);
    const [back, next] = this.buttons;
    back.disabled = this.at <= 0;
    next.disabled = this.at >= last;
  }

  redraw() {}

  destroy() {
    window.removeEventListener("keydown", this.onKey, true);
  }
}
