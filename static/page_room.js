// Lecture mode on every page, with a view or without: a ring where the mouse is, and the key of its
// switch where no view has a key for it.

const { documentElement: page } = document;

addEventListener("keydown", (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  const typing = target instanceof Element && target.closest("input, textarea, select, [role=combobox], dialog");
  if (key.toLowerCase() !== "l" || ctrlKey || metaKey || altKey || typing) return;
  const button = document.querySelector(".st-key-lecture_switch button"); // of a page without a view
  if (button instanceof HTMLElement) button.click();
});

const ring = document.createElement("div");
ring.className = "nn-pointer";
ring.setAttribute("aria-hidden", "true");

/** @param {PointerEvent} event */
function follow({ clientX, clientY, buttons }) {
  ring.hidden = false;
  ring.style.translate = `${clientX}px ${clientY}px`;
  ring.classList.toggle("nn-pressed", buttons > 0);
}

/** @type {("pointermove" | "pointerdown" | "pointerup")[]} */
const MOVES = ["pointermove", "pointerdown", "pointerup"];

function heed() {
  const on = page.dataset.lecture !== undefined;
  if (on === ring.isConnected) return;
  for (const event of MOVES) {
    if (on) addEventListener(event, follow, { passive: true });
    else removeEventListener(event, follow);
  }
  ring.hidden = true; // until it is known where
  if (on) document.body.append(ring);
  else ring.remove();
}

document.addEventListener("pointerleave", () => {
  ring.hidden = true;
});
new MutationObserver(heed).observe(page, { attributes: true, attributeFilter: ["data-lecture"] });
heed();
