// "Share": the link of the moment on show, what it holds, and a QR code for those at the back.

import { element, openDialog, smallButton } from "./dom.js";
import { SHARE } from "./words.js";

/** Of this page as its visitor reached it: through a proxy, below a path. */
export const address = () => location.origin + location.pathname;

/**
 * In a dialog of the view `root`.
 *
 * @param {HTMLElement} root
 * @param {Shared} shared
 */
export function showShared(root, { link, words, whole, later, qr }) {
  const field = element("input");
  Object.assign(field, { value: link, readOnly: true, ariaLabel: SHARE.link });
  field.addEventListener("focus", () => field.select());
  const said = element("span", "nn-hint");
  said.role = "status";
  const copy = smallButton(SHARE.copy, async () => {
    said.textContent = (await copied(field)) ? SHARE.copied : SHARE.byHand;
  });
  copy.classList.add("nn-primary");
  const picture = element("img");
  Object.assign(picture, { src: qr, alt: SHARE.code });
  const code = element("button", "nn-qr", picture);
  Object.assign(code, { type: "button", ariaLabel: SHARE.whole, title: SHARE.wholeHelp });
  const sentence = element("p", whole ? "" : "nn-culprit", words);
  const told = [sentence, element("div", "nn-share-link", field, copy), said, element("p", "nn-hint", later)];
  const dialog = openDialog(root, "nn-share", SHARE.title, element("div", "nn-share-words", ...told), code);
  code.addEventListener("click", () => enlarge(dialog));
  dialog.addEventListener("cancel", (event) => {
    if (!dialog.classList.contains("nn-share-whole")) return;
    event.preventDefault(); // Escape leads back to the link first
    enlarge(dialog);
  });
  dialog.addEventListener("close", () => {
    if (dialog.classList.contains("nn-share-whole")) enlarge(dialog);
  });
  copy.focus();
}

/**
 * The code alone, as large as the screen has room, or the link beside it again.
 *
 * @param {HTMLElement} dialog
 */
function enlarge(dialog) {
  const whole = dialog.classList.toggle("nn-share-whole");
  if (whole)
    document.documentElement.requestFullscreen?.().catch(() => {}); // not every browser lets us
  else if (document.fullscreenElement) document.exitFullscreen();
}

/**
 * Copy what the field holds; whether the browser let us. Without https it has no clipboard, but
 * may know the old way.
 *
 * @param {HTMLInputElement} field
 */
async function copied(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.focus();
    field.select();
    return document.execCommand("copy");
  }
}
