// A chart of points over shades before plotly.js is there: a canvas, in the place of Plotly's own.

import { contextOf, element, pixelRatio } from "./dom.js";

/**
 * Numbers as Plotly takes them: an array, or bytes in base64.
 *
 * @param {number[] | { dtype: string, bdata: string }} given
 * @returns {ArrayLike<number>}
 */
export function numbers(given) {
  if (!("bdata" in given)) return given;
  const bytes = Uint8Array.from(atob(given.bdata), (letter) => letter.charCodeAt(0));
  const Type = { f8: Float64Array, f4: Float32Array, i1: Int8Array, u1: Uint8Array }[given.dtype] ?? Float64Array;
  return new Type(bytes.buffer);
}

/**
 * The square that Plotly gives to equal axes in a box of this size, with a layout's margins.
 *
 * @param {number} width
 * @param {number} height
 * @param {{ l: number, r: number, t: number, b: number }} margin
 */
export function square(width, height, { l, r, t, b }) {
  const side = Math.max(1, Math.min(width - l - r, height - t - b));
  return { left: l + (width - l - r - side) / 2, top: t + (height - t - b - side) / 2, side };
}

/**
 * The canvas, which is in `root` now. `shades` cover the whole of the square, `table` colours values.
 *
 * @param {HTMLElement} root
 * @param {HTMLCanvasElement} shades
 * @param {{ data: any[], layout: any }} figure
 * @param {Uint8ClampedArray} table
 */
export function sketch(root, shades, { data, layout }, table) {
  const { width, height } = root.getBoundingClientRect();
  const ratio = pixelRatio();
  const canvas = element("canvas", "nn-fill nn-sketch");
  canvas.setAttribute("aria-hidden", "true");
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  root.prepend(canvas);
  const context = contextOf(canvas);
  context.scale(ratio, ratio);
  const { left, top, side } = square(width, height, layout.margin);
  const whole = [left, top, side].map(Math.round);
  context.drawImage(shades, whole[0], whole[1], whole[2], whole[2]);
  const [low, high] = layout.xaxis.range;
  for (const { x, y, marker, visible } of data) {
    if (!marker || visible === false) continue;
    const [xs, ys] = [numbers(x), numbers(y)];
    const values = typeof marker.color === "string" ? null : numbers(marker.color);
    for (let i = 0; i < xs.length; i += 1) {
      const place = [left + ((xs[i] - low) / (high - low)) * side, top + ((high - ys[i]) / (high - low)) * side];
      mark(context, place[0], place[1], marker, values ? shade(table, values[i], marker) : marker.color);
    }
  }
  return canvas;
}

/** @type {(table: Uint8ClampedArray, value: number, marker: { cmin: number, cmax: number }) => string} */
function shade(table, value, { cmin, cmax }) {
  const at = 4 * Math.round(255 * Math.min(1, Math.max(0, (value - cmin) / (cmax - cmin))));
  return `rgb(${table[at]},${table[at + 1]},${table[at + 2]})`;
}

/** @type {(context: CanvasRenderingContext2D, x: number, y: number, marker: any, colour: string) => void} */
function mark(context, x, y, { size, symbol, line }, colour) {
  const half = size / 2;
  context.lineWidth = line.width;
  context.beginPath();
  if (symbol === "circle") {
    context.arc(x, y, half, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    context.strokeStyle = line.color;
  } else {
    const reach = half * 1.3; // of Plotly's diamonds
    context.moveTo(x, y - reach);
    for (const [dx, dy] of [
      [reach, 0],
      [0, reach],
      [-reach, 0],
    ])
      context.lineTo(x + dx, y + dy);
    context.closePath();
    context.strokeStyle = colour;
  }
  context.stroke();
}
