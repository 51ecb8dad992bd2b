// A term and what it means, where it stands: a small button that opens two sentences.

import { element } from "./dom.js";
import { TERM } from "./words.js";

let number = 0;

/**
 * A question mark beside a term, which opens what it means; from there a link leads into the Guide.
 *
 * @param {Term} term
 */
export function termButton({ name, words }) {
  const button = element("button", "nn-term", "?");
  button.type = "button";
  button.title = button.ariaLabel = TERM.button(name);
  button.addEventListener("click", (event) => {
    event.preventDefault(); // in a card that folds it is no press of its head
    open(name, words);
  });
  return button;
}

/** @type {(name: string, words: string) => void} */
function open(name, words) {
  number += 1;
  const box = element("div", "nn-term-box", element("h3", "", name), element("p", "", words));
  Object.assign(box, { popover: "auto", id: `nn-term-${number}` });
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", name);
  const guide = document.querySelector(".st-key-page-links a[href$=guide]");
  if (guide instanceof HTMLElement) {
    const link = element("a", "", TERM.guide);
    link.href = "guide";
    link.addEventListener("click", (event) => {
      event.preventDefault();
      box.hidePopover();
      guide.click();
    });
    box.append(link);
  }
  box.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "closed") box.remove();
  });
  document.querySelector(".nn-live")?.append(box);
  box.showPopover();
  box.querySelector("a")?.focus();
}
