// Messages: what Python packs is read, and taken apart into frames.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, undoDifferences, unpack } from "../../static/live/protocol.js";
import python from "./python.json" with { type: "json" };

const bytes = () => Uint8Array.from(atob(python.message), (c) => c.charCodeAt(0));

test("the header and every array are those that Python packed", async () => {
  const { arrays, ...header } = await decode(bytes());
  assert.deepEqual(header, python.header);
  assert.deepEqual(Object.keys(arrays), Object.keys(python.arrays));
  const plain = Object.entries(arrays).map(([name, { data, shape }]) => {
    const numbers = Array.from(data, (v) => (Number.isNaN(v) ? null : v));
    return [name, [shape, numbers]];
  });
  assert.deepEqual(Object.fromEntries(plain), python.arrays);
});

test("differences between frames are added up again", async () => {
  const { arrays } = await decode(bytes());
  undoDifferences(arrays["image:tiles"]);
  assert.deepEqual([...arrays["image:tiles"].data], python.images);
});

test("a message is taken apart into frames, and what panels have of the state", async () => {
  const { frames, state } = unpack(await decode(bytes()));
  /** @param {string} panel */
  const of = (panel) => frames.flatMap(({ parts }) => [...(parts.get(panel)?.data ?? [])]);
  assert.deepEqual(
    frames.map(({ step }) => step),
    [1, 2, 3],
  );
  assert.deepEqual(
    frames.map(({ row }) => [...row]),
    [
      [1, 0.5],
      [2, NaN],
      [3, 0.25],
    ],
  );
  assert.deepEqual(of("tiles"), python.images);
  assert.deepEqual(frames[0].parts.get("tiles")?.shape, [2, 4, 5]);
  assert.deepEqual(of("grid"), [0, 1, 2, 3, 4, 5]);
  assert.equal(state?.net.side, 3);
  assert.deepEqual([...(state?.net.weights.data ?? [])], [0.25, 0.5]);
});
