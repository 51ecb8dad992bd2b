// Colours: what Streamlit's theme says now, and the 256-entry tables that colour a grid of codes.

import { contextOf, resize } from "./dom.js";

/** @typedef {number[]} Colour red, green and blue, 0 to 255 */

/**
 * Colours of the current theme, read from the variables Streamlit sets on a component.
 *
 * @param {Element} element
 * @returns {Theme}
 */
export function readTheme(element) {
  const style = getComputedStyle(element);
  /** @type {(name: string, fallback: string) => string} */
  const read = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const colours = {
    background: read("--st-background-color", "#ffffff"),
    surface: read("--st-secondary-background-color", "#f5f5f7"),
    text: read("--st-text-color", "#1f2330"),
    accent: read("--st-primary-color", "#5b5bd6"),
    border: read("--st-border-color", "#d9d9e0"),
    font: read("--st-font", "sans-serif"),
  };
  const dark = luminance(rgb(colours.background)) < 0.3;
  const scale = Number(read("--nn-scale", "1"));
  return { ...colours, dark, scale, key: [...Object.values(colours), dark, scale].join("|") };
}

/**
 * "#rrggbb" or "rgb(r, g, b)" -> [r, g, b].
 *
 * @param {string} colour
 * @returns {Colour}
 */
export function rgb(colour) {
  if (colour.startsWith("#")) {
    const hex = colour.length === 4 ? [...colour.slice(1)].map((c) => c + c).join("") : colour.slice(1);
    return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
  }
  return (colour.match(/[\d.]+/g) ?? ["0", "0", "0"]).slice(0, 3).map(Number);
}

/** @param {Colour} colour */
export const css = ([r, g, b]) => `rgb(${Math.round(r)},${Math.round(g)},${Math.round(b)})`;

/** @type {(a: Colour, b: Colour, t: number) => Colour} */
export const mix = (a, b, t) => a.map((v, i) => v + (b[i] - v) * t);

/** @param {Colour} colour */
function luminance(colour) {
  const [r, g, b] = colour.map((v) => v / 255);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * Piecewise linear colour through `stops` at t in [0, 1].
 *
 * @param {Colour[]} stops
 * @param {number} t
 */
function through(stops, t) {
  const place = Math.min(Math.max(t, 0), 1) * (stops.length - 1);
  const i = Math.min(Math.floor(place), stops.length - 2);
  return mix(stops[i], stops[i + 1], place - i);
}

/**
 * Shade of the boundary for every code 0..255, as a flat RGBA table of 1024 bytes.
 *
 * `shading.kind` "two": code/255 runs from the first colour over the page to the second (two
 * classes by probability; regression by value). "classes": code = class * levels + certainty.
 *
 * @param {Pick<Shading, "kind" | "colours"> & { levels?: number }} shading
 * @param {Pick<Theme, "background" | "dark">} theme
 * @param {boolean} discretize
 */
export function boundaryTable(shading, theme, discretize) {
  const table = new Uint8ClampedArray(1024);
  const page = rgb(theme.background);
  const neutral = mix(page, theme.dark ? [255, 255, 255] : [120, 125, 140], theme.dark ? 0.05 : 0.06);
  const { kind, levels = 1 } = shading;
  const strength = theme.dark ? 0.82 : 0.78;
  const colours = shading.colours.map((c) => mix(neutral, rgb(c), strength));
  for (let code = 0; code < 256; code += 1) {
    let colour;
    if (kind === "two") {
      const t = code / 255;
      colour = discretize ? colours[t < 0.5 ? 0 : 1] : through([colours[0], neutral, colours[1]], t);
    } else {
      const index = Math.min(Math.floor(code / levels), colours.length - 1);
      const certainty = (code - index * levels) / (levels - 1);
      colour = discretize ? colours[index] : mix(neutral, colours[index], Math.min(1, certainty));
    }
    table.set([colour[0], colour[1], colour[2], 255], code * 4);
  }
  return table;
}

/**
 * Sequential table for gradient sizes: dim page to bright, the same order of lightness for all eyes.
 *
 * @param {string[]} stops
 * @param {Pick<Theme, "dark">} theme
 */
export function magnitudeTable(stops, theme) {
  const colours = (theme.dark ? stops : [...stops].reverse()).map(rgb);
  const table = new Uint8ClampedArray(1024);
  for (let code = 0; code < 256; code += 1) {
    const colour = through(colours, code / 255);
    table.set([colour[0], colour[1], colour[2], 255], code * 4);
  }
  return table;
}

/**
 * A table as a Plotly colour scale with `n` stops.
 *
 * @param {Uint8ClampedArray} table
 */
export function colourScale(table, n = 64) {
  /** @type {[number, string][]} */
  const scale = [];
  for (let i = 0; i < n; i += 1) {
    const code = Math.round((i / (n - 1)) * 255) * 4;
    scale.push([i / (n - 1), css([table[code], table[code + 1], table[code + 2]])]);
  }
  return scale;
}

/**
 * Powers of ten on a colour bar from `low` to `high`, five or so, and how they are written: an end stands also for
 * what lies beyond it, if something is `below` or `above`.
 *
 * @param {number} low
 * @param {number} high
 * @param {boolean} below
 * @param {boolean} above
 * @returns {[number, string][]}
 */
export function powerTicks(low, high, below, above) {
  const step = Math.ceil((high - low) / 5);
  const ticks = above ? [high] : [];
  for (let power = above ? high - step : Math.floor(high); power >= low; power -= step) {
    if (!below || power - low >= step) ticks.push(power);
  }
  if (below) ticks.push(low);
  return ticks.map((power) => {
    const beyond = above && power === high ? "≥ " : below && power === low ? "≤ " : "";
    return [power, `${beyond}10<sup>${power}</sup>`];
  });
}

/**
 * Codes (H, W), first row at the bottom -> the pixels of `canvas`, first row at the top; -1: none.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Numbers | Int16Array} codes
 * @param {number} width
 * @param {number} height
 * @param {Uint8ClampedArray} table
 */
export function paint(canvas, codes, width, height, table) {
  resize(canvas, width, height);
  const context = contextOf(canvas);
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const colours = new Uint32Array(table.buffer, table.byteOffset, 256);
  for (let row = 0; row < height; row += 1) {
    const from = row * width;
    const to = (height - 1 - row) * width;
    for (let column = 0; column < width; column += 1) {
      const code = codes[from + column];
      pixels[to + column] = code < 0 ? 0 : colours[code];
    }
  }
  context.putImageData(image, 0, 0);
}
