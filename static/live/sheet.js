// The sheet of all keys that a view has, in a dialog.

import { element, smallButton } from "./dom.js";
import { CLOSE, SHEET } from "./words.js";

/**
 * @param {HTMLElement} root
 * @param {Key[]} keys
 */
export function showSheet(root, keys) {
  const dialog = element("dialog", "nn-dialog nn-sheet");
  dialog.setAttribute("aria-label", SHEET);
  const rows = keys.map(({ shown, words }) =>
    element("tr", "", element("th", "", ...caps(shown)), element("td", "", words)),
  );
  const close = smallButton(CLOSE, () => dialog.close());
  dialog.append(element("header", "", element("h3", "", SHEET), close), element("table", "nn-table", ...rows));
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  dialog.showModal();
}

/**
 * "Shift + R": a cap for each key. "+" alone is a key too.
 *
 * @param {string} shown
 */
const caps = (shown) =>
  shown.split(" ").map((part) => (part === "+" && shown !== "+" ? " + " : element("kbd", "", part)));
