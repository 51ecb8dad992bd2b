// Lecture mode: what is not wanted is hidden on all of the page, and a ring shows where the mouse is.

import { element } from "./dom.js";

export class Lecture {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.ring = element("div", "nn-pointer");
    this.ring.setAttribute("aria-hidden", "true");
    this.ring.hidden = true;
    /** @param {PointerEvent} event */
    this.follow = ({ clientX, clientY, buttons }) => {
      this.ring.hidden = false;
      this.ring.style.translate = `${clientX}px ${clientY}px`;
      this.ring.classList.toggle("nn-pressed", buttons > 0);
    };
    this.lose = () => {
      this.ring.hidden = true;
    };
  }

  /**
   * @param {boolean} on
   * @param {string[]} hide  parts of the page
   */
  show(on, hide) {
    const { dataset } = document.documentElement;
    this.root.classList.toggle("nn-lecture", on);
    if (!on) {
      this.destroy();
      return;
    }
    dataset.lecture = hide.join(" ");
    if (this.ring.isConnected) return;
    document.body.append(this.ring);
    for (const event of EVENTS) addEventListener(event, this.follow, { passive: true });
    document.addEventListener("pointerleave", this.lose);
  }

  destroy() {
    if (!this.ring.isConnected) return;
    this.ring.remove();
    // The view of the next page, or another one of this page, may have it still.
    if (!document.querySelector(".nn-lecture")) delete document.documentElement.dataset.lecture;
    for (const event of EVENTS) removeEventListener(event, this.follow);
    document.removeEventListener("pointerleave", this.lose);
  }
}

/** @type {("pointermove" | "pointerdown" | "pointerup")[]} */
const EVENTS = ["pointermove", "pointerdown", "pointerup"];
