// Colours of answers: a sure one has the shade of its class.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boundaryTable, powerTicks, rgb } from "../../static/live/palette.js";
import python from "./python.json" with { type: "json" };

for (const theme of [
  { background: "#ffffff", dark: false },
  { background: "#101014", dark: true },
]) {
  for (const { shading, codes } of python.sure) {
    test(`${codes.length} classes, ${theme.dark ? "dark" : "light"}`, () => {
      const given = /** @type {Shading} */ (shading);
      const tables = [boundaryTable(given, theme, false), boundaryTable(given, theme, true)];
      const [shades, hard] = tables.map((table) => codes.map((code) => [...table.subarray(4 * code, 4 * code + 4)]));
      assert.ok(tables[0].every((value, i) => i % 4 < 3 || value === 255));
      const colours = shading.colours.map(rgb);
      for (const [c, shade] of shades.entries()) {
        // Without shades of certainty each code of a class looks like a sure one.
        assert.ok(shade.every((value, i) => Math.abs(value - hard[c][i]) <= 1));
        const apart = colours.map((colour) => Math.hypot(...colour.map((value, i) => value - shade[i])));
        assert.equal(apart.indexOf(Math.min(...apart)), c);
      }
      assert.equal(new Set(hard.map(String)).size, codes.length);
    });
  }
}

test("a colour bar says which end stands for what lies beyond it", () => {
  const written = (/** @type {[number, number, boolean, boolean]} */ ...given) =>
    powerTicks(...given).map(([power, text]) => [power, text.replace(/<sup>(.*)<\/sup>/, "^$1")]);
  assert.deepEqual(written(-2, 6, false, true), [
    [6, "≥ 10^6"],
    [4, "10^4"],
    [2, "10^2"],
    [0, "10^0"],
    [-2, "10^-2"],
  ]);
  assert.deepEqual(
    written(-12, 6, true, true).map(([, text]) => text),
    ["≥ 10^6", "10^2", "10^-2", "10^-6", "≤ 10^-12"],
  );
  const dead = written(-12, -0.5, true, false);
  assert.deepEqual(
    [dead[0], dead[dead.length - 1]],
    [
      [-1, "10^-1"],
      [-12, "≤ 10^-12"],
    ],
  );
});
