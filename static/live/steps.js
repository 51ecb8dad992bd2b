// The way through a trace: Back, Next, a slider and the arrow keys, mounted once.
//
// A person may press faster than the server answers, and of requests that come close together
// Streamlit hands on only the last. So the place is kept here and the request names it: whatever is
// lost on the way, the last one brings the trace to where the person is.

import { isTaken } from "./keys.js";
import { entry } from "./mount.js";

const PATIENCE = 4000; // ms until an unanswered request is sent again

const TEMPLATE = `
<section class="nn-live nn-steps" data-testid="steps" aria-label="The way through the steps">
  <button type="button" class="nn-button" data-move="-1" aria-keyshortcuts="ArrowLeft" title="Back (←)"><span aria-hidden="true">←</span><span>Back</span></button>
  <button type="button" class="nn-button nn-primary" data-move="1" aria-keyshortcuts="ArrowRight" title="Next (→)"><span>Next</span><span aria-hidden="true">→</span></button>
  <input type="range" min="0" step="1" aria-label="Step">
  <p><b></b> · <span></span></p>
</section>`;

class Steps {
  constructor(parent, component) {
    this.component = component;
    this.host = document.createElement("div");
    this.host.innerHTML = TEMPLATE;
    parent.appendChild(this.host);
    this.slider = this.host.querySelector("input");
    this.buttons = [...this.host.querySelectorAll("button")];
    this.at = 0; // where the person is
    this.phases = []; // the name of each step's phase
    this.asked = null; // the request that has no answer yet
    this.number = 0; // of the last request
    for (const button of this.buttons) button.addEventListener("click", () => this.go(this.at + Number(button.dataset.move)));
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.onKey = (event) => this.key(event);
    window.addEventListener("keydown", this.onKey, true);
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
    if (!this.asked) this.ask();
  }

  ask() {
    this.number += 1;
    this.asked = { n: this.number, step: this.at };
    this.component.setTriggerValue("request", this.asked);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.asked && this.ask(), PATIENCE);
  }

  /** `data` is {step, phases, answers}: where the server is, each step's phase, the last request it took. */
  receive({ step, phases, answers }) {
    this.phases = phases;
    this.number = Math.max(this.number, answers); // one that is mounted again goes on counting
    const asked = this.asked;
    if (asked && answers >= asked.n) this.asked = null;
    if (!this.asked) {
      if (asked && this.at !== asked.step) this.ask(); // gone on in the meantime
      else this.at = step;
    }
    this.draw();
  }

  draw() {
    const last = this.phases.length - 1;
    this.slider.max = String(last);
    this.slider.value = String(this.at);
    this.slider.style.setProperty("--share", String(this.at / Math.max(last, 1)));
    this.slider.setAttribute("aria-valuetext", `${this.phases[this.at]}, step ${this.at} of ${last}`);
    this.host.querySelector("b").textContent = this.phases[this.at] ?? "";
    this.host.querySelector("p span").textContent = `step ${this.at} of ${last}`;
    const [back, next] = this.buttons;
    back.disabled = this.at <= 0;
    next.disabled = this.at >= last;
  }

  destroy() {
    clearTimeout(this.timer);
    window.removeEventListener("keydown", this.onKey, true);
    this.host.remove();
  }
}

export const mount = entry(Steps);
