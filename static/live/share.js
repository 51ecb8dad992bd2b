// "Share": the link of the moment on show, what it holds, and a QR code for those at the back.

import { element, smallButton } from "./dom.js";

/** Of this page as its visitor reached it: through a proxy, below a path. */
export const address = () => location.origin + location.pathname;

/**
 * In a dialog of the view `root`.
 *
 * @param {HTMLElement} root
 * @param {Shared} shared
 */
export function showShared(root, { link, words, whole, qr }) {
  for (const old of root.querySelectorAll("dialog")) old.remove();
  const dialog = element("dialog", "nn-dialog nn-share");
  dialog.setAttribute("aria-label", "Share");
  const field = element("input");
  Object.assign(field, { value: link, readOnly: true, ariaLabel: "The link" });
  field.addEventListener("focus", () => field.select());
  const said = element("span", "nn-hint");
  said.role = "status";
  const copy = smallButton("Copy", async () => {
    said.textContent = (await copied(field)) ? "Copied." : "Press Ctrl + C (on a phone: hold the link) to copy it.";
  });
  copy.classList.add("nn-primary");
  const picture = element("img", "nn-qr");
  Object.assign(picture, { src: qr, alt: "QR code of the link" });
  const sentence = element("p", whole ? "" : "nn-culprit", words);
  const then = element(
    "p",
    "nn-hint",
    whole ? "Whoever opens it sees the network train to this moment, and then this picture." : "",
  );
  const title = element("h3", "", "Share this moment");
  const close = smallButton("Close", () => dialog.close());
  dialog.append(
    element("header", "", title, close),
    element("div", "nn-share-words", sentence, element("div", "nn-share-link", field, copy), said, then),
    picture,
  );
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  dialog.showModal();
  copy.focus();
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
