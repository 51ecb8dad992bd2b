// What is drawn by hand, made into a network's input as its training pictures were, and what the
// network says of it. Knows no page: numbers in, numbers out.

/**
 * How the training pictures were made: what was written was fitted into a box of so many pixels and
 * laid into a grid, which may have been enlarged to `side` pixels.
 *
 * @typedef {{ grid: number, box: number, side: number }} Form
 */

/** @typedef {{ low: number, high: number, values: number[] }} Curve a function as points at even places */

const INK = 8; // of 255: below it a pixel is paper

/**
 * Where there is ink in a square of `size` pixels a side: its box, its sum and its centre of mass.
 *
 * @param {Uint8Array | Uint8ClampedArray} ink  0 to 255, row by row from the top
 * @param {number} size
 */
function extent(ink, size) {
  let [left, right, top, bottom] = [size, -1, size, -1];
  let [sum, x, y] = [0, 0, 0];
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const value = ink[row * size + column];
      if (value < INK) continue;
      if (column < left) left = column;
      if (column > right) right = column;
      if (row < top) top = row;
      if (row > bottom) bottom = row;
      sum += value;
      x += value * (column + 0.5);
      y += value * (row + 0.5);
    }
  }
  if (sum === 0) return null;
  return { left, right: right + 1, top, bottom: bottom + 1, x: x / sum, y: y / sum };
}

/**
 * Where the box begins on the grid, so that the centre of mass lies in the middle of it, as far as all
 * of the box lies on the grid.
 *
 * @param {number} size  of the box along this axis
 * @param {number} centre  of mass, from the box's beginning
 * @param {number} grid
 */
function begin(size, centre, grid) {
  return Math.min(Math.max(grid / 2 - centre, 0), grid - size);
}

/**
 * Ink as the training pictures have it: shares of 1 (side * side), row by row from the top; null where
 * nothing is drawn.
 *
 * @param {Uint8Array | Uint8ClampedArray} ink
 * @param {number} size
 * @param {Form} form
 */
export function networkInput(ink, size, { grid, box, side }) {
  const found = extent(ink, size);
  if (!found) return null;
  const { left, right, top, bottom, x, y } = found;
  const scale = box / Math.max(right - left, bottom - top);
  const x0 = begin((right - left) * scale, (x - left) * scale, grid);
  const y0 = begin((bottom - top) * scale, (y - top) * scale, grid);
  const cells = new Float32Array(grid * grid);
  // Each pixel of the drawing gives its ink to the cells that it lies over, by area: at most four
  // where it is smaller than a cell.
  for (let row = top; row < bottom; row += 1) {
    const [ya, yb] = [y0 + (row - top) * scale, y0 + (row + 1 - top) * scale];
    for (let column = left; column < right; column += 1) {
      const value = ink[row * size + column];
      if (value < INK) continue;
      const [xa, xb] = [x0 + (column - left) * scale, x0 + (column + 1 - left) * scale];
      for (let j = Math.floor(ya); j < yb && j < grid; j += 1) {
        const high = Math.min(yb, j + 1) - Math.max(ya, j);
        for (let i = Math.floor(xa); i < xb && i < grid; i += 1) {
          const wide = Math.min(xb, i + 1) - Math.max(xa, i);
          cells[j * grid + i] += (value / 255) * high * wide;
        }
      }
    }
  }
  return side === grid ? cells : enlarged(cells, grid, side);
}

/**
 * Bilinear, as the small pictures were enlarged (playground/data/digits.py).
 *
 * @param {Float32Array} cells
 * @param {number} old
 * @param {number} side
 */
function enlarged(cells, old, side) {
  const places = Array.from({ length: side }, (_, i) => Math.min(Math.max(((i + 0.5) * old) / side - 0.5, 0), old - 1));
  const out = new Float32Array(side * side);
  for (let row = 0; row < side; row += 1) {
    const j = Math.min(Math.floor(places[row]), old - 2);
    const v = places[row] - j;
    for (let column = 0; column < side; column += 1) {
      const i = Math.min(Math.floor(places[column]), old - 2);
      const u = places[column] - i;
      const at = j * old + i;
      const above = cells[at] + (cells[at + 1] - cells[at]) * u;
      const below = cells[at + old] + (cells[at + old + 1] - cells[at + old]) * u;
      out[row * side + column] = above + (below - above) * v;
    }
  }
  return out;
}

/**
 * Numbers from their bytes as float16, little-endian.
 *
 * @param {Uint8Array} bytes
 */
export function halves(bytes) {
  const out = new Float32Array(bytes.length >> 1);
  for (let i = 0; i < out.length; i += 1) {
    const bits = bytes[2 * i] | (bytes[2 * i + 1] << 8);
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    out[i] = bits & 0x8000 ? -size : size;
  }
  return out;
}

/**
 * The curve at z: straight between its points, and beyond its ends.
 *
 * @param {Curve} curve
 * @param {number} z
 */
function at({ low, high, values }, z) {
  const last = values.length - 1;
  const place = ((z - low) / (high - low)) * last;
  const i = Math.min(Math.max(Math.floor(place), 0), last - 1);
  return values[i] + (values[i + 1] - values[i]) * (place - i);
}

/**
 * The ten probabilities for an input. `weights` are, layer by layer, W (inputs x units) and b.
 *
 * @param {Float32Array} weights
 * @param {number[]} units  from the pixels to the outputs
 * @param {Curve} curve  the activation of the hidden layers
 * @param {Float32Array} input
 */
export function answer(weights, units, curve, input) {
  let signal = input;
  let start = 0;
  for (let layer = 1; layer < units.length; layer += 1) {
    const [inputs, outputs] = [units[layer - 1], units[layer]];
    const biases = start + inputs * outputs;
    const z = weights.slice(biases, biases + outputs);
    for (let i = 0; i < inputs; i += 1) {
      const x = signal[i];
      if (x === 0) continue; // most of a picture is paper
      const row = start + i * outputs;
      for (let j = 0; j < outputs; j += 1) z[j] += x * weights[row + j];
    }
    signal = layer < units.length - 1 ? z.map((each) => at(curve, each)) : z;
    start = biases + outputs;
  }
  const largest = signal.reduce((a, b) => Math.max(a, b), -Infinity);
  const raised = signal.map((each) => Math.exp(each - largest));
  const sum = raised.reduce((a, b) => a + b, 0);
  return raised.map((each) => each / sum);
}
