// What is drawn becomes an input as the training pictures were made, and is read as the network reads.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, halves, networkInput } from "../../static/live/digit_input.js";

const SIZE = 100;
const MNIST = { grid: 28, box: 20, side: 28 };
const SMALL = { grid: 8, box: 8, side: 8 };

/** A pad with ink in these rectangles: left, top, width, height, each with how black it is. */
function pad(/** @type {[number, number, number, number, number?][]} */ ...parts) {
  const ink = new Uint8Array(SIZE * SIZE);
  for (const [x, y, w, h, value = 255] of parts)
    for (let row = y; row < y + h; row += 1) ink.fill(value, row * SIZE + x, row * SIZE + x + w);
  return ink;
}

/** @type {(ink: Uint8Array, form: import("../../static/live/digit_input.js").Form) => Float32Array} */
function input(ink, form) {
  const found = networkInput(ink, SIZE, form);
  assert.ok(found);
  return found;
}

/** The box around all ink, and its centre of mass. */
function measured(/** @type {Float32Array} */ cells, /** @type {number} */ side) {
  let [left, right, top, bottom, sum, x, y] = [side, -1, side, -1, 0, 0, 0];
  for (const [i, value] of cells.entries()) {
    const [row, column] = [Math.floor(i / side), i % side];
    if (value < 1e-6) continue;
    [left, right] = [Math.min(left, column), Math.max(right, column)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
    sum += value;
    x += value * (column + 0.5);
    y += value * (row + 0.5);
  }
  return { wide: right - left + 1, high: bottom - top + 1, x: x / sum, y: y / sum };
}

test("a drawing of any size and place becomes 20 pixels high and lies in the middle, as MNIST's", () => {
  for (const [x, y, high] of [
    [5, 5, 40],
    [60, 10, 80],
    [80, 40, 20],
  ]) {
    const { wide, high: tall, x: cx, y: cy } = measured(input(pad([x, y, high / 4, high]), MNIST), 28);
    assert.ok(tall >= 20 && tall <= 21 && wide >= 5 && wide <= 6, `${wide} x ${tall}`);
    assert.ok(Math.abs(cx - 14) < 1e-4 && Math.abs(cy - 14) < 1e-4, `${cx}, ${cy}`);
  }
});

test("the middle is that of the ink, not of the box", () => {
  // A heavy foot on a thin stem: the foot comes up towards the middle.
  const cells = input(pad([48, 10, 4, 70], [30, 80, 40, 6]), MNIST);
  const { x, y, high } = measured(cells, 28);
  assert.ok(Math.abs(x - 14) < 0.05 && Math.abs(y - 14) < 0.05); // cells are whole
  assert.ok(high >= 20 && high <= 21);
});

test("no ink is lost at an edge", () => {
  // All of the ink at one end: its middle would push the rest off the grid.
  const ink = pad([49, 0, 2, 98, 20], [10, 96, 80, 4]);
  const sum = input(ink, SMALL).reduce((a, b) => a + b, 0);
  const whole = ink.reduce((a, b) => a + b, 0) / 255;
  assert.ok(Math.abs(sum - whole * (8 / 100) ** 2) < 1e-3);
});

test("a full square is full, and every share of ink lies between none and all", () => {
  const cells = input(pad([20, 20, 40, 40]), SMALL);
  for (const each of cells) assert.ok(Math.abs(each - 1) < 1e-5);
  for (const form of [MNIST, SMALL, { grid: 8, box: 8, side: 28 }])
    for (const each of input(pad([10, 10, 9, 70], [10, 70, 60, 9]), form)) assert.ok(each >= 0 && each <= 1 + 1e-5);
});

test("small pictures are enlarged as the training pictures were", () => {
  const cells = input(pad([0, 0, 100, 50], [0, 50, 100, 50, 51]), { grid: 8, box: 8, side: 28 });
  const column = Array.from({ length: 28 }, (_, row) => cells[row * 28 + 14]);
  assert.equal(cells.length, 784);
  assert.ok(Math.abs(column[0] - 1) < 1e-5 && Math.abs(column[27] - 0.2) < 1e-5);
  assert.ok(column.every((each, i) => i === 0 || each <= column[i - 1] + 1e-6)); // without a step
});

test("an empty pad is nothing to read", () => {
  assert.equal(networkInput(pad(), SIZE, MNIST), null);
});

test("half precision numbers are read", () => {
  // 1, -2, 0.333251953125, 65504, the least one, -0
  const words = [0x3c00, 0xc000, 0x3555, 0x7bff, 0x0001, 0x8000];
  const bytes = Uint8Array.from(words.flatMap((word) => [word & 255, word >> 8]));
  assert.deepEqual([...halves(bytes)], [1, -2, 0.333251953125, 65504, 2 ** -24, -0]);
});

test("the answer is that of the layers, one after the other", () => {
  const relu = { low: -8, high: 8, values: [0, 0, 8] }; // bent at zero, straight beyond
  // Two inputs, two hidden units, two outputs. z = [1*1 + 2*3 + 0.5, 1*2 - 2*4 + 0] = [7.5, -6]
  const weights = Float32Array.from([1, 2, 3, -4, 0.5, 0, 1, -1, 5, 5, 0, 7.5]);
  const [a, b] = answer(weights, [2, 2, 2], relu, Float32Array.from([1, 2]));
  // logits: [7.5, -7.5 + 7.5]
  assert.ok(Math.abs(a - 1 / (1 + Math.exp(-7.5))) < 1e-6);
  assert.ok(Math.abs(a + b - 1) < 1e-6);
  const far = answer(Float32Array.from([1000, -1000, 0, 0]), [1, 2], relu, Float32Array.from([9]));
  assert.deepEqual([...far], [1, 0]); // without an overflow
});
