// What is known of a run: rows of the server, frames between them, the last steps of a divergence.

import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../../static/live/history.js";

/** @param {number[]} epochs */
const rows = (...epochs) => ({
  data: Float32Array.from(epochs.flatMap((e) => [e, 1, 2, 3])),
  shape: [epochs.length, 4],
});

/** @param {Row[]} found */
const places = (found) => found.map(([place]) => place);

test("rows are appended, replaced from a start on, and dropped with their generation", () => {
  const history = new History();
  /** @type {(generation: number, start: number, given: number[], kept: number[]) => void} */
  const take = (generation, start, given, kept) => {
    history.take(generation, start, rows(...given));
    assert.deepEqual(places(history.rows), kept);
  };
  take(7, 0, [0, 1, 2], [0, 1, 2]);
  take(7, 3, [3], [0, 1, 2, 3]);
  take(7, 4, [], [0, 1, 2, 3]);
  take(7, 2, [2, 3, 4], [0, 1, 2, 3, 4]);
  assert.deepEqual(
    [-1, 2, 2.5, 99].map((epoch) => history.until(epoch).length),
    [0, 3, 3, 5],
  );
  take(8, 0, [0, 2, 4], [0, 2, 4]);
  history.clear();
  assert.deepEqual(history.rows, []);
});

test("frames within an epoch lie between the rows, until the run goes back", () => {
  const history = new History();
  history.take(1, 0, rows(0, 1));
  for (const [place, before] of [
    [0.25, 0],
    [0.5, 0.25],
    [1, 0.5],
    [1.25, 1],
  ]) {
    history.follow(Float32Array.of(place, 9), before);
  }
  assert.deepEqual(places(history.until(9)), [0, 0.25, 0.5, 1, 1.25]);
  history.follow(Float32Array.of(1.25, 9), 1.25); // drawn once more
  assert.deepEqual(places(history.until(9)), [0, 0.25, 0.5, 1, 1.25]);
  history.forgetTrail();
  history.follow(Float32Array.of(1.25, 9), 1.25);
  assert.deepEqual(places(history.until(9)), [0, 1, 1.25]);
  history.follow(Float32Array.of(0.25, 9), 0);
  history.follow(Float32Array.of(0.5, 9), 1.25); // back
  assert.deepEqual(places(history.until(9)), [0, 0.25, 1]);
});

test("the last steps of a divergence take the place of the frames there", () => {
  const history = new History();
  history.take(1, 0, rows(0, 1));
  for (const [place, before] of [
    [0.5, 0.25],
    [1.25, 1],
    [1.5, 1.25],
  ])
    history.follow(Float32Array.of(place, 9), before);
  history.takeClimb(rows(1.125, 1.375, 1.625));
  assert.deepEqual(places(history.until(9)), [0, 0.5, 1, 1.125, 1.375, 1.625]);
  history.takeClimb();
  assert.deepEqual(places(history.until(9)), [0, 0.5, 1, 1.25, 1.5]);
});
