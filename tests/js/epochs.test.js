// The epoch axis grows with the run and gives the last steps of a divergence room.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EpochAxis } from "../../static/live/epochs.js";
import { figure } from "../../static/live/numbers.js";

test("it grows in steps and never shrinks within a run", () => {
  const axis = new EpochAxis();
  const ends = [1, 11, 12, 100, 3].map((epoch) => {
    axis.reach(epoch);
    return axis.end;
  });
  assert.ok(ends.every((end, i) => end >= [1, 11, 12, 100, 3][i] && end >= (ends[i - 1] ?? 10)));
  assert.equal(ends[1], ends[2]);
  assert.equal(axis.place(3), 3);
});

test("the last steps have nearly half of it", () => {
  const axis = new EpochAxis();
  const climb = [20, 20.25, 20.5, 20.75].map((epoch) => Float32Array.of(epoch));
  axis.widen(climb);
  assert.ok(axis.stretched);
  assert.equal(axis.place(7), 7);
  assert.ok(Math.abs((axis.end - axis.place(20)) / axis.end - 0.45) < 0.02);
  axis.reach(500);
  assert.ok(axis.end < 40);
  axis.widen([]);
  assert.deepEqual([axis.stretched, axis.end], [false, 10]);
});

test("numbers have three significant digits", () => {
  const written = [0, 1.23456, -0.00123456, 1234.5, 1e5, 9.9e-5, null, undefined, NaN].map(figure);
  assert.deepEqual(written, ["0", "1.23", "-0.00123", "1230", "1.00e+5", "9.90e-5", "–", "–", "–"]);
});
