// The sheet of all keys that a view has, in a dialog.

import { element, openDialog } from "./dom.js";
import { SHEET } from "./words.js";

/**
 * @param {HTMLElement} root
 * @param {Key[]} keys
 */
export function showSheet(root, keys) {
  const rows = keys.map(({ shown, words }) =>
    element("tr", "", element("th", "", ...caps(shown)), element("td", "", words)),
  );
  openDialog(root, "nn-sheet", SHEET, element("table", "nn-table", ...rows));
}

/**
 * "Shift + R": a cap for each key. "+" alone is a key too.
 *
 * @param {string} shown
 */
const caps = (shown) =>
  shown.split(" ").map((part) => (part === "+" && shown !== "+" ? " + " : element("kbd", "", part)));
