// Ten probabilities as bars, and pictures of a few pixels, as the digits page has them everywhere.

import { contextOf, element, resize } from "./dom.js";
import { boundaryTable, mix, paint, readTheme, rgb } from "./palette.js";
import { DIGITS } from "./words.js";

/** Ten bars, one a digit. */
export class Bars {
  constructor() {
    this.rows = Array.from({ length: 10 }, (_, digit) => {
      const bar = element("i");
      const share = element("span", "nn-digit-share");
      const node = element(
        "div",
        "nn-digit-row",
        element("b", "", String(digit)),
        element("span", "nn-digit-track", bar),
        share,
      );
      return { node, bar, share };
    });
    this.node = element("div", "nn-digit-bars", ...this.rows.map(({ node }) => node));
    this.node.setAttribute("role", "img");
    this.show(null);
  }

  /**
   * Ten probabilities, or none; `truth` is the digit that it is, if that is known.
   *
   * @param {Numbers | null} shares
   * @param {number} [truth]
   */
  show(shares, truth) {
    let best = -1;
    if (shares) for (let i = 0; i < 10; i += 1) if (best < 0 || shares[i] > shares[best]) best = i;
    for (const [digit, { node, bar, share }] of this.rows.entries()) {
      const value = shares ? shares[digit] : 0;
      bar.style.transform = `scaleX(${value.toFixed(4)})`;
      share.textContent = shares ? percent(value) : "–";
      node.classList.toggle("nn-best", digit === best);
      node.classList.toggle("nn-truth", digit === truth);
    }
    this.node.dataset.best = String(best);
    const said = shares ? `${best}: ${percent(shares[best])}` : DIGITS.nothing;
    this.node.setAttribute("aria-label", DIGITS.reads(said));
  }
}

/** @param {number} share */
function percent(share) {
  if (share > 0 && share < 0.005) return "< 1 %";
  if (share > 0.995 && share < 1) return "> 99 %";
  return `${Math.round(100 * share)} %`;
}

/**
 * The colours of a byte: of signed values, around 128, where there is a shading, or of ink on paper.
 *
 * @param {HTMLElement} root
 * @param {Pick<Shading, "kind" | "colours">} [shading]
 */
export function pixelTable(root, shading) {
  const theme = readTheme(root);
  if (shading) return boundaryTable(shading, theme, false);
  const [paper, ink] = [rgb(theme.surface), rgb(theme.text)];
  const table = new Uint8ClampedArray(1024);
  for (let code = 0; code < 256; code += 1) table.set([...mix(paper, ink, code / 255), 255], 4 * code);
  return table;
}

const source = document.createElement("canvas");

/**
 * Codes (height, width), first row at the bottom, as squares without a blur.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Numbers | Int16Array} codes
 * @param {number} width
 * @param {number} height
 * @param {Uint8ClampedArray} table
 */
export function drawPixels(canvas, codes, width, height, table) {
  const scale = Math.max(1, Math.floor(168 / Math.max(width, height)));
  resize(canvas, width * scale, height * scale);
  paint(source, codes, width, height, table);
  const context = contextOf(canvas);
  context.imageSmoothingEnabled = false;
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
}
