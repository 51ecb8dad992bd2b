// A link that comes first on the page for those who use the keyboard: past all pages and settings.

import { element } from "./dom.js";
import { SKIP } from "./words.js";

/** @param {() => void} go  gives the focus to where it leads */
export function skipLink(go) {
  const link = element("a", "nn-skip", SKIP);
  link.href = "#picture";
  link.addEventListener("click", (event) => {
    event.preventDefault(); // the address is the run's
    go();
  });
  document.body.prepend(link);
  return link;
}
